"""Writing very many rows fast: COPY into PostgreSQL, many at once into SQLite; indexes are built afterwards."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, Engine, Table, insert, text

BATCH = 5_000


@contextmanager
def bulk_connection(engine: Engine, *tables: Table) -> Iterator[Connection]:
    """Yield a connection for filling tables: references are not checked, indexes come back before the commit."""
    with engine.connect() as connection:
        _check_references(connection, on=False)
        with connection.begin():
            indexes = [index for table in tables for index in table.indexes]
            for index in indexes:
                index.drop(connection)
            yield connection
            for index in indexes:
                index.create(connection)
        _check_references(connection, on=True)
    _settle(engine)


def _check_references(connection: Connection, *, on: bool) -> None:
    """Declarations and submissions refer to each other, so neither could be filled first."""
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")
        return
    with connection.begin():
        connection.execute(text(f"SET session_replication_role = {'DEFAULT' if on else 'replica'}"))
        connection.execute(text(f"SET statement_timeout = {'60000' if on else '0'}"))


def _settle(engine: Engine) -> None:
    """Leave the statistics that a database in use has."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE"))


def load(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows that all have the same keys."""
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    if connection.dialect.name == "sqlite":
        _insert(connection, table, chain([first], rows))
    else:
        _copy(connection, table, list(first), chain([first], rows))


def _insert(connection: Connection, table: Table, rows: Iterator[Mapping[str, Any]]) -> None:
    while batch := list(islice(rows, BATCH)):
        connection.execute(insert(table), batch)


def _copy(connection: Connection, table: Table, names: list[str], rows: Iterator[Mapping[str, Any]]) -> None:
    kinds = [table.c[name].type.dialect_impl(connection.dialect) for name in names]
    convert = [kind.bind_processor(connection.dialect) or _same for kind in kinds]
    columns = ", ".join(f'"{name}"' for name in names)
    cursor = connection.connection.cursor()
    with cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row([change(row[name]) for change, name in zip(convert, names, strict=True)])


def _same(value: Any) -> Any:
    return value
