"""加入企业: a person asks to act for an enterprise or to belong to a unit; its administrator grants or refuses."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import joinedload

from ..errors import Conflict, Forbidden, Invalid, NotFound, TooManyAttempts
from ..extensions import db
from ..models import Account, Enterprise, JoinRequest, Membership, MembershipRole, RequestState
from ..permissions import get_visible, visible
from . import accounts, audit, grants, member_notices, recipients

ASKABLE = (MembershipRole.EMPLOYEE, MembershipRole.INDIVIDUAL)
SHORTEST_NAME, MOST_FOUND = 2, 20
MOST_OPEN, MOST_PER_DAY = 3, 10
LONGEST_NOTE = 200
NEWEST = 20
A_DAY = timedelta(days=1)


# ---------------------------------------------------------------- who asks


def find_enterprises(part: str, by: Account) -> Sequence[Enterprise]:
    """Return certified enterprises of the site by a part of the name, a bounded number; raises Invalid if too short.

    Whoever is to join sees names and places before belonging anywhere, so no scope rule can apply but the site.
    """
    part = " ".join(part.split())
    if len(part) < SHORTEST_NAME:
        message = _("请至少输入单位名称中的 %(count)s 个字。", count=SHORTEST_NAME)
        raise Invalid(message, fields={"q": message})
    query = (
        select(Enterprise)
        .where(*_joinable(by), Enterprise.name.contains(part, autoescape=True))
        .options(joinedload(Enterprise.city), joinedload(Enterprise.county))
        .order_by(func.length(Enterprise.name), Enterprise.id)
        .limit(MOST_FOUND)
    )
    return db.session.scalars(query).all()


def find_enterprise(public_id: str, by: Account) -> Enterprise:
    """Return a certified enterprise of the site to ask; raises NotFound."""
    query = select(Enterprise).where(*_joinable(by), Enterprise.public_id == public_id)
    enterprise = db.session.scalars(query.options(joinedload(Enterprise.city), joinedload(Enterprise.county))).first()
    if enterprise is None:
        raise NotFound(_("没有找到该单位，可能尚未通过企业认证。"))
    return enterprise


def _joinable(by: Account) -> tuple[Any, ...]:
    return Enterprise.site_id == by.site_id, Enterprise.certified_at.is_not(None)


def requests_of(account: Account) -> Sequence[JoinRequest]:
    """Return the person's latest requests, newest first."""
    query = (
        select(JoinRequest)
        .where(JoinRequest.account_id == account.id, visible(JoinRequest, account))
        .options(joinedload(JoinRequest.enterprise))
        .order_by(JoinRequest.id.desc())
    )
    return db.session.scalars(query.limit(NEWEST)).all()


def ask_to_join(enterprise: Enterprise, role: MembershipRole, *, note: str, by: Account, at: datetime) -> JoinRequest:
    """Ask an enterprise to take the person in; raises Invalid, Conflict, Forbidden or TooManyAttempts."""
    note = " ".join(note.split())
    if role not in ASKABLE:
        raise Invalid(_("请选择以企业员工或个人用户的身份加入。"))
    if len(note) > LONGEST_NOTE:
        message = _("申请说明最多 %(limit)s 字，请删减。", limit=LONGEST_NOTE)
        raise Invalid(message, fields={"note": message})
    if by.department_id is not None or by.site_id != enterprise.site_id:
        raise Forbidden(_("只有企业和个人的账号可以申请加入单位。"))
    _hold(by)
    _require_stranger(enterprise, by)
    _require_patience(enterprise, by, at)
    if not recipients.enterprise_administrators([enterprise.id]):
        raise Invalid(_("“%(name)s”目前没有企业管理员，暂时无法受理加入申请，请联系主管部门。", name=enterprise.name))
    request = JoinRequest(
        site_id=enterprise.site_id, account_id=by.id, enterprise_id=enterprise.id, role=role, note=note or None,
        state=RequestState.OPEN, asked_at=at,
    )  # fmt: skip
    db.session.add(request)
    db.session.flush()
    audit.record("ask_to_join", request, by=by, at=at, detail={"enterprise": enterprise.id, "role": role.value})
    member_notices.after_asking(request, enterprise, by, at=at)
    return request


def _hold(account: Account) -> None:
    """Let one request of a person at a time be made or granted: they are counted, and roles follow, under this lock."""
    db.session.execute(select(Account.id).where(Account.id == account.id).with_for_update(key_share=True))


def _require_stranger(enterprise: Enterprise, by: Account) -> None:
    if accounts.find_membership(by, enterprise.id) is not None:
        raise Conflict(_("您已是“%(name)s”的人员，无需再次申请。", name=enterprise.name))


