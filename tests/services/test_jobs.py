"""The queue of work: delivered after the commit, not before, not twice, and not lost when the runner is away."""

import socket
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from app import jobs as runner
from app.clock import now
from app.errors import Invalid
from app.extensions import db
from app.models import Job, JobState, Site
from app.services import jobs


@pytest.fixture(autouse=True)
def _nothing_asked_before(app) -> None:
    """What the demo world has asked for is not of interest."""
    db.session.execute(delete(Job))
    db.session.commit()


@pytest.fixture
def delivered(app, monkeypatch) -> list[int]:
    """Collect what is handed to the runner."""
    ids: list[int] = []
    monkeypatch.setattr(runner, "carry", ids.append)
    return ids


def ask(key: str, at=None) -> int:
    site_id = db.session.scalars(select(Site.id)).first()
    return jobs.queue("nothing", key, {}, site_id=site_id, by=None, at=at or now()).id


def state_of(job_id: int) -> JobState:
    return db.session.get(Job, job_id, populate_existing=True).state


def test_nothing_is_delivered_before_the_commit(delivered):
    ids = [ask("one"), ask("two")]  # asking uses a savepoint each time
    assert delivered == []
    db.session.commit()
    assert delivered == ids


def test_what_is_rolled_back_is_never_delivered(delivered):
    ask("one")
    db.session.rollback()
    ask("two")
    nested = db.session.begin_nested()
    ask("three")
    assert nested.is_active
    db.session.rollback()  # the savepoint and all around it
    db.session.commit()
    assert delivered == []


def test_a_savepoint_rolled_back_keeps_what_was_asked_before(delivered):
    kept = ask("one")
    with pytest.raises(Invalid), db.session.begin_nested():
        raise Invalid("no")
    db.session.commit()
    assert delivered == [kept]


def test_a_runner_that_is_away_does_not_fail_the_request(app, monkeypatch):
    def refuse(_job_id):
        raise ConnectionError("no queue")

    monkeypatch.setattr(runner, "carry", refuse)
    ids = [ask("one"), ask("two")]
    db.session.commit()
    assert [state_of(i) for i in ids] == [JobState.QUEUED] * 2

    later: list[int] = []
    monkeypatch.setattr(runner, "carry", later.append)
    jobs.take_up_abandoned(now() + timedelta(minutes=1), 30)
    db.session.commit()
    assert later == ids


def test_a_long_queue_is_not_delivered_over_and_over(delivered):
    ids = [ask(f"n{number}", at=now() - timedelta(minutes=5)) for number in range(3)]
    db.session.commit()
    delivered.clear()
    for _round in range(4):
        jobs.take_up_abandoned(now(), 30)
        db.session.commit()
    assert delivered == ids


def test_what_a_dead_worker_held_is_delivered_at_once(delivered):
    job_id = ask("one")
    db.session.commit()
    assert jobs.claim(job_id, "dead", now() - timedelta(minutes=2)) is not None
    db.session.commit()
    delivered.clear()
    jobs.take_up_abandoned(now(), 30)
    db.session.commit()
    assert (delivered, state_of(job_id)) == ([job_id], JobState.QUEUED)


def test_a_machine_with_a_long_name_can_work(delivered, monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "shenbao-worker-7d9f8b6c5d-x2x9q." + "a" * 60)
    job_id = ask("one")
    db.session.commit()
    runner.run_job(job_id)  # nobody handles this kind: it fails with a reason, in its row
    assert state_of(job_id) is JobState.FAILED
