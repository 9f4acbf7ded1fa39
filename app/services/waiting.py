"""What waits for an enterprise: drafts and returned declarations, with their deadlines, the most urgent first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..models import Declaration, DeclarationState, ReviewRecord
from . import histories
from .calls import Opening

NEAR = timedelta(days=3)


@dataclass(frozen=True)
class Waiting:
    """A declaration that the enterprise must go on with; `returned` is the act that sent it back."""

    declaration: Declaration
    opening: Opening
    due_at: datetime | None
    returned: ReviewRecord | None
    is_near: bool


@dataclass(frozen=True)
class Figures:
    """How many declarations stand where."""

    drafts: int
    under_review: int
    returned: int
    approved: int
    declined: int


def waiting_for(openings: Iterable[Opening], at: datetime) -> list[Waiting]:
    """Return what can still be done, returned ones first, then by deadline."""
    pairs = [(d, o) for o in openings for d in o.declarations]
    due = {d.id: due_of(d, o) for d, o in pairs}
    open_pairs = [(d, o) for d, o in pairs if _is_open(d, due[d.id], at)]
    returns = histories.returns_of(d for d, _o in open_pairs)
    found = [
        Waiting(d, o, due[d.id], returns.get(d.id), due[d.id] is not None and due[d.id] - at < NEAR)
        for d, o in open_pairs
    ]
    return sorted(found, key=lambda w: (w.returned is None, w.due_at is None, w.due_at or at))


def due_of(declaration: Declaration, opening: Opening) -> datetime | None:
    """Return until when a declaration may be edited and submitted."""
    if declaration.state is DeclarationState.RETURNED:
        return declaration.due_at
    return opening.terms.closes_at if opening.terms else None


def _is_open(declaration: Declaration, due_at: datetime | None, at: datetime) -> bool:
    editable = declaration.state in (DeclarationState.DRAFT, DeclarationState.RETURNED)
    return editable and (due_at is None or at <= due_at)


def figures_of(openings: Iterable[Opening]) -> Figures:
    """Count the declarations by where they stand."""
    states = [d.state for o in openings for d in o.declarations]
    return Figures(
        drafts=states.count(DeclarationState.DRAFT),
        under_review=states.count(DeclarationState.IN_REVIEW),
        returned=states.count(DeclarationState.RETURNED),
        approved=states.count(DeclarationState.APPROVED),
        declined=states.count(DeclarationState.DECLINED),
    )
