"""注册: phone, picture, code and card; and everything by which somebody might get in, or learn whose phone is known."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.clock import now
from app.errors import Invalid
from app.extensions import db
from app.models import Account, AuditEvent, Channel, Message, OneTimeCode
from app.roles import REGISTERED
from app.services import one_time_codes, registration
from tests.views.entering import other_than, picture, sent_code, texts

MOBILE, KNOWN = "13911112222", "13911113333"
CARD = {"username": "云杉_wang", "name": "王海涛", "password": "Jinshan2026", "again": "Jinshan2026", "agreed": "y"}


@pytest.fixture
def visitor(client):
    return client(None)


@pytest.fixture
def holder(person):
    account = person("enterprise_admin")
    account.mobile = KNOWN
    db.session.commit()
    return account


def ask(browser, mobile=MOBILE, **typed):
    return browser.post("/register/code", data={"mobile": mobile, **picture(browser), **typed})


def register(browser, code, mobile=MOBILE, goal="", **typed):
    return browser.post(f"/register/{goal}", data={"mobile": mobile, "code": code, **CARD, **typed})


def accounts() -> int:
    return db.session.scalar(select(func.count(Account.id)))


def logged_in(browser) -> bool:
    with browser.session_transaction() as cookies:
        return "_user_id" in cookies


def test_a_visitor_registers_and_is_in(visitor, person):
    answer = ask(visitor)
    assert (answer.status_code, answer.json) == (200, {"message": "验证码已发送，5 分钟内有效。"})
    text = texts("register_code")[0]
    assert (text.channel, text.address) == (Channel.SMS, MOBILE)
    assert register(visitor, sent_code("register_code")).location == "/"
    assert logged_in(visitor)
    account = person("云杉_wang")
    assert (account.name, account.mobile, account.role_names) == ("王海涛", MOBILE, {REGISTERED})
    assert db.session.scalars(select(Message.title).where(Message.account_id == account.id)).all() == ["注册成功"]
    audited = select(AuditEvent.action).where(AuditEvent.account_id == account.id)
    assert db.session.scalars(audited).all() == ["register"]


@pytest.mark.parametrize("name", ["云杉_wang", MOBILE])
def test_the_new_account_logs_in_by_name_and_by_phone(client, visitor, name):
    ask(visitor)
    register(visitor, sent_code("register_code"))
    assert client(None).post("/login/", data={"username": name, "password": CARD["password"]}).status_code == 302


@pytest.mark.parametrize(
    ("kind", "reached"),
    [("enterprise", "/certification/"), ("individual", "/join/?as=individual"), ("expert", "/expert/")],
)
def test_who_registers_for_something_is_led_there(visitor, kind, reached):
    ask(visitor)
    assert register(visitor, sent_code("register_code"), goal=f"?as={kind}").location == reached


@pytest.mark.parametrize("goal", ["?as=//evil.example", "?as=https://evil.example", "?next=//evil.example", "?as="])
def test_nothing_else_leads_anywhere(visitor, goal):
    ask(visitor)
    assert register(visitor, sent_code("register_code"), goal=goal).location == "/"


# ---------------------------------------------------------------- phones that have an account


def test_the_page_answers_alike_for_a_phone_that_has_an_account(visitor, holder):
    unknown, known = ask(visitor), ask(visitor, KNOWN)
    assert (unknown.status_code, unknown.json) == (known.status_code, known.json)
    assert [text.address for text in texts("register_code")] == [MOBILE]
    assert "已注册账号" in texts("register_known")[0].body
    again, known_again = ask(visitor), ask(visitor, KNOWN)
    assert (again.status_code, again.json) == (known_again.status_code, known_again.json)
    wrong = other_than(sent_code("register_code")), other_than(sent_code("register_known"))
    guesses = [register(visitor, wrong[0]), register(visitor, wrong[1], KNOWN)]
    assert [page.status_code for page in guesses] == [422, 422]
    assert all("短信验证码不正确或已失效" in page.text and "已有账号，请直接登录" not in page.text for page in guesses)


def test_its_holder_is_told_and_no_second_account_comes(visitor, holder):
    before = accounts()
    ask(visitor, KNOWN)
    answer = register(visitor, sent_code("register_known"), KNOWN)
    assert answer.status_code == 409
    assert "该手机号码已有账号，请直接登录" in answer.text
    assert accounts() == before
    assert not logged_in(visitor)


@pytest.mark.parametrize("change", [{"active": False}, {"locked": True}])
def test_a_closed_account_is_not_got_round_by_registering_anew(visitor, holder, change):
    for name, value in change.items():
        setattr(holder, name, value)
    ask(visitor, KNOWN)
    assert register(visitor, sent_code("register_known"), KNOWN).status_code == 409


# ---------------------------------------------------------------- pictures and codes


def test_no_code_without_a_picture_and_none_for_one_that_was_used(visitor):
    read = picture(visitor)
    assert visitor.post("/register/code", data={"mobile": MOBILE}).status_code == 422
    wrong = visitor.post("/register/code", data={"mobile": MOBILE, **read, "captcha": "????"})
    assert (wrong.status_code, set(wrong.json["fields"])) == (422, {"captcha"})
    used_up = visitor.post("/register/code", data={"mobile": MOBILE, **read})
    assert used_up.status_code == 422
    read = picture(visitor)
    assert ask(visitor, **read).status_code == 200
    assert ask(visitor, "13911114444", **read).status_code == 422
    assert len(texts("register_code")) == 1


def test_a_code_opens_one_account_only(client, visitor):
    ask(visitor)
    code = sent_code("register_code")
    assert register(visitor, code).status_code == 302
    db.session.execute(update(Account).where(Account.mobile == MOBILE).values(mobile=None))
    again = register(client(None), code, username="another")
    assert again.status_code == 422
    assert "短信验证码不正确或已失效" in again.text


def test_a_code_is_for_its_phone_and_its_purpose(visitor, holder):
    ask(visitor)
    code = sent_code("register_code")
    assert register(visitor, code, "13911115555").status_code == 422
    visitor.post("/forgotten-password/", data={"username": KNOWN, **picture(visitor)})
    assert register(visitor, sent_code("reset_code"), KNOWN).status_code == 422


def test_five_wrong_codes_and_the_right_one_is_worth_nothing(visitor):
    ask(visitor)
    code = sent_code("register_code")
    for _try in range(one_time_codes.MAX_TRIES):
        assert register(visitor, other_than(code)).status_code == 422
    assert register(visitor, code).status_code == 422


def test_a_code_runs_out(app, person):
    site_id, at = person("newcomer").site_id, now()
    registration.send_code(MOBILE, site_id=site_id, origin=None, at=at)
    application = registration.Application(MOBILE, sent_code("register_code"), "someone", "某人", "Jinshan2026")
    with pytest.raises(Invalid):
        registration.register(application, site_id=site_id, origin=None, at=at + timedelta(minutes=6))


def test_codes_are_limited_by_phone_and_by_network(visitor):
    assert ask(visitor).status_code == 200
    soon = ask(visitor)
    assert soon.status_code == 429
    assert "60 秒后再试" in soon.json["fields"]["code"]
    for number in range(one_time_codes.PER_HOUR_AND_ORIGIN - 1):
        assert ask(visitor, f"1391222{number:04d}").status_code == 200
    assert "本网络" in ask(visitor, "13912229999").json["fields"]["code"]


# ---------------------------------------------------------------- what is typed


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"mobile": "12345"}, "手机号码应为 11 位数字"),
        ({"mobile": "１３９００００１１１１"}, "手机号码应为 11 位数字"),
        ({"username": "王"}, "2-30 位"),
        ({"username": "a" * 31}, "2-30 位"),
        ({"username": "<script>alert(1)</script>"}, "2-30 位"),
        ({"username": "a b"}, "2-30 位"),
        ({"username": "13911116666"}, "不能全为数字"),
        ({"username": "91441300MA4W000000"}, "统一社会信用代码"),
        ({"username": "91441300ma4w000000"}, "统一社会信用代码"),
        ({"name": "<script>alert(1)</script>"}, "不能含其他符号"),
        ({"name": ""}, "请填写姓名"),
        ({"password": "short", "again": "short"}, "8-19 位"),
        ({"password": "onlyletters", "again": "onlyletters"}, "8-19 位"),
        ({"password": "A1" * 10, "again": "A1" * 10}, "8-19 位"),
        ({"again": "Different2026"}, "两次输入的密码不一致"),
        ({"agreed": ""}, "请阅读并同意用户服务协议"),
        ({"username": "enterprise_admin"}, "已被使用"),
    ],
)
def test_bad_input_is_refused_at_its_field_and_the_code_stays_good(visitor, typed, sentence):
    before = accounts()
    ask(visitor)
    code = sent_code("register_code")
    refused = register(visitor, code, **{"mobile": MOBILE, **typed})
    assert refused.status_code == 422
    assert sentence in re.sub(r"<span class=\"help\".*?</span>", "", refused.text)
    assert "<script>alert" not in refused.text
    assert accounts() == before
    if "username" not in typed:
        assert CARD["username"] in refused.text
    assert register(visitor, code).status_code == 302


def test_more_refusals_than_tries_do_not_use_up_a_right_code(visitor):
    ask(visitor)
    code = sent_code("register_code")
    for _time in range(one_time_codes.MAX_TRIES + 1):
        assert "已被使用" in register(visitor, code, username="enterprise_admin").text
    assert register(visitor, code).status_code == 302


def test_a_taken_name_is_told_to_nobody_without_a_code(visitor):
    page = register(visitor, "000000", username="enterprise_admin").text
    assert "已被使用" not in page


def test_who_loses_a_race_for_a_name_hears_so(visitor, monkeypatch):
    from app.services import accounts as service

    monkeypatch.setattr(service, "_require_free_name", lambda *_given: None)
    ask(visitor)
    code = sent_code("register_code")
    answer = register(visitor, code, username="enterprise_admin")
    assert (answer.status_code, "已被使用" in answer.text) == (422, True)
    assert register(visitor, code).status_code == 302


def test_two_at_once_with_one_code_are_one_account(app, person, monkeypatch):
    site_id, at = person("newcomer").site_id, now()
    registration.send_code(MOBILE, site_id=site_id, origin=None, at=at)
    before = accounts()
    stale = db.session.scalars(select(OneTimeCode)).one()
    monkeypatch.setattr(one_time_codes, "find_code", lambda *_given, **_more: stale)
    first = registration.Application(MOBILE, "", "the_first", "某人", "Jinshan2026")
    registration.register(first, site_id=site_id, origin=None, at=at)
    monkeypatch.setattr(registration, "has_account", lambda *_given: False)
    second = registration.Application(MOBILE, "", "the_second", "某人", "Jinshan2026")
    with pytest.raises(Invalid):
        registration.register(second, site_id=site_id, origin=None, at=at)
    db.session.commit()
    assert accounts() == before + 1


def test_forms_need_their_token(visitor, csrf_on):
    assert visitor.post("/register/", data=CARD).status_code == 400
    assert visitor.post("/register/code", data={"mobile": MOBILE}).status_code == 400


def test_who_is_logged_in_is_led_on(client):
    assert client("county_officer").get("/register/").location == "/"


def test_the_agreement_and_the_ways_here_are_public(visitor):
    assert "个人信息" in visitor.get("/register/agreement").text
    for page in ("/portal/", "/login/"):
        assert 'href="/register/"' in visitor.get(page).text
