"""Writes tables as spreadsheets: .xls through xlwt, .xlsx through XlsxWriter in constant memory.

Both lay a table out alike, by `_lay_out`; a writer only knows how to put a cell. Text is always written as text in a
text cell, so that nothing a person typed is ever taken for a formula, a number or a link.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from math import ceil
from typing import IO, Any, NamedTuple, Protocol

from .sheet_style import XLS_LINES, XLSX_LINES
from .table import Column, Kind, Table

LONGEST_TEXT = 32_767  # characters in a cell, both formats
FIRST_YEAR = 1900  # of the calendar of spreadsheets
EXACT_DIGITS = 15  # beyond them a number cell rounds
LARGEST_EXACT = 10**EXACT_DIGITS
SHORT_EXACT = 10 ** (EXACT_DIGITS - 4)  # with four places

CUT_MARK = "……（超出单元格上限，全文见申报书）"
NOTHING = "无"

TITLE_HEIGHT = 36  # points
LINE_HEIGHT = 22
HEADER_HEIGHT = 26
TEXT_HEIGHT = 15  # of each line of a text
TALLEST = 400


class Writer(Protocol):
    """What a format has to be able to do; `style` is the name of a style, columns count from 0."""

    line: int

    def merged(self, text: str, style: str, height: float | None = None) -> None:
        """Write one text across all columns and go to the next line."""

    def cells(self, values: Sequence[tuple[Any, str]], height: float | None = None) -> None:
        """Write (value, style) side by side and go to the next line."""

    def freeze(self) -> None:
        """Keep the lines written so far in view."""


def write_xls(tables: Table | Iterable[Table], stream: IO[bytes]) -> None:
    """Write tables as sheets of an .xls workbook; more than 65,535 lines in one of them raise SheetTooLarge."""
    import xlwt

    from .sheet_xls import XlsSheet

    book = xlwt.Workbook(encoding="utf-8")
    styles: dict[str, Any] = {}
    for table, name in _named(tables):
        _lay_out(table, XlsSheet(book, name, table, styles))
    book.save(stream)


def write_xlsx(tables: Table | Iterable[Table], stream: IO[bytes]) -> None:
    """Write tables as sheets of an .xlsx workbook, row by row."""
    import xlsxwriter

    from .sheet_xlsx import XlsxSheet

    plain_text = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, {"constant_memory": True, **plain_text}) as book:
        styles: dict[str, Any] = {}
        for table, name in _named(tables):
            _lay_out(table, XlsxSheet(book, name, table, styles))


class Format(NamedTuple):
    """A format of spreadsheets: what writes it, what it is called, and how many lines a sheet of it holds."""

    write: Callable[[Table | Iterable[Table], IO[bytes]], None]
    mime: str
    lines: int


WRITERS = {
    "xls": Format(write_xls, "application/vnd.ms-excel", XLS_LINES),
    "xlsx": Format(write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", XLSX_LINES),
}


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
    empty, kinds, widths = True, [column.kind for column in columns], [column.width for column in columns]
    for row in rows:
        empty = False
        cells = [_cell(kind, value) for kind, value in zip(kinds, row, strict=True)]
        to.cells(cells, _height(cells, widths))
    if empty:
        to.merged(NOTHING, "nothing", LINE_HEIGHT)


def _height(cells: Sequence[tuple[Any, str]], widths: Sequence[float]) -> float | None:
    """Return the height that the longest text needs in its column; None when every text fits on one line."""
    lines = 1
    for (value, _style), width in zip(cells, widths, strict=True):
        if type(value) is str and len(value) > width:  # characters are a width wide at most
            lines = max(lines, ceil(sum(0.55 if char.isascii() else 1 for char in value) / (width - 0.5)))
    return None if lines == 1 else min(lines * TEXT_HEIGHT + 8, TALLEST)


def _cell(kind: Kind, value: Any) -> tuple[Any, str]:
    """Return what to write and in which style: a number or a day only where it is exact, text otherwise."""
    if value is None or value == "":
        return None, kind
    if type(value) is str:
        return _text(value), Kind.CENTRED if kind is Kind.CENTRED else Kind.TEXT
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
    kind = type(value)
    if kind is int:
        return -LARGEST_EXACT < value < LARGEST_EXACT
    if kind is Decimal and value.is_finite() and len(value.as_tuple().digits) <= EXACT_DIGITS:
        return True  # most figures; the rest is looked at more closely
    if kind is float and -SHORT_EXACT < value < SHORT_EXACT and round(value, 4) == value:
        return True
    if kind is bool or not isinstance(value, int | float | Decimal):
        return False
    number = Decimal(str(value))
    return number.is_finite() and len(number.normalize().as_tuple().digits) <= EXACT_DIGITS


def _text(value: Any) -> str:
    text = str(value)
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - len(CUT_MARK)] + CUT_MARK
