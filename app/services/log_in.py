"""Proving who somebody is: user name, mobile number or credit code with the password; locked shortly after failures.

`log_in` is the whole of it for those whose password is enough; for others `prove_password` comes first and the code
from the phone after it (`second_factor`).
"""

import re
from datetime import datetime, timedelta
from functools import cache

from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, func, select, update
from werkzeug.security import check_password_hash, generate_password_hash

from ..clock import show
from ..errors import DomainError, Forbidden, Invalid, TooManyAttempts
from ..extensions import db
from ..models import Account, Enterprise, LoginEvent, Membership, MembershipRole
from . import audit, legacy_passwords, notices
from .passwords import hash_password, is_strong

MAX_FAILURES = 5
LOCK_TIME = timedelta(minutes=10)
MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
CREDIT_CODE = re.compile(r"[0-9A-Z]{18}")


def log_in(username: str, password: str, *, site_id: int | None, at: datetime, address: str | None) -> Account:
    """Return the account that the credentials prove; raises a refusal. The attempt is noted either way: commit both."""
    account = prove_password(username, password, site_id=site_id, at=at, address=address)
    note_log_in(account, username, site_id=site_id, at=at, address=address)
    return account


def prove_password(username: str, password: str, *, site_id: int | None, at: datetime, address: str | None) -> Account:
    """Return the account whose password it is; a refusal is raised and noted: commit it."""
    account = find_by_any_name(username, site_id)
    refusal = _refusal(account, username, password, site_id, at)
    if refusal is not None:
        note_attempt(account, username, type(refusal).__name__, site_id=site_id, at=at, address=address)
        raise refusal
    _take_over_legacy(account, password, at)
    return account


def note_log_in(account: Account, username: str, *, site_id: int | None, at: datetime, address: str | None) -> None:
    """Note that the person is in, and forget what went wrong before."""
    note_attempt(account, username, None, site_id=site_id, at=at, address=address)
    account.fail_login_count = 0
    account.locked_until = None
    account.login_count = (account.login_count or 0) + 1
    account.last_login = at.replace(tzinfo=None)  # FAB's own column has no zone; it holds UTC


def note_attempt(
    account: Account | None,
    username: str,
    reason: str | None,
    *,
    site_id: int | None,
    at: datetime,
    address: str | None,
) -> None:
    """Note an attempt to log in; without a reason it succeeded."""
    event = LoginEvent(
        site_id=site_id, at=at, username=username[:128], account_id=account.id if account else None,
        succeeded=reason is None, reason=reason, address=(address or "")[:60] or None,
    )  # fmt: skip
    db.session.add(event)


def confirm_password(account: Account, password: str, *, at: datetime) -> None:
    """Raise unless the person of a session knows the password too; wrong ones count as failed log-ins: commit them."""
    if account.locked_until is not None and account.locked_until > at:
        raise TooManyAttempts(_locked_sentence())
    if not _is_password_of(account, password):
        _note_failure(account, at)
        message = _("密码不正确，请核对后重试")
        raise Invalid(message, fields={"old_password": message})


def clean_mobile(mobile: str) -> str:
    """Return a mobile number without what surrounds it; raises Invalid."""
    mobile = mobile.strip()
    if not MOBILE.fullmatch(mobile):
        message = _("手机号码应为 11 位数字，请核对。")
        raise Invalid(message, fields={"mobile": message})
    return mobile


def find_by_any_name(name: str, site_id: int | None) -> Account | None:
    """Return whom a user name, a mobile number or a credit code names; None when nobody or more than one."""
    return _account_named(name, site_id) or _only_one(_by_mobile(name), site_id) or _only_one(_by_code(name), site_id)


def _account_named(username: str, site_id: int | None) -> Account | None:
    """Return the site's account of that name; platform operators belong to no site and log in everywhere."""
    statement = select(Account).where(Account.username == username)
    accounts = db.session.scalars(statement.where((Account.site_id == site_id) | Account.site_id.is_(None))).all()
    return min(accounts, key=lambda a: a.site_id is None, default=None)


