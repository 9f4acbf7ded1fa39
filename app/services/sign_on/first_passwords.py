"""设置登录密码: people who came in through a provider have no password until they set one."""

from datetime import datetime

from flask_babel import lazy_gettext as _

from ...errors import Conflict, Invalid
from ...models import Account
from .. import audit, notices, password_records
from ..passwords import hash_strong

NONE = "!"  # what no password hashes to


def has_none(account: Account) -> bool:
    """Tell whether the person has never set a password."""
    return account.password == NONE


def set_first(account: Account, password: str, *, at: datetime) -> None:
    """Set the first password; every session ends. Raises Conflict when there is one already, Invalid at its field."""
    if not has_none(account):
        raise Conflict(_("您已设置过登录密码，请在“修改密码”中修改。"), fields={})
    try:
        new_hash = hash_strong(password)
    except Invalid as refusal:
        raise Invalid(refusal.message, fields={"new_password": refusal.message}) from None
    password_records.replace_password(account, new_hash, at=at)
    audit.record("set_first_password", account, by=account, at=at)
    notices.after_password_change(account, at=at)
