"""Rendering is strict, Chinese lines break as they should, pages are numbered."""

import io
import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from app.errors import RenderFailed
from app.reports import cjk, typefaces
from app.reports.pdf import PdfMeta, layout_pdf, page_count, render_pdf

from .reading import font_names, page_texts, whole_text

META = PdfMeta("测试文档", author="某单位")
STYLE = """
@page { size: a4; margin: 25mm; }
html { font-family: song, signs; font-size: 11pt; -pdf-word-wrap: CJK; }
.frame { border: 0.5pt solid #000; padding: 6pt; }
.name { -pdf-keep-with-next: true; }
p { margin: 0; }
"""


def page(body: str, style: str = "") -> str:
    return f"<html><head><style>{STYLE}{style}</style></head><body>{body}</body></html>"


def rendered(body: str, style: str = "", **options) -> bytes:
    return render_pdf(page(body, style), meta=META, **options)


# Strictness


def test_a_character_that_no_font_has_fails_and_says_which_and_where():
    with pytest.raises(RenderFailed) as failure:
        rendered("<p>法人代表：王𠮷明，男</p>")
    assert "𠮷" in str(failure.value)
    assert "U+20BB7" in str(failure.value)
    assert "法人代表：王𠮷明" in str(failure.value)


def test_a_character_that_the_named_family_lacks_fails_even_if_another_family_has_it():
    with pytest.raises(RenderFailed, match="☑"):
        rendered("<p>☑ 是</p>", "p { font-family: hei; }")


def test_a_character_missing_from_the_first_font_is_taken_from_the_second():
    pdf = rendered("<p>☑是 ☐否 ①㐂—…℃</p>")
    assert "☑是☐否①㐂—…℃" in whole_text(pdf)
    assert {"NotoSerifSC-Regular", "DejaVuSans"} <= font_names(pdf)


def test_a_missing_font_file_fails_and_says_which(monkeypatch):
    monkeypatch.setitem(typefaces.FAMILIES, "kai", ("Missing-Regular.ttf", "Missing-Bold.ttf"))
    with pytest.raises(RenderFailed, match=r"Missing-Regular\.ttf"):
        rendered("<p>正文</p>", "p { font-family: kai; }")


def test_a_broken_font_file_fails_and_says_which(monkeypatch, tmp_path):
    (tmp_path / "Broken-Regular.ttf").write_bytes(b"this is no font" * 100)
    monkeypatch.setitem(typefaces.FAMILIES, "lishu", ("Broken-Regular.ttf", "Broken-Regular.ttf"))
    monkeypatch.setattr(typefaces, "FONTS", tmp_path)
    with pytest.raises(RenderFailed, match=r"Broken-Regular\.ttf"):
        typefaces.register_families({"lishu"})


def test_a_blocked_font_fails(tmp_path):
    outside = tmp_path / "Other.ttf"
    outside.write_bytes((typefaces.FONTS / "DejaVuSans.ttf").read_bytes())
    with pytest.raises(RenderFailed, match=r"Other\.ttf"):
        rendered(
            "<p>text</p>", f"@font-face {{ font-family: other; src: url({outside}); }} p {{ font-family: other; }}"
        )


@pytest.mark.parametrize("family", ["fangsong", "Arial", "仿宋_GB2312"])
def test_an_unknown_family_fails_instead_of_becoming_helvetica(family):
    with pytest.raises(RenderFailed, match=family):
        rendered("<p>plain text</p>", f"p {{ font-family: {family}, song; }}")


def test_a_page_that_names_no_family_is_printed_in_an_embedded_one():
    pdf = render_pdf("<html><body><p>plain 文字</p><pre>code</pre></body></html>", meta=META)
    assert font_names(pdf) == {"NotoSerifSC-Regular"}
    assert "plain文字" in whole_text(pdf)


@pytest.mark.parametrize("address", ["/etc/hostname", "http://127.0.0.1:9/x.png", "file:///etc/hostname"])
def test_a_picture_from_anywhere_else_fails(address):
    with pytest.raises(RenderFailed):
        rendered(f'<p>图</p><img src="{address}"/>')


