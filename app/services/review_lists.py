"""What reviewers see in lists: the phases declarations are in from where a person sits, and counts per call."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, and_, bindparam, case, false, func, not_, or_, select
from sqlalchemy.orm import contains_eager, defer, joinedload

from .. import roles
from ..database import KEEP_PLAN
from ..errors import NotFound
from ..extensions import db
from ..models import (
    Account,
    Call,
    CallGuide,
    Declaration,
    DeclarationState,
    DeclarationType,
    DeclarationTypeVersion,
    Letter,
    Programme,
    RegionKind,
    ResponsibleOffice,
)
from ..permissions import bureau_of, holds, visible
from ..workflow.definition import UNIT, Step, Workflow
from .offices import LEVEL_OF
from .terms import due_moment
from .types import workflow_of

HEIGHTS = {UNIT: -1, "county": 0, "city": 1, "province": 2}
NO_LETTERS: Mapping[int, Mapping[str, int]] = {}


@dataclass(frozen=True)
class Phases:
    """Where declarations stand, seen from a person's place: each visible one meets exactly one of the six."""

    waiting: ColumnElement
    passed: ColumnElement
    under_way: ColumnElement
    returned: ColumnElement
    declined: ColumnElement
    void: ColumnElement


def level_of(user: Account) -> str:
    """Return the level a government user works at: county, city or province."""
    return LEVEL_OF[user.department.region.kind]


def own_steps(workflow: Workflow, user: Account) -> list[Step]:
    """Return the steps a person takes part in: a reviewer those of the own role, an administrator all of the level."""
    level = level_of(user)
    reviewer = holds(user, *roles.REVIEWERS)
    return [s for s in workflow.steps if s.level == level and (not reviewer or s.role in user.role_names)]


def workflows_of(site_id: int) -> dict[int, Workflow]:
    """Return the workflow of every version of the site; bodies are read once per process."""
    query = (
        select(DeclarationTypeVersion.id, DeclarationTypeVersion.sha)
        .join(DeclarationTypeVersion.type)
        .where(DeclarationType.site_id == site_id)
    )
    return {row.id: workflow_of(row) for row in db.session.execute(query)}


def read_call(call_id: int, user: Account) -> tuple[Call, dict[int, Workflow]]:
    """Return a call in scope with its programme, and the workflows its declarations may follow; one statement.

    These are the versions of its type: others' steps do not come here. Raises NotFound.
    """
    rows = db.session.execute(_CALL.where(visible(Call, user)), {"call": call_id}).all()
    if not rows:
        raise NotFound(_("没有找到该申报方向，可能已被删除或不在您的管理范围内。"))
    return rows[0][0], {row.id: workflow_of(row) for row in rows}


_CURRENT, _VERSION = (DeclarationTypeVersion.__table__.alias(name) for name in ("current", "version"))
_CALL = (
    select(Call, _VERSION.c.id, _VERSION.c.sha)
    .join(_CURRENT, _CURRENT.c.id == Call.version_id)
    .join(_VERSION, _VERSION.c.type_id == _CURRENT.c.type_id)
    .where(Call.id == bindparam("call"))
    .options(joinedload(Call.programme))
    .execution_options(**KEEP_PLAN)
)


def phases_for(user: Account, workflows: Mapping[int, Workflow]) -> Phases:
    """Return the phases from where the person sits: before, at and after the own step.

    What stands at the own step without an office, because none is responsible any more, is under way like what was
    sent back to a step before.
    """
    around = tuple((version, *map(frozenset, _around(workflow, user))) for version, workflow in workflows.items())
    if not holds(user, *roles.REVIEWERS):
        return _phases(None, frozenset(), around)
    return _phases(user.department_id, user.role_names, around)


@lru_cache(maxsize=256)
def _phases(office_id: int | None, role_names: frozenset[str], around: tuple[tuple, ...]) -> Phases:
    """Build the conditions, once for those who sit in the same place; without an office for a whole level."""
    in_review = Declaration.state == DeclarationState.IN_REVIEW
    before, own, after = ({version: keys[i] for version, *keys in around} for i in range(3))
    if office_id is None:
        here, under_way = _stands_at(own), _stands_at(before)
    else:
        here = and_(
            Declaration.office_id == office_id,
            _one_of(Declaration.step_role, role_names),
            _one_of(Declaration.step, set().union(*own.values())),  # says nothing new, but leads the index to its order
        )
        adrift = Declaration.office_id.is_(None)
        under_way = and_(
            or_(adrift, _one_of(Declaration.step, set().union(*before.values()))),  # nor this, but the index answers it
            or_(and_(adrift, _stands_at(own)), _stands_at(before)),
        )
    return Phases(
        waiting=and_(in_review, here),
        passed=or_(Declaration.state == DeclarationState.APPROVED, and_(in_review, _stands_at(after))),
        under_way=and_(in_review, under_way),
        returned=Declaration.state == DeclarationState.RETURNED,
        declined=Declaration.state == DeclarationState.DECLINED,
        void=Declaration.state == DeclarationState.VOID,
    )


