"""每日提醒: once a working day everybody hears what of theirs is near its deadline.

Near means: within the next working days that the configuration says, holidays counted out. One job per site and day
makes it once, however many workers there are.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import joinedload

from .. import clock, roles
from ..extensions import db
from ..models import Call, CallGuide, Declaration, DeclarationState, Department, DepartmentKind, Extension, Site
from ..working_days import add_working_days, is_working_day
from . import holidays, jobs, offices, recipients
from .messages import Telling, tell_each
from .terms import effective_call

JOB_KIND = "digest"
LINES = 10
END_OF_DAY = time(23, 59, 59)


@dataclass(frozen=True)
class Window:
    """From now until the end of the last working day that counts as near."""

    at: datetime
    until: datetime

    def holds(self, moment: datetime | None) -> bool:
        """Tell whether a deadline is near and not over."""
        return moment is not None and self.at < moment <= self.until


def ask_when_due(at: datetime) -> None:
    """Ask for today's digest of each site once its time of day has come; asking again changes nothing."""
    local = clock.to_local(at)
    if local.time() < time.fromisoformat(current_app.config["DIGEST_AT"]):
        return
    day = local.date()
    for site_id in db.session.scalars(select(Site.id).order_by(Site.id)).all():
        if is_working_day(day, holidays.special_days(site_id)):
            key = f"{JOB_KIND}:{site_id}:{day.isoformat()}"
            jobs.queue(JOB_KIND, key, {}, site_id=site_id, by=None, at=at, title=_("每日提醒"))


def window_of(site_id: int, at: datetime) -> Window:
    """Return what counts as near in a site."""
    today, ahead = clock.to_local(at).date(), current_app.config["DIGEST_WORKING_DAYS"]
    last: date = add_working_days(today, ahead, holidays.special_days(site_id))
    return Window(at, datetime.combine(last, END_OF_DAY, clock.SHANGHAI).astimezone(UTC))


def send_digest(site_id: int, *, at: datetime) -> int:
    """Tell enterprises, reviewers and administrators of a site what is near; returns how many messages that makes."""
    window = window_of(site_id, at)
    return sum(
        tell_each(kind, found, at=at)
        for kind, found in (
            ("enterprise_due", _enterprises(site_id, window)),
            ("review_due", _reviewers(site_id, window)),
            ("review_due", _units(site_id, window)),
            ("office_due", _administrators(site_id, window)),
        )
    )


def _tellings(lines: Mapping[Any, Sequence[str]], people: Callable[[Any], Iterable[Any]], link: str) -> list[Telling]:
    """Return one telling per person: the lines of everything that is theirs."""
    persons: dict[int, Any] = {}
    theirs: dict[int, list[str]] = {}
    for key, some in lines.items():
        for person in people(key):
            persons[person.id] = person
            theirs.setdefault(person.id, []).extend(some)
    return [Telling(persons[who], {"count": len(some), "items": _listed(some)}, link) for who, some in theirs.items()]


def _listed(lines: Sequence[str]) -> str:
    shown = [f"{number}. {line}" for number, line in enumerate(lines[:LINES], 1)]
    return "\n".join([*shown, *([f"……共 {len(lines)} 项"] if len(lines) > LINES else [])])


# ---------------------------------------------------------------- enterprises


def _enterprises(site_id: int, window: Window) -> list[Telling]:
    rows = sorted([*_drafts_near(site_id, window), *_returned_near(site_id, window)], key=lambda row: row[1])
    people = recipients.applicants_of(row for row, _due in rows)
    lines: dict[int, list[str]] = {}
    for row, due in rows:
        state = "草稿" if row.state is DeclarationState.DRAFT else "已退回"
        lines.setdefault(row.id, []).append(f"{row.title}（{state}），{clock.show(due)} 截止")
    return _tellings(lines, lambda row_id: people[row_id], "/workbench/")


def _units(site_id: int, window: Window) -> list[Telling]:
    """Tell administrators of enterprises what individuals have handed in and nobody in the unit has looked at."""
    query = (
        select(Declaration.enterprise_id, Declaration.title, Declaration.due_at)
        .where(
            Declaration.site_id == site_id,
            Declaration.state == DeclarationState.IN_REVIEW,
            Declaration.step_role == roles.ENTERPRISE_ADMINISTRATOR,
            Declaration.due_at > window.at,
            Declaration.due_at <= window.until,
        )
        .order_by(Declaration.due_at, Declaration.id)
    )
    lines: dict[int, list[str]] = {}
    for enterprise_id, title, due in db.session.execute(query):
        lines.setdefault(enterprise_id, []).append(f"{title}（个人申报待审核），{clock.show(due)} 截止")
    people = recipients.enterprise_administrators(lines)
    return _tellings(lines, lambda unit: people.get(unit, ()), "/unit-review/")


_COLUMNS = (
    Declaration.id, Declaration.title, Declaration.state, Declaration.enterprise_id, Declaration.individual_id,
    Declaration.call_id,    Declaration.city_id, Declaration.due_at,
)  # fmt: skip


