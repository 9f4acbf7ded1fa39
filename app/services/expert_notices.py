"""On what occasions bureaus and experts are told of a registration."""

from datetime import datetime
from types import SimpleNamespace

from sqlalchemy import select

from ..extensions import db
from ..models import Account, Department, DepartmentKind, Expert, RequestState
from ..permissions import bureau_of
from . import recipients
from .log_in import MOBILE
from .messages import Telling, tell, tell_each

LIST, CARD = "/experts/?tab=open", "/expert/"


def after_hand_in(expert: Expert, *, at: datetime) -> None:
    """Tell the administrators of the city's bureau that a card waits; without any, those of the province."""
    tell("expert_asked", _administrators(expert), {"person": expert.name}, link=LIST, at=at)


def after_decision(expert: Expert, *, by: Account, at: datetime) -> None:
    """Tell an expert what the bureau has decided, by the addresses on the card."""
    bureau = bureau_of(by)
    facts = {"person": expert.name, "office": bureau.name if bureau else by.name, "reason": expert.reason}
    kind = "expert_confirmed" if expert.state is RequestState.GRANTED else "expert_refused"
    whom = {"id": expert.account_id, "site_id": expert.site_id, "email": expert.email, "mobile": _mobile(expert)}
    tell_each(kind, [Telling(SimpleNamespace(**whom), facts, CARD)], at=at)


def _mobile(expert: Expert) -> str | None:
    """Return the number on the card where messages can be sent to it."""
    return expert.phone if expert.phone and MOBILE.fullmatch(expert.phone) else None


def _administrators(expert: Expert) -> list[recipients.Person]:
    bureaus = select(Department.id).where(
        Department.site_id == expert.site_id, Department.kind == DepartmentKind.BUREAU, Department.enabled
    )
    for condition in (Department.region_id == expert.city_id, Department.parent_id.is_(None)):
        found = recipients.administrators_of(db.session.scalars(bureaus.where(condition)).all())
        if found:
            return [person for some in found.values() for person in some]
    return []
