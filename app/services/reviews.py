"""Review: what may be done with a declaration now, and doing it. Buttons and POSTs ask the same function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import insert, select, update
from sqlalchemy.orm import joinedload, selectinload

from ..clock import show
from ..errors import AlreadyActed, DeadlinePassed, DomainError, Forbidden, Invalid, NotFound
from ..extensions import db
from ..models import (
    Account,
    Declaration,
    DeclarationState,
    DeclarationTypeVersion,
    ReviewAction,
    ReviewRecord,
    RouteStep,
    Submission,
)
from ..permissions import visible
from ..workflow import engine
from ..workflow.definition import Step, StepAction
from . import audit, offices, routing
from .routing import among
from .types import workflow_of

APPLICANT = "applicant"
MAX_OPINION = 2000
END_LABELS = {DeclarationState.APPROVED: "办结：通过", DeclarationState.DECLINED: "办结"}


@dataclass(frozen=True)
class Target:
    """Where a declaration may be returned to; `key` is a step or `applicant`."""

    key: str
    label: str


@dataclass(frozen=True)
class Available:
    """An action on the page: `refusal` is None when it may be taken now."""

    do: str
    label: str
    opinion_required: bool = False
    refusal: DomainError | None = None
    targets: tuple[Target, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.refusal is None


def read_declaration(row_id: str | int, user: Account, *, lock: bool = False) -> Declaration:
    """Return a declaration in scope with everything an action reads; raises NotFound."""
    column = Declaration.public_id if isinstance(row_id, str) else Declaration.id
    query = (
        select(Declaration)
        .where(column == row_id, visible(Declaration, user))
        .options(
            joinedload(Declaration.version),
            joinedload(Declaration.submission).options(selectinload(Submission.route)),
        )
    )
    declaration = db.session.scalars(query.with_for_update(of=Declaration) if lock else query).unique().first()
    if declaration is None:
        raise NotFound(_("没有找到该申报项目，可能已被删除或不在您的办理范围内。"))
    return declaration


# ---------------------------------------------------------------- what may be done


def available_actions(declaration: Declaration, user: Account, at: datetime) -> list[Available]:
    """Return the actions `user` sees for a declaration, each with the reason when it cannot be taken now."""
    actions = _step_actions(declaration, user, at)
    withdrawal = _withdrawal(declaration, user, at)
    return [*actions, withdrawal] if withdrawal else actions


def _step_actions(declaration: Declaration, user: Account, at: datetime) -> list[Available]:
    if not acts_now(declaration, user):
        return []
    step = workflow_of(declaration.version).step(declaration.step)
    refusal = _deadline_refusal(step.label, declaration.due_at, at)
    return [Available(a.do, a.label, a.opinion_required, refusal, _targets(declaration, a)) for a in step.actions]


def acts_now(declaration: Declaration, user: Account) -> bool:
    """Tell whether the declaration waits for this person's office and role."""
    return (
        declaration.state is DeclarationState.IN_REVIEW
        and declaration.office_id is not None
        and declaration.office_id == user.department_id
        and declaration.step_role in user.role_names
    )


def _deadline_refusal(label: str, due_at: datetime | None, at: datetime) -> DeadlinePassed | None:
    if due_at is None or at <= due_at:
        return None
    return DeadlinePassed(
        _("%(step)s已于 %(time)s 截止，不能再办理；如需处理请联系上级主管部门。", step=label, time=show(due_at))
    )


def _targets(declaration: Declaration, action: StepAction) -> tuple[Target, ...]:
    if action.do != ReviewAction.RETURN.value:
        return ()
    workflow = workflow_of(declaration.version)
    found = []
    if workflow.return_to_earlier:
        before = engine.steps_before(declaration.submission.route, declaration.step)
        found = [Target(step.step, step.label) for step in before]
    if workflow.return_to_applicant:
        found.append(Target(APPLICANT, str(_("申报单位"))))
    return tuple(found)


def last_record(declaration: Declaration) -> ReviewRecord | None:
    """Return the newest entry of the processing record."""
    query = select(ReviewRecord).where(ReviewRecord.declaration_id == declaration.id).order_by(ReviewRecord.seq.desc())
    return db.session.scalars(query.limit(1)).first()


