"""The chain over audit events: what was changed shows, and what merely came late does not."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select, update

from app.clock import now
from app.extensions import db
from app.models import AuditEvent
from app.services import audit


@pytest.fixture
def newest(app) -> int:
    """Seal what is there and return the greatest id."""
    audit.seal(limit=10_000)
    db.session.commit()
    return db.session.scalar(select(func.max(AuditEvent.id)))


def note(row_id: int, action: str = "add") -> None:
    row = {"id": row_id, "at": now() + timedelta(seconds=1), "action": action, "subject": "Call", "detail": {}}
    db.session.execute(insert(AuditEvent.__table__), row)
    db.session.commit()


def seal() -> int:
    sealed = audit.seal()
    db.session.commit()
    return sealed


def test_an_event_committed_after_one_with_a_greater_id_does_not_break_the_chain(newest):
    note(newest + 2)
    assert seal() == 1
    note(newest + 1)  # its transaction took the id earlier and ended later
    assert seal() == 1
    assert audit.check_chain() == (None, None)


def test_a_changed_event_is_found_wherever_it_stands(newest):
    note(newest + 2)
    seal()
    note(newest + 1)
    seal()
    db.session.execute(update(AuditEvent).where(AuditEvent.id == newest + 2).values(action="remove"))
    db.session.commit()
    broken, _place = audit.check_chain()
    assert broken.id == newest + 2


def test_a_deleted_event_is_found_by_the_one_after_it(newest):
    note(newest + 1)
    note(newest + 2)
    seal()
    db.session.execute(delete(AuditEvent.__table__).where(AuditEvent.__table__.c.id == newest + 1))
    db.session.commit()
    broken, _place = audit.check_chain()
    assert broken.id == newest + 2


def test_of_two_workers_one_seals(app, newest):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite lets one writer in at a time")
    note(newest + 1)
    assert audit.seal() == 1
    with app.app_context():  # a second worker while the first has not committed
        assert audit.seal() == 0
        db.session.rollback()
    db.session.commit()
    assert audit.check_chain() == (None, None)
