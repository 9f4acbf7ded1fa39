"""Moving a declaration: the one compare-and-swap every action goes through, and the record it leaves."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.orm import InstrumentedAttribute, defer

from ..clock import show
from ..database import is_sqlite
from ..errors import AlreadyActed
from ..extensions import db
from ..models import Account, Call, Declaration, DeclarationState, ReviewAction, ReviewRecord, RouteStep
from ..workflow.definition import UNIT
from ..workflow.engine import earlier, extended
from . import offices
from .handing_over import level_column

END_LABELS = {
    DeclarationState.APPROVED: "办结：通过",
    DeclarationState.DECLINED: "办结",
    DeclarationState.VOID: "办结：无效申报",
}
LONGEST_NAME = 80  # of a unit in the processing record
ENDS = {ReviewAction.DECLINE: DeclarationState.DECLINED, ReviewAction.VOID: DeclarationState.VOID}
SITUATION = (
    "state",
    "step",
    "step_role",
    "public_label",
    "office_id",
    "due_at",
    "arrived_at",
    "return_from",
    "return_straight",
)


def among(column: InstrumentedAttribute[int], ids: Iterable[int]) -> ColumnElement[bool]:
    """Return `column IN (ids)` with the numbers written out: binding a thousand costs more than finding the rows."""
    return column.in_(bindparam(None, list(ids), expanding=True, literal_execute=True))


def situation_of(declaration: Declaration) -> dict[str, Any]:
    """Return where a declaration stands, as JSON, so that a withdrawal can put it back."""
    values = {name: getattr(declaration, name) for name in SITUATION}
    values["state"] = declaration.state.value
    for name in ("due_at", "arrived_at"):
        values[name] = values[name].isoformat() if values[name] else None
    return values


def restored(before: dict[str, Any]) -> dict[str, Any]:
    """Return the column values of a stored situation."""
    values = dict(before)
    values["state"] = DeclarationState(values["state"])
    for name in ("due_at", "arrived_at"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    return values


def returner_dues(declaration_ids: Iterable[int]) -> dict[int, dict[str, datetime | None]]:
    """Return {declaration id: {step that returned it: until when that step could act then}}.

    A returner's deadline may itself be an extended one, so the records are asked, not the route.
    """
    query = (
        select(ReviewRecord.declaration_id, ReviewRecord.step, ReviewRecord.before)
        .where(among(ReviewRecord.declaration_id, declaration_ids), ReviewRecord.action == ReviewAction.RETURN)
        .order_by(ReviewRecord.seq)
    )
    dues: dict[int, dict[str, datetime | None]] = {}
    for row_id, step, before in db.session.execute(query):
        dues.setdefault(row_id, {})[step] = restored(before)["due_at"]
    return dues


def due_of(step: Any, route: Sequence[Any], dues: Mapping[str, datetime | None]) -> datetime | None:
    """Return until when a step may act on a declaration that the steps in `dues` have returned."""
    return extended(step.due_at, step.position, [(s.position, dues[s.step]) for s in route if s.step in dues])


def hold_assignments(call_ids: Sequence[int]) -> None:
    """Keep the calls' responsible offices from changing until this transaction ends, so that no arrival is missed."""
    db.session.execute(select(Call.id).where(Call.id.in_(call_ids)).order_by(Call.id).with_for_update(read=True))


def hold_in_order(ids: Iterable[int]) -> None:
    """Lock declarations in ascending order, so that two who change many at once wait instead of deadlocking."""
    if not is_sqlite():  # which has one writer at a time
        db.session.execute(
            select(Declaration.id).where(among(Declaration.id, ids)).order_by(Declaration.id).with_for_update()
        )


def arrival(call_id: int, step: RouteStep, at: datetime, due_at: datetime | None) -> dict[str, Any]:
    """Return the column values of a declaration that arrives at a step, with its office resolved and noted now."""
    step.office_id = responsible_office(call_id, step)
    return arrival_values(step, step.office_id, at, due_at)


