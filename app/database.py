"""The one place where SQLite and PostgreSQL differ: how connections are set up and how transactions begin."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from time import monotonic
from typing import Any

from flask import Flask, request
from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    ExecutionContext,
    Select,
    cast,
    event,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.exc import DisconnectionError, IntegrityError, SQLAlchemyError

from .extensions import db

# Reading requests begin plainly and never wait for a writer; everything else takes the write lock at once, so that
# two writers queue up instead of failing half way.
_reading: ContextVar[bool] = ContextVar("reading", default=False)
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# A plan for any values would walk past the indexes that lead through queues, so PostgreSQL plans for the values at
# hand. Looking up by key is the same whatever the key: a statement with this option keeps its plan.
KEEP_PLAN = {"keep_plan": True}
IDLE_SECONDS = 5.0
SQLITE_PATIENCE = 300  # seconds that one waits for a connection, and with it for the one writer: a rush queues up here


def init_database(app: Flask) -> None:
    """Tie connection set-up and the two kinds of BEGIN to the application's engine."""
    app.before_request(_note_kind_of_request)
    app.teardown_request(_forget_kind_of_request)
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "checkout", partial(_check_if_idle, engine.dialect))
        event.listen(engine, "checkin", _note_return)
        event.listen(engine, "do_execute", _execute)
        event.listen(engine, "do_executemany", _note_writing)
        app.teardown_request(_end_reading)


def _note_kind_of_request() -> None:
    _reading.set(request.method in READING_METHODS)


def _forget_kind_of_request(_error: BaseException | None) -> None:
    """What the thread does between requests may write."""
    _reading.set(False)


def _end_reading(error: BaseException | None) -> None:
    """End what only read with COMMIT: after a ROLLBACK the driver throws the kept plans away."""
    if error is None and _reading.get():
        db.session.expunge_all()  # what nobody has written must stay unwritten
        with suppress(SQLAlchemyError):  # a connection that broke is thrown away with the session
            db.session.commit()


def _prepare_sqlite(connection, _record) -> None:
    connection.isolation_level = None  # the driver must not begin on its own
    for pragma in (
        "journal_mode=WAL",
        f"busy_timeout={SQLITE_PATIENCE * 1000}",
        "foreign_keys=ON",
        "synchronous=NORMAL",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection) -> None:
    connection.exec_driver_sql("BEGIN" if _reading.get() else "BEGIN IMMEDIATE")


def engine_options(url: str) -> dict:
    """Return the engine options for a database address."""
    if url.startswith("sqlite"):
        return {
            "pool_timeout": SQLITE_PATIENCE,
            "connect_args": {"timeout": SQLITE_PATIENCE, "check_same_thread": False},
        }
    return {
        "pool_size": 8,
        "max_overflow": 8,
        "connect_args": {"options": "-c statement_timeout=60000", "prepare_threshold": None},
    }


def _execute(cursor: Any, statement: str, parameters: Any, context: ExecutionContext) -> bool:
    """Let the driver keep the plan of a statement that asks for it; note when a reading request writes."""
    if context.compiled is None or not context.compiled.statement.is_select:
        _reading.set(False)
    if not context.execution_options.get("keep_plan"):
        return False  # the driver goes on as usual
    cursor.execute(statement, parameters, prepare=True)
    return True


def _note_writing(_cursor, _statement, _parameters, _context) -> None:
    _reading.set(False)


def _check_if_idle(dialect: Dialect, connection: Any, record: Any, _proxy: Any) -> None:
    """Make sure that a connection which has idled is still there; asking before every request costs a round trip."""
    if monotonic() - record.info.get("returned_at", 0.0) < IDLE_SECONDS:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise DisconnectionError from error  # the pool opens another one


def _note_return(_connection, record) -> None:
    record.info["returned_at"] = monotonic()


@contextmanager
def reading_connection() -> Iterator[Connection]:
    """Yield a connection for reading at length: it keeps no writer waiting, and its rows come as they are asked for."""
    with db.engine.connect().execution_options(stream_results=True) as connection:
        token = _reading.set(True)
        try:
            connection.begin()
        finally:
            _reading.reset(token)
        yield connection


def add_or_get(row: Any, existing: Select) -> Any:
    """Insert a row; when somebody else was faster with the same key, return theirs."""
    try:
        with db.session.begin_nested():
            db.session.add(row)
            db.session.flush()
    except IntegrityError:
        return db.session.scalars(existing).one()
    return row


def day_in_shanghai(column: Any) -> Any:
    """Return the calendar day of a stored moment on the Shanghai clock, which knows no summer time."""
    if is_sqlite():
        return func.date(column, "+8 hours")
    return func.date(func.timezone("Asia/Shanghai", func.timezone("UTC", column)))


def holds_words(column: Any, groups: Sequence[Sequence[str]]) -> ColumnElement[bool]:
    """Return the condition that a column of search words has all words of one of the groups; words are alphanumeric."""
    if is_sqlite():
        asked = _quoted(groups, '"', " AND ", " OR ")
        index = table("search_fts", sql_column("rowid"), sql_column("search_fts"))
        match = index.c.search_fts.op("MATCH")(f"{{{column.key}}} : ({asked})")
        return column.class_.id.in_(select(index.c.rowid).where(match))
    asked = _quoted(groups, "'", " & ", " | ")
    words = func.array_to_tsvector(func.string_to_array(column, literal_column("' '")))  # as in its index
    return words.op("@@", is_comparison=True)(cast(asked, TSQUERY))


def _quoted(groups: Sequence[Sequence[str]], quote: str, both: str, either: str) -> str:
    return either.join("(" + both.join(f"{quote}{word}{quote}" for word in words) + ")" for words in groups)


def try_to_be_alone(task: int) -> bool:
    """Try to be the only one at a task until this transaction ends; SQLite has one writer at a time anyway."""
    return is_sqlite() or bool(db.session.scalar(select(func.pg_try_advisory_xact_lock(task))))


def is_sqlite(engine: Engine | None = None) -> bool:
    """Tell whether the running database is SQLite."""
    return (engine or db.engine).dialect.name == "sqlite"


def will_write() -> None:
    """Let a request whose method only reads write after all: call it with no transaction open, before the first row."""
    _reading.set(False)
