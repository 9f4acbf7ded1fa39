"""Processes that die at the worst moment: the work is taken up again, nothing is lost, nothing is done twice."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.clock import now
from app.demo.journeys import find_person
from app.extensions import db
from app.models import Declaration, DeclarationState, Document, Job, JobState, ReviewRecord, StoredFile, Submission
from app.services import declarations, documents, files

ROOT = Path(__file__).parents[2]
PATIENCE = 60


@pytest.fixture
def worker(app):
    """Return a function that starts a real worker process; all of them end with the test."""
    started = []

    def start() -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "run:app", "worker", "--workers", "1"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(question, seconds: float = PATIENCE):
    """Ask until the answer is true, each time in a fresh transaction."""
    end = time.time() + seconds
    while time.time() < end:
        answer = question()
        db.session.rollback()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain")


def _request_document(journey) -> tuple[int, int]:
    declaration = journey.walk_to("filled")
    applicant = find_person("enterprise_admin")
    facts = declarations.facts_of(declaration)
    report = declarations.check_declaration(declaration, now(), facts)
    job = documents.request_document(declaration, report, facts, by=applicant, at=now())
    ids = job.id, declaration.id
    db.session.commit()
    return ids


def _state(job_id: int) -> JobState:
    return db.session.scalar(select(Job.state).where(Job.id == job_id))


def test_a_worker_killed_while_it_writes_a_pdf_leaves_exactly_one_document_after_the_restart(journey, worker):
    job_id, declaration_id = _request_document(journey)

    victim = worker()
    _wait_for(lambda: _state(job_id) is JobState.RUNNING)
    os.killpg(victim.pid, signal.SIGKILL)
    victim.wait()
    assert _state(job_id) is JobState.RUNNING, "killed too late to prove anything"
    db.session.rollback()
    worker()
    _wait_for(lambda: _state(job_id) is JobState.DONE)

    job = db.session.get(Job, job_id)
    assert job.attempts == 2
    made = db.session.scalars(select(Document).where(Document.declaration_id == declaration_id)).all()
    assert len(made) == 1
    assert files.read_file(made[0].file).startswith(b"%PDF")
    assert files.is_intact(made[0].file)


def test_asking_again_for_a_finished_document_renders_nothing(journey, app):
    from app.jobs import run_job

    job_id, declaration_id = _request_document(journey)
    run_job(job_id)
    first = db.session.scalars(select(Document).where(Document.declaration_id == declaration_id)).one().id
    db.session.rollback()

    run_job(job_id)  # a second delivery of the same id
    declaration = db.session.get(Declaration, declaration_id)
    applicant = find_person("enterprise_admin")
    again = declarations.read_own(declaration.public_id, applicant)
    facts = declarations.facts_of(again)
    report = declarations.check_declaration(again, now(), facts)
    job = documents.request_document(again, report, facts, by=applicant, at=now())

    assert job.id == job_id
    assert job.state is JobState.DONE
    assert job.attempts == 1
    assert documents.current_document(again, facts).id == first


HANGING_SUBMIT = """
import sys, time
from app import create_app
from app.clock import now
from app.extensions import db
from app.models import Account
from app.services import declarations
with create_app().app_context():
    person = db.session.query(Account).filter_by(username="enterprise_admin").one()
    declaration = declarations.read_own(sys.argv[1], person)
    declarations.submit_declaration(declaration, declaration.seq, by=person, at=now())
    print("written, not committed", flush=True)
    time.sleep(60)
"""


def test_a_server_killed_in_the_middle_of_a_submit_leaves_the_draft_to_be_submitted_again(quick, journey):
    draft = quick("filled")
    public_id, row_id = draft.public_id, draft.id
    db.session.commit()
    db.session.remove()

    server = subprocess.Popen(
        [sys.executable, "-c", HANGING_SUBMIT, public_id], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout.readline().strip() == "written, not committed"
    server.kill()
    server.wait()

    after = db.session.get(Declaration, row_id)
    assert after.state is DeclarationState.DRAFT
    assert after.seq == 0
    assert db.session.scalar(select(func.count(ReviewRecord.id)).where(ReviewRecord.declaration_id == row_id)) == 0
    applicant = find_person("enterprise_admin")
    journey.submit(declarations.read_own(public_id, applicant), applicant)
    assert db.session.scalar(select(func.count(Submission.id)).where(Submission.declaration_id == row_id)) == 1


def test_a_stored_file_is_whole_or_not_there(app):
    stored = files.store_bytes(b"%PDF-1.4 whole", "application/pdf", site_id=1)
    again = files.store_bytes(b"%PDF-1.4 whole", "application/pdf", site_id=1)

    assert stored.id == again.id
    assert files.is_intact(stored)
    assert db.session.scalar(select(func.count(StoredFile.id)).where(StoredFile.sha256 == stored.sha256)) == 1
