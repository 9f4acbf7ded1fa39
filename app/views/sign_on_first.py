"""账号绑定: the first log-in through a provider - bind the account one has, complete the enterprise, or ask to join."""

from flask import abort, current_app, flash, g, redirect, request, session, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, StringField, TextAreaField

from ..errors import DomainError, Forbidden, NotProven
from ..extensions import db, limiter
from ..models import Account, PendingSignOn, ProviderAudience
from ..services import log_in
from ..services.sign_on import completing, identities, pending
from ..services.sign_on.claims import Proven
from .base import ScopedView
from .entering import enter
from .login import LoginForm, log_in_rate
from .sign_on import FIRST_TIME


class BindingForm(LoginForm):
    """The account one has here, its password, and the picture."""

    next = None


class DayAsTyped(DateField):
    """A day whose text is judged by the service."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0] if valuelist else ""

    def _value(self) -> str:
        return self.data or ""


class CompletionForm(FlaskForm):
    """What the platform wants to know of an enterprise that it does not know."""

    credit_code = StringField(_("统一社会信用代码"), render_kw={"maxlength": 18, "autocomplete": "off"})
    name = StringField(_("企业名称"), render_kw={"maxlength": 120, "autocomplete": "organization"})
    legal_representative = StringField(_("法定代表人或负责人"), render_kw={"maxlength": 40})
    established_on = DayAsTyped(_("成立日期"))
    address = StringField(_("企业所在地"), render_kw={"maxlength": 160})
    registry_authority = StringField(_("登记机关"), render_kw={"maxlength": 80})
    business_scope = TextAreaField(_("经营范围"), render_kw={"maxlength": 2000, "rows": 4})

    @property
    def typed(self) -> dict[str, str]:
        """Return what was typed, by field."""
        return {field.name: str(self[field.name].data or "") for field in completing.FIELDS}


class FirstSignOnView(ScopedView):
    """Public, for whom a provider has proven; the session holds the secret of who that is."""

    route_base = "/first-sign-on"

    @expose("/")
    def index(self):
        """Show the ways on."""
        return self._page(self._waiting())

    @expose("/bind", methods=["POST"])
    @limiter.limit(log_in_rate)
    def bind(self):
        """Bind the account whose password is given; wrong ones count as failed log-ins."""
        waiting, form = self._waiting(), BindingForm()
        if not form.validate_on_submit():
            return self._page(waiting, binding=form, status=422)
        try:
            account = form.prove(g.arrived_at)
            self._bind(waiting, account, form.username.data.strip())
        except DomainError as refusal:
            db.session.commit()  # the failed attempt counts, and the picture is used up
            field = form.captcha if "captcha" in refusal.details.get("fields", {}) else form.password
            field.errors = [str(refusal)]
            return self._page(waiting, binding=form, status=refusal.status)
        return self._enter(account)

    def _bind(self, waiting: PendingSignOn, account: Account, username: str) -> None:
        known = {"site_id": g.site.id, "at": g.arrived_at, "address": request.remote_addr}
        try:
            with db.session.begin_nested():
                if account.site_id != waiting.site_id:
                    raise Forbidden(
                        _("政务用户和平台管理账号不能使用该登录方式，请使用政务用户登录方式或账号密码登录。")
                    )
                identities.bind(account, Proven.from_json(waiting.facts), at=g.arrived_at)
                pending.use_up(waiting)
        except DomainError as refusal:
            log_in.note_attempt(account, username, type(refusal).__name__, **known)
            raise
        log_in.note_log_in(account, username, **known)
        db.session.commit()

    @expose("/complete", methods=["POST"])
    @limiter.limit(log_in_rate)
    def complete(self):
        """Open an account and go on with the certification of the enterprise."""
        waiting, form = self._waiting(), CompletionForm()
        if waiting.provider.audience is not ProviderAudience.ENTERPRISE or not form.validate_on_submit():
            return self._page(waiting, completion=form, status=422)
        try:
            account = completing.complete(waiting, form.typed, at=g.arrived_at)
            self._note(waiting, account)
        except DomainError as refusal:
            db.session.rollback()
            fields = refusal.details.get("fields") or {"name": refusal.message}
            for name, sentence in fields.items():
                form[name].errors = [str(sentence)]
            return self._page(self._waiting(), completion=form, status=refusal.status)
        return self._enter(account, url_for("CertificationView.index"))

    @expose("/join", methods=["POST"])
    @limiter.limit(log_in_rate)
    def join(self):
        """Open an account and look for the enterprise or unit to join."""
        waiting = self._waiting()
        is_individual = waiting.provider.audience is ProviderAudience.INDIVIDUAL
        account = completing.open_account(waiting, at=g.arrived_at)
        self._note(waiting, account)
        return self._enter(account, url_for("JoinView.index", **({"as": "individual"} if is_individual else {})))

    def _note(self, waiting: PendingSignOn, account: Account) -> None:
        log_in.note_log_in(
            account, f"{waiting.provider.key}:{account.username}", site_id=g.site.id, at=g.arrived_at,
            address=request.remote_addr,
        )  # fmt: skip
        db.session.commit()

    def _enter(self, account: Account, target: str | None = None):
        wanted = session.get(FIRST_TIME, {}).get("next")
        return enter(account, target or wanted)

    def _waiting(self) -> PendingSignOn:
        try:
            return pending.get_pending(session.get(FIRST_TIME, {}).get("secret"), site_id=g.site.id, at=g.arrived_at)
        except NotProven as refusal:
            flash(str(refusal), "warning")
            abort(redirect(url_for("LoginView.login")))

    def _page(
        self, waiting: PendingSignOn, *, binding: FlaskForm | None = None, completion: FlaskForm | None = None,
        status: int = 200,
    ):  # fmt: skip
        proven = Proven.from_json(waiting.facts)
        codes = [e.credit_code for e in proven.enterprises]
        chosen = request.args.get("enterprise") or (codes[0] if len(codes) == 1 else None)
        page = self.render_template(
            "login/first_sign_on.html",
            title=gettext("账号绑定"),
            provider=waiting.provider,
            proven=proven,
            is_enterprise=waiting.provider.audience is ProviderAudience.ENTERPRISE,
            chosen=chosen,
            binding=binding or BindingForm(formdata=None),
            completion=completion or CompletionForm(formdata=None, data=completing.known_of(proven, chosen)),
            has_captcha=current_app.config["LOGIN_CAPTCHA"],
        )
        return page, status
