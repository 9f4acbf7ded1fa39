"""Every generated list and every desk over a province in full use, beside a hand-written page: `make bench-lists`.

The screens are read from the application. Each is asked for as somebody who sees much of it; the hand-written queue
over the same rows is asked in between, so that the ratios mean something on a busy machine.
"""

import argparse
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from .loader import load
from .parts import (
    DATABASES,
    POSTGRESQL,
    application,
    database,
    describe_machine,
    finish,
    percentile,
    say,
    scratch,
    table,
)
from .peers import COUNT_HEADER
from .serving import Person, gunicorn

OFFICER = "province_officer"
PEOPLE = ("province_admin", OFFICER, "city_admin", "city_officer", "platform_operator", "enterprise_admin")
DESKS = {
    "DeskView.index": PEOPLE[:4],
    "DeskView.figures_json": PEOPLE[:4],
    "ReviewView.index": PEOPLE[:4],
    "WorkbenchView.index": PEOPLE[5:],
}
ENTERPRISES, DEPARTMENTS = 50_000, 5_000
AIMS = {"statements": 8, "kb": 150}


@dataclass(frozen=True)
class Target:
    """A page, and who asks for it."""

    endpoint: str
    path: str
    username: str


def main() -> None:
    """Fill, ask for every page, and print a line for each."""
    given = _options()
    describe_machine()
    with scratch() as folder, database(given.database, folder) as url:
        with application(url) as app:
            queue = _fill(given.rows)
            targets = list(_targets(app))
        with _servers(url, folder, queue) as (own, hand):
            rows = [_measure(target, own, hand, given.seconds) for target in targets]
    _tell(rows, given)


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--database", choices=DATABASES, default=POSTGRESQL)
    options.add_argument("--rows", type=int, default=1_000_000, help="declarations")
    options.add_argument("--seconds", type=float, default=1.0, help="per page")
    return options.parse_args()


# ---------------------------------------------------------------- the rows


