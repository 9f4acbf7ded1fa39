"""Who has a declaration open to decide it, so that two officers of one office do not work against each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update

from ..clock import to_local
from ..database import add_or_get
from ..extensions import db
from ..models import Account, Declaration, Presence
from ..permissions import visible
from .turns import acts_now

BEAT = timedelta(seconds=20)  # how often an open page says so
EXPIRY = timedelta(minutes=1)  # without a word for so long, somebody is gone
UNSYNCHRONISED = {"synchronize_session": False}


@dataclass(frozen=True)
class Present:
    """A colleague at work on a declaration, and from when on the Shanghai clock."""

    name: str
    since: str


def others_present(declaration: Declaration, user: Account, at: datetime, *, place: str = "") -> Sequence[Present]:
    """Return who else has the declaration open to decide it, or to fill in a section, the first one first."""
    query = (
        select(Account.first_name, Presence.since)
        .join(Presence.account)
        .where(
            visible(Presence, user),
            Presence.declaration_id == declaration.id,
            Presence.place == place,
            Presence.account_id != user.id,
            Presence.seen_at > at - EXPIRY,
        )
        .order_by(Presence.since, Presence.id)
    )
    return [Present(name, to_local(since).strftime("%H:%M")) for name, since in db.session.execute(query)]


def note_presence(declaration: Declaration, *, by: Account, at: datetime) -> None:
    """Note that the person has the declaration open, if it waits for them; forgets those of it who are gone."""
    _forget(Presence.declaration_id == declaration.id, Presence.seen_at <= at - EXPIRY)
    if acts_now(declaration, by):
        _note(declaration, "", by, at)
    else:
        leave(declaration, by=by)


def note_filling(declaration: Declaration, section: str, *, by: Account, at: datetime) -> None:
    """Note that the person has a section open; who was gone for a while comes anew."""
    _forget(*_own(declaration, section, by), Presence.seen_at <= at - EXPIRY)
    _note(declaration, section, by, at)


def leave(declaration: Declaration, *, by: Account, place: str = "") -> None:
    """Forget that the person has the declaration, or a section of it, open."""
    _forget(*_own(declaration, place, by))


def _own(declaration: Declaration, place: str, by: Account) -> tuple[ColumnElement[bool], ...]:
    return Presence.declaration_id == declaration.id, Presence.account_id == by.id, Presence.place == place


def _note(declaration: Declaration, place: str, by: Account, at: datetime) -> None:
    own = _own(declaration, place, by)
    seen = db.session.execute(update(Presence).where(*own).values(seen_at=at), execution_options=UNSYNCHRONISED)
    if not seen.rowcount:
        row = Presence(declaration_id=declaration.id, account_id=by.id, place=place, since=at, seen_at=at)
        add_or_get(row, select(Presence).where(*own))


def _forget(*which: ColumnElement[bool]) -> int:
    return db.session.execute(delete(Presence).where(*which), execution_options=UNSYNCHRONISED).rowcount


def forget_gone(at: datetime) -> int:
    """Remove everybody who is gone, of any declaration; returns how many."""
    return _forget(Presence.seen_at <= at - EXPIRY)
