"""The declaration document says everything the form says, for any type, and looks like the paper."""

import copy
import io
import re

import pytest
from pypdf import PdfReader

from app.errors import RenderFailed
from app.forms.definition import parse_type
from app.forms.package import load_package, shipped_packages
from app.reports.blocks import TALLEST_CELL, Grid, Passage, is_too_tall
from app.reports.declaration import DeclarationMeta, declaration_html, text_of_answers
from app.reports.declaration_blocks import blocks_of
from app.reports.pdf import PdfMeta, page_count, render_pdf
from app.reports.printed_lines import label_lines, lines_of

from .reading import page_texts, squeezed, whole_text
from .samples import FILES, filled_answers, shipped_definition

META = DeclarationMeta(values={"meta.filled_on": "2024年8月6日"}, files=FILES, check_code="7F3K92QDXM4T")


@pytest.fixture(scope="module")
def definition():
    return shipped_definition()


@pytest.fixture(scope="module")
def printed(definition) -> bytes:
    """The shipped form, completely filled."""
    return as_pdf(definition, filled_answers(), META)


def as_pdf(definition, answers, meta=META, **options) -> bytes:
    return render_pdf(declaration_html(definition, answers, meta, **options), meta=PdfMeta("申报书"))


def section_blocks(definition, key, answers, hidden=frozenset()):
    return blocks_of(definition.section(key), answers, hidden, {})


def grid_texts(blocks) -> list[list[str]]:
    return [[cell.text for cell in row] for block in blocks if isinstance(block, Grid) for row in block.rows]


def own_type(*fields, **more):
    """A small type with the given fields in one section."""
    body = {
        "schema": "declare/call/1",
        "key": "invented",
        "title": "自拟类型",
        "year": 2026,
        "subject": "{title}",
        "sections": [
            {
                "key": "one",
                "title": "一、内容",
                "fields": [
                    {"key": "title", "type": "text", "label": "名称", "required": True},
                    *fields,
                ],
            }
        ],
        "workflow": {
            "steps": [
                {
                    "key": "province",
                    "label": "省级审核",
                    "role": "province_officer",
                    "scope": "province",
                    "actions": ["recommend", "decline"],
                    "public_label": "审核中",
                }
            ]
        },
        "documents": [{"key": "declaration", "label": "申报书", "kind": "declaration"}],
    }
    return parse_type(body | more)


def test_every_answer_of_a_filled_form_is_found_in_the_document(definition, printed):
    text = whole_text(printed)
    pieces = text_of_answers(definition, filled_answers())
    assert len(pieces) > 150
    missing = [piece for piece in pieces if squeezed(piece) not in text]
    assert missing == []


def test_the_completeness_test_would_notice_a_lost_answer(definition, printed):
    answers = filled_answers()
    answers["profile"]["profile_text"] += "这一句没有打印。"
    answers["economics"]["econ"]["y2"]["revenue"] = "19801"
    text = whole_text(printed)
    missing = [piece for piece in text_of_answers(definition, answers) if squeezed(piece) not in text]
    assert len(missing) == 2


def test_every_label_and_heading_of_the_form_is_printed(definition, printed):
    text = whole_text(printed)
    for section in definition.sections:
        assert squeezed(section.chapter) in text
        assert squeezed(section.heading) in text
        for field in section.fields:
            if field.type not in ("repeat", "consent", "longtext"):
                assert squeezed(field.label) in text, field.label
            for part in (*field.columns, *field.rows):
                assert squeezed(part.label) in text, part.label


def test_the_cover_comes_first_without_a_page_number(definition, printed):
    cover = page_texts(printed)[0]
    assert "广东省智能制造生态合作伙伴申报书" in cover
    assert "智能制造系统解决方案领域）" in cover
    assert "报送单位（盖章）：惠州市智造装备股份有限公司" in cover
    assert "推荐单位（盖章）：" in cover
    assert "填写日期：2024年8月6日" in cover
    assert not re.search(r"第\d+页", cover)


def test_the_table_of_contents_names_chapters_and_sections_with_their_pages(printed):
    texts = page_texts(printed)
    contents = PdfReader(io.BytesIO(printed)).pages[1].extract_text(extraction_mode="layout")
    for title in ("一、申报单位基本信息", "（五）知识产权情况", "三、服务能力", "五、相关附件", "附：加入方式"):
        page = next(i for i, text in enumerate(texts, 1) if i > 2 and title in text)
        assert re.search(rf"{title}[ ·]*{page}\s*$", contents, re.MULTILINE), (title, page, contents)


def test_choices_are_printed_as_ticked_and_empty_boxes_of_all_options(printed):
    text = whole_text(printed)
    assert "☑智能制造装备☐关键软件☐信息网络基础设施☐智能制造系统解决方案" in text
    assert "☐遴选加入☑直接认定" in text
    assert "☑电子信息☐绿色石化" in text


