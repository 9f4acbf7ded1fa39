"""What is laid over finished pages: running page numbers and the draft watermark, as small form objects of their own.

A stamp has a name in the page's resources, so stamping again exchanges it and never prints two numbers.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

NUMBER = "/ShenbaoPageNumber"
WATERMARK = "/ShenbaoDraft"
DRAFT = "草稿"

NUMBER_SIZE = 9
NUMBER_BASELINE = 28  # points above the lower edge
WATERMARK_SIZE = 150
WATERMARK_INK = 0.10


@dataclass(frozen=True)
class Sheet:
    """A page as it is seen: its size in points after rotation, and the matrix from there to its own coordinates."""

    width: float
    height: float
    matrix: tuple[float, float, float, float, float, float]


def stamp(writer: Any, *, first_numbered: int = 2, draft: bool = False, mark: str = DRAFT) -> None:
    """Print 第 x 页 共 y 页 at the foot of pages from `first_numbered` on, counted from 1, and `mark` on a draft."""
    sheets = [sheet_of(page) for page in writer.pages]
    numbers = {i: f"第 {i + 1} 页  共 {len(sheets)} 页" for i in range(first_numbered - 1, len(sheets))}
    _lay_over(writer, NUMBER, _number_overlay(sheets, numbers), sheets, list(numbers))
    if draft:
        _lay_over(writer, WATERMARK, _watermark_overlay(sheets, mark), sheets, list(range(len(sheets))))


def sheet_of(page: Any) -> Sheet:
    """Return the visible side of a pypdf page: crop box and /Rotate taken into account."""
    box = page.cropbox
    x, y, width, height = float(box.left), float(box.bottom), float(box.width), float(box.height)
    match page.rotation % 360:
        case 90:
            return Sheet(height, width, (0, 1, -1, 0, x + width, y))
        case 180:
            return Sheet(width, height, (-1, 0, 0, -1, x + width, y + height))
        case 270:
            return Sheet(height, width, (0, -1, 1, 0, x, y + height))
        case _:
            return Sheet(width, height, (1, 0, 0, 1, x, y))


def _number_overlay(sheets: list[Sheet], numbers: Mapping[int, str]) -> Any:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    def draw(canvas: Any, sheet: Sheet, text: str) -> None:
        width = stringWidth(text, "NotoSerifSC-Regular", NUMBER_SIZE)
        canvas.setFillGray(1)  # bound scans reach to the edge: the number stays readable on its own ground
        canvas.rect((sheet.width - width) / 2 - 4, NUMBER_BASELINE - 4, width + 8, NUMBER_SIZE + 5, stroke=0, fill=1)
        canvas.setFillGray(0)
        canvas.setFont("NotoSerifSC-Regular", NUMBER_SIZE)
        canvas.drawCentredString(sheet.width / 2, NUMBER_BASELINE, text)

    return _overlay((sheets[i], text, draw) for i, text in numbers.items())


def _watermark_overlay(sheets: list[Sheet], mark: str) -> Any:
    def draw(canvas: Any, sheet: Sheet, text: str) -> None:
        canvas.translate(sheet.width / 2, sheet.height / 2)
        canvas.rotate(45)
        canvas.setFillGray(0, alpha=WATERMARK_INK)
        canvas.setFont("NotoSerifSC-Regular", WATERMARK_SIZE)
        canvas.drawCentredString(0, -WATERMARK_SIZE / 3, text)

    return _overlay((sheet, mark, draw) for sheet in sheets)


def _overlay(drawings: Iterator[tuple[Sheet, str, Any]]) -> Any:
    from pypdf import PdfReader
    from reportlab.pdfgen.canvas import Canvas

    from .typefaces import register_families

    register_families({"song"})
    stream = io.BytesIO()
    canvas = Canvas(stream, pageCompression=1)
    for sheet, text, draw in drawings:
        canvas.setPageSize((sheet.width, sheet.height))
        draw(canvas, sheet, text)
        canvas.showPage()
    canvas.save()
    return PdfReader(stream)


def _lay_over(writer: Any, name: str, overlay: Any, sheets: list[Sheet], pages: list[int]) -> None:
    for overlay_page, i in zip(overlay.pages, pages, strict=True):
        page = writer.pages[i]
        form = writer._add_object(_form(writer, overlay_page, sheets[i]))
        if _set_xobject(page, name, form):
            _draw_last(writer, page, name)


def _form(writer: Any, overlay_page: Any, sheet: Sheet) -> Any:
    from pypdf.generic import ArrayObject, FloatObject, NameObject, StreamObject

    form = StreamObject()
    form.set_data(overlay_page.get_contents().get_data())
    form[NameObject("/Type")] = NameObject("/XObject")
    form[NameObject("/Subtype")] = NameObject("/Form")
    form[NameObject("/BBox")] = ArrayObject(map(FloatObject, (0, 0, sheet.width, sheet.height)))
    form[NameObject("/Matrix")] = ArrayObject(map(FloatObject, sheet.matrix))
    form[NameObject("/Resources")] = overlay_page["/Resources"].get_object().clone(writer)
    return form


def _set_xobject(page: Any, name: str, form: Any) -> bool:
    """Put a form into the page's own copy of its resources; False when it only took the place of an earlier one."""
    from pypdf.generic import DictionaryObject, NameObject

    inherited = page.get("/Resources")
    resources = DictionaryObject(inherited.get_object() if inherited is not None else {})
    xobjects = DictionaryObject(resources["/XObject"].get_object() if "/XObject" in resources else {})
    is_new = name not in xobjects
    xobjects[NameObject(name)] = form
    resources[NameObject("/XObject")] = xobjects
    page[NameObject("/Resources")] = resources
    return is_new


def _draw_last(writer: Any, page: Any, name: str) -> None:
    """Append the drawing of a form, shielded from whatever state the page leaves behind."""
    from pypdf.generic import ArrayObject, NameObject, StreamObject

    def content(data: bytes) -> Any:
        stream = StreamObject()
        stream.set_data(data)
        return writer._add_object(stream)

    before = page.get("/Contents")
    resolved = before.get_object() if before is not None else ArrayObject()
    originals = list(resolved) if isinstance(resolved, ArrayObject) else [before]
    page[NameObject("/Contents")] = ArrayObject([content(b"q\n"), *originals, content(f"\nQ q {name} Do Q\n".encode())])
