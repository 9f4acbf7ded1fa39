"""What became of a declaration, as its enterprise may read it: public labels, opinions that were addressed to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased, defer, joinedload

from ..extensions import db
from ..models import (
    Declaration,
    DeclarationState,
    Department,
    DepartmentKind,
    ReviewAction,
    ReviewRecord,
    RouteStep,
    Submission,
)
from . import routing, turns

WORDS = {
    ReviewAction.SUBMIT: (_("提交申报"), "brand"),
    ReviewAction.RECOMMEND: (_("审核通过，转下一环节"), "ok"),
    ReviewAction.DECLINE: (_("不予推荐"), "stop"),
    ReviewAction.RETURN: (_("退回补正"), "warn"),
    ReviewAction.WITHDRAW: (_("撤回上一次办理"), "wait"),
    ReviewAction.VOID: (_("判为无效申报"), "stop"),
}
APPROVED = _("审核通过")
SENT_BACK_INSIDE = _("退回前一环节重新审核")
RESUBMITTED = _("重新提交申报")


@dataclass(frozen=True)
class Entry:
    """One line of the public processing record; `opinion` only where it was addressed to the enterprise."""

    at: datetime
    stage: str
    words: Any
    tone: str
    unit: str
    opinion: str


def submissions_of(declaration: Declaration) -> list[Submission]:
    """Return every version that was submitted, the first one first."""
    query = (
        select(Submission)
        .where(Submission.declaration_id == declaration.id)
        .options(joinedload(Submission.document), joinedload(Submission.sealed_copy), defer(Submission.verdicts))
        .order_by(Submission.number)
    )
    return list(db.session.scalars(query))


def public_history(declaration: Declaration) -> list[Entry]:
    """Return the processing record, newest first, in the words of the public labels."""
    records = db.session.scalars(
        select(ReviewRecord)
        .where(ReviewRecord.declaration_id == declaration.id)
        .options(defer(ReviewRecord.before))
        .order_by(ReviewRecord.seq)
    ).all()
    labels, units = _public_labels(records), units_of(records)
    submits = [r.id for r in records if r.action is ReviewAction.SUBMIT]
    entries = [_entry(record, labels, units, again=record.id in submits[1:]) for record in records]
    return entries[::-1]


def _public_labels(records: Iterable[ReviewRecord]) -> dict[tuple[int, str], str]:
    """Return {(submission, step): 市级审核} for the steps of the records."""
    submissions = {record.submission_id for record in records}
    query = select(RouteStep.submission_id, RouteStep.step, RouteStep.public_label).where(
        RouteStep.submission_id.in_(submissions)
    )
    return {(submission, step): label.removesuffix("中") for submission, step, label in db.session.execute(query)}


def units_of(records: Iterable[ReviewRecord]) -> dict[int, str]:
    """Return {department: 惠州市工业和信息化局技术改造与创新科} of those who acted."""
    bureau = aliased(Department)
    query = (
        select(Department.id, bureau.name, Department.name)
        .outerjoin(bureau, Department.parent_id == bureau.id)
        .where(Department.kind == DepartmentKind.OFFICE)
        .where(Department.id.in_({record.department_id for record in records}))
    )
    return {department: f"{above or ''}{name}" for department, above, name in db.session.execute(query)}


def _entry(record: ReviewRecord, labels: dict[tuple[int, str], str], units: dict[int, str], *, again: bool) -> Entry:
    words, tone = WORDS[record.action]
    if again:
        words = RESUBMITTED
    elif record.action is ReviewAction.RETURN and record.to_step is not None:
        words, tone = SENT_BACK_INSIDE, "wait"
    elif record.action is ReviewAction.RECOMMEND and record.to_step is None:
        words = APPROVED
    stage = labels.get((record.submission_id, record.step), record.step_label)
    opinion = record.opinion if _is_for_the_enterprise(record) else None
    return Entry(record.at, stage, words, tone, units.get(record.department_id) or _inside(record), opinion or "")


def _inside(record: ReviewRecord) -> str:
    """Return who acted where it was no office: the unit with the person who did it, or a bureau."""
    in_unit = record.step is not None and record.department_id is None
    unit = record.department_name or ""
    return f"{unit} {record.by_name}" if in_unit else unit


def _is_for_the_enterprise(record: ReviewRecord) -> bool:
    """Opinions between offices stay inside; a return to the enterprise and the end of the review are its own."""
    return record.action in turns.TAKEN_BACK and record.to_step is None


@dataclass(frozen=True)
class Return:
    """The act by which a declaration came back to its enterprise."""

    at: datetime
    unit: str
    opinion: str


def refusal_of(declaration: Declaration) -> Return | None:
    """Return the act by which a declined or void declaration ended, or None."""
    actions = [action for action, state in routing.ENDS.items() if state is declaration.state]
    if not actions:
        return None
    query = (
        select(ReviewRecord)
        .where(ReviewRecord.declaration_id == declaration.id, ReviewRecord.action.in_(actions))
        .options(defer(ReviewRecord.before))
        .order_by(ReviewRecord.seq.desc())
    )
    return _as_return(db.session.scalars(query.limit(1)).one())


def _as_return(record: ReviewRecord) -> Return:
    unit = units_of([record]).get(record.department_id) or _inside(record) or record.step_label
    return Return(record.at, unit, record.opinion or "")


def return_of(declaration: Declaration) -> Return | None:
    """Return the act by which a returned declaration came back, or None."""
    return returns_of([declaration]).get(declaration.id)


def returns_of(declarations: Iterable[Declaration]) -> dict[int, Return]:
    """Return {declaration id: the act by which it came back} for those that are returned now."""
    ids = [d.id for d in declarations if d.state is DeclarationState.RETURNED]
    if not ids:
        return {}
    newest = (
        select(func.max(ReviewRecord.id))
        .where(ReviewRecord.declaration_id.in_(ids), ReviewRecord.action == ReviewAction.RETURN)
        .group_by(ReviewRecord.declaration_id)
    )
    office, bureau = aliased(Department), aliased(Department)
    query = (
        select(ReviewRecord, office.name, bureau.name)
        .outerjoin(office, and_(office.id == ReviewRecord.department_id, office.kind == DepartmentKind.OFFICE))
        .outerjoin(bureau, bureau.id == office.parent_id)
        .where(ReviewRecord.id.in_(newest))
        .options(defer(ReviewRecord.before))
    )
    found = {}
    for record, name, above in db.session.execute(query):
        unit = f"{above or ''}{name}" if name else _inside(record) or record.step_label
        found[record.declaration_id] = Return(record.at, unit, record.opinion or "")
    return found
