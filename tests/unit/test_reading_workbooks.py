"""Reading uploaded workbooks: what officials really send, and what somebody sends who means harm."""

import struct
import zipfile
from datetime import date, datetime
from io import BytesIO
from time import monotonic
from zipfile import ZipFile

import pytest
import xlsxwriter
import xlwt
from flask import Flask
from flask_babel import Babel
from openpyxl import Workbook, load_workbook

from app.errors import BadFile
from app.services.imports.reading import Heading, find_gaps, read_lines, template

HEADINGS = [
    Heading("name", "用户姓名", required=True),
    Heading("number", "证件号码", required=True),
    Heading("note", "备注"),
]


@pytest.fixture(autouse=True)
def _context():
    """Sentences need an application, though no database."""
    bare = Flask("bare")
    Babel(bare, default_locale="zh_Hans_CN")
    with bare.app_context():
        yield


def sheet(*rows, change=None) -> BytesIO:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book.active)
    return saved(book)


def saved(book: Workbook) -> BytesIO:
    target = BytesIO()
    book.save(target)
    return target


def refusal(stream, **options) -> str:
    with pytest.raises(BadFile) as refused:
        read_lines(stream, HEADINGS, **options)
    return str(refused.value)


HEAD = ["*用户姓名", "证件号码", "备注"]


def test_lines_keep_their_row_number_and_read_as_text():
    lines = read_lines(
        sheet(
            HEAD, ["　张三 ", "440101199001011237", None], [None, None, None], ["李四", 13800138000, date(2024, 8, 10)]
        ),
        HEADINGS,
    )
    assert [line.number for line in lines] == [2, 4]
    assert lines[0].values == {"name": "张三", "number": "440101199001011237", "note": ""}
    assert lines[1].values == {"name": "李四", "number": "13800138000", "note": "2024-08-10"}


def test_numbers_times_and_truth_read_as_people_see_them():
    def form(active):
        active["C5"].number_format = "000000"

    evening = datetime(2024, 8, 10, 18)  # noqa: DTZ001 - cells know no zones
    rows = [["a", 0.1 + 0.2, evening], ["b", 3.0, True], ["c", 1e-7, 1e14], ["d", 0, 12]]
    values = [line.values for line in read_lines(sheet(HEAD, *rows, change=form), HEADINGS)]
    assert [v["number"] for v in values] == ["0.3", "3", "0.0000001", "0"]
    assert [v["note"] for v in values] == ["2024-08-10 18:00", "是", "100000000000000", "000012"]


def test_a_title_above_and_headings_written_otherwise_are_fine():
    def merge(active):
        active.merge_cells("A1:C1")

    stream = sheet(["人员名单", None, None], ["备 注", "＊证件号码", "用户\n姓名"], ["", "x", "张三"], change=merge)
    (line,) = read_lines(stream, HEADINGS)
    assert (line.number, line.values["name"], line.values["number"]) == (3, "张三", "x")


def test_an_optional_column_may_be_missing():
    assert read_lines(sheet(HEAD[:2], ["张三", "x"]), HEADINGS)[0].values["note"] == ""


def test_wrong_headings_are_named():
    assert "证件号码" in refusal(sheet(["用户姓名", "备注"], ["张三", ""]))
    assert "籍贯" in refusal(sheet([*HEAD, "籍贯"], ["张三", "x", "", "广东"]))
    assert "备注”出现了多次" in refusal(sheet([*HEAD, "备注"], ["张三", "x", "", ""]))
    assert "用户姓名、证件号码、备注" in refusal(sheet(["a", "b"], ["c", "d"]))


def test_formulas_merged_cells_and_hidden_rows_are_named():
    assert "B3 含有公式" in refusal(sheet(HEAD, ["a", "x"], ["b", '=CONCATENATE("1","2")']))
    assert "A2:A3 是合并单元格" in refusal(
        sheet(HEAD, ["a", "x"], [None, "y"], change=lambda s: s.merge_cells("A2:A3"))
    )

    def hide(active):
        active.row_dimensions[3].hidden = True

    assert "第 3 行被隐藏" in refusal(sheet(HEAD, ["a", "x"], ["b", "y"], change=hide))


def test_long_numbers_that_lost_digits_and_error_values_are_named():
    assert "B2 中的长号码" in refusal(sheet(HEAD, ["a", 440101199001011237]))
    assert "B3 中的长号码" in refusal(sheet(HEAD, ["a", "x"], ["b", 4.40101199001011e17]))

    def error(active):
        active["C2"].value, active["C2"].data_type = "#N/A", "e"

    assert "C2 显示为错误值" in refusal(sheet(HEAD, ["a", "x", ""], change=error))


def test_an_empty_sheet_and_headings_alone_are_refused():
    assert "空的" in refusal(sheet())
    assert "没有内容" in refusal(sheet(HEAD))


def test_a_hidden_sheet_is_passed_over():
    book = Workbook()
    book.active.sheet_state = "hidden"
    shown = book.create_sheet("名单")
    shown.append(HEAD)
    shown.append(["张三", "x"])
    assert len(read_lines(saved(book), HEADINGS)) == 1


def test_other_kinds_of_file_say_what_to_do():
    old = xlwt.Workbook()
    old.add_sheet("a").write(0, 0, "用户姓名")
    target = BytesIO()
    old.save(target)
    assert "另存为 .xlsx" in refusal(target)
    assert "不是 Excel" in refusal(BytesIO("用户姓名,证件号码\n张三,x".encode("gbk")))
    assert "空的" in refusal(BytesIO())
    assert "已损坏" in refusal(BytesIO(sheet(HEAD, ["a", "x"]).getvalue()[:-900]))
    assert "已损坏" in refusal(packed({"word/document.xml": b"<w/>"}))


