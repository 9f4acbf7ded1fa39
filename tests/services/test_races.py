"""Two processes at the same rows at the same moment: exactly one wins, nothing happens twice, nothing is lost."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Declaration, DeclarationSection, DeclarationState, ReviewAction, ReviewRecord, Submission

ACTOR = Path(__file__).with_name("actor.py")
ROUNDS = 6
PAUSE = 0.15


@pytest.fixture
def race(app):
    """Return a function: two lists of orders → two lists of results, the n-th orders at the same moment."""

    def run(*sides: list[dict]) -> list[list[str]]:
        db.session.commit()
        db.session.remove()
        actors = [_start(orders) for orders in sides]
        for actor in actors:
            assert actor.stdout.readline().strip() == "ready"
        start = time.time() + 0.3
        for actor in actors:
            actor.stdin.write(f"{start}\n")
            actor.stdin.flush()
        return [json.loads(actor.communicate(timeout=60)[0]) for actor in actors]

    return run


def _start(orders: list[dict]) -> subprocess.Popen:
    actor = subprocess.Popen(
        [sys.executable, "-m", "tests.services.actor"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ACTOR.parents[2],
    )
    timed = [order | {"after": number * PAUSE} for number, order in enumerate(orders)]
    actor.stdin.write(json.dumps(timed) + "\n")
    actor.stdin.flush()
    return actor


def _orders(declarations: list[Declaration], do: str, person: str, **more) -> list[dict]:
    return [{"do": do, "person": person, "declaration": d.public_id, "seq": d.seq} | more for d in declarations]


def test_withdraw_against_recommend_has_exactly_one_winner(quick, race):
    waiting = [quick("second") for _ in range(ROUNDS)]
    seqs = {d.id: d.seq for d in waiting}

    withdrawn, recommended = race(
        _orders(waiting, "withdraw", "county_officer"), _orders(waiting, "recommend", "city_officer")
    )

    for one, other in zip(withdrawn, recommended, strict=True):
        assert (one == "done") != (other == "done"), (one, other)
    for row_id, seq in seqs.items():
        declaration = db.session.get(Declaration, row_id)
        assert declaration.seq == seq + 1
        assert declaration.step in ("first", "third")


def test_two_officers_recommending_at_once_leave_one_record(quick, race, person):
    waiting = [quick("first") for _ in range(ROUNDS)]
    ids = [d.id for d in waiting]

    one, other = race(_orders(waiting, "recommend", "county_officer"), _orders(waiting, "recommend", "county_officer"))

    assert [sorted(pair) for pair in zip(one, other, strict=True)] == [["AlreadyActed", "done"]] * ROUNDS
    records = select(func.count(ReviewRecord.id)).where(
        ReviewRecord.declaration_id.in_(ids), ReviewRecord.action == ReviewAction.RECOMMEND
    )
    assert db.session.scalar(records) == ROUNDS


def test_a_double_submit_makes_one_submission(quick, race):
    drafts = [quick("filled") for _ in range(ROUNDS)]
    ids = [d.id for d in drafts]

    one, other = race(_orders(drafts, "submit", "enterprise_admin"), _orders(drafts, "submit", "enterprise_employee"))

    for pair in zip(one, other, strict=True):
        assert sorted(pair)[1] == "done"
        assert sorted(pair)[0] in ("AlreadyActed", "Closed")
    assert db.session.scalar(select(func.count(Submission.id)).where(Submission.declaration_id.in_(ids))) == ROUNDS
    states = set(db.session.scalars(select(Declaration.state).where(Declaration.id.in_(ids))))
    assert states == {DeclarationState.IN_REVIEW}


def test_a_section_saved_from_two_tabs_keeps_the_first_and_tells_the_second(quick, race):
    draft = quick("draft")
    section = draft.sections[0]
    key, revision, section_id = section.key, section.revision, section.id
    forms = [{"topic": "甲标签页填写"}, {"topic": "乙标签页填写"}]
    order = {
        "do": "save",
        "person": "enterprise_admin",
        "declaration": draft.public_id,
        "seq": revision,
        "section": key,
    }

    results = race(*([order | {"form": form}] for form in forms))

    assert sorted(r[0] for r in results) == ["StaleRevision", "done"]
    stored = db.session.get(DeclarationSection, section_id)
    winner = forms[[r[0] for r in results].index("done")]
    assert stored.revision == revision + 1
    assert stored.answers["topic"] == winner["topic"]
