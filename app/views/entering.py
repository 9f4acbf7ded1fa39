"""What happens once it is proven who somebody is, whichever way they came in."""

from flask import current_app, redirect, url_for
from werkzeug import Response

from ..models import Account
from ..security import begin_session
from .urls import safe_path


def enter(account: Account, target: str | None = None) -> Response:
    """Log the person in and lead them to the page they wanted, or to the one they start from."""
    begin_session(account)
    return redirect(safe_path(target) or home())


def home() -> str:
    """Return the page a person starts from."""
    start = current_app.config.get("START_PAGE")
    return url_for(start) if start else "/"
