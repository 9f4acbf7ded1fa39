"""我的账户: what people see and change of themselves."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from .. import roles
from ..errors import Invalid
from ..extensions import db
from ..models import Account, LoginEvent
from ..permissions import visible
from . import acting, audit, log_in, notices, password_records
from .passwords import hash_strong

NEWEST_LOG_INS = 10
MOST_ENTERPRISES = 20
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NAME = re.compile(r"[\w·.\- ]{1,64}")


def log_ins_of(account: Account) -> Sequence[LoginEvent]:
    """Return the newest attempts to log in as this person."""
    query = select(LoginEvent).where(LoginEvent.account_id == account.id, visible(LoginEvent, account))
    return db.session.scalars(query.order_by(LoginEvent.id.desc()).limit(NEWEST_LOG_INS)).all()


def enterprises_of(account: Account) -> Sequence[str]:
    """Return the names of the enterprises that the person belongs to, whichever they act for."""
    return [membership.enterprise.name for membership in acting.memberships_of(account)[:MOST_ENTERPRISES]]


def role_labels(account: Account) -> list[str]:
    """Return what the person is here, in words."""
    return [roles.LABELS[name] for name in sorted(account.role_names) if name in roles.LABELS]


def change_card(account: Account, *, name: str, email: str, at: datetime) -> None:
    """Change the person's own name and e-mail address; raises Invalid at its field."""
    name, email = clean_name(name), email.strip()
    fits = len(email) <= 120 and _EMAIL.fullmatch(email)
    _require(not email or fits, "email", _("邮箱格式有误，应如 name@example.com，请核对。"))
    wanted = {"first_name": name, "email": email or None}
    changed = [key for key, value in wanted.items() if getattr(account, key) != value]
    for key in changed:
        setattr(account, key, wanted[key])
    db.session.flush()
    if changed:
        audit.record("change_own", account, by=account, at=at, detail={"changed": changed})


def clean_name(name: str) -> str:
    """Return a person's name in the form in which it is kept; raises Invalid."""
    name = unicodedata.normalize("NFC", name.strip())
    _require(_NAME.fullmatch(name), "name", _("姓名为 1-64 个文字或字母，可含间隔号“·”，不能含其他符号。"))
    return name


def change_password(account: Account, old: str, new: str, *, at: datetime) -> None:
    """Replace the own password; every session ends. A wrong old one counts as a failed log-in: commit it too."""
    log_in.confirm_password(account, old, at=at)
    try:
        new_hash = hash_strong(new)
    except Invalid as refusal:
        raise Invalid(refusal.message, fields={"new_password": refusal.message}) from None
    used = password_records.was_used_lately(account, new)
    latest = password_records.LATEST
    _require(not used, "new_password", _("不能与最近 %(count)s 次用过的密码相同，请另设密码。", count=latest))
    password_records.replace_password(account, new_hash, at=at)
    account.must_change_password = False
    audit.record("change_password", account, by=account, at=at)
    notices.after_password_change(account, at=at)


def end_all_sessions(account: Account, *, at: datetime) -> None:
    """Log the person out wherever they are logged in."""
    account.login_epoch += 1
    db.session.flush()
    audit.record("end_all_sessions", account, by=account, at=at)


def _require(fits: object, field: str, message: object) -> None:
    if not fits:
        raise Invalid(message, fields={field: message})
