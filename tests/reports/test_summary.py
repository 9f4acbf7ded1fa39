"""The summary sheet is laid out as annex 3: two parts, each numbered from 1, under its own head."""

import io
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from app.forms.answers import project
from app.forms.definition import Line, SheetColumn, SheetPart, SheetSpec
from app.reports.sheet import write_xls, write_xlsx
from app.reports.summary import BLANK, UNASSIGNED, summary_table
from app.reports.table import Kind

from .samples import filled_answers, shipped_definition

META = {
    "meta.recommending_bureau": "惠州市工业和信息化局",
    "meta.filled_by": "张三",
    "meta.filled_by_phone": "0752-2808000",
}


@pytest.fixture(scope="module")
def definition():
    return shipped_definition()


@pytest.fixture(scope="module")
def spec(definition):
    return next(document for document in definition.documents if document.kind == "sheet").sheet


def row(definition, name: str, route: str) -> dict:
    answers = filled_answers(1)
    answers["basic"]["unit_name"] = name
    answers["route"]["admission_route"] = route
    return project(definition, answers)


@pytest.mark.parametrize("write", [write_xls, write_xlsx])
def test_the_sheet_reads_like_annex_3(definition, spec, write):
    rows = [
        row(definition, "甲公司", "direct"),
        row(definition, "乙公司", "selection"),
        row(definition, "丙公司", "direct"),
    ]
    stream = io.BytesIO()
    write(summary_table(spec, rows, meta=META, definition=definition, mark="附件3"), stream)
    found = CalamineWorkbook.from_filelike(io.BytesIO(stream.getvalue())).get_sheet_by_index(0).to_python()
    head = ["序号", "申报单位名称", "申报领域", "企业联系人", "联系电话"]
    common = ["智能制造装备", "李晓梅", "13800138000"]
    assert found == [
        ["附件3", "", "", "", ""],
        ["2024年广东省智能制造生态合作伙伴推荐汇总表", "", "", "", ""],
        ["推荐单位：惠州市工业和信息化局", "", "", "", ""],
        ["遴选加入单位", "", "", "", ""],
        head,
        [1, "乙公司", *common],
        ["直接认定单位", "", "", "", ""],
        head,
        [1, "甲公司", *common],
        [2, "丙公司", *common],
        [found[-1][0], "", "", "", ""],
    ]
    assert found[-1][0].split() == ["填报人：张三", "联系电话：0752-2808000"]


def test_the_order_given_is_kept_because_it_is_the_order_of_priority(definition, spec):
    rows = [row(definition, name, "direct") for name in ("丙公司", "甲公司", "乙公司")]
    direct = summary_table(spec, rows, meta=META).parts[1]
    assert [line[:2] for line in direct.rows] == [[1, "丙公司"], [2, "甲公司"], [3, "乙公司"]]


def test_a_row_of_neither_part_is_shown_under_a_part_of_its_own(definition, spec):
    lost = row(definition, "丁公司", "direct") | {"text_3": None}
    parts = summary_table(spec, [lost], meta=META).parts
    assert [part.heading for part in parts] == ["遴选加入单位", "直接认定单位", UNASSIGNED]
    assert parts[2].rows[0][1] == "丁公司"


def test_what_is_not_known_leaves_a_blank_to_fill_by_hand(spec):
    table = summary_table(spec, [], meta={})
    assert table.above == [f"推荐单位：{BLANK}"]
    assert table.below[0].split() == [f"填报人：{BLANK}", f"联系电话：{BLANK}"]


def test_a_sheet_without_parts_is_one_table_with_kinds_from_the_fields(definition):
    spec = SheetSpec(
        title="汇总",
        lines=(),
        parts=(SheetPart(""),),
        columns=(
            SheetColumn("序号", "number"),
            SheetColumn("单位", "text_1", "unit_name", 40),
            SheetColumn("营业收入", "figure_1", "econ.y3.revenue"),
            SheetColumn("职工", "figure_5", "staff"),
            SheetColumn("电话", "text_5", "contact_phone", 20),
            SheetColumn("时间", "date_1", "registered_on"),
        ),
        footer=(Line("填报人"),),
    )
    table = summary_table(spec, [row(definition, "甲公司", "direct")], meta={}, definition=definition)
    assert [column.kind for column in table.columns] == [
        Kind.CENTRED, Kind.TEXT, Kind.MONEY, Kind.INTEGER, Kind.CENTRED, Kind.MONTH,
    ]  # fmt: skip
    assert next(iter(table.rows))[1:4] == ["甲公司", Decimal("23500"), Decimal("326")]
    assert not table.parts
