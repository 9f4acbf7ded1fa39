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


# ---------------------------------------------------------------- other names than the user name


def code_of(account):
    return account.memberships[0].enterprise.credit_code


@pytest.mark.parametrize("write", [str, str.lower, lambda code: f" {code} "])
def test_a_credit_code_names_the_enterprise_s_administrator(form, person, write):
    browser, send = form
    account = person("enterprise_admin")
    assert send(write(code_of(account)), PASSWORD).status_code == 302
    with browser.session_transaction() as cookies:
        assert cookies["_user_id"] == str(account.id)


def test_a_mobile_number_names_its_owner_unless_two_share_it(form, person):
    browser, send = form
    own, other = person("county_officer"), person("enterprise_admin")
    own.mobile = "13911112222"
    other.mobile = "13911112222"
    assert send("13911112222", PASSWORD).status_code == 401
    other.mobile = None
    assert send("13911112222", PASSWORD).status_code == 302
    with browser.session_transaction() as cookies:
        assert cookies["_user_id"] == str(own.id)


def test_a_user_name_goes_before_somebody_else_s_mobile_number(form, person):
    browser, send = form
    person("county_officer").mobile = "13911112222"
    person("city_officer").username = "13911112222"
    named = person("13911112222").id
    assert send("13911112222", PASSWORD).status_code == 302
    with browser.session_transaction() as cookies:
        assert cookies["_user_id"] == str(named)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("kind", ["mobile", "code"])
def test_unknown_numbers_are_answered_and_locked_like_known_ones(form, person, kind, known):
    _browser, send = form
    account = person("enterprise_admin")
    account.mobile = "13911112222"
    known_name = {"mobile": "13911112222", "code": code_of(account)}[kind]
    unknown_name = {"mobile": "13911113333", "code": "91441300MA4W000000"}[kind]
    name = known_name if known else unknown_name
    pages = [send(name, "wrong") for _attempt in range(MAX_FAILURES)]
    assert {page.status_code for page in pages} == {401}
    assert all("用户名或密码不正确" in page.text for page in pages)
    assert send(name, PASSWORD).status_code == 429


def test_both_answers_compare_one_hash(app, person, monkeypatch):
    """What takes long is the hash, so it is compared once whether or not there is an account."""
    from app.services import log_in as service

    compared = []
    real = service.check_password_hash
    monkeypatch.setattr(service, "check_password_hash", lambda *a: compared.append(1) or real(*a))
    site_id = person("city_officer").site_id
    for name in ("city_officer", "nobody_here", "13911113333", "91441300MA4W000000"):
        compared.clear()
        with pytest.raises(DomainError):
            log_in(name, "wrong", site_id=site_id, at=now(), address=None)
        assert compared == [1], name


def test_an_employee_and_another_site_are_not_named_by_a_credit_code(app, person):
    administrator, employee = person("enterprise_admin"), person("enterprise_employee")
    administrator.memberships[0].role = employee.memberships[0].role
    code = code_of(employee)
    with pytest.raises(DomainError):
        log_in(code, PASSWORD, site_id=employee.site_id, at=now(), address=None)
    with pytest.raises(DomainError):
        log_in(code_of(person("company_03")), PASSWORD, site_id=employee.site_id + 999, at=now(), address=None)


# ---------------------------------------------------------------- being away too long


def away(browser, minutes):
    """Let the last thing that the person did lie some minutes back."""
    with browser.session_transaction() as cookies:
        cookies["seen_at"] = int(now().timestamp()) - minutes * 60


def seen_at(browser):
    with browser.session_transaction() as cookies:
        return cookies["seen_at"]


def test_who_was_away_too_long_logs_in_again_and_goes_on_there(client):
    browser = client("county_officer")
    away(browser, 121)
    answer = browser.get("/jobs/?a=1")
    assert answer.status_code == 302
    assert answer.location == "/login/?next=/jobs/?a%3D1"
    page = browser.get(answer.location).text
    assert "您已超过 120 分钟没有操作" in page
    assert 'value="/jobs/?a=1"' in page


def test_a_script_is_told_the_same(client):
    browser = client("county_officer")
    away(browser, 121)
    answer = browser.get("/jobs/", headers={"X-Requested-With": "XMLHttpRequest"})
    assert answer.status_code == 401
    assert "120 分钟没有操作" in answer.json["message"]


def test_doing_something_keeps_the_session_and_pages_that_ask_by_themselves_do_not(client, app):
    browser = client("county_officer")
    away(browser, 119)
    before = seen_at(browser)
    browser.get("/presence/AAAAAAAAAAAAAAAAAAAAAA")
    assert seen_at(browser) == before
    assert browser.get("/jobs/").status_code == 200
    assert seen_at(browser) > before


def test_what_pages_ask_by_themselves_is_there(app):
    from app.security import ASKED_BY_PAGES

    assert app.view_functions.keys() >= ASKED_BY_PAGES


def test_saving_a_draft_by_itself_counts_as_doing_something(client, declaration_at):
    draft = declaration_at("draft")
    browser = client("enterprise_admin")
    away(browser, 119)
    before = seen_at(browser)
    answer = browser.post(f"/declarations/{draft.public_id}/basic", headers={"X-Requested-With": "XMLHttpRequest"})
    assert answer.status_code != 401
    assert seen_at(browser) > before


def test_the_limit_is_a_setting(client, app, monkeypatch):
    monkeypatch.setitem(app.config, "SESSION_IDLE_MINUTES", 5)
    browser = client("county_officer")
    away(browser, 6)
    assert browser.get("/jobs/").location.startswith("/login/")
