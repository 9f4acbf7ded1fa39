"""What this platform tells linked systems of a person (OpenID Connect Core 1.0, 5)."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ...extensions import db
from ...models import Account, Membership

ALL_SCOPES = "openid profile enterprise id_number"
SCOPES = OPENID, PROFILE, ENTERPRISE, ID_NUMBER = tuple(ALL_SCOPES.split())
_NAMESPACE = uuid.UUID("6f1c6a0e-5a0b-4d53-9a0e-0b6c5f0f3d1e")  # of the names below and nothing else


def subject_of(account: Account) -> str:
    """Return the name under which systems know the person: the same for good, whatever else changes."""
    return str(uuid.uuid5(_NAMESPACE, f"{account.site_id}/{account.id}"))


def claims_of(account: Account, scope: str, enterprise_id: int | None) -> dict[str, Any]:
    """Return the claims that the scopes open."""
    scopes = set(scope.split())
    claims: dict[str, Any] = {"sub": subject_of(account)}
    if PROFILE in scopes:
        claims |= {"name": account.name, "preferred_username": account.username}
    if ENTERPRISE in scopes and (acted_for := _enterprise(account, enterprise_id)):
        claims["enterprise"] = acted_for
    if ID_NUMBER in scopes and account.id_number:
        claims |= {"id_kind": account.id_kind.value if account.id_kind else "", "id_number": account.id_number}
    return claims


def _enterprise(account: Account, enterprise_id: int | None) -> dict[str, str] | None:
    if enterprise_id is None:
        return None
    query = select(Membership).where(Membership.account_id == account.id, Membership.enterprise_id == enterprise_id)
    membership = db.session.scalars(query.options(joinedload(Membership.enterprise))).first()
    if membership is None:  # left it meanwhile
        return None
    enterprise = membership.enterprise
    return {"credit_code": enterprise.credit_code, "name": enterprise.name, "role": membership.role.value}
