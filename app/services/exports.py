"""导出Excel: the filtered rows of a list as a workbook, written by the worker while they are read.

A list names its columns as expressions over plain columns; the database never takes JSON apart. Rows stream from a
connection of their own into a writer in constant memory.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

from flask_babel import lazy_gettext as _
from sqlalchemy import BigInteger, ColumnElement, Select, type_coerce

from ..clock import to_local
from ..columns import Money
from ..database import reading_connection
from ..errors import NotFound
from ..models import Account, Job
from ..permissions import bureau_of
from ..reports.sheet import WRITERS
from ..reports.table import Column, Kind, Table
from . import audit, files, jobs

JOB_KIND = "list_export"
EXACT = 10**15  # whole numbers below it are exact as floats too
BATCH = 2000  # rows that are in memory at a time
REPORT_EVERY = 2000

Progress = Callable[..., None]


@dataclass(frozen=True)
class ExportColumn:
    """A column of an export: its heading, what is read for it, and how the values read become a cell."""

    label: Any
    read: tuple[ColumnElement, ...]
    width: float = 12
    kind: Kind = Kind.TEXT
    show: Callable[..., Any] | None = None  # takes the values of `read`; without it the first one is the cell


@dataclass(frozen=True)
class Export:
    """A workbook to be: rows of a statement under headings; `total` is an estimate for the progress."""

    title: str
    statement: Select
    columns: Sequence[ExportColumn]
    total: int = 0


def request_export(
    view: str, arguments: Mapping[str, str], subject: str, ending: str, *, by: Account, at: datetime
) -> Job:
    """Ask for the rows of a list, narrowed by the arguments of its address, as .xls or .xlsx."""
    if ending not in WRITERS:
        raise NotFound(_("列表只能导出为 .xls 或 .xlsx 格式。"))
    bureau = bureau_of(by)
    name = files.clean_name(
        "-".join([subject, *([bureau.name] if bureau else []), f"{to_local(at):%Y%m%d%H%M}.{ending}"])
    )
    asked = {"view": view, "arguments": dict(arguments), "ending": ending, "name": name, "by": by.id}
    title = _("导出Excel：%(subject)s", subject=subject)
    job = jobs.queue(JOB_KIND, jobs.own_key(JOB_KIND, by), asked, site_id=by.site_id, by=by, at=at, title=title)
    audit.record("export", job, by=by, at=at, detail={"list": view, **arguments})
    return job


def write_export(export: Export, ending: str, content: IO[bytes], progress: Progress) -> int:
    """Write the workbook; returns its number of rows. Raises SheetTooLarge beyond what the format holds."""
    columns, read, statement = reading_of(export)
    table = [Column(str(column.label), column.width, column.kind) for column in export.columns]
    counted = _Counted(export.total, progress)
    with reading_connection() as connection:
        rows = connection.execute(statement)
        lines = counted(_lines(rows, _cells(columns, read)))
        WRITERS[ending].write(Table(export.title, table, lines), content)
    return counted.done


def reading_of(export: Export) -> tuple[list[ExportColumn], list[ColumnElement], Select]:
    """Return the columns as they are made from what is read, what is read, and the statement that reads it."""
    columns = [_scaled_later(column) for column in export.columns]
    read = list(dict.fromkeys(source for column in columns for source in column.read))
    statement = export.statement.with_only_columns(*read, maintain_column_froms=True)
    return columns, read, statement.execution_options(yield_per=BATCH)


def _scaled_later(column: ExportColumn) -> ExportColumn:
    """Read amounts as the whole numbers they are kept as: scaling a cell costs less than making it a Decimal before."""
    source = column.read[0]
    if column.show is not None or not isinstance(source.type, Money):
        return column
    return replace(column, read=(type_coerce(source, BigInteger),), show=_scaled)


def _scaled(amount: int | None) -> float | Decimal | None:
    if amount is None:
        return None
    return amount / Money.SCALE if -EXACT < amount < EXACT else Decimal(amount) / Money.SCALE


def _lines(rows: Any, make: Sequence[Callable[[Sequence[Any]], Any]]) -> Iterator[list[Any]]:
    for part in rows.partitions(BATCH):
        for row in part:
            yield [cell(row) for cell in make]


def _cells(columns: Sequence[ExportColumn], read: Sequence[ColumnElement]) -> list[Callable[[Sequence[Any]], Any]]:
    places = {column: place for place, column in enumerate(read)}
    return [_cell(column.show, [places[source] for source in column.read]) for column in columns]


def _cell(show: Callable[..., Any] | None, places: Sequence[int]) -> Callable[[Sequence[Any]], Any]:
    first = places[0]
    if show is None:
        return lambda row: row[first]
    if len(places) == 1:
        return lambda row: show(row[first])
    return lambda row: show(*[row[place] for place in places])


class _Counted:
    """Counts what passes and tells the progress, of which the last tenth is closing the file."""

    def __init__(self, total: int, progress: Progress) -> None:
        self.done, self.total, self.progress = 0, total, progress

    def __call__(self, rows: Iterable[Any]) -> Iterator[Any]:
        for row in rows:
            yield row
            self.done += 1
            if self.done % REPORT_EVERY == 0:
                self.progress(min(90, self.done * 90 // max(self.total, self.done)))
