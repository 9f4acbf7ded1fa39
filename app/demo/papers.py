"""Small real PDFs that stand for an enterprise's scans in demo data and tests."""

from io import BytesIO
from pathlib import Path


def make_paper(title: str, enterprise: str, pages: int = 1) -> bytes:
    """Return a PDF with a title, the enterprise's name and a note that it is an example."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    from ..reports import typefaces

    typefaces.register_families({"song"})
    face = Path(typefaces.FAMILIES["song"][0]).stem
    stream = BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1)
    for number in range(1, pages + 1):
        canvas.setFont(face, 20)
        canvas.drawCentredString(A4[0] / 2, 620, title.rsplit(".", 1)[0])
        canvas.setFont(face, 12)
        canvas.drawCentredString(A4[0] / 2, 580, enterprise)
        canvas.drawCentredString(A4[0] / 2, 90, f"演示材料，仅供试用（{number}/{pages}）")
        canvas.showPage()
    canvas.save()
    return stream.getvalue()
