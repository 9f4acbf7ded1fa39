"""A batch of 1,000 with ten stale and ten foreign rows among them: those get their reasons, the rest are done."""

import pytest
from sqlalchemy import func, insert, select, update

from app.clock import now
from app.demo.journeys import find_person
from app.extensions import db
from app.models import Declaration, ReviewAction, ReviewRecord, RouteStep, Submission, new_public_id
from app.services.batches import recommend_many

MANY, STALE, FOREIGN = 1000, 10, 10
FIRST_COPY = 10_000


@pytest.fixture
def thousand(quick):
    """A thousand copies of one declaration that waits for the county officer; the last ten wait for another city's."""
    own, foreign = quick("first"), quick("first", "gz_enterprise_admin")
    db.session.commit()
    _copy(own, FIRST_COPY, MANY - FOREIGN)
    _copy(foreign, FIRST_COPY + MANY - FOREIGN, FOREIGN)
    db.session.commit()
    return range(FIRST_COPY, FIRST_COPY + MANY)


def _copy(declaration: Declaration, first_id: int, count: int) -> None:
    """Insert copies whose declaration and submission have the same id."""
    ids = range(first_id, first_id + count)
    rows = {c.key: getattr(declaration, c.key) for c in Declaration.__mapper__.column_attrs}
    sent = {c.key: getattr(declaration.submission, c.key) for c in Submission.__mapper__.column_attrs}
    route = [
        {c.key: getattr(s, c.key) for c in RouteStep.__mapper__.column_attrs} for s in declaration.submission.route
    ]
    db.session.execute(
        insert(Declaration), [rows | {"id": i, "public_id": new_public_id(), "submission_id": None} for i in ids]
    )
    db.session.execute(insert(Submission), [sent | {"id": i, "declaration_id": i} for i in ids])
    steps = [{k: v for k, v in step.items() if k != "id"} | {"submission_id": i} for i in ids for step in route]
    db.session.execute(insert(RouteStep), steps)
    db.session.execute(update(Declaration).where(Declaration.id.in_(ids)).values(submission_id=Declaration.id))


def test_twenty_get_their_reasons_and_the_rest_are_done(thousand):
    officer = find_person("county_officer")
    seq = db.session.get(Declaration, FIRST_COPY).seq
    stale = set(list(thousand)[5 : 5 + STALE])
    foreign = set(list(thousand)[-FOREIGN:])
    db.session.execute(update(Declaration).where(Declaration.id.in_(stale)).values(seq=seq + 1))
    db.session.commit()

    outcomes = recommend_many(dict.fromkeys(thousand, seq), by=officer, at=now(), opinion="同意推荐")
    db.session.commit()

    assert [outcome.id for outcome in outcomes] == list(thousand)
    refused = {outcome.id: outcome.reason for outcome in outcomes if not outcome.done}
    assert set(refused) == stale | foreign
    assert all("他人处理" in refused[i] for i in stale)
    assert all("办理范围" in refused[i] for i in foreign)
    moved = select(func.count(Declaration.id)).where(Declaration.id.in_(thousand), Declaration.step == "second")
    assert db.session.scalar(moved) == MANY - STALE - FOREIGN
    records = select(func.count(ReviewRecord.id)).where(
        ReviewRecord.declaration_id.in_(thousand), ReviewRecord.action == ReviewAction.RECOMMEND
    )
    assert db.session.scalar(records) == MANY - STALE - FOREIGN
