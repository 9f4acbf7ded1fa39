"""Audit events: appended in the acting transaction, sealed into a hash chain by the worker afterwards."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from ..database import try_to_be_alone
from ..extensions import db
from ..models import Account, AuditEvent

SEAL_BATCH = 500
SEALING = 20_240_901  # names the task among those of which only one may be at work

Place = tuple[int, str]  # number and hash of a link of the chain
BEGINNING: Place = (0, "")


def record(action: str, row: Any, *, by: Account | None, at: datetime, detail: dict | None = None) -> None:
    """Append one event about `row`."""
    db.session.add(
        AuditEvent(
            site_id=getattr(row, "site_id", None) or (by.site_id if by else None),
            at=at,
            account_id=by.id if by else None,
            account_name=by.name if by else None,
            action=action,
            subject=row.__class__.__name__,  # not type(): the person may be a proxy of the request
            subject_id=getattr(row, "id", None),
            detail=detail or {},
        )
    )


def seal(*, limit: int = SEAL_BATCH) -> int:
    """Seal the oldest unsealed events: each hash covers the event and the hash before it; returns how many.

    The chain has an order of its own, for an event may become visible after one with a greater id.
    """
    if not try_to_be_alone(SEALING):
        return 0
    last = db.session.execute(
        select(AuditEvent.sealed_no, AuditEvent.sealed_sha)
        .where(AuditEvent.sealed_no.is_not(None))
        .order_by(AuditEvent.sealed_no.desc())
        .limit(1)
    ).first()
    number, previous = last or BEGINNING
    unsealed = select(AuditEvent).where(AuditEvent.sealed_no.is_(None)).order_by(AuditEvent.id).limit(limit)
    events = db.session.scalars(unsealed).all()
    for entry in events:
        number += 1
        previous = seal_of(entry, previous)
        db.session.execute(
            update(AuditEvent).where(AuditEvent.id == entry.id).values(sealed_sha=previous, sealed_no=number),
            execution_options={"synchronize_session": False},
        )
    return len(events)


def seal_of(entry: AuditEvent, previous: str) -> str:
    """Return the hash that chains an event to the one before it."""
    facts = [
        entry.id, entry.site_id, entry.at.isoformat(), entry.account_id, entry.account_name,
        entry.action, entry.subject, entry.subject_id, entry.detail,
    ]  # fmt: skip
    text = previous + json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def check_chain(after: Place = BEGINNING, *, limit: int = 2000) -> tuple[AuditEvent | None, Place | None]:
    """Check the next sealed events; return the first that is broken, and where to go on (None at the end).

    A long chain is checked piece by piece, so that no transaction stays open over all of it.
    """
    last, previous = after
    query = select(AuditEvent).where(AuditEvent.sealed_no > last).order_by(AuditEvent.sealed_no).limit(limit)
    events = db.session.scalars(query).all()
    for entry in events:
        if entry.sealed_sha != seal_of(entry, previous):
            return entry, None
        last, previous = entry.sealed_no, entry.sealed_sha
    return None, (last, previous) if len(events) == limit else None
