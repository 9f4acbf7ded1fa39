"""Addresses that come from outside."""

from urllib.parse import urlsplit

from flask import request


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
