"""Sessions as a log-in leaves them, for people who are too many to log in one by one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, session

from app.models import Account


@dataclass(frozen=True)
class Session:
    """What a browser sends of a person who is logged in: the cookie, and the token of its forms."""

    cookie: str
    token: str


def sessions_of(app: Flask, accounts: Iterable[Account]) -> dict[int, Session]:
    """Return {account: session}, signed with the secret of the application."""
    known = {account.id: account.login_epoch for account in accounts}
    return {number: _session(app, number, epoch) for number, epoch in known.items()}


def _session(app: Flask, account: int, epoch: Any) -> Session:
    from flask_wtf.csrf import generate_csrf

    from app.security import EPOCH

    with app.app_context(), app.test_request_context():
        session.update({"_user_id": str(account), "_fresh": True, EPOCH: epoch})
        session.permanent = True
        token = generate_csrf()
        signed = app.session_interface.get_signing_serializer(app).dumps(dict(session))
    return Session(f"{app.config['SESSION_COOKIE_NAME']}={signed}", token)


def headers_of(person: Session) -> Mapping[str, str]:
    """Return the headers that the browser code of the platform sends."""
    return {"Cookie": person.cookie, "X-CSRFToken": person.token, "X-Requested-With": "XMLHttpRequest"}
