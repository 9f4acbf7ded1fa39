"""A table as data: what every spreadsheet is made from, whatever the format."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a column holds; ids, phone numbers and codes are text, so that no digit is lost."""

    TEXT = "text"
    CENTRED = "centred"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    MONTH = "month"


@dataclass(frozen=True)
class Column:
    """A column: its heading, its width in Chinese characters (two digits each), and what it holds."""

    label: str
    width: float = 12
    kind: Kind = Kind.TEXT


@dataclass(frozen=True)
class Part:
    """A stretch of rows under a heading of its own, with the column headings repeated."""

    heading: str
    rows: Iterable[Sequence[Any]]


@dataclass(frozen=True)
class Table:
    """Title, lines above, headings, rows (or parts), lines below; `mark` stands before the title (附件3).

    Rows may be a generator: writers read them once, one at a time.
    """

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]] = ()
    above: Sequence[str] = ()
    below: Sequence[str] = ()
    parts: Sequence[Part] = ()
    mark: str = ""
    sheet: str = ""

    @property
    def sheet_name(self) -> str:
        """Return a name that spreadsheet programs accept: 31 characters, none of their own signs."""
        wanted = self.sheet or self.title
        return "".join(char for char in wanted if char not in "[]:*?/\\'")[:31] or "Sheet1"

    @property
    def is_wide(self) -> bool:
        """Tell whether the table prints better on a page turned sideways."""
        return self._across > 50

    @property
    def is_very_wide(self) -> bool:
        """Tell whether the table would be too small to read on A4."""
        return self._across > 110

    @property
    def _across(self) -> float:
        return sum(column.width for column in self.columns)
