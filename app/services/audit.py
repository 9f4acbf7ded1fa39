"""Audit events: appended in the acting transaction, sealed into a hash chain by the worker afterwards."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from ..extensions import db
from ..models import Account, AuditEvent

SEAL_BATCH = 500


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
    """Seal the oldest unsealed events: each hash covers the event and the hash before it; returns how many."""
    last = db.session.scalars(
        select(AuditEvent.sealed_sha).where(AuditEvent.sealed_sha.is_not(None)).order_by(AuditEvent.id.desc()).limit(1)
    ).first()
    events = db.session.scalars(
        select(AuditEvent).where(AuditEvent.sealed_sha.is_(None)).order_by(AuditEvent.id).limit(limit)
    ).all()
    previous = last or ""
    for entry in events:
        previous = seal_of(entry, previous)
        db.session.execute(
            update(AuditEvent).where(AuditEvent.id == entry.id).values(sealed_sha=previous),
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


Place = tuple[int, str]  # the id and hash of the last event that was checked
BEGINNING: Place = (0, "")


def check_chain(after: Place = BEGINNING, *, limit: int = 2000) -> tuple[AuditEvent | None, Place | None]:
    """Check the next sealed events; return the first that is broken, and where to go on (None at the end).

    A long chain is checked piece by piece, so that no transaction stays open over all of it.
    """
    last_id, previous = after
    query = select(AuditEvent).where(AuditEvent.sealed_sha.is_not(None), AuditEvent.id > last_id)
    events = db.session.scalars(query.order_by(AuditEvent.id).limit(limit)).all()
    for entry in events:
        if entry.sealed_sha != seal_of(entry, previous):
            return entry, None
        last_id, previous = entry.id, entry.sealed_sha
    return None, (last_id, previous) if len(events) == limit else None


def first_broken() -> AuditEvent | None:
    """Return the first sealed event that no longer matches its hash, or None when the chain holds."""
    place: Place | None = BEGINNING
    while place is not None:
        broken, place = check_chain(place)
        if broken is not None:
            return broken
    return None