def test_a_picture_from_the_given_folder_is_printed(tmp_path):
    Image.new("RGB", (60, 40), "red").save(tmp_path / "架构图.png")
    pdf = rendered('<p>图</p><img src="架构图.png"/>', pictures=tmp_path)
    assert len(PdfReader(io.BytesIO(pdf)).pages[0].images) == 1


def test_a_row_that_no_page_can_hold_fails_or_prints_but_never_passes_silently_cut():
    lines = "<br/>".join(f"第{n}行" for n in range(200))
    try:
        pdf = rendered(f"<table><tr><td rowspan='2'>{lines}</td><td>甲</td></tr><tr><td>乙</td></tr></table>")
    except RenderFailed:
        return
    assert all(f"第{n}行" in whole_text(pdf) for n in range(200))


def test_invisible_characters_are_left_out_instead_of_failing():
    assert "零宽字符" in whole_text(rendered("<p>零\u200b宽\ufeff字\u2060符\ufe0f</p>"))


def test_a_failure_leaves_the_next_document_alone():
    with pytest.raises(RenderFailed):
        rendered("<p>𠮷</p>")
    assert "好" in whole_text(rendered("<p>好</p>"))


# Lines


class Frag:
    """What the splitter needs of a reportlab fragment."""

    def __init__(self, text: str, **more) -> None:
        self.text = text
        self.fontName, self.fontSize = "NotoSerifSC-Regular", 10
        self.__dict__.update(more)

    def clone(self) -> "Frag":
        return Frag(**self.__dict__)


def lines_of(text: str, width: float, **more) -> list[str]:
    typefaces.register_families({"song"})
    cjk.install()
    broken = cjk.split_lines([Frag(text, **more)], [width])
    return ["".join(word.text for word in line.words) for line in broken.lines]


def test_closing_marks_never_begin_a_line_and_opening_marks_never_end_one():
    lines = lines_of("我们生产“智能制造”装备（含检测设备），同比增长12.5%。覆盖《目录》中全部门类！", 72)
    assert all(line[0] not in cjk.NEVER_FIRST for line in lines)
    assert all(line[-1] not in cjk.NEVER_LAST for line in lines)


def test_words_and_figures_stay_whole():
    lines = lines_of("产品通过ISO9001:2015认证，网址https://www.example.cn/a，收入4,200.50万元", 90)
    for whole in ("ISO9001:2015", "4,200.50"):
        assert any(whole in line for line in lines), lines


def test_a_word_wider_than_the_line_is_cut_instead_of_running_off_the_page():
    lines = lines_of("x" * 200, 72)
    assert len(lines) > 5
    assert "".join(lines) == "x" * 200


def test_a_run_marked_as_whole_stays_on_one_line():
    typefaces.register_families({"song"})
    frags = [Frag("前面的文字有些长"), Frag("智能制造系统", whiteSpace="nowrap"), Frag("后面")]
    lines = ["".join(word.text for word in line.words) for line in cjk.split_lines(frags, [100]).lines]
    assert lines == ["前面的文字有些长", "智能制造系统后面"]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="智能制造，。、（）“”《》——……abcXYZ019 .,%/-☐", max_size=120), st.floats(30, 200))
def test_no_character_is_lost_and_no_line_begins_with_a_closing_mark_unless_nothing_else_is_possible(text, width):
    lines = lines_of(text, width)
    assert "".join(lines) == text
    for before, line in pairwise(lines):
        if line[0] in cjk.NEVER_FIRST:
            assert not any(cjk.may_break(a, b) for a, b in pairwise(before))


def test_breaks_are_honoured_even_two_in_a_row():
    text = PdfReader(io.BytesIO(rendered("<p>第一行<br/>第二行<br/><br/>第四行</p>"))).pages[0].extract_text()
    assert [line.strip() for line in text.split("\n") if line.strip()][:3] == ["第一行", "第二行", "第四行"]


def test_nothing_is_lost_or_added_where_a_paragraph_runs_over_a_page():
    long = "".join(f"第{n}句话，说明企业的情况；" for n in range(400))
    assert long in whole_text(rendered(f'<p style="text-align: justify">{long}</p>'))


# Pages


