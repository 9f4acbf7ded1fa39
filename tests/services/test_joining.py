"""Asking to join an enterprise, and being let in or turned away."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import roles
from app.clock import now
from app.errors import Conflict, Forbidden, Invalid, NotFound, TooManyAttempts
from app.models import Account, AuditEvent, JoinRequest, Membership, MembershipRole, Message, RequestState
from app.services import grants, joining, staff

EMPLOYEE, INDIVIDUAL = MembershipRole.EMPLOYEE, MembershipRole.INDIVIDUAL


@pytest.fixture
def company(person):
    """Return a function: user name of an administrator → the enterprise."""
    return lambda username="enterprise_admin": person(username).memberships[0].enterprise


def _ask(person, enterprise, who="newcomer", role=EMPLOYEE, note="研发部，工程师"):
    return joining.ask_to_join(enterprise, role, note=note, by=person(who), at=now())


def _messages(session, account: Account) -> list[str]:
    return list(session.scalars(select(Message.kind).where(Message.account_id == account.id).order_by(Message.id)))


def test_asking_tells_the_administrator(session, person, company):
    request = _ask(person, company())
    assert request.state is RequestState.OPEN
    assert request.note == "研发部，工程师"
    assert _messages(session, person("enterprise_admin")) == ["join_asked"]
    assert [r.id for r in joining.open_requests(company(), person("enterprise_admin"))] == [request.id]
    assert joining.count_open(company()) == 1


def test_letting_somebody_in_gives_the_role_and_the_usual_grants(session, person, company):
    request = _ask(person, company())
    membership = joining.grant(request.id, by=person("enterprise_admin"), at=now())
    newcomer = person("newcomer")
    assert newcomer.role_names == {roles.ENTERPRISE_EMPLOYEE}  # and a registered user no more
    assert grants.of(membership) == set(grants.DEFAULT)
    assert membership.joined_at is not None
    assert request.state is RequestState.GRANTED
    assert request.decided_by_id == person("enterprise_admin").id
    assert _messages(session, newcomer) == ["join_granted"]
    actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id.desc()).limit(2)).all()
    assert actions == ["grant_join", "join"]


def test_individuals_join_a_unit_alike(person, company):
    request = _ask(person, company(), role=INDIVIDUAL)
    membership = joining.grant(request.id, by=person("enterprise_admin"), at=now())
    assert membership.role is INDIVIDUAL
    assert membership.grants is None
    assert person("newcomer").role_names == {roles.INDIVIDUAL}


def test_turning_somebody_away_needs_a_reason(session, person, company):
    request = _ask(person, company())
    for reason in ("", "  ", "长" * 201):
        with pytest.raises(Invalid):
            joining.refuse(request.id, reason, by=person("enterprise_admin"), at=now())
    joining.refuse(request.id, "非本单位人员", by=person("enterprise_admin"), at=now())
    assert request.state is RequestState.REFUSED
    assert _messages(session, person("newcomer")) == ["join_refused"]
    assert person("newcomer").role_names == {roles.REGISTERED}
    assert _ask(person, company()).state is RequestState.OPEN  # and may ask again


def test_a_decided_request_is_not_decided_again(person, company):
    request = _ask(person, company())
    joining.grant(request.id, by=person("enterprise_admin"), at=now())
    for again in (
        lambda: joining.grant(request.id, by=person("enterprise_admin"), at=now()),
        lambda: joining.refuse(request.id, "原因", by=person("enterprise_admin"), at=now()),
        lambda: joining.withdraw_request(request.id, by=person("newcomer"), at=now()),
        lambda: joining.find_open(request.id, person("enterprise_admin")),
    ):
        with pytest.raises(Conflict):
            again()


def test_nobody_asks_twice_nor_to_join_where_they_are(person, company):
    _ask(person, company())
    with pytest.raises(Conflict):
        _ask(person, company(), role=INDIVIDUAL)
    with pytest.raises(Conflict):
        _ask(person, company(), who="enterprise_employee")


def test_a_few_open_requests_at_a_time_and_few_a_day(session, person, company):
    usernames = ["enterprise_admin", "company_03", "company_04", "company_05"]
    asked = [_ask(person, company(username)) for username in usernames[: joining.MOST_OPEN]]
    with pytest.raises(TooManyAttempts):
        _ask(person, company(usernames[-1]))
    for _time in range(joining.MOST_PER_DAY - joining.MOST_OPEN):
        joining.withdraw_request(asked.pop().id, by=person("newcomer"), at=now())
        asked.append(_ask(person, company("company_05")))
    joining.withdraw_request(asked.pop().id, by=person("newcomer"), at=now())
    with pytest.raises(TooManyAttempts):
        _ask(person, company("company_06"))
    for request in session.scalars(select(JoinRequest)):
        request.asked_at -= timedelta(days=2)
    assert _ask(person, company("company_06"))


def test_who_may_not_ask(session, person, company):
    with pytest.raises(Forbidden):
        _ask(person, company(), who="county_officer")
    with pytest.raises(Invalid):
        _ask(person, company(), role=MembershipRole.ADMINISTRATOR)
    with pytest.raises(Invalid):
        _ask(person, company(), note="长" * 201)
    person("enterprise_admin").active = False
    session.flush()
    with pytest.raises(Invalid, match="没有企业管理员"):
        _ask(person, company())


def test_requests_are_their_askers_and_the_administrators_alone(person, company):
    request = _ask(person, company())
    with pytest.raises(NotFound):
        joining.grant(request.id, by=person("company_03"), at=now())
    with pytest.raises(NotFound):
        joining.refuse(request.id, "原因", by=person("enterprise_employee"), at=now())
    with pytest.raises(NotFound):
        joining.withdraw_request(request.id, by=person("enterprise_admin"), at=now())
    with pytest.raises(Forbidden):
        joining.grant(request.id, by=person("newcomer"), at=now())  # who sees it, and may not decide
    with pytest.raises(Forbidden):
        joining.open_requests(company(), person("enterprise_employee"))


def test_a_locked_account_is_not_let_in(session, person, company):
    request = _ask(person, company())
    person("newcomer").locked = True
    session.flush()
    with pytest.raises(Invalid):
        joining.grant(request.id, by=person("enterprise_admin"), at=now())
    assert request.state is RequestState.OPEN


def test_enterprises_are_found_by_a_part_of_the_name(session, person, company):
    newcomer = person("newcomer")
    assert [e.name for e in joining.find_enterprises(" 云杉 ", newcomer)] == [company().name]
    assert len(joining.find_enterprises("有限公司", newcomer)) <= joining.MOST_FOUND
    assert joining.find_enterprises("%司", newcomer) == []
    for short in ("", "云", " 云 "):
        with pytest.raises(Invalid):
            joining.find_enterprises(short, newcomer)
    company().certified_at = None
    session.flush()
    assert joining.find_enterprises("云杉", newcomer) == []
    with pytest.raises(NotFound):
        joining.find_enterprise(company().public_id, newcomer)


def test_who_was_removed_may_ask_again(session, person, company):
    boss = person("enterprise_admin")
    joining.grant(_ask(person, company()).id, by=boss, at=now())
    [membership] = session.scalars(select(Membership).where(Membership.account_id == person("newcomer").id))
    staff.remove_member(membership, by=boss, at=now())
    assert person("newcomer").role_names == {roles.REGISTERED}
    assert _ask(person, company()).state is RequestState.OPEN
