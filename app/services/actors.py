"""Who asked for long work: read anew when the work is done, because rights may have changed in between."""

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ..errors import Forbidden
from ..extensions import db
from ..models import Account, Department


def read_actor(account_id: int) -> Account:
    """Return a person with all that decides what they may see; raises Forbidden when the account is closed."""
    query = (
        select(Account)
        .where(Account.id == account_id)
        .options(
            joinedload(Account.roles),
            joinedload(Account.memberships),
            joinedload(Account.department).options(joinedload(Department.region), joinedload(Department.parent)),
        )
    )
    account = db.session.scalars(query).unique().one()
    if not account.active or account.locked:
        raise Forbidden(_("发起该任务的账号已停用或被锁定，任务没有执行。"))
    return account
