"""待办: what waits for a person, the nearest deadline first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from ..extensions import db
from ..models import Account, Call, Declaration, DeclarationState
from ..permissions import bureau_of, visible
from . import accounts, certification_reviews, offices, review_lists
from .review_lists import CallLine

SOON = timedelta(days=7)
COMING_UP = timedelta(days=30)
SHOWN = 8


@dataclass(frozen=True)
class Task:
    """One line of the to-do list: what, how many, until when.

    `kind` is review, office, unready, unassigned or unassigned_below: `office` is a call without responsible office,
    `unready` one whose office lacks what `lacking` says; `unassigned` declarations wait for an office to be set, by
    the own bureau or by one below.
    """

    kind: str
    call: Call
    count: int
    due_at: datetime | None = None
    last_arrival: datetime | None = None
    lacking: Sequence[Any] = ()

    def is_urgent(self, at: datetime) -> bool:
        """Tell whether the deadline is near or over."""
        return self.due_at is not None and self.due_at - at <= SOON


@dataclass(frozen=True)
class Figure:
    """A number worth knowing, with the tab of the project centre that lists what it counts."""

    label: Any
    value: int
    tab: str


@dataclass(frozen=True)
class Desk:
    """What a government user starts from: tasks, returns that run out, figures."""

    tasks: Sequence[Task]
    returns: Sequence[Declaration]
    figures: Sequence[Figure]
    deadlines: Sequence[CallLine] = ()
    lines: Sequence[CallLine] = ()
    certifications: int = 0  # that wait for the own bureau


def desk_for(user: Account, at: datetime) -> Desk:
    """Return what waits for a government user, the nearest deadline first."""
    lines = review_lists.call_lines(user, review_lists.workflows_of(user.site_id))
    returns, certifications = _returns_and_certifications(user, at)
    return Desk(_tasks(user, lines, at), returns, _figures(lines), _coming_up(lines, at), lines, certifications)


def _coming_up(lines: Iterable[CallLine], at: datetime) -> list[CallLine]:
    """Return the calls whose review must be finished within a month, the nearest first."""
    near = [line for line in lines if line.due_at is not None and at <= line.due_at <= at + COMING_UP]
    return sorted(near, key=lambda line: line.due_at)[:SHOWN]


def _tasks(user: Account, lines: Sequence[CallLine], at: datetime) -> list[Task]:
    if accounts.is_administrator(user):
        return _administrators_tasks(user, lines, at)
    return _by_deadline(_review_task(line) for line in lines if line.waiting)


def _review_task(line: CallLine) -> Task:
    return Task("review", line.call, line.waiting, line.next_due or line.due_at, line.last_arrival)


def _administrators_tasks(user: Account, lines: Sequence[CallLine], at: datetime) -> list[Task]:
    missing = [
        Task("unready" if found.office else "office", found.call, 0, found.ends_at, lacking=found.lacking)
        for found in offices.unready_calls(bureau_of(user), at)
    ]
    adrift = [
        Task(kind, line.call, getattr(line, kind), line.due_at)
        for kind in ("unassigned", "unassigned_below")
        for line in lines
        if getattr(line, kind)
    ]
    return [*_by_deadline(adrift), *_by_deadline(missing)]


def _by_deadline(tasks: Iterable[Task]) -> list[Task]:
    """Sort by deadline; those without one come last."""
    return sorted(tasks, key=lambda task: (task.due_at is None, task.due_at))


def _returns_and_certifications(user: Account, at: datetime) -> tuple[list[Declaration], int]:
    """Return the declarations sent back to their enterprises whose time runs out soon, the nearest first.

    Beside them, how many certifications wait for the own bureau: on every line of one statement, and on a line of its
    own where nothing runs out.
    """
    waiting = certification_reviews.waiting_number(user).subquery()
    soon = and_(
        visible(Declaration, user),
        Declaration.state == DeclarationState.RETURNED,
        Declaration.due_at.between(at, at + SOON),
    )
    query = (
        select(Declaration, waiting.c.number)
        .select_from(waiting)
        .outerjoin(Declaration, soon)
        .options(joinedload(Declaration.enterprise))
        .order_by(Declaration.due_at, Declaration.id)
    )
    rows = db.session.execute(query.limit(SHOWN)).all()
    return [row[0] for row in rows if row[0] is not None], rows[0].number


def _figures(lines: Sequence[CallLine]) -> list[Figure]:
    shown = (
        (_("待审核"), "waiting"),
        (_("已推荐"), "passed"),
        (_("退回待提交"), "returned"),
        (_("不受理"), "declined"),
    )
    return [Figure(label, sum(getattr(line, name) for line in lines), name) for label, name in shown]
