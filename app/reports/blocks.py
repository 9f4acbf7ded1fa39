"""The shapes a printed form is made of, and how an answer reads in them."""

import unicodedata
from dataclasses import dataclass
from math import ceil
from typing import Any

from app.forms.definition import Field
from app.forms.fields import KINDS

CHARACTERS_ACROSS = 45  # of a full-width line in a cell
TALLEST_CELL = 38  # lines; a page holds about 48

NONE = "无"


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


def is_too_tall(text: str, percent: float = 100) -> bool:
    """Tell whether a text would make a cell of this width unreasonably tall."""
    across = max(CHARACTERS_ACROSS * percent / 100, 1)
    return sum(max(1, ceil(_width(line) / across)) for line in text.split("\n")) > TALLEST_CELL


def paragraphs_of(text: str) -> tuple[str, ...]:
    """Return the paragraphs of a text without blank lines and hand-made indents."""
    return tuple(line.strip() for line in text.split("\n") if line.strip())


def _width(line: str) -> float:
    return sum(1 if unicodedata.east_asian_width(char) in "WF" else 0.55 for char in line)


def printed_text(field: Field, stored: Any) -> str:
    """Return an answer as it stands on paper, empty when there is none."""
    kind = KINDS[field.type]
    return str(kind.printed(field, stored))


def printed_or_blank(field: Field, stored: Any) -> str:
    """Return an answer as it stands on paper; what was not answered leaves its unit or the blanks of a date."""
    return printed_text(field, stored) or BLANKS.get(field.type, field.unit)


_GAP = "\u00a0" * 6  # ordinary and full-width blanks collapse in HTML
BLANKS = {"month": f"{_GAP}年{_GAP}月", "date": f"{_GAP}年{_GAP}月{_GAP}日"}
