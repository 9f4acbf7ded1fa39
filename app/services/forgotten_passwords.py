"""忘记密码: a code to the phone of the account, and with it a new password; nothing tells which accounts exist."""

from datetime import datetime

from flask_babel import lazy_gettext as _

from .. import roles
from ..errors import Invalid
from ..extensions import db
from ..models import Account
from ..permissions import holds
from . import audit, notices, one_time_codes, password_records
from .log_in import find_by_any_name
from .messages import tell_stranger
from .passwords import hash_strong

PURPOSE = one_time_codes.Purpose("reset_password")
KIND = "reset_code"


def ask_for_code(typed: str, *, site_id: int, origin: str | None, at: datetime) -> None:
    """Send a code to the phone of the account, if there is one; raises TooManyAttempts for known and unknown alike."""
    account = find_by_any_name(typed, site_id)
    if account is not None and not _may_reset(account):
        account = None
    code = one_time_codes.make_code_for(account, PURPOSE, typed, site_id=site_id, origin=origin, at=at)
    if code is not None:
        tell_stranger(KIND, {"code": code}, site_id=site_id, email=None, phone=account.mobile, at=at)
        audit.record("ask_for_reset_code", account, by=None, at=at, detail={"origin": origin})


def set_password(typed: str, code: str, new: str, *, site_id: int, at: datetime) -> None:
    """Replace the password of who holds the code; every session ends. Raises Invalid; tries count: commit them."""
    try:
        new_hash = hash_strong(new)
    except Invalid as refusal:
        raise Invalid(refusal.message, fields={"new_password": refusal.message}) from None
    row = one_time_codes.find_code_of_account(PURPOSE, typed, code, site_id=site_id, at=at)
    account = db.session.get(Account, row.account_id)
    if not _may_reset(account):
        raise Invalid(_("该账号已停用或被锁定，请联系本单位管理员"))
    if password_records.was_used_lately(account, new):
        message = _("不能与最近 %(count)s 次用过的密码相同，请另设密码。", count=password_records.LATEST)
        raise Invalid(message, fields={"new_password": message})
    one_time_codes.use_up(row, at=at)
    password_records.replace_password(account, new_hash, at=at)
    account.must_change_password = False
    audit.record("reset_own_password", account, by=account, at=at)
    notices.after_password_change(account, at=at)


def _may_reset(account: Account) -> bool:
    """Too much hangs on operators for a phone to do; who was locked or switched off asks the administrator."""
    if account.site_id is None or holds(account, roles.PLATFORM_OPERATOR):
        return False
    return bool(account.mobile and account.active and not account.locked)
