"""What a reader finds in a PDF: the text of its pages without blanks, and without what is repeated on every page."""

import io
import re

from pypdf import PdfReader

REPEATED = re.compile(r"第\d+页共\d+页|校验码：[0-9A-Z-]+|草稿")


def page_texts(pdf: bytes) -> list[str]:
    """Return the text of every page without any white space."""
    return ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def whole_text(pdf: bytes) -> str:
    """Return the running text of a document, page numbers and check codes left out."""
    return "".join(REPEATED.sub("", text) for text in page_texts(pdf))


def squeezed(text: str) -> str:
    """Return a text without any white space."""
    return "".join(text.split())


def font_names(pdf: bytes) -> set[str]:
    """Return the names of the embedded fonts."""
    found = set()
    for page in PdfReader(io.BytesIO(pdf)).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            if "/FontFile2" in font.get_object().get("/FontDescriptor", {}):
                found.add(font.get_object()["/BaseFont"].partition("+")[2])
    return found
