"""Prints lists of records: as lines of a table, as cards with a row of their own for long columns, or one by one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.forms.definition import Field
from app.forms.fields import KINDS

from .blocks import NONE, Block, Cell, Grid, Passage, is_too_tall, paragraphs_of, printed_or_blank

CHUNK = 150  # rows: the time of a table grows faster than its length
LONG_TEXT = 500  # characters: a column of longer texts makes its rows records instead of lines


def print_repeat(field: Field, stored: Any) -> Iterator[Block]:
    """Print the records of a repeat in the way that suits its columns."""
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
