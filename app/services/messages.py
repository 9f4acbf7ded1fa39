"""Telling people: a line in the inbox, and copies by e-mail and SMS where the wording of the kind says so."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import insert, select

from ..extensions import db
from ..models import Channel, DeliveryState, Message, Outbox, new_public_id
from .wordings import Wording, body_of, title_of, wording_of

ROWS_AT_ONCE = 1000
LONGEST_ADDRESS = 120


@dataclass(frozen=True)
class Telling:
    """One person to tell; `account` is anything with `id`, `site_id`, `email` and `mobile`."""

    account: Any
    facts: Mapping[str, Any] = field(default_factory=dict)
    link: str | None = None


def tell(kind: str, accounts: Iterable[Any], facts: Mapping[str, Any], *, link: str | None = None, at: datetime) -> int:
    """Tell these people the same; returns how many were told."""
    return tell_each(kind, [Telling(account, facts, link) for account in accounts], at=at)


def tell_each(kind: str, tellings: Iterable[Telling], *, at: datetime) -> int:
    """Tell each person what concerns them, once; a constant number of statements for every thousand."""
    by_site = sorted(tellings, key=lambda t: t.account.site_id or 0)
    told = 0
    for site_id, group in groupby(by_site, key=lambda t: t.account.site_id):
        if site_id is not None:  # operators belong to no site and have no inbox
            told += _tell_in_site(kind, site_id, list(group), at)
    return told


def tell_stranger(
    kind: str, facts: Mapping[str, Any], *, site_id: int, email: str | None, phone: str | None, at: datetime
) -> int:
    """Tell somebody who has no account, by the addresses that were given; returns by how many ways."""
    wording = wording_of(kind, site_id)
    if not wording.enabled:
        return 0
    with _own_language():
        title, body = title_of(kind, wording.title, facts), body_of(kind, wording.body, facts)
    copies = [
        _copy(kind, site_id, channel, address, title, body, at) | {"account_id": None, "message_id": None}
        for channel, address in _addresses(wording, email, phone)
    ]
    _add(Outbox, copies)
    return len(copies)


def _tell_in_site(kind: str, site_id: int, tellings: Sequence[Telling], at: datetime) -> int:
    wording = wording_of(kind, site_id)
    if not wording.enabled:
        return 0
    rows: dict[tuple, tuple[dict[str, Any], Any]] = {}
    with _own_language():
        for telling in tellings:
            row = _row(kind, wording, site_id, telling, at)
            rows.setdefault((row["account_id"], row["title"], row["body"], row["link"]), (row, telling.account))
    _add(Message, [row for row, _account in rows.values()])
    if wording.by_email or wording.by_sms:
        _add_copies(kind, wording, list(rows.values()), at)
    return len(rows)


def _row(kind: str, wording: Wording, site_id: int, telling: Telling, at: datetime) -> dict[str, Any]:
    return {
        "site_id": site_id,
        "public_id": new_public_id(),
        "account_id": telling.account.id,
        "kind": kind,
        "title": title_of(kind, wording.title, telling.facts),
        "body": body_of(kind, wording.body, telling.facts),
        "link": telling.link,
        "created_at": at,
    }


def _own_language() -> AbstractContextManager[None]:
    """Write in the platform's own language, whatever the person who acts reads it in."""
    return force_locale(current_app.config["BABEL_DEFAULT_LOCALE"])


def _add_copies(kind: str, wording: Wording, told: Sequence[tuple[dict[str, Any], Any]], at: datetime) -> None:
    """Add what leaves the platform."""
    leaving = [
        (row, account.id, channel, address)
        for row, account in told
        for channel, address in _addresses(wording, account.email, account.mobile)
    ]
    ids = _ids_of([row["public_id"] for row, *_rest in leaving])
    copies = [
        _copy(kind, row["site_id"], channel, address, row["title"], row["body"], at)
        | {"account_id": account_id, "message_id": ids[row["public_id"]]}
        for row, account_id, channel, address in leaving
    ]
    _add(Outbox, copies)


def _ids_of(public_ids: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(public_ids), ROWS_AT_ONCE):
        some = public_ids[start : start + ROWS_AT_ONCE]
        found.update(db.session.execute(select(Message.public_id, Message.id).where(Message.public_id.in_(some))).all())
    return found


def _addresses(wording: Wording, email: str | None, phone: str | None) -> list[tuple[Channel, str]]:
    wanted = ((wording.by_email, Channel.EMAIL, email), (wording.by_sms, Channel.SMS, phone))
    return [
        (channel, address.strip())
        for goes, channel, address in wanted
        if goes and address and address.strip() and len(address.strip()) <= LONGEST_ADDRESS
    ]


def _copy(
    kind: str, site_id: int, channel: Channel, address: str, title: str, body: str, at: datetime
) -> dict[str, Any]:
    return {
        "site_id": site_id,
        "channel": channel,
        "address": address,
        "kind": kind,
        "subject": title,
        "body": body,
        "state": DeliveryState.WAITING,
        "attempts": 0,
        "created_at": at,
        "next_try_at": at,
    }


def _add(model: type, rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        db.session.execute(insert(model.__table__), rows[start : start + ROWS_AT_ONCE])
