"""Whose password somebody else has set, or is too weak, sets another first: until then every screen leads there."""

from flask import Flask, flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from ..errors import Forbidden
from .access import PUBLIC_ENDPOINTS, wants_json

PASSWORD_PAGE = "AccountView.password"  # noqa: S105 - the name of a page
ALWAYS_OPEN = PUBLIC_ENDPOINTS | {PASSWORD_PAGE}


def init_first_password(app: Flask) -> None:
    """Ask at every request that needs a log-in."""
    app.before_request(_lead_to_password)


def _lead_to_password():
    if request.endpoint is None or request.endpoint in ALWAYS_OPEN or not current_user.is_authenticated:
        return None
    if not current_user.must_change_password:
        return None
    if wants_json():
        raise Forbidden(_("您的密码由他人设置或不符合现行安全要求，请先修改密码再继续使用。"))
    flash(gettext("您的密码由他人设置或不符合现行安全要求，请先修改密码再继续使用。"), "warning")
    return redirect(url_for(PASSWORD_PAGE))
