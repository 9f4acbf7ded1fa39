"""Officials: created only here, by the administrator of their area, with the role that their kind of user carries."""

import re
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from .. import roles
from ..clock import now, to_local
from ..errors import Forbidden, Invalid
from ..extensions import db
from ..models import (
    Account,
    AuditEvent,
    Department,
    DepartmentKind,
    IdKind,
    LoginEvent,
    RegionKind,
    ReviewRecord,
)
from ..permissions import get_visible
from . import audit, inbox, notices, password_records
from .accounts import ensure_roles, open_account
from .id_numbers import compact, is_id_number
from .passwords import hash_strong

_MOBILE = re.compile(r"1[3-9]\d{9}")
KIND_LABELS = {
    roles.PROVINCE_OFFICER: _("省厅经办"),
    roles.CITY_ADMINISTRATOR: _("地市管理员"),
    roles.OFFICE_LEADER: _("地市科室领导"),
    roles.CITY_OFFICER: _("地市科室成员"),
    roles.COUNTY_ADMINISTRATOR: _("区县/镇街管理员"),
    roles.COUNTY_OFFICER: _("区县经办"),
}
CARD = frozenset({"landline", "email", "position", "note", "active", "locked"})
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
    password_hash: str,
    role: str,
    department: Department,
    *,
    by: Account,
    at: datetime,
    mobile: str | None = None,
    id_kind: IdKind | None = None,
    id_number: str | None = None,
    **facts: Any,
) -> Account:
    """Create an official in the administrator's own area; raises Forbidden, NotFound or Invalid at its field.

    `facts` are the rest of the card: landline, email, position, note, active, locked.
    """
    get_visible(Department, department.id, by)
    require_place(role, department, by)
    id_number = check_identity(id_kind, id_number, mobile)
    _require_free_number(by.site_id, id_kind, id_number)
    person = open_account(
        by.site, username, name, password_hash, [role], by=by, at=at, department=department,
        mobile=mobile, id_kind=id_kind, id_number=id_number,
    )  # fmt: skip
    person.must_change_password = True  # somebody else knows the first one
    _fill_card(person, facts)
    return person


def change_person(
    person: Account,
    *,
    name: str,
    department: Department,
    mobile: str | None,
    id_kind: IdKind | None,
    id_number: str | None,
    by: Account,
    at: datetime,
    role: str | None = None,
    **facts: Any,
) -> None:
    """Change a person's card, and the kind of user where `role` is given. Raises like `add_person`.

    Another role, place or state of the account ends the person's sessions.
    """
    require_manageable(person, by)
    get_visible(Department, department.id, by)
    for wanted in [role] if role else person.role_names & grantable_roles(by).keys():
        require_place(wanted, department, by)
    id_number = check_identity(id_kind, id_number, mobile)
    with db.session.no_autoflush:
        _require_free_number(person.site_id, id_kind, id_number, but=person.id)
    before = (person.department_id, person.active, person.locked)
    person.first_name, person.department, person.mobile = name, department, mobile
    person.id_kind, person.id_number = id_kind, id_number
    _fill_card(person, facts)
    db.session.flush()
    if role and role not in person.role_names:
        switch_role(person, role, by=by, at=at)
    if before != (person.department_id, person.active, person.locked):
        _end_sessions(person)
    detail = {"department": department.id, "active": person.active, "locked": person.locked}
    audit.record("change", person, by=by, at=at, detail=detail)


def _fill_card(person: Account, facts: dict[str, Any]) -> None:
    unknown = facts.keys() - CARD
    if unknown:
        raise TypeError(f"not on a person's card: {sorted(unknown)}")
    for key, value in facts.items():
        setattr(person, key, value)
    db.session.flush()


def require_manageable(person: Account, by: Account) -> None:
    """Raise NotFound outside the administrator's area, Forbidden for people of another level."""
    get_visible(Account, person.id, by)
    if person.id == by.id or not person.role_names <= grantable_roles(by).keys():
        raise Forbidden(_("“%(name)s”不由您管理，请联系其所属层级的管理员。", name=person.name))


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
    if department.region.kind not in kinds_of_level(region_kind):
        message = _("所选部门的层级与用户类型不符，请重新选择。")
        raise Invalid(message, fields={"department": message})


