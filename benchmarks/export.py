"""60,000 declarations × 20 columns to .xlsx against what one would write first: `make bench-export`.

Reading: projected columns, streamed, against one JSON operator per column. The whole: our export job against mapped
objects with JSON operators into an XlsxWriter that holds its rows in memory. Each side lives in a process of its own;
the cells that both write are compared before anything is timed.
"""

import argparse
import gc
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import islice
from statistics import median
from typing import IO, Any

from .parts import (
    DATABASES,
    application,
    database,
    describe_machine,
    finish,
    in_turns,
    milliseconds,
    ratio,
    say,
    scratch,
    seconds,
    table,
)
from .processes import in_own_process, memory, obey, process

AIMS = {"reading": 4.0, "whole": 2.0, "peak_over_idle_mb": 64}
TEXTS = tuple(f"text_{n}" for n in range(1, 9))
FIGURES = tuple(f"figure_{n}" for n in range(1, 13))
COLUMNS = (*TEXTS, *FIGURES)
SEED = 20240810
BATCH = 2_000
WARM_UP = 1
COMPARED = 2_000  # rows whose cells are compared


def main() -> None:
    """Measure on both databases and print the ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=60_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--database", choices=DATABASES, help="one database only")
    given = options.parse_args()
    describe_machine()
    found: dict[str, Any] = {"rows": given.rows, "columns": len(COLUMNS)}
    lines = []
    with scratch() as folder:
        for kind in [given.database] if given.database else DATABASES:
            with database(kind, folder) as url:
                in_own_process(_prepare, url, given.rows)
                times, peaks = _measure(url, given.rounds)
            found[kind] = _ratios(times, peaks)
            lines += _lines(kind, times, peaks, found[kind])
    table(("database", "part", "one operator per column, ms", "ours, ms", "times faster", "over idle MB"), lines)
    say("aims: " + ", ".join(f"{name} {aim}" for name, aim in AIMS.items()))
    finish(found)


def _measure(url: str, rounds: int) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Return the seconds of each side's rounds, and how much memory each needs over what it has idle."""
    times: dict[str, list[float]] = {}
    with process(_ours, url) as ours, process(_naive, url) as naive:
        if ours("cells") != naive("cells"):
            raise AssertionError("the two sides do not write the same cells")
        for part in ("reading", "whole"):
            sides = {f"naive {part}": lambda p=part: naive(p), f"ours {part}": lambda p=part: ours(p)}
            in_turns(sides, WARM_UP)
            times |= in_turns(sides, rounds)
    peaks = {}
    for name, side in (("ours", _ours), ("naive", _naive)):
        with process(side, url) as fresh:  # what was timed before has left its traces
            fresh("whole")
            peaks[name] = fresh("peak")
    return times, peaks


def _ratios(times: dict[str, list[float]], peaks: dict[str, float]) -> dict[str, float]:
    return {
        "reading": ratio(times["naive reading"], times["ours reading"]),
        "whole": ratio(times["naive whole"], times["ours whole"]),
        "peak_over_idle_mb": round(peaks["ours"]),
        "median_s": round(median(times["ours whole"]), 1),
    }


def _lines(kind: str, times: dict[str, list[float]], peaks: dict[str, float], found: dict[str, float]) -> list[tuple]:
    return [
        (kind, part, milliseconds(times[f"naive {part}"]), milliseconds(times[f"ours {part}"]), found[part], over)
        for part, over in (("reading", ""), ("whole", f"{peaks['naive']:.0f} / {peaks['ours']:.0f}"))
    ]


# ---------------------------------------------------------------- the rows


def _prepare(url: str, rows: int) -> None:
    """Fill a call with declarations whose answers hold what their projected columns hold."""
    from sqlalchemy import bindparam, update

    from app.extensions import db
    from app.models import Declaration, Submission

    from . import data

    with application(url):
        province = data.build_province(cities=2, counties=2, calls=1)
        data.fill(province, enterprises=500, declarations=((province.calls[0], "province") for _ in range(rows)))
        declarations, submissions = Declaration.__table__, Submission.__table__
        project = update(declarations).where(declarations.c.id == bindparam("row"))
        answer = update(submissions).where(submissions.c.id == bindparam("row"))
        answer = answer.values(answers=bindparam("given", type_=submissions.c.answers.type))
        with db.engine.begin() as connection:
            sample = connection.execute(submissions.select().limit(1)).one().answers
            values = _values(rows)
            while batch := list(islice(values, BATCH)):
                connection.execute(project, [{"row": row, **figures} for row, figures in batch])
                connection.execute(answer, [{"row": row, "given": sample | _spoken(v)} for row, v in batch])
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


