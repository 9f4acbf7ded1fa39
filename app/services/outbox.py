"""What waits in the outbox: claimed by compare-and-swap, tried again with growing pauses, given up in the end.

A row is claimed by raising `attempts` and putting `next_try_at` off, so two workers never hold the same one, and one
that was killed lets go of it when the time is over. Delivery is at least once: a worker that is killed after the mail
server took a message and before the row says so leaves it to be sent again, under the same Message-ID.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _
from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import joinedload

from ..extensions import db
from ..models import Channel, DeliveryState, Message, Outbox, Site
from .delivery import NotDelivered, Parcel
from .wordings import CARRYING_CODES

MAX_ATTEMPTS = 6
LEASE = timedelta(minutes=5)  # longer than any way out takes to answer
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6))
AT_ONCE = 100


@dataclass(frozen=True)
class Claim:
    """A row that this worker holds for a while, and what is to leave."""

    id: int
    attempts: int
    parcel: Parcel


def due(channel: Channel, at: datetime, *, limit: int = AT_ONCE) -> Sequence[int]:
    """Return the ids of what is to be sent now, the oldest first."""
    return db.session.scalars(_waiting(channel, at).limit(limit)).all()


def due_codes(at: datetime) -> Sequence[int]:
    """Return the ids of the texts with one-time codes that are to be sent now."""
    return db.session.scalars(_waiting(Channel.SMS, at).where(Outbox.kind.in_(CARRYING_CODES)).limit(AT_ONCE)).all()


def _waiting(channel: Channel, at: datetime) -> Select[tuple[int]]:
    return (
        select(Outbox.id)
        .where(Outbox.state == DeliveryState.WAITING, Outbox.channel == channel)
        .where(or_(Outbox.next_try_at.is_(None), Outbox.next_try_at <= at))
        .order_by(Outbox.id)
    )


def claim(row_id: int, at: datetime) -> Claim | None:
    """Take a row for this worker; None when somebody else has it, or when it was interrupted too often."""
    row = db.session.scalars(
        select(Outbox)
        .where(Outbox.id == row_id)
        .options(joinedload(Outbox.message).load_only(Message.link))
        .execution_options(populate_existing=True)
    ).one()
    if row.state is not DeliveryState.WAITING or (row.next_try_at is not None and row.next_try_at > at):
        return None
    taken = Claim(row_id, row.attempts + 1, _parcel(row))
    values = {"attempts": taken.attempts, "next_try_at": at + LEASE}
    if row.attempts >= MAX_ATTEMPTS:
        values = {"state": DeliveryState.FAILED, "problem": row.problem or str(_("发送多次中断"))}
    won = db.session.execute(
        update(Outbox)
        .where(Outbox.id == row_id, Outbox.state == DeliveryState.WAITING, Outbox.attempts == row.attempts)
        .values(values)
        .execution_options(synchronize_session=False)
    ).rowcount
    return taken if won and "state" not in values else None


def _parcel(row: Outbox) -> Parcel:
    """Return what goes out; an e-mail says where to read on."""
    body = row.body
    if row.channel is Channel.EMAIL and row.message is not None and row.message.link:
        host = db.session.scalar(select(Site.host).where(Site.id == row.site_id))
        body = f"{body}\n\n{current_app.config['PREFERRED_URL_SCHEME']}://{host}{row.message.link}"
    return Parcel(f"outbox-{row.id}", row.channel, row.address, row.subject, body)


def note_sent(claim: Claim, at: datetime) -> bool:
    """Note that it left; False when the claim ran out and somebody else has taken it."""
    return _mark(claim, {"state": DeliveryState.SENT, "sent_at": at, "problem": None})


def note_failure(claim: Claim, refusal: NotDelivered, at: datetime) -> None:
    """Note the reason; it is tried again later unless it was refused for good or too often."""
    _mark(claim, _after_failure(claim, refusal, at))


def _after_failure(claim: Claim, refusal: NotDelivered, at: datetime) -> dict[str, Any]:
    if refusal.for_good or claim.attempts >= MAX_ATTEMPTS:
        return {"state": DeliveryState.FAILED, "problem": str(refusal)}
    return {"problem": str(refusal), "next_try_at": at + PAUSES[claim.attempts - 1]}


def _mark(claim: Claim, values: dict[str, Any]) -> bool:
    won = db.session.execute(
        update(Outbox)
        .where(Outbox.id == claim.id, Outbox.attempts == claim.attempts, Outbox.state == DeliveryState.WAITING)
        .values(values)
        .execution_options(synchronize_session=False)
    ).rowcount
    return bool(won)
