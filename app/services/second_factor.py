"""登录短信验证: officials confirm the password with a code sent to their phone, and are in only then.

Operators and auditors do so too when a mobile number is known of them; an official without one is sent to the
administrator, who enters it. `LOGIN_SECOND_FACTOR=off` leaves all this out.
"""

from datetime import datetime

from flask import current_app
from flask_babel import lazy_gettext as _

from .. import roles
from ..errors import DomainError, Forbidden
from ..models import Account
from ..permissions import holds
from . import audit, log_in, one_time_codes
from .messages import tell_stranger

PURPOSE = one_time_codes.Purpose("log_in", per_hour=20)  # only who knows the password can ask for one
KIND = "login_code"
CODE_ASKED, WRONG_CODE = "CodeAsked", "WrongCode"  # reasons of log-in events


def is_asked_of(account: Account) -> bool:
    """Tell whether the password alone does not let this person in."""
    if current_app.config["LOGIN_SECOND_FACTOR"] == "off":
        return False
    if holds(account, *roles.GOVERNMENT):
        return True
    return bool(account.mobile) and holds(account, roles.PLATFORM_OPERATOR, roles.AUDITOR)


def begin(account: Account, username: str, *, site_id: int, at: datetime, address: str | None) -> None:
    """Note that the password was right, and send a code unless a fresh one is under way; raises Forbidden."""
    log_in.note_attempt(account, username, CODE_ASKED, site_id=site_id, at=at, address=address)
    if not account.mobile:
        raise Forbidden(_("您的账号没有登记手机号码，无法接收登录验证码，请联系本单位管理员登记后再登录。"))
    if not seconds_to_wait(account, site_id=site_id, at=at):
        send_code(account, site_id=site_id, at=at)


def send_code(account: Account, *, site_id: int, at: datetime) -> None:
    """Send a code; raises TooManyAttempts. It counts for no network: a whole bureau logs in from one address."""
    code = one_time_codes.make_code(PURPOSE, _name(account), account=account, site_id=site_id, origin=None, at=at)
    tell_stranger(KIND, {"code": code}, site_id=site_id, email=None, phone=account.mobile, at=at)


def confirm(account: Account, code: str, *, site_id: int, at: datetime, address: str | None) -> None:
    """Let the person in who holds the code; raises Invalid. Tries count and are noted: commit them."""
    try:
        row = one_time_codes.find_code(PURPOSE, _name(account), code, site_id=site_id, at=at)
        one_time_codes.use_up(row, at=at)
    except DomainError:
        log_in.note_attempt(account, account.username, WRONG_CODE, site_id=site_id, at=at, address=address)
        audit.record("wrong_login_code", account, by=None, at=at, detail={"address": address})
        raise
    log_in.note_log_in(account, account.username, site_id=site_id, at=at, address=address)


def seconds_to_wait(account: Account, *, site_id: int, at: datetime) -> int:
    """Return in how many seconds the person may ask for another code."""
    return one_time_codes.seconds_to_wait(PURPOSE, _name(account), site_id=site_id, at=at)


def masked(mobile: str) -> str:
    """Return a number that its owner recognises and nobody else learns."""
    return f"{mobile[:3]}****{mobile[-4:]}" if len(mobile) >= 9 else f"****{mobile[-2:]}"


def _name(account: Account) -> str:
    return f"account {account.id}"
