"""使用统一身份认证登录: to the provider and back. The provider is asked while no transaction is open."""

from dataclasses import asdict
from typing import Any

from flask import Flask, current_app, g, redirect, request, session, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ..database import will_write
from ..errors import DomainError, NotProven
from ..extensions import db, limiter
from ..security import act_for
from ..services.sign_on import identities, pending, providers
from ..services.sign_on.claims import Proven, read_claims
from ..services.sign_on.settings import Attempt, Settings, settings_of
from .base import ScopedView
from .entering import enter
from .urls import safe_path

UNDER_WAY = "sign_on"  # what this browser has begun: {state: …}
FIRST_TIME = "first_sign_on"  # who was proven and has no account yet
GOOD_FOR = 600  # seconds that a person may take at the provider
MOST_UNDER_WAY = 4  # tabs
LONGEST_TARGET = 1000  # a cookie holds it


def sign_on_rate() -> str:
    """Return how often one address may begin and come back."""
    return current_app.config.get("LOGIN_RATE_LIMIT", "30 per minute")


class SignOnView(ScopedView):
    """Public: `/sign-on/<provider>/` leads to a provider, which sends people back to `/sign-on/<provider>/back`."""

    route_base = "/sign-on"
    default_view = "begin"

    @expose("/<provider_key>/")
    @limiter.limit(sign_on_rate)
    def begin(self, provider_key):
        """Send the person to the provider."""
        from ..services.sign_on import client  # it brings the libraries for the network along: not at every start

        settings = settings_of(providers.find_open(g.site.id, provider_key))
        db.session.commit()
        try:
            address, attempt = client.begin(
                settings, url_for("SignOnView.back", provider_key=provider_key, _external=True)
            )
        except DomainError as refusal:
            return self._refuse(settings, refusal)
        _remember(settings, attempt, _target())
        return redirect(address)

    @expose("/<provider_key>/back")
    @limiter.limit(sign_on_rate)
    def back(self, provider_key):
        """Take in what the provider says, and let the person in."""
        from ..services.sign_on import client

        settings = settings_of(providers.find_open(g.site.id, provider_key))
        db.session.commit()
        try:
            begun = _recall(settings)
            told = client.finish(settings, Attempt(**begun["attempt"]), request.args.get("code", ""))
            will_write()
            return self._let_in(settings, read_claims(told, settings.claims), begun["next"])
        except DomainError as refusal:
            db.session.rollback()
            return self._refuse(settings, refusal)

    def _let_in(self, settings: Settings, proven: Proven, target: str | None):
        account = identities.find_account(proven, settings, g.site.id)
        if account is None:
            secret = pending.keep(proven, settings, site_id=g.site.id, at=g.arrived_at)
            db.session.commit()
            session[FIRST_TIME] = {"secret": secret, "next": target}
            return redirect(url_for("FirstSignOnView.index"))
        identities.note_log_in(account, settings, site_id=g.site.id, at=g.arrived_at, address=request.remote_addr)
        meant = identities.enterprise_meant(account, proven)
        db.session.commit()
        answer = enter(account, target)
        if meant is not None:
            act_for(meant)
        return answer

    def _refuse(self, settings: Settings, refusal: DomainError):
        """Say why, and note the attempt."""
        will_write()
        identities.note_refusal(
            settings, type(refusal).__name__, site_id=g.site.id, at=g.arrived_at, address=request.remote_addr
        )
        db.session.commit()
        page = self.render_template(
            "login/sign_on_refused.html",
            title=gettext("未能登录"),
            sentence=str(refusal),
            name=settings.name,
            again=url_for("SignOnView.begin", provider_key=settings.key),
        )
        return page, refusal.status


def init_sign_on(app: Flask) -> None:
    """Tell the log-in page which providers it offers."""
    app.jinja_env.globals["sign_on_ways"] = lambda: providers.open_providers(g.site.id) if g.get("site") else ()


def _target() -> str | None:
    target = safe_path(request.args.get("next"))
    return target if target and len(target) <= LONGEST_TARGET else None


def _remember(settings: Settings, attempt: Attempt, target: str | None) -> None:
    """Keep what was begun in this browser's session; of many tabs the oldest goes."""
    kept = dict(list(session.get(UNDER_WAY, {}).items())[1 - MOST_UNDER_WAY :])
    begun = {"provider": settings.id, "at": _seconds(), "next": target, "attempt": asdict(attempt)}
    session[UNDER_WAY] = kept | {attempt.state: begun}


def _recall(settings: Settings) -> dict[str, Any]:
    """Return what this browser began and the provider answers; good once. Raises NotProven."""
    under_way = dict(session.get(UNDER_WAY, {}))
    begun = under_way.pop(request.args.get("state", ""), None)
    session[UNDER_WAY] = under_way
    fits = begun is not None and begun["provider"] == settings.id and 0 <= _seconds() - begun["at"] <= GOOD_FOR
    if not fits:
        raise NotProven(_("本次登录不是从这里发起的，或已超时、已使用过，请重新登录。"))
    if request.args.get("iss", settings.issuer) != settings.issuer:  # RFC 9207
        raise NotProven(_("统一身份认证返回的信息未通过校验，未能登录，请重新登录；多次出现请联系平台运维。"))
    if "error" in request.args or not request.args.get("code"):
        raise NotProven(_("您没有完成统一身份认证，或已取消登录，请重新登录。"))
    return begun


def _seconds() -> int:
    return int(g.arrived_at.timestamp())
