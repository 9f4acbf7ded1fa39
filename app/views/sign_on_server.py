"""The platform as OpenID Connect provider of its linked systems: what they and the browsers of their people ask."""

import logging
from typing import Any

from flask import Response, g, jsonify, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_login import current_user

from ..database import will_write
from ..errors import DomainError
from ..extensions import csrf, db
from ..models import UNDECIDED
from ..services.sign_on import grants, subjects
from .base import ScopedView
from .first_password import PASSWORD_PAGE

log = logging.getLogger(__name__)

# Systems ask for tokens without a session and prove themselves by their secret: there is no form to forge.
csrf.exempt(f"{__name__}.token")


class OpenIdView(ScopedView):
    """Public, since `authorize` leads to the log-in by itself and systems carry secrets of their own."""

    route_base = ""
    default_view = "discovery"

    @expose("/.well-known/openid-configuration")
    def discovery(self):
        """Say what this provider can and where."""
        from ..services.sign_on import provider  # it brings Authlib along: not at every start

        names = {
            "authorization_endpoint": "OpenIdView.authorize",
            "token_endpoint": "OpenIdView.token",
            "userinfo_endpoint": "OpenIdView.userinfo",
            "jwks_uri": "OpenIdView.keys",
        }
        found = {name: url_for(endpoint, _external=True) for name, endpoint in names.items()}
        return jsonify(provider.describe(_issuer(), found))

    @expose("/openid/keys")
    def keys(self):
        """Publish what signatures are checked with."""
        from ..services.sign_on import keys

        return jsonify(keys.public_keys())

    @expose("/openid/authorize")
    def authorize(self):
        """Send the person back with a code; first to the log-in where nobody is logged in."""
        from authlib.oauth2 import OAuth2Error

        if request.method == "HEAD":  # it would make a code that nobody gets
            return Response()
        if (detour := _detour()) is not None:
            return redirect(detour)
        is_known = current_user.is_authenticated
        account_id, enterprise_id = (current_user.id, current_user.acting_id) if is_known else (None, None)
        db.session.commit()
        will_write()
        server = _server(enterprise_id=enterprise_id)
        try:
            account = grants.get_person(account_id, g.site.id) if is_known else None
            answer = server.authorize(_asked(), account)
        except OAuth2Error as error:
            db.session.rollback()
            answer = server.handle_error_response(_asked(), error)
        except DomainError as refusal:
            db.session.rollback()
            return self._refused(str(refusal), refusal.status)
        db.session.commit()
        if answer.address is None:
            return self._refused(
                gettext("该系统没有登记，或请求不符合登记的内容，未向其提供您的信息。请联系该系统的管理人员。"), 400
            )
        return self.render_template(
            "login/passing_on.html", title=gettext("正在进入"), address=answer.address
        )  # a page and not a redirect: the log-in form may lead nowhere but to this site

    @expose("/openid/token", methods=["POST"])
    def token(self):
        """Exchange a code for tokens."""
        answer = _server().exchange(_asked(posted=True))
        db.session.commit()  # a refused code is used up too
        if answer.status >= 400:
            log.warning("a linked system was refused tokens: %s", answer.body[:200])
        return Response(answer.body, answer.status, answer.headers)

    @expose("/openid/userinfo")
    def userinfo(self):
        """Tell of the person whom the token belongs to."""
        kind, _blank, secret = request.headers.get("Authorization", "").partition(" ")
        found = grants.find_token(secret, g.site.id, at=g.arrived_at) if kind.lower() == "bearer" else None
        if found is None:
            return Response(status=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        answer = jsonify(subjects.claims_of(found.account, found.details["scope"], found.enterprise_id))
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _refused(self, sentence: str, status: int):
        page = self.render_template(
            "skin/error.html", title=gettext("未能进入"), sentence=sentence, status=status, bare=False, back="/"
        )
        return page, status


def _detour() -> str | None:
    """Return where the person must go first: to the log-in, to a new password, or to choose an enterprise."""
    here = request.full_path
    if not current_user.is_authenticated:
        wants_silence = request.args.get("prompt") == "none"
        return None if wants_silence else url_for("LoginView.login", next=here)
    if current_user.must_change_password:
        return url_for(PASSWORD_PAGE)
    return url_for("ActingView.choose", next=here) if current_user.acting_id == UNDECIDED else None


def _server(enterprise_id: int | None = None) -> Any:
    from ..services.sign_on import provider

    return provider.SignOnServer(site_id=g.site.id, issuer=_issuer(), at=g.arrived_at, enterprise_id=enterprise_id)


def _asked(*, posted: bool = False) -> Any:
    from ..services.sign_on import provider

    values = request.form if posted else request.args
    return provider.Asked(request.method, request.url, values.to_dict(flat=False), dict(request.headers), posted=posted)


def _issuer() -> str:
    return request.host_url.rstrip("/")
