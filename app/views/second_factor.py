"""登录短信验证: the second page of the log-in for those whose password alone does not open."""

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from ..errors import DomainError
from ..extensions import db, limiter
from ..models import Account
from ..services import second_factor
from .base import ScopedView
from .entering import enter, half_logged_in, wanted_page
from .login import log_in_rate

CODE_INPUT = {"autocomplete": "one-time-code", "inputmode": "numeric"}


class CodeForm(FlaskForm):
    """The code from the phone."""

    code = StringField(
        _("短信验证码"),
        [InputRequired(_("请输入短信验证码")), Length(max=12)],
        render_kw=CODE_INPUT | {"autofocus": True},
    )


class SecondFactorView(ScopedView):
    """`/login/code`: open to those who have just given their password, and to nobody else."""

    route_base = "/login/code"

    @expose("/", methods=["GET", "POST"])
    @limiter.limit(log_in_rate, methods=["POST"])
    def index(self):
        """Ask for the code, and let in who types it."""
        account = half_logged_in(g.arrived_at)
        if account is None:
            return _begin_anew()
        form = CodeForm()
        if not form.validate_on_submit():
            return self._page(account, form, 422 if form.is_submitted() else 200)
        try:
            second_factor.confirm(
                account, form.code.data, site_id=g.site.id, at=g.arrived_at, address=request.remote_addr
            )
        except DomainError as refusal:
            db.session.commit()  # the try counts
            form.code.errors = [str(refusal)]
            return self._page(account, form, refusal.status)
        db.session.commit()
        return enter(account, wanted_page())

    @expose("/again", methods=["POST"])
    @limiter.limit(log_in_rate)
    def again(self):
        """Send another code."""
        account = half_logged_in(g.arrived_at)
        if account is None:
            return _begin_anew()
        try:
            second_factor.send_code(account, site_id=g.site.id, at=g.arrived_at)
        except DomainError as refusal:
            db.session.rollback()
            flash(str(refusal), "warning")
        else:
            db.session.commit()
            flash(gettext("验证码已重新发送，此前的验证码已失效。"), "success")
        return redirect(url_for("SecondFactorView.index"))

    def _page(self, account: Account, form: CodeForm, status: int):
        page = self.render_template(
            "login/code.html",
            title=gettext("登录短信验证"),
            form=form,
            mobile=second_factor.masked(account.mobile or ""),
            wait=second_factor.seconds_to_wait(account, site_id=g.site.id, at=g.arrived_at),
        )
        return page, status


def _begin_anew():
    flash(gettext("请先输入用户名和密码；若已输入过，可能因超时失效，请重新登录。"), "info")
    return redirect(url_for("LoginView.login"))
