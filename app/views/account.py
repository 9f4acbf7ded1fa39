"""我的账户: the own card, password, last log-ins and open sessions, for everybody who is logged in."""

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from ..errors import DomainError
from ..extensions import db, limiter
from ..security import begin_session, end_session
from ..services import own_account
from ..services.passwords import SIGNS
from ..services.sign_on import first_passwords, identities
from .base import ScopedView, allowed
from .login import log_in_rate

LOG_IN_RESULTS = {
    None: (_("成功"), "ok"),
    "Invalid": (_("密码不正确"), "warn"),
    "TooManyAttempts": (_("多次失败，暂时锁定"), "stop"),
    "Forbidden": (_("账号停用或锁定"), "stop"),
    "CodeAsked": (_("密码正确，待短信验证"), "wait"),
    "WrongCode": (_("短信验证码不正确"), "warn"),
}
FAILED = (_("未成功"), "warn")


class CardForm(FlaskForm):
    """What people change of themselves."""

    name = StringField(_("姓名"), [InputRequired(_("请填写姓名")), Length(max=64)])
    email = StringField(_("邮箱"), [Length(max=120)], description=_("用于接收邮件通知"))


class NewPasswordForm(FlaskForm):
    """A new password twice."""

    new_password = PasswordField(
        _("新密码"), [InputRequired(_("请输入新密码")), Length(max=128)],
        description=_(
            "8-19 位，须包含数字、小写字母、大写字母、符号（%(signs)s）中的至少两类，不能与最近 5 次用过的密码相同",
            signs=SIGNS,
        ),
        render_kw={"autocomplete": "new-password"},
    )  # fmt: skip
    again = PasswordField(
        _("确认密码"),
        [InputRequired(_("请再次输入新密码")), EqualTo("new_password", _("两次输入的新密码不一致"))],
        render_kw={"autocomplete": "new-password"},
    )


class PasswordForm(NewPasswordForm):
    """The old password, and the new one twice."""

    old_password = PasswordField(
        _("旧密码"), [InputRequired(_("请输入旧密码")), Length(max=128)],
        render_kw={"autocomplete": "current-password"},
    )  # fmt: skip
    field_order = ("csrf_token", "old_password", "new_password", "again")

    def __iter__(self):
        return (self[name] for name in self.field_order if name in self)


class AccountView(ScopedView):
    """`/account/`: nothing here takes an id, everybody works on the own account alone."""

    route_base = "/account"

    @expose("/")
    @allowed("read")
    def index(self):
        """Show who one is here and when one logged in last."""
        return self.render_template(
            "account/index.html",
            title=gettext("我的账户"),
            account=g.user,
            roles=own_account.role_labels(g.user),
            enterprises=own_account.enterprises_of(g.user),
            identities=identities.identities_of(g.user),
            has_no_password=first_passwords.has_none(g.user),
            log_ins=own_account.log_ins_of(g.user),
            result_of=lambda event: LOG_IN_RESULTS.get(event.reason, FAILED),
        )

    @expose("/edit", methods=["GET", "POST"])
    @allowed("read")
    def edit(self):
        """Change the own name and e-mail address."""
        form = CardForm(obj=g.user)
        if form.validate_on_submit():
            try:
                own_account.change_card(g.user, name=form.name.data, email=form.email.data or "", at=g.arrived_at)
            except DomainError as refusal:
                db.session.rollback()
                return self._form(form, gettext("修改个人信息"), refusal)
            db.session.commit()
            flash(gettext("个人信息已保存"), "success")
            return redirect(url_for("AccountView.index"))
        return self._form(form, gettext("修改个人信息"))

    @expose("/password", methods=["GET", "POST"])
    @limiter.limit(log_in_rate, methods=["POST"])
    @allowed("read")
    def password(self):
        """Change the own password; this session goes on, all others end."""
        if first_passwords.has_none(g.user):
            return redirect(url_for("BoundIdentityView.password"))
        form = PasswordForm()
        if not form.validate_on_submit():
            return self._form(form, gettext("修改密码"))
        try:
            own_account.change_password(g.user, form.old_password.data, form.new_password.data, at=g.arrived_at)
        except DomainError as refusal:
            db.session.commit()  # a wrong old password counts
            return self._form(form, gettext("修改密码"), refusal)
        db.session.commit()
        begin_session(g.user)
        flash(gettext("密码已修改，其他设备上的登录已失效"), "success")
        return redirect(url_for("AccountView.index"))

    @expose("/sign-out", methods=["POST"])
    @allowed("read")
    def sign_out(self):
        """Log out everywhere."""
        own_account.end_all_sessions(g.user, at=g.arrived_at)
        db.session.commit()
        end_session()
        flash(gettext("已退出所有设备，请重新登录"), "success")
        return redirect(url_for("LoginView.login"))

    def _form(self, form: FlaskForm, title: str, refusal: DomainError | None = None):
        if refusal is not None:
            put_refusal(refusal, form)
        page = self.render_template("account/form.html", title=title, form=form, back=url_for("AccountView.index"))
        status = refusal.status if refusal else (422 if request.method == "POST" else 200)
        return page, status


def put_refusal(refusal: DomainError, form: FlaskForm) -> None:
    """Put the sentence at its field, or at the first one."""
    fields = refusal.details.get("fields") or {next(iter(form)).name: refusal.message}
    for name, message in fields.items():
        form[name].errors = [str(message)]
