"""Notices what xhtml2pdf would print wrongly: characters without a glyph, warnings, rows that no page can hold."""

import html as html_entities
import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask_babel import lazy_gettext as _

from app.errors import RenderFailed

from . import typefaces

_MARKUP = re.compile(r"<(style|title|head)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def check_characters(html: str, families: set[str]) -> None:
    """Raise RenderFailed for a character that none of the families can print, with the words around it."""
    text = html_entities.unescape(_MARKUP.sub(" ", html))
    missing = typefaces.missing_characters(text, families)
    if not missing:
        return
    raise RenderFailed(
        _(
            "“%(char)s”（U+%(code)s）没有可用的字体打印，请改用其他写法。出现在：%(where)s",
            char=missing[0],
            code=f"{ord(missing[0]):04X}",
            where=_around(text, missing[0]),
        ),
        characters=missing,
    )


def _around(text: str, char: str, reach: int = 15) -> str:
    at = text.index(char)
    return "…" + " ".join(text[max(0, at - reach) : at + reach].split()) + "…"


def first_complaint(complaints: list[str], context: Any) -> str:
    """Return the first thing that went wrong, in one line."""
    if complaints:
        return " ".join(complaints[0].split())[:500]
    return str(context.log[0][2] if context.log else context.err)


@contextmanager
def complaints_heard() -> Iterator[list[str]]:
    """Collect what xhtml2pdf and reportlab warn about on this thread; neither stops for it by itself."""
    found: list[str] = []
    mine = threading.get_ident()

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == mine:
                found.append(record.getMessage())

    collector = Collector(logging.WARNING)
    loggers = [logging.getLogger("xhtml2pdf"), logging.getLogger("reportlab")]
    for logger in loggers:
        logger.addHandler(collector)
    try:
        yield found
    finally:
        for logger in loggers:
            logger.removeHandler(collector)


@contextmanager
def failures_told() -> Iterator[None]:
    """Turn what stops the layout (a row no page can hold, a limit reached) into RenderFailed."""
    from reportlab.platypus.doctemplate import LayoutError
    from xhtml2pdf.config.resources import RenderLimitError, ResourceAccessError

    try:
        yield
    except (LayoutError, RenderLimitError, ResourceAccessError) as error:
        raise RenderFailed(_("文档未能排版：%(why)s", why=" ".join(str(error).split())[:500])) from error
