"""用户注册: one page with phone, picture, code and card; the code is sent by script, so nothing typed is lost."""

from flask import current_app, g, jsonify, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from werkzeug import Response
from wtforms import BooleanField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from ..errors import DomainError, Invalid
from ..extensions import db, limiter
from ..services import log_in, registration
from ..services.passwords import SIGNS
from .account import put_refusal
from .base import ScopedView
from .captcha import CaptchaForm
from .entering import enter, home
from .second_factor import CODE_INPUT

# What people register for, and where that leads on: (button of the page, endpoint, its arguments).
WAYS_ON = {
    "enterprise": (_("企业用户"), "CertificationView.index", {}),
    "individual": (_("个人用户"), "JoinView.index", {"as": "individual"}),
    "expert": (_("专家"), "ExpertCardView.index", {}),
}


class CodeRequestForm(CaptchaForm):
    """Where to send a code, and the picture."""

    mobile = StringField(
        _("手机号码"), [InputRequired(_("请输入手机号码")), Length(max=20)],
        render_kw={"autocomplete": "tel", "inputmode": "tel", "maxlength": 11},
    )  # fmt: skip


class RegisterForm(CodeRequestForm):
    """Everything of the page; the picture is judged when the code is asked for, and the code proves that it was."""

    code = StringField(_("短信验证码"), [InputRequired(_("请输入短信验证码")), Length(max=12)], render_kw=CODE_INPUT)
    username = StringField(
        _("用户名"), [InputRequired(_("请输入用户名")), Length(max=128)],
        description=_("2-30 位中文、大小写字母、数字或下划线，不能全为数字"),
        render_kw={"autocomplete": "username", "maxlength": 30},
    )  # fmt: skip
    name = StringField(
        _("姓名"), [InputRequired(_("请填写姓名")), Length(max=64)], description=_("请填写真实姓名，便于以后实名认证"),
        render_kw={"autocomplete": "name", "maxlength": 64},
    )  # fmt: skip
    password = PasswordField(
        _("密码"), [InputRequired(_("请输入密码")), Length(max=128)],
        description=_("8-19 位，且至少含有数字、小写字母、大写字母、特殊字符（%(signs)s）中的两种", signs=SIGNS),
        render_kw={"autocomplete": "new-password"},
    )  # fmt: skip
    again = PasswordField(
        _("确认密码"), [InputRequired(_("请再次输入密码")), EqualTo("password", _("两次输入的密码不一致"))],
        render_kw={"autocomplete": "new-password"},
    )  # fmt: skip
    agreed = BooleanField(validators=[InputRequired(_("请阅读并同意用户服务协议"))])

    def __init__(self, **values) -> None:
        super().__init__(**values)
        self.captcha.validators = [Length(max=12)]

    @property
    def application(self) -> registration.Application:
        """Return what was typed."""
        typed = {name: self[name].data for name in ("mobile", "code", "username", "name", "password")}
        return registration.Application(**typed)


def registration_rate() -> str:
    """Return how often one address may send the page or ask for a code."""
    return current_app.config["REGISTRATION_RATE_LIMIT"]


class RegisterView(ScopedView):
    """Public; tells of no phone whether it has an account before its holder has proven to hold it."""

    route_base = "/register"

    @expose("/", methods=["GET", "POST"])
    @limiter.limit(registration_rate, methods=["POST"])
    def index(self):
        """Show the page, or open an account and lead on."""
        if current_user.is_authenticated:
            return redirect(_way_on() or home())
        form = RegisterForm()
        if not form.validate_on_submit():
            return self._page(form, 422 if form.is_submitted() else 200)
        try:
            account = registration.register(
                form.application, site_id=g.site.id, origin=request.remote_addr, at=g.arrived_at
            )
        except DomainError as refusal:
            db.session.commit()  # the try counts
            put_refusal(refusal, form)
            return self._page(form, refusal.status)
        log_in.note_log_in(account, account.username, site_id=g.site.id, at=g.arrived_at, address=request.remote_addr)
        db.session.commit()
        return enter(account, _way_on())

    @expose("/code", methods=["POST"])
    @limiter.limit(registration_rate)
    def code(self):
        """Send a code; asked for by the page's script."""
        form = CodeRequestForm()
        if not form.validate():
            return jsonify(fields={name: str(errors[0]) for name, errors in form.errors.items()}), 422
        try:
            form.require_answer(g.arrived_at)
            registration.send_code(form.mobile.data, site_id=g.site.id, origin=request.remote_addr, at=g.arrived_at)
        except Invalid as refusal:
            db.session.commit()  # the picture is used up
            return _refused(refusal.details["fields"], refusal.status)
        except DomainError as refusal:
            db.session.commit()
            return _refused({"code": refusal.message}, refusal.status)
        db.session.commit()
        return jsonify(message=gettext("验证码已发送，5 分钟内有效。"))

    @expose("/agreement")
    def agreement(self):
        """Show what people agree to."""
        return self.render_template("login/agreement.html", title=gettext("用户服务协议"))

    def _page(self, form: RegisterForm, status: int):
        page = self.render_template(
            "login/register.html",
            title=gettext("用户注册"),
            form=form,
            kind=_kind(),
            kinds={key: label for key, (label, _endpoint, _arguments) in WAYS_ON.items()},
        )
        return page, status


def _kind() -> str:
    asked = request.args.get("as", "")
    return asked if asked in WAYS_ON else ""


def _way_on() -> str | None:
    """Return the page of what people register for; None leads to their first one."""
    if not _kind():
        return None
    _label, endpoint, arguments = WAYS_ON[_kind()]
    return url_for(endpoint, **arguments)


def _refused(sentences: dict, status: int) -> tuple[Response, int]:
    """Answer the script with sentences at their fields, and that it needs another picture."""
    return jsonify(fields={name: str(sentence) for name, sentence in sentences.items()}, used=True), status
