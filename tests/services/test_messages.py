"""Telling people: inbox, copies that leave, wording of a site."""

import pytest
from sqlalchemy import select

from app.clock import now
from app.errors import Invalid
from app.models import Channel, DeliveryState, Message, MessageTemplate, Outbox
from app.services import messages, wordings

FACTS = {"project": "测试项目", "call": "方向一", "office": "惠城区局", "opinion": "请补充", "due": "2024-08-15 18:00"}


def told(session, account):
    return session.scalars(select(Message).where(Message.account_id == account.id).order_by(Message.id)).all()


def test_a_person_is_told_once_with_copies_by_the_ways_of_the_kind(session, person):
    boss = person("enterprise_admin")
    boss.email, boss.mobile = "boss@example.com", "13800000001"
    assert messages.tell("returned", [boss, boss], FACTS, link="/declarations/x/", at=now()) == 1
    (message,) = told(session, boss)
    assert message.title == "项目被退回，请修改后重新提交：测试项目"
    assert "退回意见：请补充" in message.body
    assert message.link == "/declarations/x/"
    copies = session.scalars(select(Outbox)).all()
    assert {(c.channel, c.address) for c in copies} == {
        (Channel.EMAIL, "boss@example.com"),
        (Channel.SMS, "13800000001"),
    }
    assert {c.message_id for c in copies} == {message.id}
    assert {c.state for c in copies} == {DeliveryState.WAITING}


def test_the_wording_of_the_site_comes_first_and_can_be_switched_off(session, person):
    boss = person("enterprise_admin")
    own = MessageTemplate(site_id=boss.site_id, kind="returned", title="请改{项目名称}", body="{意见}", by_email=False)
    session.add(own)
    messages.tell("returned", [boss], FACTS, at=now())
    own.enabled = False
    messages.tell("returned", [boss], FACTS | {"project": "另一个"}, at=now())
    assert [(m.title, m.body) for m in told(session, boss)] == [("请改测试项目", "请补充")]
    assert session.scalars(select(Outbox)).all() == []


def test_a_text_is_no_programme():
    hostile = "{项目名称.__class__} {0} {} {项目名称!r} {项目名称}"
    assert wordings.fill_in(hostile, ("项目名称",), {"project": "{意见}"}) == (
        "{项目名称.__class__} {0} {} {项目名称!r} {意见}"
    )


@pytest.mark.parametrize("text", ["{没有的词}", "{项目名称.name}", "{", "{{项目名称}}", "项目名称}"])
def test_unknown_words_are_refused_at_their_field(text):
    with pytest.raises(Invalid) as refusal:
        wordings.require_known_words("returned", title="{项目名称}", body=text)
    assert list(refusal.value.details["fields"]) == ["body"]


def test_every_default_fits_its_own_words_and_columns():
    for kind in wordings.KINDS.values():
        wordings.require_known_words(kind.key, title=kind.title, body=kind.body)
        assert "—" not in wordings.body_of(kind.key, kind.body, kind.samples)
        assert len(kind.key) <= 40


def test_a_long_title_is_cut_and_stays_on_one_line():
    title = wordings.title_of("returned", "{项目名称}", {"project": "长\n名" * 200})
    assert len(title) == wordings.LONGEST_TITLE
    assert "\n" not in title


def test_a_thousand_people_cost_a_few_statements(session, person, statements):
    boss = person("enterprise_admin")
    boss.email = "boss@example.com"
    session.flush()
    statements.clear()
    tellings = [messages.Telling(boss, FACTS | {"project": f"项目{n}"}) for n in range(1000)]
    assert messages.tell_each("returned", tellings, at=now()) == 1000
    assert len(statements) <= 4
    assert len(session.scalars(select(Outbox.id)).all()) >= 1000
