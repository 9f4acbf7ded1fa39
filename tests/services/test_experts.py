"""专家: registered, an expert at once, confirmed by the bureau of the city, and confirmed again after a change."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app import roles
from app.clock import now
from app.errors import Forbidden, Invalid
from app.extensions import db
from app.models import Account, AuditEvent, Expert, Message, Outbox, Region, RequestState
from app.permissions import visible
from app.services import expert_reviews, experts

OPEN, GRANTED, REFUSED = RequestState.OPEN, RequestState.GRANTED, RequestState.REFUSED


@pytest.fixture
def card(session):
    """What a careful person types, in a city of the demo."""
    city = session.scalars(select(Region).where(Region.name == "惠州市")).one()
    return experts.Card(
        "technology", "顾明哲", "13800001234", "gu@example.com", "惠州学院", "教授", city.id, ("robot", "new_energy")
    )


@pytest.fixture
def handed_in(card, person):
    """The card of the person who has just registered, waiting."""
    return experts.hand_in(card, by=person("newcomer"), at=now())


def decide(expert, person, username="city_admin", reason=None):
    chosen = {expert.id: expert_reviews.mark_of(expert)}
    if reason is None:
        return expert_reviews.confirm_many(chosen, by=person(username), at=now())[0]
    return expert_reviews.refuse_many(chosen, reason, by=person(username), at=now())[0]


def told(username):
    query = select(Message).join(Account, Account.id == Message.account_id).where(Account.username == username)
    return list(db.session.scalars(query.order_by(Message.id)))


def test_who_hands_in_a_card_is_an_expert_at_once_and_the_bureau_is_told(handed_in, person):
    assert handed_in.state is OPEN
    assert person("newcomer").role_names == {roles.EXPERT}
    assert [m.title for m in told("city_admin")] == ["专家登记待审核：顾明哲"]
    assert told("gz_city_admin") == []
    assert experts.find_card(person("newcomer")) is handed_in
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.action == "hand_in")).one().subject_id == handed_in.id


def test_confirmed_by_the_city_the_expert_is_told_and_may_be_asked_to_score(handed_in, person):
    assert db.session.scalars(experts.confirmed(person("city_admin"))).all() == []
    assert decide(handed_in, person).done
    assert handed_in.state is GRANTED
    assert told("newcomer")[-1].title == "专家登记已通过审核"
    sent = db.session.scalars(select(Outbox).where(Outbox.kind == "expert_confirmed")).all()
    assert {row.address for row in sent} == {"gu@example.com", "13800001234"}
    assert db.session.scalars(experts.confirmed(person("province_admin"))).all() == [handed_in]
    assert db.session.scalars(experts.confirmed(person("city_admin"), "robot")).all() == [handed_in]
    assert db.session.scalars(experts.confirmed(person("city_admin"), "robo")).all() == []
    assert db.session.scalars(experts.confirmed(person("gz_city_officer"))).all() == []


def test_other_contacts_stay_confirmed_other_facts_wait_again(handed_in, card, person):
    decide(handed_in, person)
    me = person("newcomer")
    experts.hand_in(replace(card, phone="0752-2808888"), by=me, at=now())
    assert handed_in.state is GRANTED
    assert handed_in.phone == "0752-2808888"
    experts.hand_in(replace(card, fields=("robot",)), by=me, at=now())
    assert (handed_in.state, handed_in.decided_at) == (OPEN, None)


def test_a_refusal_needs_a_reason_that_the_expert_reads_and_answers(handed_in, card, person):
    with pytest.raises(Invalid):
        decide(handed_in, person, reason="   ")
    assert decide(handed_in, person, reason="请补充职称").done
    assert (handed_in.state, handed_in.reason) == (REFUSED, "请补充职称")
    assert "请补充职称" in told("newcomer")[-1].body
    experts.hand_in(card, by=person("newcomer"), at=now())
    assert (handed_in.state, handed_in.reason) == (OPEN, None)


def test_a_confirmation_can_be_taken_back(handed_in, person):
    decide(handed_in, person)
    assert decide(handed_in, person, reason="已调离").done
    assert handed_in.state is REFUSED
    assert not decide(handed_in, person).done


def test_what_changed_since_it_was_read_is_not_decided(handed_in, card, person):
    seen = {handed_in.id: expert_reviews.mark_of(handed_in)}
    experts.hand_in(replace(card, rank="副教授"), by=person("newcomer"), at=now())
    (outcome,) = expert_reviews.confirm_many(seen, by=person("city_admin"), at=now())
    assert not outcome.done
    assert "重新查看" in str(outcome.reason)
    assert handed_in.state is OPEN


def test_a_bureau_decides_on_its_own_city_only(handed_in, person):
    outcome = decide(handed_in, person, "gz_city_officer")
    assert (outcome.done, outcome.name) == (False, None)
    assert decide(handed_in, person, "province_officer").done


def test_many_at_once_give_a_result_each(handed_in, card, person):
    other = experts.hand_in(replace(card, name="另一位"), by=person("expert"), at=now())
    mark = expert_reviews.mark_of
    chosen = {handed_in.id: mark(handed_in), other.id: mark(other) - 1, 999_999: 1}
    done = [o.done for o in expert_reviews.confirm_many(chosen, by=person("city_officer"), at=now())]
    assert done == [True, False, False]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "no_such_kind"),
        ("name", "<b>王</b>"),
        ("name", ""),
        ("phone", "12345"),
        ("email", "nobody"),
        ("unit", " "),
        ("unit", "长" * 121),
        ("rank", ""),
        ("city_id", None),
        ("city_id", 10**12),
        ("fields", ()),
        ("fields", ("robot", "no_such_field")),
        ("fields", ("robot", "new_energy", "food", "automobile", "biomedicine", "new_material")),
    ],
)
def test_what_is_wrong_is_said_at_its_field(card, person, field, value):
    with pytest.raises(Invalid) as refusal:
        experts.hand_in(replace(card, **{field: value}), by=person("newcomer"), at=now())
    assert set(refusal.value.details["fields"]) == {field}
    assert db.session.scalars(select(Expert)).all() == []


def test_enterprises_and_officials_are_no_experts(card, person):
    for username in ("enterprise_admin", "city_officer"):
        with pytest.raises(Forbidden):
            experts.hand_in(card, by=person(username), at=now())


def test_only_the_expert_and_the_bureaus_above_see_the_card(handed_in, person):
    def sees(username):
        return db.session.scalars(select(Expert).where(visible(Expert, person(username)))).all() == [handed_in]

    assert all(map(sees, ("newcomer", "province_admin", "city_admin", "city_officer")))
    assert not any(map(sees, ("expert", "county_officer", "gz_city_officer", "enterprise_admin")))
