"""Single pages around a bound document: the list of attachments, and a picture as an A4 page."""

import io
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent.parent / "templates" / "reports"

SHORT_LABEL = 6
LONG_OPTION = 22  # characters: such options stand on a line each
TICKS = ("☐", "☑")
_BEFORE_TICK = re.compile(r"(?= [☐☑])|(?<=（)(?=[☐☑])")
_SLOT = re.compile(r"（[^（）]*：[^（）]*）")
_BRACKET = re.compile(r"(?<=.)(?=（)")
_YEAR_FIRST = re.compile(r"^(\d{4}年)(?=.)")

MARGIN = 42  # points around a picture; the page number stands below it
LONGEST_SIDE = 2400  # pixels: 290 dpi on the height of the paper
JPEG_QUALITY = 88


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the template environment of printed documents: escaped, and strict about names."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["lines_of"] = lines_of
    templates.filters["label_lines"] = label_lines
    return templates


class Piece(NamedTuple):
    """A piece of a printed line: `whole` is not to be torn over two lines, `apart` leaves a gap to the one before."""

    text: str
    whole: bool
    apart: bool


def lines_of(text: str) -> list[list[Piece]]:
    """Return the lines of a printed answer; options are pieces of their own, long ones lines of their own."""
    return [line for typed in text.split("\n") for line in _option_lines(typed)]


def _option_lines(line: str) -> list[list[Piece]]:
    pieces = [_piece(part) for part in _BEFORE_TICK.split(line) if part]
    if any(piece.text[:1] in TICKS and len(_SLOT.sub("", piece.text)) > LONG_OPTION for piece in pieces):
        return [[piece._replace(whole=False, apart=False)] for piece in pieces]
    return [pieces]


def _piece(part: str) -> Piece:
    text = part.removeprefix(" ") if part[1:2] in TICKS else part
    return Piece(text, text[:1] in TICKS and len(text) <= LONG_OPTION, text != part)


def label_lines(label: str) -> str:
    """Return a label that is too long for its cell with line breaks where a person would put them."""
    if len(label) <= SHORT_LABEL or "\n" in label:
        return label
    return _YEAR_FIRST.sub(r"\1\n", _BRACKET.sub("\n", label))


def attachment_list_html(listed: Sequence[Any]) -> str:
    """Return the page 附件目录 for lines with label, name, page and count."""
    return environment().get_template("attachments.html").render(listed=listed)


def picture_page(data: io.BytesIO) -> io.BytesIO:
    """Return a one-page A4 PDF with the picture upright, as large as the margins allow; transparency becomes white."""
    from PIL import Image, ImageOps
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    with Image.open(data) as original:
        original.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        picture = ImageOps.exif_transpose(original)
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        picture = _on_white(picture)
    width, height = landscape(A4) if picture.width > picture.height else A4
    scale = min((width - 2 * MARGIN) / picture.width, (height - 2 * MARGIN) / picture.height)
    shown = picture.width * scale, picture.height * scale
    page = io.BytesIO()
    canvas = Canvas(page, pagesize=(width, height), pageCompression=1)
    left, bottom = (width - shown[0]) / 2, (height - shown[1]) / 2
    canvas.drawImage(ImageReader(_jpeg(picture)), left, bottom, *shown)
    canvas.save()
    page.seek(0)
    return page


def _on_white(picture: Any) -> Any:
    from PIL import Image

    if picture.mode in ("RGB", "L"):
        return picture
    if picture.mode not in ("RGBA", "LA", "PA") and "transparency" not in picture.info:
        return picture.convert("RGB")
    picture = picture.convert("RGBA")
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _jpeg(picture: Any) -> io.BytesIO:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=JPEG_QUALITY)
    stream.seek(0)
    return stream
