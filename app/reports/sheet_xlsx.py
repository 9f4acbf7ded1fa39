"""One sheet of an .xlsx workbook."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from xlsxwriter import Workbook

from .sheet_style import CHARACTER, FONT, HEADING_FONT, XLSX_LINES, too_many_lines
from .table import Kind, Table

_BODY = {"font_name": FONT, "font_size": 11, "border": 1, "valign": "vcenter"}
_HEADING = _BODY | {"font_name": HEADING_FONT, "align": "center"}

STYLES: dict[str, dict[str, Any]] = {
    "mark": {"font_name": HEADING_FONT, "font_size": 14, "valign": "vcenter"},
    "title": {
        "font_name": FONT,
        "font_size": 18,
        "bold": True,
        "align": "center",
        "valign": "vcenter",
        "text_wrap": True,
    },
    "line": {"font_name": FONT, "font_size": 12, "valign": "vcenter"},
    "part": _HEADING,
    "heading": _HEADING | {"text_wrap": True},
    "nothing": _BODY | {"align": "center"},
    Kind.TEXT: _BODY | {"text_wrap": True, "num_format": "@"},
    Kind.CENTRED: _BODY | {"text_wrap": True, "align": "center", "num_format": "@"},
    "counter": _BODY | {"align": "center", "num_format": "0"},
    Kind.INTEGER: _BODY | {"num_format": "0"},
    Kind.NUMBER: _BODY,
    Kind.MONEY: _BODY | {"num_format": "#,##0.00##"},
    Kind.MONTH: _BODY | {"num_format": "yyyy-mm", "align": "center"},
    Kind.DATE: _BODY | {"num_format": "yyyy-mm-dd", "align": "center"},
}


class XlsxSheet:
    """Puts cells into an XlsxWriter sheet in constant memory: lines are written in order and never returned to."""

    def __init__(self, book: Workbook, name: str, table: Table, styles: dict[str, Any]) -> None:
        self.book = book
        self.sheet = book.add_worksheet(name)
        self.last = len(table.columns) - 1
        self.styles = styles
        self.line = 0
        for number, column in enumerate(table.columns):
            self.sheet.set_column(number, number, column.width * CHARACTER)
        self._set_up_page(table)

    def merged(self, text: str, style: str, height: float | None = None) -> None:
        line, look = self._next_line(height), self._style(style)
        if self.last:
            self.sheet.merge_range(line, 0, line, self.last, "", look)
        self.sheet.write_string(line, 0, text, look)  # after the merge, whose own text would be read for formulas

    def cells(self, values: Sequence[tuple[Any, str]], height: float | None = None) -> None:
        line = self._next_line(height)
        for number, (value, style) in enumerate(values):
            self._put(line, number, value, self._style(style))

    def freeze(self) -> None:
        self.sheet.freeze_panes(self.line, 0)

    def _put(self, line: int, number: int, value: Any, look: Any) -> None:
        if value is None:
            self.sheet.write_blank(line, number, None, look)
        elif isinstance(value, str):
            self.sheet.write_string(line, number, value, look)
        elif isinstance(value, datetime):
            self.sheet.write_datetime(line, number, value, look)
        else:
            self.sheet.write_number(line, number, value, look)

    def _next_line(self, height: float | None) -> int:
        if self.line >= XLSX_LINES:
            raise too_many_lines(XLSX_LINES)
        if height:
            self.sheet.set_row(self.line, height)
        self.line += 1
        return self.line - 1

    def _style(self, name: str) -> Any:
        if name not in self.styles:
            self.styles[name] = self.book.add_format(STYLES[name])
        return self.styles[name]

    def _set_up_page(self, table: Table) -> None:
        sheet = self.sheet
        sheet.set_paper(9)  # A4
        if table.is_wide:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.center_horizontally()
        sheet.set_footer("&C第 &P 页 共 &N 页")
