"""Lines of an .xlsx sheet written as XML at once: XlsxWriter takes three times as long.

Everything else of a sheet stays XlsxWriter's: styles, merged titles, page set-up. It reaches into what XlsxWriter does
in constant memory, so it refuses versions that it was not written for.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

SUPPORTED_VERSION = "3.3.1"
_SPECIAL = re.compile(r"[&<>\x00-\x1f\ufffe\uffff]|_x[0-9a-fA-F]{4}_|^\s|\s$")
_ESCAPED = re.compile(r"_(x[0-9a-fA-F]{4}_)")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")


class LineSheet(Worksheet):
    """A worksheet in constant memory that takes whole lines."""

    def __init__(self) -> None:
        super().__init__()
        if xlsxwriter.__version__ != SUPPORTED_VERSION:
            raise RuntimeError(f"lines are written for XlsxWriter {SUPPORTED_VERSION}, not {xlsxwriter.__version__}")
        self.letters: list[str] = []

    def put_line(self, line: int, cells: Sequence[tuple[Any, int]], height: float | None) -> None:
        """Write (value, index of a style) side by side as the line of that number, counted from 0; none before it."""
        self._write_single_row(line)  # what XlsxWriter itself still holds comes first
        while len(self.letters) < len(cells):
            self.letters.append(xl_col_to_name(len(self.letters)))
        number = line + 1
        tall = f' ht="{height}" customHeight="1"' if height else ""
        body = "".join(
            [self._cell(f"{letter}{number}", *cell) for letter, cell in zip(self.letters, cells, strict=False)]
        )
        self.fh.write(f'<row r="{number}"{tall}>{body}</row>')
        self._check_dimensions(line, len(cells) - 1)
        self.previous_row = number

    def _cell(self, place: str, value: Any, style: int) -> str:
        if value is None:
            return f'<c r="{place}" s="{style}"/>'
        if type(value) is str:
            if _SPECIAL.search(value):
                value = _escaped(value)
                return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'
            return f'<c r="{place}" s="{style}" t="inlineStr"><is><t>{value}</t></is></c>'
        if isinstance(value, datetime):
            value = self._convert_date_time(value)
        return f'<c r="{place}" s="{style}"><v>{value}</v></c>'


def _escaped(text: str) -> str:
    """Return a text as XML; what spreadsheets read as a code is written so that it stays a text."""
    text = _ESCAPED.sub(r"_x005F_\1", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "_x000D_")
    return _FORBIDDEN.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
