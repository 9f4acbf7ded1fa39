"""How a declaration moves along its route: pure functions over plain values, no database, no clock."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from .definition import Workflow

WAITING_GRACE = timedelta(days=3)
SKIPPED_BY_CONDITION = "本环节不需要办理"
SKIPPED_STRAIGHT_BACK = "退回后重新提交，直接送回原退回环节"


class OnRoute(Protocol):
    """What the engine reads of a planned or stored route step."""

    position: int
    step: str
    skipped_reason: str | None


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of a route before it is stored."""

    position: int
    step: str
    label: str
    public_label: str
    role: str
    level: str
    due_at: datetime | None
    skipped_reason: str | None


@dataclass(frozen=True, slots=True)
class Resubmission:
    """A submission that answers a return: by which step, and whether to go straight back.

    `dues` says until when each step that ever returned the declaration could act then.
    """

    return_from: str
    straight: bool
    dues: Mapping[str, datetime | None]


def plan_route(
    workflow: Workflow,
    judge: Callable[[Any], bool | None],
    moment: Callable[[str], datetime | None],
    answer_to: Resubmission | None = None,
) -> tuple[PlannedStep, ...]:
    """Return the steps a submission will pass; skipped ones stay in the route with the reason.

    `judge` evaluates a step condition (unknown counts as not met), `moment` resolves a due path such as
    `guide.county_due`. The steps up to a returner keep working after their own deadline, until the returner's.
    """
    keys = [step.key for step in workflow.steps]
    returner = keys.index(answer_to.return_from) if answer_to and answer_to.return_from in keys else None
    dues = answer_to.dues if answer_to else {}
    route = []
    for position, step in enumerate(workflow.steps):
        before_returner = returner is not None and position < returner
        due = moment(step.due) if step.due else None
        reason = None
        if step.when is not None and judge(step.when) is not True:
            reason = SKIPPED_BY_CONDITION
        elif before_returner and answer_to.straight:
            reason = SKIPPED_STRAIGHT_BACK
        due = extended(due, position, [(keys.index(key), at) for key, at in dues.items() if key in keys])
        route.append(PlannedStep(position, step.key, step.label, step.public_label, step.role, step.level, due, reason))
    return tuple(route)


def extended(due: datetime | None, position: int, returners: Sequence[tuple[int, datetime | None]]) -> datetime | None:
    """Return a step's deadline, put off to those of the steps at or after it that returned the declaration.

    `returners` are (position, deadline); None means no deadline at all.
    """
    for where, returner_due in returners:
        if due is not None and where >= position:
            due = None if returner_due is None else max(due, returner_due)
    return due


def after_waiting(due: datetime, arrived_at: datetime, at: datetime) -> datetime:
    """Return the deadline of a step that had nobody to act from `arrived_at` to `at`.

    It stays while enough time is left; otherwise the time lost is given back, three days at most.
    """
    return max(due, at + min(at - arrived_at, WAITING_GRACE))


def later_after_waiting(due: datetime, before: datetime, put_off: datetime) -> datetime:
    """Return the deadline of a later step when that of an earlier one was put off from `before` to `put_off`.

    It keeps the time that it had after the earlier one, three days at most.
    """
    return max(due, put_off + min(max(due - before, timedelta()), WAITING_GRACE))


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the tighter of two deadlines, where None means no deadline at all."""
    if one is None or other is None:
        return one or other
    return min(one, other)


def first_step(route: Sequence[OnRoute]) -> OnRoute | None:
    """Return the first step that is not skipped."""
    return next((s for s in route if s.skipped_reason is None), None)


def step_after(route: Sequence[OnRoute], current: str, straight_to: str | None = None) -> OnRoute | None:
    """Return the step that follows `current`, or the returner a straight return goes back to; None at the end."""
    position = position_of(route, current)
    following = [s for s in route if s.position > position and s.skipped_reason is None]
    if straight_to is not None:
        following = [s for s in following if s.step == straight_to] or following
    return following[0] if following else None


def steps_before(route: Sequence[OnRoute], current: str) -> list[OnRoute]:
    """Return the steps a declaration may be returned to, nearest first."""
    position = position_of(route, current)
    return [s for s in reversed(route) if s.position < position and s.skipped_reason is None]


def position_of(route: Sequence[OnRoute], key: str) -> int:
    """Return where a step stands in the route; raises KeyError."""
    for step in route:
        if step.step == key:
            return step.position
    raise KeyError(key)
