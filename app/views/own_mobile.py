"""更换手机号码: password and new number first, then the code that it received."""

from flask import flash, g, redirect, request, session, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from ..errors import DomainError
from ..extensions import db, limiter
from ..services import own_mobile
from .account import put_refusal
from .base import ScopedView, allowed
from .login import log_in_rate
from .second_factor import CODE_INPUT

NEW = "new_mobile"


class NewMobileForm(FlaskForm):
    """The password and the new number."""

    old_password = PasswordField(
        _("登录密码"), [InputRequired(_("请输入密码")), Length(max=128)],
        render_kw={"autocomplete": "current-password"},
    )  # fmt: skip
    mobile = StringField(
        _("新手机号码"), [InputRequired(_("请输入手机号码")), Length(max=20)],
        description=_("验证码将发送到该号码"), render_kw={"autocomplete": "tel", "inputmode": "tel", "maxlength": 11},
    )  # fmt: skip


class MobileCodeForm(FlaskForm):
    """The code that the new number received."""

    code = StringField(_("短信验证码"), [InputRequired(_("请输入短信验证码")), Length(max=12)], render_kw=CODE_INPUT)


class OwnMobileView(ScopedView):
    """`/account/mobile`: everybody changes the own number alone."""

    route_base = "/account/mobile"

    @expose("/", methods=["GET", "POST"])
    @limiter.limit(log_in_rate, methods=["POST"])
    @allowed("read")
    def index(self):
        """Ask for password and number, and send a code."""
        form = NewMobileForm()
        if not form.validate_on_submit():
            return self._page(form, gettext("获取验证码"))
        try:
            session[NEW] = own_mobile.ask_for_code(
                g.user, form.old_password.data, form.mobile.data,
                site_id=g.site.id, origin=request.remote_addr, at=g.arrived_at,
            )  # fmt: skip
        except DomainError as refusal:
            db.session.commit()  # a wrong password counts
            return self._page(form, gettext("获取验证码"), refusal)
        db.session.commit()
        flash(gettext("验证码已发送至新手机号码，5 分钟内有效。"), "info")
        return redirect(url_for("OwnMobileView.code"))

    @expose("/code", methods=["GET", "POST"])
    @limiter.limit(log_in_rate, methods=["POST"])
    @allowed("read")
    def code(self):
        """Ask for the code, and take the number over."""
        if not session.get(NEW):
            return redirect(url_for("OwnMobileView.index"))
        form = MobileCodeForm()
        if not form.validate_on_submit():
            return self._page(form, gettext("确认更换"))
        try:
            own_mobile.change_mobile(g.user, session[NEW], form.code.data, site_id=g.site.id, at=g.arrived_at)
        except DomainError as refusal:
            db.session.commit()  # the try counts
            return self._page(form, gettext("确认更换"), refusal)
        db.session.commit()
        session.pop(NEW)
        flash(gettext("手机号码已更换"), "success")
        return redirect(url_for("AccountView.index"))

    def _page(self, form: FlaskForm, submit_text: str, refusal: DomainError | None = None):
        if refusal is not None:
            put_refusal(refusal, form)
        page = self.render_template(
            "account/form.html",
            title=gettext("更换手机号码"),
            form=form,
            submit_text=submit_text,
            back=url_for("AccountView.index"),
        )
        return page, refusal.status if refusal else (422 if request.method == "POST" else 200)
