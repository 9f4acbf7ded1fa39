"""补报: one enterprise may declare longer, to the second, while what comes later can still be reviewed."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.clock import now
from app.errors import Closed, DeadlinePassed, Forbidden, Invalid
from app.extensions import db
from app.models import AuditEvent, Call, DeclarationState, Enterprise
from app.services import calls, declarations, extensions, terms
from app.services.guides import guides_of

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def call(call_of) -> Call:
    return call_of("quick_note")


@pytest.fixture
def company(person) -> Enterprise:
    return person("company_03").memberships[0].enterprise


@pytest.fixture
def give(call, company, person):
    """Return a function: give the company time until a moment."""

    def do(until, who="city_officer", at=None, reason="系统故障期间未能提交"):
        given = extensions.give_extension(call, company, until, reason, by=person(who), at=at or call.closes_at)
        db.session.commit()
        return given

    return do


def fill(call, journey, person, company="company_03"):
    """Return a filled draft that was left at the deadline."""
    return journey.walk_to("filled", company, call)


# ---------------------------------------------------------------- what it opens


def test_who_never_started_may_start_until_then_and_not_a_second_longer(call, company, person, give):
    applicant, until = person("company_03"), call.closes_at + DAY
    with pytest.raises(DeadlinePassed, match="技术改造与创新科"):
        declarations.start_declaration(call, company, by=applicant, at=call.closes_at + SECOND)
    give(until)
    opening = calls.opening_of(call, company, until)
    assert (opening.is_open, opening.is_extended, opening.terms.closes_at) == (True, True, until)
    with pytest.raises(DeadlinePassed):
        declarations.start_declaration(call, company, by=applicant, at=until + SECOND)
    assert declarations.start_declaration(call, company, by=applicant, at=until).state is DeclarationState.DRAFT


def test_a_draft_left_at_the_deadline_is_saved_and_submitted_again(call, journey, person, give):
    applicant, until = person("company_03"), call.closes_at + DAY
    draft = fill(call, journey, person)
    section = draft.sections[0]
    with pytest.raises(Closed):
        declarations.save_section(
            draft, section.key, {"topic": "晚了"}, section.revision, by=applicant, at=call.closes_at + SECOND
        )
    give(until)
    declarations.save_section(draft, section.key, {"topic": "补报"}, section.revision, by=applicant, at=until)
    with pytest.raises(DeadlinePassed):
        declarations.submit_declaration(draft, draft.seq, by=applicant, at=until + SECOND)
    declarations.submit_declaration(draft, draft.seq, by=applicant, at=until)
    assert draft.state is DeclarationState.IN_REVIEW
    assert draft.due_at > until


def test_others_of_the_same_city_gain_nothing(call, person, give):
    give(call.closes_at + DAY)
    other = person("company_04").memberships[0].enterprise
    assert not calls.opening_of(call, other, call.closes_at + SECOND).is_open


def test_a_later_one_replaces_it_and_taking_back_restores_the_end(call, company, person, give):
    first = give(call.closes_at + DAY)
    second = give(call.closes_at + 2 * DAY)
    assert calls.opening_of(call, company, call.closes_at).terms.closes_at == second.until
    officer, at = person("city_officer"), call.closes_at + HOUR
    with pytest.raises(Invalid, match="不再有效"):
        extensions.revoke_extension(first, by=officer, at=at)
    extensions.revoke_extension(second, by=officer, at=at, reason="误办")
    db.session.commit()
    opening = calls.opening_of(call, company, at)
    assert (opening.is_open, opening.terms.closes_at) == (False, call.closes_at)
    with pytest.raises(Invalid, match="不再有效"):
        extensions.revoke_extension(second, by=officer, at=at)
    actions = db.session.scalars(select(AuditEvent.action).where(AuditEvent.subject == "Extension")).all()
    assert actions == ["give_extension", "give_extension", "revoke_extension"]


# ---------------------------------------------------------------- bounds


def test_a_city_leaves_time_for_its_own_review_and_the_province_moves_it(call, company, person, give):
    with pytest.raises(Invalid) as refusal:
        give(call.city_due_at)
    assert list(refusal.value.details["fields"]) == ["until"]
    give(call.city_due_at - SECOND)
    until = call.city_due_at + DAY
    give(until, who="province_officer")
    guide = guides_of(company.city_id, [call.id])[call.id]
    extended = terms.effective_call(call, guide, until)
    assert extended.city_due_at - until == call.city_due_at - call.closes_at
    assert until < extended.county_due_at <= extended.city_due_at


@pytest.mark.parametrize("move", [timedelta(), -DAY])
def test_it_ends_later_than_for_everybody(call, give, move):
    with pytest.raises(Invalid, match="须晚于申报截止时间"):
        give(call.closes_at + move)


def test_it_lies_ahead(call, give):
    with pytest.raises(Invalid, match="须晚于当前时间"):
        give(call.closes_at + HOUR, at=call.closes_at + DAY)


def test_it_needs_a_reason(call, give):
    with pytest.raises(Invalid, match="请填写补报理由"):
        give(call.closes_at + DAY, reason="  ")


@pytest.mark.parametrize("who", ["gz_city_officer", "county_officer", "city_admin"])
def test_only_the_offices_in_charge_give_it(call, give, who):
    with pytest.raises(Forbidden):
        give(call.closes_at + DAY, who=who)


def test_the_county_keeps_its_share_but_never_beyond_the_city(call, company):
    guide = guides_of(company.city_id, [call.id])[call.id]
    plain = terms.effective_call(call, guide)
    extended = terms.effective_call(call, guide, plain.closes_at + DAY)
    assert extended.county_due_at == plain.county_due_at + DAY
    late = terms.effective_call(call, guide, call.city_due_at - SECOND)
    assert late.county_due_at == late.city_due_at == call.city_due_at


def test_the_guide_of_everybody_ignores_an_earlier_moment(call, company):
    guide = guides_of(company.city_id, [call.id])[call.id]
    assert terms.effective_call(call, guide, guide.closes_at - DAY) == terms.effective_call(call, guide)


def test_now_is_within_the_test_call(call):
    assert call.opens_at < now() < call.closes_at
