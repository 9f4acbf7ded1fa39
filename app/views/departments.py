"""部门管理: the department tree of the own bureau and of the bureaus below it."""

from collections.abc import Iterable
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from markupsafe import Markup
from sqlalchemy import Select, func, select
from sqlalchemy.sql import ColumnElement
from wtforms.validators import Optional

from .. import roles
from ..errors import Invalid
from ..models import Account, Department, DepartmentKind, Region
from ..permissions import bureau_of, holds, visible
from ..services import departments
from .base import ScopedInterface, ScopedModelView, allowed, came_from
from .model_forms import EnumField, Filled, RelationField
from .paging import Order, Page, Place

DEEPEST = 4  # indentation stops here: province, city, county, office


class TreePage(Page):
    """A page of the tree; its total is exact, since the whole order is known."""

    bounded = False


class DepartmentTree(ScopedInterface):
    """Departments in the order of the tree: each bureau right before its offices and the bureaus below it."""

    def page(self, statement: Select, order: Order, place: Place, total: int | None = None) -> Page:
        """Return one page in tree order; four narrow statements whatever the size of the tree."""
        nodes = select(Department.id, Department.parent_id, Department.position).where(visible(Department, g.user))
        wanted = set(self.session.scalars(statement.with_only_columns(Department.id)))
        ordered = [i for i in departments.in_tree_order(self.session.execute(nodes)) if i in wanted]
        number = min(max(place.number, 1), max(1, -(-len(ordered) // place.size)))
        rows = self._rows(statement, ordered[(number - 1) * place.size : number * place.size])
        return TreePage(rows, place, len(ordered), number=number, has_previous=number > 1)

    def _rows(self, statement: Select, ids: list[int]) -> list[Department]:
        found = {d.id: d for d in self.session.scalars(statement.where(Department.id.in_(ids))).unique()}
        g.people_of_departments = _count_people(self.session, ids)
        return [found[i] for i in ids]


def _count_people(session: Any, ids: Iterable[int]) -> dict[int, int]:
    query = select(Account.department_id, func.count()).where(Account.department_id.in_(ids))
    return dict(session.execute(query.group_by(Account.department_id)).all())


class OwnLevel(FlaskForm):
    """A county's administrator adds offices only, so what tells bureaus apart is left out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kind" in self and not adds_bureaus():
            del self.kind, self.region


def adds_bureaus() -> bool:
    """Tell whether the person administers bureaus of other regions, too."""
    return holds(g.user, roles.PROVINCE_ADMINISTRATOR, roles.CITY_ADMINISTRATOR)


def regions_without_bureau() -> list[ColumnElement]:
    """Narrow regions to those below the own one that have no bureau yet."""
    taken = select(Department.region_id).where(Department.kind == DepartmentKind.BUREAU)
    own = g.user.department.region
    return [Region.path.startswith(own.path, autoescape=True), Region.id != own.id, Region.id.not_in(taken)]


class DepartmentAdmin(ScopedModelView):
    """Departments as a tree; offices are added under bureaus, bureaus of the regions below under the own one."""

    datamodel = DepartmentTree(Department)
    route_base = "/departments"
    list_template = "departments/list.html"
    add_template = "departments/add.html"
    noun = _("部门")
    heading = _("部门管理")
    purpose = _("维护本单位的科室和下级主管部门；申报项目按责任科室流转，请与实际机构设置保持一致。")
    empty_hint = _("请点击“新增部门”添加本单位的科室。")
    base_permissions = ["can_list", "can_add", "can_edit", "can_delete"]
    list_columns = ["name", "kind", "parent", "region", "head", "position", "people", "enabled"]
    show_columns = ["name"]
    search_columns = ["name", "kind", "enabled"]
    add_columns = ["name", "parent", "kind", "region", "head", "position", "enabled", "description"]
    edit_columns = ["name", "head", "position", "enabled", "description"]
    order_columns: list[str] = []
    base_order = ("id", "asc")
    page_size = 50
    label_columns = {
        "name": _("部门名称"),
        "kind": _("类别"),
        "parent": _("上级部门"),
        "region": _("所属地区"),
        "head": _("负责人"),
        "position": _("排序号"),
        "people": _("人员"),
        "enabled": _("是否启用"),
        "description": _("描述"),
    }
    description_columns = {
        "position": _("同级部门按排序号从小到大排列。"),
        "enabled": _("停用后不能再设为责任科室，已在办理的项目不受影响。"),
    }
    add_form_extra_fields = {
        "kind": EnumField(
            _("类别"),
            members=DepartmentKind,
            default=DepartmentKind.OFFICE,
            validators=[Filled()],
            description=_("主管部门指市、县（区）工信部门；科室（处室、股室）设在主管部门之下。"),
        ),
        "region": RelationField(
            _("所属地区"),
            [Optional()],
            model=Region,
            narrow=regions_without_bureau,
            options_url=lambda: url_for("DepartmentAdmin.options", column="region"),
            description=_("新增下级主管部门时选择；科室随上级部门，无需选择。"),
        ),
    }

    def narrow(self, column: str) -> list[ColumnElement]:
        """Offer bureaus as parents, and regions below the own one that have no bureau yet."""
        if column == "parent":
            return [Department.kind == DepartmentKind.BUREAU]
        return regions_without_bureau()

    def row_url(self, row: Department) -> str:
        return self._address("edit", row)

    def cell_name(self, row: Department) -> Markup:
        """Indent by level below the own bureau."""
        level = row.path.count("/") - bureau_of(g.user).path.count("/")
        return Markup('<span class="tree-level-{}">{}</span>').format(min(level, DEEPEST), row.name)

    def cell_people(self, row: Department) -> Any:
        """Lead to the people of the department."""
        count = g.people_of_departments.get(row.id, 0)
        if not count:
            return "0"
        address = url_for("PersonAdmin.list", department=row.id)
        return Markup('<a href="{}">{}</a>').format(address, count)

    def create(self, form: FlaskForm) -> Department:
        return departments.add_department(
            form.parent.data, form.name.data, form.kind.data if "kind" in form else DepartmentKind.OFFICE,
            region=form.region.data if "region" in form else None, head=form.head.data,
            position=form.position.data, enabled=form.enabled.data, description=form.description.data,
            by=g.user, at=g.arrived_at,
        )  # fmt: skip

    def change(self, item: Department, form: FlaskForm) -> Department:
        departments.change_department(item, **_typed(form), by=g.user, at=g.arrived_at)
        return item

    def remove(self, item: Department) -> None:
        departments.remove_department(item, by=g.user, at=g.arrived_at)

    def after_save(self, item: Department) -> str:
        if "again" in request.form:
            return url_for("DepartmentAdmin.add", parent=item.parent_id, back=came_from(self._list_url()))
        return super().after_save(item)

    @expose("/delete/<pk>", methods=["GET", "POST"])
    @allowed("delete")
    def delete(self, pk):
        """Say why not before asking; then ask, then delete."""
        if request.method == "GET":
            try:
                departments.require_removable(self._find(pk))
            except Invalid as refusal:
                flash(str(refusal), "danger")
                return redirect(came_from(self._list_url()))
        return super().delete(pk)

    def _take_relations_from_url(self, form: FlaskForm) -> None:
        super()._take_relations_from_url(form)
        form.parent.data = form.parent.data or bureau_of(g.user)

    def _form_class(self, columns: list[str], extra: Any) -> type[FlaskForm]:
        form = super()._form_class(columns, extra)
        return type(form.__name__, (OwnLevel, form), {})


def _typed(form: FlaskForm) -> dict[str, Any]:
    return {name: form[name].data for name in ("name", "head", "position", "enabled", "description")}
