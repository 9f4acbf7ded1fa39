"""A person's own inbox: what is new, and reading marks."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update

from ..extensions import db
from ..models import Account, Message, Outbox
from ..permissions import visible


def newest_unread(user: Account, *, limit: int) -> Sequence[Message]:
    """Return what one has not read yet, the newest first."""
    own = Message.account_id == user.id  # operators may see those of others
    query = select(Message).where(visible(Message, user), own, Message.read_at.is_(None))
    return db.session.scalars(query.order_by(Message.id.desc()).limit(limit)).all()


def mark_read(messages: Iterable[Message], *, by: Account, at: datetime) -> int:
    """Mark these messages of one's own as read; returns how many were not before."""
    return _mark(Message.id.in_([message.id for message in messages]), by, at)


def mark_all_read(*, by: Account, at: datetime) -> int:
    """Mark everything in one's own inbox as read; returns how many were not before."""
    return _mark(Message.created_at <= at, by, at)


def _mark(condition, by: Account, at: datetime) -> int:
    return db.session.execute(
        update(Message)
        .where(Message.account_id == by.id, Message.read_at.is_(None), condition)
        .values(read_at=at)
        .execution_options(synchronize_session=False)
    ).rowcount


def forget(person: Account) -> None:
    """Delete what a person was told, who never worked here and leaves."""
    for model in (Outbox, Message):
        db.session.execute(delete(model).where(model.account_id == person.id))
