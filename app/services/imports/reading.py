"""Lines of an uploaded .xlsx as plain text by heading, or one sentence that says what to correct in the file."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from itertools import chain, islice
from typing import Any, BinaryIO

import xlsxwriter
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from openpyxl import load_workbook

from ...errors import BadFile
from .cells import as_text, has_lost_digits, tidy
from .scan import NAMED, TITLE_ROWS, Scan, scan_sheet, too_many
from .workbook import damaged, first_sheet, open_workbook

LANGUAGE = "zh_Hans_CN"  # of all workbooks, so that a template fits whoever reads it back
_WITHOUT = re.compile(r"[\s*]+")


@dataclass(frozen=True)
class Heading:
    """One column of an import; a required one must stand in the file and be filled in every line."""

    key: str
    label: Any
    required: bool = False

    @property
    def written(self) -> str:
        """Return the label as it stands in a workbook, whatever language the screen speaks."""
        if isinstance(self.label, str):
            return self.label
        with force_locale(LANGUAGE):
            return str(self.label)


@dataclass(frozen=True)
class Line:
    """One filled line of the sheet: its row number in Excel and a text for every heading's key."""

    number: int
    values: dict[str, str]


@dataclass(frozen=True)
class Problem:
    """What is wrong in one line, under which heading."""

    line: int
    label: str
    message: Any

    def as_row(self) -> list:
        """Return the problem as a job's report keeps it."""
        return [self.line, str(self.label), str(self.message)]


def read_lines(stream: BinaryIO, headings: Sequence[Heading], *, max_lines: int = 5000) -> list[Line]:
    """Return the filled lines of the first sheet; raises BadFile with a sentence that says what to do."""
    with open_workbook(stream) as archive:
        sheet, part = first_sheet(archive)
        scan = scan_sheet(archive, part, max_lines=max_lines)
    if not scan.filled_rows:
        raise BadFile(_("第一个工作表是空的，请按模板填写后再上传。"))
    rows = _rows(stream, sheet, scan)
    above = list(islice(rows, TITLE_ROWS))
    top, columns = _find_headings(above, headings)
    _require_plain(scan, top)
    lines = list(_lines(chain(above[top:], rows), top, columns, headings))
    if not lines:
        raise BadFile(_("表头下方没有内容，请按模板填写后再上传。"))
    if len(lines) > max_lines:
        raise too_many(max_lines)
    return lines


def find_gaps(lines: Iterable[Line], headings: Iterable[Heading]) -> list[Problem]:
    """Return a problem for every required cell that is empty."""
    required = [heading for heading in headings if heading.required]
    return [
        Problem(line.number, heading.label, gettext("必填，请填写。"))
        for line in lines
        for heading in required
        if not line.values[heading.key]
    ]


# ---------------------------------------------------------------- cells


def _rows(stream: BinaryIO, sheet: str, scan: Scan) -> Iterator[tuple]:
    """Yield the cells of each row up to the last filled one."""
    stream.seek(0)
    try:
        with closing(load_workbook(stream, read_only=True, keep_links=False)) as book:
            yield from book[sheet].iter_rows(max_row=scan.last_row, max_col=scan.columns)
    except Exception as error:  # the reader fails in many ways on a damaged file, all of which mean the same
        raise damaged() from error


def _lines(rows: Iterable[tuple], top: int, columns: dict[str, int], headings: Sequence[Heading]) -> Iterator[Line]:
    """Yield the filled lines; refuses rounded numbers and error values, naming the first few cells."""
    lost, wrong = [], []
    for number, row in enumerate(rows, start=top + 1):
        cells = {key: row[column] for key, column in columns.items() if row[column].value is not None}
        lost += [cell.coordinate for cell in cells.values() if has_lost_digits(cell.value)]
        wrong += [cell.coordinate for cell in cells.values() if cell.data_type == "e"]
        texts = {h.key: _text(cells.get(h.key)) for h in headings}
        if any(texts.values()):
            yield Line(number, texts)
    if lost:
        raise BadFile(_("%(cells)s 中的长号码存成了数值，末几位已丢失。请先把该列设为“文本”格式，再重新填写号码。",
                        cells=_named(lost)))  # fmt: skip
    if wrong:
        raise BadFile(_("%(cells)s 显示为错误值（如 #N/A），请改正后再上传。", cells=_named(wrong)))


def _text(cell: Any) -> str:
    return as_text(cell.value, cell.number_format) if cell is not None else ""


