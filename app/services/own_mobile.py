"""更换手机号码: with the password and a code sent to the new number, for the number opens and resets an account."""

from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from ..clock import show
from ..errors import Conflict, Invalid
from ..extensions import db
from ..models import Account
from . import audit, log_in, one_time_codes
from .messages import tell, tell_stranger

PURPOSE = one_time_codes.Purpose("change_mobile")
KIND, CHANGED = "mobile_code", "mobile_changed"


def ask_for_code(
    account: Account, password: str, mobile: str, *, site_id: int, origin: str | None, at: datetime
) -> str:
    """Send a code to the new number and return it cleaned; raises refusals. A wrong password counts: commit it."""
    log_in.confirm_password(account, password, at=at)
    mobile = log_in.clean_mobile(mobile)
    if mobile == account.mobile:
        message = _("新手机号码与现有号码相同，无需更换。")
        raise Invalid(message, fields={"mobile": message})
    typed = _typed(account, mobile)
    code = one_time_codes.make_code_for(account, PURPOSE, typed, site_id=site_id, origin=origin, at=at)
    if code is not None:
        tell_stranger(KIND, {"code": code}, site_id=site_id, email=None, phone=mobile, at=at)
    return mobile


def change_mobile(account: Account, mobile: str, code: str, *, site_id: int, at: datetime) -> None:
    """Take the new number over; raises Invalid, and Conflict when it is another account's. Tries count: commit them."""
    row = one_time_codes.find_code_of_account(PURPOSE, _typed(account, mobile), code, site_id=site_id, at=at)
    one_time_codes.use_up(row, at=at)
    others = select(Account.id).where(Account.site_id == site_id, Account.mobile == mobile, Account.id != account.id)
    if db.session.scalar(others.limit(1)) is not None:
        message = _("该手机号码已被另一账号使用，请先在该账号中更换号码，或换用其他号码。")
        raise Conflict(message, fields={"code": message})
    tell(CHANGED, [account], {"person": account.name, "time": show(at)}, at=at)  # the old number hears of it too
    account.mobile = mobile
    db.session.flush()
    audit.record("change_mobile", account, by=account, at=at)


def _typed(account: Account, mobile: str) -> str:
    return f"{account.id} {mobile}"
