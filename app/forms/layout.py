"""Bordered label/value rows of a section, used by the screen and by the declaration document."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .definition import Field, Section
from .fields import KINDS


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: `kind` is `label`, `value` or `block` (full width: matrix, repeat, long text, file, consent).

    `beside` are the fields printed inside this value cell after its own (海外（时间：…）).
    """

    kind: str
    colspan: int
    field: Field | None = None
    beside: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """A field as the screen shows it: label and value together, `span` of the grid wide."""

    field: Field
    beside: tuple[Field, ...]
    span: int
    block: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the grid; its colspans add up to the grid of the section."""

    cells: tuple[Cell, ...]

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Return the labelled values of the row, each with its whole width."""
        found, label = [], 0
        for cell in self.cells:
            if cell.kind == "label":
                label = cell.colspan
            else:
                found.append(Pair(cell.field, cell.beside, label + cell.colspan, cell.kind == "block"))
                label = 0
        return tuple(found)

    @property
    def fields(self) -> tuple[Field, ...]:
        """Return the fields of the row, those beside others included."""
        return tuple(
            field for cell in self.cells if cell.kind != "label" and cell.field for field in (cell.field, *cell.beside)
        )


def rows(section: Section, hidden: frozenset[str] = frozenset()) -> tuple[Row, ...]:
    """Return the grid rows of a section without its hidden fields.

    Fields fill a row from left to right; the last value of a row that is not full takes what is left. A field `beside`
    another stands in the other's value cell, or in a cell of its own when the other is hidden.
    """
    return tuple(Row(cells) for cells in _packed(section, _placed(section, hidden)))


def _placed(section: Section, hidden: frozenset[str]) -> list[tuple[Field, tuple[Field, ...]]]:
    shown = {field.key: field for field in section.fields if field.key not in hidden}
    guests: dict[str, list[Field]] = {}
    for field in shown.values():
        if field.beside in shown:
            guests.setdefault(field.beside, []).append(field)
    return [(field, tuple(guests.get(key, ()))) for key, field in shown.items() if field.beside not in shown]


def _packed(section: Section, placed: list[tuple[Field, tuple[Field, ...]]]) -> Iterator[tuple[Cell, ...]]:
    row: list[Cell] = []
    used = 0
    for field, beside in placed:
        block = KINDS[field.type].own_block
        if row and (block or used + field.span > section.grid):
            yield _stretched(row, section.grid - used)
            row, used = [], 0
        if block:
            yield (Cell("block", section.grid, field, beside),)
            continue
        row += [
            Cell("label", section.label_span, field),
            Cell("value", field.span - section.label_span, field, beside),
        ]
        used += field.span
    if row:
        yield _stretched(row, section.grid - used)


def _stretched(row: list[Cell], rest: int) -> tuple[Cell, ...]:
    last = row[-1]
    return (*row[:-1], replace(last, colspan=last.colspan + rest))
