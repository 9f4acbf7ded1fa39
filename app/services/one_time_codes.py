"""Codes that prove who holds a phone: kept as a keyed hash, good once, for minutes and for one purpose.

A code belongs to what was typed, whether or not that names somebody, so limits and answers are alike for both.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, delete, func, select, update

from ..errors import Invalid, TooManyAttempts
from ..extensions import db
from ..models import Account, OneTimeCode

GOOD_FOR = timedelta(minutes=5)
PAUSE = timedelta(seconds=60)
MAX_TRIES = 5
PER_HOUR = 5  # for one name, and for one account whatever name it was asked by
PER_HOUR_AND_ORIGIN = 30
KEPT_FOR = timedelta(days=1)
_HOUR = timedelta(hours=1)


def make_code(
    purpose: str, typed: str, account: Account | None, *, site_id: int, origin: str | None, at: datetime
) -> str | None:
    """Return a new code to be sent, None when there is nobody to send it to; raises TooManyAttempts."""
    db.session.execute(delete(OneTimeCode).where(OneTimeCode.made_at < at - KEPT_FOR))
    address = _address(typed)
    asked_for = (OneTimeCode.site_id == site_id, OneTimeCode.purpose == purpose, OneTimeCode.address == address)
    if _count(*asked_for, OneTimeCode.made_at > at - PAUSE):
        raise TooManyAttempts(_("验证码已申请过，请 60 秒后再试。"))
    if _count(*asked_for, OneTimeCode.made_at > at - _HOUR) >= PER_HOUR:
        raise TooManyAttempts(_("申请验证码过于频繁，请一小时后再试。"))
    if origin and _count(OneTimeCode.origin == origin[:60], OneTimeCode.made_at > at - _HOUR) >= PER_HOUR_AND_ORIGIN:
        raise TooManyAttempts(_("本网络申请验证码过于频繁，请一小时后再试。"))
    if account is not None and _count(*_of(account, purpose), OneTimeCode.made_at > at - _HOUR) >= PER_HOUR:
        account = None  # said aloud it would tell whose name this is
    code = f"{secrets.randbelow(1_000_000):06d}"
    row = OneTimeCode(
        site_id=site_id, purpose=purpose, address=address, account_id=account.id if account else None,
        code_hash=_hash(purpose, address, code), origin=(origin or "")[:60] or None, made_at=at,
        expires_at=at + GOOD_FOR, attempts=0,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return code if account else None


def find_code(purpose: str, typed: str, code: str, *, site_id: int, at: datetime) -> OneTimeCode:
    """Return the code that was typed aright; raises Invalid. Every try counts: commit it either way."""
    address = _address(typed)
    newest = (
        select(OneTimeCode)
        .where(OneTimeCode.site_id == site_id, OneTimeCode.purpose == purpose, OneTimeCode.address == address)
        .order_by(OneTimeCode.id.desc())
        .limit(1)
    )
    row = db.session.scalars(newest).first()
    if row is None or row.used_at or row.expires_at < at or not _count_try(row) or row.account_id is None:
        raise _refusal()
    if not hmac.compare_digest(row.code_hash, _hash(purpose, address, code.strip())):
        raise _refusal()
    return row


def use_up(row: OneTimeCode, *, at: datetime) -> None:
    """Let the code be good no more; raises Invalid when another request was faster."""
    won = db.session.execute(
        update(OneTimeCode)
        .where(OneTimeCode.id == row.id, OneTimeCode.used_at.is_(None))
        .values(used_at=at)
        .execution_options(synchronize_session=False)
    ).rowcount
    if not won:
        raise _refusal()


def _count_try(row: OneTimeCode) -> bool:
    """Count in the database, so that tries at the same moment all count; False when there were too many."""
    won = db.session.execute(
        update(OneTimeCode)
        .where(OneTimeCode.id == row.id, OneTimeCode.attempts < MAX_TRIES)
        .values(attempts=OneTimeCode.attempts + 1)
        .execution_options(synchronize_session=False)
    ).rowcount
    return bool(won)


def _refusal() -> Invalid:
    message = _("短信验证码不正确或已失效，请核对后重试，或重新获取。")
    return Invalid(message, fields={"code": message})


def _of(account: Account, purpose: str) -> tuple[ColumnElement[bool], ...]:
    return OneTimeCode.account_id == account.id, OneTimeCode.purpose == purpose


def _count(*conditions: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count(OneTimeCode.id)).where(*conditions)) or 0


def _address(typed: str) -> str:
    return typed.strip().lower()[:120]


def _hash(purpose: str, address: str, code: str) -> str:
    """A code has a million values only, so its hash needs the platform's secret to be worth anything."""
    secret = current_app.config["SECRET_KEY"].encode()
    return hmac.new(secret, f"one-time code {purpose} {address} {code}".encode(), hashlib.sha256).hexdigest()