def kinds_of_level(level: RegionKind) -> frozenset[RegionKind]:
    """Return the kinds of region on a level: functional zones stand beside counties."""
    return frozenset({RegionKind.COUNTY, RegionKind.ZONE}) if level is RegionKind.COUNTY else frozenset({level})


def check_identity(id_kind: IdKind | None, id_number: str | None, mobile: str | None) -> str | None:
    """Return the number as stored; raises Invalid unless it fits its kind (GB 11643) and the mobile number is one."""
    id_number = compact(id_number) if id_kind is IdKind.ID_NUMBER else (id_number or "").strip()
    if id_kind is IdKind.ID_NUMBER and not is_id_number(id_number, to_local(now()).date()):
        message = _("身份证号有误，请核对 18 位号码。")
        raise Invalid(message, fields={"id_number": message})
    if id_kind is IdKind.GOVERNMENT_ACCOUNT and not id_number:
        message = _("请填写粤政易账号。")
        raise Invalid(message, fields={"id_number": message})
    if mobile and not _MOBILE.fullmatch(mobile):
        message = _("手机号码应为 11 位数字，请核对。")
        raise Invalid(message, fields={"mobile": message})
    return id_number or None


def _require_free_number(site_id: int, id_kind: IdKind | None, id_number: str | None, but: int = 0) -> None:
    """Raise Invalid when somebody else of the site has the number; whose it is stays unsaid."""
    if id_number is None:
        return
    taken = select(Account.id).where(
        Account.site_id == site_id, Account.id_kind == id_kind, Account.id_number == id_number, Account.id != but
    )
    if db.session.scalars(taken).first():
        message = _("该证件号码已登记过账号，请核对。")
        raise Invalid(message, fields={"id_number": message})


def switch_role(person: Account, role: str, *, by: Account, at: datetime) -> None:
    """Replace a person's official role by another that `by` may give (分配角色); ends the person's sessions."""
    require_manageable(person, by)
    granted = grantable_roles(by)
    require_place(role, person.department, by)
    known = ensure_roles()
    kept = [r for r in person.roles if r.name not in granted]
    person.roles = [*kept, known[role]]
    _end_sessions(person)
    audit.record("switch_role", person, by=by, at=at, detail={"role": role})


def set_enabled(person: Account, enabled: bool, *, by: Account, at: datetime) -> None:
    """Switch an account on or off; ends the person's sessions."""
    require_manageable(person, by)
    person.active = enabled
    _end_sessions(person)
    audit.record("enable" if enabled else "disable", person, by=by, at=at)


def set_locked(person: Account, locked: bool, *, by: Account, at: datetime) -> None:
    """Lock or unlock an account, the short lock after failed log-ins included; ends the person's sessions."""
    require_manageable(person, by)
    person.locked = locked
    person.locked_until, person.fail_login_count = None, 0
    _end_sessions(person)
    audit.record("lock" if locked else "unlock", person, by=by, at=at)
    if locked:
        notices.after_lock(person, _("由%(name)s锁定，请联系本单位管理员", name=by.name), at=at)


def reset_password(person: Account, password: str, *, by: Account, at: datetime) -> None:
    """Give a person a new password, to be changed at the next log-in; lifts the short lock and ends the sessions."""
    require_manageable(person, by)
    password_records.replace_password(person, hash_strong(password), at=at)
    person.must_change_password = True
    audit.record("reset_password", person, by=by, at=at)
    notices.after_password_reset(person, at=at)


def _end_sessions(person: Account) -> None:
    person.login_epoch += 1
    db.session.flush()


def remove_person(person: Account, *, by: Account, at: datetime) -> None:
    """Delete somebody who never worked here; raises Invalid once there is a trace that must stay."""
    require_manageable(person, by)
    for trace in (LoginEvent.account_id, ReviewRecord.by_id, AuditEvent.account_id):
        if db.session.scalars(select(trace).where(trace == person.id).limit(1)).first():
            raise Invalid(_("“%(name)s”已有登录或办理记录，须予保留，不能删除，请改为停用。", name=person.name))
    audit.record("remove", person, by=by, at=at, detail={"username": person.username})
    inbox.forget(person)
    password_records.forget(person)
    db.session.delete(person)
    db.session.flush()
