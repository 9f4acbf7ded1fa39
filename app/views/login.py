"""Logging in and out."""

from flask import current_app, flash, g, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from .. import clock
from ..errors import DomainError
from ..extensions import db, limiter
from ..security import end_session
from ..services.log_in import log_in
from .entering import enter, home
from .urls import safe_path


class LoginForm(FlaskForm):
    """User name and password, and where to go afterwards."""

    username = StringField(_("用户名、手机号码或统一社会信用代码"), [InputRequired(_("请输入用户名")), Length(max=128)])
    password = PasswordField(_("密码"), [InputRequired(_("请输入密码")), Length(max=128)])
    next = HiddenField()


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
            account = log_in(
                form.username.data.strip(),
                form.password.data,
                site_id=g.site.id if g.get("site") else None,
                at=g.get("arrived_at") or clock.now(),
                address=request.remote_addr,
            )
        except DomainError as refusal:
            db.session.commit()  # the failed attempt counts
            form.password.errors = [str(refusal)]
            return self._page(form, max(refusal.status, 401) if refusal.status != 422 else 401)
        db.session.commit()
        return enter(account, form.next.data)

    @expose("/logout/", methods=["POST"])
    def logout(self):
        """Log out."""
        end_session()
        flash(gettext("您已安全退出"), "success")
        return redirect(url_for("LoginView.login"))

    def _page(self, form: LoginForm, status: int) -> tuple[str, int]:
        return self.render_template("login/login.html", title=gettext("登录"), form=form), status
