"""Who may open a screen, and what those see who may not."""

import functools
from collections.abc import Callable
from typing import Any

from flask import Response, abort, current_app, flash, g, jsonify, redirect, request, url_for
from flask_appbuilder.const import PERMISSION_PREFIX
from flask_babel import gettext
from flask_login import current_user

# What answers without a log-in; everything else is guarded.
PUBLIC_ENDPOINTS = frozenset(
    {
        "CaptchaView.make",
        "CaptchaView.speak",
        "FaqView.file",
        "FaqView.index",
        "FaqView.show",
        "FirstSignOnView.bind",  # these four: for whom a provider has proven and who has no account yet
        "FirstSignOnView.complete",
        "FirstSignOnView.index",
        "FirstSignOnView.join",
        "ForgottenPasswordView.code",
        "ForgottenPasswordView.index",
        "HealthView.healthz",
        "HealthView.readyz",
        "LanguageView.index",
        "LinkView.index",
        "LoginView.login",
        "LoginView.logout",
        "NoticeView.call",
        "NoticeView.file",
        "NoticeView.index",
        "NoticeView.show",
        "OpenIdView.authorize",  # leads to the log-in by itself, and says no in the words of the protocol
        "OpenIdView.discovery",
        "OpenIdView.keys",
        "OpenIdView.token",  # for systems: they prove themselves by their secret
        "OpenIdView.userinfo",  # likewise by a token
        "PolicyView.file",
        "PolicyView.index",
        "PolicyView.show",
        "PublicityView.file",
        "PublicityView.index",
        "PublicityView.objection",
        "PublicityView.show",
        "RegisterView.agreement",
        "RegisterView.code",
        "RegisterView.index",
        "SearchView.index",
        "SecondFactorView.again",
        "SecondFactorView.index",
        "ServiceGuideView.file",
        "ServiceGuideView.index",
        "ServiceGuideView.show",
        "SignOnView.back",  # where identity providers send people back to
        "SignOnView.begin",
        "StartView.index",
        "StartView.portal",
        "appbuilder.static",
        "ops.static",
        "static",
    }
)


def allowed(*permissions: str) -> Callable:
    """Open a view method to those whose roles grant any of these permissions on its view."""

    def wrap(method: Callable) -> Callable:
        @functools.wraps(method)
        def guarded(self, *args: Any, **kwargs: Any) -> Any:
            if any(grants(self, permission) for permission in permissions):
                g.user = current_user._get_current_object()  # instead of FAB's proxy, which looks it up at every use
                return method(self, *args, **kwargs)
            return refuse()

        guarded._permission_name, guarded._permissions = permissions[0], permissions
        return guarded

    return wrap


def grants(view: Any, permission: str) -> bool:
    """Tell whether the person of this request has `can_<permission>` on the view."""
    name = PERMISSION_PREFIX + permission
    return name in view.base_permissions and may(name, view.class_permission_name)


def may(permission: str, view: str) -> bool:
    """Tell whether the person of this request has the permission on the view of that name."""
    return current_app.appbuilder.sm.has_access(permission, view)


def refuse() -> Response:
    """Answer 403 to those who are logged in, send others to the log-in page and back afterwards."""
    if current_user.is_authenticated:
        abort(403)
    if wants_json():
        response = jsonify(message=_why_log_in(gettext("登录已失效，请重新登录")))
        response.status_code = 401
        return response
    flash(_why_log_in(gettext("请先登录")), "info")
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("LoginView.login", next=target))


def _why_log_in(usual: str) -> str:
    if not g.get("idle_too_long"):
        return usual
    minutes = current_app.config["SESSION_IDLE_MINUTES"]
    return gettext("您已超过 %(minutes)s 分钟没有操作，为保障账号安全已自动退出，请重新登录后继续。", minutes=minutes)


def wants_json() -> bool:
    """Tell whether the request comes from a script that reads JSON."""
    if request.is_json or request.headers.get("X-Requested-With") == "XMLHttpRequest":
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
