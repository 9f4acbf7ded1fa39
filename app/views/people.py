"""人员管理: officials of the own area, their kind of user, department, and whether they may log in."""

from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import selectinload
from sqlalchemy.sql import ColumnElement

from ..models import Account, IdKind
from ..services import passwords, people
from .base import ScopedInterface, ScopedModelView, allowed, came_from, show, tag
from .department_tree import full_name
from .people_actions import PersonActions
from .people_forms import (
    EDIT_FIELDS,
    KIND_LABELS,
    NEW_FIELDS,
    KindFilter,
    KindWhereItMatters,
    card_of,
    grantable_kinds,
    kinds_fitting,
    places,
)


class PersonAdmin(PersonActions, ScopedModelView):
    """Officials that the administrator manages: those of the own offices and the administrators one level below."""

    datamodel = ScopedInterface(Account)
    route_base = "/people"
    list_template = "people/list.html"
    add_template = "people/add.html"
    edit_template = "people/edit.html"
    noun = _("用户")
    heading = _("人员管理")
    purpose = _("管理本单位科室人员和下级管理员的账号；申报开始前请确认责任科室的领导和经办账号已启用。")
    empty_hint = _("请为科室人员开通账号，或下载模板批量导入。")
    subject = "first_name"
    base_permissions = ["can_list", "can_add", "can_edit", "can_delete"]
    list_columns = ["first_name", "id_kind", "id_number", "mobile", "kind", "department", "active", "locked"]
    show_columns = ["first_name"]
    search_columns = ["first_name", "mobile", "department", "id_number", "active", "locked"]
    order_columns = ["first_name"]
    base_order = ("id", "asc")
    add_columns = [
        "id_kind", "id_number", "first_name", "mobile", "role", "department", "landline", "email", "position", "active",
        "locked", "note", "username", "initial_password",
    ]  # fmt: skip
    edit_columns = [
        "id_kind", "id_number", "first_name", "mobile", "role", "department", "landline", "email", "position", "active",
        "locked", "note",
    ]  # fmt: skip
    label_columns = {
        "first_name": _("用户姓名"),
        "username": _("登录用户名"),
        "initial_password": _("初始密码"),
        "id_kind": _("身份证明"),
        "id_number": _("证件号码"),
        "mobile": _("手机号码"),
        "kind": _("用户类型"),
        "role": _("用户类型"),
        "department": _("部门"),
        "landline": _("座机号码"),
        "email": _("邮箱"),
        "position": _("职务"),
        "active": _("是否启用"),
        "locked": _("是否锁定"),
        "note": _("备注"),
    }
    description_columns = {
        "active": _("停用后不能登录，已登录的立即退出。"),
        "locked": _("锁定后不能登录，已登录的立即退出。"),
    }
    add_form_extra_fields = NEW_FIELDS
    edit_form_extra_fields = EDIT_FIELDS

    # ------------------------------------------------------------ whose rows, and how they read

    def conditions(self) -> list[ColumnElement]:
        """Show those whom the administrator may manage, and never the administrator."""
        managed = Account.roles.any(Role.name.in_(people.grantable_roles(g.user)))
        return [managed, Account.id != g.user.id]

    def narrow(self, column: str) -> list[ColumnElement]:
        return places() if column == "department" else []

    def option_text(self, column: str, row: Any) -> str:
        return full_name(row)

    def row_url(self, row: Account) -> str:
        return self._address("edit", row)

    def cell_kind(self, row: Account) -> str:
        return gettext("、").join(str(KIND_LABELS[name]) for name in sorted(row.role_names) if name in KIND_LABELS)

    def cell_id_number(self, row: Account) -> Any:
        """Show ID numbers by their ends only; the form shows them whole."""
        if row.id_kind is IdKind.ID_NUMBER and row.id_number:
            return f"{row.id_number[:4]}{'*' * 10}{row.id_number[-4:]}"
        return show(row.id_number)

    def cell_active(self, row: Account) -> Any:
        return tag(gettext("已启用"), "ok") if row.active else tag(gettext("已停用"), "wait")

    def cell_locked(self, row: Account) -> Any:
        return tag(gettext("已锁定"), "stop") if row.locked else show(False)

    def has_choice(self, row: Account) -> bool:
        """Tell whether there is another role to switch to."""
        return len(kinds_fitting(row)) > 1

    def _init_properties(self) -> None:
        super()._init_properties()
        self._loading = [*self._loading, selectinload(Account.roles)]
        self._filters_of_list.insert(2, KindFilter("kind", self.label_columns["kind"], Account.roles, lambda c: c))

    def _form_class(self, columns: list[str], extra: Any) -> type[FlaskForm]:
        form = super()._form_class(columns, extra)
        return type(form.__name__, (KindWhereItMatters, form), {})

    # ------------------------------------------------------------ verbs

    @expose("/add", methods=["GET", "POST"])
    @allowed("add")
    def add(self):
        """Show the empty form, or create a person; a drawn password is shown once."""
        form = self.add_form()
        if request.method != "POST":
            self._take_relations_from_url(form)
        if form.validate_on_submit():
            password = form.initial_password.data or passwords.new_password()
            person = self._commit(form, lambda: self._add_person(form, password))
            if person is not None:
                return self._saved(person, None if form.initial_password.data else password)
        return self._form_page(self.add_template, form, gettext("新增用户"))

    def add_label(self) -> str:
        """Return what the button above the list says: a county's administrator opens accounts of offices only."""
        return gettext("创建用户") if len(grantable_kinds()) > 1 else gettext("创建科室用户")

    def _add_person(self, form: FlaskForm, password: str) -> Account:
        role = form.role.data if "role" in form else grantable_kinds()[0][0]
        name = form.username.data or form.mobile.data.strip()
        return people.add_person(
            name, form.first_name.data.strip(), passwords.hash_strong(password), role, form.department.data,
            by=g.user, at=g.arrived_at, **card_of(form),
        )  # fmt: skip

    def change(self, item: Account, form: FlaskForm) -> Account:
        people.change_person(
            item, name=form.first_name.data.strip(), department=form.department.data,
            role=form.role.data if "role" in form else None, by=g.user, at=g.arrived_at, **card_of(form),
        )  # fmt: skip
        return item

    def remove(self, item: Account) -> None:
        people.remove_person(item, by=g.user, at=g.arrived_at)

    def after_save(self, item: Account) -> str:
        if "again" in request.form:
            return url_for("PersonAdmin.add", department=item.department_id, back=came_from(self._list_url()))
        return super().after_save(item)

    def _saved(self, person: Account, drawn: str | None):
        if drawn is None:
            flash(gettext("已保存"), "success")
            return redirect(self.after_save(person))
        return self._tell(person, drawn, gettext("账号已创建"))

    def _tell(self, person: Account, password: str, title: str):
        return self.render_template(
            "people/password_once.html", title=title, person=person, password=password, after=self.after_save(person)
        )
