"""Accounts: who can log in, under which name and with which roles."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _
from sqlalchemy import Select, select

from .. import roles
from ..errors import Forbidden, Invalid
from ..extensions import db
from ..models import MEMBER_ROLES, Account, Department, Enterprise, IdKind, Membership, MembershipRole, Site
from ..permissions import holds
from . import audit, grants
from .passwords import hash_password

_USERNAME = re.compile(r"[\u4e00-\u9fffA-Za-z0-9_]{2,30}")
MOST_MEMBERS = 200


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
    account: Account,
    enterprise: Enterprise,
    role: MembershipRole,
    *,
    by: Account | None,
    at: datetime,
    granted: Iterable[str] = grants.DEFAULT,
) -> Membership:
    """Let a person act for an enterprise; `granted` is what an employee may do."""
    membership = Membership(account=account, enterprise=enterprise, role=role, joined_at=at)
    membership.grants = grants.known(granted) if role is MembershipRole.EMPLOYEE else None
    db.session.add(membership)
    db.session.flush()
    follow_memberships(account)
    audit.record("join", membership, by=by, at=at, detail={"enterprise": enterprise.id, "account": account.id})
    return membership


def follow_memberships(account: Account) -> None:
    """Give a person the roles of their memberships; who has no role left is a registered user again."""
    wanted = {role.role_name for role in db.session.scalars(_roles_in_enterprises(account))}
    kept = [r for r in account.roles if r.name not in MEMBER_ROLES | {roles.REGISTERED}]
    names = wanted or ({roles.REGISTERED} if not kept else set())
    known = ensure_roles()
    account.roles = [*kept, *(known[name] for name in sorted(names))]
    db.session.flush()


def _roles_in_enterprises(account: Account) -> Select[tuple[MembershipRole]]:
    return select(Membership.role).where(Membership.account_id == account.id)


def find_membership(account: Account, enterprise_id: int) -> Membership | None:
    """Return a person's membership in an enterprise as it stands in the database, or None."""
    query = select(Membership).where(Membership.account_id == account.id, Membership.enterprise_id == enterprise_id)
    return db.session.scalars(query.execution_options(populate_existing=True)).first()


def require_administrator(enterprise_id: int, by: Account) -> None:
    """Raise Forbidden unless the person acts for the enterprise as its administrator."""
    acting = grants.membership_in(enterprise_id, by)
    if acting is None or acting.role is not MembershipRole.ADMINISTRATOR:
        raise Forbidden(_("只有本单位的企业管理员可以管理人员。"))


def is_administrator(user: Account) -> bool:
    """Tell whether the user administers a bureau."""
    return holds(user, *roles.ADMINISTRATORS)