def _returned_near(site_id: int, window: Window) -> list[tuple[Any, datetime]]:
    query = select(*_COLUMNS).where(
        Declaration.site_id == site_id,
        Declaration.state == DeclarationState.RETURNED,
        Declaration.due_at > window.at,
        Declaration.due_at <= window.until,
    )
    return [(row, row.due_at) for row in db.session.execute(query)]


def _drafts_near(site_id: int, window: Window) -> list[tuple[Any, datetime]]:
    """Return (draft, its end): the end is the city's, or the one that the enterprise was extended to."""
    extended = _extensions(site_id)
    ends = {pair: end for pair, end in _ends(site_id, window.at).items() if window.holds(end)}
    drafts = {row.id: (row, ends[row.call_id, row.city_id]) for row in _drafts(Declaration.city_id, ends)}
    for row in _drafts(Declaration.enterprise_id, extended):
        drafts[row.id] = row, extended[row.call_id, row.enterprise_id]
    return [(row, end) for row, end in drafts.values() if window.holds(end)]


def _ends(site_id: int, at: datetime) -> dict[tuple[int, int], datetime]:
    query = (
        select(CallGuide)
        .join(CallGuide.call)
        .where(Call.site_id == site_id, Call.closes_at > at)
        .options(joinedload(CallGuide.call))
    )
    return {(g.call_id, g.city_id): effective_call(g.call, g).closes_at for g in db.session.scalars(query)}


def _extensions(site_id: int) -> dict[tuple[int, int], datetime]:
    """Return {(call, enterprise): until}: the latest counts, and one that ends when it was given takes it back."""
    query = select(Extension).where(Extension.site_id == site_id).order_by(Extension.id)
    latest = {(row.call_id, row.enterprise_id): row for row in db.session.scalars(query)}
    return {pair: row.until for pair, row in latest.items() if row.until > row.given_at}


def _drafts(column: Any, pairs: Iterable[tuple[int, int]]) -> Sequence[Any]:
    query = select(*_COLUMNS).where(
        tuple_(Declaration.call_id, column).in_(list(pairs)),
        Declaration.state == DeclarationState.DRAFT,
        Declaration.deleted_at.is_(None),
    )
    return db.session.execute(query).all()


# ---------------------------------------------------------------- officials


def _reviewers(site_id: int, window: Window) -> list[Telling]:
    due = func.min(Declaration.due_at)
    query = (
        select(Declaration.office_id, Declaration.step_role, Call.name, func.count().label("waiting"), due.label("due"))
        .join(Call, Declaration.call_id == Call.id)
        .where(
            Declaration.site_id == site_id,
            Declaration.state == DeclarationState.IN_REVIEW,
            Declaration.office_id.is_not(None),
            Declaration.due_at > window.at,
            Declaration.due_at <= window.until,
        )
        .group_by(Declaration.office_id, Declaration.step_role, Call.id, Call.name)
        .order_by(due)
    )
    lines: dict[tuple[int, str], list[str]] = {}
    for office, role, call, waiting, nearest in db.session.execute(query):
        lines.setdefault((office, role), []).append(f"{call}：{waiting} 个待审核，最近 {clock.show(nearest)} 截止")
    by_role = {
        role: recipients.office_people([office for office, held in lines if held == role], [role])
        for role in {role for _office, role in lines}
    }
    return _tellings(lines, lambda key: by_role[key[1]].get(key[0], ()), "/desk/")


def _administrators(site_id: int, window: Window) -> list[Telling]:
    """Tell administrators of calls that are open, or open soon, and that their bureau has given to no office."""
    query = (
        select(Department)
        .where(Department.site_id == site_id, Department.kind == DepartmentKind.BUREAU, Department.enabled)
        .options(joinedload(Department.region))
    )
    bureaus = db.session.scalars(query).all()
    calls = select(Call).where(Call.site_id == site_id, Call.opens_at <= window.until, Call.closes_at > window.at)
    due = {call.id: call for call in db.session.scalars(calls.order_by(Call.closes_at))}
    assigned = offices.responsible_offices(due, [bureau.id for bureau in bureaus])
    reviewed = _cities_with_county_review(due)
    lines: dict[int, list[str]] = {}
    for bureau in bureaus:
        for call in due.values():
            if (call.id, bureau.id) not in assigned and _is_needed(bureau, call, reviewed):
                line = f"{call.name}，申报截止 {clock.show(call.closes_at)}"
                lines.setdefault(bureau.id, []).append(line)
    people = recipients.administrators_of(lines)
    return _tellings(lines, lambda bureau: people.get(bureau, ()), "/responsible-offices/")


def _cities_with_county_review(calls: Iterable[int]) -> set[tuple[int, int]]:
    query = select(CallGuide.call_id, CallGuide.city_id).where(CallGuide.call_id.in_(calls), CallGuide.county_review)
    return {tuple(row) for row in db.session.execute(query)}


def _is_needed(bureau: Department, call: Call, reviewed: set[tuple[int, int]]) -> bool:
    """A county's office is needed where its city's guide says that counties review."""
    below_city = offices.LEVEL_OF[bureau.region.kind] == "county"
    return not below_city or (call.id, bureau.region.parent_id) in reviewed