def _withdrawal(declaration: Declaration, user: Account, at: datetime) -> Available | None:
    """The office that acted last may take it back while nothing followed and its own deadline has not passed."""
    if not workflow_of(declaration.version).withdraw or user.department_id is None:
        return None
    record = last_record(declaration)
    acted = (ReviewAction.RECOMMEND, ReviewAction.DECLINE, ReviewAction.RETURN)
    if record is None:
        return None
    label = str(_("撤回"))
    if record.department_id != user.department_id or record.before["step_role"] not in user.role_names:
        return _too_late(declaration, user, label)
    if record.action not in acted:
        return None
    due = routing.restored(record.before)["due_at"]
    return Available(ReviewAction.WITHDRAW.value, label, False, _deadline_refusal(record.step_label, due, at))


def _too_late(declaration: Declaration, user: Account, label: str) -> Available | None:
    """Explain why an office that acted earlier can no longer withdraw."""
    query = select(ReviewRecord.before).where(
        ReviewRecord.declaration_id == declaration.id,
        ReviewRecord.department_id == user.department_id,
        ReviewRecord.action.in_((ReviewAction.RECOMMEND, ReviewAction.DECLINE, ReviewAction.RETURN)),
    )
    if not any(before["step_role"] in user.role_names for before in db.session.scalars(query)):
        return None
    if acts_now(declaration, user):
        return None
    return Available(ReviewAction.WITHDRAW.value, label, False, AlreadyActed(_("下一环节已处理，无法撤回。")))


def _require(declaration: Declaration, do: str, user: Account, at: datetime) -> Available:
    for action in available_actions(declaration, user, at):
        if action.do == do:
            if action.refusal:
                raise action.refusal
            return action
    raise Forbidden(_("该项目当前不在您的办理环节，请刷新页面查看最新状态。"))


# ---------------------------------------------------------------- doing it


def act(
    declaration: Declaration,
    do: str,
    *,
    by: Account,
    at: datetime,
    seq: int,
    opinion: str = "",
    to: str | None = None,
    straight_back: bool = False,
    due_at: datetime | None = None,
) -> ReviewRecord:
    """Take one action; `seq` is what the person saw. Raises AlreadyActed, DeadlinePassed, Forbidden or Invalid."""
    if declaration.seq != seq:
        raise AlreadyActed(_("该项目刚刚已被处理，本次操作没有执行。"))
    action = _require(declaration, do, by, at)
    opinion = _opinion(action, opinion)
    before = routing.situation_of(declaration)
    step, label = _acting_step(declaration, do)
    if do == ReviewAction.WITHDRAW.value:
        values, to_step, to_label = _withdrawn(declaration)
    elif do == ReviewAction.RETURN.value:
        values, to_step, to_label = _returned(declaration, action, to, straight_back, due_at, at)
    elif do == ReviewAction.DECLINE.value:
        values, to_step, to_label = (
            routing.ending(DeclarationState.DECLINED, at),
            None,
            END_LABELS[DeclarationState.DECLINED],
        )
    else:
        values, to_step, to_label = _recommended(declaration, at)
    submission_id = declaration.submission_id
    routing.move(declaration, seq, values)
    entry = routing.record(
        declaration, seq + 1, ReviewAction(do), before=before, step=step, step_label=label, to_step=to_step,
        to_label=to_label, by=by, at=at, opinion=opinion, action_label=action.label, submission_id=submission_id,
    )  # fmt: skip
    audit.record(do, declaration, by=by, at=at, detail={"seq": seq + 1, "to": to_step})
    return entry


def _acting_step(declaration: Declaration, do: str) -> tuple[str, str]:
    """Return key and label of the step that acts: where the declaration stands, or where a withdrawal puts it back."""
    if do == ReviewAction.WITHDRAW.value:
        record = last_record(declaration)
        return record.step, record.step_label
    return declaration.step, workflow_of(declaration.version).step(declaration.step).label


def _opinion(action: Available, opinion: str) -> str:
    opinion = within_limit(opinion)
    if action.opinion_required and not opinion:
        message = _("请填写%(action)s意见。", action=action.label)
        raise Invalid(message, fields={"opinion": message})
    return opinion


