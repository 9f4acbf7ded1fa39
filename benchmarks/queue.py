"""The review queue against a hand-written page and Django's admin over the same rows: `make bench-queue`.

All three run under gunicorn with the same workers, are logged in to through their own pages, answer with a content
security policy and a CSRF token, narrow the rows to the officer's scope, and list as many menu entries. Nothing is
timed before all have shown the same rows on the first and on the thousandth page.
"""

import argparse
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from .loader import load
from .parts import (
    DATABASES,
    POSTGRESQL,
    ROOT,
    SQLITE,
    application,
    database,
    describe_machine,
    finish,
    in_turns,
    percentile,
    ratio,
    say,
    scratch,
    table,
)
from .peers import COUNT_HEADER, MENU_ENTRIES, PAGE_SIZE
from .serving import Person, gunicorn

OFFICER = "province_officer"
ROWS = {POSTGRESQL: 1_000_000, SQLITE: 100_000}
FAR = 1000  # the page that is compared with the first
PEOPLE = 8
AIMS = {"statements": 8, "rps_to_django": 5, "page_1000_to_page_1": 1.5, "page_kb": 150}
OURS, HAND, DJANGO = "platform", "hand-written", "Django admin"


@dataclass(frozen=True)
class Side:
    """A server that shows the queue: where its first and its thousandth page are, and the cookies of the officer."""

    name: str
    port: int
    cookie: str
    pages: dict[int, str]
    row_id: re.Pattern


def main() -> None:
    """Measure on both databases and print the ratios."""
    given = _options()
    describe_machine()
    found: dict[str, Any] = {}
    with scratch() as folder:
        for kind in [given.database] if given.database else DATABASES:
            rows = given.rows or ROWS[kind]
            with database(kind, folder) as url:
                found[kind] = _measure(url, folder, rows, given) | {"rows": rows}
    say("aims: " + ", ".join(f"{name} {aim}" for name, aim in AIMS.items()))
    finish(found)


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--database", choices=DATABASES, help="one database only")
    options.add_argument("--rows", type=int, help="declarations (at least 70,000)")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=3, help="of load per round, side and page")
    options.add_argument("--workers", type=int, default=max(2, os.cpu_count() or 2))
    return options.parse_args()


def _measure(url: str, folder: Path, rows: int, given: argparse.Namespace) -> dict[str, Any]:
    with application(url):
        queue = _fill(rows)
    with _servers(url, folder, given.workers, queue) as sides:
        facts = _compare_rows(sides)
        runs = _run(sides, given)
    return _tell(url.split("+")[0].split(":")[0], sides, facts, runs)


# ---------------------------------------------------------------- the rows


