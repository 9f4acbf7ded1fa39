"""The department tree of a bureau: bureaus and their offices."""

from datetime import datetime
from typing import Any, NoReturn

from flask_babel import lazy_gettext as _
from sqlalchemy import Select, delete, func, select, update

from .. import roles
from ..errors import Invalid
from ..extensions import db
from ..models import (
    Account,
    Article,
    Declaration,
    DeclarationState,
    Department,
    DepartmentKind,
    Letter,
    LetterTemplate,
    Region,
    RegionKind,
    ResponsibleOffice,
    RouteStep,
    Site,
)
from ..permissions import get_visible, holds
from . import audit, handing_over, offices
from .handing_over import LEVEL_OF

MOST_POSITION = 2**31 - 1
_BELOW = _("所属地区须是上级部门所在地区的下一级，请重新选择。")


def adds_bureaus(user: Account) -> bool:
    """Tell whether the person administers bureaus of other regions, too."""
    return holds(user, roles.PROVINCE_ADMINISTRATOR, roles.CITY_ADMINISTRATOR)


def add_region(
    site: Site, name: str, kind: RegionKind, parent: Region | None = None, code: str | None = None
) -> Region:
    """Add a region below `parent`."""
    region = Region(site_id=site.id, parent=parent, name=name, kind=kind, code=code, path="")
    db.session.add(region)
    db.session.flush()
    region.path = f"{parent.path if parent else '/'}{region.id}/"
    if parent is None:
        site.root_region_id = region.id
    db.session.flush()
    return region


def add_department(
    parent: Department | None,
    name: str,
    kind: DepartmentKind,
    *,
    by: Account | None,
    at: datetime,
    region: Region | None = None,
    head: str | None = None,
    position: int = 0,
    enabled: bool = True,
    description: str | None = None,
) -> Department:
    """Add a department below `parent`; an office belongs to its parent's region. Raises NotFound or Invalid."""
    if by is not None:
        get_visible(Department, parent.id, by)
    site_id = parent.site_id if parent else region.site_id
    name = _free_name(name, site_id, parent.id if parent else None)
    if parent is not None and parent.kind is DepartmentKind.OFFICE:
        _refuse("parent", _("科室下不能再设部门，请在主管部门下添加。"))
    department = Department(
        site_id=site_id, region_id=_region_of(kind, parent, region), parent=parent, path="", name=name, kind=kind,
        head=head, position=position, enabled=enabled, description=description,
    )  # fmt: skip
    db.session.add(department)
    db.session.flush()
    department.path = f"{parent.path if parent else '/'}{department.id}/"
    db.session.flush()
    if kind is DepartmentKind.BUREAU:
        handing_over.take_up_steps(department)
    audit.record("add", department, by=by, at=at, detail={"name": name})
    return department


def _region_of(kind: DepartmentKind, parent: Department | None, region: Region | None) -> int:
    """Return the region of a new department: a bureau's lies right below its parent's and has no other bureau."""
    if kind is DepartmentKind.OFFICE:
        return parent.region_id
    if region is None:
        _refuse("region", _("请选择该主管部门所属的地区。"))
    if parent is not None and region.parent_id != parent.region_id:
        _refuse("region", _BELOW)
    present = db.session.scalars(
        select(Department.name).where(Department.region_id == region.id, Department.kind == DepartmentKind.BUREAU)
    ).first()
    if present:
        _refuse("region", _("%(region)s已有主管部门“%(name)s”，不能重复设置。", region=region.name, name=present))
    return region.id


def _refuse(field: str, message: Any) -> NoReturn:
    raise Invalid(message, fields={field: message})


def change_department(
    department: Department,
    *,
    name: str,
    head: str | None,
    position: int,
    enabled: bool,
    description: str | None,
    by: Account,
    at: datetime,
    parent: Department | None = None,
) -> None:
    """Change a department, and move it when another parent is given; raises Invalid at the field that is wrong."""
    if not enabled and by.department is not None and by.department.path.startswith(department.path):
        _refuse("enabled", _("不能停用您自己所在的部门或其上级部门。"))
    moves = parent is not None and parent.id != department.parent_id
    if moves:
        _require_movable(department, parent, by)
    department.name = _free_name(
        name, department.site_id, parent.id if moves else department.parent_id, but=department.id
    )
    switched, department.enabled = department.enabled is not enabled, enabled
    department.head, department.position = head, position
    department.description = description
    if moves:
        _hang_under(department, parent)
    detail = {"name": department.name, "parent": department.parent_id, "enabled": enabled}
    audit.record("change", department, by=by, at=at, detail=detail)
    if switched:
        db.session.flush()
        offices.follow_switch(department, at=at)


