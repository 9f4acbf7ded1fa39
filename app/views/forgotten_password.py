"""忘记密码: name and picture first, then the code from the phone and a new password."""

from flask import flash, g, redirect, request, session, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from ..errors import DomainError
from ..extensions import db, limiter
from ..services import forgotten_passwords
from .account import NewPasswordForm, put_refusal
from .base import ScopedView
from .captcha import CaptchaForm
from .login import log_in_rate

NAME = "forgotten_name"


class NameForm(CaptchaForm):
    """Whose password, and the picture."""

    username = StringField(_("用户名、手机号码或统一社会信用代码"), [InputRequired(_("请输入用户名")), Length(max=120)])


class CodeForm(NewPasswordForm):
    """The code from the phone, and the new password twice."""

    code = StringField(
        _("短信验证码"), [InputRequired(_("请输入短信验证码")), Length(max=12)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )  # fmt: skip


class ForgottenPasswordView(ScopedView):
    """Public; answers alike whether or not there is such an account."""

    route_base = "/forgotten-password"

    @expose("/", methods=["GET", "POST"])
    @limiter.limit(log_in_rate, methods=["POST"])
    def index(self):
        """Ask for the name, and send a code."""
        form = NameForm()
        if not form.validate_on_submit():
            return self._page("index", form)
        try:
            form.require_answer(g.arrived_at)
            forgotten_passwords.ask_for_code(
                form.username.data, site_id=g.site.id, origin=request.remote_addr, at=g.arrived_at
            )
        except DomainError as refusal:
            db.session.commit()  # the picture is used up
            return self._page("index", form, refusal)
        db.session.commit()
        session[NAME] = form.username.data
        flash(gettext("如该账号存在且登记了手机号码，验证码已发送到该手机，5 分钟内有效。"), "info")
        return redirect(url_for("ForgottenPasswordView.code"))

    @expose("/code", methods=["GET", "POST"])
    @limiter.limit(log_in_rate, methods=["POST"])
    def code(self):
        """Ask for the code, and set the new password."""
        if not session.get(NAME):
            return redirect(url_for("ForgottenPasswordView.index"))
        form = CodeForm()
        if not form.validate_on_submit():
            return self._page("code", form)
        try:
            forgotten_passwords.set_password(
                session[NAME], form.code.data, form.new_password.data, site_id=g.site.id, at=g.arrived_at
            )
        except DomainError as refusal:
            db.session.commit()  # the try counts
            return self._page("code", form, refusal)
        db.session.commit()
        session.pop(NAME)
        flash(gettext("密码已重设，请用新密码登录"), "success")
        return redirect(url_for("LoginView.login"))

    def _page(self, step: str, form: FlaskForm, refusal: DomainError | None = None):
        if refusal is not None:
            put_refusal(refusal, form)
        page = self.render_template("login/forgotten.html", title=gettext("忘记密码"), form=form, step=step)
        return page, refusal.status if refusal else (422 if request.method == "POST" else 200)
