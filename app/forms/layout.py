"""Bordered label/value rows of a section, used by the screen and by the declaration document."""

from dataclasses import dataclass

from .definition import Field, Section


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: `kind` is `label`, `value`, `block` (full width: matrix, repeat, longtext, file, consent) or `blank`.

    `beside` are the fields printed inside this value cell after its own (海外（时间：…）).
    """

    kind: str
    colspan: int
    field: Field | None = None
    beside: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the grid; its colspans add up to the grid of the section."""

    cells: tuple[Cell, ...]


def rows(section: Section, hidden: frozenset[str] = frozenset()) -> tuple[Row, ...]:
    """Return the grid rows of a section without its hidden fields."""