def _require_movable(department: Department, parent: Department, by: Account) -> None:
    """Raise NotFound for a parent outside the area, Invalid for one under which the department cannot stand."""
    get_visible(Department, parent.id, by)
    if parent.path.startswith(department.path):
        _refuse("parent", _("不能移到“%(name)s”自己或它的下级部门之下，请选择其他上级部门。", name=department.name))
    if parent.kind is DepartmentKind.OFFICE:
        _refuse("parent", _("科室下不能再设部门，请选择主管部门。"))
    if department.kind is DepartmentKind.BUREAU and department.region.parent_id != parent.region_id:
        _refuse("parent", _BELOW)
    if department.kind is DepartmentKind.OFFICE:
        _require_movable_office(department, parent)


def _require_movable_office(office: Department, parent: Department) -> None:
    """People, assignments and reviews belong to an office of this bureau: they are settled before it moves."""
    if LEVEL_OF[parent.region.kind] != LEVEL_OF[office.region.kind] and _count(_people(office)):
        _refuse("parent", _("“%(name)s”下有人员，其用户类型与新的层级不符，请先调整人员。", name=office.name))
    if _count(_assignments(office)) or _count(_open_reviews(office)):
        _refuse("parent", _("“%(name)s”仍是责任科室或有在办项目，请先改由其他科室负责再移动。", name=office.name))


def _hang_under(department: Department, parent: Department) -> None:
    """Rewrite the paths of the department and of everything below it; an office takes the region of its bureau."""
    old, new = department.path, f"{parent.path}{department.id}/"
    department.parent = parent
    if department.kind is DepartmentKind.OFFICE:
        department.region_id = parent.region_id
    db.session.flush()
    below = Department.site_id == department.site_id, Department.path.startswith(old, autoescape=True)
    moved = {"path": new + func.substr(Department.path, len(old) + 1)}
    db.session.execute(update(Department).where(*below).values(moved).execution_options(synchronize_session=False))
    db.session.expire_all()


def _free_name(name: str, site_id: int, parent_id: int | None, but: int | None = None) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid(_("请填写部门名称。"), fields={"name": _("请填写部门名称。")})
    with db.session.no_autoflush:
        taken = db.session.scalars(
            select(Department.id).where(
                Department.site_id == site_id,
                Department.parent_id == parent_id,
                Department.name == name,
                Department.id != (but or 0),
            )
        ).first()
    if taken:
        message = _("同级已有名为“%(name)s”的部门，请使用其他名称。", name=name)
        raise Invalid(message, fields={"name": message})
    return name


def next_position(parent: Department) -> int:
    """Return the position behind the last of a department's children."""
    last = select(func.max(Department.position)).where(Department.parent_id == parent.id)
    return min((db.session.scalar(last) or 0) + 1, MOST_POSITION)


def require_removable(department: Department) -> None:
    """Raise Invalid with the reason while people, departments, assignments, letters or reviews hang on a department."""
    hanging = (
        (_children(department), _("个下级部门")),
        (_people(department), _("名人员")),
        (_assignments(department), _("个责任科室设置")),
        (_open_reviews(department), _("个在办项目")),
        (_letters(department), _("份推荐函")),
        (_articles(department), _("篇通知公告")),
    )
    numbers = db.session.execute(select(*(query.scalar_subquery() for query, _what in hanging))).one()
    for number, (_query, what) in zip(numbers, hanging, strict=True):
        if number:
            sentence = _("“%(name)s”下还有 %(number)s %(what)s，不能删除，请先调整。",
                         name=department.name, number=number, what=what)  # fmt: skip
            raise Invalid(sentence)
    worked_here = (RouteStep.office_id == department.id) | (RouteStep.bureau_id == department.id)
    if db.session.scalars(select(RouteStep.id).where(worked_here).limit(1)).first():
        raise Invalid(_("“%(name)s”办理过申报项目，须保留办理记录，只能停用，不能删除。", name=department.name))


def _count(query: Select) -> int:
    return db.session.scalar(query) or 0


def _children(department: Department) -> Select:
    return select(func.count(Department.id)).where(Department.parent_id == department.id)


def _people(department: Department) -> Select:
    return select(func.count(Account.id)).where(Account.department_id == department.id)


def _assignments(department: Department) -> Select:
    assigned = (ResponsibleOffice.office_id == department.id) | (ResponsibleOffice.bureau_id == department.id)
    return select(func.count(ResponsibleOffice.id)).where(assigned)


def _open_reviews(department: Department) -> Select:
    return select(func.count(Declaration.id)).where(
        Declaration.office_id == department.id, Declaration.state == DeclarationState.IN_REVIEW
    )


def _letters(department: Department) -> Select:
    own = (Letter.bureau_id == department.id) | (Letter.office_id == department.id)
    return select(func.count(Letter.id)).where(own)


def _articles(department: Department) -> Select:
    return select(func.count(Article.id)).where(Article.bureau_id == department.id)


def remove_department(department: Department, *, by: Account, at: datetime) -> None:
    """Delete a department on which nothing hangs."""
    require_removable(department)
    db.session.execute(delete(LetterTemplate).where(LetterTemplate.bureau_id == department.id))
    audit.record("remove", department, by=by, at=at, detail={"name": department.name})
    db.session.delete(department)
    db.session.flush()
