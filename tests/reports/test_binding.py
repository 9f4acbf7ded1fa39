"""Attachments are bound in order, numbered through, listed with true pages, and never act."""

import io

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject, TextStringObject
from reportlab.pdfgen.canvas import Canvas

from app.errors import RenderFailed
from app.reports import binding
from app.reports.binding import BoundFile, bind
from app.reports.pdf import PdfMeta, page_count, render_pdf
from app.reports.stamping import sheet_of

from .reading import page_texts

META = PdfMeta("申报书")


@pytest.fixture(scope="module")
def main_part() -> bytes:
    """Three pages: a cover, and two with text."""
    style = "html { font-family: song, signs; -pdf-word-wrap: CJK; } @page { size: a4; margin: 25mm; }"
    body = "<p>封面</p><pdf:nextpage/><p>正文甲</p><pdf:nextpage/><p>正文乙</p>"
    return render_pdf(f"<html><head><style>{style}</style></head><body>{body}</body></html>", meta=META)


def paper(*texts: str) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream)
    for text in texts:
        canvas.drawString(100, 500, text)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def picture(kind: str, size: tuple[int, int], mode: str = "RGB", **options) -> bytes:
    stream = io.BytesIO()
    Image.new(mode, size, (200, 30, 30, 128)[: len(mode)]).save(stream, kind, **options)
    return stream.getvalue()


def attached(name: str, data: bytes, label: str = "附件", mime: str = "application/pdf") -> BoundFile:
    return BoundFile(label, name, mime, lambda: io.BytesIO(data))


def test_attachments_follow_in_order_and_every_page_is_numbered_with_the_new_total(main_part):
    bound = bind(main_part, [attached("a.pdf", paper("A1", "A2")), attached("b.pdf", paper("B1"))], meta=META)
    texts = page_texts(bound)
    assert len(texts) == 7
    assert "附件目录" in texts[3]
    assert [text[:2] for text in texts[4:]] == ["A1", "A2", "B1"]
    assert all(f"第{n}页共7页" in text for n, text in enumerate(texts[1:], 2))
    assert not any("共3页" in text for text in texts)


def test_without_attachments_the_document_stays_as_it_is(main_part):
    assert bind(main_part, [], meta=META) is main_part


def test_the_list_gives_true_page_numbers_even_when_it_is_longer_than_a_page(main_part):
    files = [attached(f"文件{n}.pdf", paper(*[f"MARK{n}-"] * (n % 3 + 1)), f"第{n}种材料") for n in range(60)]
    bound = bind(main_part, files, meta=META)
    texts = page_texts(bound)
    lists = [i for i, text in enumerate(texts) if "起始页码" in text]
    assert len(lists) > 1
    listed = "".join(texts[i] for i in lists)
    for n in range(60):
        first = next(i for i, text in enumerate(texts, 1) if f"MARK{n}-" in text)
        assert f"文件{n}.pdf{n % 3 + 1}{first}" in listed


def test_the_main_part_is_not_rendered_again(main_part, monkeypatch):
    laid_out = []
    original = binding.layout_pdf
    monkeypatch.setattr(binding, "layout_pdf", lambda html, **rest: laid_out.append(html) or original(html, **rest))
    bind(main_part, [attached("a.pdf", paper("A"))], meta=META)
    assert len(laid_out) == 1
    assert "正文" not in laid_out[0]


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (picture("JPEG", (1600, 900)), "image/jpeg"),
        (picture("PNG", (300, 900), "RGBA"), "image/png"),
        (picture("PNG", (50, 50), "L"), "image/png"),
        (picture("JPEG", (40, 40), "CMYK"), "image/jpeg"),
    ],
)
def test_pictures_become_pages_of_a4(main_part, data, mime):
    bound = PdfReader(io.BytesIO(bind(main_part, [attached("图.jpg", data, mime=mime)], meta=META)))
    page = bound.pages[-1]
    assert len(bound.pages) == 5
    assert sorted(map(round, page.mediabox[2:])) == [595, 842]
    assert len(page.images) == 1


def test_a_photograph_is_turned_upright(main_part):
    exif = Image.Exif()
    exif[0x0112] = 6  # a telephone held upright
    bound = bind(
        main_part, [attached("照片.jpg", picture("JPEG", (900, 600), exif=exif), mime="image/jpeg")], meta=META
    )
    shown = PdfReader(io.BytesIO(bound)).pages[-1].images[0].image
    assert shown.height > shown.width


def test_files_that_cannot_be_printed_are_listed_only(main_part):
    files = [attached("方案.mp4", b"video", "方案视频", "video/mp4"), attached("a.pdf", paper("A"))]
    texts = page_texts(bind(main_part, files, meta=META))
    assert len(texts) == 5
    assert "方案视频方案.mp4—电子文件" in texts[3]


def encrypted(password: str) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(paper("SECRET")))
    writer.encrypt(password, "owner")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def test_a_pdf_with_a_password_fails_and_is_named(main_part):
    with pytest.raises(RenderFailed, match=r"审计报告\.pdf.*密码"):
        bind(main_part, [attached("审计报告.pdf", encrypted("geheim"))], meta=META)


