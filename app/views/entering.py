"""What happens once it is proven who somebody is, whichever way they came in."""

from datetime import datetime

from flask import current_app, g, redirect, request, session, url_for
from werkzeug import Response

from ..extensions import db
from ..models import Account
from ..security import begin_session, end_session
from ..services import log_in, second_factor
from .urls import safe_path

HALF = "half_log_in"
HALF_SECONDS = 600  # how long after the password the code may come


def enter(account: Account, target: str | None = None) -> Response:
    """Log the person in and lead them to the page they wanted, or to the one they start from."""
    begin_session(account)
    return redirect(safe_path(target) or home())


def enter_with_password(account: Account, username: str, target: str | None, *, at: datetime) -> Response:
    """Log in who has proven the password, or ask for the code from the phone first; commits. Raises Forbidden."""
    known = {"site_id": g.site.id, "at": at, "address": request.remote_addr}
    if not second_factor.is_asked_of(account):
        log_in.note_log_in(account, username, **known)
        db.session.commit()
        return enter(account, target)
    second_factor.begin(account, username, **known)
    db.session.commit()
    _begin_half(account, safe_path(target) or "", at)
    return redirect(url_for("SecondFactorView.index"))


def _begin_half(account: Account, target: str, at: datetime) -> None:
    """Keep who has given the password, which opens nothing by itself; whoever was logged in here is so no more."""
    end_session()
    session[HALF] = {"account": account.id, "epoch": account.login_epoch, "at": int(at.timestamp()), "next": target}


def half_logged_in(at: datetime) -> Account | None:
    """Return who has given the password lately and not yet the code."""
    half = session.get(HALF)
    if not half or not 0 <= int(at.timestamp()) - half["at"] <= HALF_SECONDS:
        return None
    account = db.session.get(Account, half["account"])
    if account is None or not account.active or account.locked or account.login_epoch != half["epoch"]:
        return None
    return account


def wanted_page() -> str:
    """Return where the half logged in want to go."""
    return session.get(HALF, {}).get("next", "")


def home() -> str:
    """Return the page a person starts from."""
    start = current_app.config.get("START_PAGE")
    return url_for(start) if start else "/"
