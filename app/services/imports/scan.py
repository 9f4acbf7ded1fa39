"""A first pass over a sheet as a stream of XML: what cannot be imported is found before any cell is kept in memory."""

import re
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import ZipFile

from flask_babel import lazy_gettext as _

from ...errors import BadFile
from .workbook import DAMAGE, damaged

CHUNK = 64 * 1024
MAX_COLUMNS = 100
LAST_ROW = 1_048_576  # of any sheet
TITLE_ROWS = 10  # rows that may stand above the headings
BLANK_ROWS = 20_000  # formatted rows without content that are passed over
NAMED = 5  # cells that one sentence names
_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


@dataclass
class Scan:
    """What the first pass has found."""

    last_row: int = 0
    columns: int = 0
    filled_rows: int = 0
    formulas: list[str] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    merged: list[tuple[int, str]] = field(default_factory=list)  # (first row, A1:B2)


def scan_sheet(archive: ZipFile, part: str, *, max_lines: int) -> Scan:
    """Read a sheet once without keeping it; raises BadFile as soon as it is too long, too wide or damaged."""
    pass_over = _Pass(max_lines)
    try:
        with archive.open(part) as source:
            while chunk := source.read(CHUNK):
                pass_over.parser.Parse(chunk, False)
        pass_over.parser.Parse(b"", True)
    except (*DAMAGE, ExpatError) as error:
        raise damaged() from error
    return pass_over.found


class _Pass:
    """Counts while the parser runs; nothing of the sheet stays."""

    def __init__(self, max_lines: int) -> None:
        self.found = Scan()
        self.max_lines = max_lines
        self.row, self.column, self.rows = 0, 0, 0
        self.hidden = self.filled = False
        self.parser = ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype

    def _refuse_doctype(self, *_declared) -> None:
        raise damaged()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        begin = self._BEGIN.get(name.rpartition(" ")[2])
        if begin is not None:
            begin(self, attributes)

    def _row(self, attributes: dict[str, str]) -> None:
        self.row = int(attributes.get("r", self.row + 1))
        self.column, self.filled = 0, False
        self.hidden = attributes.get("hidden") in {"1", "true"}
        self.rows += 1
        if not 0 < self.row <= LAST_ROW:
            raise damaged()
        if self.rows > self.max_lines + BLANK_ROWS:
            raise BadFile(_("表格下方有大量空白行，请选中并删除这些行后再上传。"))

    def _cell(self, attributes: dict[str, str]) -> None:
        match = _CELL.fullmatch(attributes.get("r", ""))
        self.column = column_number(match[1]) if match else self.column + 1

    def _content(self, _attributes: dict[str, str]) -> None:
        if self.column > MAX_COLUMNS:
            raise BadFile(_("表格超过 %(limit)s 列，请按模板只保留需要导入的列。", limit=MAX_COLUMNS))
        self.found.columns = max(self.found.columns, self.column)
        if not self.filled:
            self._note_row()

    def _note_row(self) -> None:
        self.filled = True
        self.found.filled_rows += 1
        self.found.last_row = max(self.found.last_row, self.row)
        if self.hidden and len(self.found.hidden_rows) < NAMED:
            self.found.hidden_rows.append(self.row)
        if self.found.filled_rows > self.max_lines + TITLE_ROWS:
            raise too_many(self.max_lines)

    def _formula(self, attributes: dict[str, str]) -> None:
        self._content(attributes)
        if len(self.found.formulas) < NAMED:
            self.found.formulas.append(f"{column_letters(self.column)}{self.row}")

    def _merge(self, attributes: dict[str, str]) -> None:
        area = attributes.get("ref", "")
        match = _CELL.match(area)
        if match and len(self.found.merged) < self.max_lines:
            self.found.merged.append((int(match[2]), area))

    _BEGIN = {"row": _row, "c": _cell, "v": _content, "is": _content, "f": _formula, "mergeCell": _merge}


def too_many(max_lines: int) -> BadFile:
    """Return the refusal of a sheet with more lines than one import takes."""
    return BadFile(_("一次最多导入 %(limit)s 行，该文件超出限制，请分成几个文件上传。", limit=max_lines))


def column_number(letters: str) -> int:
    """Return 1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """Return A for 1, AA for 27."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
