"""部门管理: the department tree of the own bureau and of the bureaus below it, and the department chosen in it."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, g, jsonify, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import and_, func, select
from sqlalchemy.orm import joinedload
from sqlalchemy.sql import ColumnElement
from wtforms.validators import Optional

from ..errors import Invalid
from ..extensions import db
from ..models import Account, Department, DepartmentKind, Region
from ..permissions import bureau_of
from ..services import departments
from .base import ScopedInterface, ScopedModelView, allowed, came_from, here
from .department_tree import FOUND, Node, TreeField, find_named, full_name, read_levels, read_tree
from .model_forms import EnumField, Filled, RelationField
from .people_forms import places

LONGEST_SEARCH = 60


class OwnLevel(FlaskForm):
    """What the person may not choose is left out: kinds of bureaus for a county, a parent for the own bureau."""

    def __init__(self, *args: Any, obj: Department | None = None, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        if "kind" in self and not departments.adds_bureaus(g.user):
            del self.kind, self.region
        if obj is not None and obj.id == bureau_of(g.user).id:
            del self.parent


def regions_without_bureau() -> list[ColumnElement]:
    """Narrow regions to those below the own one that have no bureau yet."""
    taken = select(Department.region_id).where(Department.kind == DepartmentKind.BUREAU)
    own = g.user.department.region
    return [Region.path.startswith(own.path, autoescape=True), Region.id != own.id, Region.id.not_in(taken)]


def bureaus() -> list[ColumnElement]:
    """Narrow departments to those under which others may stand."""
    return [Department.kind == DepartmentKind.BUREAU]


PICKED = {"parent": bureaus, "person": places}  # what the tree offers, by what it is opened for
PARENT = TreeField(_("上级部门"), [Filled()], model=Department, narrow=bureaus, purpose="parent",
                   options_url=lambda: url_for("DepartmentAdmin.options", column="parent"))  # fmt: skip


class DepartmentAdmin(ScopedModelView):
    """Departments as a tree; offices are added under bureaus, bureaus of the regions below under the own one."""

    datamodel = ScopedInterface(Department)
    route_base = "/departments"
    list_template = "departments/list.html"
    add_template = "departments/form.html"
    edit_template = "departments/form.html"
    noun = _("部门")
    heading = _("部门管理")
    purpose = _("维护本单位的科室和下级主管部门；申报项目按责任科室流转，请与实际机构设置保持一致。")
    base_permissions = ["can_list", "can_add", "can_edit", "can_delete"]
    list_columns = ["name", "kind", "parent", "region", "head", "position", "enabled", "description"]
    show_columns = ["name"]
    search_columns = ["name"]
    add_columns = ["name", "parent", "kind", "region", "head", "position", "enabled", "description"]
    edit_columns = ["name", "parent", "head", "position", "enabled", "description"]
    order_columns: list[str] = []
    base_order = ("id", "asc")
    label_columns = {
        "name": _("部门名称"),
        "kind": _("类别"),
        "parent": _("上级部门"),
        "region": _("所属地区"),
        "head": _("负责人"),
        "position": _("排序号"),
        "enabled": _("是否启用"),
        "description": _("描述"),
    }
    description_columns = {
        "position": _("同级部门按排序号从小到大排列。"),
        "enabled": _("停用后不能再设为责任科室，已在办理的项目不受影响。"),
    }
    add_form_extra_fields = {
        "parent": PARENT,
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
    edit_form_extra_fields = {"parent": PARENT}

    # ------------------------------------------------------------ the tree and what is chosen in it

    @expose("/")
    @allowed("list")
    def list(self):
        """Show the tree down to the chosen department, and the department itself."""
        text = request.args.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
        found = find_named(text) if text else []
        chosen = self._chosen(request.args.get("at"))
        return self.render_template(
            self.list_template,
            title=self.heading,
            text=text,
            found=found[:FOUND],
            found_more=len(found) > FOUND,
            tree=None if text else read_tree(chosen),
            chosen=chosen,
            facts=self._facts(chosen),
            people=_count_people(chosen),
            adds_bureaus=departments.adds_bureaus(g.user),
            is_own=chosen.id == bureau_of(g.user).id,
            here=here(),
            node_url=lambda node: url_for("DepartmentAdmin.list", at=node.id),
        )

    def _chosen(self, key: str | None) -> Department:
        loaded = (joinedload(Department.parent), joinedload(Department.region))
        return self.datamodel.find(key or bureau_of(g.user).id, options=loaded) or abort(404)

    def _facts(self, chosen: Department) -> list[tuple[Any, Any]]:
        return [(self.label_columns[name], self._cell(name)(chosen)) for name in self.list_columns]

    @expose("/branch/<pk>")
    @allowed("list")
    def branch(self, pk) -> Response:
        """Return a department and those right below it as JSON, with which of them may be picked."""
        department = self._find(pk)
        pickable = and_(*PICKED.get(request.args.get("purpose"), bureaus)())
        may_pick = self.datamodel.find(department.id, pickable) is not None
        return jsonify(
            id=department.id,
            name=department.name,
            pickable=may_pick,
            children=[_as_json(node) for node in read_levels([department.id], pickable=pickable)],
        )

    def narrow(self, column: str) -> list[ColumnElement]:
        """Offer bureaus as parents, and regions below the own one that have no bureau yet."""
        return bureaus() if column == "parent" else regions_without_bureau()

    def option_text(self, column: str, row: Any) -> str:
        return full_name(row) if column == "parent" else str(row)

    # ------------------------------------------------------------ verbs

    def create(self, form: FlaskForm) -> Department:
        return departments.add_department(
            form.parent.data, form.name.data, form.kind.data if "kind" in form else DepartmentKind.OFFICE,
            region=form.region.data if "region" in form else None, head=form.head.data,
            position=form.position.data, enabled=form.enabled.data, description=form.description.data,
            by=g.user, at=g.arrived_at,
        )  # fmt: skip

    def change(self, item: Department, form: FlaskForm) -> Department:
        parent = form.parent.data if "parent" in form else None
        departments.change_department(item, parent=parent, **_typed(form), by=g.user, at=g.arrived_at)
        return item

    def remove(self, item: Department) -> None:
        departments.remove_department(item, by=g.user, at=g.arrived_at)

    def after_save(self, item: Department) -> str:
        """Go on to the next form, or to the saved department in the tree."""
        if "again" in request.form:
            return url_for("DepartmentAdmin.add", parent=item.parent_id, back=came_from(self._list_url()))
        return url_for("DepartmentAdmin.list", at=item.id)

    @expose("/delete/<pk>", methods=["GET", "POST"])
    @allowed("delete")
    def delete(self, pk):
        """Say why not before asking; then ask, then delete and go on with the parent."""
        item = self._find(pk)
        parent_id = item.parent_id
        if request.method != "POST":
            try:
                departments.require_removable(item)
            except Invalid as refusal:
                flash(str(refusal), "danger")
                return redirect(came_from(self._list_url()))
        answer = super().delete(pk)
        if request.method == "POST" and self.datamodel.find(pk) is None:  # the way back led to what is gone
            return redirect(url_for("DepartmentAdmin.list", at=parent_id))
        return answer

    def _take_relations_from_url(self, form: FlaskForm) -> None:
        super()._take_relations_from_url(form)
        form.parent.data = form.parent.data or bureau_of(g.user)
        form.position.data = departments.next_position(form.parent.data)

    def _form_class(self, columns: list[str], extra: Any) -> type[FlaskForm]:
        form = super()._form_class(columns, extra)
        return type(form.__name__, (OwnLevel, form), {})


def _count_people(department: Department) -> int:
    return db.session.scalar(select(func.count(Account.id)).where(Account.department_id == department.id)) or 0


def _as_json(node: Node) -> dict[str, Any]:
    return {"id": node.id, "name": node.name, "open": node.has_children, "pickable": node.pickable}


def _typed(form: FlaskForm) -> dict[str, Any]:
    return {name: form[name].data for name in ("name", "head", "position", "enabled", "description")}
