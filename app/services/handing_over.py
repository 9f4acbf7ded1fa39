"""What moves when a bureau or an office comes or goes: declarations wait visibly, and go on with the time they lost."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, select, update

from ..extensions import db
from ..models import Declaration, DeclarationState, Department, RegionKind, RouteStep
from ..workflow.engine import after_waiting, later_after_waiting

LEVEL_OF = {
    RegionKind.PROVINCE: "province",
    RegionKind.CITY: "city",
    RegionKind.COUNTY: "county",
    RegionKind.ZONE: "county",
}


def level_column(level: str) -> str:
    """Return the declaration's column that keeps the office of a level."""
    return {"county": "county_office_id", "city": "city_office_id", "province": "province_office_id"}[level]


def hand_over(call_id: int, bureau: Department, office: Department, at: datetime) -> int:
    """Give the office every declaration of the call that stands at a step of its bureau; returns how many.

    Those that waited without an office get the time back that they lost.
    """
    waiting = db.session.execute(
        select(
            Declaration.id, Declaration.submission_id, Declaration.office_id, Declaration.arrived_at,
            Declaration.due_at, RouteStep.id.label("step_id"), RouteStep.position,
        )
        .join(RouteStep, _stands_at(bureau))
        .where(
            Declaration.call_id == call_id,
            Declaration.state == DeclarationState.IN_REVIEW,
            Declaration.office_id.is_distinct_from(office.id),
        )
        .with_for_update(of=Declaration)
    ).all()  # fmt: skip
    if not waiting:
        return 0
    column = level_column(LEVEL_OF[bureau.region.kind])
    _update(Declaration, [row.id for row in waiting], {"office_id": office.id, column: office.id})
    _update(RouteStep, [row.step_id for row in waiting], {"office_id": office.id})
    _give_time_back([row for row in waiting if row.office_id is None and row.due_at is not None], at)
    return len(waiting)


def set_adrift(call_id: int, bureau: Department, office: Department) -> int:
    """Let the declarations that an office no longer handles wait for the next one; returns how many."""
    left = db.session.execute(
        select(Declaration.id, RouteStep.id.label("step_id"))
        .join(RouteStep, _stands_at(bureau))
        .where(
            Declaration.call_id == call_id,
            Declaration.state == DeclarationState.IN_REVIEW,
            Declaration.office_id == office.id,
        )
        .with_for_update(of=Declaration)
    ).all()
    if left:
        _update(Declaration, [row.id for row in left], {"office_id": None})
        _update(RouteStep, [row.step_id for row in left], {"office_id": None})
    return len(left)


def take_up_steps(bureau: Department) -> int:
    """Put a new bureau into the routes that were planned while its region had none; returns how many steps."""
    level = LEVEL_OF[bureau.region.kind]
    region = {"county": Declaration.county_id, "city": Declaration.city_id}.get(level)
    here = Declaration.site_id == bureau.site_id if region is None else region == bureau.region_id
    under_way = select(Declaration.submission_id).where(here, Declaration.state == DeclarationState.IN_REVIEW)
    return db.session.execute(
        update(RouteStep)
        .where(RouteStep.submission_id.in_(under_way), RouteStep.level == level, RouteStep.bureau_id.is_(None))
        .values(bureau_id=bureau.id),
        execution_options={"synchronize_session": False},
    ).rowcount


def _stands_at(bureau: Department) -> ColumnElement[bool]:
    return and_(
        RouteStep.submission_id == Declaration.submission_id,
        RouteStep.step == Declaration.step,
        RouteStep.bureau_id == bureau.id,
    )


def _update(model: type, ids: Sequence[int], values: dict[str, Any]) -> None:
    for some in _by_thousands(ids):
        db.session.execute(update(model).where(model.id.in_(some)).values(values))


def _by_thousands(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """A statement takes no more than some ten thousand values."""
    for start in range(0, len(ids), 1000):
        yield ids[start : start + 1000]


def _give_time_back(rows: Sequence[Any], at: datetime) -> None:
    """Put off the deadlines that ran out while nobody could act, and those of the steps that follow."""
    moved = {row.submission_id: (row, after_waiting(row.due_at, row.arrived_at, at)) for row in rows}
    moved = {key: (row, due) for key, (row, due) in moved.items() if due != row.due_at}
    if not moved:
        return
    _set_dues(Declaration, [{"row": row.id, "due": due} for row, due in moved.values()])
    for some in _by_thousands(list(moved)):
        steps = db.session.execute(_STEPS.where(RouteStep.submission_id.in_(some)))
        _set_dues(RouteStep, [{"row": s.id, "due": _put_off(s, *moved[s.submission_id])} for s in steps])


_STEPS = select(RouteStep.id, RouteStep.submission_id, RouteStep.position, RouteStep.due_at).where(
    RouteStep.due_at.is_not(None)
)


def _put_off(step: Any, row: Any, due: datetime) -> datetime:
    """Return the deadline of a route step when that of the step where `row` stands was put off to `due`."""
    if step.position < row.position:
        return step.due_at
    return due if step.position == row.position else later_after_waiting(step.due_at, row.due_at, due)


def _set_dues(model: type, dues: Sequence[dict[str, Any]]) -> None:
    if dues:
        table = model.__table__
        statement = update(table).where(table.c.id == bindparam("row")).values(due_at=bindparam("due"))
        db.session.connection().execute(statement, dues)
        db.session.expire_all()
