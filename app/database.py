"""The one place where SQLite and PostgreSQL differ: how connections are set up and how transactions begin."""

from contextvars import ContextVar
from functools import partial
from time import monotonic
from typing import Any

from flask import Flask, request
from sqlalchemy import Dialect, Engine, Select, event, func, select
from sqlalchemy.exc import DisconnectionError, IntegrityError

from .extensions import db

# Reading requests begin plainly and never wait for a writer; everything else takes the write lock at once, so that
# two writers queue up instead of failing half way.
_reading: ContextVar[bool] = ContextVar("reading", default=False)
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# A plan for any values would walk past the indexes that lead through queues: plan for the values at hand.
PLANS = "-c plan_cache_mode=force_custom_plan"
IDLE_SECONDS = 5.0


def init_database(app: Flask) -> None:
    """Tie connection set-up and the two kinds of BEGIN to the application's engine."""
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "checkout", partial(_check_if_idle, engine.dialect))
        event.listen(engine, "checkin", _note_return)
    app.before_request(_note_kind_of_request)
    app.teardown_request(_forget_kind_of_request)


def _note_kind_of_request() -> None:
    _reading.set(request.method in READING_METHODS)


def _forget_kind_of_request(_error: BaseException | None) -> None:
    """What the thread does between requests may write."""
    _reading.set(False)


def _prepare_sqlite(connection, _record) -> None:
    connection.isolation_level = None  # the driver must not begin on its own
    for pragma in ("journal_mode=WAL", "busy_timeout=30000", "foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection) -> None:
    connection.exec_driver_sql("BEGIN" if _reading.get() else "BEGIN IMMEDIATE")


def engine_options(url: str) -> dict:
    """Return the engine options for a database address."""
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 30, "check_same_thread": False}}
    return {
        "pool_size": 8,
        "max_overflow": 8,
        "connect_args": {"options": f"-c statement_timeout=60000 {PLANS}"},
    }


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


def add_or_get(row: Any, existing: Select) -> Any:
    """Insert a row; when somebody else was faster with the same key, return theirs."""
    try:
        with db.session.begin_nested():
            db.session.add(row)
            db.session.flush()
    except IntegrityError:
        return db.session.scalars(existing).one()
    return row


def try_to_be_alone(task: int) -> bool:
    """Try to be the only one at a task until this transaction ends; SQLite has one writer at a time anyway."""
    return is_sqlite() or bool(db.session.scalar(select(func.pg_try_advisory_xact_lock(task))))


def is_sqlite(engine: Engine | None = None) -> bool:
    """Tell whether the running database is SQLite."""
    return (engine or db.engine).dialect.name == "sqlite"