def is_first(user: Account, workflow: Workflow) -> bool:
    """Tell whether nobody reviews before the person."""
    return not _around(workflow, user)[0]


def _around(workflow: Workflow, user: Account) -> tuple[set[str], set[str], set[str]]:
    """Return the keys of the steps before, at and after where the person takes part.

    Where the workflow has no such step, the person's level says what comes before and after.
    """
    own = own_steps(workflow, user)
    positions = {step.key: number for number, step in enumerate(workflow.steps)}
    if own:
        first, last = positions[own[0].key], positions[own[-1].key]
    else:
        height = HEIGHTS[level_of(user)]
        last = sum(1 for step in workflow.steps if HEIGHTS[step.level] < height) - 1
        first = last + 1
    return (
        {key for key, number in positions.items() if number < first},
        {key for key, number in positions.items() if first <= number <= last},
        {key for key, number in positions.items() if number > last},
    )


def recommended(user: Account, workflows: Mapping[int, Workflow]) -> ColumnElement:
    """Return what belongs on the person's summary sheet.

    A bureau's sheet holds what has passed its first step, so officer and leader of one office export the same rows;
    where nothing follows the own level, what has arrived there counts as well.
    """
    level = level_of(user)
    keys = {}
    for version, workflow in workflows.items():
        steps = _steps_at(workflow, level)
        is_last = bool(steps) and steps[-1] is workflow.steps[-1]
        keys[version] = {s.key for s in steps} if is_last else _after(workflow, steps[:1])
    in_review = Declaration.state == DeclarationState.IN_REVIEW
    return or_(Declaration.state == DeclarationState.APPROVED, and_(in_review, _stands_at(keys)))


def _at_level(user: Account, workflows: Mapping[int, Workflow]) -> ColumnElement:
    level = level_of(user)
    return _stands_at({version: {s.key for s in _steps_at(w, level)} for version, w in workflows.items()})


def _steps_at(workflow: Workflow, level: str) -> list[Step]:
    return [step for step in workflow.steps if step.level == level]


def _after(workflow: Workflow, steps: Sequence[Step]) -> set[str]:
    """Return the keys of the steps that follow the given one; none when there is none."""
    return {s.key for s in workflow.steps[workflow.steps.index(steps[0]) + 1 :]} if steps else set()


def _stands_at(keys: Mapping[int, Iterable[str]]) -> ColumnElement:
    """Return whether a declaration stands at one of the steps given for its version."""
    groups: dict[frozenset[str], list[int]] = {}
    for version, steps in keys.items():
        groups.setdefault(frozenset(steps), []).append(version)
    found = (
        and_(_one_of(Declaration.version_id, versions), _one_of(Declaration.step, steps))
        for steps, versions in groups.items()
        if steps
    )
    return or_(false(), *found)


def _one_of(column: ColumnElement, values: Collection[Any]) -> ColumnElement[bool]:
    """Return `column IN (values)`; for a single one `column = value`, which need not be spelt out anew every time."""
    return column == next(iter(values)) if len(values) == 1 else column.in_(values)


# ---------------------------------------------------------------- programmes and calls with their counts


@dataclass(frozen=True)
class CallLine:
    """A call as a reviewer's office sees it; moments are None where there is none."""

    call: Call
    step: Step | None
    due_at: datetime | None
    waiting: int = 0
    at_level: int = 0
    passed: int = 0
    returned: int = 0
    declined: int = 0
    last_arrival: datetime | None = None
    next_due: datetime | None = None
    unassigned: int = 0
    unassigned_below: int = 0
    own_letters: int = 0
    letters_below: int = 0


@dataclass(frozen=True)
class ProgrammeLine:
    """A programme with its calls and their sums."""

    programme: Programme
    calls: tuple[CallLine, ...]

    def total(self, name: str) -> int:
        """Return the sum of a count over the calls."""
        return sum(getattr(line, name) for line in self.calls)


def programmes_for(user: Account, workflows: Mapping[int, Workflow]) -> list[ProgrammeLine]:
    """Return the programmes with the calls that the person's office handles or has handled; four statements."""
    by_programme: dict[Programme, list[CallLine]] = {}
    for line in call_lines(user, workflows, _letter_counts(user)):
        by_programme.setdefault(line.call.programme, []).append(line)
    return [ProgrammeLine(programme, tuple(lines)) for programme, lines in by_programme.items()]


