"""An enterprise's accounts as its bureau helps with them: found, and given a new password."""

from collections.abc import Sequence
from datetime import datetime

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
        .options(joinedload(Membership.account).selectinload(Account.roles))
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
    if not account.role_names <= roles.APPLICANTS:
        raise Forbidden(_("“%(name)s”还有其他身份，请联系平台运维人员重置密码。", name=account.name))
    for other in {m.enterprise_id for m in account.memberships}:
        _require_in_sight(other, account, by)
    return account


def _require_in_sight(enterprise_id: int, account: Account, by: Account) -> None:
    """Who acts for an enterprise of another region as well is not this bureau's alone."""
    in_sight = select(Enterprise.id).where(Enterprise.id == enterprise_id, visible(Enterprise, by))
    if db.session.scalar(in_sight) is None:
        raise Forbidden(_("“%(name)s”同时代表其他辖区的企业，请联系上级主管部门重置密码。", name=account.name))


def reset_password(enterprise: Enterprise, account: Account, password: str, *, by: Account, at: datetime) -> None:
    """Give an enterprise's account a new password, to be changed at once; ends its sessions. Raises Invalid."""
    password_records.replace_password(account, hash_strong(password), at=at)
    account.must_change_password = True
    detail = {"enterprise": enterprise.id, "username": account.username}
    audit.record("reset_password", account, by=by, at=at, detail=detail)
    notices.after_password_reset(account, at=at)
