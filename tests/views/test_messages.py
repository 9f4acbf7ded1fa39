"""The inbox, wordings on screen, and the log of who was told what."""

import pytest
from sqlalchemy import select

from app.clock import now
from app.extensions import db
from app.models import DeliveryState, Message, MessageTemplate, Outbox
from app.services import messages

FACTS = {"project": "测试项目", "call": "方向一", "office": "惠城区局", "opinion": "请补充", "due": "2024-08-15 18:00"}


@pytest.fixture
def told(person):
    """Return a function: user name → a message to that person."""

    def tell(username: str, link: str | None = "/workbench/", **facts) -> Message:
        account = person(username)
        account.email = account.email or f"{username}@example.com"
        messages.tell("returned", [account], FACTS | facts, link=link, at=now())
        db.session.commit()
        query = select(Message).where(Message.account_id == account.id).order_by(Message.id.desc())
        return db.session.scalars(query).first()

    return tell


def test_the_bell_counts_what_is_unread(client, told):
    browser = client("enterprise_admin")
    assert "bell-count" not in browser.get("/workbench/").text
    told("enterprise_admin")
    told("enterprise_admin", project="另一个项目")
    assert '<span class="bell-count" aria-hidden="true">2</span>' in browser.get("/workbench/").text


def test_opening_marks_as_read_and_leads_to_the_work(client, told):
    message = told("enterprise_admin")
    browser = client("enterprise_admin")
    page = browser.get("/messages/").text
    assert "测试项目" in page
    answer = browser.post(f"/messages/open/{message.public_id}")
    assert answer.location == "/workbench/"
    assert "测试项目" not in browser.get("/messages/").text
    assert "测试项目" in browser.get("/messages/?tab=all").text
    assert "bell-count" not in browser.get("/workbench/").text


def test_a_message_without_a_place_opens_itself(client, told):
    message = told("enterprise_admin", link=None)
    answer = client("enterprise_admin").post(f"/messages/open/{message.public_id}", follow_redirects=True)
    assert "退回意见：请补充" in answer.text


def test_all_or_ticked_ones_become_read(client, told):
    first, _second, third = (told("county_officer", project=f"项目{n}") for n in range(3))
    browser = client("county_officer")
    browser.post("/messages/action_post", data={"action": "mark_read", "rowid": [first.public_id, third.public_id]})
    unread = select(Message.title).where(Message.read_at.is_(None))
    assert len(db.session.scalars(unread).all()) == 1
    db.session.commit()
    browser.post("/messages/read-all")
    assert db.session.scalars(unread).all() == []


@pytest.mark.parametrize("other", ["enterprise_admin", "province_admin"])
def test_nobody_opens_or_marks_the_messages_of_others(client, told, other):
    message = told("county_officer")
    browser = client(other)
    assert browser.get(f"/messages/show/{message.public_id}").status_code == 404
    assert browser.post(f"/messages/open/{message.public_id}").status_code == 404
    browser.post("/messages/read-all")
    db.session.refresh(message)
    assert message.read_at is None


def test_the_inbox_costs_few_statements(client, told, statements):
    for number in range(30):
        told("enterprise_admin", project=f"项目{number}")
    browser = client("enterprise_admin")
    statements.clear()
    page = browser.get("/messages/")
    assert page.status_code == 200
    assert len(statements) <= 8


def test_an_empty_inbox_says_so(client):
    assert "消息会显示在这里" in client("enterprise_admin").get("/messages/").text


# ---------------------------------------------------------------- wordings


def test_an_administrator_rewords_a_message_and_takes_it_back(client, told):
    browser = client("province_admin")
    assert "项目被退回（告知企业）" in browser.get("/wordings/").text
    data = {"title": "请改：{项目名称}", "body": "{意见}", "enabled": "y"}
    assert browser.post("/wordings/returned", data=data).location.endswith("/wordings/")
    assert told("enterprise_admin").title == "请改：测试项目"
    assert "请改：惠城精密注塑数字化改造项目" in browser.get("/wordings/returned").text
    browser.post("/wordings/returned/default")
    assert db.session.scalars(select(MessageTemplate)).all() == []
    assert told("enterprise_admin").title.startswith("项目被退回")


def test_unknown_words_stay_typed_and_are_named_at_their_field(client):
    data = {"title": "{项目名称}", "body": "{企业密码} 在此", "enabled": "y"}
    answer = client("province_admin").post("/wordings/returned", data=data)
    assert answer.status_code == 422
    assert "不能使用 {企业密码}" in answer.text
    assert "{企业密码} 在此" in answer.text
    assert db.session.scalars(select(MessageTemplate)).all() == []


def test_a_preview_changes_nothing(client):
    data = {"title": "预览 {项目名称}", "body": "<script>{意见}", "do": "preview"}
    answer = client("province_admin").post("/wordings/returned", data=data)
    assert "预览 惠城精密注塑数字化改造项目" in answer.text
    assert "&lt;script&gt;请补充近三年审计报告" in answer.text
    assert db.session.scalars(select(MessageTemplate)).all() == []


@pytest.mark.parametrize(
    "data", [{"title": "", "body": "x"}, {"title": "x", "body": ""}, {"title": "长" * 161, "body": "x"}]
)
def test_texts_are_needed_and_limited(client, data):
    assert client("province_admin").post("/wordings/returned", data=data).status_code == 422


def test_wordings_are_for_administrators_of_the_province(client):
    assert client("county_officer").get("/wordings/").status_code == 403
    assert client("province_admin").get("/wordings/no_such_kind").status_code == 404


# ---------------------------------------------------------------- log


def test_the_province_reads_who_was_told_what(client, told):
    told("county_officer")
    page = client("province_admin").get("/message-log/").text
    assert "测试项目" in page
    assert "项目被退回（告知企业）" in page
    assert client("city_admin").get("/message-log/").status_code == 403


def test_what_failed_is_sent_again(client, told):
    told("enterprise_admin")
    row = db.session.scalars(select(Outbox).where(Outbox.address.contains("@"))).one()
    row.state, row.problem = DeliveryState.FAILED, "邮箱已满"
    browser = client("province_admin")
    assert "邮箱已满" in browser.get("/deliveries/?tab=failed").text
    browser.post("/deliveries/action_post", data={"action": "resend", "rowid": row.id, "confirmed": "1"})
    db.session.refresh(row)
    assert row.state is DeliveryState.WAITING
