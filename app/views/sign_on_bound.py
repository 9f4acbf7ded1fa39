"""已绑定的统一身份: what is bound to the own account, and 解除绑定."""

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from ..errors import DomainError
from ..extensions import db, limiter
from ..security import begin_session
from ..services.sign_on import first_passwords, identities
from .account import NewPasswordForm, put_refusal
from .base import ScopedView, allowed
from .login import log_in_rate


class UnbindingForm(FlaskForm):
    """The password, so that nobody unbinds at somebody else's desk."""

    old_password = PasswordField(
        _("登录密码"), [InputRequired(_("请输入密码")), Length(max=128)],
        description=_("解除后不能再用该统一身份登录本账号，请改用用户名或手机号码和密码登录。"),
        render_kw={"autocomplete": "current-password"},
    )  # fmt: skip


class BoundIdentityView(ScopedView):
    """`/bound-identities/`: nobody but the person whose they are."""

    route_base = "/bound-identities"
    default_view = "unbind"

    @expose("/<int:external_identity_id>/unbind", methods=["GET", "POST"])
    @limiter.limit(log_in_rate, methods=["POST"])
    @allowed("read")
    def unbind(self, external_identity_id):
        """Ask for the password, then unbind."""
        identity = identities.get_identity(g.user, external_identity_id)
        form = UnbindingForm()
        if not form.validate_on_submit():
            return self._page(form, 422 if request.method == "POST" else 200, gettext("解除绑定"))
        try:
            identities.unbind(identity, form.old_password.data, by=g.user, at=g.arrived_at)
        except DomainError as refusal:
            db.session.commit()  # a wrong password counts
            put_refusal(refusal, form)
            return self._page(form, refusal.status, gettext("解除绑定"))
        db.session.commit()
        flash(gettext("已解除绑定"), "success")
        return redirect(url_for("AccountView.index"))

    @expose("/password", methods=["GET", "POST"])
    @allowed("read")
    def password(self):
        """Set the first password of an account that was opened through a provider."""
        if not first_passwords.has_none(g.user):
            return redirect(url_for("AccountView.password"))
        form, title = NewPasswordForm(), gettext("设置登录密码")
        if not form.validate_on_submit():
            return self._page(form, 422 if request.method == "POST" else 200, title)
        try:
            first_passwords.set_first(g.user, form.new_password.data, at=g.arrived_at)
        except DomainError as refusal:
            db.session.rollback()
            put_refusal(refusal, form)
            return self._page(form, refusal.status, title)
        db.session.commit()
        begin_session(g.user)
        flash(gettext("登录密码已设置"), "success")
        return redirect(url_for("AccountView.index"))

    def _page(self, form: FlaskForm, status: int, title: str):
        page = self.render_template(
            "account/form.html", title=title, form=form, back=url_for("AccountView.index"), submit_text=title
        )
        return page, status
