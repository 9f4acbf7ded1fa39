"""Recommending many at once against the loop that one would write with the ORM: `make bench-bulk`.

Both sides read, decide, move the declaration, note the office on its route, append a record each and one audit event,
and commit once. What they leave in the database is compared before anything is timed.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

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

AIMS = {"postgresql": 12.0, "sqlite": 4.0}
OFFICER, COUNTY = "county_officer", "惠城区"
OPINION = "材料齐全，符合申报条件，同意推荐。"
WARM_UP = 1


def main() -> None:
    """Measure on both databases and print the ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1000, help="declarations per batch")
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--database", choices=DATABASES, help="one database only")
    given = options.parse_args()
    describe_machine()
    ratios: dict[str, Any] = {"rows": given.rows}
    lines = []
    with scratch() as folder:
        for kind in [given.database] if given.database else DATABASES:
            with database(kind, folder) as url, application(url):
                times = _measure(given.rows, given.rounds)
            ratios[kind] = ratio(times["loop"], times["batch"])
            lines.append((kind, milliseconds(times["loop"]), milliseconds(times["batch"]), ratios[kind], AIMS[kind]))
    table(("database", "ORM loop, one commit, ms", "recommend_many, ms", "times faster", "aim"), lines)
    finish(ratios)


def _measure(rows: int, rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each side's rounds; every round recommends declarations nobody has touched."""
    from app.clock import now

    batches = _prepare(rows, 2 * (rounds + WARM_UP))
    at = now()
    _compare(batches[0], at)
    sides = {
        "loop": lambda: seconds(lambda: _committed(_by_loop, batches.pop(), at)),
        "batch": lambda: seconds(lambda: _committed(_by_batch, batches.pop(), at)),
    }
    in_turns(sides, WARM_UP)
    return in_turns(sides, rounds)


def _committed(side: Callable[[Mapping[int, int], datetime], None], chosen: Mapping[int, int], at: datetime) -> None:
    from app.extensions import db

    side(chosen, at)
    db.session.commit()


def _prepare(rows: int, count: int) -> list[dict[int, int]]:
    """Fill a county officer's queue and return the batches `{declaration: seq as seen}`."""
    from sqlalchemy import select

    from app.extensions import db
    from app.models import Declaration

    from . import data

    province = data.build_province(cities=2, counties=0, calls=1)
    province = replace(province, places=[place for place in province.places if place.name == COUNTY])
    stages = ((province.calls[0], "county") for _ in range(rows * count))
    data.fill(province, enterprises=200, declarations=stages)
    with db.engine.begin() as connection:
        data.add_routes(connection, province)
    seen = db.session.execute(select(Declaration.id, Declaration.seq).order_by(Declaration.id)).all()
    db.session.commit()
    return [dict(seen[start : start + rows]) for start in range(0, rows * count, rows)]


# ---------------------------------------------------------------- the two sides


def _by_batch(chosen: Mapping[int, int], at: datetime) -> None:
    from app.services import batches

    outcomes = batches.recommend_many(chosen, by=_officer(), at=at, opinion=OPINION)
    if not all(outcome.done for outcome in outcomes):
        raise AssertionError(f"not recommended: {next(o.reason for o in outcomes if not o.done)}")


def _by_loop(chosen: Mapping[int, int], at: datetime) -> None:
    """Do the same one by one with mapped objects; the session writes each before it reads the next."""
    from sqlalchemy import select

    from app.extensions import db
    from app.models import DeclarationTypeVersion
    from app.services import audit
    from app.services.types import workflow_of

    by = _officer()
    versions = db.session.scalars(select(DeclarationTypeVersion)).all()
    workflows = {version.id: workflow_of(version) for version in versions}
    desks: dict[tuple[int, int], int] = {}
    for row_id, seq in chosen.items():
        _recommend_one(row_id, seq, workflows, desks, by, at)
    audit.record("recommend_many", by, by=by, at=at, detail={"declarations": list(chosen)})


def _recommend_one(
    row_id: int, seq: int, workflows: Mapping[int, Any], desks: dict[tuple[int, int], int], by: Any, at: datetime
) -> None:
    """Two statements read, three write; workflows and responsible offices are looked up once for all."""
    from sqlalchemy import select

    from app.extensions import db
    from app.models import Declaration, ReviewAction, RouteStep
    from app.permissions import visible
    from app.services import offices, routing, turns
    from app.workflow import engine

    query = select(Declaration).where(Declaration.id == row_id, visible(Declaration, by)).with_for_update()
    declaration = db.session.scalars(query).one()
    if declaration.seq != seq or not turns.acts_now(declaration, by) or declaration.due_at < at:
        raise AssertionError("prepared wrongly")
    step = workflows[declaration.version_id].step(declaration.step)
    planned = select(RouteStep).where(RouteStep.submission_id == declaration.submission_id).order_by(RouteStep.position)
    following = engine.step_after(db.session.scalars(planned).all(), declaration.step)
    desk = (declaration.call_id, following.bureau_id)
    if desk not in desks:
        desks |= offices.responsible_offices([desk[0]], [desk[1]])
    before = routing.situation_of(declaration)
    following.office_id = desks[desk]
    for name, value in routing.arrival_values(following, desks[desk], at, following.due_at).items():
        setattr(declaration, name, value)
    declaration.seq = seq + 1
    routing.record(
        declaration, seq + 1, ReviewAction.RECOMMEND, before=before, step=step.key, step_label=step.label,
        to_step=following.step, to_label=following.label, by=by, at=at, opinion=OPINION,
        action_label=step.action("recommend").label, submission_id=declaration.submission_id,
    )  # fmt: skip


def _officer() -> Any:
    """Read the officer afresh, as a request does, with nothing left in the session from the round before."""
    from app.demo.journeys import find_person
    from app.extensions import db
    from app.security import WHO

    db.session.remove()
    account = find_person(OFFICER).id
    db.session.expunge_all()
    return db.session.scalars(WHO, {"account": account}).unique().one()


# ---------------------------------------------------------------- the same work


def _compare(chosen: Mapping[int, int], at: datetime) -> None:
    """Let each side recommend the same batch and take it back; what they would have left must be equal."""
    from app.extensions import db

    left, right = [], []
    for side, traces in ((_by_loop, left), (_by_batch, right)):
        side(chosen, at)
        traces += _traces(chosen)
        db.session.rollback()
    if left != right or len(left) != len(chosen) + 1:
        raise AssertionError(f"the two sides differ: {left[:1]} {right[:1]}")
    say(f"both sides leave the same {len(chosen)} situations, records and route steps, and the same audit event")


def _traces(chosen: Mapping[int, int]) -> list[tuple]:
    """Return what a batch leaves in the database."""
    from sqlalchemy import select

    from app.extensions import db
    from app.models import AuditEvent, Declaration, ReviewRecord, RouteStep

    db.session.flush()
    records = [c for c in ReviewRecord.__table__.c if c.name != "id"]
    query = (
        select(*Declaration.__table__.c, RouteStep.office_id, *records)
        .join(ReviewRecord, ReviewRecord.declaration_id == Declaration.id)
        .join(RouteStep, (RouteStep.submission_id == Declaration.submission_id) & (RouteStep.step == Declaration.step))
        .where(Declaration.id.in_(chosen))
        .order_by(Declaration.id)
    )
    event = select(AuditEvent.action, AuditEvent.subject_id, AuditEvent.detail).order_by(AuditEvent.id.desc()).limit(1)
    found = [*db.session.execute(query), *db.session.execute(event)]
    return [tuple(map(str, row)) for row in found]


if __name__ == "__main__":
    main()
