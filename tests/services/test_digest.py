"""The daily reminder: once a working day and person, whoever asks, of what is near its deadline."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select

from app import clock
from app.extensions import db
from app.jobs import run_job
from app.models import CallGuide, Declaration, Extension, Holiday, Job, JobState, Message, ResponsibleOffice
from app.services import digest

MONDAY = clock.local(2026, 3, 2, 9)


@pytest.fixture(autouse=True)
def _quiet(app, stand_in_documents):
    for model in (Message, Job):
        db.session.execute(delete(model))
    db.session.commit()


@pytest.fixture
def at():
    return clock.now()


def told(account, kind):
    query = select(Message).where(Message.account_id == account.id, Message.kind == kind)
    return db.session.scalars(query).all()


def guide_of(declaration) -> CallGuide:
    query = select(CallGuide).where(CallGuide.call_id == declaration.call_id, CallGuide.city_id == declaration.city_id)
    return db.session.scalars(query).one()


def asked() -> list[Job]:
    return db.session.scalars(select(Job).where(Job.kind == digest.JOB_KIND)).all()


def test_it_is_asked_for_once_a_working_day_from_its_time_on(app):
    digest.ask_when_due(clock.local(2026, 3, 2, 8, 29))
    assert asked() == []
    for hour in (9, 10, 23):
        digest.ask_when_due(clock.local(2026, 3, 2, hour))
    assert len(asked()) == 1
    digest.ask_when_due(clock.local(2026, 3, 7, 9))  # a Saturday
    assert len(asked()) == 1
    digest.ask_when_due(clock.local(2026, 3, 3, 9))
    assert len(asked()) == 2


def test_holidays_move_what_is_near(person):
    site_id = person("county_officer").site_id
    assert clock.show(digest.window_of(site_id, MONDAY).until) == "2026-03-05 23:59"
    db.session.add(Holiday(site_id=site_id, day=date(2026, 3, 4), name="节日"))
    db.session.flush()
    assert clock.show(digest.window_of(site_id, MONDAY).until) == "2026-03-06 23:59"
    digest.ask_when_due(clock.local(2026, 3, 4, 9))
    assert asked() == []


def test_an_enterprise_is_reminded_of_drafts_near_the_end(quick, person, at):
    boss, declaration = person("enterprise_admin"), quick("draft")
    guide = guide_of(declaration)
    digest.send_digest(boss.site_id, at=at)
    assert told(boss, "enterprise_due") == []  # ten days are far
    guide.closes_at = at + timedelta(hours=20)
    digest.send_digest(boss.site_id, at=at)
    (message,) = told(boss, "enterprise_due")
    assert declaration.title in message.body
    assert clock.show(guide.closes_at) in message.body
    assert told(person("company_03"), "enterprise_due") == []


def test_an_extension_counts_instead_of_the_citys_end(quick, person, at):
    boss, declaration, officer = person("enterprise_admin"), quick("draft"), person("city_officer")
    guide_of(declaration).closes_at = at - timedelta(hours=1)
    db.session.add(
        Extension(
            site_id=boss.site_id, call_id=declaration.call_id, enterprise_id=declaration.enterprise_id, reason="补报",
            until=at + timedelta(hours=5), given_at=at - timedelta(hours=1), given_by_id=officer.id, given_by_name="x",
        )
    )  # fmt: skip
    db.session.flush()
    digest.send_digest(boss.site_id, at=at)
    (message,) = told(boss, "enterprise_due")
    assert clock.show(at + timedelta(hours=5)) in message.body


def test_reviewers_are_reminded_of_what_waits_near_its_deadline(quick, person, at):
    officer, declaration = person("county_officer"), quick("first")
    declaration.due_at = at + timedelta(hours=30)
    db.session.flush()
    digest.send_digest(officer.site_id, at=at)
    (message,) = told(officer, "review_due")
    assert "1 个待审核" in message.body
    assert told(person("city_officer"), "review_due") == []
    declaration.due_at = at - timedelta(hours=1)
    db.session.execute(delete(Message))
    digest.send_digest(officer.site_id, at=at)
    assert told(officer, "review_due") == []


def test_administrators_are_reminded_of_calls_without_an_office(quick, person, at):
    administrator = person("city_admin")
    db.session.execute(delete(ResponsibleOffice).where(ResponsibleOffice.bureau_id == administrator.department_id))
    digest.send_digest(administrator.site_id, at=at)
    (message,) = told(administrator, "office_due")
    assert message.link == "/responsible-offices/"
    assert told(person("gz_city_admin"), "office_due") == []


def test_the_job_tells_everybody_once_even_when_delivered_twice(quick, person, at):
    boss, declaration = person("enterprise_admin"), quick("draft")
    guide_of(declaration).closes_at = at + timedelta(hours=20)
    job_id = digest_job(boss.site_id, at)
    for _delivery in range(2):
        run_job(job_id)
    assert db.session.get(Job, job_id, populate_existing=True).state is JobState.DONE
    assert len(told(boss, "enterprise_due")) == 1


def digest_job(site_id: int, at) -> int:
    job = Job(site_id=site_id, kind=digest.JOB_KIND, key="digest-test", payload={}, created_at=at)
    db.session.add(job)
    db.session.flush()
    job_id = job.id
    db.session.commit()
    return job_id


def test_a_long_list_is_cut_and_counted(quick, person, at):
    boss, declaration = person("enterprise_admin"), quick("draft")
    guide_of(declaration).closes_at = at + timedelta(hours=20)
    values = {
        c.key: getattr(declaration, c.key) for c in Declaration.__table__.columns if c.key not in ("id", "public_id")
    }
    for number in range(12):
        db.session.add(Declaration(**values | {"title": f"项目{number}"}))
    db.session.flush()
    digest.send_digest(boss.site_id, at=at)
    (message,) = told(boss, "enterprise_due")
    assert message.title == "有 13 个申报项目临近截止"
    assert message.body.count("截止\n") <= 12
    assert "……共 13 项" in message.body
