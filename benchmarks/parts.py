"""What the benchmarks share: scratch installations, measuring in turns, tables, and the line of ratios at the end."""

import json
import logging
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SERVER = "postgresql+psycopg://root@127.0.0.1:5432/postgres"
POSTGRESQL, SQLITE = "postgresql", "sqlite"
DATABASES = (POSTGRESQL, SQLITE)


# ---------------------------------------------------------------- scratch installations


@contextmanager
def scratch() -> Iterator[Path]:
    """Yield an empty instance folder; nothing of the caller's own installation is read or written."""
    folder = Path(tempfile.mkdtemp(prefix="shenbao-bench-"))
    for name in ("DATABASE_URL", "REDIS_URL", "FILES_URL", "DEFAULT_SITE", "SHENBAO_CONFIG"):
        os.environ.pop(name, None)
    os.environ["SHENBAO_INSTANCE"] = str(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the address of an empty database that is dropped afterwards; BENCH_DATABASE_URL names the server."""
    if kind == SQLITE:
        yield f"sqlite:///{folder / 'bench.db'}"
        return
    from sqlalchemy.engine import make_url

    server = make_url(os.environ.get("BENCH_DATABASE_URL") or SERVER)
    name = f"shenbao_bench_{os.getpid()}"
    _administer(server, f'CREATE DATABASE "{name}"')
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        _administer(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _administer(server: Any, statement: str) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@contextmanager
def application(url: str, **settings: Any) -> Iterator[Any]:
    """Yield the application on a migrated database, inside its context."""
    from flask_migrate import upgrade

    logging.getLogger("alembic").setLevel(logging.WARNING)
    from app import create_app
    from app.extensions import db
    from config import DevConfig

    app = create_app(type("BenchConfig", (DevConfig,), {"SQLALCHEMY_DATABASE_URI": url} | settings))
    with app.app_context():
        upgrade()
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


# ---------------------------------------------------------------- measuring


def seconds(work: Callable[[], Any]) -> float:
    """Return how long a piece of work takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def in_turns(sides: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, list[Any]]:
    """Measure every side once a round and let another one begin each time, so that noise and drift hit all alike."""
    names = list(sides)
    found: dict[str, list[Any]] = {name: [] for name in names}
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            found[name].append(sides[name]())
    return found


def ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """Return the median of the rounds' ratios: what ran side by side is compared with each other."""
    return round(median(a / b for a, b in zip(above, below, strict=True)), 2)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which that share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def milliseconds(values: Sequence[float]) -> str:
    """Return median and span of a list of seconds."""
    return f"{median(values) * 1000:.1f} ({min(values) * 1000:.1f}-{max(values) * 1000:.1f})"


# ---------------------------------------------------------------- telling


def say(text: str = "") -> None:
    """Print at once: a benchmark takes minutes and shows where it is."""
    print(text, flush=True)


def table(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table in the form that docs/performance.md keeps."""
    say("| " + " | ".join(headers) + " |")
    say("|" + "---|" * len(headers))
    for row in rows:
        say("| " + " | ".join(str(cell) for cell in row) + " |")
    say()


def describe_machine() -> None:
    """Print what the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    say(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {memory:.0f} GiB, load {os.getloadavg()[0]:.1f}\n"
    )


def finish(ratios: Mapping[str, Any]) -> None:
    """Print the one line that programs read."""
    say(json.dumps(ratios))
