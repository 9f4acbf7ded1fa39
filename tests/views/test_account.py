"""我的账户: the own card, the own password, the own log-ins, and passwords that somebody else has set."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.clock import now
from app.extensions import db
from app.models import AuditEvent, LoginEvent, Message, PasswordRecord
from app.services import people
from tests.conftest import PASSWORD

NEW = "Jinshan2026"
CARD = {"name": "王海涛", "email": "wang@example.cn"}


def change(browser, old=PASSWORD, new=NEW, again=None):
    return browser.post(
        "/account/password", data={"old_password": old, "new_password": new, "again": new if again is None else again}
    )


def opens(browser) -> bool:
    return browser.get("/account/").status_code == 200


@pytest.mark.parametrize(
    ("username", "texts"),
    [
        ("county_officer", ("区县经办", "惠城区")),
        ("enterprise_admin", ("企业管理员", "惠州市云杉智能装备有限公司")),
        ("platform_operator", ("平台运维",)),
    ],
)
def test_everybody_sees_the_own_account(client, username, texts):
    page = client(username).get("/account/")
    assert page.status_code == 200
    for text in (username, "修改密码", "退出所有设备", *texts):
        assert text in page.text


def test_a_visitor_is_sent_to_the_log_in(client):
    for address in ("/account/", "/account/edit", "/account/password"):
        assert client(None).get(address).location.startswith("/login/")


def test_the_last_ten_log_ins_are_one_s_own(client, person, session):
    own, other = person("county_officer"), person("city_officer")
    for number in range(12):
        session.add(
            LoginEvent(
                site_id=own.site_id, at=now() - timedelta(minutes=20 - number), username="x", account_id=own.id,
                succeeded=number % 2 == 0, reason=None if number % 2 == 0 else "Invalid", address=f"10.0.0.{number}",
            )
        )  # fmt: skip
    session.add(LoginEvent(username="y", account_id=other.id, succeeded=True, address="10.9.9.9"))
    page = client("county_officer").get("/account/").text
    assert [f">10.0.0.{n}<" in page for n in range(12)] == [False, False, *[True] * 10]
    assert "密码不正确" in page
    assert "10.9.9.9" not in page


def test_the_own_card_is_changed_and_logged(client, person, session):
    answer = client("county_officer").post("/account/edit", data=CARD)
    assert answer.location == "/account/"
    session.expire_all()
    own = person("county_officer")
    assert (own.name, own.email) == tuple(CARD.values())
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "change_own")).one()
    assert (event.subject_id, event.detail) == (own.id, {"changed": ["first_name", "email"]})


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": "<script>alert(1)</script>"}, "不能含其他符号"),
        ({"name": ""}, "请填写姓名"),
        ({"name": "王" * 65}, "64"),
        ({"email": "nobody"}, "邮箱格式有误"),
        ({"email": "a@b.c" + "x" * 200}, "120"),
    ],
)
def test_a_wrong_card_is_refused_at_its_field(client, person, session, wrong, sentence):
    before = person("county_officer").name
    answer = client("county_officer").post("/account/edit", data=CARD | wrong)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "<script>alert" not in answer.text
    session.expire_all()
    assert person("county_officer").name == before


def test_a_new_password_works_and_ends_every_other_session(client, person, session):
    browser, elsewhere = client("county_officer"), client("county_officer")
    assert change(browser).location == "/account/"
    assert opens(browser)
    assert not opens(elsewhere)
    visitor = client(None)
    assert visitor.post("/login/", data={"username": "county_officer", "password": PASSWORD}).status_code == 401
    assert visitor.post("/login/", data={"username": "county_officer", "password": NEW}).status_code == 302
    own = person("county_officer")
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "change_password")).one()
    assert event.subject_id == own.id
    told = session.scalars(select(Message.title).where(Message.account_id == own.id)).all()
    assert "您的登录密码已修改" in told


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"old": "wrong"}, "密码不正确，请核对"),
        ({"new": "short1"}, "8-19 位"),
        ({"new": "onlyletters"}, "至少两类"),
        ({"new": "中文密码12345678"}, "8-19 位"),
        ({"new": "A1" * 10}, "8-19 位"),
        ({"again": "Different2026"}, "两次输入的新密码不一致"),
        ({"new": PASSWORD}, "最近 5 次"),
        ({"new": ""}, "请输入新密码"),
        ({"new": "A1" * 100}, "128"),
    ],
)
def test_a_wrong_password_is_refused_with_a_reason(client, person, session, typed, sentence):
    before = person("county_officer").password
    browser = client("county_officer")
    answer = change(browser, **typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    session.expire_all()
    assert person("county_officer").password == before
    assert opens(browser)


def test_none_of_the_last_five_passwords_comes_back(client, person, session):
    browser, names = client("county_officer"), [f"Jinshan202{n}" for n in range(5)]
    old = PASSWORD
    for new in names:
        assert change(browser, old, new).status_code == 302
        old = new
    for used in names:
        assert "最近 5 次" in change(browser, old, used).text
    assert change(browser, old, PASSWORD).status_code == 302  # the sixth back
    own = person("county_officer")
    assert session.scalar(select(func.count(PasswordRecord.id)).where(PasswordRecord.account_id == own.id)) == 4


def test_guessing_the_old_password_from_an_open_session_is_locked(client, person, session):
    browser = client("county_officer")
    for _attempt in range(5):
        assert change(browser, "wrong").status_code == 422
    answer = change(browser)
    assert answer.status_code == 429
    assert "分钟后再试" in answer.text


def test_signing_out_everywhere_ends_all_sessions(client, session):
    browser, elsewhere, neighbour = client("county_officer"), client("county_officer"), client("city_officer")
    assert browser.get("/account/sign-out").status_code == 405
    assert browser.post("/account/sign-out").location == "/login/"
    assert [opens(b) for b in (browser, elsewhere, neighbour)] == [False, False, True]
    assert session.scalars(select(AuditEvent).where(AuditEvent.action == "end_all_sessions")).one()


# ---------------------------------------------------------------- passwords that somebody else has set


@pytest.fixture
def reset(person, session):
    """Return the county's officer after the administrator has set a password."""
    people.reset_password(person("county_officer"), NEW, by=person("county_admin"), at=now())
    db.session.commit()
    return person("county_officer")