def responsible_office(call_id: int, step: RouteStep) -> int | None:
    """Return the office that handles the step now; it stays so until this transaction ends. A unit has none."""
    if step.level == UNIT:
        return None
    hold_assignments([call_id])
    return offices.responsible_offices([call_id], [step.bureau_id]).get((call_id, step.bureau_id))


def arrival_values(step: RouteStep, office: int | None, at: datetime, due_at: datetime | None) -> dict[str, Any]:
    """Return the column values of a declaration that arrives at `step` with the office that is responsible now."""
    values = {
        "state": DeclarationState.IN_REVIEW,
        "step": step.step,
        "step_role": step.role,
        "public_label": step.public_label,
        "office_id": office,
        "due_at": due_at,
        "arrived_at": at,
    }
    if office is not None:
        values[level_column(step.level)] = office
    return values


def ending(state: DeclarationState, at: datetime) -> dict[str, Any]:
    """Return the column values of a declaration whose review has ended."""
    return {
        "state": state,
        "step": None,
        "step_role": None,
        "public_label": None,
        "office_id": None,
        "due_at": None,
        "arrived_at": at,
        "return_from": None,
        "return_straight": False,
    }


def move(declaration: Declaration, seq: int, values: dict[str, Any]) -> None:
    """Apply the values if nobody has acted, handed over or awarded since it was read; raises AlreadyActed otherwise."""
    still_there = [
        column.is_not_distinct_from(getattr(declaration, column.key))
        for column in (Declaration.office_id, Declaration.awarded, Declaration.issued_at)
    ]
    won = db.session.execute(
        update(Declaration)
        .where(Declaration.id == declaration.id, Declaration.seq == seq, *still_there)
        .values(seq=seq + 1, **values),
        execution_options={"synchronize_session": False},
    ).rowcount
    if not won:
        raise overtaken(declaration.id, seq)
    db.session.expire(declaration)


def overtaken(declaration_id: int, seq: int) -> AlreadyActed:
    """Return the refusal that tells the loser of a race, who saw it at `seq`, what happened meanwhile."""
    query = select(ReviewRecord).where(ReviewRecord.declaration_id == declaration_id).order_by(ReviewRecord.seq.desc())
    record = db.session.scalars(query.options(defer(ReviewRecord.before)).limit(1)).first()
    if record is None or record.seq <= seq:
        return AlreadyActed(_("该项目刚刚已有变化，本次操作没有执行。"))
    return AlreadyActed(
        _(
            "该项目刚刚已由%(name)s于 %(time)s 办理“%(action)s”，本次操作没有执行。",
            name=record.by_name,
            time=show(record.at),
            action=record.action_label,
        )
    )


def record(
    declaration: Declaration,
    seq: int,
    action: ReviewAction,
    *,
    before: dict[str, Any],
    step: str | None,
    step_label: str,
    to_step: str | None,
    to_label: str,
    by: Account,
    at: datetime,
    opinion: str | None = None,
    action_label: str | None = None,
    submission_id: int | None = None,
) -> ReviewRecord:
    """Append the record of an action to the processing record; a step of the unit is done in the unit's name."""
    department = by.department
    in_unit = step is not None and department is None
    entry = ReviewRecord(
        declaration_id=declaration.id,
        seq=seq,
        submission_id=submission_id,
        step=step,
        step_label=step_label,
        action=action,
        action_label=action_label or str(action.label),
        to_step=to_step,
        to_label=to_label,
        opinion=opinion or None,
        by_id=by.id,
        by_name=by.name,
        department_id=by.department_id,
        department_name=declaration.enterprise.name[:LONGEST_NAME] if in_unit else department and department.name,
        at=at,
        before=before,
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def bounded(due_at: datetime | None, limit: datetime | None) -> datetime | None:
    """Return a return's due time, never later than the returner's own."""
    return earlier(due_at, limit)
