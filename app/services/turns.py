"""Whose turn it is: what a person may do with a declaration now, and why not. Buttons and POSTs ask the same."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, and_, select

from .. import roles
from ..clock import show
from ..errors import AlreadyActed, DeadlinePassed, DomainError, Forbidden, Invalid
from ..extensions import db
from ..models import Account, Declaration, DeclarationState, ReviewAction, ReviewRecord
from ..permissions import led_enterprises
from ..workflow import engine
from ..workflow.definition import StepAction
from . import routing
from .types import workflow_of

APPLICANT = "applicant"
TAKEN_BACK = (ReviewAction.RECOMMEND, ReviewAction.DECLINE, ReviewAction.RETURN, ReviewAction.VOID)
MAX_OPINION = 2000


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
        """Tell whether the action may be taken now."""
        return self.refusal is None


def available_actions(declaration: Declaration, user: Account, at: datetime) -> list[Available]:
    """Return the actions `user` sees for a declaration, each with the reason when it cannot be taken now."""
    actions = _step_actions(declaration, user, at)
    withdrawal = _withdrawal(declaration, user, at)
    return [*actions, withdrawal] if withdrawal else actions


def _step_actions(declaration: Declaration, user: Account, at: datetime) -> list[Available]:
    if not acts_now(declaration, user):
        return []
    step = workflow_of(declaration.version).step(declaration.step)
    refusal = deadline_refusal(step.label, declaration.due_at, at)
    return [Available(a.do, a.label, a.opinion_required, refusal, _targets(declaration, a)) for a in step.actions]


def acts_now(declaration: Declaration, user: Account) -> bool:
    """Tell whether the declaration waits for this person's office and role, or for the unit that the person leads."""
    if declaration.state is not DeclarationState.IN_REVIEW:
        return False
    return _is_in_charge(declaration.step_role, declaration.office_id, declaration, user)


def _is_in_charge(role: str | None, office_id: int | None, declaration: Declaration, user: Account) -> bool:
    """Tell whether a step of this role and office is the person's; the unit's own step is its administrators'."""
    if role not in user.role_names:
        return False
    if role == roles.ENTERPRISE_ADMINISTRATOR:
        return declaration.enterprise_id in led_enterprises(user)
    return office_id is not None and office_id == user.department_id


def waits_for(user: Account) -> ColumnElement[bool]:
    """Return the condition on declarations under review that wait for this person, as `acts_now` judges one."""
    if user.department_id is None:
        led = Declaration.enterprise_id.in_(led_enterprises(user))
        return and_(Declaration.step_role == roles.ENTERPRISE_ADMINISTRATOR, led)
    return and_(Declaration.office_id == user.department_id, Declaration.step_role.in_(user.role_names))


def deadline_refusal(label: str, due_at: datetime | None, at: datetime) -> DeadlinePassed | None:
    """Return the refusal of a step whose deadline has passed, to the second."""
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
        found.append(Target(APPLICANT, applicant_label(declaration)))
    return tuple(found)


def applicant_label(declaration: Declaration) -> str:
    """Return what the processing record calls the side that declares."""
    return str(_("申报单位") if declaration.individual_id is None else _("申报人"))


def last_record(declaration: Declaration) -> ReviewRecord | None:
    """Return the newest entry of the processing record."""
    query = select(ReviewRecord).where(ReviewRecord.declaration_id == declaration.id).order_by(ReviewRecord.seq.desc())
    return db.session.scalars(query.limit(1)).first()


def _withdrawal(declaration: Declaration, user: Account, at: datetime) -> Available | None:
    """The office or unit that acted last may take it back while nothing followed and its deadline has not passed."""
    if not workflow_of(declaration.version).withdraw:
        return None
    if user.department_id is None and declaration.enterprise_id not in led_enterprises(user):
        return None
    record = last_record(declaration)
    if record is None:
        return None
    label = str(_("撤回"))
    if not _is_in_charge(record.before["step_role"], record.department_id, declaration, user):
        return _too_late(declaration, user, label)
    if record.action not in TAKEN_BACK:
        return None
    due = routing.restored(record.before)["due_at"]
    refusal = _followed_up(declaration) or deadline_refusal(record.step_label, due, at)
    return Available(ReviewAction.WITHDRAW.value, label, False, refusal)


def _followed_up(declaration: Declaration) -> AlreadyActed | None:
    """An approval that funds or a plan were built on stands."""
    if declaration.issued_at is not None:
        return AlreadyActed(_("项目已下达，无法撤回；如需撤回，请先撤销下达。"))
    if declaration.awarded is not None:
        return AlreadyActed(_("项目已登记获得资金，无法撤回；如需撤回，请先清除获得资金。"))
    return None


def _too_late(declaration: Declaration, user: Account, label: str) -> Available | None:
    """Explain why an office or unit that acted earlier can no longer withdraw."""
    query = select(ReviewRecord.before).where(
        ReviewRecord.declaration_id == declaration.id,
        ReviewRecord.department_id.is_not_distinct_from(user.department_id),
        ReviewRecord.action.in_(TAKEN_BACK),
    )
    acted = (before["step_role"] for before in db.session.scalars(query))
    if not any(_is_in_charge(role, user.department_id, declaration, user) for role in acted):
        return None
    if acts_now(declaration, user):
        return None
    return Available(ReviewAction.WITHDRAW.value, label, False, AlreadyActed(_("下一环节已处理，无法撤回。")))


def require_action(declaration: Declaration, do: str, user: Account, at: datetime) -> Available:
    """Return the action when it may be taken now; raises its refusal otherwise."""
    for action in available_actions(declaration, user, at):
        if action.do == do:
            if action.refusal:
                raise action.refusal
            return action
    raise Forbidden(_("该项目当前不在您的办理环节，请刷新页面查看最新状态。"))


def within_limit(opinion: str) -> str:
    """Return the opinion trimmed; raises Invalid when it is too long."""
    opinion = opinion.replace("\r\n", "\n").strip()
    if len(opinion) > MAX_OPINION:
        message = _("意见不能超过 %(limit)s 字，请精简后再提交。", limit=MAX_OPINION)
        raise Invalid(message, fields={"opinion": message})
    return opinion
