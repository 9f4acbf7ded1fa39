"""更换手机号码: password and code, and nothing that tells whose number another one is."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEvent, Message
from app.services import one_time_codes
from tests.conftest import PASSWORD
from tests.views.entering import other_than, sent_code, texts

NEW, OTHERS = "13911112222", "13911113333"


@pytest.fixture
def browser(client, person):
    person("city_officer").mobile = OTHERS
    return client("county_officer")


def ask(browser, mobile=NEW, password=PASSWORD):
    return browser.post("/account/mobile/", data={"old_password": password, "mobile": mobile})


def confirm(browser, code):
    return browser.post("/account/mobile/code", data={"code": code})


def test_the_code_to_the_new_number_changes_it_and_the_old_one_hears_of_it(browser, person):
    before = person("county_officer").mobile
    assert ask(browser).location == "/account/mobile/code"
    assert [text.address for text in texts("mobile_code")] == [NEW]
    assert confirm(browser, sent_code("mobile_code")).location == "/account/"
    db.session.expire_all()
    assert person("county_officer").mobile == NEW
    assert [text.address for text in texts("mobile_changed")] == [before]
    assert db.session.scalars(select(Message.kind)).all() == ["mobile_changed"]
    assert db.session.scalars(select(AuditEvent.action).where(AuditEvent.action == "change_mobile")).all()


@pytest.mark.parametrize(
    ("mobile", "password", "sentence"),
    [
        (NEW, "wrong", "密码不正确"),
        ("12345", PASSWORD, "11 位数字"),
        ("１３９００００１１１１", PASSWORD, "11 位数字"),
        ("<script>", PASSWORD, "11 位数字"),
        ("1" * 99, PASSWORD, "20"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_sent(browser, mobile, password, sentence):
    answer = ask(browser, mobile, password)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not texts("mobile_code")


def test_the_present_number_need_not_be_changed(browser, person):
    assert "与现有号码相同" in ask(browser, person("county_officer").mobile).text


def test_a_number_of_somebody_else_is_told_only_to_who_holds_it(browser, person):
    own, others = ask(browser), ask(browser, OTHERS)
    assert (own.status_code, own.location) == (others.status_code, others.location)
    code = sent_code("mobile_code")
    assert "短信验证码不正确" in confirm(browser, other_than(code)).text
    answer = confirm(browser, code)
    assert answer.status_code == 409
    assert "已被另一账号使用" in answer.text
    assert person("county_officer").mobile != OTHERS


def test_a_code_is_for_its_account_and_its_number(client, browser):
    ask(browser)
    code = sent_code("mobile_code")
    other = client("city_admin")
    ask(other)
    if sent_code("mobile_code") != code:
        assert confirm(other, code).status_code == 422
    ask(browser, "13911119999")
    if sent_code("mobile_code") != code:
        assert confirm(browser, code).status_code == 422


def test_guessing_is_limited(browser):
    ask(browser)
    code = sent_code("mobile_code")
    for _try in range(one_time_codes.MAX_TRIES):
        confirm(browser, other_than(code))
    assert confirm(browser, code).status_code == 422


def test_wrong_passwords_lock_here_as_at_the_log_in(browser):
    for _try in range(5):
        ask(browser, password="wrong")
    assert ask(browser).status_code == 429


def test_the_second_page_needs_the_first(client):
    assert client("county_officer").get("/account/mobile/code").location == "/account/mobile/"
    assert client(None).get("/account/mobile/").location.startswith("/login/")


def test_the_card_no_longer_takes_a_number(client, person):
    before = person("county_officer").mobile
    client("county_officer").post("/account/edit", data={"name": "王海涛", "mobile": NEW})
    db.session.expire_all()
    assert person("county_officer").mobile == before
