"""HTML to PDF through xhtml2pdf, strictly: what would print wrongly raises RenderFailed instead of being printed.

The style sheet names the families of `typefaces.py` (`font-family: song, signs`); `-pdf-word-wrap: CJK` gives Chinese
line breaking. Page numbers are stamped afterwards, so that binding attachments only exchanges them.
"""

import html as html_entities
import io
import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _

from app.errors import RenderFailed

from . import frames, typefaces
from .stamping import stamp

Progress = Callable[[int, Any], None]  # told the percentage done and a sentence; may raise to give up

DEFAULT_FAMILY = "song"
LONGEST_RENDER = 300  # seconds
MEGABYTE = 1024 * 1024

# Formatting characters that people paste without seeing them: no font draws them, and nobody misses them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]"
)
_ODD_SPACES = re.compile("[\u1680\u2000-\u200a\u2028\u2029\u202f\u205f]")
_MARKUP = re.compile(r"<(style|title|head)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)

_rendering = threading.local()


@dataclass(frozen=True)
class PdfMeta:
    """What a PDF says about itself."""

    title: str
    author: str = ""
    subject: str = ""
    keywords: str = ""


def no_progress(percent: int, message: Any) -> None:
    """Ignore progress: for callers that do not show any."""


def render_pdf(
    html: str,
    *,
    meta: PdfMeta,
    draft: bool = False,
    first_numbered: int = 2,
    pictures: Path | None = None,
    progress: Progress = no_progress,
) -> bytes:
    """Return the PDF of an HTML page; `pictures` is the one folder its pictures may come from.

    Pages are numbered from `first_numbered` on (the cover has no number); a draft is marked 草稿 on every page.
    """
    from pypdf import PdfWriter

    progress(2, _("正在准备字体"))
    plain = layout_pdf(html, meta=meta, pictures=pictures, progress=progress)
    progress(90, _("正在编页码"))
    writer = PdfWriter(clone_from=io.BytesIO(plain))
    stamp(writer, first_numbered=first_numbered, draft=draft)
    numbered = written(writer)
    progress(100, _("已生成"))
    return numbered


def layout_pdf(html: str, *, meta: PdfMeta, pictures: Path | None = None, progress: Progress = no_progress) -> bytes:
    """Return the PDF of an HTML page without page numbers."""
    from xhtml2pdf.document import pisaDocument

    from . import cjk

    cjk.install()
    frames.install()
    _report_pages()
    html = printable(html)
    families = typefaces.families_in(html) | {DEFAULT_FAMILY}
    typefaces.register_families(families)
    _check_characters(html, families)
    stream = io.BytesIO()
    with _complaints() as complaints, _pages_reported_to(progress), _failures_told():
        context = pisaDocument(
            html,
            stream,
            path=str((pictures or typefaces.FONTS) / "document.html"),
            default_css=_default_css(),
            context_meta=asdict(meta),
            resource_policy=_policy(pictures),
        )
    if complaints or context.err or context.warn:
        raise RenderFailed(_("文档未能生成：%(why)s", why=_first(complaints, context)), reasons=complaints)
    return stream.getvalue()


def page_count(pdf: bytes) -> int:
    """Return the number of pages of a PDF."""
    from pypdf import PdfReader

    return len(PdfReader(io.BytesIO(pdf)).pages)


def written(writer: Any) -> bytes:
    """Return the bytes of a pypdf writer."""
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def printable(text: str) -> str:
    """Return a text without the invisible characters that no font draws."""
    return _ODD_SPACES.sub(" ", _INVISIBLE.sub("", text))


@lru_cache(maxsize=1)
def _default_css() -> str:
    """Return xhtml2pdf's own style sheet with an embedded family where it names ones that readers may lack."""
    from xhtml2pdf.default import DEFAULT_CSS

    return re.sub(r"font-family:[^;]+;", f"font-family: {DEFAULT_FAMILY};", DEFAULT_CSS)


def _policy(pictures: Path | None) -> Any:
    from xhtml2pdf.config.resources import ResourceAccessPolicy

    return ResourceAccessPolicy.server(
        typefaces.FONTS,
        extra_roots=(pictures,) if pictures else (),
        allow_remote=False,
        max_render_seconds=LONGEST_RENDER,
        max_total_bytes=100 * MEGABYTE,
    )


def _check_characters(html: str, families: set[str]) -> None:
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


def _first(complaints: list[str], context: Any) -> str:
    if complaints:
        return " ".join(complaints[0].split())[:500]
    return str(context.log[0][2] if context.log else context.err)


@contextmanager
def _complaints() -> Iterator[list[str]]:
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
def _failures_told() -> Iterator[None]:
    """Turn what stops the layout (a row no page can hold, a limit reached) into RenderFailed."""
    from reportlab.platypus.doctemplate import LayoutError
    from xhtml2pdf.config.resources import RenderLimitError, ResourceAccessError

    try:
        yield
    except (LayoutError, RenderLimitError, ResourceAccessError) as error:
        raise RenderFailed(_("文档未能排版：%(why)s", why=" ".join(str(error).split())[:500])) from error


@contextmanager
def _pages_reported_to(progress: Progress) -> Iterator[None]:
    _rendering.progress = progress
    _rendering.pages = 0
    try:
        yield
    finally:
        _rendering.progress = no_progress


def _report_pages() -> None:
    """Let reportlab's empty `afterPage` hook tell how far the layout has come."""
    from xhtml2pdf.xhtml2pdf_reportlab import PmlBaseDoc

    PmlBaseDoc.afterPage = _page_done


def _page_done(document: Any) -> None:
    _rendering.pages += 1
    percent = 5 + int(80 * _rendering.pages / (_rendering.pages + 20))  # the number of pages shows at the end only
    _rendering.progress(percent, _("正在排版第 %(page)s 页", page=document.page))
