"""Sending what waits in the outbox: each claim is committed before anything leaves, and what became of it after."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from flask import current_app
from flask_babel import lazy_gettext as _

from .extensions import db
from .models import Channel
from .services import outbox
from .services.delivery import NotDelivered, Parcel, Send, adapter_for

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]


def send_due(clock: Clock) -> int:
    """Send what is due, each in transactions of its own; returns how many left."""
    sent = 0
    for channel in Channel:
        row_ids = outbox.due(channel, clock())
        db.session.commit()
        if row_ids:
            sent += _send_all(channel, row_ids, clock)
    return sent


def send_codes(clock: Clock) -> int:
    """Send the one-time codes that are due, ahead of everything else; returns how many left."""
    row_ids = outbox.due_codes(clock())
    db.session.commit()
    return _send_all(Channel.SMS, row_ids, clock) if row_ids else 0


def _send_all(channel: Channel, row_ids: Sequence[int], clock: Clock) -> int:
    try:
        with adapter_for(channel, current_app.config).opened() as send:
            return sum(_send_one(row_id, send, clock) for row_id in row_ids)
    except NotDelivered as closed:
        return sum(_send_one(row_id, _refusing(closed), clock) for row_id in row_ids)


def _refusing(refusal: NotDelivered) -> Send:
    """Return a way that refuses everything: the real one could not be opened."""

    def refuse(_parcel: Parcel) -> None:
        raise refusal

    return refuse


def _send_one(row_id: int, send: Send, clock: Clock) -> bool:
    """Claim a row, send it and note what became of it; tells whether it left."""
    claim = outbox.claim(row_id, clock())
    db.session.commit()
    if claim is None:
        return False
    refusal = _refusal_of(send, claim.parcel)
    if refusal is None:
        sent = outbox.note_sent(claim, clock())
    else:
        sent = False
        outbox.note_failure(claim, refusal, clock())
    db.session.commit()
    return sent


def _refusal_of(send: Send, parcel: Parcel) -> NotDelivered | None:
    """Send a parcel; returns why it did not leave."""
    try:
        send(parcel)
    except NotDelivered as refusal:
        return refusal
    except Exception:
        log.exception("%s: the adapter failed", parcel.id)
        return NotDelivered(_("发送程序出错，请联系平台运维人员。"))
    return None
