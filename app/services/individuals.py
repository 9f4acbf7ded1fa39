"""People who declare for themselves inside the unit that took them in."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import inspect, select

from ..errors import NotEligible
from ..extensions import db
from ..forms.definition import TypeDefinition
from ..models import Account, Declaration, Enterprise, MembershipRole

UNIT, INDIVIDUAL = "unit", "individual"


def individual_in(enterprise: Enterprise, user: Account | None) -> Account | None:
    """Return the person who belongs to the enterprise as an individual; None for all who act for the enterprise."""
    if user is None:
        return None
    ties = (m for m in user.memberships if m.enterprise_id == enterprise.id)
    return user if any(m.role is MembershipRole.INDIVIDUAL for m in ties) else None


def not_admitted(definition: TypeDefinition, individual: Account | None) -> NotEligible | None:
    """Return why a type does not admit the person, or the enterprise, as applicant; None when it does."""
    if (UNIT if individual is None else INDIVIDUAL) in definition.applicants.kinds:
        return None
    if individual is None:
        return NotEligible(_("本项目由个人申报：请由本单位的个人用户登录后申报，提交后由贵单位审核。"))
    return NotEligible(_("本项目须以单位名义申报，个人用户不能申报，请联系本单位的企业管理员。"))


def applicant_facts(enterprise: Enterprise, individual: Account | None) -> dict[str, Any]:
    """Return what rules, prefill and covers may know of who declares."""
    if individual is None:
        phone = enterprise.contact_phone or enterprise.legal_phone
        return {"kind": UNIT, "name": enterprise.name, "phone": phone, "email": enterprise.email, "position": None}
    _read_at_once(individual)
    return {
        "kind": INDIVIDUAL,
        "name": individual.name,
        "phone": individual.mobile,
        "email": individual.email,
        "position": individual.position,
    }


def _read_at_once(individual: Account) -> None:
    """The person of a request is read without what pages seldom need: fetch it by one statement, not one a column."""
    unread = inspect(individual).unloaded.intersection(("first_name", "mobile", "email", "position"))
    if unread:
        db.session.refresh(individual, unread)


def names_of(declarations: Iterable[Declaration]) -> dict[int, str]:
    """Return {declaration id: who declares for themselves}; asks nothing when nobody does."""
    who = {row.id: row.individual_id for row in declarations if row.individual_id is not None}
    if not who:
        return {}
    query = select(Account.id, Account.first_name).where(Account.id.in_(set(who.values())))
    names = dict(db.session.execute(query).all())
    return {row_id: names[account_id] for row_id, account_id in who.items()}
