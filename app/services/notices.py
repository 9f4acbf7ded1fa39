"""On what occasions people are told, and who: one verb per occasion, called where it happens.

Single acts tell at once, in their own transaction. What concerns many is left to the worker: a batch by one job, and
arrivals by one job per step and span of time, so that two thousand declarations in a burst are one message.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import aliased, joinedload

from .. import roles
from ..clock import show
from ..extensions import db
from ..models import (
    EDITABLE,
    Account,
    Applicants,
    Call,
    CallGuide,
    Declaration,
    DeclarationState,
    Department,
    DepartmentKind,
    Enterprise,
    Extension,
    GuideApplicant,
    ReviewAction,
    ReviewRecord,
    RouteStep,
)
from ..permissions import bureau_of
from . import individuals, jobs, recipients
from .messages import Telling, tell, tell_each
from .terms import effective_call
from .types import definition_of

MOVES_JOB = "tell_moves"
ARRIVALS_JOB = "tell_arrivals"
GUIDE_JOB = "tell_guide"
TEN_THOUSAND = 10_000
SPAN = timedelta(minutes=5)
MOST_AT_ONCE = 500

_bureau = aliased(Department)
_MOVE = (
    ReviewRecord.action, ReviewRecord.to_step, ReviewRecord.opinion, ReviewRecord.department_name,
    Declaration.public_id, Declaration.title, Declaration.enterprise_id, Declaration.individual_id, Declaration.state,
    Declaration.step_role, Declaration.public_label,
    Declaration.due_at, Call.name.label("call_name"), Enterprise.name.label("enterprise_name"),
    Department.kind.label("department_kind"), _bureau.name.label("bureau_name"), ReviewRecord.at,
)  # fmt: skip


def after_move(declaration: Declaration, record: ReviewRecord, *, at: datetime) -> None:
    """Tell the enterprise what became of its declaration, and those whom it reached."""
    tell_moves({declaration.id: record.seq}, at=at)
    _note_arrivals([declaration.id], at)


def after_batch(moved: Mapping[int, int], *, by: Account, at: datetime) -> None:
    """Leave telling whom `{declaration id: seq}` concerns to the worker: a thousand must not wait for it."""
    if not moved:
        return
    payload = {"moved": [[row_id, seq] for row_id, seq in moved.items()], "at": at.isoformat()}
    jobs.queue(
        MOVES_JOB, jobs.own_key(MOVES_JOB, by), payload, site_id=by.site_id, by=None, at=at, title=_("告知企业审核进展")
    )


def tell_batch(moved: Mapping[int, int], *, at: datetime) -> int:
    """Tell enterprises and offices of a batch; returns how many messages go to enterprises."""
    _note_arrivals(moved, at)
    return tell_moves(moved, at=at)


def tell_moves(moved: Mapping[int, int], *, at: datetime) -> int:
    """Tell the enterprises what the records `{declaration id: seq}` say; returns how many messages that makes."""
    read = _read_moves(moved)
    rows = [(kind, row) for row in read if (kind := _kind_of(row)) is not None]
    people = recipients.applicants_of(row for _kind, row in rows)
    tellings: dict[str, list[Telling]] = {}
    for kind, row in rows:
        facts, link = _facts_of(row), f"/declarations/{row.public_id}/"
        for person in people[row.id]:
            tellings.setdefault(kind, []).append(Telling(person, facts, link))
    _tell_units([row for row in read if row.to_step and row.step_role == roles.ENTERPRISE_ADMINISTRATOR], at)
    return sum(tell_each(kind, some, at=at) for kind, some in tellings.items())


def _tell_units(rows: Sequence[Row[Any]], at: datetime) -> None:
    """Tell the administrators of units what reached them; where a unit has none, the person who declares."""
    if not rows:
        return
    led, own = recipients.enterprise_administrators(row.enterprise_id for row in rows), recipients.applicants_of(rows)
    names = individuals.names_of(rows)
    reached: dict[str, list[Telling]] = {"unit_arrived": [], "unit_without_administrator": []}
    for row in rows:
        facts = _facts_of(row) | {"person": names.get(row.id, row.enterprise_name)}
        for person in led.get(row.enterprise_id, ()):
            reached["unit_arrived"].append(Telling(person, facts, f"/unit-review/{row.public_id}"))
        if row.enterprise_id not in led:
            link = f"/declarations/{row.public_id}/"
            reached["unit_without_administrator"] += [Telling(person, facts, link) for person in own[row.id]]
    for kind, some in reached.items():
        tell_each(kind, some, at=at)


def _read_moves(moved: Mapping[int, int]) -> list[Row[Any]]:
    query = (
        select(*_MOVE, Declaration.id, ReviewRecord.seq)
        .join(Declaration, ReviewRecord.declaration_id == Declaration.id)
        .join(Call, Declaration.call_id == Call.id)
        .join(Enterprise, Declaration.enterprise_id == Enterprise.id)
        .outerjoin(Department, ReviewRecord.department_id == Department.id)
        .outerjoin(_bureau, Department.parent_id == _bureau.id)
        .order_by(ReviewRecord.id)
    )
    ids, found = list(moved), []
    for start in range(0, len(ids), MOST_AT_ONCE):
        some = ids[start : start + MOST_AT_ONCE]
        seqs = {moved[row_id] for row_id in some}
        found += db.session.execute(query.where(Declaration.id.in_(some), ReviewRecord.seq.in_(seqs))).all()
    return [row for row in found if moved[row.id] == row.seq]


def _kind_of(row: Row[Any]) -> str | None:
    """Return the kind of message that an act is to the enterprise; a return between officials is none."""
    if row.action is ReviewAction.RECOMMEND:
        return "recommended" if row.to_step else "approved"
    if row.action is ReviewAction.RETURN:
        return None if row.to_step else "returned"
    return {
        ReviewAction.SUBMIT: "submitted",
        ReviewAction.DECLINE: "declined",
        ReviewAction.VOID: "void",
        ReviewAction.WITHDRAW: "withdrawn",
    }.get(row.action)


def _facts_of(row: Row[Any]) -> dict[str, Any]:
    in_review = row.state is DeclarationState.IN_REVIEW
    return {
        "whom": _whom(row),
        "project": row.title,
        "call": row.call_name,
        "enterprise": row.enterprise_name,
        "office": row.bureau_name if row.department_kind is DepartmentKind.OFFICE else row.department_name,
        "stage": row.public_label if in_review else row.state.label,
        "opinion": row.opinion,
        "due": show(row.due_at),
        "time": show(row.at),
    }


def _whom(row: Any) -> str:
    """Return how those who hear of a declaration are addressed: an enterprise, or the person who declares inside it."""
    return "贵单位" if row.individual_id is None else "您"


# ---------------------------------------------------------------- arrivals


def _note_arrivals(declaration_ids: Iterable[int], at: datetime) -> None:
    """Ask for one message per step and span to those where the declarations stand now."""
    for place in _places_of(list(declaration_ids)):
        begins, ends = _span_of(at)
        payload = {
            "call": place.call_id, "office": place.office_id, "bureau": place.bureau_id, "role": place.step_role,
            "from": begins.isoformat(), "to": ends.isoformat(),
        }  # fmt: skip
        where = f"{place.call_id}:{place.bureau_id}:{place.office_id}:{place.step_role}"
        jobs.queue_later(
            ARRIVALS_JOB, f"{ARRIVALS_JOB}:{where}:{int(begins.timestamp())}", payload,
            site_id=place.site_id, not_before=ends, title=_("告知项目送达"),
        )  # fmt: skip


def _places_of(declaration_ids: Sequence[int]) -> list[Row[Any]]:
    found: dict[tuple, Row[Any]] = {}
    for start in range(0, len(declaration_ids), MOST_AT_ONCE):
        query = (
            select(
                Declaration.site_id, Declaration.call_id, Declaration.office_id, Declaration.step_role,
                RouteStep.bureau_id,
            )
            .join(RouteStep, _here())
            .where(
                Declaration.id.in_(declaration_ids[start : start + MOST_AT_ONCE]),
                Declaration.state == DeclarationState.IN_REVIEW,
                RouteStep.bureau_id.is_not(None),
            )
            .distinct()
        )  # fmt: skip
        found.update({tuple(row): row for row in db.session.execute(query)})
    return list(found.values())


def _here() -> Any:
    return and_(RouteStep.submission_id == Declaration.submission_id, RouteStep.step == Declaration.step)


def _span_of(at: datetime) -> tuple[datetime, datetime]:
    seconds = int(SPAN.total_seconds())
    begins = datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, tz=UTC)
    return begins, begins + SPAN


def tell_arrivals(place: Mapping[str, Any], *, at: datetime) -> int:
    """Tell the office what reached it in a span of time; without an office, the administrators of its bureau."""
    call = db.session.get(Call, place["call"])
    query = (
        select(func.count(), func.min(Declaration.due_at))
        .join(RouteStep, _here())
        .where(
            Declaration.call_id == call.id,
            Declaration.state == DeclarationState.IN_REVIEW,
            RouteStep.bureau_id == place["bureau"],
            Declaration.office_id.is_not_distinct_from(place["office"]),
            Declaration.step_role == place["role"],
        )
    )
    if place["office"] is None:
        waiting, _due = db.session.execute(query).one()
        return _tell_missing_office(call, place["bureau"], waiting, at)
    span = datetime.fromisoformat(place["from"]), datetime.fromisoformat(place["to"])
    arrived, due = db.session.execute(query.where(Declaration.arrived_at.between(*span))).one()
    if not arrived:
        return 0
    people = recipients.office_people([place["office"]], [place["role"]]).get(place["office"], ())
    facts = {"programme": call.programme.name, "call": call.name, "count": arrived, "due": show(due)}
    return tell("arrived", people, facts, link=f"/review/{call.id}/", at=at)


def _tell_missing_office(call: Call, bureau_id: int, waiting: int, at: datetime) -> int:
    if not waiting:
        return 0
    administrators = recipients.administrators_of([bureau_id]).get(bureau_id, ())
    facts = {"call": call.name, "count": waiting}
    return tell("office_missing", administrators, facts, link="/responsible-offices/", at=at)


# ---------------------------------------------------------------- offices


def after_office_set(call: Call, office: Department, moved: int, *, at: datetime) -> None:
    """Tell an office that it is responsible for a call now, when work has come with it."""
    if not moved:
        return
    people = recipients.office_people([office.id], roles.REVIEWERS).get(office.id, ())
    facts = {"call": call.name, "responsible": f"{office.parent.name}/{office.name}", "count": moved}
    tell("office_set", people, facts, link=f"/review/{call.id}/", at=at)


def after_office_lost(call: Call, bureau_id: int, adrift: int, *, at: datetime) -> None:
    """Tell the administrators of a bureau that declarations wait for an office from now on."""
    _tell_missing_office(call, bureau_id, adrift, at)


# ---------------------------------------------------------------- guides, extensions, results


def after_guide(guide: CallGuide, *, is_new: bool, by: Account | None, at: datetime) -> None:
    """Leave telling the city's enterprises to the worker: of a new guide all, of a change those who have begun.

    Nobody is told of what no person has published, such as sample data.
    """
    if by is None:
        return
    kind = "guide_published" if is_new else "guide_changed"
    payload = {"kind": kind, "guide": guide.id, "at": at.isoformat()}
    key = f"{GUIDE_JOB}:{guide.id}:{at.isoformat()}"
    jobs.queue(GUIDE_JOB, key, payload, site_id=by.site_id, by=None, at=at, title=_("告知申报指南"))


def tell_guide(kind: str, guide_id: int, *, at: datetime) -> int:
    """Tell the enterprises that a guide concerns; returns how many messages that makes."""
    guide = db.session.get(CallGuide, guide_id, options=[joinedload(CallGuide.call), joinedload(CallGuide.city)])
    terms = effective_call(guide.call, guide)
    if terms.closes_at <= at:
        return 0
    facts = {
        "city": guide.city.name, "programme": guide.call.programme.name, "call": guide.call.name,
        "window": f"{show(terms.opens_at)} 至 {show(terms.closes_at)}",
    }  # fmt: skip
    concerned = db.session.scalars(_allowed(guide) if kind == "guide_published" else _with_open_work(guide)).all()
    kinds = definition_of(guide.call.version).applicants.kinds
    told = 0
    for start in range(0, len(concerned), MOST_AT_ONCE):
        people = recipients.enterprise_people(concerned[start : start + MOST_AT_ONCE], kinds)
        everyone = [person for some in people.values() for person in some]
        told += tell(kind, everyone, facts, link=f"/declare/{guide.call_id}/", at=at)
    return told


def _allowed(guide: CallGuide) -> Select:
    """The certified enterprises of the city that may declare."""
    query = select(Enterprise.id).where(
        Enterprise.site_id == guide.call.site_id,
        Enterprise.city_id == guide.city_id,
        Enterprise.certified_at.is_not(None),
    )
    if guide.applicants is Applicants.ALL:
        return query
    named = select(GuideApplicant.credit_code).where(GuideApplicant.guide_id == guide.id)
    return query.where(Enterprise.credit_code.in_(named))


def _with_open_work(guide: CallGuide) -> Select:
    """The enterprises of the city that have a draft or a returned declaration of the call."""
    return (
        select(Declaration.enterprise_id)
        .where(
            Declaration.call_id == guide.call_id,
            Declaration.city_id == guide.city_id,
            Declaration.state.in_(EDITABLE),
            Declaration.deleted_at.is_(None),
        )
        .distinct()
    )


def after_extension(extension: Extension, *, by: Account, at: datetime) -> None:
    """Tell an enterprise that it may declare longer."""
    people = recipients.enterprise_people([extension.enterprise_id]).get(extension.enterprise_id, ())
    bureau = bureau_of(by)
    facts = {
        "call": extension.call.name, "enterprise": extension.enterprise.name, "due": show(extension.until),
        "reason": extension.reason, "office": bureau.name if bureau else by.name,
    }  # fmt: skip
    tell("extended", people, facts, link=f"/declare/{extension.call_id}/", at=at)


def after_award(declarations: Iterable[Declaration], kind: str, *, at: datetime) -> None:
    """Tell enterprises of funds (`funded`) or of the plan that was issued (`issued`)."""
    rows = list(declarations)
    people = recipients.applicants_of(rows)
    tell_each(
        kind,
        [
            Telling(person, _award_facts(row), f"/declarations/{row.public_id}/")
            for row in rows
            for person in people[row.id]
        ],
        at=at,
    )


def _award_facts(row: Declaration) -> dict[str, Any]:
    amount = None if row.awarded is None else f"{row.awarded / TEN_THOUSAND:,.2f} 万元"
    return {
        "whom": _whom(row), "project": row.title, "call": row.call.name, "enterprise": row.enterprise.name,
        "amount": amount, "number": row.issued_no,
    }  # fmt: skip


# ---------------------------------------------------------------- accounts


def after_password_reset(account: Account, *, at: datetime) -> None:
    """Tell a person that somebody has given them a new password."""
    tell("password_reset", [account], {"person": account.name, "time": show(at)}, at=at)


def after_password_change(account: Account, *, at: datetime) -> None:
    """Tell a person that the password was changed from within the account."""
    tell("password_changed", [account], {"person": account.name, "time": show(at)}, at=at)


def after_lock(account: Account, reason: Any, *, at: datetime) -> None:
    """Tell a person that the account is locked, and why."""
    tell("account_locked", [account], {"person": account.name, "time": show(at), "reason": reason}, at=at)
