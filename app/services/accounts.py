"""Accounts: who can log in, under which name and with which roles."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from .. import roles
from ..errors import Invalid
from ..extensions import db
from ..models import Account, Department, Enterprise, IdKind, Membership, MembershipRole, Site
from ..permissions import holds
from . import audit
from .passwords import hash_password

_USERNAME = re.compile(r"[\u4e00-\u9fffA-Za-z0-9_]{2,30}")
MEMBER_ROLES = {
    MembershipRole.ADMINISTRATOR: roles.ENTERPRISE_ADMINISTRATOR,
    MembershipRole.EMPLOYEE: roles.ENTERPRISE_EMPLOYEE,
    MembershipRole.INDIVIDUAL: roles.INDIVIDUAL,
}


def ensure_roles() -> dict[str, Role]:
    """Create the role names that are missing and return all of them; what a role may open stands in code."""
    found = {role.name: role for role in db.session.scalars(select(Role))}
    for name in sorted(roles.ALL_ROLES - found.keys()):
        found[name] = Role(name=name)
        db.session.add(found[name])
    db.session.flush()
    return found


def create_account(
    site: Site, username: str, name: str, password: str, role_names: Iterable[str], **details: Any
) -> Account:
    """Create a person who can log in, with the details of `open_account`; raises Invalid like it."""
    return open_account(site, username, name, hash_password(password), role_names, **details)


def open_account(
    site: Site,
    username: str,
    name: str,
    password_hash: str,
    role_names: Iterable[str],
    *,
    by: Account | None,
    at: datetime,
    department: Department | None = None,
    mobile: str | None = None,
    id_kind: IdKind | None = None,
    id_number: str | None = None,
) -> Account:
    """Create a person whose password has been hashed already; raises Invalid when the name is taken or malformed."""
    _require_free_name(site.id, username)
    known = ensure_roles()
    account = Account(
        site_id=site.id,
        username=username,
        first_name=name,
        last_name="",
        password=password_hash,
        active=True,
        department=department,
        mobile=mobile,
        id_kind=id_kind,
        id_number=id_number,
        login_count=0,
        fail_login_count=0,
        roles=[known[role] for role in role_names],
    )
    db.session.add(account)
    db.session.flush()
    audit.record("add", account, by=by, at=at, detail={"username": username, "roles": sorted(role_names)})
    return account


def require_user_name(username: str) -> None:
    """Raise Invalid unless the name may be one to log in with."""
    if not _USERNAME.fullmatch(username):
        message = _("用户名为 2-30 位中文、字母、数字或下划线。")
        raise Invalid(message, fields={"username": message})


def _require_free_name(site_id: int, username: str) -> None:
    require_user_name(username)
    if find_account(site_id, username):
        message = _("用户名“%(name)s”已被使用，请更换。", name=username)
        raise Invalid(message, fields={"username": message})


def find_account(site_id: int, username: str) -> Account | None:
    """Return the site's account of that user name, or None."""
    return db.session.scalars(select(Account).where(Account.site_id == site_id, Account.username == username)).first()


def join_enterprise(
    account: Account, enterprise: Enterprise, role: MembershipRole, *, by: Account | None, at: datetime
) -> Membership:
    """Let a person act for an enterprise."""
    membership = Membership(account=account, enterprise=enterprise, role=role)
    db.session.add(membership)
    known = ensure_roles()
    if MEMBER_ROLES[role] not in account.role_names:
        account.roles.append(known[MEMBER_ROLES[role]])
    db.session.flush()
    audit.record("join", membership, by=by, at=at, detail={"enterprise": enterprise.id, "account": account.id})
    return membership


def is_administrator(user: Account) -> bool:
    """Tell whether the user administers a bureau."""
    return holds(user, *roles.ADMINISTRATORS)
