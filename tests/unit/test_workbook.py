"""A type as one Excel workbook, and back without loss."""

import copy
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from app.authoring.workbook import WorkbookError, read_workbook, write_workbook
from app.authoring.workbook.reading import MOST_BYTES
from app.forms.package import load_package, shipped_packages
from tests.unit.test_definition import small_body

OWN = Path(__file__).parent.parent / "types"
ODD = [
    "",
    " ",
    " x",
    '"',
    '"x"',
    "=1+1",
    "+86",
    "-3",
    "@SUM(A1)",
    "a\nb",
    "a\rb",
    "_x000D_",
    "\x0b",
    "𠮷😀",
    "是",
    "00",
]
ODD.append("长" * 70_000)


def there_and_back(body):
    return read_workbook(BytesIO(write_workbook(body)))


def changed(body, sheet, cell, value):
    book = load_workbook(BytesIO(write_workbook(body)))
    book[sheet][cell] = value
    stream = BytesIO()
    book.save(stream)
    return stream


@pytest.mark.parametrize("folder", [*shipped_packages(), *shipped_packages(OWN)], ids=lambda folder: folder.name)
def test_every_type_comes_back_as_it_was(folder):
    body = load_package(folder)
    assert there_and_back(body) == body


def test_odd_texts_come_back_as_they_were():
    body = copy.deepcopy(small_body())
    body["vars"] = {"y": 2023} | {f"z{number}": text for number, text in enumerate(ODD)}
    body["choices"]["size"] += [{f"m{number}": text} for number, text in enumerate(ODD)]
    body["lists"] = {"names": [*ODD, "甲、乙"]}
    body["documents"] = [{"key": "d", "ext": [text], "label": text, "cover": {"title": [text]}} for text in ODD]
    assert there_and_back(body) == body


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**12), 10**12), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(
        ["title", "choices", "checks", "eligibility", "workflow", "project", "vars", "lists", "sections", "more"]
    ),
    JSON,
)
def test_whatever_stands_in_a_part_comes_back(part, value):
    body = copy.deepcopy(small_body()) | {part: value}
    assert there_and_back(body) == body


def test_an_author_changes_a_cell_and_adds_a_line():
    book = load_workbook(BytesIO(write_workbook(small_body())))
    fields = book["字段"]
    headings = [cell.value for cell in fields[1]]
    assert fields.cell(2, headings.index("类型") + 1).value == "单行文字"
    fields.cell(2, headings.index("必填") + 1, "否")
    line = {"所属步骤": "first", "标识": "people", "类型": "整数", "名称": "人数", "单位": "人", "最小": 0}
    fields.append([line.get(heading) for heading in headings])
    stream = BytesIO()
    book.save(stream)
    first, *_rest, last = read_workbook(stream)["sections"][0]["fields"]
    assert first["required"] is False
    assert last == {"key": "people", "type": "int", "label": "人数", "unit": "人", "min": 0}


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "said"),
    [
        ("字段", "G2", "也许", "工作表“字段”第 2 行“必填”：请填写“是”或“否”"),
        ("字段", "A2", "nowhere", "没有标识为“nowhere”的步骤"),
        ("字段", "B2", "nothing", "所属表格“nothing”须在它之前"),
        ("基本信息", "A2", "乱填", "不认识的项目“乱填”"),
        ("校验", "D1", "规律", "不认识的列“规律”"),
        ("字段", "AE2", "[1]", "应为花括号中的键和值"),
        ("步骤", "F2", "十二", "请填写整数"),
        ("字段", "V2", "{不是", "不是有效的 JSON"),
    ],
)
def test_what_is_wrong_is_told_by_sheet_line_and_column(sheet, cell, value, said):
    with pytest.raises(WorkbookError) as refused:
        read_workbook(changed(small_body(), sheet, cell, value))
    assert any(said in problem for problem in refused.value.problems)


def test_what_is_no_workbook_is_refused():
    for content in (b"", b"PK", b"<html>", write_workbook(small_body())[:-2000]):
        with pytest.raises(WorkbookError):
            read_workbook(BytesIO(content))


def test_a_workbook_that_unpacks_to_very_much_is_refused():
    stream = BytesIO()
    Workbook().save(stream)
    with ZipFile(stream, "a", 8) as archive:
        archive.writestr("xl/more.xml", b" " * (MOST_BYTES + 1))
    stream.seek(0)
    with pytest.raises(WorkbookError, match="过大"):
        read_workbook(stream)
