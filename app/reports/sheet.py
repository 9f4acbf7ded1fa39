"""Writes tables as spreadsheets: .xls through xlwt, .xlsx through XlsxWriter in constant memory.

Both lay a table out alike, by `_lay_out`; a writer only knows how to put a cell. Text is always written as text in a
text cell, so that nothing a person typed is ever taken for a formula, a number or a link.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, BinaryIO, Protocol

from .table import Column, Kind, Table

LONGEST_TEXT = 32_767  # characters in a cell, both formats
FIRST_YEAR = 1900  # of the calendar of spreadsheets
EXACT_DIGITS = 15  # beyond them a number cell rounds

CUT_MARK = "……（超出单元格上限，全文见申报书）"
NOTHING = "无"

TITLE_HEIGHT = 36  # points
LINE_HEIGHT = 22
HEADER_HEIGHT = 26


class Writer(Protocol):
    """What a format has to be able to do; `style` is the name of a style, columns count from 0."""

    line: int

    def merged(self, text: str, style: str, height: float | None = None) -> None:
        """Write one text across all columns and go to the next line."""

    def cells(self, values: Sequence[tuple[Any, str]], height: float | None = None) -> None:
        """Write (value, style) side by side and go to the next line."""

    def freeze(self) -> None:
        """Keep the lines written so far in view."""


def write_xls(tables: Table | Iterable[Table], stream: BinaryIO) -> None:
    """Write tables as sheets of an .xls workbook; more than 65,535 lines in one of them raise SheetTooLarge."""
    import xlwt

    from .sheet_xls import XlsSheet

    book = xlwt.Workbook(encoding="utf-8")
    styles: dict[str, Any] = {}
    for table, name in _named(tables):
        _lay_out(table, XlsSheet(book, name, table, styles))
    book.save(stream)


def write_xlsx(tables: Table | Iterable[Table], stream: BinaryIO) -> None:
    """Write tables as sheets of an .xlsx workbook, row by row."""
    import xlsxwriter

    from .sheet_xlsx import XlsxSheet

    plain_text = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, {"constant_memory": True, **plain_text}) as book:
        styles: dict[str, Any] = {}
        for table, name in _named(tables):
            _lay_out(table, XlsxSheet(book, name, table, styles))


def _named(tables: Table | Iterable[Table]) -> Iterator[tuple[Table, str]]:
    """Yield every table with a sheet name of its own."""
    taken: set[str] = set()
    for table in [tables] if isinstance(tables, Table) else tables:
        name, number = table.sheet_name, 1
        while name.lower() in taken:
            number += 1
            ending = f"({number})"
            name = table.sheet_name[: 31 - len(ending)] + ending
        taken.add(name.lower())
        yield table, name


def _lay_out(table: Table, to: Writer) -> None:
    if table.mark:
        to.merged(table.mark, "mark", LINE_HEIGHT)
    to.merged(table.title, "title", TITLE_HEIGHT)
    for line in table.above:
        to.merged(line, "line", LINE_HEIGHT)
    if table.parts:
        to.freeze()
    else:
        _headings(table, to)
        to.freeze()
        _rows(table.columns, table.rows, to)
    for part in table.parts:
        to.merged(part.heading, "part", HEADER_HEIGHT)
        _headings(table, to)
        _rows(table.columns, part.rows, to)
    for line in table.below:
        to.merged(line, "line", LINE_HEIGHT)


def _headings(table: Table, to: Writer) -> None:
    to.cells([(column.label, "heading") for column in table.columns], HEADER_HEIGHT)


def _rows(columns: Sequence[Column], rows: Iterable[Sequence[Any]], to: Writer) -> None:
    empty = True
    for row in rows:
        empty = False
        to.cells([_cell(column.kind, value) for column, value in zip(columns, row, strict=True)])
    if empty:
        to.merged(NOTHING, "nothing", LINE_HEIGHT)


def _cell(kind: Kind, value: Any) -> tuple[Any, str]:
    """Return what to write and in which style: a number or a day only where it is exact, text otherwise."""
    if value is None or value == "":
        return None, kind
    if kind in (Kind.DATE, Kind.MONTH) and isinstance(value, date) and value.year >= FIRST_YEAR:
        return _moment(value), kind
    if kind in (Kind.INTEGER, Kind.NUMBER, Kind.MONEY) and _is_exact(value):
        return value, kind
    if kind is Kind.CENTRED and type(value) is int:
        return value, "counter"
    return _text(value), Kind.CENTRED if kind is Kind.CENTRED else Kind.TEXT


def _moment(value: date) -> datetime:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)  # spreadsheets know no zones; callers give local times
    return datetime.combine(value, time())


def _is_exact(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    number = Decimal(str(value))
    return number.is_finite() and len(number.normalize().as_tuple().digits) <= EXACT_DIGITS


def _text(value: Any) -> str:
    text = str(value)
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - len(CUT_MARK)] + CUT_MARK
