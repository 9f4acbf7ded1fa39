"""Lines of a table copied from a spreadsheet: cells between tabs, with or without a line of headings."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from flask_babel import lazy_gettext as _

from ...errors import BadFile
from .cells import tidy
from .reading import Heading, Line, listed, plain, require_known

NUMBERS = plain("序号")  # a column of line numbers is copied along often and means nothing here


def read_pasted(text: str, headings: Sequence[Heading]) -> list[Line]:
    """Return the filled lines; raises BadFile with a sentence that says what to do."""
    rows = [(number, row) for number, row in enumerate(_rows(text), start=1) if any(row)]
    if not rows:
        raise BadFile(_("没有可以导入的内容，请从 Excel 复制单元格后粘贴到文本框。"))
    columns = _columns_named(rows[0][1], headings)
    if columns is None:
        _require_width(rows, len(headings))
        columns = {heading.key: number for number, heading in enumerate(headings)}
    else:
        rows = rows[1:]
    if not rows:
        raise BadFile(_("只粘贴了表头，没有内容，请连同下面的各行一起复制。"))
    return [Line(number, {h.key: _cell(row, columns.get(h.key)) for h in headings}) for number, row in rows]


def write_pasted(lines: Iterable[Line], headings: Sequence[Heading]) -> str:
    """Return lines as the text that `read_pasted` reads back."""
    target = StringIO()
    writer = csv.writer(target, delimiter="\t", lineterminator="\n")
    writer.writerow([heading.written for heading in headings])
    writer.writerows([[line.values[heading.key] for heading in headings] for line in lines])
    return target.getvalue()


def _rows(text: str) -> list[list[str]]:
    """Split into cells; a cell with line breaks stands between quotes, as spreadsheets copy it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        rows = list(csv.reader(StringIO(text, newline=""), delimiter="\t", strict=True))
    except csv.Error:  # quotes that are part of a text
        rows = [line.split("\t") for line in text.split("\n")]
    return [[tidy(cell) for cell in row] for row in rows]


def _cell(row: list[str], column: int | None) -> str:
    return row[column] if column is not None and column < len(row) else ""


def _columns_named(row: list[str], headings: Sequence[Heading]) -> dict[str, int] | None:
    """Return the column of each heading when the line is one of headings; raises BadFile for unknown ones."""
    texts = ["" if plain(cell) == NUMBERS else plain(cell) for cell in row]
    known = {plain(heading.written): heading.key for heading in headings}
    named = [text for text in texts if text in known]
    if len(named) * 2 <= sum(map(bool, texts)):
        return None
    require_known(texts, set(known))
    return {known[text]: texts.index(text) for text in named}


def _require_width(rows: list[tuple[int, list[str]]], width: int) -> None:
    wide = [str(number) for number, row in rows if any(row[width:])]
    if wide:
        raise BadFile(
            _("第 %(lines)s 行的单元格多于列表的 %(width)s 列，请只复制列表中的各列，或连同表头一起复制。",
              lines=listed(wide[:10]), width=width)
        )  # fmt: skip
