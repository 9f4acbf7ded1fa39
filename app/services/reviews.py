"""Review: taking one action on a declaration."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from ..errors import Invalid, NotFound
from ..extensions import db
from ..models import Account, Declaration, DeclarationState, ReviewAction, ReviewRecord, Submission
from ..permissions import visible
from ..workflow import engine
from . import audit, notices, routing
from .handing_over import level_column
from .routing import END_LABELS
from .turns import APPLICANT, Available, Target, last_record, require_action, within_limit
from .types import workflow_of


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
        raise routing.overtaken(declaration.id, seq)
    action = require_action(declaration, do, by, at)
    opinion = _opinion(action, opinion)
    before = routing.situation_of(declaration)
    step, label = _acting_step(declaration, do)
    if do == ReviewAction.WITHDRAW.value:
        values, to_step, to_label = _withdrawn(declaration)
    elif do == ReviewAction.RETURN.value:
        values, to_step, to_label = _returned(declaration, action, to, straight_back, due_at, at)
    elif ReviewAction(do) in routing.ENDS:
        values, to_step, to_label = _ended(routing.ENDS[ReviewAction(do)], at)
    else:
        values, to_step, to_label = _recommended(declaration, at)
    submission_id = declaration.submission_id
    routing.move(declaration, seq, values)
    entry = routing.record(
        declaration, seq + 1, ReviewAction(do), before=before, step=step, step_label=label, to_step=to_step,
        to_label=to_label, by=by, at=at, opinion=opinion, action_label=action.label, submission_id=submission_id,
    )  # fmt: skip
    audit.record(do, declaration, by=by, at=at, detail={"seq": seq + 1, "to": to_step})
    notices.after_move(declaration, entry, at=at)
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


def _ended(state: DeclarationState, at: datetime) -> tuple[dict[str, Any], None, str]:
    return routing.ending(state, at), None, END_LABELS[state]


def _recommended(declaration: Declaration, at: datetime) -> tuple[dict[str, Any], str | None, str]:
    straight_to = declaration.return_from if declaration.return_straight else None
    following = engine.step_after(declaration.submission.route, declaration.step, straight_to)
    if following is None:
        return _ended(DeclarationState.APPROVED, at)
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
        values |= {"office_id": office, level_column(step.level): office}
    return values, record.step, record.step_label
