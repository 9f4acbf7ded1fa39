"""推荐优先顺序: the order in which a county or a city recommends the declarations of a call, each its own."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, case, select, update
from sqlalchemy.orm import InstrumentedAttribute, joinedload, load_only

from .. import roles
from ..errors import AlreadyActed, Forbidden, Invalid
from ..extensions import db
from ..models import Account, Call, Declaration, Enterprise, Region
from ..permissions import holds, visible
from ..workflow.definition import Workflow
from . import audit, review_lists, routing
from .routing import among

PRIORITIES = {"county": Declaration.county_priority, "city": Declaration.city_priority}
MOST = 300  # rows that one page of ranking holds


@dataclass(frozen=True)
class Ranking:
    """The declarations of a call in the order of one office; `mark` tells whether it is still as it was seen."""

    rows: Sequence[Declaration]
    mark: str
    is_whole: bool


def priority_of(user: Account) -> InstrumentedAttribute | None:
    """Return the column that holds the order of the person's level; None where the level has none."""
    return PRIORITIES.get(review_lists.level_of(user))


def place_of(row: Declaration, user: Account) -> int | None:
    """Return the place that the person's level has given the declaration."""
    column = priority_of(user)
    return None if column is None else getattr(row, column.key)


def order_for(user: Account) -> list[ColumnElement]:
    """Return how the person's office orders what it recommends: own order first, then as submitted.

    A level without an order of its own, the province, takes over that of the cities.
    """
    return _order(priority_of(user) or Declaration.city_priority)


def _order(column: InstrumentedAttribute) -> list[ColumnElement]:
    """Nulls last in words that both databases know."""
    late = case((Declaration.submitted_at.is_(None), 1), else_=0)
    unranked = case((column.is_(None), 1), else_=0)
    return [unranked, column, late, Declaration.submitted_at, Declaration.id]


def may_rank(user: Account, workflow: Workflow) -> bool:
    """Tell whether the person's level orders what it recommends under this workflow."""
    level = review_lists.level_of(user)
    if level not in PRIORITIES or not holds(user, *roles.REVIEWERS):
        return False
    return any(step.rank and step.level == level for step in workflow.steps)


def require_ranking(user: Account, workflow: Workflow) -> None:
    """Raise Forbidden when the person's level does not order declarations of this workflow."""
    if not may_rank(user, workflow):
        raise Forbidden(_("本环节不需要设置推荐优先顺序。"))


def ranking_of(call: Call, user: Account, workflows: Mapping[int, Workflow]) -> Ranking:
    """Return what the person's office recommends of a call, in its order."""
    rows = list(db.session.scalars(_recommended(call, user, workflows).limit(MOST + 1)))
    kept = rows[:MOST]
    return Ranking(kept, _mark((row.id, place_of(row, user)) for row in kept), len(rows) <= MOST)


def save_ranking(
    call: Call, ids: Sequence[int], mark: str, workflows: Mapping[int, Workflow], *, by: Account, at: datetime
) -> int:
    """Number the declarations 1, 2, 3 … in the given order; returns how many have a new number.

    Raises AlreadyActed when the order or its rows changed since they were seen, Invalid when rows are missing.
    """
    require_ranking(by, workflows[call.version_id])
    found = _recommended(call, by, workflows).limit(MOST)
    routing.hold_in_order([row.id for row in db.session.scalars(found)])
    rows = db.session.scalars(found.execution_options(populate_existing=True)).all()
    before = {row.id: place_of(row, by) for row in rows}
    if _mark(before.items()) != mark:
        raise AlreadyActed(_("推荐名单或顺序刚刚已变化，本次没有保存，请按最新名单重新排序。"))
    if set(ids) != set(before) or len(ids) != len(before):
        raise Invalid(_("排序名单不完整，请刷新页面后重新排序。"))
    numbers = {row_id: number for number, row_id in enumerate(ids, start=1)}
    changed = {row_id: number for row_id, number in numbers.items() if before[row_id] != number}
    _write(priority_of(by), changed)
    audit.record("rank", call, by=by, at=at, detail={"order": list(ids), "level": review_lists.level_of(by)})
    return len(changed)


def arranged(ids: Sequence[int], typed: Mapping[int, int]) -> list[int]:
    """Return the ids in the order of the typed numbers; a row moved to a taken place pushes the others aside."""

    def key(place: int) -> tuple[int, int, int]:
        now, wanted = place + 1, typed.get(ids[place], place + 1)
        return wanted, 0 if wanted < now else 2 if wanted > now else 1, place

    return [ids[place] for place in sorted(range(len(ids)), key=key)]


def _recommended(call: Call, user: Account, workflows: Mapping[int, Workflow]) -> Any:
    column = priority_of(user)
    return (
        select(Declaration)
        .where(
            visible(Declaration, user),
            Declaration.call_id == call.id,
            review_lists.recommended(user, workflows),
        )
        .order_by(*_order(column))
        .options(
            load_only(
                Declaration.public_id, Declaration.title, Declaration.state, Declaration.public_label,
                Declaration.submitted_at, column,
            ),
            joinedload(Declaration.enterprise).load_only(Enterprise.name),
            joinedload(Declaration.county).load_only(Region.name),
        )
    )  # fmt: skip


def _mark(pairs: Iterable[tuple[int, int | None]]) -> str:
    text = ",".join(f"{row_id}:{number}" for row_id, number in sorted(pairs))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _write(column: InstrumentedAttribute, numbers: Mapping[int, int]) -> None:
    if not numbers:
        return
    db.session.execute(
        update(Declaration).where(among(Declaration.id, numbers)).values({column: case(numbers, value=Declaration.id)}),
        execution_options={"synchronize_session": False},
    )
    db.session.expire_all()
