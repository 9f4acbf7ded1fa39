"""The enterprises that a person belongs to, of which they act for one at a time."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ..errors import NotFound
from ..extensions import db
from ..models import Account, Enterprise, Membership


def memberships_of(account: Account) -> Sequence[Membership]:
    """Return all memberships of the person with their enterprises.

    The scope rule shows rows of the enterprise acted for alone, and here the others are to be chosen.
    """
    query = (
        select(Membership)
        .where(Membership.account_id == account.id)
        .options(joinedload(Membership.enterprise).joinedload(Enterprise.city))
        .order_by(Membership.id)
    )
    return db.session.scalars(query).all()


def find_membership(account: Account, typed: str) -> Membership:
    """Return the membership of the person that a form names; raises NotFound."""
    found = next((m for m in memberships_of(account) if str(m.id) == typed), None)
    if found is None:
        raise NotFound(_("您不属于该企业，可能已被移出，请重新选择。"))
    return found


def name_of(account: Account) -> str | None:
    """Return the name of the enterprise that the person acts for."""
    return db.session.scalar(select(Enterprise.name).where(Enterprise.id == account.acting_id))
