"""The forms of 人员管理: what an official's card asks for, and what an administrator may give."""

from typing import Any

from flask import g, url_for
from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import and_, or_
from sqlalchemy.sql import ColumnElement
from wtforms import PasswordField, RadioField, SelectField, StringField
from wtforms.validators import Length, Optional, Regexp

from .. import roles
from ..models import Account, Department, IdKind, Region
from ..services import people
from ..services.people import CARD, KIND_LABELS
from .department_tree import TreeField
from .filters import Filter
from .model_forms import EnumField, Filled

ROLE_LABELS = {
    **KIND_LABELS,
    roles.OFFICE_LEADER: _("地市-处室-领导"),
    roles.CITY_OFFICER: _("地市-处室-经办"),
}
EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+$"


def grantable_kinds() -> list[tuple[str, Any]]:
    """Return (role, label) of the user kinds that the administrator of this request may give."""
    return [(name, KIND_LABELS[name]) for name in people.grantable_roles(g.user)]


def kinds_fitting(person: Account) -> list[tuple[str, Any]]:
    """Return (role, label) of the roles that sit where the person's own role sits."""
    granted = people.grantable_roles(g.user)
    own = {granted[name] for name in person.role_names if name in granted}
    return [(name, ROLE_LABELS[name]) for name, place in granted.items() if place in own]


def places() -> list[ColumnElement]:
    """Narrow departments to those where somebody may be placed: the right level, bureau or office."""
    fitting = [
        and_(
            Department.kind == kind,
            Department.region.has(Region.kind.in_(people.kinds_of_level(level))),
        )
        for level, kind in set(people.grantable_roles(g.user).values())
    ]
    return [or_(*fitting)] if fitting else [Department.id.is_(None)]


class KindFilter(Filter):
    """One of the kinds of user that the administrator manages."""

    kind = "choice"

    @property
    def choices(self) -> list[tuple[str, Any]]:
        return grantable_kinds()

    def condition(self, values: dict[str, str]) -> ColumnElement[bool] | None:
        asked = values[self.name]
        return self.attribute.any(Role.name == asked) if asked in dict(self.choices) else None


class KindWhereItMatters(FlaskForm):
    """Where there is one kind of user only, nobody is asked for it."""

    def __init__(self, *args: Any, obj: Account | None = None, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        kinds = dict(grantable_kinds())
        if len(kinds) == 1:
            del self.role
        elif obj is not None and not self.is_submitted():
            self.role.data = _own_kind(obj)

    def beside_columns(self, person: Account) -> dict[str, Any]:
        """Return what is no column of the row, and yet may be changed by somebody else meanwhile."""
        return {"role": _own_kind(person)} if "role" in self else {}


def _own_kind(person: Account) -> str:
    return next((name for name, _label in grantable_kinds() if name in person.role_names), "")


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
    "department": TreeField(
        _("选择部门"), [Filled()], model=Department, narrow=places, purpose="person",
        options_url=lambda: url_for("PersonAdmin.options", column="department"),
        description=_("科室领导和成员选到科室；区县、地市管理员选主管部门本身。"),
    ),
    "email": StringField(
        _("邮箱"),
        [Optional(), Length(max=120), Regexp(EMAIL, message=_("邮箱格式有误，请核对。"))],
        filters=[lambda value: (value or "").strip() or None],
    ),
}  # fmt: skip
EDIT_FIELDS = {
    **CARD_FIELDS,
    "role": SelectField(_("用户类型"), [Filled()], choices=lambda: [("", _("请选择")), *grantable_kinds()]),
}
NEW_FIELDS = {
    **EDIT_FIELDS,
    "username": StringField(
        _("登录用户名"), [Optional(), Length(max=30)], render_kw={"maxlength": 30, "autocomplete": "off"},
        filters=[lambda value: (value or "").strip()],
        description=_("2-30 位中文、字母、数字或下划线；留空则用手机号码，设定后不再修改。"),
    ),
    "initial_password": PasswordField(
        _("初始密码"), [Optional()], render_kw={"autocomplete": "new-password"},
        description=_("8-19 位，含数字、大小写字母、符号中的至少两类；留空则由系统生成，保存后显示一次。"),
    ),
}  # fmt: skip


def card_of(form: FlaskForm) -> dict[str, Any]:
    """Return what the form says of the person besides name and department."""
    card = {name: form[name].data for name in CARD}
    return card | {name: form[name].data for name in ("mobile", "id_kind", "id_number")}