def test_a_detail_stands_behind_the_option_it_belongs_to(printed):
    text = whole_text(printed)
    assert "☑其他企业（请说明：股份合作制企业）" in text
    assert "☑海外（海外上市时间：2019年11月）☐尚未上市" in text


def test_the_place_for_a_detail_is_there_even_when_its_option_is_not_chosen(definition):
    answers = filled_answers()
    answers["basic"] |= {"listed": "none", "listed_on": "2019-11", "enterprise_kind": "private"}
    hidden = frozenset({"listed_on", "enterprise_kind_other"})
    rows = grid_texts(section_blocks(definition, "basic", answers, hidden))
    listed = next(row[1] for row in rows if row[0] == "上市情况")
    assert "☐海外（海外上市时间：＿＿＿＿） ☑尚未上市" in listed


def test_hidden_fields_are_not_printed(definition):
    answers = filled_answers()
    answers["route"]["admission_route"] = "selection"
    hidden = frozenset({"direct_qualifications", "direct_evidence"})
    html = declaration_html(definition, answers, META, hidden=hidden)
    assert "已取得的资质条件" not in html
    assert "直接认定资质证明材料" not in html


def test_figures_carry_their_unit_and_every_digit(printed):
    text = whole_text(printed)
    for figure in ("8,600.1234万元", "23,010.1234万元", "-1.50%", "326人", "2009年5月", "19,610.12万元"):
        assert figure in text


def test_records_are_numbered_and_long_columns_stand_below(definition):
    blocks = section_blocks(definition, "services", filled_answers(2))
    shapes = [block.shape for block in blocks[:5]]
    assert shapes == ["grid", "passage", "passage", "passage", "passage"]
    assert blocks[0].rows[0][0].text == "案例1"
    assert [block.label for block in blocks[1:5]] == [
        "（二）解决的主要问题",
        "（三）主要途径和做法",
        "（四）方案整体架构描述",
        "（五）方案推广应用成效",
    ]


def test_products_are_printed_as_on_paper_with_the_introduction_on_a_row_of_its_own(definition):
    blocks = section_blocks(definition, "business", filled_answers())
    first = blocks[0].rows
    assert [cell.text for cell in first[0]][:3] == ["产品/服务\n1", "名称", "ZM-800高速贴装机"]
    assert first[0][0].rows == 2
    assert first[1][0].text == "简介"
    assert first[1][1].span == 5
    assert len(blocks) == 3
    assert all(block.together for block in blocks)


def test_the_statement_has_its_text_its_tick_and_a_place_for_the_seal(definition, printed):
    text = whole_text(printed)
    assert "近3年内未发生重大安全、环保、质量事故" in text
    assert "☑已阅读并作出上述承诺" in text
    assert "单位（公章）：" in text
    unticked = whole_text(as_pdf(definition, filled_answers() | {"truth": {}}))
    assert "☐已阅读并作出上述承诺" in unticked


def test_attachments_are_listed_by_kind_with_their_files(printed):
    text = whole_text(printed)
    assert "2近3年审计报告智造装备审计报告1.pdf智造装备审计报告2.pdf智造装备审计报告3.pdf" in text
    assert "知识产权无" in text


def test_an_empty_form_prints_with_its_blanks(definition):
    text = whole_text(as_pdf(definition, {}, DeclarationMeta()))
    assert "单位名称（盖章）" in text
    assert "☐国有企业☐私营企业" in text
    assert "营业收入万元万元万元" in text
    assert "年月日" in page_texts(as_pdf(definition, {}, DeclarationMeta()))[0]


def test_the_check_code_is_on_every_page(printed):
    assert all("校验码：7F3K92QDXM4T" in text for text in page_texts(printed))


def test_a_name_that_no_font_can_print_fails_and_says_where(definition):
    answers = filled_answers()
    answers["basic"]["legal_representative"] = "王𠮷明"
    with pytest.raises(RenderFailed, match="法人代表"):
        as_pdf(definition, answers)


def test_typed_markup_is_printed_as_it_was_typed(definition):
    answers = filled_answers()
    answers["profile"]["profile_text"] = '<b>x</b> & <img src="/etc/passwd"/> {{ 7*7 }}'
    text = whole_text(as_pdf(definition, answers))
    assert '<b>x</b>&<imgsrc="/etc/passwd"/>{{7*7}}' in text


def test_a_text_of_many_pages_runs_on_and_nothing_is_lost(definition):
    answers = filled_answers()
    paragraphs = [f"第{n}段：" + "企业发展历程与主营业务情况说明，" * 12 + f"终{n}。" for n in range(80)]
    answers["profile"]["profile_text"] = "\n".join(paragraphs)
    pdf = as_pdf(definition, answers)
    text = whole_text(pdf)
    assert page_count(pdf) > 14
    assert all(paragraph in text for paragraph in paragraphs)


