"""What a list page shows: columns, rows, filters, tabs and the links between them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement

from .filters import Filter
from .paging import SIZES, Page, Place

PAGING = frozenset({"page", "after", "before", "last"})
RESERVED = PAGING | {"size", "order", "dir", "tab", "back", "q"}
MAIN_FILTERS = 3


@dataclass(frozen=True)
class Tab:
    """A phase of the work, with its own rows and count."""

    key: str
    label: Any
    condition: ColumnElement
    count: str = ""


@dataclass(frozen=True)
class Column:
    """A heading; `order_by` is the link that sorts by it, None where nothing sorts."""

    name: str
    label: Any
    order_by: str | None
    direction: str | None


@dataclass(frozen=True)
class Row:
    """A line of the table: its key, what it is called, where it leads, and its cells."""

    key: Any
    subject: str
    url: str | None
    cells: Sequence[Any]
    item: Any


@dataclass(frozen=True)
class Listing:
    """Everything the list template reads."""

    page: Page
    columns: Sequence[Column]
    rows: Sequence[Row]
    filters: Sequence[Filter]
    tabs: Sequence[Tab]
    tab: str | None
    args: Mapping[str, str]
    path: str
    sizes: Sequence[int] = SIZES
    typed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def main_filters(self) -> Sequence[Filter]:
        return self.filters[:MAIN_FILTERS]

    @property
    def more_filters(self) -> Sequence[Filter]:
        return self.filters[MAIN_FILTERS:]

    @property
    def more_active(self) -> int:
        """How many of the folded filters are in use."""
        return sum(1 for f in self.more_filters if self.typed.get(f.name))

    @property
    def narrowed(self) -> bool:
        """Tell whether any filter is in use."""
        return any(self.typed.values())

    def link(self, **changes: Any) -> str:
        """Return this page's address with the changes; leaving the page position unless it is what changes."""
        return link(self.path, self.args, **changes)

    @property
    def kept(self) -> dict[str, str]:
        """Return what the filter form must carry along: everything but filters and position."""
        names = {name for f in self.filters for name in f.arguments}
        return {k: v for k, v in self.args.items() if k not in names and k not in PAGING}


def link(path: str, args: Mapping[str, str], **changes: Any) -> str:
    """Return `path` with changed arguments; None removes one, and any change starts from the first page."""
    merged: dict[str, Any] = {k: v for k, v in args.items() if k not in PAGING and v} | changes
    query = urlencode({k: v for k, v in merged.items() if v is not None})
    return f"{path}?{query}" if query else path


def read_place(args: Mapping[str, str], default_size: int) -> Place:
    """Return where the reader wants to be; sizes that are not offered fall back to the default."""
    size = _int(args.get("size"))
    return Place(
        number=max(1, _int(args.get("page")) or 1),
        size=size if size in SIZES else default_size,
        after=args.get("after"),
        before=args.get("before"),
        last=args.get("last") == "1",
    )


def _int(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else None


def read_order(args: Mapping[str, str], allowed: Sequence[str], default: tuple[str, str]) -> tuple[str, bool]:
    """Return (column, descending); a column that is not offered falls back to the default order."""
    name, direction = args.get("order"), args.get("dir")
    if name not in allowed or direction not in ("asc", "desc"):
        name, direction = default
    return name, direction == "desc"


def columns_of(
    names: Sequence[str], labels: Mapping[str, Any], sortable: Sequence[str], current: tuple[str, bool], link: Callable
) -> list[Column]:
    """Return the headings with their sort links."""
    by, descending = current

    def column(name: str) -> Column:
        if name not in sortable:
            return Column(name, str(labels[name]), None, None)
        active = name == by
        turn = "asc" if active and descending else "desc"
        direction = ("desc" if descending else "asc") if active else None
        return Column(name, str(labels[name]), link(order=name, dir=turn), direction)

    return [column(name) for name in names]
