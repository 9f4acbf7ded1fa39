"""An enterprise's accounts as its bureau helps with them: found, and given a new password."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from .. import roles
from ..errors import Forbidden, NotFound
from ..extensions import db
from ..models import Account, Enterprise, Membership
from ..permissions import get_visible, holds, visible
from . import audit, notices, password_records
from .passwords import hash_strong

MOST = 100


def find_enterprise(public_id: str, by: Account) -> Enterprise:
    """Return an enterprise of the own region; raises NotFound, Forbidden for those who are no officials."""
    if not holds(by, *roles.GOVERNMENT):
        raise Forbidden(_("只有主管部门可以查询企业账号。"))
    return get_visible(Enterprise, public_id, by)


def accounts_of(enterprise: Enterprise, by: Account) -> Sequence[Membership]:
    """Return who acts for an enterprise, its administrators first."""
    query = (
        select(Membership)
        .where(Membership.enterprise_id == enterprise.id, visible(Membership, by))
        .options(
            joinedload(Membership.account).selectinload(Account.roles),
            joinedload(Membership.account).selectinload(Account.memberships),
        )
        .order_by(Membership.role, Membership.id)
        .limit(MOST)
    )
    return db.session.scalars(query).unique().all()


def find_account(enterprise: Enterprise, membership_id: int, by: Account) -> Account:
    """Return an account of the enterprise whose password the bureau may reset; raises NotFound or Forbidden."""
    membership = get_visible(Membership, membership_id, by)
    if membership.enterprise_id != enterprise.id:
        raise NotFound(_("该企业没有这个账号，可能已被移出。"))
    account = db.session.get(
        Account, membership.account_id, options=[selectinload(Account.roles), selectinload(Account.memberships)]
    )
    refusal = no_reset([account], by).get(account.id)
    if refusal is not None:
        raise Forbidden(refusal)
    return account


def no_reset(accounts: Iterable[Account], by: Account) -> dict[int, Any]:
    """Return {account id: why the bureau may not reset its password}, of those whose password it may not."""
    accounts = list(accounts)
    ids = {m.enterprise_id for account in accounts for m in account.memberships}
    in_sight = set(db.session.scalars(select(Enterprise.id).where(Enterprise.id.in_(ids), visible(Enterprise, by))))
    found = {}
    for account in accounts:
        if not account.role_names <= roles.APPLICANTS:
            found[account.id] = _("“%(name)s”还有其他身份，请联系平台运维人员重置密码。", name=account.name)
        elif not {m.enterprise_id for m in account.memberships} <= in_sight:
            found[account.id] = _("“%(name)s”同时代表其他辖区的企业，请联系上级主管部门重置密码。", name=account.name)
    return found


def reset_password(enterprise: Enterprise, account: Account, password: str, *, by: Account, at: datetime) -> None:
    """Give an enterprise's account a new password, to be changed at once; ends its sessions. Raises Invalid."""
    password_records.replace_password(account, hash_strong(password), at=at)
    account.must_change_password = True
    detail = {"enterprise": enterprise.id, "username": account.username}
    audit.record("reset_password", account, by=by, at=at, detail=detail)
    notices.after_password_reset(account, at=at)
