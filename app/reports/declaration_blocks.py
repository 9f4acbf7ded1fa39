"""What a declaration is printed from: answers turned into bordered grids, passages and statements, kind by kind.

Nothing here knows a field by name. A cell never grows taller than a page: what is too long for one becomes a passage,
which runs over pages.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from app.forms.conditions import stored_of
from app.forms.definition import Field, Section
from app.forms.fields import KINDS
from app.forms.layout import Cell as FormCell
from app.forms.layout import rows as form_rows

CHARACTERS_ACROSS = 45  # of a full-width line in a cell
TALLEST_CELL = 38  # lines; a page holds about 48
CHUNK = 150  # rows: the time of a table grows faster than its length
LONG_TEXT = 500  # characters: a column of longer texts makes its rows records instead of lines

BLANK = "＿＿＿＿"
NONE = "无"
SEE_BELOW = "（内容见下）"


@dataclass(frozen=True)
class Cell:
    """A cell of a grid over `span` columns and `rows` rows; `look` is label, value, head, middle, figure or title."""

    text: str
    span: int = 1
    look: str = "value"
    rows: int = 1


@dataclass(frozen=True)
class Grid:
    """A bordered table: widths of its columns in percent, rows of cells, and how many of them head every page.

    `together` keeps it on one page, `heads_next` keeps it with what follows.
    """

    widths: tuple[float, ...]
    rows: tuple[tuple[Cell, ...], ...]
    repeat: int = 0
    together: bool = False
    heads_next: bool = False
    shape = "grid"

    @property
    def ruled(self) -> bool:
        """Tell whether the first row gives every column its width by itself."""
        return len(self.rows[0]) == len(self.widths)


@dataclass(frozen=True)
class Passage:
    """Paragraphs in a frame that runs over pages, under a label of their own."""

    label: str
    paragraphs: tuple[str, ...]
    shape = "passage"


@dataclass(frozen=True)
class Statement:
    """A statement to be sealed: its paragraphs, the tick, the place for the seal."""

    paragraphs: tuple[str, ...]
    tick: str
    shape = "statement"


Block = Grid | Passage | Statement
FileNames = Mapping[str, Sequence[str]]  # field key: names of the files


def blocks_of(section: Section, answers: Mapping[str, Any], hidden: frozenset[str], files: FileNames) -> list[Block]:
    """Return the blocks of a section in the order of the form."""
    return list(_joined(_pieces(section, answers, hidden | _unprinted(section), files)))


def is_too_tall(text: str, percent: float = 100) -> bool:
    """Tell whether a text would make a cell of this width unreasonably tall."""
    across = max(CHARACTERS_ACROSS * percent / 100, 1)
    return sum(max(1, ceil(_width(line) / across)) for line in text.split("\n")) > TALLEST_CELL


def paragraphs_of(text: str) -> tuple[str, ...]:
    """Return the paragraphs of a text without blank lines and hand-made indents."""
    return tuple(line.strip() for line in text.split("\n") if line.strip())


def _width(line: str) -> float:
    return sum(1 if unicodedata.east_asian_width(char) in "WF" else 0.55 for char in line)


def _unprinted(section: Section) -> frozenset[str]:
    return frozenset(field.key for field in section.fields if not field.print)


def _joined(pieces: Iterable[Block]) -> Iterator[Block]:
    """Join grids of the same columns that follow each other, so that they break over pages as one."""
    held: Grid | None = None
    for piece in pieces:
        if isinstance(piece, Grid) and held and _continues(held, piece):
            held = Grid(held.widths, held.rows + piece.rows, held.repeat)
            continue
        if held:
            yield held
        held = piece if isinstance(piece, Grid) else None
        if held is None:
            yield piece
    if held:
        yield held


def _continues(first: Grid, second: Grid) -> bool:
    plain = not any((first.repeat, first.together, first.heads_next, second.repeat, second.together, second.heads_next))
    return plain and first.widths == second.widths


def _pieces(section: Section, answers: Mapping[str, Any], hidden: frozenset[str], files: FileNames) -> Iterator[Block]:
    named_files: list[Field] = []
    for row in form_rows(section, _hidden_slots_shown(section, hidden)):
        first = row.cells[0]
        if first.field and first.field.type == "file":
            named_files.append(first.field)
            continue
        if named_files:
            yield _file_list(named_files, files)
            named_files = []
        if first.kind == "block":
            stored = stored_of(answers, section, first.field.key)
            yield from _label_of_list(section, first.field, hidden)
            yield from PRINTERS.get(first.field.type, _print_value)(first.field, stored)
        else:
            yield from _print_row(section, row.cells, answers, hidden)
    if named_files:
        yield _file_list(named_files, files)


def _label_of_list(section: Section, field: Field, hidden: frozenset[str]) -> Iterator[Block]:
    """Name a list that shares its section with other questions; alone, the heading above says enough."""
    others = [f for f in section.fields if f.key not in hidden and f.type != "file" and f is not field]
    if field.type == "repeat" and others and field.label not in section.heading + section.chapter:
        yield Grid((100,), ((Cell(field.label, look="title"),),), heads_next=True)


# A row of labels and values


def _print_row(
    section: Section, cells: Sequence[FormCell], answers: Mapping[str, Any], hidden: frozenset[str]
) -> Iterator[Block]:
    widths = (100 / section.grid,) * section.grid
    printed, overlong = [], []
    for cell in cells:
        text = cell.field.label if cell.kind == "label" else _value_text(section, cell, answers, hidden)
        if is_too_tall(text, 100 * cell.colspan / section.grid):
            overlong.append(Passage(cell.field.label, paragraphs_of(text)))
            text = SEE_BELOW
        printed.append(Cell(text, cell.colspan, "label" if cell.kind == "label" else "value"))
    yield Grid(widths, (tuple(printed),))
    yield from overlong


def _value_text(section: Section, cell: FormCell, answers: Mapping[str, Any], hidden: frozenset[str]) -> str:
    text = printed_or_blank(cell.field, stored_of(answers, section, cell.field.key))
    for guest in cell.beside:
        stored = None if guest.key in hidden else stored_of(answers, section, guest.key)
        text = _with_slot(cell.field, text, guest, printed_text(guest, stored))
    return text


def printed_text(field: Field, stored: Any) -> str:
    """Return an answer as it stands on paper, empty when there is none."""
    kind = KINDS[field.type]
    return str(kind.printed(field, stored))


def printed_or_blank(field: Field, stored: Any) -> str:
    """Return an answer as it stands on paper; what was not answered leaves its unit or the blanks of a date."""
    return printed_text(field, stored) or BLANKS.get(field.type, field.unit)


_GAP = "\u00a0" * 6  # ordinary and full-width blanks collapse in HTML
BLANKS = {"month": f"{_GAP}年{_GAP}月", "date": f"{_GAP}年{_GAP}月{_GAP}日"}


def _with_slot(host: Field, text: str, guest: Field, answer: str) -> str:
    """Put a further detail in brackets behind the option it belongs to, or behind all of them."""
    slot = f"（{guest.label}：{answer or BLANK}）"
    option = host.choice_labels.get(_option_of(host, guest) or "")
    found = re.search(f"[☐☑]{re.escape(option)}(?= |$|）|\n)", text) if option else None
    return text[: found.end()] + slot + text[found.end() :] if found else f"{text} {slot}"


def _option_of(host: Field, guest: Field) -> str | None:
    """Return the option of the host whose choice makes the guest appear (`{"==": [{"var": host}, option]}`)."""
    match guest.show:
        case {"==": [{"var": host.key}, str(option)]} if option in host.choice_labels:
            return option
    return None


def _hidden_slots_shown(section: Section, hidden: frozenset[str]) -> frozenset[str]:
    """Keep the empty brackets of options that were not chosen: on paper they are always there."""
    fields = {field.key: field for field in section.fields}
    slots = (
        key
        for key in hidden
        if key in fields and fields[key].print and fields[key].beside in fields.keys() - hidden
        if _option_of(fields[fields[key].beside], fields[key])
    )
    return hidden - frozenset(slots)


# Blocks, one function a kind


def _print_value(field: Field, stored: Any) -> Iterator[Block]:
    """Print a field across the whole width."""
    text = printed_or_blank(field, stored)
    if is_too_tall(text, 80):
        yield Passage(field.label, paragraphs_of(text))
    else:
        yield Grid((20, 80), ((Cell(field.label, look="label"), Cell(text)),))


def _print_passage(field: Field, stored: Any) -> Iterator[Block]:
    yield Passage(field.label, paragraphs_of(printed_text(field, stored)) or (NONE,))


def _print_statement(field: Field, stored: Any) -> Iterator[Block]:
    yield Statement(paragraphs_of(field.text), "☑" if stored is True else "☐")


def _print_matrix(field: Field, stored: Any) -> Iterator[Block]:
    kind = KINDS[field.type]
    rest = 76 / len(field.columns)
    head = (Cell(field.label, look="head"), *(Cell(column.label, look="head") for column in field.columns))
    body = tuple(
        (
            Cell(row.label, look="label"),
            *(
                Cell(printed_or_blank(row, kind.cell(stored, column.key, row.key)), look="figure")
                for column in field.columns
            ),
        )
        for row in field.rows
    )
    yield Grid((24, *(rest for _ in field.columns)), (head, *body), repeat=1)


def _print_repeat(field: Field, stored: Any) -> Iterator[Block]:
    records = stored if isinstance(stored, list) else []
    if field.layout == "records" or _has_long_columns(field) or _has_tall_cells(field, records):
        yield from _print_records(field, records)
    elif any(column.own_line for column in field.columns):
        yield from _print_cards(field, records)
    else:
        yield from _print_list(field, records)


def _has_long_columns(field: Field) -> bool:
    return any(column.type == "longtext" and (column.max or LONG_TEXT + 1) > LONG_TEXT for column in field.columns)


def _has_tall_cells(field: Field, records: Sequence[Mapping[str, Any]]) -> bool:
    widths = dict(zip((column.key for column in field.columns), _column_widths(field.columns), strict=True))
    return any(
        is_too_tall(_shown(column, record), 80 if column.own_line else widths[column.key])
        for record in records
        for column in field.columns
    )


def _shown(column: Field, record: Mapping[str, Any]) -> str:
    return str(KINDS[column.type].display(column, record.get(column.key)))


def _print_list(field: Field, records: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    """Print one line a record under a head; long lists as several tables."""
    widths = _column_widths(field.columns)
    head = tuple(Cell(column.label, look="head") for column in field.columns)
    if field.numbered:
        widths = (7, *(width * 0.93 for width in widths))
        head = (Cell("序号", look="head"), *head)
    body = [_line(field, number, record) for number, record in enumerate(records, 1)] or [_empty_line(len(head))]
    for start in range(0, len(body), CHUNK):
        yield Grid(widths, (head, *body[start : start + CHUNK]), repeat=1)


def _line(field: Field, number: int, record: Mapping[str, Any]) -> tuple[Cell, ...]:
    cells = (Cell(_shown(column, record), look=_look(column)) for column in field.columns)
    return (Cell(str(number), look="middle"), *cells) if field.numbered else tuple(cells)


def _empty_line(columns: int) -> tuple[Cell, ...]:
    return (Cell(NONE, columns, "middle"),)


def _look(column: Field) -> str:
    return "value" if column.type in ("text", "longtext", "choices") else "middle"


WEIGHTS = {"text": 14, "longtext": 22, "choices": 14, "choice": 9, "email": 12, "credit_code": 11, "money": 10}


def _column_widths(columns: Sequence[Field]) -> tuple[float, ...]:
    weights = [max(WEIGHTS.get(column.type, 8), min(len(column.label) + 3, 12)) for column in columns]
    return tuple(100 * weight / sum(weights) for weight in weights)


def _print_cards(field: Field, records: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    """Print every record as a row of labels and values with its long columns below it, kept together."""
    if not records:
        yield Grid((100,), (_empty_line(1),))
    name = field.row_label or field.label
    side = [column for column in field.columns if not column.own_line]
    below = [column for column in field.columns if column.own_line]
    widths = (12, *_pair_widths(side))
    for number, record in enumerate(records, 1):
        pairs = [
            cell
            for column in side
            for cell in (Cell(column.label, look="label"), Cell(printed_or_blank(column, record.get(column.key))))
        ]
        title = f"{name}\n{number}" if len(records) > 1 else name
        rows = [(Cell(title, look="label", rows=1 + len(below)), *pairs)]
        rows += [(Cell(column.label, look="label"), Cell(_shown(column, record), len(widths) - 2)) for column in below]
        yield Grid(widths, tuple(rows), together=True)


def _pair_widths(columns: Sequence[Field]) -> Iterator[float]:
    """Yield label and value widths that add up to 88."""
    labels = [8 if len(column.label) <= 4 else 11 for column in columns]
    weights = [WEIGHTS.get(column.type, 8) for column in columns]
    for label, weight in zip(labels, weights, strict=True):
        yield label
        yield (88 - sum(labels)) * weight / sum(weights)


def _print_records(field: Field, records: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    """Print every record under a heading: its short columns in a grid, its long ones as passages."""
    if not records:
        yield Grid((100,), (_empty_line(1),))
    for number, record in enumerate(records, 1):
        short = [column for column in field.columns if not _is_passage(column, record)]
        title = Cell(f"{field.row_label or field.label}{number}", 4, "title")
        yield Grid((26, 24, 26, 24), ((title,), *_pairs(short, record)), repeat=1)
        for column in field.columns:
            if column not in short:
                yield Passage(column.label, paragraphs_of(_shown(column, record)) or (NONE,))


def _is_passage(column: Field, record: Mapping[str, Any]) -> bool:
    return column.type == "longtext" or column.own_line or is_too_tall(_shown(column, record), 80)


def _pairs(columns: Sequence[Field], record: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    """Yield rows of one wide or two narrow label/value pairs."""
    waiting: list[Cell] = []
    for column in columns:
        pair = [Cell(column.label, look="label"), Cell(printed_or_blank(column, record.get(column.key)))]
        if column.type in ("text", "choices", "email"):
            if waiting:
                yield _stretched(waiting)
            yield _stretched(pair)
            waiting = []
        elif waiting:
            yield (*waiting, *pair)
            waiting = []
        else:
            waiting = pair
    if waiting:
        yield _stretched(waiting)


def _stretched(pair: Sequence[Cell]) -> tuple[Cell, ...]:
    return pair[0], Cell(pair[1].text, 3, pair[1].look)


def _file_list(fields: Sequence[Field], files: FileNames) -> Grid:
    head = (Cell("序号", look="head"), Cell("附件名称", look="head"), Cell("文件", look="head"))
    body = tuple(
        (
            Cell(str(number), look="middle"),
            Cell(field.label),
            Cell("\n".join(files.get(field.key) or ()) or NONE),
        )
        for number, field in enumerate(fields, 1)
    )
    return Grid((7, 33, 60), (head, *body), repeat=1)


PRINTERS: dict[str, Callable[[Field, Any], Iterator[Block]]] = {
    "longtext": _print_passage,
    "consent": _print_statement,
    "matrix": _print_matrix,
    "repeat": _print_repeat,
}
