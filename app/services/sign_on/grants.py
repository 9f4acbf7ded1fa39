"""Codes and access tokens of linked systems: kept as hashes, short-lived; a code is good once."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload

from ...errors import Forbidden
from ...extensions import db
from ...models import Account, LinkedSystem, SignOnGrant
from .. import audit

CODE, TOKEN = "code", "token"
CODE_GOOD_FOR = timedelta(seconds=60)
TOKEN_GOOD_FOR = timedelta(minutes=10)
KEPT_FOR = timedelta(days=1)  # so that a code used a second time is noticed


def keep(
    kind: str, secret: str, system: LinkedSystem, account: Account, enterprise_id: int | None,
    details: Mapping[str, Any], *, at: datetime,
) -> None:  # fmt: skip
    """Keep a code or token; those long expired go."""
    if kind == CODE:
        db.session.execute(delete(SignOnGrant).where(SignOnGrant.expires_at < at - KEPT_FOR))
    good_for = CODE_GOOD_FOR if kind == CODE else TOKEN_GOOD_FOR
    db.session.add(
        SignOnGrant(
            site_id=system.site_id,
            system_id=system.id,
            account_id=account.id,
            enterprise_id=enterprise_id,
            kind=kind,
            secret_hash=hash_of(secret),
            details=dict(details),
            made_at=at,
            expires_at=at + good_for,
        )
    )
    db.session.flush()


def take_code(secret: str, system: LinkedSystem, *, at: datetime) -> SignOnGrant | None:
    """Use a code up and return it; one that comes a second time also ends the tokens that it was exchanged for."""
    query = select(SignOnGrant).where(
        SignOnGrant.secret_hash == hash_of(secret), SignOnGrant.kind == CODE, SignOnGrant.system_id == system.id
    )
    code = db.session.scalars(query.options(joinedload(SignOnGrant.account))).first()
    if code is None:
        return None
    used_up = update(SignOnGrant).where(SignOnGrant.id == code.id, SignOnGrant.used_at.is_(None)).values(used_at=at)
    if db.session.execute(used_up.execution_options(synchronize_session=False)).rowcount != 1:
        _end_tokens(code, at)
        audit.record("sign_on_code_again", system, by=code.account, at=at)
        return None
    return code if code.expires_at > at and is_good(code) else None


def find_token(secret: str, site_id: int, *, at: datetime) -> SignOnGrant | None:
    """Return an access token that is still good."""
    query = select(SignOnGrant).where(
        SignOnGrant.secret_hash == hash_of(secret),
        SignOnGrant.kind == TOKEN,
        SignOnGrant.site_id == site_id,
        SignOnGrant.used_at.is_(None),
        SignOnGrant.expires_at > at,
    )
    found = db.session.scalars(query.options(joinedload(SignOnGrant.account), joinedload(SignOnGrant.system))).first()
    return found if found is not None and is_good(found) else None


def get_person(account_id: int, site_id: int) -> Account:
    """Return the person whom a system of this site may be told of; raises Forbidden for those of no site or another."""
    account = db.session.get(Account, account_id)
    if account is None or account.site_id != site_id:
        raise Forbidden(_("您的账号不属于本站点，不能通过本平台登录关联系统。"))
    return account


def is_good(grant: SignOnGrant) -> bool:
    """Tell whether system and person still are what they were: enabled, not locked, not logged out everywhere."""
    account = grant.account
    return (
        grant.system.enabled
        and account.active
        and not account.locked
        and account.login_epoch == grant.details.get("epoch")
    )


def end_all(system: LinkedSystem) -> None:
    """End every code and token of a system."""
    db.session.execute(delete(SignOnGrant).where(SignOnGrant.system_id == system.id))


def hash_of(secret: str) -> str:
    """Return how a drawn secret is kept: it has 200 bits and more, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _end_tokens(code: SignOnGrant, at: datetime) -> None:
    ended = update(SignOnGrant).where(
        SignOnGrant.system_id == code.system_id,
        SignOnGrant.account_id == code.account_id,
        SignOnGrant.kind == TOKEN,
        SignOnGrant.made_at >= code.made_at,
        SignOnGrant.used_at.is_(None),
    )
    db.session.execute(ended.values(used_at=at).execution_options(synchronize_session=False))
