"""People: created only here, with the roles that their kind of user carries."""

import re
from collections.abc import Iterable
from datetime import datetime

from flask import current_app
from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from stdnum.cn import ric
from werkzeug.security import generate_password_hash

from .. import roles
from ..errors import Forbidden, Invalid
from ..extensions import db
from ..models import (
    Account,
    Department,
    DepartmentKind,
    Enterprise,
    IdKind,
    Membership,
    MembershipRole,
    RegionKind,
    Site,
)
from ..permissions import get_visible, holds
from . import audit

_MOBILE = re.compile(r"1[3-9]\d{9}")
_USERNAME = re.compile(r"[\u4e00-\u9fffA-Za-z0-9_]{2,30}")
MEMBER_ROLES = {
    MembershipRole.ADMINISTRATOR: roles.ENTERPRISE_ADMINISTRATOR,
    MembershipRole.EMPLOYEE: roles.ENTERPRISE_EMPLOYEE,
}
# Which roles an administrator of each level may give, and whether their holders sit in a bureau itself or in an office.
GRANTABLE = {
    roles.PROVINCE_ADMINISTRATOR: {
        roles.PROVINCE_OFFICER: (RegionKind.PROVINCE, DepartmentKind.OFFICE),
        roles.CITY_ADMINISTRATOR: (RegionKind.CITY, DepartmentKind.BUREAU),
    },
    roles.CITY_ADMINISTRATOR: {
        roles.OFFICE_LEADER: (RegionKind.CITY, DepartmentKind.OFFICE),
        roles.CITY_OFFICER: (RegionKind.CITY, DepartmentKind.OFFICE),
        roles.COUNTY_ADMINISTRATOR: (RegionKind.COUNTY, DepartmentKind.BUREAU),
    },
    roles.COUNTY_ADMINISTRATOR: {roles.COUNTY_OFFICER: (RegionKind.COUNTY, DepartmentKind.OFFICE)},
}


def hash_password(password: str) -> str:
    """Return the hash that FAB's log-in checks."""
    return generate_password_hash(password, method=current_app.config.get("FAB_PASSWORD_HASH_METHOD", "scrypt"))


def ensure_roles() -> dict[str, Role]:
    """Create the role names that are missing and return all of them; what a role may open stands in code."""
    found = {role.name: role for role in db.session.scalars(select(Role))}
    for name in sorted(roles.ALL_ROLES - found.keys()):
        found[name] = Role(name=name)
        db.session.add(found[name])
    db.session.flush()
    return found


def create_account(
    site: Site,
    username: str,
    name: str,
    password: str,
    role_names: Iterable[str],
    *,
    by: Account | None,
    at: datetime,
    department: Department | None = None,
    mobile: str | None = None,
    id_kind: IdKind | None = None,
    id_number: str | None = None,
) -> Account:
    """Create a person who can log in; raises Invalid when the name is taken or malformed."""
    if not _USERNAME.fullmatch(username):
        raise Invalid(
            _("用户名为 2-30 位中文、字母、数字或下划线。"),
            fields={"username": _("用户名为 2-30 位中文、字母、数字或下划线。")},
        )
    if find_account(site.id, username):
        message = _("用户名“%(name)s”已被使用，请更换。", name=username)
        raise Invalid(message, fields={"username": message})
    known = ensure_roles()
    account = Account(
        site_id=site.id,
        username=username,
        first_name=name,
        last_name="",
        password=hash_password(password),
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


def grantable_roles(by: Account) -> dict[str, tuple[RegionKind, DepartmentKind]]:
    """Return the roles an administrator may give."""
    found: dict[str, tuple[RegionKind, DepartmentKind]] = {}
    for name, granted in GRANTABLE.items():
        if name in by.role_names:
            found |= granted
    return found


def add_person(
    username: str,
    name: str,
    password: str,
    role: str,
    department: Department,
    *,
    by: Account,
    at: datetime,
    mobile: str | None = None,
    id_kind: IdKind | None = None,
    id_number: str | None = None,
) -> Account:
    """Create an official in the administrator's own area; raises Forbidden, NotFound or Invalid at its field."""
    get_visible(Department, department.id, by)
    require_place(role, department, by)
    check_identity(id_kind, id_number, mobile)
    return create_account(
        by.site, username, name, password, [role], by=by, at=at, department=department,
        mobile=mobile, id_kind=id_kind, id_number=id_number,
    )  # fmt: skip


def require_place(role: str, department: Department, by: Account) -> None:
    """Raise unless `by` may give the role to somebody in that department."""
    granted = grantable_roles(by)
    if role not in granted:
        raise Forbidden(_("您不能分配该用户类型。"))
    region_kind, department_kind = granted[role]
    if department.kind is not department_kind:
        message = (
            _("该用户类型须选择主管部门本身，无需选到科室。")
            if department_kind is DepartmentKind.BUREAU
            else _("该用户类型须选择到具体科室。")
        )
        raise Invalid(message, fields={"department": message})
    kinds = {RegionKind.COUNTY, RegionKind.ZONE} if region_kind is RegionKind.COUNTY else {region_kind}
    if department.region.kind not in kinds:
        message = _("所选部门的层级与用户类型不符，请重新选择。")
        raise Invalid(message, fields={"department": message})


def check_identity(id_kind: IdKind | None, id_number: str | None, mobile: str | None) -> None:
    """Raise Invalid unless the identity number fits its kind (GB 11643 for ID numbers) and the mobile number is one."""
    if id_kind is IdKind.ID_NUMBER and not ric.is_valid(id_number or ""):
        message = _("身份证号有误，请核对 18 位号码。")
        raise Invalid(message, fields={"id_number": message})
    if mobile and not _MOBILE.fullmatch(mobile):
        message = _("手机号码应为 11 位数字，请核对。")
        raise Invalid(message, fields={"mobile": message})


def switch_role(person: Account, role: str, *, by: Account, at: datetime) -> None:
    """Replace a person's official role by another that `by` may give (分配角色)."""
    granted = grantable_roles(by)
    require_place(role, person.department, by)
    known = ensure_roles()
    kept = [r for r in person.roles if r.name not in granted]
    person.roles = [*kept, known[role]]
    person.login_epoch += 1
    audit.record("switch_role", person, by=by, at=at, detail={"role": role})


def is_administrator(user: Account) -> bool:
    """Tell whether the user administers a bureau."""
    return holds(user, *roles.ADMINISTRATORS)
