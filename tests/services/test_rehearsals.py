"""Trying out a type on the stage: one call, every part, and nothing of it on the platform."""

import pytest
from sqlalchemy import func, select

from app.clock import now
from app.demo.journeys import Journey
from app.errors import Forbidden, Invalid, NotFound
from app.models import Account, Call, Declaration, DeclarationState, Enterprise, Programme, ReviewAction, Site
from app.permissions import visible
from app.services import declarations, rehearsals, stages, type_drafts
from app.sites import site_for

pytestmark = pytest.mark.usefixtures("stand_in_documents")


@pytest.fixture
def author(session, person):
    return person("province_admin")


@pytest.fixture
def draft(session, author):
    site = session.get_one(Site, author.site_id)
    return type_drafts.begin(site, "talent_2026", "2026年人才项目申报书", 2026, by=author, at=now())


@pytest.fixture
def call(draft, author):
    return rehearsals.rehearse(draft, by=author, at=now())


def counted(session, author) -> list[int]:
    models = (Call, Programme, Enterprise, Declaration, Account)
    return [session.scalar(select(func.count()).select_from(m).where(visible(m, author))) for m in models]


def test_a_rehearsal_stands_in_no_list_of_the_platform(session, draft, author):
    before = counted(session, author)
    call = rehearsals.rehearse(draft, by=author, at=now())
    assert call.site_id != author.site_id
    assert counted(session, author) == before
    assert draft.rehearsed_at is not None


def test_every_part_of_the_chain_has_its_person(call, author):
    parts = {part.key: account for part, account in rehearsals.parts_for(author)}
    assert list(parts) == [part.key for part in stages.PARTS]
    assert all(account.site_id == call.site_id for account in parts.values())


def test_a_draft_with_problems_is_not_rehearsed(draft, author):
    type_drafts.save_part(draft, "subject", None, revision=0, by=author, at=now())
    with pytest.raises(Invalid) as refused:
        rehearsals.rehearse(draft, by=author, at=now())
    assert refused.value.details["problems"]


def test_a_second_rehearsal_closes_the_first_one(call, draft, author):
    again = rehearsals.rehearse(draft, by=author, at=now())
    assert again.id != call.id
    assert call.closes_at <= again.opens_at < again.closes_at
    assert again.programme.name != call.programme.name


def test_nobody_outside_steps_into_a_part(call, author, person):
    with pytest.raises(NotFound):
        rehearsals.step_into(author, "nobody", at=now())
    with pytest.raises(Forbidden):
        rehearsals.require_part_of(person("city_officer"), author)
    played = rehearsals.step_into(author, "first", at=now())
    rehearsals.require_part_of(played, author)
    assert played.password == stages.NO_PASSWORD


def test_no_host_leads_to_the_stage(app, session, call):
    stage = session.get_one(Site, call.site_id)
    session.flush()
    app.extensions["sites"]["by_host"] = {}
    assert site_for(stage.host).id != stage.id
    assert site_for(stage.key).id != stage.id


def test_a_declaration_walks_through_the_whole_chain_on_the_stage(session, call, author):
    applicant = rehearsals.step_into(author, "first", at=now())
    journey = Journey(now())
    declaration = journey.start(applicant, call)
    contact = {"contact": "李四", "contact_phone": "13800000002"}
    for key, form in (("basic", contact), ("truth", {"truth_statement": "yes"})):
        revision = declarations.stored_section(declaration, key).revision
        declarations.save_section(declaration, key, form, revision, by=applicant, at=journey.at)
    journey.make_document(declaration, applicant)
    journey.submit(declaration, applicant)
    steps = []
    while declaration.state is DeclarationState.IN_REVIEW:
        steps.append(declaration.step)
        journey.act(declaration, ReviewAction.RECOMMEND)
    assert steps == ["county", "city_officer", "office_leader", "province"]
    assert declaration.state is DeclarationState.APPROVED
    assert session.scalars(select(Declaration).where(visible(Declaration, author))).all() == []
