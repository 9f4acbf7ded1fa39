"""On what occasions people of an enterprise are told of joining, leaving and handing over."""

from datetime import datetime

from ..models import Account, Enterprise, JoinRequest, MembershipRole
from . import recipients
from .messages import tell


def after_asking(request: JoinRequest, enterprise: Enterprise, by: Account, *, at: datetime) -> None:
    """Tell the administrator that somebody wants to join."""
    people = recipients.enterprise_administrators([enterprise.id]).get(enterprise.id, ())
    facts = {"person": by.name, "enterprise": enterprise.name, "role": request.role.label}
    tell("join_asked", people, facts, link="/staff/?tab=joiners", at=at)


def after_granting(account: Account, enterprise: Enterprise, role: MembershipRole, *, at: datetime) -> None:
    """Tell a person that they belong to the enterprise now."""
    facts = {"person": account.name, "enterprise": enterprise.name, "role": role.label}
    tell("join_granted", [account], facts, link="/", at=at)


def after_refusing(account: Account, enterprise: Enterprise, reason: str, *, at: datetime) -> None:
    """Tell a person that the enterprise does not let them join, and why."""
    facts = {"person": account.name, "enterprise": enterprise.name, "reason": reason}
    tell("join_refused", [account], facts, link="/join/", at=at)


def after_removal(account: Account, enterprise: Enterprise, *, at: datetime) -> None:
    """Tell a person that they do not belong to the enterprise any more."""
    tell("member_removed", [account], {"person": account.name, "enterprise": enterprise.name}, at=at)


def after_hand_over(old: Account, new: Account, enterprise: Enterprise, *, at: datetime) -> None:
    """Tell both that the enterprise has another administrator."""
    facts = {"person": new.name, "enterprise": enterprise.name}
    tell("administration_received", [new], facts, link="/staff/", at=at)
    tell("administration_given", [old], facts, at=at)
