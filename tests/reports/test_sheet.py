"""Both formats say the same, keep figures exact and text as text, and refuse what they cannot hold."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from app.errors import SheetTooLarge
from app.reports.sheet import CUT_MARK, LONGEST_TEXT, write_xls, write_xlsx
from app.reports.table import Column, Kind, Part, Table

WRITERS = pytest.mark.parametrize("write", [write_xls, write_xlsx])

COLUMNS = [
    Column("序号", 4, Kind.CENTRED),
    Column("单位名称", 20),
    Column("营业收入（万元）", 10, Kind.MONEY),
    Column("人数", 6, Kind.INTEGER),
    Column("联系电话", 9, Kind.CENTRED),
    Column("日期", 8, Kind.DATE),
]
ROW = [1, "惠州某公司", Decimal("1234.5678"), 326, "07522808123", date(2024, 8, 10)]


def table(rows, **more) -> Table:
    return Table("推荐汇总表", COLUMNS, rows, **more)


def written(write, tables) -> bytes:
    stream = io.BytesIO()
    write(tables, stream)
    return stream.getvalue()


def read_back(write, tables, sheet: int = 0) -> list[list]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(written(write, tables)))
    return book.get_sheet_by_index(sheet).to_python()


@WRITERS
def test_a_table_is_title_lines_head_rows_lines(write):
    rows = read_back(
        write, table([ROW], above=["推荐单位：惠州市工业和信息化局"], below=["填报人：张三"], mark="附件3")
    )
    assert [row[0] for row in rows] == [
        "附件3",
        "推荐汇总表",
        "推荐单位：惠州市工业和信息化局",
        "序号",
        1,
        "填报人：张三",
    ]
    assert rows[3] == [column.label for column in COLUMNS]
    assert rows[4] == [1, "惠州某公司", 1234.5678, 326, "07522808123", date(2024, 8, 10)]


@WRITERS
def test_figures_are_numbers_and_ids_keep_every_digit(write):
    long = Decimal("12345678901234567.89")
    row = [1, "91441300MA4W1XYZ2B", long, 7, "00123", None]
    found = read_back(write, table([row]))[2]
    assert found == [1, "91441300MA4W1XYZ2B", "12345678901234567.89", 7, "00123", ""]


@WRITERS
@pytest.mark.parametrize("typed", ['=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)", "http://a.b", "1e5", "0012"])
def test_what_a_person_typed_stays_text(write, typed):
    content = written(write, table([[1, typed, typed, typed, typed, typed]]))
    found = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()[2]
    assert found[1:] == [typed] * 5
    if write is write_xlsx:
        sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in sheet
        assert b"hyperlink" not in sheet


@WRITERS
def test_parts_have_their_heading_their_own_head_and_their_rows(write):
    rows = read_back(write, table((), parts=[Part("遴选加入单位", [ROW, ROW]), Part("直接认定单位", [])]))
    assert [row[0] for row in rows] == ["推荐汇总表", "遴选加入单位", "序号", 1, 1, "直接认定单位", "序号", "无"]


@WRITERS
def test_an_empty_table_says_so(write):
    assert read_back(write, table([]))[-1][0] == "无"


@WRITERS
def test_several_tables_become_sheets_with_names_of_their_own(write):
    content = written(write, [table([ROW], sheet="装备/软件*"), table([ROW], sheet="装备软件"), table([ROW])])
    names = CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names
    assert names == ["装备软件", "装备软件(2)", "推荐汇总表"]


@WRITERS
def test_days_outside_the_calendar_of_spreadsheets_and_moments_are_written_too(write):
    moment = datetime(2024, 8, 10, 9, 30, tzinfo=UTC)
    rows = read_back(write, table([[1, "a", None, None, "", date(1850, 1, 1)], [2, "b", None, None, "", moment]]))
    assert rows[2][5] == "1850-01-01"
    assert rows[3][5] in (moment.replace(tzinfo=None), moment.date())


@WRITERS
def test_a_month_is_a_day_shown_without_its_day(write):
    rows = read_back(write, Table("表", [Column("注册时间", 8, Kind.MONTH)], [[date(2009, 5, 1)]]))
    assert rows[2][0] in (date(2009, 5, 1), datetime(2009, 5, 1))  # noqa: DTZ001


@WRITERS
def test_a_text_longer_than_a_cell_is_cut_with_a_mark(write):
    found = read_back(write, table([[1, "字" * 40_000, None, None, "", None]]))[2][1]
    assert len(found) == LONGEST_TEXT
    assert found.endswith(CUT_MARK)


@WRITERS
def test_a_row_of_the_wrong_length_is_a_mistake(write):
    with pytest.raises(ValueError, match="zip"):
        written(write, table([[1, 2]]))


def test_xls_refuses_more_than_its_lines_and_offers_xlsx():
    rows = ([n, "a", None, None, "", None] for n in range(65_534))
    stream = io.BytesIO()
    with pytest.raises(SheetTooLarge, match=r"65,535.*\.xlsx"):
        write_xls(table(rows), stream)
    assert stream.getvalue() == b""


def test_xls_takes_what_just_fits_and_xlsx_more():
    def rows(count):
        return ([n, "a", None, None, "", None] for n in range(count))

    assert len(read_back(write_xls, table(rows(65_533)))) == 65_535
    assert len(read_back(write_xlsx, table(rows(70_000)))) == 70_002


def test_xlsx_is_set_up_for_print():
    content = zipfile.ZipFile(io.BytesIO(written(write_xlsx, table([ROW]))))
    sheet = content.read("xl/worksheets/sheet1.xml").decode()
    assert 'paperSize="9"' in sheet
    assert 'fitToHeight="0"' in sheet
    assert "<pageSetUpPr fitToPage=" in sheet
    assert '<pane ySplit="2"' in sheet
    assert '<mergeCell ref="A1:F1"/>' in sheet


def test_a_wide_table_is_printed_sideways():
    wide = Table("表", [Column(f"列{n}", 12) for n in range(10)], [["x"] * 10])
    sheet = zipfile.ZipFile(io.BytesIO(written(write_xlsx, wide))).read("xl/worksheets/sheet1.xml").decode()
    assert 'orientation="landscape"' in sheet
    assert not Table("表", COLUMNS[:2]).is_wide