def _fill(rows: int) -> dict[str, str]:
    """Fill the database; returns the officer's queue and its thousandth page as each side asks for it."""
    from sqlalchemy import select

    from app.extensions import db
    from app.models import Account, Declaration, DeclarationState
    from app.views.paging import Order, cursor_of

    from . import data

    start = perf_counter()
    province = data.build_province(cities=21, counties=6, calls=20)
    call = province.calls[0]
    share = max(0.1, FAR * PAGE_SIZE * 1.1 / data.WAITING_SHARE / rows)
    data.fill(province, enterprises=min(50_000, rows // 5), declarations=data.spread(province.calls, rows, share))
    office = db.session.scalars(select(Account.department_id).where(Account.username == OFFICER)).one()
    before = (
        select(Declaration)
        .where(Declaration.call_id == call, Declaration.office_id == office)
        .where(Declaration.state == DeclarationState.IN_REVIEW)
        .order_by(Declaration.arrived_at.desc(), Declaration.id.desc())
        .offset((FAR - 1) * PAGE_SIZE - 1)
    )
    last = db.session.scalars(before.limit(1)).one()
    say(f"{rows:,} declarations, {share:.0%} of them in the call shown, in {perf_counter() - start:.0f} s\n")
    return {
        "site": str(province.site_id),
        "call": str(call),
        "office": str(office),
        "our cursor": cursor_of(last, Order(Declaration.arrived_at, Declaration.id)),
        "hand cursor": f"{last.arrived_at.replace(tzinfo=None).isoformat()}_{last.id}",
    }


# ---------------------------------------------------------------- the servers


@contextmanager
def _servers(url: str, folder: Path, workers: int, queue: dict[str, str]) -> Iterator[list[Side]]:
    """Start the three servers and log in to each."""
    from app import roles
    from app.demo.world import PASSWORD

    environment = {
        "DATABASE_URL": url,
        "SECRET_KEY": secrets.token_hex(),
        "BENCH_SITE_ID": queue["site"],
        "BENCH_CALL_ID": queue["call"],
        "BENCH_OFFICE_ID": queue["office"],
        "BENCH_ROLE": roles.PROVINCE_OFFICER,
    }
    _prepare_django(environment, PASSWORD)
    with ExitStack() as stack:

        def side(name: str, module: str, log_in: str, pages: dict[int, str], row_id: str) -> Side:
            port = stack.enter_context(gunicorn(module, folder, workers, environment))
            person = Person(port)
            person.log_in(log_in, OFFICER, PASSWORD)
            return Side(name, port, person.cookie_header, pages, re.compile(row_id))

        ours, hand = f"/review/{queue['call']}/", f"/queue/{queue['call']}/"
        changelist = "/admin/django_admin/declaration/"
        yield [
            side(
                OURS, "benchmarks.peers.platform", "/login/",
                {1: ours, FAR: f"{ours}?after={queue['our cursor']}"}, r'name="rowid" value="(\d+):',
            ),
            side(
                HAND, "benchmarks.peers.handwritten.app", "/login/",
                {1: hand, FAR: f"{hand}?after={queue['hand cursor']}"}, r'name="rowid" value="(\d+):',
            ),
            side(
                DJANGO, "benchmarks.peers.django_admin.wsgi", "/admin/login/",
                {1: changelist, FAR: f"{changelist}?p={FAR}"}, r'name="_selected_action" value="(\d+)"',
            ),
        ]  # fmt: skip


def _prepare_django(environment: dict[str, str], password: str) -> None:
    command = [sys.executable, "-m", "benchmarks.peers.django_admin.prepare", OFFICER, password]
    subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=True)


# ---------------------------------------------------------------- measuring


def _compare_rows(sides: Sequence[Side]) -> dict[tuple[str, int], dict[str, Any]]:
    """Ask every side for both pages; they must show the same rows and the whole menu."""
    facts = {}
    for page in (1, FAR):
        shown = {}
        for side in sides:
            person = Person(side.port)
            person.cookies = dict(part.split("=", 1) for part in side.cookie.split("; "))
            answers = [person.get(side.pages[page]) for _time in range(4)]  # the first ones warm up
            answer = answers[-1]
            shown[side.name] = side.row_id.findall(answer.text)
            if answer.status != 200 or answer.text.count("菜单第 ") < MENU_ENTRIES:
                raise AssertionError(f"{side.name} answered {answer.status} to {side.pages[page]}")
            if "Content-Security-Policy" not in answer.headers or "csrf" not in answer.text:
                raise AssertionError(f"{side.name} lacks its guards")
            facts[side.name, page] = {
                "statements": max(int(a.headers[COUNT_HEADER]) for a in answers[1:]),
                "kb": len(answer.body) / 1024,
            }
        if len({tuple(ids) for ids in shown.values()}) != 1 or len(shown[OURS]) != PAGE_SIZE:
            raise AssertionError(f"page {page} differs: {shown}")
        say(f"page {page}: all sides show the same {PAGE_SIZE} rows, {shown[OURS][0]} … {shown[OURS][-1]}")
    say()
    return facts


def _run(sides: Sequence[Side], given: argparse.Namespace) -> dict[tuple[str, int], dict[str, list[Any]]]:
    """Ask in turns: one person first, then several at once; returns latencies and requests per second of each round."""

    def ask(side: Side, page: int) -> dict[str, Any]:
        alone = load(side.port, side.pages[page], side.cookie, people=1, seconds=given.seconds / 3)
        busy = load(side.port, side.pages[page], side.cookie, people=PEOPLE, seconds=given.seconds)
        return {"latencies": alone["latencies"], "rps": busy["rps"]}

    targets = {(side.name, page): (lambda s=side, p=page: ask(s, p)) for page in (1, FAR) for side in sides}
    rounds = in_turns(targets, given.rounds)
    return {
        key: {"latencies": [r["latencies"] for r in found], "rps": [r["rps"] for r in found]}
        for key, found in rounds.items()
    }


def _tell(kind: str, sides: Sequence[Side], facts: dict, runs: dict) -> dict[str, Any]:
    """Print the table and return the ratios."""
    lines = []
    for side in sides:
        for page in (1, FAR):
            run, fact = runs[side.name, page], facts[side.name, page]
            latencies = list(chain.from_iterable(run["latencies"]))
            lines.append(
                (
                    kind, side.name, page,
                    f"{median(latencies) * 1000:.1f}", f"{percentile(latencies, 0.95) * 1000:.1f}",
                    f"{median(run['rps']):.0f} ({min(run['rps']):.0f}-{max(run['rps']):.0f})",
                    fact["statements"], f"{fact['kb']:.0f}",
                )
            )  # fmt: skip
    table(("database", "side", "page", "p50 ms", "p95 ms", f"requests/s, {PEOPLE} at once", "SQL", "KB"), lines)
    return {
        "statements": max(facts[OURS, page]["statements"] for page in (1, FAR)),
        "rps_to_django": ratio(runs[OURS, 1]["rps"], runs[DJANGO, 1]["rps"]),
        "rps_to_django_page_1000": ratio(runs[OURS, FAR]["rps"], runs[DJANGO, FAR]["rps"]),
        "rps_to_hand": ratio(runs[OURS, 1]["rps"], runs[HAND, 1]["rps"]),
        "page_1000_to_page_1": ratio(*(_medians(runs[OURS, page]) for page in (FAR, 1))),
        "page_kb": round(max(facts[OURS, page]["kb"] for page in (1, FAR))),
    }


def _medians(run: dict[str, list[Any]]) -> list[float]:
    return [median(latencies) for latencies in run["latencies"]]


if __name__ == "__main__":
    main()