def _require_patience(enterprise: Enterprise, by: Account, at: datetime) -> None:
    own, is_open = JoinRequest.account_id == by.id, JoinRequest.state == RequestState.OPEN
    if _count(own, is_open, JoinRequest.enterprise_id == enterprise.id):
        raise Conflict(_("您已向“%(name)s”提出申请，请等待其企业管理员审核。", name=enterprise.name))
    if _count(own, is_open) >= MOST_OPEN:
        raise TooManyAttempts(_("最多同时有 %(count)s 个待审核的申请，请先撤回不需要的申请。", count=MOST_OPEN))
    if _count(own, JoinRequest.asked_at > at - A_DAY) >= MOST_PER_DAY:
        raise TooManyAttempts(_("今天提出的申请过多，请明天再试。"))


def _count(*conditions: Any) -> int:
    return db.session.scalar(select(func.count(JoinRequest.id)).where(*conditions)) or 0


def withdraw_request(request_id: int, *, by: Account, at: datetime) -> JoinRequest:
    """Take the own request back; raises NotFound, or Conflict when it has been decided."""
    request = get_visible(JoinRequest, request_id, by)
    if request.account_id != by.id:
        raise NotFound(_("没有找到该申请。"))
    _close(request, RequestState.WITHDRAWN, by, at)
    audit.record("withdraw_join", request, by=by, at=at, detail={"enterprise": request.enterprise_id})
    return request


# ---------------------------------------------------------------- who decides


def open_requests(enterprise: Enterprise, by: Account) -> Sequence[JoinRequest]:
    """Return who waits to be let in, those who waited longest first; raises Forbidden for others."""
    accounts.require_administrator(enterprise.id, by)
    query = (
        select(JoinRequest)
        .where(
            JoinRequest.enterprise_id == enterprise.id,
            JoinRequest.state == RequestState.OPEN,
            visible(JoinRequest, by),
        )
        .options(joinedload(JoinRequest.account))
        .order_by(JoinRequest.id)
    )
    return db.session.scalars(query.limit(accounts.MOST_MEMBERS)).all()


def open_count(enterprise_ids: Collection[int]) -> Select[tuple[int]]:
    """Return the statement that counts who waits to be let in."""
    waiting = JoinRequest.enterprise_id.in_(enterprise_ids), JoinRequest.state == RequestState.OPEN
    return select(func.count(JoinRequest.id)).where(*waiting)


def count_open(enterprise: Enterprise) -> int:
    """Count who waits to be let in."""
    return db.session.scalar(open_count([enterprise.id])) or 0


def find_open(request_id: int, by: Account) -> JoinRequest:
    """Return a request to decide; raises NotFound, Forbidden, or Conflict when it has been decided."""
    request = _to_decide(request_id, by)
    if request.state is not RequestState.OPEN:
        raise _decided(request)
    return request


def grant(request_id: int, *, by: Account, at: datetime, granted: Iterable[str] = grants.DEFAULT) -> Membership:
    """Let the person in; raises NotFound, Forbidden, or Conflict when somebody was faster."""
    request = _to_decide(request_id, by)
    enterprise, account = request.enterprise, request.account
    if not account.active or account.locked:
        raise Invalid(_("“%(name)s”的账号已停用或被锁定，不能通过，可以拒绝该申请。", name=account.name))
    _close(request, RequestState.GRANTED, by, at)
    _hold(account)
    if accounts.find_membership(account, enterprise.id) is not None:
        raise Conflict(_("“%(name)s”已是本单位人员。", name=account.name))
    membership = accounts.join_enterprise(account, enterprise, request.role, by=by, at=at, granted=granted)
    audit.record("grant_join", request, by=by, at=at, detail={"account": account.id, "enterprise": enterprise.id})
    member_notices.after_granting(account, enterprise, request.role, at=at)
    return membership


def refuse(request_id: int, reason: str, *, by: Account, at: datetime) -> JoinRequest:
    """Turn the person away with a reason; raises NotFound, Forbidden, Invalid, or Conflict when somebody was faster."""
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= LONGEST_NOTE:
        message = _("请填写拒绝的原因，最多 %(limit)s 字。", limit=LONGEST_NOTE)
        raise Invalid(message, fields={"reason": message})
    request = _to_decide(request_id, by)
    _close(request, RequestState.REFUSED, by, at, reason=reason)
    audit.record("refuse_join", request, by=by, at=at, detail={"account": request.account_id, "reason": reason})
    member_notices.after_refusing(request.account, request.enterprise, reason, at=at)
    return request


def _to_decide(request_id: int, by: Account) -> JoinRequest:
    request = get_visible(JoinRequest, request_id, by)
    accounts.require_administrator(request.enterprise_id, by)
    return request


def _close(request: JoinRequest, state: RequestState, by: Account, at: datetime, reason: str | None = None) -> None:
    """Decide once: whoever comes second is told."""
    won = db.session.execute(
        update(JoinRequest)
        .where(JoinRequest.id == request.id, JoinRequest.state == RequestState.OPEN)
        .values(state=state, decided_at=at, decided_by_id=by.id, reason=reason),
        execution_options={"synchronize_session": False},
    ).rowcount
    db.session.refresh(request)
    if not won:
        raise _decided(request)


def _decided(request: JoinRequest) -> Conflict:
    return Conflict(_("该申请的状态为“%(state)s”，不能再办理，请刷新页面。", state=request.state.label))