def _require_plain(scan: Scan, top: int) -> None:
    """Refuse what has no one value per cell: formulas, merged cells, rows that nobody sees."""
    if scan.formulas:
        raise BadFile(_("%(cells)s 含有公式，请复制后“粘贴为数值”再上传。", cells=_named(scan.formulas)))
    merged = [area for row, area in scan.merged if top <= row <= scan.last_row]
    if merged:
        raise BadFile(_("%(cells)s 是合并单元格，请取消合并，并在每一行填写完整后再上传。", cells=_named(merged)))
    hidden = [str(row) for row in scan.hidden_rows]
    if hidden:
        raise BadFile(_("第 %(rows)s 行被隐藏或筛选掉，请取消筛选和隐藏，确认内容后再上传。", rows=_named(hidden)))


def _named(found: list[str]) -> str:
    return "、".join(found[:NAMED]) + ("…" if len(found) > NAMED else "")


# ---------------------------------------------------------------- headings


def _find_headings(rows: list[tuple], headings: Sequence[Heading]) -> tuple[int, dict[str, int]]:
    """Return how many rows stand above the lines and the column of each heading; names what is missing or unknown."""
    known = {plain(heading.written) for heading in headings}
    found = [[plain(str(c.value)) if c.value is not None else "" for c in row] for row in rows]
    best = max(range(len(found)), key=lambda number: len(known.intersection(found[number])))
    texts = found[best]
    missing = [h.written for h in headings if h.required and plain(h.written) not in texts]
    if not known.intersection(texts):
        raise BadFile(
            _("没有找到表头，应包含：%(labels)s。请下载模板填写。", labels=listed(h.written for h in headings))
        )
    if missing:
        raise BadFile(_("表头缺少：%(labels)s。请下载模板核对。", labels=listed(missing)))
    require_known(texts, known)
    return best + 1, {h.key: texts.index(plain(h.written)) for h in headings if plain(h.written) in texts}


def require_known(texts: list[str], known: set[str]) -> None:
    """Raise BadFile for headings that are not among the known ones, or stand twice."""
    unknown = [text for text in texts if text and text not in known]
    if unknown:
        raise BadFile(_("表头“%(labels)s”不在模板中，请删除这些列或按模板改名。", labels=listed(unknown)))
    twice = sorted({text for text in texts if text and texts.count(text) > 1})
    if twice:
        raise BadFile(_("表头“%(labels)s”出现了多次，请只保留一列。", labels=listed(twice)))


def plain(label: str) -> str:
    """Return a heading as it is compared: without spaces, stars, and the difference between wide and narrow signs."""
    return _WITHOUT.sub("", unicodedata.normalize("NFKC", tidy(label)))


def listed(labels: Iterable[str]) -> str:
    """Return labels as one text, none longer than a person reads."""
    return "、".join(str(label)[:30] for label in labels)


# ---------------------------------------------------------------- template


def template(title: str, headings: Sequence[Heading], examples: Sequence[Sequence[str]]) -> bytes:
    """Return an .xlsx to fill in: a sheet with the headings alone, and one that shows examples."""
    target = BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        _write_sheet(book, str(title)[:31], headings, [])
        _write_sheet(book, gettext("填写示例"), headings, examples)
    return target.getvalue()


def workbook(title: str, headings: Sequence[Heading], lines: Sequence[Sequence[str]]) -> bytes:
    """Return an .xlsx of lines that `read_lines` reads back."""
    target = BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        _write_sheet(book, str(title)[:31], headings, lines)
    return target.getvalue()


def _write_sheet(book: xlsxwriter.Workbook, name: str, headings: Sequence[Heading], lines: Sequence) -> None:
    """Write one sheet; its columns are text, so that long numbers keep their digits."""
    sheet = book.add_worksheet(name)
    head = book.add_format({"bold": True, "bg_color": "#EAF1FB", "border": 1, "num_format": "@"})
    text = book.add_format({"num_format": "@"})
    sheet.freeze_panes(1, 0)
    for column, heading in enumerate(headings):
        label = f"*{heading.written}" if heading.required else heading.written
        sheet.set_column(column, column, max(14, 2 * len(label) + 4), text)
        sheet.write_string(0, column, label, head)
    for number, line in enumerate(lines, start=1):
        for column, value in enumerate(line):
            sheet.write_string(number, column, str(value), text)