def test_a_pdf_that_opens_without_a_password_is_bound(main_part):
    assert "SECRET" in page_texts(bind(main_part, [attached("受限.pdf", encrypted(""))], meta=META))[-1]


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (b"", "application/pdf"),
        (b"%PDF-1.7 rubbish", "application/pdf"),
        (paper("A" * 50)[:400], "application/pdf"),
        (b"\x89PNG\r\n\x1a\n rubbish", "image/png"),
        (picture("JPEG", (500, 500))[:200], "image/jpeg"),
    ],
)
def test_a_broken_file_fails_and_is_named(main_part, data, mime):
    with pytest.raises(RenderFailed, match=r"坏文件"):
        bind(main_part, [attached("坏文件", data, mime=mime)], meta=META)


def test_pages_keep_their_turn_and_get_their_number_at_the_visible_foot(main_part):
    writer = PdfWriter()
    for angle in (0, 90, 180, 270):
        writer.append(io.BytesIO(paper(f"R{angle}")))
        writer.pages[-1].rotate(angle)
    stream = io.BytesIO()
    writer.write(stream)
    bound = PdfReader(io.BytesIO(bind(main_part, [attached("turned.pdf", stream.getvalue())], meta=META)))
    assert [page.rotation for page in bound.pages[-4:]] == [0, 90, 180, 270]
    corners = [(0, 0), (595, 0), (595, 842), (0, 842)]  # where the visible lower left corner lies
    for page, corner in zip(bound.pages[-4:], corners, strict=True):
        assert tuple(map(round, sheet_of(page).matrix[4:])) == corner
    assert all("页共8页" in text for text in page_texts_of(bound)[-4:])


def page_texts_of(reader: PdfReader) -> list[str]:
    return ["".join(page.extract_text().split()) for page in reader.pages]


def test_links_and_actions_stay_behind_and_seals_stay(main_part):
    writer = PdfWriter(clone_from=io.BytesIO(paper("A")))
    writer.add_annotation(0, Link(rect=(0, 0, 50, 50), url="https://evil.example/"))
    seal = writer._add_object(
        DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Annot"),
                NameObject("/Subtype"): NameObject("/Widget"),
                NameObject("/Rect"): ArrayObject(),
                NameObject("/AP"): DictionaryObject({NameObject("/N"): writer._add_object(StreamObject())}),
                NameObject("/A"): script(),
            }
        )
    )
    writer.pages[0]["/Annots"].append(seal)
    writer.pages[0][NameObject("/AA")] = DictionaryObject({NameObject("/O"): script()})
    stream = io.BytesIO()
    writer.write(stream)
    bound = bind(main_part, [attached("a.pdf", stream.getvalue())], meta=META)
    page = PdfReader(io.BytesIO(bound)).pages[-1]
    kept = [annotation.get_object() for annotation in page["/Annots"]]
    assert [annotation["/Subtype"] for annotation in kept] == ["/Widget"]
    assert "/AP" in kept[0]
    assert "/AA" not in page
    assert b"JavaScript" not in bound
    assert b"evil.example" not in bound


def script() -> DictionaryObject:
    return DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
    )


def test_a_draft_is_marked_on_bound_pages_too(main_part):
    bound = bind(main_part, [attached("a.pdf", paper("A"))], meta=META, draft=True)
    assert all("草稿" in text for text in page_texts(bound))


def test_progress_names_the_file_in_hand(main_part):
    seen = []
    bind(
        main_part,
        [attached("营业执照.pdf", paper("A"))],
        meta=META,
        progress=lambda *told: seen.append((told[0], str(told[1]))),
    )
    assert [percent for percent, _ in seen] == sorted(percent for percent, _ in seen)
    assert any("营业执照.pdf" in message for _, message in seen)
    assert seen[-1][0] == 100


def test_every_attachment_has_a_bookmark(main_part):
    bound = PdfReader(io.BytesIO(bind(main_part, [attached("a.pdf", paper("A", "B"), "营业执照")], meta=META)))
    titles = {item.title: bound.get_destination_page_number(item) for item in bound.outline if hasattr(item, "title")}
    assert titles["附件目录"] == 3
    assert titles["营业执照：a.pdf"] == 4


def test_every_page_of_a_long_attachment_is_bound(main_part):
    bound = bind(main_part, [attached("long.pdf", paper(*["X"] * 300))], meta=META)
    assert page_count(bound) == 304


def test_too_many_pages_are_refused_naming_where_it_was_too_much(main_part, monkeypatch):
    monkeypatch.setattr(binding, "MOST_PAGES", 3)
    files = [attached("a.pdf", paper("A1", "A2")), attached("b.pdf", paper("B1", "B2"))]
    with pytest.raises(RenderFailed, match=r"超过 3 页（读到“b\.pdf”为止）"):
        bind(main_part, files, meta=META)


def test_binding_that_takes_too_long_is_given_up(main_part, monkeypatch):
    monkeypatch.setattr(binding, "LONGEST_BINDING", -1)
    with pytest.raises(RenderFailed, match="仍未完成"):
        bind(main_part, [attached("a.pdf", paper("A1"))], meta=META)
