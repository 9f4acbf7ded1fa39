"""Single pages around a bound document: the list of attachments, and a picture as an A4 page."""

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .printed_lines import label_lines, lines_of

TEMPLATES = Path(__file__).parent.parent / "templates" / "reports"


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
