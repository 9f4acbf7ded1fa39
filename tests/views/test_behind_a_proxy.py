"""Behind a proxy, log-ins are counted by the address of the person; without one, nobody can invent an address."""

import pytest
from sqlalchemy import select

import app as application
from app.extensions import db
from app.models import LoginEvent
from config import ProdConfig

INVENTED_AND_TRUE = "203.0.113.9, 198.51.100.7"  # the sender wrote the first, the proxy the second


@pytest.fixture
def log_in_behind(app, monkeypatch):
    """Return a function: number of trusted proxies → (the answer, the address noted) of a forwarded log-in."""

    def send(proxies: int):
        monkeypatch.setattr(app, "wsgi_app", app.wsgi_app)  # put back after the test
        monkeypatch.setitem(app.config, "TRUSTED_PROXIES", proxies)
        application._trust_proxies(app)
        answer = app.test_client().post(
            "/login/",
            data={"username": "nobody", "password": "x"},
            headers={"X-Forwarded-For": INVENTED_AND_TRUE, "X-Forwarded-Proto": "https"},
        )
        return answer, db.session.scalars(select(LoginEvent.address)).one()

    return send


def test_address_and_scheme_come_from_the_proxy(log_in_behind):
    answer, address = log_in_behind(1)
    assert address == "198.51.100.7"
    assert "Strict-Transport-Security" in answer.headers


def test_without_a_proxy_such_headers_say_nothing(log_in_behind):
    answer, address = log_in_behind(0)
    assert address == "127.0.0.1"
    assert "Strict-Transport-Security" not in answer.headers


def test_production_stands_behind_one_proxy_unless_told_otherwise():
    assert ProdConfig.TRUSTED_PROXIES == 1
