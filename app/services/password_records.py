"""Passwords that an account has had: replaced in one place, so that none of the latest comes back."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import delete, select
from werkzeug.security import check_password_hash

from ..extensions import db
from ..models import Account, PasswordRecord

LATEST = 5  # passwords that may not be taken again: the present one and those before it


def replace_password(account: Account, password_hash: str, *, at: datetime) -> None:
    """Give the account another password, remember the old one, and end every session of the account."""
    db.session.add(PasswordRecord(account_id=account.id, password=account.password, retired_at=at))
    account.password, account.password_changed_at, account.legacy_password = password_hash, at, None
    account.locked_until, account.fail_login_count = None, 0
    account.login_epoch += 1
    db.session.flush()
    _forget_older(account)


def was_used_lately(account: Account, password: str) -> bool:
    """Tell whether it is the present password or one of the few before it."""
    return any(check_password_hash(known, password) for known in _latest(account))


def forget(account: Account) -> None:
    """Delete what is remembered of somebody who never worked here and leaves."""
    db.session.execute(delete(PasswordRecord).where(PasswordRecord.account_id == account.id))


def _latest(account: Account) -> Iterator[str]:
    yield account.password
    records = select(PasswordRecord.password).where(PasswordRecord.account_id == account.id)
    yield from db.session.scalars(records.order_by(PasswordRecord.id.desc()).limit(LATEST - 1))


def _forget_older(account: Account) -> None:
    ids = select(PasswordRecord.id).where(PasswordRecord.account_id == account.id).order_by(PasswordRecord.id.desc())
    older = db.session.scalars(ids.offset(LATEST - 1)).all()
    if older:
        db.session.execute(delete(PasswordRecord).where(PasswordRecord.id.in_(older)))
