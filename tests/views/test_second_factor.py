"""Logging in with a picture and, for officials, with a code from the phone: both as they are in production."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import sending
from app.clock import now
from app.extensions import db
from app.models import DeliveryState, LoginEvent, Outbox
from app.services import captchas, one_time_codes
from app.services.delivery.files import FileAdapter
from app.services.messages import tell
from app.services.second_factor import masked
from config import DevConfig, ProdConfig
from tests.conftest import PASSWORD
from tests.views.entering import other_than, picture, sent_code, texts

OFFICIAL, COMPANY = "county_officer", "enterprise_admin"


@pytest.fixture(autouse=True)
def _as_in_production(app, monkeypatch):
    monkeypatch.setitem(app.config, "LOGIN_CAPTCHA", True)
    monkeypatch.setitem(app.config, "LOGIN_SECOND_FACTOR", "sms")


@pytest.fixture
def visitor(client):
    return client(None)


def log_in(browser, username, password=PASSWORD, goal="", **typed):
    data = {"username": username, "password": password, "next": goal, **picture(browser), **typed}
    return browser.post("/login/", data=data)


def confirm(browser, code):
    return browser.post("/login/code/", data={"code": code})


def logged_in(browser) -> bool:
    with browser.session_transaction() as cookies:
        return "_user_id" in cookies


def reasons() -> list[str | None]:
    return list(db.session.scalars(select(LoginEvent.reason).order_by(LoginEvent.id)))


# ---------------------------------------------------------------- the picture


def test_a_company_logs_in_with_the_picture_alone(visitor):
    assert log_in(visitor, COMPANY).location == "/"
    assert logged_in(visitor)


@pytest.mark.parametrize(
    "typed", [{"captcha": "????"}, {"captcha": ""}, {"captcha_id": "nowhere"}, {"captcha": "A" * 99}]
)
def test_without_the_picture_nobody_is_looked_for(visitor, typed):
    for username, password in ((COMPANY, PASSWORD), (COMPANY, "wrong"), ("nobody_here", PASSWORD)):
        answer = log_in(visitor, username, password, **typed)
        assert answer.status_code == 422
        assert "用户名或密码不正确" not in answer.text
        assert f'value="{username}"' in answer.text
    assert not reasons()
    assert not logged_in(visitor)


def test_a_picture_is_good_for_one_log_in(client, visitor):
    read = picture(visitor)
    assert log_in(visitor, COMPANY, **read).status_code == 302
    assert log_in(client(None), COMPANY, **read).status_code == 422
    read = picture(visitor)
    assert log_in(client(None), COMPANY, "wrong", **read).status_code == 401
    assert log_in(client(None), COMPANY, **read).status_code == 422


def test_a_picture_that_nobody_answered_in_time_is_worth_nothing(app, visitor, monkeypatch):
    read = picture(visitor)
    monkeypatch.setattr("app.clock.now", lambda: now() + captchas.GOOD_FOR + timedelta(seconds=1))
    assert log_in(visitor, COMPANY, **read).status_code == 422


def test_a_picture_can_be_listened_to(visitor):
    told = visitor.post("/captcha/spoken").json
    assert told["sound"].startswith("data:audio/wav;base64,")
    assert "media-src 'self' data:" in visitor.get("/login/").headers["Content-Security-Policy"]
    assert "听取验证码" in visitor.get("/login/").text


# ---------------------------------------------------------------- the code


def test_an_official_is_in_with_the_code_only(visitor, person):
    assert log_in(visitor, OFFICIAL, goal="/review/").location == "/login/code/"
    text = texts("login_code")[0]
    assert text.address == person(OFFICIAL).mobile
    page = visitor.get("/login/code/").text
    assert masked(text.address) in page
    assert text.address not in page
    assert not logged_in(visitor)
    assert visitor.get("/desk/").location.startswith("/login/")
    assert confirm(visitor, sent_code("login_code")).location == "/review/"
    assert logged_in(visitor)
    assert reasons() == ["CodeAsked", None]
    assert person(OFFICIAL).login_count == 1


def test_the_half_log_in_leaves_nothing_behind(visitor):
    with visitor.session_transaction() as cookies:
        cookies["planted"], cookies["locale"] = "before", "en"
    log_in(visitor, OFFICIAL)
    with visitor.session_transaction() as cookies:
        assert "planted" not in cookies
    confirm(visitor, sent_code("login_code"))
    with visitor.session_transaction() as cookies:
        assert "half_log_in" not in cookies
        assert cookies["locale"] == "en"


def test_beginning_anew_as_an_official_ends_the_session_before(visitor):
    log_in(visitor, COMPANY)
    assert log_in(visitor, OFFICIAL).location == "/login/code/"
    assert not logged_in(visitor)


@pytest.mark.parametrize("goal", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_the_way_back_stays_on_this_site(visitor, goal):
    log_in(visitor, OFFICIAL, goal=goal)
    assert confirm(visitor, sent_code("login_code")).location == "/"


def test_a_wrong_code_is_refused_noted_and_shown_to_its_owner(client, visitor):
    log_in(visitor, OFFICIAL)
    answer = confirm(visitor, other_than(sent_code("login_code")))
    assert answer.status_code == 422
    assert "短信验证码不正确或已失效" in answer.text
    assert reasons() == ["CodeAsked", "WrongCode"]
    page = client(OFFICIAL).get("/account/").text
    assert "密码正确，待短信验证" in page
    assert "短信验证码不正确" in page


def test_a_code_is_good_once_and_for_its_owner(client, visitor):
    log_in(visitor, OFFICIAL)
    code = sent_code("login_code")
    other = client(None)
    log_in(other, "city_officer")
    if sent_code("login_code") != code:
        assert confirm(other, code).status_code == 422
    assert confirm(visitor, code).status_code == 302
    again = client(None)
    log_in(again, OFFICIAL)
    if sent_code("login_code") != code:
        assert confirm(again, code).status_code == 422


def test_five_wrong_codes_and_another_must_be_asked_for(visitor, monkeypatch):
    log_in(visitor, OFFICIAL)
    code = sent_code("login_code")
    for _try in range(one_time_codes.MAX_TRIES):
        confirm(visitor, other_than(code))
    assert confirm(visitor, code).status_code == 422
    monkeypatch.setattr("app.clock.now", lambda: now() + timedelta(seconds=61))
    assert visitor.post("/login/code/again").location == "/login/code/"
    assert confirm(visitor, sent_code("login_code")).status_code == 302


def test_another_code_is_not_sent_within_a_minute(client, visitor):
    log_in(visitor, OFFICIAL)
    visitor.post("/login/code/again")
    assert "60 秒后再试" in visitor.get("/login/code/").text
    second = client(None)
    assert log_in(second, OFFICIAL).location == "/login/code/"  # the fresh one is still good
    assert len(texts("login_code")) == 1
    assert re.search(r'data-wait="(59|60)"', second.get("/login/code/").text)
    assert confirm(second, sent_code("login_code")).status_code == 302


def test_who_logs_out_and_in_again_need_not_wait(client, visitor):
    for _time in range(3):
        log_in(visitor, OFFICIAL)
        assert confirm(visitor, sent_code("login_code")).status_code == 302
        visitor.post("/logout/")
    assert len(texts("login_code")) == 3


def test_the_half_log_in_runs_out(visitor, monkeypatch):
    log_in(visitor, OFFICIAL)
    code = sent_code("login_code")
    monkeypatch.setattr("app.clock.now", lambda: now() + timedelta(minutes=11))
    for answer in (visitor.get("/login/code/"), confirm(visitor, code), visitor.post("/login/code/again")):
        assert answer.location == "/login/"
    assert not logged_in(visitor)


@pytest.mark.parametrize("change", [{"active": False}, {"locked": True}, {"login_epoch": 7}])
def test_an_account_that_closes_meanwhile_stays_out(visitor, person, change):
    log_in(visitor, OFFICIAL)
    code = sent_code("login_code")
    for name, value in change.items():
        setattr(person(OFFICIAL), name, value)
    assert confirm(visitor, code).location == "/login/"
    assert not logged_in(visitor)


def test_nobody_comes_to_the_code_without_the_password(visitor):
    assert visitor.get("/login/code/").location == "/login/"
    assert confirm(visitor, "000000").location == "/login/"
    assert visitor.post("/login/code/again").location == "/login/"
    log_in(visitor, OFFICIAL, "wrong")
    assert visitor.get("/login/code/").location == "/login/"
    assert not texts("login_code")


def test_an_official_without_a_number_is_sent_to_the_administrator(visitor, person):
    person(OFFICIAL).mobile = None
    assert "没有登记手机号码" not in log_in(visitor, OFFICIAL, "wrong").text
    answer = log_in(visitor, OFFICIAL)
    assert answer.status_code == 403
    assert "没有登记手机号码" in answer.text
    assert visitor.get("/login/code/").location == "/login/"


@pytest.mark.parametrize("username", ["platform_operator", "platform_auditor"])
def test_operators_confirm_when_they_have_a_number(client, person, username):
    assert log_in(client(None), username).location == "/login/code/"
    person(username).mobile = None
    assert log_in(client(None), username).location == "/"


def test_whose_password_somebody_else_has_set_confirms_too(visitor, person):
    person(OFFICIAL).must_change_password = True
    log_in(visitor, OFFICIAL)
    assert visitor.get("/account/password").location.startswith("/login/")
    confirm(visitor, sent_code("login_code"))
    assert visitor.get("/desk/").location == "/account/password"


# ---------------------------------------------------------------- sending


def test_codes_leave_before_everything_else(app, person):
    account, at = person(OFFICIAL), now()
    account.mobile = "13911112222"
    tell("account_locked", [account], {"person": "x", "time": "x", "reason": "x"}, at=at)
    from app.services import second_factor

    second_factor.send_code(account, site_id=account.site_id, at=at)
    db.session.commit()
    assert sending.send_codes(now) == 1
    left = dict(db.session.execute(select(Outbox.kind, Outbox.state)).all())
    assert left == {"account_locked": DeliveryState.WAITING, "login_code": DeliveryState.SENT}


def test_a_developer_reads_the_code_on_the_console(app, person, capsys, tmp_path):
    from app.models import Channel
    from app.services.delivery import Parcel

    parcel = Parcel("outbox-1", Channel.SMS, "13911112222", "登录验证码", "验证码 123456\n有效")
    for says in (False, True):
        with FileAdapter({"INSTANCE": tmp_path, "SMS_ON_CONSOLE": says}).opened() as send:
            send(parcel)
        assert capsys.readouterr().out == ("短信 → 13911112222：验证码 123456 有效\n" if says else "")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"body": "没有词"}, "须包含 {验证码}"),
        ({"enabled": ""}, "不能停用"),
        ({"by_sms": ""}, "不能停用"),
    ],
)
def test_no_administrator_can_lock_everybody_out_by_a_wording(client, data, sentence):
    whole = {"title": "登录验证码", "body": "码 {验证码}", "enabled": "y", "by_sms": "y"}
    sent = {name: value for name, value in (whole | data).items() if value}
    answer = client("province_admin").post("/wordings/login_code", data=sent)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert client("province_admin").post("/wordings/login_code", data=whole).status_code == 302


def test_production_cannot_be_talked_out_of_it():
    assert ProdConfig.LOGIN_CAPTCHA is True
    assert ProdConfig.LOGIN_SECOND_FACTOR == "sms"
    assert not ProdConfig.SMS_ON_CONSOLE
    assert DevConfig.SMS_ON_CONSOLE


# ---------------------------------------------------------------- changing accounts


def test_changing_accounts_logs_out_and_asks_who_comes(client):
    browser = client(COMPANY)
    answer = browser.post("/logout/", data={"then": "switch"})
    assert answer.location == "/login/"
    assert "请用另一账号登录" in browser.get("/login/").text
    assert not logged_in(browser)
