"""The department tree of a bureau: bureaus and their offices."""

from datetime import datetime

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
    description: str | None = None,
) -> Department:
    """Add a department below `parent`; an office belongs to its parent's region. Raises NotFound or Invalid."""
    if by is not None:
        get_visible(Department, parent.id, by)
    region_id = region.id if region else parent.region_id
    site_id = parent.site_id if parent else region.site_id
    name = _free_name(name, site_id, parent.id if parent else None)
    if parent is not None and parent.kind is DepartmentKind.OFFICE:
        raise Invalid(_("科室下不能再设部门，请在主管部门下添加。"))
    department = Department(
        site_id=site_id, region_id=region_id, parent=parent, path="", name=name, kind=kind,
        head=head, position=position, enabled=True, description=description,
    )  # fmt: skip
    db.session.add(department)
    db.session.flush()
    department.path = f"{parent.path if parent else '/'}{department.id}/"
    db.session.flush()
    audit.record("add", department, by=by, at=at, detail={"name": name})
    return department


def change_department(department: Department, *, by: Account, at: datetime) -> None:
    """Check and note an edit made on screen; raises Invalid when the name is taken."""
    department.name = _free_name(department.name, department.site_id, department.parent_id, but=department.id)
    audit.record("change", department, by=by, at=at, detail={"name": department.name, "enabled": department.enabled})


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


def remove_department(department: Department, *, by: Account, at: datetime) -> None:
    """Delete a department on which nothing hangs."""
    require_removable(department)
    audit.record("remove", department, by=by, at=at, detail={"name": department.name})
    db.session.delete(department)
    db.session.flush()
