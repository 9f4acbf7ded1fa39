"""HTML to PDF through xhtml2pdf, strictly: what would print wrongly raises RenderFailed instead of being printed.

The style sheet names the families of `typefaces.py` (`font-family: song, signs`); `-pdf-word-wrap: CJK` gives Chinese
line breaking. Page numbers are stamped afterwards, so that binding attachments only exchanges them.
"""

import io
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
from .stamping import DRAFT, stamp
from .strictness import check_characters, complaints_heard, failures_told, first_complaint

Progress = Callable[[int, Any], None]  # told the percentage done and a sentence; may raise to give up

DEFAULT_FAMILY = "song"
LONGEST_RENDER = 300  # seconds
MEGABYTE = 1024 * 1024

# Formatting characters that people paste without seeing them: no font draws them, and nobody misses them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]"
)
_ODD_SPACES = re.compile("[\u1680\u2000-\u200a\u2028\u2029\u202f\u205f]")

_setting_up = threading.Lock()


class _Rendering(threading.local):
    """What the render on this thread tells whom."""

    pages = 0

    def progress(self, percent: int, message: Any) -> None:
        """Ignore progress until somebody listens."""


@dataclass(frozen=True)
class PdfMeta:
    """What a PDF says about itself."""

    title: str
    author: str = ""
    subject: str = ""
    keywords: str = ""


def no_progress(percent: int, message: Any) -> None:
    """Ignore progress: for callers that do not show any."""


_rendering = _Rendering()


def render_pdf(
    html: str,
    *,
    meta: PdfMeta,
    draft: bool = False,
    mark: str = DRAFT,
    first_numbered: int = 2,
    pictures: Path | None = None,
    progress: Progress = no_progress,
) -> bytes:
    """Return the PDF of an HTML page; `pictures` is the one folder its pictures may come from.

    Pages are numbered from `first_numbered` on (the cover has no number); a draft bears `mark` on every page.
    """
    from pypdf import PdfWriter

    progress(2, _("正在准备字体"))
    plain = layout_pdf(html, meta=meta, pictures=pictures, progress=progress)
    progress(90, _("正在编页码"))
    writer = PdfWriter(clone_from=io.BytesIO(plain))
    stamp(writer, first_numbered=first_numbered, draft=draft, mark=mark)
    numbered = written(writer)
    progress(100, _("已生成"))
    return numbered


def layout_pdf(html: str, *, meta: PdfMeta, pictures: Path | None = None, progress: Progress = no_progress) -> bytes:
    """Return the PDF of an HTML page without page numbers."""
    from xhtml2pdf.document import pisaDocument

    _set_up()
    html = printable(html)
    families = typefaces.families_in(html) | {DEFAULT_FAMILY}
    typefaces.register_families(families)
    check_characters(html, families)
    stream = io.BytesIO()
    with complaints_heard() as complaints, _pages_reported_to(progress), failures_told():
        context = pisaDocument(
            html,
            stream,
            path=str((pictures or typefaces.FONTS) / "document.html"),
            default_css=_default_css(),
            context_meta=asdict(meta),
            resource_policy=_policy(pictures),
        )
    if complaints or context.err or context.warn:
        raise RenderFailed(_("文档未能生成：%(why)s", why=first_complaint(complaints, context)), reasons=complaints)
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


@contextmanager
def _pages_reported_to(progress: Progress) -> Iterator[None]:
    _rendering.progress = progress
    _rendering.pages = 0
    try:
        yield
    finally:
        del _rendering.progress


def _set_up() -> None:
    """Put our line and page breaks in place; reportlab's empty `afterPage` hook tells how far the layout has come."""
    from xhtml2pdf.xhtml2pdf_reportlab import PmlBaseDoc

    from . import cjk

    with _setting_up:
        cjk.install()
        frames.install()
        PmlBaseDoc.afterPage = _page_done


def _page_done(document: Any) -> None:
    _rendering.pages += 1
    percent = 5 + int(80 * _rendering.pages / (_rendering.pages + 20))  # the number of pages shows at the end only
    _rendering.progress(percent, _("正在排版第 %(page)s 页", page=document.page))
