"""Codes that prove who holds a phone: kept as a keyed hash, good once, for minutes and for one purpose.

A code belongs to what was typed, whether or not that names somebody, so limits and answers are alike for both.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Purpose:
    """What a code is good for, and how often it may be asked for."""

    key: str
    per_hour: int = PER_HOUR


def make_code(
    purpose: Purpose,
    typed: str,
    *,
    account: Account | None = None,
    site_id: int,
    origin: str | None,
    at: datetime,
) -> str:
    """Return a new code for what was typed; raises TooManyAttempts. One without `origin` counts for no network."""
    db.session.execute(delete(OneTimeCode).where(OneTimeCode.made_at < at - KEPT_FOR))
    address = _address(typed)
    _require_patience(purpose, address, site_id, origin, at)
    code = f"{secrets.randbelow(1_000_000):06d}"
    row = OneTimeCode(
        site_id=site_id, purpose=purpose.key, address=address, account_id=account.id if account else None,
        code_hash=_hash(purpose, address, code), origin=(origin or "")[:60] or None, made_at=at,
        expires_at=at + GOOD_FOR, attempts=0,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return code


def make_code_for(
    account: Account | None, purpose: Purpose, typed: str, *, site_id: int, origin: str | None, at: datetime
) -> str | None:
    """Return a new code for an account, None when there is nobody to send it to; raises TooManyAttempts alike."""
    if account is not None and _count(*_of(account, purpose), OneTimeCode.made_at > at - _HOUR) >= purpose.per_hour:
        account = None  # said aloud it would tell whose name this is
    code = make_code(purpose, typed, account=account, site_id=site_id, origin=origin, at=at)
    return code if account else None


def find_code(purpose: Purpose, typed: str, code: str, *, site_id: int, at: datetime) -> OneTimeCode:
    """Return the code that was typed aright; raises Invalid. Every wrong try counts: commit it either way."""
    address = _address(typed)
    row = _newest(purpose, address, site_id)
    if row is None or row.used_at or row.expires_at < at or not _count_try(row):
        raise _refusal()
    if not hmac.compare_digest(row.code_hash, _hash(purpose, address, code.strip())):
        raise _refusal()
    _forgive_try(row)
    return row


def find_code_of_account(purpose: Purpose, typed: str, code: str, *, site_id: int, at: datetime) -> OneTimeCode:
    """Return the code of an account that was typed aright; one that was sent to nobody is never right."""
    row = find_code(purpose, typed, code, site_id=site_id, at=at)
    if row.account_id is None:
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


def seconds_to_wait(purpose: Purpose, typed: str, *, site_id: int, at: datetime) -> int:
    """Return in how many seconds another code may be asked for."""
    row = _newest(purpose, _address(typed), site_id)
    if row is None or row.used_at:
        return 0
    return max(0, int((row.made_at + PAUSE - at).total_seconds()))


def _newest(purpose: Purpose, address: str, site_id: int) -> OneTimeCode | None:
    newest = select(OneTimeCode).where(*_asked_for(purpose, address, site_id)).order_by(OneTimeCode.id.desc()).limit(1)
    return db.session.scalars(newest.execution_options(populate_existing=True)).first()


def _require_patience(purpose: Purpose, address: str, site_id: int, origin: str | None, at: datetime) -> None:
    """Raise TooManyAttempts when codes are asked for too often; one that was used was read, so no pause follows it."""
    asked_for = _asked_for(purpose, address, site_id)
    if _count(*asked_for, OneTimeCode.made_at > at - PAUSE, OneTimeCode.used_at.is_(None)):
        raise TooManyAttempts(_("验证码已申请过，请 60 秒后再试。"))
    if _count(*asked_for, OneTimeCode.made_at > at - _HOUR) >= purpose.per_hour:
        raise TooManyAttempts(_("申请验证码过于频繁，请一小时后再试。"))
    if origin and _count(OneTimeCode.origin == origin[:60], OneTimeCode.made_at > at - _HOUR) >= PER_HOUR_AND_ORIGIN:
        raise TooManyAttempts(_("本网络申请验证码过于频繁，请一小时后再试。"))


def _asked_for(purpose: Purpose, address: str, site_id: int) -> tuple[ColumnElement[bool], ...]:
    return OneTimeCode.site_id == site_id, OneTimeCode.purpose == purpose.key, OneTimeCode.address == address


def _count_try(row: OneTimeCode) -> bool:
    """Count in the database, so that tries at the same moment all count; False when there were too many."""
    won = db.session.execute(
        update(OneTimeCode)
        .where(OneTimeCode.id == row.id, OneTimeCode.attempts < MAX_TRIES)
        .values(attempts=OneTimeCode.attempts + 1)
        .execution_options(synchronize_session=False)
    ).rowcount
    return bool(won)


def _forgive_try(row: OneTimeCode) -> None:
    """Who knows the code does not guess: what else they typed wrongly must not use it up."""
    db.session.execute(
        update(OneTimeCode)
        .where(OneTimeCode.id == row.id)
        .values(attempts=OneTimeCode.attempts - 1)
        .execution_options(synchronize_session=False)
    )


def _refusal() -> Invalid:
    message = _("短信验证码不正确或已失效，请核对后重试，或重新获取。")
    return Invalid(message, fields={"code": message})


def _of(account: Account, purpose: Purpose) -> tuple[ColumnElement[bool], ...]:
    return OneTimeCode.account_id == account.id, OneTimeCode.purpose == purpose.key


def _count(*conditions: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count(OneTimeCode.id)).where(*conditions)) or 0


def _address(typed: str) -> str:
    return typed.strip().lower()[:120]


def _hash(purpose: Purpose, address: str, code: str) -> str:
    """A code has a million values only, so its hash needs the platform's secret to be worth anything."""
    secret = current_app.config["SECRET_KEY"].encode()
    return hmac.new(secret, f"one-time code {purpose.key} {address} {code}".encode(), hashlib.sha256).hexdigest()
