"""One sheet of an .xlsx workbook."""

from collections.abc import Sequence
from typing import Any

from xlsxwriter import Workbook

from .sheet_lines import LineSheet
from .sheet_style import A3, A4, CHARACTER, FONT, HEADING_FONT, MARGIN, ROW_HEIGHT, XLSX_LINES, too_many_lines
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
        self.sheet = book.add_worksheet(name, LineSheet)
        self.last = len(table.columns) - 1
        self.styles = styles
        self.indexes: dict[str, int] = {}
        self.line = 0
        for number, column in enumerate(table.columns):
            self.sheet.set_column(number, number, column.width * CHARACTER)
        self._set_up_page(table)

    def merged(self, text: str, style: str, height: float | None = None) -> None:
        line, look = self._next_line(), self._style(style)
        if height:
            self.sheet.set_row(line, height)
        if self.last:
            self.sheet.merge_range(line, 0, line, self.last, "", look)
        self.sheet.write_string(line, 0, text, look)  # after the merge, whose own text would be read for formulas

    def cells(self, values: Sequence[tuple[Any, str]], height: float | None = None) -> None:
        self.sheet.put_line(self._next_line(), [(value, self._index(style)) for value, style in values], height)

    def freeze(self) -> None:
        self.sheet.freeze_panes(self.line, 0)
        self.sheet.repeat_rows(0, self.line - 1)  # on every printed page

    def _next_line(self) -> int:
        if self.line >= XLSX_LINES:
            raise too_many_lines(XLSX_LINES)
        self.line += 1
        return self.line - 1

    def _index(self, style: str) -> int:
        if style not in self.indexes:
            self.indexes[style] = self._style(style)._get_xf_index()
        return self.indexes[style]

    def _style(self, name: str) -> Any:
        if name not in self.styles:
            self.styles[name] = self.book.add_format(STYLES[name])
        return self.styles[name]

    def _set_up_page(self, table: Table) -> None:
        sheet = self.sheet
        sheet.set_default_row(ROW_HEIGHT)
        sheet.set_paper(A3 if table.is_very_wide else A4)
        sheet.set_margins(left=MARGIN, right=MARGIN)
        if table.is_wide:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.center_horizontally()
        sheet.set_footer("&C第 &P 页 共 &N 页")
