"""What the desk plots: where declarations stand, and on which days they came in; a handful of grouped statements."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from .. import clock
from ..database import day_in_shanghai
from ..extensions import db
from ..models import Account, Call, Declaration, DeclarationState, Region
from ..permissions import visible
from ..workflow.definition import Workflow
from .review_lists import level_of, workflows_of

DAYS = 30
YEAR = timedelta(days=366)
MOST_BARS = 24
KEPT_FOR = timedelta(minutes=5)
MOST_PLACES = 500
ENDS = (
    DeclarationState.RETURNED,
    DeclarationState.APPROVED,
    DeclarationState.DECLINED,
    DeclarationState.VOID,
)
AXES = {
    "province": (Declaration.city_id, Region, _("地市")),
    "city": (Declaration.county_id, Region, _("县（区）")),
    "county": (Declaration.call_id, Call, _("方向")),
}


@dataclass(frozen=True)
class Series:
    """One kind of bar: its name, its tone in the skin, and a value for every label."""

    name: str
    tone: str
    values: tuple[int, ...]


@dataclass(frozen=True)
class Bars:
    """A plot, and the table beside it."""

    title: str
    axis: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]

    @property
    def total(self) -> int:
        """Return how many declarations it shows."""
        return sum(sum(series.values) for series in self.series)


@dataclass(frozen=True)
class Figures:
    """Both plots, and when they were counted."""

    counted_at: datetime
    plots: tuple[Bars, Bars]


def figures_for(user: Account, at: datetime) -> Figures:
    """Return both plots over what is in the person's scope, counted anew every few minutes; four statements.

    They walk over every row of a province. People who sit in the same place see the same, so it is counted once for all
    of them; numbers that somebody acts on are not taken from here.
    """
    place = (user.site_id, user.department_id, user.role_names, str(get_locale()))
    known = _known.get(place)
    if known is None or not known.counted_at <= at < known.counted_at + KEPT_FOR:
        if len(_known) >= MOST_PLACES:
            _known.clear()
        known = _known[place] = Figures(at, (steps_by_place(user, at), submissions_by_day(user, at)))
    return known


_known: dict[tuple, Figures] = {}


def steps_by_place(user: Account, at: datetime) -> Bars:
    """Count what arrived within a year by place and step: cities for the province, counties, else calls."""
    column, model, axis = AXES[level_of(user)]
    query = (
        select(column, Declaration.state, Declaration.step, func.count())
        .where(visible(Declaration, user), Declaration.state != DeclarationState.DRAFT)
        .where(Declaration.arrived_at > at - YEAR)
        .group_by(column, Declaration.state, Declaration.step)
    )
    steps = _step_labels(workflows_of(user.site_id).values())
    counts: Counter[tuple[int, str]] = Counter()
    for place, state, step, count in db.session.execute(query):
        kind = steps.get(step, step) if state is DeclarationState.IN_REVIEW else str(state.label)
        counts[place, kind or str(state.label)] += count
    kinds = [(label, "brand") for label in dict.fromkeys(steps.values())]
    kinds += [(str(state.label), state.tone) for state in ENDS]
    return _stacked(
        gettext("各环节申报数"), str(axis), counts, kinds, _names(model, {place for place, _kind in counts})
    )


def _step_labels(workflows: Iterable[Workflow]) -> dict[str, str]:
    """Return {step: label}, in the order of the chain; the newest version has the last word."""
    return {step.key: step.label for workflow in workflows for step in workflow.steps}


def _names(model: type, ids: Iterable[int]) -> dict[int, str]:
    return dict(db.session.execute(select(model.id, model.name).where(model.id.in_(ids))).all())


def _stacked(
    title: str,
    axis: str,
    counts: Mapping[tuple[int, str], int],
    kinds: Sequence[tuple[str, str]],
    names: Mapping[int, str],
) -> Bars:
    """Arrange counts into stacks, the highest first; what does not fit goes into 其他."""
    totals: Counter[int] = Counter()
    for (place, _kind), count in counts.items():
        totals[place] += count
    places = [place for place, _count in totals.most_common()]
    shown, rest = places[:MOST_BARS], places[MOST_BARS:]
    labels = [names.get(place, "—") for place in shown] + ([gettext("其他")] if rest else [])
    series = []
    for kind, tone in kinds:
        values = [counts.get((place, kind), 0) for place in shown]
        values += [sum(counts.get((place, kind), 0) for place in rest)] if rest else []
        if any(values):
            series.append(Series(kind, tone, tuple(values)))
    return Bars(title, axis, tuple(labels), tuple(series))


def submissions_by_day(user: Account, at: datetime) -> Bars:
    """Count what was handed in on each of the last 30 days, as the calendar on the wall has them."""
    today = clock.to_local(at).date()
    days = [today - timedelta(days=n) for n in range(DAYS - 1, -1, -1)]
    day = day_in_shanghai(Declaration.submitted_at)
    query = (
        select(day, func.count())
        .where(visible(Declaration, user), Declaration.submitted_at >= _midnight(days[0]))
        .group_by(day)
    )
    counts = {str(found): count for found, count in db.session.execute(query)}
    values = tuple(counts.get(day.isoformat(), 0) for day in days)
    labels = tuple(f"{day:%m-%d}" for day in days)
    return Bars(gettext("近30天每日提交数"), gettext("日期"), labels, (Series(gettext("提交数"), "brand", values),))


def _midnight(day: date) -> datetime:
    return clock.local(day.year, day.month, day.day)


def as_json(bars: Bars) -> dict[str, Any]:
    """Return a plot as the browser draws it."""
    series = [{"name": s.name, "tone": s.tone, "values": s.values} for s in bars.series]
    return {"title": bars.title, "axis": bars.axis, "labels": bars.labels, "series": series, "total": bars.total}
