"""What somebody who has just registered has asked for so far: certifying, joining, being an expert."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ..extensions import db
from ..models import Account, Certification, CertificationState, Expert, JoinRequest, MembershipRole, RequestState
from ..permissions import visible

NEWEST = 5


@dataclass(frozen=True)
class Steps:
    """The person's own requests that still matter, the newest first."""

    certifications: Sequence[Certification]
    requests: Sequence[JoinRequest]
    expert: Expert | None

    @property
    def to_join(self) -> list[JoinRequest]:
        """Return the requests to act for an enterprise."""
        return [request for request in self.requests if request.role is not MembershipRole.INDIVIDUAL]

    @property
    def to_belong(self) -> list[JoinRequest]:
        """Return the requests of an individual to a unit."""
        return [request for request in self.requests if request.role is MembershipRole.INDIVIDUAL]


def steps_of(account: Account) -> Steps:
    """Return what the person has asked for."""
    certifications = (
        select(Certification)
        .where(visible(Certification, account), Certification.account_id == account.id)
        .where(Certification.state != CertificationState.APPROVED)
        .order_by(Certification.id.desc())
        .limit(NEWEST)
    )
    requests = (
        select(JoinRequest)
        .where(visible(JoinRequest, account), JoinRequest.account_id == account.id)
        .where(JoinRequest.state.in_([RequestState.OPEN, RequestState.REFUSED]))
        .options(joinedload(JoinRequest.enterprise))
        .order_by(JoinRequest.id.desc())
        .limit(NEWEST)
    )
    expert = select(Expert).where(visible(Expert, account), Expert.account_id == account.id)
    return Steps(
        db.session.scalars(certifications).all(), db.session.scalars(requests).all(), db.session.scalars(expert).first()
    )
