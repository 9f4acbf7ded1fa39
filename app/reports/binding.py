"""Binds attachments behind a finished document: a list of attachments, then each of them, numbered through to the end.

The main part is taken as it is: its pages only get their numbers exchanged for ones with the new total.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _

from app.errors import RenderFailed

from . import pages
from .pdf import PdfMeta, Progress, layout_pdf, no_progress, written
from .stamping import stamp

PDF = "application/pdf"
PICTURES = frozenset({"image/jpeg", "image/png"})
MOST_PAGES = 1500  # of all attachments together
LONGEST_BINDING = 300  # seconds

UNBOUND_PAGES = frozenset({"/AA", "/B", "/StructParents", "/Tabs", "/Metadata", "/PieceInfo"})
"""Keys of a page that mean something in its own file only, or act when the page is opened."""

KEPT_ANNOTATIONS = frozenset({"/Widget", "/Stamp", "/FreeText", "/Ink", "/Square", "/Circle", "/Line", "/Highlight"})
"""Annotations that are part of how a page looks (seals are widgets); links and notes stay behind."""

ACTIONS = ("/A", "/AA", "/PA", "/Dest", "/Popup", "/Parent", "/P", "/IRT")


@dataclass(frozen=True)
class BoundFile:
    """An attachment: its kind on the form (营业执照), its file name, its media type, and a function that opens it."""

    label: str
    name: str
    mime: str
    open: Callable[[], BinaryIO]


@dataclass(frozen=True)
class Listed:
    """A line of the list of attachments; `page` is None for a file that cannot be printed."""

    label: str
    name: str
    page: int | None
    count: int


def bind(
    main_pdf: bytes,
    attachments: Sequence[BoundFile],
    *,
    meta: PdfMeta,
    first_numbered: int = 2,
    draft: bool = False,
    progress: Progress = no_progress,
) -> bytes:
    """Return `main_pdf` followed by 附件目录 and the attachments in order; PDFs and pictures become pages.

    A PDF that needs a password or cannot be read raises RenderFailed with its name; too many pages or too much time
    raise it as well. Other files are listed, not bound.
    """
    from pypdf import PdfWriter

    if not attachments:
        return main_pdf
    limits = _Limits()
    writer = PdfWriter(clone_from=io.BytesIO(main_pdf))
    opened = []
    for number, attachment in enumerate(attachments, 1):
        progress(5 + 60 * number // len(attachments), _("正在读取附件 %(name)s", name=attachment.name))
        opened.append(_pages_of(attachment, limits))
    progress(70, _("正在编制附件目录"))
    listed = _append_list(writer, attachments, opened, meta)
    progress(75, _("正在装订附件"))
    for line, found in zip(listed, opened, strict=True):
        _append_attachment(writer, line, found)
        limits.require_time()
    progress(90, _("正在编页码"))
    stamp(writer, first_numbered=first_numbered, draft=draft)
    bound = written(writer)
    progress(100, _("已生成"))
    return bound


class _Limits:
    """What binding may take altogether; one attachment after the other is counted in."""

    def __init__(self) -> None:
        self.pages, self.ends = 0, monotonic() + LONGEST_BINDING

    def count(self, pages: int, name: str) -> None:
        self.pages += pages
        self.require_time()
        if self.pages > MOST_PAGES:
            raise RenderFailed(
                _(
                    "附件合计超过 %(limit)s 页（读到“%(name)s”为止），无法装订，请删减附件页数或压缩为 zip 后再生成。",
                    limit=f"{MOST_PAGES:,}",
                    name=name,
                )
            )

    def require_time(self) -> None:
        if monotonic() > self.ends:
            minutes = LONGEST_BINDING // 60
            raise RenderFailed(
                _("附件装订超过 %(minutes)s 分钟仍未完成，请压缩扫描件或删减附件后再生成。", minutes=minutes)
            )


def _pages_of(attachment: BoundFile, limits: _Limits) -> list[Any]:
    """Return the pages of an attachment, none for a kind of file that has no pages."""
    if attachment.mime != PDF and attachment.mime not in PICTURES:
        return []
    try:
        with attachment.open() as file:
            data = io.BytesIO(file.read())
        if attachment.mime != PDF:
            data = pages.picture_page(data)
        return _pdf_pages(attachment, data, limits)
    except RenderFailed:
        raise
    except Exception as error:  # whatever a broken file makes its reader raise, the person needs its name
        raise RenderFailed(_("附件“%(name)s”无法读取，请检查后重新上传。", name=attachment.name)) from error


def _pdf_pages(attachment: BoundFile, data: io.BytesIO, limits: _Limits) -> list[Any]:
    from pypdf import PdfReader

    reader = PdfReader(data)
    if reader.is_encrypted and not reader.decrypt(""):
        raise RenderFailed(_("附件“%(name)s”设有打开密码，请上传未加密的文件。", name=attachment.name))
    limits.count(len(reader.pages), attachment.name)
    found = list(reader.pages)
    if not found:
        raise RenderFailed(_("附件“%(name)s”没有页面，请检查后重新上传。", name=attachment.name))
    for page in found:
        page.get_contents()  # a page whose content is cut off fails here and not in the reader's hands
    return found


def _append_list(writer: Any, attachments: Sequence[BoundFile], opened: list[list[Any]], meta: PdfMeta) -> list[Listed]:
    """Append 附件目录 with true page numbers; its own length is found by laying it out."""
    length = 1
    while True:
        listed = _listed(attachments, opened, first=len(writer.pages) + length + 1)
        overview = layout_pdf(pages.attachment_list_html(listed), meta=meta)
        found = _pages_in(overview)
        if len(found) == length:
            break
        length = len(found)
    number = len(writer.pages)
    for page in found:
        writer.add_page(page)
    writer.add_outline_item(str(_("附件目录")), number)
    return listed


def _pages_in(pdf: bytes) -> list[Any]:
    from pypdf import PdfReader

    return list(PdfReader(io.BytesIO(pdf)).pages)


def _listed(attachments: Sequence[BoundFile], opened: list[list[Any]], first: int) -> list[Listed]:
    listed = []
    for attachment, found in zip(attachments, opened, strict=True):
        listed.append(Listed(attachment.label, attachment.name, first if found else None, len(found)))
        first += len(found)
    return listed


def _append_attachment(writer: Any, line: Listed, found: list[Any]) -> None:
    if not found:
        return
    for page in found:
        writer.add_page(_detached(page), excluded_keys=tuple(UNBOUND_PAGES))
    writer.add_outline_item(f"{line.label}：{line.name}", line.page - 1)


def _detached(page: Any) -> Any:
    """Drop what leads out of the page, so that it neither acts nor drags its whole file along."""
    from pypdf.generic import ArrayObject, NameObject

    annotations = page.get("/Annots")
    if annotations is None:
        return page
    kept = ArrayObject()
    for reference in annotations.get_object():
        annotation = reference.get_object()
        if annotation.get("/Subtype") not in KEPT_ANNOTATIONS:
            continue
        for key in ACTIONS:
            annotation.pop(NameObject(key), None)
        kept.append(reference)
    page[NameObject("/Annots")] = kept
    return page
