"""注册: a person proves a phone and gets an account of their own; nothing before that tells whose phones are known.

What a code is sent for, how often and what the page says is the same for a phone that has an account already; only
the text to that phone differs, and who types the code from it owns the phone and may be told.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from .. import roles
from ..clock import show
from ..errors import Conflict, Invalid
from ..extensions import db
from ..models import Account, Site
from . import accounts, audit, one_time_codes
from .log_in import CREDIT_CODE, clean_mobile
from .messages import tell, tell_stranger
from .own_account import clean_name
from .passwords import require_strong

PURPOSE = one_time_codes.Purpose("register")
NEW_KIND, KNOWN_KIND, WELCOME = "register_code", "register_known", "registered"
_NUMBERS = re.compile(r"\d+", re.ASCII)


@dataclass(frozen=True)
class Application:
    """What somebody types to get an account."""

    mobile: str
    code: str
    username: str
    name: str
    password: str


def send_code(mobile: str, *, site_id: int, origin: str | None, at: datetime) -> None:
    """Send a code to the phone; raises Invalid and TooManyAttempts, alike for phones that have an account."""
    mobile = clean_mobile(mobile)
    code = one_time_codes.make_code(PURPOSE, mobile, site_id=site_id, origin=origin, at=at)
    kind = KNOWN_KIND if has_account(mobile, site_id) else NEW_KIND
    tell_stranger(kind, {"code": code}, site_id=site_id, email=None, phone=mobile, at=at)


def has_account(mobile: str, site_id: int) -> bool:
    """Tell whether an account of the site has the number, closed ones too."""
    holder = select(Account.id).where(Account.site_id == site_id, Account.mobile == mobile).limit(1)
    return db.session.scalar(holder) is not None


def register(application: Application, *, site_id: int, origin: str | None, at: datetime) -> Account:
    """Return the new account; raises Invalid at its field and Conflict. Tries of the code count: commit either way."""
    mobile = clean_mobile(application.mobile)
    username = _clean_username(application.username)
    name = clean_name(application.name)
    _require_strong(application.password)
    row = one_time_codes.find_code(PURPOSE, mobile, application.code, site_id=site_id, at=at)
    if has_account(mobile, site_id):
        one_time_codes.use_up(row, at=at)
        message = _("该手机号码已有账号，请直接登录；忘记密码可在登录页找回。")
        raise Conflict(message, fields={"mobile": message})
    try:
        with db.session.begin_nested():  # a refusal leaves neither an account nor a code that is used up
            one_time_codes.use_up(row, at=at)
            account = _open(site_id, username, name, application.password, mobile, at)
    except IntegrityError:
        message = _("用户名“%(name)s”已被使用，请更换。", name=username)
        raise Invalid(message, fields={"username": message}) from None
    audit.record("register", account, by=account, at=at, detail={"origin": origin})
    tell(WELCOME, [account], {"person": name, "time": show(at)}, at=at)
    return account


def _open(site_id: int, username: str, name: str, password: str, mobile: str, at: datetime) -> Account:
    site = db.session.get(Site, site_id)
    account = accounts.create_account(site, username, name, password, [roles.REGISTERED], by=None, at=at, mobile=mobile)
    account.password_changed_at = at
    return account


def _clean_username(username: str) -> str:
    """Return the name; one that reads as a number would shadow what somebody else logs in with."""
    username = username.strip()
    accounts.require_user_name(username)
    if _NUMBERS.fullmatch(username) or CREDIT_CODE.fullmatch(username.upper()):
        message = _("用户名不能全为数字，也不能与统一社会信用代码的格式相同，请加入文字或字母。")
        raise Invalid(message, fields={"username": message})
    return username


def _require_strong(password: str) -> None:
    try:
        require_strong(password)
    except Invalid as refusal:
        raise Invalid(refusal.message, fields={"password": refusal.message}) from None
