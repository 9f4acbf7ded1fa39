"""人员管理: officials of the own area, their kind of user, department, and whether they may log in."""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import and_, or_
from sqlalchemy.orm import selectinload
from sqlalchemy.sql import ColumnElement
from wtforms import PasswordField, RadioField, SelectField, StringField
from wtforms.validators import Length, Optional, Regexp

from .. import roles
from ..extensions import db
from ..models import Account, Department, IdKind, Region
from ..services import accounts
from .base import ScopedInterface, ScopedModelView, allowed, came_from, show, tag
from .model_forms import EnumField, Filled, RelationField

USER_KINDS = {
    roles.PROVINCE_OFFICER: _("省厅经办"),
    roles.CITY_ADMINISTRATOR: _("地市管理员"),
    roles.OFFICE_LEADER: _("地市科室领导"),
    roles.CITY_OFFICER: _("地市科室成员"),
    roles.COUNTY_ADMINISTRATOR: _("区县/镇街管理员"),
    roles.COUNTY_OFFICER: _("区县经办"),
}
ROLE_LABELS = {
    **USER_KINDS,
    roles.OFFICE_LEADER: _("地市-处室-领导"),
    roles.CITY_OFFICER: _("地市-处室-经办"),
}
CARD = ("mobile", "id_kind", "id_number", "landline", "email", "position", "note", "active", "locked")


def grantable_kinds() -> list[tuple[str, Any]]:
    """Return (role, label) of the user kinds that the administrator of this request may give."""
    return [(name, USER_KINDS[name]) for name in accounts.grantable_roles(g.user)]


def kinds_fitting(person: Account) -> list[tuple[str, Any]]:
    """Return (role, label) of the roles that sit where the person's own role sits."""
    granted = accounts.grantable_roles(g.user)
    own = {granted[name] for name in person.role_names if name in granted}
    return [(name, ROLE_LABELS[name]) for name, place in granted.items() if place in own]


def places() -> list[ColumnElement]:
    """Narrow departments to those where somebody may be placed: the right level, bureau or office."""
    fitting = [
        and_(
            Department.kind == kind,
            Department.region.has(Region.kind.in_(accounts.kinds_of_level(level))),
        )
        for level, kind in set(accounts.grantable_roles(g.user).values())
    ]
    return [or_(*fitting)] if fitting else [Department.id.is_(None)]


