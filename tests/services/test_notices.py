"""On what occasions people are told, and who."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from app.clock import now
from app.demo.world import PASSWORD
from app.extensions import db
from app.jobs import run_job
from app.models import Call, CallGuide, Declaration, Job, JobState, Message, Outbox
from app.services import batches, jobs, log_in, notices, offices, people, reviews


@pytest.fixture(autouse=True)
def _quiet(app, stand_in_documents):
    """What the demo world has told and asked for is not of interest."""
    forget()


def forget() -> None:
    """Forget what was told so far."""
    for model in (Outbox, Message, Job):
        db.session.execute(delete(model))
    db.session.commit()


def told(account, kind: str | None = None) -> list[Message]:
    query = select(Message).where(Message.account_id == account.id).order_by(Message.id)
    return db.session.scalars(query.where(Message.kind == kind) if kind else query).all()


def run_jobs(kind: str) -> None:
    """Do the queued work of a kind as the worker would."""
    db.session.commit()
    for job_id in db.session.scalars(select(Job.id).where(Job.kind == kind, Job.state == JobState.QUEUED)).all():
        db.session.commit()
        run_job(job_id)
    db.session.expire_all()
    assert not db.session.scalars(select(Job.message).where(Job.kind == kind, Job.state == JobState.FAILED)).all()


def act(declaration, do, officer, **more):
    db.session.refresh(declaration)
    return reviews.act(declaration, do, by=officer, at=now(), seq=declaration.seq, **more)


def test_the_enterprise_hears_of_submission_and_return_with_the_opinion(quick, person):
    boss, officer = person("enterprise_admin"), person("county_officer")
    declaration = quick("first")
    (submitted,) = told(boss, "submitted")
    assert declaration.title in submitted.title
    assert submitted.link == f"/declarations/{declaration.public_id}/"
    act(declaration, "return", officer, opinion="请补充审计报告", to="applicant")
    (returned,) = told(boss, "returned")
    assert "请补充审计报告" in returned.body
    assert "惠城区" in returned.body


def test_recommendation_and_withdrawal_are_told_without_the_opinion(quick, person):
    boss, officer = person("enterprise_admin"), person("county_officer")
    declaration = quick("first")
    act(declaration, "recommend", officer, opinion="内部意见不公开")
    act(declaration, "withdraw", officer)
    assert len(told(boss, "recommended")) == len(told(boss, "withdrawn")) == 1
    assert not any("内部意见" in message.body for message in told(boss))


def test_a_burst_of_arrivals_is_one_message_to_each_officer(quick, person):
    officer, other = person("county_officer"), person("gz_county_officer")
    for company in ("enterprise_admin", "company_03", "company_04"):
        quick("first", company)
    assert told(officer, "arrived") == []
    waiting = db.session.scalars(select(Job).where(Job.kind == notices.ARRIVALS_JOB)).all()
    assert len(waiting) == 1
    run_jobs(notices.ARRIVALS_JOB)
    (message,) = told(officer, "arrived")
    assert "3 个" in message.title
    assert told(other, "arrived") == []


def test_arrivals_are_told_once_their_span_is_over(quick):
    quick("first")
    job = db.session.scalars(select(Job).where(Job.kind == notices.ARRIVALS_JOB)).one()
    db.session.commit()
    assert job.id not in jobs.take_up_abandoned(job.created_at - timedelta(seconds=1), 0)
    assert job.id in jobs.take_up_abandoned(job.created_at + timedelta(seconds=1), 0)


def test_what_has_gone_on_meanwhile_is_not_told(quick, person):
    officer = person("county_officer")
    declaration = quick("first")
    act(declaration, "recommend", officer, opinion="同意")
    run_jobs(notices.ARRIVALS_JOB)
    assert told(officer, "arrived") == []


def test_a_batch_tells_every_enterprise_from_the_worker(quick, person):
    officer = person("county_officer")
    rows = [quick("first", company) for company in ("enterprise_admin", "company_03")]
    batches.recommend_many({row.id: row.seq for row in rows}, by=officer, at=now(), opinion="同意推荐")
    assert told(person("enterprise_admin"), "recommended") == []
    run_jobs(notices.MOVES_JOB)
    run_jobs(notices.MOVES_JOB)
    run_jobs(notices.ARRIVALS_JOB)
    assert any("2 个" in message.title for message in told(person("city_officer"), "arrived")) or told(
        person("office_leader"), "arrived"
    )
    for row, company in zip(rows, ("enterprise_admin", "company_03"), strict=True):
        (message,) = told(person(company), "recommended")
        assert row.title in message.title


def test_a_batch_that_is_rolled_back_tells_nobody(quick, person):
    officer = person("county_officer")
    row = quick("first")
    batches.recommend_many({row.id: row.seq}, by=officer, at=now(), opinion="同意推荐")
    db.session.rollback()
    assert db.session.scalar(select(func.count(Job.id)).where(Job.kind == notices.MOVES_JOB)) == 0


def test_administrators_hear_of_a_lost_office_and_the_office_of_a_new_one(quick, person):
    administrator, officer = person("county_admin"), person("county_officer")
    declaration = quick("first")
    call = db.session.get(Call, declaration.call_id)
    forget()
    offices.clear_responsible_office(call, by=administrator, at=now())
    (missing,) = told(administrator, "office_missing")
    assert missing.link == "/responsible-offices/"
    offices.set_responsible_office(call, officer.department, by=administrator, at=now())
    (given,) = told(officer, "office_set")
    assert "1 个" in given.body


def test_a_changed_guide_is_told_to_those_who_have_begun(quick, person):
    declaration = quick("draft")
    quick("first", "company_03")
    query = select(CallGuide).where(CallGuide.call_id == declaration.call_id, CallGuide.city_id == declaration.city_id)
    guide = db.session.scalars(query).one()
    notices.after_guide(guide, is_new=False, by=person("city_officer"), at=now())
    run_jobs(notices.GUIDE_JOB)
    assert len(told(person("enterprise_admin"), "guide_changed")) == 1
    assert told(person("company_03"), "guide_changed") == []


def test_a_new_guide_is_told_to_the_enterprises_of_the_city(quick, person):
    declaration = quick("draft")
    forget()
    query = select(CallGuide).where(CallGuide.call_id == declaration.call_id, CallGuide.city_id == declaration.city_id)
    notices.after_guide(db.session.scalars(query).one(), is_new=True, by=person("city_officer"), at=now())
    run_jobs(notices.GUIDE_JOB)
    assert len(told(person("company_03"), "guide_published")) == 1
    assert told(person("gz_enterprise_admin")) == []


def test_people_hear_when_their_password_or_account_is_touched(person):
    administrator, officer = person("county_admin"), person("county_officer")
    people.reset_password(officer, "NewPass#2026", by=administrator, at=now())
    people.set_locked(officer, True, by=administrator, at=now())
    people.set_locked(officer, False, by=administrator, at=now())
    assert [message.kind for message in told(officer)] == ["password_reset", "account_locked"]
    assert not any("NewPass" in message.body for message in told(officer))


def test_failed_log_ins_that_lock_an_account_are_told_to_its_owner(person):
    officer = person("county_officer")
    for _attempt in range(log_in.MAX_FAILURES):
        with pytest.raises(Exception, match="不正确"):
            log_in.log_in(officer.username, "wrong" + PASSWORD, site_id=officer.site_id, at=now(), address="::1")
    assert [message.kind for message in told(officer)] == ["account_locked"]


def test_somebody_who_was_only_told_things_can_still_be_removed(person):
    administrator, newcomer = person("county_admin"), person("county_officer")
    notices.after_lock(newcomer, "x", at=now())
    people.remove_person(newcomer, by=administrator, at=now())
    assert db.session.scalar(select(func.count(Message.id)).where(Message.account_id == newcomer.id)) == 0


def test_every_link_leads_to_a_page(app, quick, person):
    """Services name addresses as text; here they meet the URL map."""
    quick("first")
    run_jobs(notices.ARRIVALS_JOB)
    adapter = app.url_map.bind("localhost")
    links = set(db.session.scalars(select(Message.link).where(Message.link.is_not(None))))
    links |= {"/responsible-offices/", "/workbench/", "/desk/", "/objections/show/x", "/publicity/x/", "/declare/1/"}
    assert len(links) >= 8
    for link in links:
        assert adapter.match(link, method="GET")


def test_telling_a_move_costs_the_same_for_one_and_for_many(quick, person, statements):
    rows = [quick("first", company) for company in ("enterprise_admin", "company_03", "company_04")]
    for some in (rows[:1], rows):
        moved = {row.id: row.seq for row in some}
        statements.clear()
        assert notices.tell_moves(moved, at=now()) >= len(some)
        costs = len(statements)
        assert costs <= 6
    assert db.session.scalar(select(func.count(Declaration.id))) >= 3
