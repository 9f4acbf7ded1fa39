"""Logging in and out."""

from datetime import datetime

from flask import current_app, flash, g, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from ..errors import DomainError
from ..extensions import db, limiter
from ..models import Account
from ..security import end_session
from ..services.log_in import prove_password
from .captcha import CaptchaForm
from .entering import enter_with_password, home
from .urls import safe_path


class LoginForm(CaptchaForm):
    """User name and password, the picture, and where to go afterwards."""

    username = StringField(_("用户名、手机号码或统一社会信用代码"), [InputRequired(_("请输入用户名")), Length(max=128)])
    password = PasswordField(_("密码"), [InputRequired(_("请输入密码")), Length(max=128)])
    next = HiddenField()

    def __init__(self, **values) -> None:
        super().__init__(**values)
        if not current_app.config["LOGIN_CAPTCHA"]:
            del self.captcha, self.captcha_id

    def prove(self, at: datetime) -> Account:
        """Return who it is; the picture is judged before anybody looks for a name, so it tells nothing of names."""
        if "captcha" in self:
            self.require_answer(at)
        return prove_password(
            self.username.data.strip(), self.password.data, site_id=g.site.id, at=at, address=request.remote_addr
        )


def log_in_rate() -> str:
    """Return how often one address may try passwords."""
    return current_app.config.get("LOGIN_RATE_LIMIT", "30 per minute")


class LoginView(BaseView):
    """The log-in page and the way out."""

    route_base = ""
    default_view = "login"

    @expose("/login/", methods=["GET", "POST"])
    @limiter.limit(log_in_rate, methods=["POST"])
    def login(self):
        """Show the log-in page, or log in."""
        if current_user.is_authenticated and request.method != "POST":
            return redirect(safe_path(request.args.get("next")) or home())
        form = LoginForm(next=safe_path(request.args.get("next")) or "")
        if not form.validate_on_submit():
            return self._page(form, 422 if form.is_submitted() else 200)
        try:
            account = form.prove(g.arrived_at)
            return enter_with_password(account, form.username.data.strip(), form.next.data, at=g.arrived_at)
        except DomainError as refusal:
            db.session.commit()  # the failed attempt counts, and the picture is used up
            return self._refuse(form, refusal)

    @expose("/logout/", methods=["POST"])
    def logout(self):
        """Log out, or change to another account."""
        end_session()
        is_switching = request.form.get("then") == "switch"
        flash(gettext("请用另一账号登录。") if is_switching else gettext("您已安全退出"), "success")
        return redirect(url_for("LoginView.login"))

    def _refuse(self, form: LoginForm, refusal: DomainError) -> tuple[str, int]:
        if "captcha" in refusal.details.get("fields", {}):
            form.captcha.errors = [str(refusal)]
            return self._page(form, refusal.status)
        form.password.errors = [str(refusal)]
        return self._page(form, 401 if refusal.status == 422 else refusal.status)

    def _page(self, form: LoginForm, status: int) -> tuple[str, int]:
        return self.render_template("login/login.html", title=gettext("登录"), form=form), status