def _by_mobile(number: str) -> ColumnElement[bool] | None:
    return Account.mobile == number if MOBILE.fullmatch(number) else None


def _by_code(code: str) -> ColumnElement[bool] | None:
    """Name an enterprise's administrator by its credit code."""
    if not CREDIT_CODE.fullmatch(code.upper()):
        return None
    administrators = (
        select(Membership.account_id)
        .join(Enterprise)
        .where(Enterprise.credit_code == code.upper(), Enterprise.site_id == Account.site_id)
        .where(Membership.role == MembershipRole.ADMINISTRATOR)
    )
    return Account.id.in_(administrators)


def _only_one(condition: ColumnElement[bool] | None, site_id: int | None) -> Account | None:
    """Return the one account of the site that can log in and fits; a number that two share names neither."""
    if condition is None or site_id is None:
        return None
    fitting = select(Account).where(Account.site_id == site_id, Account.active, condition).limit(2)
    accounts = db.session.scalars(fitting).all()
    return accounts[0] if len(accounts) == 1 else None


def _refusal(
    account: Account | None, username: str, password: str, site_id: int | None, at: datetime
) -> DomainError | None:
    if _is_locked(account, username, site_id, at):
        return TooManyAttempts(_locked_sentence())
    if not _is_password_of(account, password):
        if account is not None:
            _note_failure(account, at)
        return Invalid(_("用户名或密码不正确，请核对后重试"))
    if not account.active or account.locked:
        return Forbidden(_("该账号已停用或被锁定，请联系本单位管理员"))
    return None


def _locked_sentence() -> LazyString:
    minutes = int(LOCK_TIME.total_seconds() // 60)
    return _("连续多次登录失败，请 %(minutes)s 分钟后再试，或联系管理员重置密码", minutes=minutes)


def _is_locked(account: Account | None, username: str, site_id: int | None, at: datetime) -> bool:
    """Names that do not exist are locked alike, so that the lock does not tell which names exist."""
    if account is not None:
        return account.locked_until is not None and account.locked_until > at
    failures = select(func.count()).where(
        LoginEvent.site_id == site_id,
        LoginEvent.at > at - LOCK_TIME,
        LoginEvent.username == username[:128],
        LoginEvent.succeeded.is_(False),
    )
    return (db.session.scalar(failures) or 0) >= MAX_FAILURES


def _note_failure(account: Account, at: datetime) -> None:
    """Count in the database, so that attempts at the same moment all count."""
    db.session.execute(
        update(Account)
        .where(Account.id == account.id)
        .values(fail_login_count=func.coalesce(Account.fail_login_count, 0) + 1)
    )
    db.session.refresh(account, ["fail_login_count"])
    if account.fail_login_count >= MAX_FAILURES:
        account.locked_until = at + LOCK_TIME
        account.fail_login_count = 0
        notices.after_lock(account, _("连续多次登录失败，至 %(time)s 自动解锁", time=show(account.locked_until)), at=at)


def _is_password_of(account: Account | None, password: str) -> bool:
    """Compare one slow hash whoever it is, so that all answers take as long."""
    legacy = account.legacy_password if account else None
    if legacy and legacy_passwords.is_slow(legacy):
        return legacy_passwords.matches(legacy, password)
    own = check_password_hash((account and account.password) or _nobodys_hash(), password)
    return legacy_passwords.matches(legacy, password) if legacy else own and account is not None


def _take_over_legacy(account: Account, password: str, at: datetime) -> None:
    """Keep the password under our own hash; one that is too weak for us is to be changed first of all."""
    if account.legacy_password is None:
        return
    account.password, account.legacy_password, account.password_changed_at = hash_password(password), None, at
    account.must_change_password = account.must_change_password or not is_strong(password)
    audit.record("take_over_password", account, by=account, at=at)


@cache
def _nobodys_hash() -> str:
    """A hash to compare with when there is no account, so that both answers take as long."""
    return generate_password_hash("nobody has this password")