def within_limit(opinion: str) -> str:
    """Return the opinion trimmed; raises Invalid when it is too long."""
    opinion = opinion.replace("\r\n", "\n").strip()
    if len(opinion) > MAX_OPINION:
        message = _("意见不能超过 %(limit)s 字，请精简后再提交。", limit=MAX_OPINION)
        raise Invalid(message, fields={"opinion": message})
    return opinion


def _recommended(declaration: Declaration, at: datetime) -> tuple[dict[str, Any], str | None, str]:
    straight_to = declaration.return_from if declaration.return_straight else None
    following = engine.step_after(declaration.submission.route, declaration.step, straight_to)
    if following is None:
        return routing.ending(DeclarationState.APPROVED, at), None, END_LABELS[DeclarationState.APPROVED]
    dues = routing.returner_dues([declaration.id]).get(declaration.id, {})
    due = routing.due_of(following, declaration.submission.route, dues)
    values = routing.arrival(declaration.call_id, following, at, due)
    if declaration.return_from == following.step:
        values |= {"return_from": None, "return_straight": False}
    return values, following.step, following.label


def _returned(
    declaration: Declaration,
    action: Available,
    to: str | None,
    straight_back: bool,
    due_at: datetime | None,
    at: datetime,
) -> tuple[dict[str, Any], str | None, str]:
    target = _chosen(action.targets, to)
    due = routing.bounded(due_at, declaration.due_at)
    if due is not None and due <= at:
        message = _("退回后的办理截止时间须晚于当前时间。")
        raise Invalid(message, fields={"due_at": message})
    marks = {"return_from": declaration.step, "return_straight": straight_back}
    if target.key == APPLICANT:
        return routing.ending(DeclarationState.RETURNED, at) | marks | {"due_at": due}, None, target.label
    step = next(s for s in declaration.submission.route if s.step == target.key)
    return routing.arrival(declaration.call_id, step, at, due) | marks, target.key, target.label


def _chosen(targets: Sequence[Target], to: str | None) -> Target:
    if to is None and targets:
        return targets[0]
    for target in targets:
        if target.key == to:
            return target
    raise Invalid(_("请选择退回到哪个环节。"), fields={"to": _("请选择退回到哪个环节。")})


def _withdrawn(declaration: Declaration) -> tuple[dict[str, Any], str | None, str]:
    """Put it back to where it stood; the office is the one that is responsible now, should that have changed."""
    record = last_record(declaration)
    values = routing.restored(record.before)
    step = next(s for s in declaration.submission.route if s.step == record.step)
    office = routing.responsible_office(declaration.call_id, step)
    if office is not None:
        values |= {"office_id": office, offices.level_column(step.level): office}
    return values, record.step, record.step_label


# ---------------------------------------------------------------- many at once


@dataclass(frozen=True)
class Outcome:
    """What became of one declaration of a batch; `reason` is empty on success."""

    id: int
    title: str
    reason: str

    @property
    def done(self) -> bool:
        return not self.reason


STALE = _("刚刚已被他人处理，本次未办理。")
FOREIGN = _("不在您的办理范围内。")
_COLUMNS = (
    Declaration.id, Declaration.title, Declaration.seq, Declaration.call_id, Declaration.version_id,
    Declaration.submission_id, *(getattr(Declaration, name) for name in routing.SITUATION),
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
    refusal = _deadline_refusal(step.label, row.due_at, at)
    return refusal.message if refusal else ""


def _move_many(
    rows: list[Any], by: Account, at: datetime, opinion: str, steps: Mapping[tuple[int, str], Step]
) -> set[int]:
    call_ids = {row.call_id for row in rows}
    routing.hold_assignments(sorted(call_ids))
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
    """Move the rows of one destination and seq by one compare-and-swap; returns those still there."""
    values = (
        routing.ending(DeclarationState.APPROVED, at) if step is None else routing.arrival_values(step, office, at, due)
    )
    if clears:
        values |= {"return_from": None, "return_straight": False}
    statement = (
        update(Declaration)
        .where(among(Declaration.id, [row.id for row in rows]), Declaration.seq == seq)
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
    department = by.department
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
                "department_name": department.name if department else None,
                "at": at,
                "before": routing.situation_of(row),
            }
        )
    db.session.execute(insert(ReviewRecord.__table__), entries)
    audit.record("recommend_many", by, by=by, at=at, detail={"declarations": [row.id for row in rows]})