def test_two_hundred_lines_of_a_list_all_appear_under_repeated_heads(definition):
    answers = filled_answers(1)
    row = answers["intellectual_property"]["ip"][0]
    answers["intellectual_property"]["ip"] = [row | {"title": f"专利名称{n}号"} for n in range(1, 201)]
    pdf = as_pdf(definition, answers)
    text = whole_text(pdf)
    assert all(f"专利名称{n}号" in text for n in range(1, 201))
    pages = [page for page in page_texts(pdf) if re.search(r"专利名称\d+号", page)]
    assert len(pages) > 3
    assert all("序号类型名称颁发时间" in page for page in pages)


def test_a_text_too_tall_for_a_cell_becomes_a_passage():
    definition = own_type({"key": "note", "type": "text", "label": "说明", "max": 5000})
    long = "很长的说明，" * 600
    blocks = section_blocks(definition, "one", {"one": {"title": "甲", "note": long}})
    assert next(block for block in blocks if isinstance(block, Passage)).paragraphs == (long,)
    assert not any(is_too_tall(cell) for row in grid_texts(blocks) for cell in row)
    assert long in whole_text(as_pdf(definition, {"one": {"title": "甲", "note": long}}))


def test_a_list_with_a_tall_cell_is_printed_as_records_instead():
    columns = [
        {"key": "name", "type": "text", "label": "名称"},
        {"key": "remark", "type": "longtext", "label": "备注", "max": 300},
    ]
    definition = own_type({"key": "rows", "type": "repeat", "label": "清单", "max_rows": 9, "columns": columns})
    many_lines = "\n".join(f"行{n}" for n in range(TALLEST_CELL + 20))
    short = {"one": {"title": "甲", "rows": [{"_id": "r1", "name": "乙", "remark": "短"}]}}
    tall = copy.deepcopy(short)
    tall["one"]["rows"][0]["remark"] = many_lines
    assert not any(isinstance(block, Passage) for block in section_blocks(definition, "one", short))
    assert any(isinstance(block, Passage) for block in section_blocks(definition, "one", tall))
    assert all(f"行{n}" in whole_text(as_pdf(definition, tall)) for n in range(TALLEST_CELL + 20))


def test_a_list_among_other_questions_is_named():
    columns = [{"key": "name", "type": "text", "label": "名称"}]
    definition = own_type({"key": "rows", "type": "repeat", "label": "设备清单", "max_rows": 9, "columns": columns})
    answers = {"one": {"title": "甲", "rows": [{"_id": "r1", "name": "乙"}]}}
    assert ["设备清单"] in grid_texts(section_blocks(definition, "one", answers))
    shipped = shipped_definition()
    assert ["典型案例"] not in grid_texts(section_blocks(shipped, "services", filled_answers()))


def test_fields_marked_as_unprinted_stay_out():
    definition = own_type({"key": "secret", "type": "text", "label": "内部备注", "print": False})
    answers = {"one": {"title": "甲", "secret": "不打印"}}
    assert "内部备注" not in declaration_html(definition, answers, META)
    assert "不打印" not in text_of_answers(definition, answers)


@pytest.mark.parametrize("folder", shipped_packages(), ids=lambda folder: folder.name)
def test_every_shipped_type_prints_its_empty_form(folder):
    definition = parse_type(load_package(folder))
    text = whole_text(as_pdf(definition, {}, DeclarationMeta()))
    assert all(squeezed(section.chapter) in text for section in definition.sections)


def test_options_are_not_torn_and_long_ones_stand_on_lines_of_their_own():
    short = lines_of("☑甲类 ☐乙类（请说明：很长很长的一段说明文字很长很长的一段说明文字） ☐丙类")
    assert [[(piece.text[:3], piece.whole, piece.apart) for piece in line] for line in short] == [
        [("☑甲类", True, False), ("☐乙类", False, True), ("☐丙类", True, True)]
    ]
    long = lines_of("☑国家智能制造试点示范工厂揭榜单位和优秀场景依托单位 ☐其他")
    assert [len(line) for line in long] == [1, 1]


def test_a_group_of_options_keeps_its_heading():
    (line,) = lines_of("支柱产业（☑电子信息 ☐绿色石化）")
    assert [(piece.text, piece.apart) for piece in line] == [
        ("支柱产业（", False),
        ("☑电子信息", False),
        ("☐绿色石化）", True),
    ]


@pytest.mark.parametrize(
    ("label", "lines"),
    [
        ("单位名称（盖章）", ["单位名称", "（盖章）"]),
        ("2022年销售收入", ["2022年", "销售收入"]),
        ("（一）销售或服务的单位", ["（一）销售或服务的单位"]),
        ("联系电话", ["联系电话"]),
    ],
)
def test_long_labels_are_broken_where_a_person_would(label, lines):
    assert label_lines(label).split("\n") == lines