class KindWhereItMatters(FlaskForm):
    """Where there is one kind of user only, nobody is asked for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "role" in self and len(grantable_kinds()) == 1:
            del self.role


class RoleForm(FlaskForm):
    """分配角色."""

    role = RadioField(_("角色"), validators=[Filled()], render_kw={"class": "options-list"})


class PasswordForm(FlaskForm):
    """A new password, typed or drawn."""

    initial_password = PasswordField(
        _("新密码"),
        [Optional()],
        description=_("留空则由系统生成，保存后显示一次。"),
        render_kw={"autocomplete": "new-password"},
    )


CARD_FIELDS = {
    "first_name": StringField(_("用户姓名"), [Filled(), Length(max=64)], render_kw={"maxlength": 64}),
    "id_kind": EnumField(_("身份证明"), members=IdKind, validators=[Filled()]),
    "id_number": StringField(
        _("证件号码"), [Filled(), Length(max=40)], render_kw={"maxlength": 40},
        description=_("须与身份证明一致，否则将影响登录：粤政易账号或 18 位身份证号。"),
    ),
    "mobile": StringField(_("手机号码"), [Filled(), Length(max=20)], render_kw={"maxlength": 20, "inputmode": "tel"}),
    "department": RelationField(
        _("选择部门"), [Filled()], model=Department, narrow=places,
        options_url=lambda: url_for("PersonAdmin.options", column="department"),
        description=_("科室领导和成员选到科室；区县、地市管理员选主管部门本身。"),
    ),
    "email": StringField(
        _("邮箱"),
        [Optional(), Length(max=120), Regexp(r"[^@\s]+@[^@\s]+\.[^@\s]+$", message=_("邮箱格式有误，请核对。"))],
        filters=[lambda value: (value or "").strip() or None],
    ),
}  # fmt: skip


class PersonAdmin(ScopedModelView):
    """Officials that the administrator manages: those of the own offices and the administrators one level below."""

    datamodel = ScopedInterface(Account)
    route_base = "/people"
    list_template = "people/list.html"
    add_template = "people/add.html"
    edit_template = "people/edit.html"
    noun = _("用户")
    heading = _("人员管理")
    purpose = _("管理本单位科室人员和下级管理员的账号；申报开始前请确认责任科室的领导和经办账号已启用。")
    empty_hint = _("请点击“新增用户”为科室人员开通账号。")
    subject = "first_name"
    base_permissions = ["can_list", "can_add", "can_edit", "can_delete"]
    list_columns = ["first_name", "id_kind", "id_number", "mobile", "kind", "department", "active", "locked"]
    show_columns = ["first_name"]
    search_columns = ["first_name", "mobile", "department", "id_number", "active", "locked"]
    order_columns = ["first_name"]
    base_order = ("id", "asc")
    add_columns = [
        "id_kind", "id_number", "first_name", "mobile", "role", "department", "username", "initial_password",
        "landline", "email", "position", "active", "locked", "note",
    ]  # fmt: skip
    edit_columns = [
        "id_kind", "id_number", "first_name", "mobile", "department", "landline", "email", "position", "active",
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
        "username": _("2-30 位中文、字母、数字或下划线，设定后不再修改。"),
        "active": _("停用后不能登录，已登录的立即退出。"),
        "locked": _("锁定后不能登录，已登录的立即退出。"),
    }
    add_form_extra_fields = {
        **CARD_FIELDS,
        "role": SelectField(_("用户类型"), [Filled()], choices=lambda: [("", _("请选择")), *grantable_kinds()]),
        "initial_password": PasswordField(
            _("初始密码"), [Optional()], render_kw={"autocomplete": "new-password"},
            description=_("8-19 位，含数字、大小写字母、符号中的至少两类；留空则由系统生成，保存后显示一次。"),
        ),
    }  # fmt: skip
    edit_form_extra_fields = CARD_FIELDS

    # ------------------------------------------------------------ whose rows, and how they read

    def conditions(self) -> list[ColumnElement]:
        """Show those whom the administrator may manage, and never the administrator."""
        managed = Account.roles.any(Role.name.in_(accounts.grantable_roles(g.user)))
        return [managed, Account.id != g.user.id]

    def narrow(self, column: str) -> list[ColumnElement]:
        return places() if column == "department" else []

    def option_text(self, column: str, row: Any) -> str:
        return f"{row.parent.name} / {row.name}" if row.kind.value == "office" and row.parent else row.name

    def row_url(self, row: Account) -> str:
        return self._address("edit", row)

    def cell_kind(self, row: Account) -> str:
        return gettext("、").join(str(USER_KINDS[name]) for name in sorted(row.role_names) if name in USER_KINDS)

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

    def _form_class(self, columns: list[str], extra: Any) -> type[FlaskForm]:
        form = super()._form_class(columns, extra)
        return type(form.__name__, (KindWhereItMatters, form), {})

    # ------------------------------------------------------------ verbs

    @expose("/add", methods=["GET", "POST"])
    @allowed("add")
    def add(self):
        """Show the empty form, or create a person; a drawn password is shown once."""
        form = self.add_form()
        if request.method == "GET":
            self._take_relations_from_url(form)
        if form.validate_on_submit():
            password = form.initial_password.data or accounts.new_password()
            person = self._commit(form, lambda: self._add_person(form, password))
            if person is not None:
                return self._saved(person, None if form.initial_password.data else password)
        return self._form_page(self.add_template, form, gettext("新增用户"))

    def _add_person(self, form: FlaskForm, password: str) -> Account:
        role = form.role.data if "role" in form else grantable_kinds()[0][0]
        return accounts.add_person(
            form.username.data, form.first_name.data.strip(), password, role, form.department.data,
            by=g.user, at=g.arrived_at, **_card(form),
        )  # fmt: skip

    def change(self, item: Account, form: FlaskForm) -> Account:
        accounts.change_person(
            item, name=form.first_name.data.strip(), department=form.department.data,
            by=g.user, at=g.arrived_at, **_card(form),
        )  # fmt: skip
        return item

    def remove(self, item: Account) -> None:
        accounts.remove_person(item, by=g.user, at=g.arrived_at)

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

    @expose("/role/<pk>", methods=["GET", "POST"])
    @allowed("edit")
    def role(self, pk):
        """Switch a person between the roles that fit the department (分配角色)."""
        person = self._find(pk, ["department"])
        form = RoleForm(role=next((r for r in person.role_names if r in USER_KINDS), None))
        form.role.choices = kinds_fitting(person)
        if len(form.role.choices) < 2:
            abort(404)
        if form.validate_on_submit() and self._commit(form, lambda: self._switch(person, form)) is not None:
            flash(gettext("已为“%(name)s”分配角色，其须重新登录", name=person.name), "success")
            return redirect(came_from(self._list_url()))
        return self._form_page("people/role.html", form, gettext("分配角色：%(name)s", name=person.name))

    def _switch(self, person: Account, form: RoleForm) -> Account:
        accounts.switch_role(person, form.role.data, by=g.user, at=g.arrived_at)
        return person

    @expose("/password/<pk>", methods=["GET", "POST"])
    @allowed("edit")
    def password(self, pk):
        """Give a person a new password, drawn and shown once unless it is typed."""
        person = self._find(pk, ["department"])
        form = PasswordForm()
        title = gettext("重置密码：%(name)s", name=person.name)
        if form.validate_on_submit():
            password = form.initial_password.data or accounts.new_password()
            if self._commit(form, lambda: self._reset(person, password)) is not None:
                if form.initial_password.data:
                    flash(gettext("已重置“%(name)s”的密码，其须重新登录", name=person.name), "success")
                    return redirect(came_from(self._list_url()))
                return self._tell(person, password, gettext("密码已重置"))
        return self._form_page("people/password.html", form, title)

    def _reset(self, person: Account, password: str) -> Account:
        accounts.reset_password(person, password, by=g.user, at=g.arrived_at)
        return person

    # ------------------------------------------------------------ actions on ticked rows

    @action("enable", _("启用"), _("启用后，下列人员可以登录："), single=False)
    def enable(self, people: list[Account]):
        """Switch accounts on."""
        return self._for_each(
            people, lambda p: accounts.set_enabled(p, True, by=g.user, at=g.arrived_at), gettext("启用")
        )

    @action("disable", _("停用"), _("停用后，下列人员立即退出且不能再登录："), single=False)
    def disable(self, people: list[Account]):
        """Switch accounts off."""
        return self._for_each(
            people, lambda p: accounts.set_enabled(p, False, by=g.user, at=g.arrived_at), gettext("停用")
        )

    @action("lock", _("锁定"), _("锁定后，下列人员立即退出且不能再登录："), single=False)
    def lock(self, people: list[Account]):
        """Lock accounts."""
        return self._for_each(
            people, lambda p: accounts.set_locked(p, True, by=g.user, at=g.arrived_at), gettext("锁定")
        )

    @action("unlock", _("解锁"), _("将解除下列人员的锁定，包括因多次输错密码造成的临时锁定："), single=False)
    def unlock(self, people: list[Account]):
        """Unlock accounts."""
        return self._for_each(
            people, lambda p: accounts.set_locked(p, False, by=g.user, at=g.arrived_at), gettext("解锁")
        )

    def _for_each(self, people: list[Account], verb: Callable[[Account], None], done: str):
        for person in people:
            verb(person)
        db.session.commit()
        flash(gettext("已%(done)s %(count)s 人", done=done, count=len(people)), "success")
        return redirect(came_from(self._list_url()))


def _card(form: FlaskForm) -> dict[str, Any]:
    return {name: form[name].data for name in CARD}
