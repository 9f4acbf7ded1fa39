"""Rows of the bordered grid: what the screen and the paper form share."""

from pathlib import Path

import pytest

from app.forms.definition import parse_type
from app.forms.layout import rows
from app.forms.package import TYPES, load_package

FOLDERS = [TYPES / "gd_smart_partner_2024_a", Path(__file__).parent.parent / "types" / "green_factory"]


@pytest.fixture(scope="module")
def partner():
    return parse_type(load_package(FOLDERS[0]))


def keys(section, hidden=frozenset()):
    return [[field.key for field in row.fields] for row in rows(section, hidden)]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_row_fills_the_grid(folder):
    for section in parse_type(load_package(folder)).sections:
        for row in rows(section):
            assert sum(cell.colspan for cell in row.cells) == section.grid


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_field_has_its_place_once(folder):
    for section in parse_type(load_package(folder)).sections:
        placed = [key for row in keys(section) for key in row]
        assert sorted(placed) == sorted(field.key for field in section.fields)


def test_the_basic_table_has_the_rows_of_the_paper(partner):
    assert keys(partner.section("basic")) == [
        ["unit_name", "apply_field"],
        ["credit_code", "region"],
        ["address", "postcode"],
        ["legal_representative", "nationality", "legal_phone"],
        ["contact", "contact_phone", "fax"],
        ["clusters"],
        ["registered_on", "registered_capital", "foreign_ratio"],
        ["total_assets", "fixed_assets"],
        ["enterprise_kind", "enterprise_kind_other"],
        ["listed", "listed_on"],
        ["staff", "rd_staff"],
    ]


def test_a_hidden_field_leaves_its_room_to_the_row(partner):
    section = partner.section("basic")
    hidden = frozenset({"fax", "listed_on"})
    row = next(row for row in rows(section, hidden) if row.fields[0].key == "contact")
    assert [cell.colspan for cell in row.cells] == [2, 2, 2, 6]
    assert keys(section, hidden)[9] == ["listed"]


def test_a_field_beside_a_hidden_one_gets_a_cell_of_its_own(partner):
    section = partner.section("basic")
    last = keys(section, frozenset({"enterprise_kind"}))
    assert ["enterprise_kind_other"] in last


def test_pairs_span_label_and_value(partner):
    first = rows(partner.section("basic"))[0]
    assert [(pair.field.key, pair.span, pair.block) for pair in first.pairs] == [
        ("unit_name", 6, False),
        ("apply_field", 6, False),
    ]
    block = rows(partner.section("economics"))[0]
    assert [(pair.field.key, pair.span, pair.block) for pair in block.pairs] == [("econ", 12, True)]


def test_sections_stand_in_the_order_of_the_paper(partner):
    printed = partner.printed_sections
    assert [section.title for section in printed[:6]] == [
        "（一）基本情况",
        "（二）经营情况",
        "（三）申报领域业务发展情况",
        "（四）相关资质或认定情况",
        "（五）知识产权情况",
        "（六）真实性承诺声明",
    ]
    assert [section.chapter for section in printed[6:10]] == [
        "二、企业简介",
        "三、服务能力",
        "四、承担政府项目情况",
        "五、相关附件",
    ]
    assert printed[-1].title == "加入方式"
