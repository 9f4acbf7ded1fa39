"""The department tree of a bureau: bureaus and their offices."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NoReturn

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from ..errors import Invalid
from ..extensions import db
from ..models import (
    Account,
    Declaration,
    DeclarationState,
    Department,
    DepartmentKind,
    Region,
    RegionKind,
    ResponsibleOffice,
    RouteStep,
    Site,
)
from ..permissions import get_visible
from . import audit


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
    audit.record("add", department, by=by, at=at, detail={"name": name})
    return department


def _region_of(kind: DepartmentKind, parent: Department | None, region: Region | None) -> int:
    """Return the region of a new department: a bureau's lies right below its parent's and has no other bureau."""
    if kind is DepartmentKind.OFFICE:
        return parent.region_id
    if region is None:
        _refuse("region", _("请选择该主管部门所属的地区。"))
    if parent is not None and region.parent_id != parent.region_id:
        _refuse("region", _("所属地区须是上级部门所在地区的下一级，请重新选择。"))
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
) -> None:
    """Change a department; raises Invalid when the name is taken or the own one is switched off."""
    if not enabled and by.department is not None and by.department.path.startswith(department.path):
        _refuse("enabled", _("不能停用您自己所在的部门或其上级部门。"))
    department.name = _free_name(name, department.site_id, department.parent_id, but=department.id)
    department.head, department.position, department.enabled = head, position, enabled
    department.description = description
    audit.record("change", department, by=by, at=at, detail={"name": department.name, "enabled": enabled})


def in_tree_order(nodes: Iterable[tuple[int, int | None, int]]) -> list[int]:
    """Return the ids of (id, parent id, position) so that each parent stands right before its children.

    A node whose parent is not among them is a root.
    """
    children: dict[int | None, list[tuple[int, int]]] = {}
    nodes = list(nodes)
    known = {node_id for node_id, _parent, _position in nodes}
    for node_id, parent_id, position in nodes:
        children.setdefault(parent_id if parent_id in known else None, []).append((position, node_id))
    ordered, ahead = [], sorted(children.get(None, ()), reverse=True)
    while ahead:
        _position, node_id = ahead.pop()
        ordered.append(node_id)
        ahead.extend(sorted(children.get(node_id, ()), reverse=True))
    return ordered


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


def require_removable(department: Department) -> None:
    """Raise Invalid with the reason while people, departments, assignments or reviews hang on a department."""
    counts = (
        (select(func.count(Department.id)).where(Department.parent_id == department.id), _("个下级部门")),
        (select(func.count(Account.id)).where(Account.department_id == department.id), _("名人员")),
        (
            select(func.count(ResponsibleOffice.id)).where(
                (ResponsibleOffice.office_id == department.id) | (ResponsibleOffice.bureau_id == department.id)
            ),
            _("个责任科室设置"),
        ),
        (
            select(func.count(Declaration.id)).where(
                Declaration.office_id == department.id, Declaration.state == DeclarationState.IN_REVIEW
            ),
            _("个在办项目"),
        ),
    )
    for query, what in counts:
        number = db.session.scalar(query)
        if number:
            raise Invalid(
                _(
                    "“%(name)s”下还有 %(number)s %(what)s，不能删除，请先调整。",
                    name=department.name,
                    number=number,
                    what=what,
                )
            )
    worked_here = (RouteStep.office_id == department.id) | (RouteStep.bureau_id == department.id)
    if db.session.scalars(select(RouteStep.id).where(worked_here).limit(1)).first():
        raise Invalid(_("“%(name)s”办理过申报项目，须保留办理记录，只能停用，不能删除。", name=department.name))


def remove_department(department: Department, *, by: Account, at: datetime) -> None:
    """Delete a department on which nothing hangs."""
    require_removable(department)
    audit.record("remove", department, by=by, at=at, detail={"name": department.name})
    db.session.delete(department)
    db.session.flush()