def test_a_hundred_thousand_lines_are_refused_at_once():
    target = BytesIO()
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        active = book.add_worksheet()
        active.write_row(0, 0, HEAD)
        for number in range(1, 100_001):
            active.write_row(number, 0, [f"人{number}", f"n{number}", "备注"])
    begun = monotonic()
    assert "5000 行" in refusal(target)
    assert monotonic() - begun < 2


def test_the_limit_itself_is_taken():
    rows = [["a", str(number)] for number in range(20)]
    assert len(read_lines(sheet(HEAD, *rows), HEADINGS, max_lines=20)) == 20
    assert "19 行" in refusal(sheet(HEAD, *rows), max_lines=19)


def test_formatted_blank_rows_end_somewhere():
    rows = b"".join(b'<row r="%d"><c r="A%d" s="1"/></row>' % (n, n) for n in range(1, 40_000))
    assert "空白行" in refusal(changed("xl/worksheets/sheet1.xml", sheet_xml(rows)))


# ---------------------------------------------------------------- made to do harm


def packed(parts: dict[str, bytes]) -> BytesIO:
    target = BytesIO()
    with ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target


def changed(part: str, content: bytes) -> BytesIO:
    """Return a good workbook, its texts kept apart as Excel does, with one part replaced."""
    whole = BytesIO(template("人员", HEADINGS, [["张三", "x", ""]]))
    with ZipFile(whole) as good:
        return packed({name: good.read(name) for name in good.namelist()} | {part: content})


def sheet_xml(rows: bytes, before: bytes = b"") -> bytes:
    space = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return before + b"<worksheet " + space + b"><sheetData>" + rows + b"</sheetData></worksheet>"


def test_a_bomb_is_known_by_what_it_declares():
    assert "过大" in refusal(changed("xl/sharedStrings.xml", b"0" * 30_000_000))
    assert "过大" in refusal(changed("xl/styles.xml", b"0" * 9_000_000))
    assert "过大" in refusal(packed({f"part{n}": b"" for n in range(2500)}))


def test_a_bomb_that_lies_about_its_size_is_never_unpacked_whole():
    bomb = bytearray(changed("xl/worksheets/sheet1.xml", sheet_xml(b" " * 50_000_000)).getvalue())
    name = b"xl/worksheets/sheet1.xml"
    entry = bomb.rindex(name) - 46  # its line in the directory at the end of the zip
    assert bomb[entry : entry + 4] == b"PK\x01\x02"
    struct.pack_into("<I", bomb, entry + 24, 100)
    begun = monotonic()
    assert "已损坏" in refusal(BytesIO(bytes(bomb)))
    assert monotonic() - begun < 1


@pytest.mark.parametrize(
    "content",
    [
        sheet_xml(b'<row r="1"><c r="A1"><v>1</v>'),
        sheet_xml(b'<row r="99999999999"><c r="A1"><v>1</v></c></row>'),
        sheet_xml(b'<row r="-1"><c r="A1"><v>1</v></c></row>'),
        sheet_xml(b'<row r="x"><c r="A1"><v>1</v></c></row>'),
        sheet_xml(b'<row r="1"><c r="A1"><v>1</v></c></row>', before=b'<!DOCTYPE a [<!ENTITY b "c">]>'),
        sheet_xml(b'<row r="1"><c r="A1" t="s"><v>77777</v></c></row>'),
        b"\x00" * 100,
    ],
    ids=[
        "unclosed",
        "row number beyond all",
        "row number below all",
        "row without number",
        "doctype",
        "no such string",
        "zeros",
    ],
)
def test_a_damaged_sheet_is_one_clear_sentence(content):
    assert "已损坏" in refusal(changed("xl/worksheets/sheet1.xml", content))


def test_an_endless_row_is_refused():
    row = b'<row r="1">' + b"<c><v>1</v></c>" * 100_000 + b"</row>"
    assert "列" in refusal(changed("xl/worksheets/sheet1.xml", sheet_xml(row)))


def test_entities_are_not_expanded():
    laughs = b"".join(b'<!ENTITY e%d "%s">' % (n + 1, b"&e%d;" % n * 10) for n in range(9))
    laugh = b'<!DOCTYPE sst [<!ENTITY e0 "ha">' + laughs + b"]>"
    strings = (
        laugh + b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&e9;</t></si></sst>'
    )
    begun = monotonic()
    assert "已损坏" in refusal(changed("xl/sharedStrings.xml", strings))
    assert "已损坏" in refusal(changed("xl/workbook.xml", laugh + b"<workbook>&e9;</workbook>"))
    assert monotonic() - begun < 2


# ---------------------------------------------------------------- template and gaps


def test_a_filled_template_reads_back():
    blank = template("人员", HEADINGS, [["张三", "440101199001011237", "示例"]])
    assert "没有内容" in refusal(BytesIO(blank))  # the example stands on a sheet of its own
    book = load_workbook(BytesIO(blank))
    book.worksheets[0].append(["张三", "x"])
    assert read_lines(saved(book), HEADINGS)[0].values["name"] == "张三"
    assert [cell.value for cell in book.worksheets[1][2]] == ["张三", "440101199001011237", "示例"]


def test_gaps_are_told_by_line():
    lines = read_lines(sheet(HEAD, ["张三", ""], ["", "x"]), HEADINGS)
    assert [(p.line, p.label) for p in find_gaps(lines, HEADINGS)] == [(2, "证件号码"), (3, "用户姓名")]
