"""Addresses that come from outside."""

from urllib.parse import quote, urlsplit

from flask import g, request
from werkzeug.routing import IntegerConverter, UnicodeConverter


class RowNumber(IntegerConverter):
    """A number that an id column can hold; an address with a longer one leads nowhere."""

    regex = r"\d{1,18}"


class Segment(UnicodeConverter):
    """A part of a path. One with a NUL leads nowhere: PostgreSQL has no such text."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.regex = self.regex.replace("[^/]", r"[^/\x00]")


CONVERTERS = {"default": Segment, "string": Segment, "int": RowNumber}


def safe_path(target: str | None) -> str | None:
    """Return the target when it is a path on this very site, None otherwise."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    if any(ord(c) < 32 or c == "\\" for c in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def came_from(default: str) -> str:
    """Return where the person came from, as the page itself noted it in `back`, or the default."""
    return safe_path(request.values.get("back")) or default


def here() -> str:
    """Return the address of this page with its filters, for coming back."""
    return request.full_path.rstrip("?")


def quoted_here() -> str:
    """Return the address of this page as an argument of another, worked out once a request: it stands on every line."""
    if "quoted_here" not in g:
        g.quoted_here = quote(here(), safe="")
    return g.quoted_here
