"""What waits for an enterprise: drafts and returned declarations, with their deadlines, the most urgent first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from ..extensions import db
from ..models import EDITABLE, Account, Declaration, DeclarationState
from ..permissions import led_enterprises, visible
from . import documents, histories, joining, recipients, sealed_copies, turns
from .calls import NEAR, Opening
from .histories import Return
from .types import definition_of


@dataclass(frozen=True)
class Waiting:
    """A declaration that the enterprise must go on with; `returned` is the act that sent it back."""

    declaration: Declaration
    opening: Opening
    due_at: datetime | None
    returned: Return | None
    is_near: bool
    sealed_at: datetime | None = None

    @property
    def takes_seal(self) -> bool:
        """Tell whether a sealed version of its document has to be handed in."""
        spec = documents.declaration_spec(definition_of(self.opening.call.version))
        return sealed_copies.is_required(spec)


@dataclass(frozen=True)
class Figures:
    """How many declarations stand where."""

    drafts: int
    under_review: int
    returned: int
    approved: int
    declined: int
    void: int


def waiting_for(openings: Iterable[Opening], at: datetime) -> list[Waiting]:
    """Return what can still be done, returned ones first, then by deadline."""
    pairs = [(d, o) for o in openings for d in o.declarations]
    pairs = [(d, o) for d, o in pairs if d.state in EDITABLE and not o.is_over(d)]
    returns = histories.returns_of(d for d, _o in pairs)
    sealed = sealed_copies.sealed_times(d.id for d, _o in pairs)
    found = [
        Waiting(d, o, o.due_of(d), returns.get(d.id), _is_near(o.due_of(d), at), sealed.get(d.id)) for d, o in pairs
    ]
    return sorted(found, key=lambda w: (w.returned is None, w.due_at is None, w.due_at or at))


def _is_near(due_at: datetime | None, at: datetime) -> bool:
    return due_at is not None and due_at - at < NEAR


@dataclass(frozen=True)
class UnitWaiting:
    """What individuals have handed in and the unit has not looked at, and how many people ask to join it."""

    count: int
    due_at: datetime | None
    joiners: int = 0


def unit_waiting(user: Account) -> UnitWaiting:
    """Return what waits for the administrator of a unit; nothing for others."""
    led = led_enterprises(user)
    if not led:
        return UnitWaiting(0, None)
    joiners = joining.open_count(led).scalar_subquery()  # in one statement: the workbench asks for much already
    query = select(func.count(Declaration.id), func.min(Declaration.due_at), joiners).where(
        visible(Declaration, user), Declaration.state == DeclarationState.IN_REVIEW, turns.waits_for(user)
    )
    return UnitWaiting(*db.session.execute(query).one())


def unattended(declarations: Iterable[Declaration]) -> bool:
    """Tell whether one of them waits in a unit that has no administrator who could act."""
    units = {d.enterprise_id for d in declarations if d.is_with_unit}
    return bool(units) and not units <= recipients.enterprise_administrators(units).keys()


def figures_of(openings: Iterable[Opening]) -> Figures:
    """Count the declarations by where they stand."""
    states = [d.state for o in openings for d in o.declarations]
    return Figures(
        drafts=states.count(DeclarationState.DRAFT),
        under_review=states.count(DeclarationState.IN_REVIEW),
        returned=states.count(DeclarationState.RETURNED),
        approved=states.count(DeclarationState.APPROVED),
        declined=states.count(DeclarationState.DECLINED),
        void=states.count(DeclarationState.VOID),
    )