def _values(rows: int) -> Iterator[tuple[int, dict[str, Any]]]:
    shape = random.Random(SEED)
    for row in range(1, rows + 1):
        texts = {name: f"{shape.choice('云海青北远松晨竹')}{shape.randrange(10**6)}智能制造" for name in TEXTS}
        figures = {name: Decimal(shape.randrange(1, 10**9)) / 100 for name in FIGURES}
        yield row, texts | figures


def _spoken(values: dict[str, Any]) -> dict[str, str]:
    """Return the values as answers keep them: figures as texts."""
    return {name: str(value) for name, value in values.items()}


# ---------------------------------------------------------------- the two sides


def _ours(connection: Any, url: str) -> None:
    with application(url):
        obey(connection, _orders(_read_projected, _export))


def _naive(connection: Any, url: str) -> None:
    with application(url):
        obey(connection, _orders(_read_operators, _write_in_memory))


def _orders(read: Callable[[], Any], write: Callable[[IO[bytes]], Any]) -> dict[str, Callable[[], Any]]:
    """Return what a side does when told to."""
    gc.freeze()  # as the worker does
    idle = memory("VmRSS")
    return {
        "ready": os.getpid,
        "reading": lambda: seconds(read),
        "whole": lambda: seconds(lambda: _kept(write)),
        "cells": lambda: _cells(write),
        "peak": lambda: memory("VmHWM") - idle,
    }


def _kept(write: Callable[[IO[bytes]], Any]) -> None:
    with tempfile.TemporaryFile() as file:
        write(file)


def _cells(write: Callable[[IO[bytes]], Any]) -> list[list[Any]]:
    """Return the first rows of figures that the workbook holds."""
    from python_calamine import CalamineWorkbook

    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        write(file)
        file.flush()
        rows = CalamineWorkbook.from_path(file.name).get_sheet_by_index(0).to_python()
    return [row for row in rows if isinstance(row[-1], float)][:COMPARED]


def _statement() -> Any:
    from sqlalchemy import select

    from app.models import Declaration

    return select(Declaration).where(Declaration.submission_id.is_not(None)).order_by(Declaration.id)


def _read_projected() -> None:
    """Read what our export reads."""
    from app.database import reading_connection
    from app.services.exports import reading_of

    _columns, _read, statement = reading_of(_asked())
    with reading_connection() as connection:
        for _row in connection.execute(statement):
            pass


def _export(file: IO[bytes]) -> None:
    from app.services.exports import write_export

    write_export(_asked(), "xlsx", file, lambda _percent: None)


def _asked() -> Any:
    from app.models import Declaration
    from app.reports.table import Kind
    from app.services.exports import Export, ExportColumn

    columns = [
        ExportColumn(name, (getattr(Declaration, name),), 12, Kind.TEXT if name in TEXTS else Kind.NUMBER)
        for name in COLUMNS
    ]
    return Export("申报项目", _statement(), columns, 60_000)


def _operators() -> Any:
    """Return mapped objects beside one `->>` per column."""
    from app.models import Declaration, Submission

    joined = _statement().join(Submission, Submission.id == Declaration.submission_id)
    return joined.add_columns(*(Submission.answers[name].as_string() for name in COLUMNS))


def _read_operators() -> None:
    from app.database import reading_connection

    statement = _operators()
    with reading_connection() as connection:
        names = list(statement.selected_columns)[-len(COLUMNS) :]
        streamed = statement.with_only_columns(*names, maintain_column_froms=True).execution_options(yield_per=BATCH)
        for _row in connection.execute(streamed):
            pass


def _write_in_memory(file: IO[bytes]) -> None:
    """Write the same cells as one would write them first: everything read as objects, then cell by cell."""
    import xlsxwriter

    from app.extensions import db

    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        body = book.add_format({"border": 1})
        for number, name in enumerate(COLUMNS):
            sheet.write(0, number, name, body)
        for line, (_declaration, *cells) in enumerate(db.session.execute(_operators()).all(), start=1):
            for number, value in enumerate(cells):
                sheet.write(line, number, float(value) if number >= len(TEXTS) else value, body)
    db.session.rollback()


if __name__ == "__main__":
    main()
