"""One sheet of an .xls workbook."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import xlwt

from .sheet_style import A3, A4, CHARACTER, FONT, HEADING_FONT, MARGIN, ROW_HEIGHT, XLS_LINES, too_many_lines
from .table import Kind, Table

POINT = 20  # twips
UNIT = 256  # of a column's width

_BORDERED = "borders: left thin, right thin, top thin, bottom thin; "
_BODY = f"font: name {FONT}, height {11 * POINT}; " + _BORDERED
_HEADING = f"font: name {HEADING_FONT}, height {11 * POINT}; " + _BORDERED

STYLES: dict[str, tuple[str, str]] = {  # name: easyxf, number format
    "mark": (f"font: name {HEADING_FONT}, height {14 * POINT}; align: vert centre, horiz left", "@"),
    "title": (f"font: name {FONT}, height {18 * POINT}, bold on; align: vert centre, horiz centre, wrap on", "@"),
    "line": (f"font: name {FONT}, height {12 * POINT}; align: vert centre, horiz left", "@"),
    "part": (_HEADING + "align: vert centre, horiz centre", "@"),
    "heading": (_HEADING + "align: vert centre, horiz centre, wrap on", "@"),
    "nothing": (_BODY + "align: vert centre, horiz centre", "@"),
    Kind.TEXT: (_BODY + "align: vert centre, horiz left, wrap on", "@"),
    Kind.CENTRED: (_BODY + "align: vert centre, horiz centre, wrap on", "@"),
    "counter": (_BODY + "align: vert centre, horiz centre", "0"),
    Kind.INTEGER: (_BODY + "align: vert centre, horiz right", "0"),
    Kind.NUMBER: (_BODY + "align: vert centre, horiz right", "General"),
    Kind.MONEY: (_BODY + "align: vert centre, horiz right", "#,##0.00##"),
    Kind.MONTH: (_BODY + "align: vert centre, horiz centre", "yyyy-mm"),
    Kind.DATE: (_BODY + "align: vert centre, horiz centre", "yyyy-mm-dd"),
}


class XlsSheet:
    """Puts cells into an xlwt sheet; styles are shared by the workbook, which can hold 4,094 of them."""

    def __init__(self, book: xlwt.Workbook, name: str, table: Table, styles: dict[str, Any]) -> None:
        self.sheet = book.add_sheet(name, cell_overwrite_ok=False)
        self.last = len(table.columns) - 1
        self.styles = styles
        self.line = 0
        for number, column in enumerate(table.columns):
            self.sheet.col(number).width = min(int(column.width * CHARACTER * UNIT), 65_535)
        self._set_up_page(table)

    def merged(self, text: str, style: str, height: float | None = None) -> None:
        line = self._next_line(height)
        self.sheet.write_merge(line, line, 0, self.last, text, self._style(style))

    def cells(self, values: Sequence[tuple[Any, str]], height: float | None = None) -> None:
        row = self.sheet.row(self._next_line(height or ROW_HEIGHT))
        for number, (value, style) in enumerate(values):
            row.write(number, float(value) if isinstance(value, Decimal) else value, self._style(style))
        if self.line % 1000 == 0:
            self.sheet.flush_row_data()

    def freeze(self) -> None:
        self.sheet.panes_frozen = True
        self.sheet.horz_split_pos = self.line

    def _next_line(self, height: float | None) -> int:
        if self.line >= XLS_LINES:
            raise too_many_lines(XLS_LINES)
        if height:
            row = self.sheet.row(self.line)
            row.height_mismatch = True
            row.height = int(height * POINT)
        self.line += 1
        return self.line - 1

    def _style(self, name: str) -> Any:
        if name not in self.styles:
            easy, number_format = STYLES[name]
            self.styles[name] = xlwt.easyxf(easy, num_format_str=number_format)
        return self.styles[name]

    def _set_up_page(self, table: Table) -> None:
        sheet = self.sheet
        sheet.paper_size_code = A3 if table.is_very_wide else A4
        sheet.portrait = not table.is_wide
        sheet.left_margin = sheet.right_margin = MARGIN
        sheet.fit_num_pages = 1
        sheet.fit_width_to_pages = 1
        sheet.fit_height_to_pages = 0
        sheet.print_centered_horz = True
        sheet.header_str = b""
        sheet.footer_str = b"&C- &P / &N -"  # xlwt takes bytes here, and only ASCII
