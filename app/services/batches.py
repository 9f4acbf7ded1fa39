"""Recommending many declarations at once, each on its own merits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import insert, select, update

from ..extensions import db
from ..models import (
    Account,
    Declaration,
    DeclarationState,
    DeclarationTypeVersion,
    Enterprise,
    ReviewAction,
    ReviewRecord,
    RouteStep,
)
from ..permissions import visible
from ..workflow import engine
from ..workflow.definition import Step
from . import audit, notices, offices, routing
from .routing import END_LABELS, among
from .turns import acts_now, deadline_refusal, within_limit
from .types import workflow_of


@dataclass(frozen=True)
class Outcome:
    """What became of one declaration of a batch; `reason` is empty on success."""

    id: int
    title: str
    reason: str

    @property
    def done(self) -> bool:
        """Tell whether it was recommended."""
        return not self.reason


STALE = _("刚刚已被他人处理，本次未办理。")
FOREIGN = _("不在您的办理范围内。")
_COLUMNS = (
    Declaration.id, Declaration.title, Declaration.seq, Declaration.call_id, Declaration.version_id,
    Declaration.submission_id, Declaration.enterprise_id,
    *(getattr(Declaration, name) for name in routing.SITUATION),
)  # fmt: skip


def recommend_many(chosen: Mapping[int, int], *, by: Account, at: datetime, opinion: str = "") -> list[Outcome]:
    """Recommend the declarations `{id: seq as seen}`; each on its own merits, a result per row in the given order.

    Reads once, decides in Python, writes one UPDATE per destination and one INSERT of records.
    """
    opinion = within_limit(opinion)
    rows = {
        row.id: row
        for row in db.session.execute(select(*_COLUMNS).where(among(Declaration.id, chosen), visible(Declaration, by)))
    }
    steps = _batch_steps(rows.values())
    reasons = {row_id: _batch_refusal(rows.get(row_id), seq, steps, by, at, opinion) for row_id, seq in chosen.items()}
    accepted = [rows[row_id] for row_id, reason in reasons.items() if not reason]
    if accepted:
        moved = _move_many(accepted, by, at, opinion, steps)
        reasons |= {row.id: STALE for row in accepted if row.id not in moved}
        notices.after_batch({row.id: row.seq + 1 for row in accepted if row.id in moved}, by=by, at=at)
    return [
        Outcome(row_id, rows[row_id].title if row_id in rows else "", str(reason)) for row_id, reason in reasons.items()
    ]


def _batch_steps(rows: Any) -> dict[tuple[int, str], Step]:
    """Return the current step of every (version, step) among the rows."""
    wanted = {(row.version_id, row.step) for row in rows if row.step}
    versions = db.session.scalars(
        select(DeclarationTypeVersion).where(DeclarationTypeVersion.id.in_({v for v, _step in wanted}))
    )
    workflows = {version.id: workflow_of(version) for version in versions}
    return {(version, step): workflows[version].step(step) for version, step in wanted}


def _batch_refusal(
    row: Any, seq: int, steps: Mapping[tuple[int, str], Step], by: Account, at: datetime, opinion: str
) -> Any:
    if row is None:
        return FOREIGN
    if row.seq != seq:
        return STALE
    if not acts_now(row, by):
        return FOREIGN
    step = steps[row.version_id, row.step]
    if not step.batch:
        return _("本环节不支持批量办理，请逐项审核。")
    action = step.action(ReviewAction.RECOMMEND.value)
    if action.opinion_required and not opinion:
        return _("请填写%(action)s意见。", action=action.label)
    refusal = deadline_refusal(step.label, row.due_at, at)
    return refusal.message if refusal else ""


def _move_many(
    rows: list[Any], by: Account, at: datetime, opinion: str, steps: Mapping[tuple[int, str], Step]
) -> set[int]:
    call_ids = {row.call_id for row in rows}
    routing.hold_assignments(sorted(call_ids))
    routing.hold_in_order(row.id for row in rows)
    following, dues = _following(rows)
    bureau_ids = {step.bureau_id for step in following.values() if step}
    responsible = offices.responsible_offices(call_ids, bureau_ids)
    groups: dict[tuple, list[Any]] = {}
    for row in rows:
        destination = _destination(row, following[row.id], dues.get(row.id), responsible)
        groups.setdefault((row.seq, *destination), []).append(row)
    moved: set[int] = set()
    for (seq, _key, office, due, clears), members in groups.items():
        moved |= _move_group(members, seq, following[members[0].id], office, due, clears, at)
    _record_many([row for row in rows if row.id in moved], following, steps, by, at, opinion)
    return moved


def _following(rows: list[Any]) -> tuple[dict[int, Any], dict[int, datetime | None]]:
    """Return {declaration id: next route step or None} and {declaration id: until when that step may act}."""
    columns = (
        RouteStep.id, RouteStep.submission_id, RouteStep.position, RouteStep.step, RouteStep.label,
        RouteStep.public_label, RouteStep.role, RouteStep.level, RouteStep.bureau_id, RouteStep.due_at,
        RouteStep.skipped_reason,
    )  # fmt: skip
    routes: dict[int, list[Any]] = {}
    query = (
        select(*columns)
        .where(among(RouteStep.submission_id, [row.submission_id for row in rows]))
        .order_by(RouteStep.position)
    )
    for step in db.session.execute(query):
        routes.setdefault(step.submission_id, []).append(step)
    following = {
        row.id: engine.step_after(routes[row.submission_id], row.step, row.return_from if row.return_straight else None)
        for row in rows
    }
    returned = routing.returner_dues(following)
    dues = {
        row.id: routing.due_of(following[row.id], routes[row.submission_id], returned.get(row.id, {}))
        for row in rows
        if following[row.id] is not None
    }
    return following, dues


def _destination(row: Any, step: Any, due: datetime | None, responsible: Mapping[tuple[int, int], int]) -> tuple:
    if step is None:
        return (None, None, None, False)
    office = responsible.get((row.call_id, step.bureau_id))
    return ((step.step, step.role, step.public_label, step.level), office, due, row.return_from == step.step)


def _move_group(
    rows: list[Any], seq: int, step: Any, office: int | None, due: datetime | None, clears: bool, at: datetime
) -> set[int]:
    """Move the rows of one destination and seq by one compare-and-swap; returns those still there.

    All of them wait for the office, or in the unit, of the person who acts; one that was handed over meanwhile stays.
    """
    values = (
        routing.ending(DeclarationState.APPROVED, at) if step is None else routing.arrival_values(step, office, at, due)
    )
    if clears:
        values |= {"return_from": None, "return_straight": False}
    statement = (
        update(Declaration)
        .where(
            among(Declaration.id, [row.id for row in rows]),
            Declaration.seq == seq,
            Declaration.office_id.is_not_distinct_from(rows[0].office_id),
        )
        .values(seq=seq + 1, **values)
        .returning(Declaration.id, Declaration.submission_id)
        .execution_options(synchronize_session=False)
    )
    moved = db.session.execute(statement).all()
    if step is not None and moved:
        submissions = [submission_id for _id, submission_id in moved]
        db.session.execute(
            update(RouteStep)
            .where(among(RouteStep.submission_id, submissions), RouteStep.step == step.step)
            .values(office_id=office)
            .execution_options(synchronize_session=False)
        )
    return {row_id for row_id, _submission in moved}


def _record_many(
    rows: list[Any],
    following: Mapping[int, Any],
    steps: Mapping[tuple[int, str], Step],
    by: Account,
    at: datetime,
    opinion: str,
) -> None:
    if not rows:
        return
    department, units = by.department, _units_of(rows) if by.department is None else {}
    entries = []
    for row in rows:
        step, target = steps[row.version_id, row.step], following[row.id]
        entries.append(
            {
                "declaration_id": row.id,
                "seq": row.seq + 1,
                "submission_id": row.submission_id,
                "step": row.step,
                "step_label": step.label,
                "action": ReviewAction.RECOMMEND,
                "action_label": step.action("recommend").label,
                "to_step": target.step if target else None,
                "to_label": target.label if target else END_LABELS[DeclarationState.APPROVED],
                "opinion": opinion or None,
                "by_id": by.id,
                "by_name": by.name,
                "department_id": by.department_id,
                "department_name": department.name if department else units[row.enterprise_id],
                "at": at,
                "before": routing.situation_of(row),
            }
        )
    db.session.execute(insert(ReviewRecord.__table__), entries)
    audit.record("recommend_many", by, by=by, at=at, detail={"declarations": [row.id for row in rows]})


def _units_of(rows: list[Any]) -> dict[int, str]:
    """Return {enterprise: its name as the processing record holds it}."""
    query = select(Enterprise.id, Enterprise.name).where(Enterprise.id.in_({row.enterprise_id for row in rows}))
    return {row_id: name[: routing.LONGEST_NAME] for row_id, name in db.session.execute(query)}
