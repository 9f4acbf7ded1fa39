"""人员管理 of an enterprise: its one administrator adds people, grants, resets passwords, removes and hands over."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from .. import roles
from ..errors import Conflict, Forbidden, Invalid, NotFound
from ..extensions import db
from ..models import Account, Enterprise, Membership, MembershipRole, Site
from ..permissions import get_visible, visible
from . import accounts, audit, grants, log_in, member_notices, notices, own_account, password_records
from .passwords import hash_strong

PEOPLE = (MembershipRole.ADMINISTRATOR, MembershipRole.EMPLOYEE)
INDIVIDUALS = (MembershipRole.INDIVIDUAL,)


def members_of(enterprise: Enterprise, kinds: Sequence[MembershipRole], by: Account) -> Sequence[Membership]:
    """Return the members of some kinds, the administrator first; raises Forbidden for others."""
    accounts.require_administrator(enterprise.id, by)
    query = (
        select(Membership)
        .where(Membership.enterprise_id == enterprise.id, Membership.role.in_(kinds), visible(Membership, by))
        .options(joinedload(Membership.account))
        .order_by(Membership.role, Membership.id)
    )
    return db.session.scalars(query.limit(accounts.MOST_MEMBERS)).all()


def count_members(enterprise: Enterprise, kinds: Sequence[MembershipRole]) -> int:
    """Count the members of some kinds."""
    own = Membership.enterprise_id == enterprise.id
    return db.session.scalar(select(func.count(Membership.id)).where(own, Membership.role.in_(kinds))) or 0


def find_member(enterprise: Enterprise, membership_id: int, by: Account) -> Membership:
    """Return a member of the enterprise; raises NotFound, or Forbidden for those who do not administer it."""
    accounts.require_administrator(enterprise.id, by)
    membership = get_visible(Membership, membership_id, by, joinedload(Membership.account))
    if membership.enterprise_id != enterprise.id:
        raise NotFound(_("本单位没有该人员，可能已被移出。"))
    return membership


def _hold(membership: Membership, by: Account) -> None:
    """Let one person at a time change who belongs to an enterprise; what was read before is read anew.

    Raises NotFound when the member is gone, Forbidden when `by` administers the enterprise no more.
    """
    enterprise_id, membership_id = membership.enterprise_id, membership.id
    _hold_enterprise(enterprise_id, by)
    query = select(Membership).where(Membership.id == membership_id).execution_options(populate_existing=True)
    if db.session.scalars(query).first() is None:
        raise NotFound(_("本单位没有该人员，可能已被移出。"))


def _hold_enterprise(enterprise_id: int, by: Account) -> None:
    db.session.execute(select(Enterprise.id).where(Enterprise.id == enterprise_id).with_for_update(key_share=True))
    own = accounts.find_membership(by, enterprise_id)
    if own is None or own.role is not MembershipRole.ADMINISTRATOR:
        raise Forbidden(_("您已不是本单位的企业管理员，不能管理人员。"))


# ---------------------------------------------------------------- employees


def add_employee(
    enterprise: Enterprise,
    username: str,
    name: str,
    password: str,
    granted: Iterable[str],
    *,
    by: Account,
    at: datetime,
) -> Membership:
    """Open an account for an employee, whose first log-in asks for an own password; raises Invalid at its field."""
    _hold_enterprise(enterprise.id, by)
    if count_members(enterprise, PEOPLE) >= accounts.MOST_MEMBERS:
        raise Invalid(_("本单位人员已达 %(limit)s 人，请先移出离职人员。", limit=accounts.MOST_MEMBERS))
    site = db.session.get_one(Site, enterprise.site_id)
    name = own_account.clean_name(name)
    account = accounts.open_account(site, username.strip(), name, hash_strong(password), [], by=by, at=at)
    account.must_change_password = True
    return accounts.join_enterprise(account, enterprise, MembershipRole.EMPLOYEE, by=by, at=at, granted=granted)


def set_grants(membership: Membership, granted: Iterable[str], *, by: Account, at: datetime) -> None:
    """Say what an employee may do; raises Invalid for other members, who have no such list."""
    _hold(membership, by)
    if membership.role is not MembershipRole.EMPLOYEE:
        raise Invalid(_("只能设置企业员工的权限。"))
    membership.grants = grants.known(granted)
    db.session.flush()
    detail = {"account": membership.account_id, "grants": membership.grants}
    audit.record("set_grants", membership, by=by, at=at, detail=detail)


def reset_password(membership: Membership, password: str, *, by: Account, at: datetime) -> Account:
    """Give an employee a new password, to be changed at once; ends their sessions.

    Raises Forbidden for whoever is more than an employee of this enterprise: their account is not its alone.
    """
    _hold(membership, by)
    account = db.session.get(
        Account, membership.account_id, options=[selectinload(Account.roles), selectinload(Account.memberships)]
    )
    alone = len(account.memberships) == 1 and {role.name for role in account.roles} <= {roles.ENTERPRISE_EMPLOYEE}
    if membership.role is not MembershipRole.EMPLOYEE or not alone:
        raise Forbidden(_("“%(name)s”还有其他身份，请其本人通过“忘记密码”找回。", name=account.name))
    password_records.replace_password(account, hash_strong(password), at=at)
    account.must_change_password = True
    detail = {"enterprise": membership.enterprise_id, "username": account.username}
    audit.record("reset_password", account, by=by, at=at, detail=detail)
    notices.after_password_reset(account, at=at)
    return account


def remove_member(membership: Membership, *, by: Account, at: datetime) -> None:
    """End a membership: access and sessions end at once, what was filled in stays with the enterprise."""
    _hold(membership, by)
    account, enterprise = membership.account, membership.enterprise
    if membership.role is MembershipRole.ADMINISTRATOR:
        raise Invalid(_("企业管理员不能移出，请先转让管理员。"))
    detail = {"enterprise": enterprise.id, "account": account.id, "name": account.name, "role": membership.role.value}
    audit.record("leave", membership, by=by, at=at, detail=detail)
    db.session.delete(membership)
    account.login_epoch += 1
    db.session.flush()
    db.session.expire(account, ["memberships"])
    accounts.follow_memberships(account)
    member_notices.after_removal(account, enterprise, at=at)


# ---------------------------------------------------------------- handing over


def successors(enterprise: Enterprise, by: Account) -> list[Membership]:
    """Return the employees who may become administrator."""
    people = members_of(enterprise, (MembershipRole.EMPLOYEE,), by)
    return [m for m in people if m.account.active and not m.account.locked]


def hand_over(membership: Membership, password: str, *, by: Account, at: datetime) -> None:
    """Make an employee the administrator and oneself an employee who may do everything, both or neither.

    A wrong password counts as a failed log-in: commit it too.
    """
    _confirm(by, password, at)
    _hold(membership, by)
    successor, enterprise = membership.account, membership.enterprise
    if membership.role is not MembershipRole.EMPLOYEE:
        raise Invalid(_("只能转让给本单位的企业员工。"))
    if not successor.active or successor.locked:
        raise Conflict(_("“%(name)s”的账号已停用或被锁定，不能接任。", name=successor.name))
    own = accounts.find_membership(by, enterprise.id)
    own.role, own.grants = MembershipRole.EMPLOYEE, list(grants.LABELS)
    db.session.flush()  # first: there is one administrator at most
    membership.role, membership.grants = MembershipRole.ADMINISTRATOR, None
    db.session.flush()
    for account in (by, successor):
        accounts.follow_memberships(account)
    audit.record("hand_over", membership, by=by, at=at, detail={"enterprise": enterprise.id, "to": successor.id})
    member_notices.after_hand_over(by, successor, enterprise, at=at)


def _confirm(by: Account, password: str, at: datetime) -> None:
    try:
        log_in.confirm_password(by, password, at=at)
    except Invalid:
        message = _("登录密码不正确，请核对后重试。")
        raise Invalid(message, fields={"password": message}) from None