def test_a_password_from_the_administrator_is_changed_before_anything_else(client, reset, session):
    browser = client("county_officer")
    for address in ("/desk/", "/account/", "/jobs/", "/messages/", "/ops/"):
        assert browser.get(address).location == "/account/password", address
    assert browser.post("/messages/read-all").location == "/account/password"
    assert "请先修改密码" in browser.get("/account/password").text
    refused = browser.get("/desk/", headers={"X-Requested-With": "XMLHttpRequest"})
    assert refused.status_code == 403
    assert "请先修改密码" in refused.json["message"]
    assert "最近 5 次" in change(browser, NEW, NEW).text
    assert change(browser, NEW, "Honghua2026").status_code == 302
    assert browser.get("/desk/").status_code == 200


def test_one_may_log_out_instead(client, reset):
    browser = client("county_officer")
    assert browser.post("/logout/").location == "/login/"
    assert not opens(browser)


def test_the_old_password_is_remembered_when_somebody_else_replaces_it(client, reset):
    assert "最近 5 次" in change(client("county_officer"), NEW, PASSWORD).text


def test_people_who_are_created_must_change_theirs_and_the_demo_need_not(client, person, session):
    from app.models import Account

    assert not session.scalar(select(func.count(Account.id)).where(Account.must_change_password))
    admin = person("county_admin")
    office = person("county_officer").department
    added = people.add_person("new_officer", "新同事", "hash", "county_officer", office, by=admin, at=now())
    assert added.must_change_password
