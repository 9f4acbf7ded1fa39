"""What an enterprise has been granted before."""

from collections.abc import Iterable

from sqlalchemy import func, select

from ..extensions import db
from ..models import Declaration, DeclarationState


def awards_of(enterprise_ids: Iterable[int]) -> dict[int, int]:
    """Return {enterprise id: number of declarations that passed} (历史扶持项目数); those without one are left out."""
    query = (
        select(Declaration.enterprise_id, func.count())
        .where(Declaration.enterprise_id.in_(list(enterprise_ids)), Declaration.state == DeclarationState.APPROVED)
        .group_by(Declaration.enterprise_id)
    )
    return dict(db.session.execute(query).all())
