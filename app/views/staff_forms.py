"""The forms of an enterprise's 人员管理."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from ..services import grants


class GrantsField(SelectMultipleField):
    """What an employee may do, one box a grant."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label, **options) -> None:
        options.setdefault("render_kw", {"class": "options-list"})
        super().__init__(label, choices=list(grants.LABELS.items()), **options)


class GrantsForm(FlaskForm):
    """What an employee may do."""

    granted = GrantsField(_("权限"), description=_("不勾选任何一项时，只能查看本单位的申报。"))


class EmployeeForm(FlaskForm):
    """A new employee."""

    name = StringField(_("姓名"), [InputRequired(_("请填写姓名")), Length(max=64)])
    username = StringField(
        _("登录用户名"), [InputRequired(_("请填写登录用户名")), Length(max=30)], render_kw={"autocomplete": "off"},
        description=_("2-30 位中文、字母、数字或下划线，设定后不再修改；初始密码由系统生成，保存后显示一次。"),
    )  # fmt: skip
    granted = GrantsField(_("权限"))


class HandOverForm(FlaskForm):
    """Who takes over, and the own password."""

    successor = SelectField(_("转让给"), [InputRequired(_("请选择接任的员工"))])
    password = PasswordField(
        _("您的登录密码"), [InputRequired(_("请输入您的登录密码")), Length(max=128)],
        render_kw={"autocomplete": "current-password"},
    )  # fmt: skip
