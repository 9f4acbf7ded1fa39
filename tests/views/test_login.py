"""Logging in: who gets in, how guessing is slowed down, and what ends a session."""

import logging
import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.clock import now
from app.errors import DomainError, TooManyAttempts
from app.extensions import db
from app.models import LoginEvent
from app.services.log_in import LOCK_TIME, MAX_FAILURES, log_in
from tests.conftest import PASSWORD


@pytest.fixture(autouse=True)
def _csrf_on(csrf_on):
    """Logging in is judged as people do it."""


@pytest.fixture
def form(client):
    """Return (client, function that sends the log-in form)."""
    browser = client()

    def send(username, password, **more):
        page = browser.get("/login/", query_string=more).text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)
        goal = re.search(r'name="next"[^>]*value="([^"]*)"', page).group(1)
        data = {"csrf_token": token, "username": username, "password": password, "next": goal}
        return browser.post("/login/", data=data)

    return browser, send


def logged_in(browser):
    with browser.session_transaction() as cookies:
        return "_user_id" in cookies


def test_the_right_password_opens_and_is_noted(form, person):
    browser, send = form
    answer = send("city_officer", PASSWORD)
    assert answer.status_code == 302
    assert logged_in(browser)
    account = person("city_officer")
    assert account.login_count == 1
    noted = db.session.scalars(select(LoginEvent)).one()
    assert (noted.username, noted.account_id, noted.succeeded) == ("city_officer", account.id, True)


@pytest.mark.parametrize(("username", "password"), [("city_officer", "wrong"), ("nobody_here", PASSWORD)])
def test_wrong_credentials_do_not_say_which_of_them_is_wrong(form, username, password):
    browser, send = form
    answer = send(username, password)
    assert answer.status_code == 401
    assert "用户名或密码不正确" in answer.text
    assert not logged_in(browser)
    assert db.session.scalars(select(LoginEvent.succeeded)).all() == [False]


@pytest.mark.parametrize("username", ["city_officer", "nobody_here"])
def test_guessing_is_locked_for_a_while_whether_or_not_the_name_exists(form, username):
    _browser, send = form
    for _attempt in range(MAX_FAILURES):
        assert send(username, "wrong").status_code == 401
    answer = send(username, PASSWORD)
    assert answer.status_code == 429
    assert "分钟后再试" in answer.text


def test_the_lock_ends_by_itself(app, person):
    account = person("city_officer")
    start = now()
    credentials = {"site_id": account.site_id, "address": None}
    for _attempt in range(MAX_FAILURES):
        with pytest.raises(DomainError):
            log_in("city_officer", "wrong", at=start, **credentials)
    with pytest.raises(TooManyAttempts):
        log_in("city_officer", PASSWORD, at=start + LOCK_TIME - timedelta(seconds=1), **credentials)
    assert log_in("city_officer", PASSWORD, at=start + LOCK_TIME, **credentials) is account
    assert account.fail_login_count == 0


@pytest.mark.parametrize("change", [{"active": False}, {"locked": True}])
def test_a_disabled_account_is_told_so_after_the_right_password_only(form, person, change):
    for name, value in change.items():
        setattr(person("city_officer"), name, value)
    _browser, send = form
    assert "用户名或密码不正确" in send("city_officer", "wrong").text
    answer = send("city_officer", PASSWORD)
    assert answer.status_code == 403
    assert "已停用或被锁定" in answer.text


@pytest.mark.parametrize("change", [{"active": False}, {"locked": True}, {"login_epoch": 7}])
def test_an_open_session_ends_when_the_account_is_closed(client, person, change):
    browser = client("city_officer")
    assert "city_officer" in browser.get("/nowhere").text
    for name, value in change.items():
        setattr(person("city_officer"), name, value)
    assert "city_officer" not in browser.get("/nowhere").text


@pytest.mark.parametrize(
    ("goal", "reached"),
    [
        ("/units/?a=1", "/units/?a=1"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_the_way_back_stays_on_this_site(form, goal, reached):
    _browser, send = form
    assert send("city_officer", PASSWORD, next=goal).location == reached


def test_logging_in_starts_a_fresh_session_and_keeps_the_language(form):
    browser, send = form
    browser.get("/language/en")
    with browser.session_transaction() as cookies:
        cookies["planted"] = "before"
    send("city_officer", PASSWORD)
    with browser.session_transaction() as cookies:
        assert "planted" not in cookies
        assert cookies["locale"] == "en"


def test_logging_out_needs_the_form(client):
    browser = client("city_officer")
    assert browser.get("/logout/").status_code == 405
    assert browser.post("/logout/").status_code == 400
    page = browser.get("/nowhere").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)
    assert browser.post("/logout/", data={"csrf_token": token}).status_code == 302
    assert not logged_in(browser)


def test_the_stock_log_in_interfaces_are_not_there(app):
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    assert not [rule for rule in rules if rule.startswith(("/api/", "/users", "/roles", "/swagger", "/resetpassword"))]
    assert app.test_client().post("/api/v1/security/login", json={}).status_code in (400, 404)


def test_a_failed_insert_does_not_print_the_password_hash(app, caplog):
    error = IntegrityError("INSERT", {"password": "scrypt:secret"}, Exception("unique"))
    for name in ("flask_appbuilder.security.sqla.manager", "flask_appbuilder.models.sqla.interface"):
        logging.getLogger(name).error("failed: %s", error)
        try:
            raise error
        except IntegrityError:
            logging.getLogger(name).exception("failed")
    assert "IntegrityError" in caplog.text
    assert "scrypt:secret" not in caplog.text