def call_lines(
    user: Account, workflows: Mapping[int, Workflow], letters: Mapping[int, Mapping[str, int]] = NO_LETTERS
) -> list[CallLine]:
    """Return the calls that the person's office handles or has handled, newest programme first; three statements."""
    counts = _counts(user, phases_for(user, workflows), workflows)
    calls = _calls_of(user, counts)
    guides = _guides_of(user, calls)
    return [
        _line(call, guides.get(call.id), counts.get(call.id, {}), letters.get(call.id, {}), user, workflows)
        for call in calls
    ]


def handles(user: Account, call: Call) -> bool:
    """Tell whether the person's office handles the call or has handled a declaration of it."""
    assigned = select(ResponsibleOffice.id).where(_own_assignment(user), ResponsibleOffice.call_id == call.id)
    touched = select(Declaration.id).where(visible(Declaration, user), Declaration.call_id == call.id)
    return bool(db.session.scalar(select(or_(assigned.exists(), touched.exists()))))


def _counts(user: Account, phases: Phases, workflows: Mapping[int, Workflow]) -> dict[int, dict[str, Any]]:
    """Return {call id: counts and moments} over the rows in scope, in one statement."""
    at_level = and_(Declaration.state == DeclarationState.IN_REVIEW, _at_level(user, workflows))
    adrift = and_(
        Declaration.state == DeclarationState.IN_REVIEW,
        Declaration.office_id.is_(None),
        Declaration.step_role != roles.ENTERPRISE_ADMINISTRATOR,  # which waits for no office
    )
    columns = {
        "waiting": func.count(case((phases.waiting, 1))),
        "at_level": func.count(case((at_level, 1))),
        "passed": func.count(case((phases.passed, 1))),
        "returned": func.count(case((phases.returned, 1))),
        "declined": func.count(case((or_(phases.declined, phases.void), 1))),
        "last_arrival": func.max(case((phases.waiting, Declaration.arrived_at))),
        "next_due": func.min(case((phases.waiting, Declaration.due_at))),
        "unassigned": func.count(case((and_(at_level, adrift), 1))),
        "unassigned_below": func.count(case((and_(not_(at_level), adrift), 1))),
    }
    query = select(Declaration.call_id, *(c.label(name) for name, c in columns.items()))
    rows = db.session.execute(query.where(visible(Declaration, user)).group_by(Declaration.call_id))
    return {row.call_id: {name: getattr(row, name) for name in columns} for row in rows}


def _own_assignment(user: Account) -> ColumnElement[bool]:
    if holds(user, *roles.REVIEWERS):
        return ResponsibleOffice.office_id == user.department_id
    return ResponsibleOffice.bureau_id == bureau_of(user).id


def _calls_of(user: Account, seen: Iterable[int]) -> list[Call]:
    assigned = select(ResponsibleOffice.call_id).where(_own_assignment(user))
    query = (
        select(Call)
        .join(Call.programme)
        .where(visible(Call, user), or_(Call.id.in_(assigned), Call.id.in_(seen)))
        .options(contains_eager(Call.programme), joinedload(Call.version).options(defer(DeclarationTypeVersion.body)))
        .order_by(Programme.year.desc(), Programme.id.desc(), Call.id)
    )
    return list(db.session.scalars(query).unique())


def _guides_of(user: Account, calls: Iterable[Call]) -> dict[int, CallGuide]:
    region = user.department.region
    if region.kind is RegionKind.PROVINCE:
        return {}
    city_id = region.id if region.kind is RegionKind.CITY else region.parent_id
    query = select(CallGuide).where(CallGuide.city_id == city_id, CallGuide.call_id.in_([c.id for c in calls]))
    return {guide.call_id: guide for guide in db.session.scalars(query)}


def _letter_counts(user: Account) -> dict[int, dict[str, int]]:
    own = Letter.bureau_id == bureau_of(user).id
    query = select(Letter.call_id, func.count(case((own, 1))), func.count(case((not_(own), 1))))
    rows = db.session.execute(query.where(visible(Letter, user)).group_by(Letter.call_id))
    return {call_id: {"own_letters": mine, "letters_below": below} for call_id, mine, below in rows}


def _line(
    call: Call,
    guide: CallGuide | None,
    counts: Mapping[str, Any],
    letters: Mapping[str, int],
    user: Account,
    workflows: Mapping[int, Workflow],
) -> CallLine:
    step = next(iter(own_steps(workflows[call.version_id], user)), None)
    due_at = due_moment(call, guide, step.due) if step and step.due else None
    return CallLine(call, step, due_at, **counts, **letters)