def test_pages_are_numbered_from_the_second_on():
    pdf = rendered("<p>封面</p><pdf:nextpage/><p>正文</p><pdf:nextpage/><p>其余</p>")
    texts = page_texts(pdf)
    assert "页" not in texts[0]
    assert "第2页共3页" in texts[1]
    assert "第3页共3页" in texts[2]


def test_a_draft_is_marked_on_every_page_and_a_final_document_is_not():
    body = "<p>封面</p><pdf:nextpage/><p>正文</p>"
    assert all("草稿" in text for text in page_texts(rendered(body, draft=True)))
    assert not any("草稿" in text for text in page_texts(rendered(body)))


def test_the_table_of_contents_has_true_page_numbers():
    chapters = "".join(f"<h1>第{n}章</h1>" + "<p>正文</p>" * 40 for n in range(1, 6))
    pdf = rendered(f"<p>封面</p><pdf:nextpage/><div><pdf:toc leader='.'/></div><pdf:nextpage/>{chapters}")
    texts = page_texts(pdf)
    contents = PdfReader(io.BytesIO(pdf)).pages[1].extract_text(extraction_mode="layout")
    for n in range(1, 6):
        true = next(i for i, text in enumerate(texts, 1) if i > 2 and f"第{n}章" in text)
        assert re.search(f"第{n}章[. ]*{true}$", contents, re.MULTILINE), contents


def test_the_frame_of_a_block_is_closed_at_the_foot_of_a_page():
    pdf = rendered('<div class="frame">' + "<p>一段文字</p>" * 120 + "</div>")
    reader = PdfReader(io.BytesIO(pdf))
    assert len(reader.pages) >= 3
    for each in reader.pages:
        assert horizontal_lines(each) >= 2


def horizontal_lines(page) -> int:
    found, start = 0, (0.0, 0.0)
    for operands, operator in page.get_contents().operations:
        if operator == b"m":
            start = tuple(map(float, operands))
        if operator == b"l":
            x, y = map(float, operands)
            found += y == start[1] and abs(x - start[0]) > 300
    return found


def test_a_heading_is_never_the_last_thing_on_a_page():
    for filling in range(30, 50):
        body = (
            "<p>一段文字</p>" * filling
            + '<h1 class="name">标题</h1><div class="frame">'
            + "<p>内容</p>" * 60
            + "</div>"
        )
        texts = page_texts(rendered(body))
        assert not any(text.split("第")[0].endswith("标题") for text in texts), filling


def test_a_heading_does_not_drag_a_long_block_to_the_next_page():
    body = "<p>一段文字</p>" * 5 + '<h1 class="name">标题</h1><div class="frame">' + "<p>内容</p>" * 40 + "</div>"
    assert "标题内容" in page_texts(rendered(body))[0]


def test_the_label_of_a_block_is_never_alone_at_the_foot():
    for filling in range(30, 50):
        label = '<div class="frame"><p class="name">标签</p>' + "<p>内容</p>" * 9 + "</div>"
        texts = page_texts(rendered("<p>一段文字</p>" * filling + label))
        assert not any(text.split("第")[0].endswith("标签") for text in texts), filling


def test_progress_rises_to_a_hundred_and_may_stop_the_render():
    seen = []
    rendered("<p>一</p><pdf:nextpage/><p>二</p>", progress=lambda percent, message: seen.append(percent))
    assert seen == sorted(seen)
    assert seen[-1] == 100

    def stop(percent, message):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        rendered("<p>一</p>", progress=stop)


def test_the_document_says_what_it_is():
    info = PdfReader(io.BytesIO(rendered("<p>正文</p>"))).metadata
    assert info.title == "测试文档"
    assert info.author == "某单位"


def test_fonts_are_embedded_and_registered_once():
    first = rendered("<p>正文</p>")
    assert font_names(first) == {"NotoSerifSC-Regular"}
    from reportlab.pdfbase import pdfmetrics

    face = pdfmetrics.getFont("NotoSerifSC-Regular").face
    rendered("<p>正文</p>")
    assert pdfmetrics.getFont("NotoSerifSC-Regular").face is face


def test_laying_out_without_numbers_gives_the_same_pages():
    body = "<p>正文</p>" * 100
    assert page_count(layout_pdf(page(body), meta=META)) == page_count(rendered(body))