def _fill(rows: int) -> dict[str, str]:
    """Fill the database; returns what the hand-written page must know."""
    from sqlalchemy import select

    from app.extensions import db
    from app.models import Account

    from . import data

    start = perf_counter()
    province = data.build_province(cities=21, counties=6, calls=20)
    _add_departments(DEPARTMENTS)
    data.fill(province, enterprises=min(ENTERPRISES, rows // 5), declarations=data.spread(province.calls, rows, 0.1))
    office = db.session.scalars(select(Account.department_id).where(Account.username == OFFICER)).one()
    say(f"{rows:,} declarations in {perf_counter() - start:.0f} s\n")
    return {"site": str(province.site_id), "call": str(province.calls[0]), "office": str(office)}


def _add_departments(count: int) -> None:
    """Add offices to the bureaus in turn until there are as many departments."""
    from sqlalchemy import func, insert, select

    from app.extensions import db
    from app.models import Department, DepartmentKind

    bureaus = db.session.scalars(select(Department).where(Department.kind == DepartmentKind.BUREAU)).all()
    first = db.session.scalar(select(func.max(Department.id))) + 1
    missing = count - db.session.scalar(select(func.count(Department.id)))
    rows = []
    for row_id in range(first, first + missing):
        bureau = bureaus[row_id % len(bureaus)]
        rows.append(
            {
                "id": row_id, "site_id": bureau.site_id, "region_id": bureau.region_id, "parent_id": bureau.id,
                "path": f"{bureau.path}{row_id}/", "name": f"第{row_id}科", "kind": DepartmentKind.OFFICE,
                "position": row_id, "enabled": True,
            }
        )  # fmt: skip
    db.session.execute(insert(Department), rows)
    db.session.commit()


# ---------------------------------------------------------------- the pages


def _targets(app: Any) -> Iterator[Target]:
    """Yield every list and desk, for the first of the people whose role opens it; desks for several."""
    from sqlalchemy import select

    from app.extensions import db
    from app.models import Account
    from app.roles import may
    from app.views.base import ScopedModelView

    accounts = {a.username: a for a in db.session.scalars(select(Account).where(Account.username.in_(PEOPLE))).unique()}
    held = {name: accounts[name].role_names for name in PEOPLE}
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: r.rule):
        view = getattr(app.view_functions[rule.endpoint], "__self__", None)
        people = DESKS.get(rule.endpoint, ())
        if isinstance(view, ScopedModelView) and rule.endpoint.endswith(".list"):
            name = view.class_permission_name
            people = [p for p in PEOPLE if may(held[p], "can_list", name)][:1]
        for username in people:
            path = _path(rule, accounts[username])
            if path is None:
                say(f"left out: {rule.rule}, {username} has no row for it")
            else:
                yield Target(rule.endpoint, path, username)


def _path(rule: Any, account: Any) -> str | None:
    """Return the address with the first visible row for each argument; None where there is none."""
    from sqlalchemy import select

    from app import models
    from app.extensions import db
    from app.permissions import RULES, visible

    values = {}
    for argument in rule.arguments:
        name = argument.removesuffix("_id").replace("_", "")
        found = sorted((m for m in RULES if m.__name__.lower().endswith(name)), key=lambda m: len(m.__name__))
        model = found[0] if found else models.Call
        values[argument] = db.session.scalar(select(model.id).where(visible(model, account)).order_by(model.id.desc()))
        if values[argument] is None:
            return None
    return rule.build(values, append_unknown=False)[1]


@contextmanager
def _servers(url: str, folder: Path, queue: Mapping[str, str]) -> Iterator[tuple[dict[str, Any], Any]]:
    """Start the platform and the hand-written page; yields the people logged in to each."""
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
    workers = max(2, os.cpu_count() or 2)
    with ExitStack() as stack:
        port = stack.enter_context(gunicorn("benchmarks.peers.platform", folder, workers, environment))
        hand_port = stack.enter_context(gunicorn("benchmarks.peers.handwritten.app", folder, workers, environment))
        people = {}
        for username in PEOPLE:
            people[username] = Person(port)
            people[username].log_in("/login/", username, PASSWORD)
        hand = Person(hand_port)
        hand.log_in("/login/", OFFICER, PASSWORD)
        yield people, (hand, f"/queue/{queue['call']}/")


def _measure(target: Target, people: Mapping[str, Any], hand: tuple[Any, str], seconds: float) -> dict[str, Any]:
    """Ask for a page several times, and for the hand-written one before and after it."""
    person = people[target.username]
    answers = [person.get(target.path) for _time in range(3)]
    if answers[-1].status != 200:
        raise AssertionError(f"{target.path} answers {answers[-1].status} to {target.username}")
    before = _latencies(*hand, seconds / 4)
    own = _latencies(person, target.path, seconds)
    beside = median(before + _latencies(*hand, seconds / 4))
    return {
        "page": target.path,
        "who": target.username,
        "statements": max(int(answer.headers[COUNT_HEADER]) for answer in answers[1:]),
        "kb": round(len(answers[-1].body) / 1024),
        "p50": median(own) * 1000,
        "p95": percentile(own, 0.95) * 1000,
        "ratio": round(median(own) / beside, 1),
    }


def _latencies(person: Any, path: str, seconds: float) -> list[float]:
    return load(person.port, path, person.cookie_header, people=1, seconds=seconds)["latencies"]


def _tell(rows: list[dict[str, Any]], given: argparse.Namespace) -> None:
    table(
        ("page", "who", "SQL", "KB", "p50 ms", "p95 ms", "p50 to the hand-written page"),
        [
            (r["page"], r["who"], r["statements"], r["kb"], f"{r['p50']:.0f}", f"{r['p95']:.0f}", r["ratio"])
            for r in sorted(rows, key=lambda r: -r["p50"])
        ],
    )
    say("aims: " + ", ".join(f"{name} {aim}" for name, aim in AIMS.items()))
    finish(
        {
            "rows": given.rows,
            "pages": len(rows),
            "statements": max(r["statements"] for r in rows),
            "kb": max(r["kb"] for r in rows),
            "median_ratio_to_hand": median(r["ratio"] for r in rows),
            "worst_ratio_to_hand": max(r["ratio"] for r in rows),
        }
    )


if __name__ == "__main__":
    main()
