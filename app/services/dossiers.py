"""A declaration as a reviewer reads it: what was submitted, what changed, who did what, and what may be done now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import defer, joinedload, selectinload

from ..errors import NotFound
from ..extensions import db
from ..forms import answers as forms
from ..forms import layout
from ..forms.definition import Section, TypeDefinition
from ..models import (
    Account,
    Call,
    CreditRecord,
    Declaration,
    DeclarationState,
    DeclarationTypeVersion,
    Enterprise,
    ReviewRecord,
    RouteStep,
    Submission,
)
from ..permissions import get_visible, visible
from . import calls, turns
from .types import definition_of

OWN_PHRASES = 3
LATEST_RECORDS = 50
PHRASE_LIMIT = 60
SHOWN_CREDIT_RECORDS = 20
PHRASES = {
    "recommend": (_("材料齐全，符合申报条件，同意推荐。"), _("经审核，填报内容与佐证材料一致，同意推荐。")),
    "return": (_("佐证材料不完整，请补充后重新提交。"), _("填报数据与审计报告不一致，请核对后重新提交。")),
    "decline": (_("不符合申报条件，不予推荐。"),),
    "void": (_("逾期补交材料仍不完整，视为无效申报。"), _("佐证材料不清晰，无法辨认，视为无效申报。")),
}
UNIT_PHRASES = {
    "recommend": (_("材料齐全，情况属实，同意提交。"),),
    "return": (_("佐证材料不完整，请补充后重新提交。"), _("填报内容与实际情况不符，请核对后重新提交。")),
    "decline": (_("不符合申报条件，不予申报。"),),
    "void": PHRASES["void"],
}


@dataclass(frozen=True)
class Stop:
    """A step of the chain: `standing` is done, here, ahead, skipped, or ended (returned or declined there)."""

    step: RouteStep
    standing: str
    due_at: datetime | None


@dataclass(frozen=True)
class Dossier:
    """Everything the deciding page shows; parts that cost a statement are read on first use."""

    declaration: Declaration
    submission: Submission
    user: Account
    at: datetime

    @property
    def definition(self) -> TypeDefinition:
        """Return the definition the declaration was filled in with."""
        return definition_of(self.declaration.version)

    @property
    def is_current(self) -> bool:
        """Tell whether this is the submission under review."""
        return self.submission.id == self.declaration.submission_id

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Return the fields that were not asked; one that was answered is always shown."""
        asked = forms.hidden_paths(self.definition, self.submission.answers, self.facts)
        answered = {key for section in self.submission.answers.values() for key in section}
        return frozenset(asked - answered - self.files.keys())

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Return what rules know besides the answers."""
        return calls.context_for(self.declaration.call, None, self.declaration.enterprise, self.declaration.individual)

    @property
    def sections(self) -> list[tuple[Section, tuple[layout.Row, ...]]]:
        """Return the sections with their grid rows."""
        shown = forms.shown_sections(self.definition, self.hidden)
        return [(section, layout.rows(section, self.hidden)) for section in shown]

    @cached_property
    def files(self) -> dict[str, list[tuple[int, dict[str, Any]]]]:
        """Return {attachment kind: [(number within the submission, facts)]}."""
        return files_by_kind(self.submission)

    @cached_property
    def records(self) -> list[ReviewRecord]:
        """Return the processing record, newest first."""
        return records_of(self.declaration)

    @cached_property
    def actions(self) -> list[turns.Available]:
        """Return what the person may do, with the reasons of what cannot be done now."""
        return turns.available_actions(self.declaration, self.user, self.at)

    @cached_property
    def credit_records(self) -> Sequence[CreditRecord]:
        """Return the dishonesty records of the enterprise that are in force, the newest first."""
        return credit_records_of(self.declaration.enterprise, self.user)

    @cached_property
    def earlier(self) -> list[Submission]:
        """Return the submissions before this one, newest first, without their answers."""
        query = (
            select(Submission)
            .where(Submission.declaration_id == self.declaration.id)
            .options(defer(Submission.answers), defer(Submission.files), defer(Submission.verdicts))
            .order_by(Submission.number.desc())
        )
        return [s for s in db.session.scalars(query) if s.number != self.submission.number]

    @cached_property
    def previous(self) -> Submission | None:
        """Return the submission before this one with its answers."""
        if self.submission.number == 1:
            return None
        query = select(Submission).where(
            Submission.declaration_id == self.declaration.id, Submission.number == self.submission.number - 1
        )
        return db.session.scalars(query.options(defer(Submission.verdicts))).first()

    @cached_property
    def differences(self) -> list[forms.Difference]:
        """Return what changed since the submission before, files included."""
        if self.previous is None:
            return []
        changed = forms.differences(self.definition, self.previous.answers, self.submission.answers)
        return [*changed, *_changed_files(self.definition, self.previous, self.submission)]

    @property
    def changed_paths(self) -> frozenset[str]:
        """Return the keys of the fields that changed."""
        return frozenset(difference.path.partition(".")[0] for difference in self.differences)

    @cached_property
    def warnings(self) -> list[forms.Problem]:
        """Return the plausibility checks that the answers do not pass."""
        given = {
            key: [forms.FileFacts(f["name"], f["size"], f["mime"]) for _number, f in found]
            for key, found in self.files.items()
        }
        report = forms.check(self.definition, self.submission.answers, given, self.facts, self.at)
        return [problem for problem in report.problems if problem.level == "warn"]

    @property
    def conditions(self) -> tuple[str, ...]:
        """Return the conditions in words that a person has to judge."""
        return forms.conditions_in_words(self.definition, self.submission.answers, self.facts)

    @property
    def chain(self) -> list[Stop]:
        """Return the steps with where the declaration stands."""
        where = self.declaration.step or self.records[0].step
        return [_stop(step, where, self.declaration) for step in self.declaration.submission.route]

    @cached_property
    def phrases(self) -> dict[str, list[Any]]:
        """Return reusable opinions by action, the person's own latest first."""
        own = own_opinions(self.user)
        given = UNIT_PHRASES if self.declaration.is_with_unit else PHRASES
        return {do: list(dict.fromkeys([*own.get(do, []), *map(str, given[do])])) for do in given}


def read_dossier(public_id: str, user: Account, at: datetime, number: int | None = None) -> Dossier:
    """Return the dossier of a declaration, of its submission `number` when given; raises NotFound."""
    declaration = read_for_review(public_id, user)
    if number is None or number == declaration.submission.number:
        return Dossier(declaration, declaration.submission, user, at)
    return Dossier(declaration, submission_of(declaration, number), user, at)


def read_for_review(public_id: str, user: Account) -> Declaration:
    """Return a submitted declaration in scope with all that its pages show; raises NotFound."""
    route = selectinload(Submission.route)
    declaration = get_visible(
        Declaration,
        public_id,
        user,
        joinedload(Declaration.version).options(defer(DeclarationTypeVersion.body)),
        joinedload(Declaration.call).joinedload(Call.programme),
        joinedload(Declaration.enterprise).options(joinedload(Enterprise.city), joinedload(Enterprise.county)),
        joinedload(Declaration.submission).options(
            joinedload(Submission.document),
            joinedload(Submission.sealed_copy),
            route.options(joinedload(RouteStep.bureau), joinedload(RouteStep.office)),
        ),
    )
    if declaration.submission is None:
        raise NotFound(_("该项目尚未提交，提交后才能查看。"))
    return declaration


def submission_of(declaration: Declaration, number: int) -> Submission:
    """Return a submission of the declaration by its number; raises NotFound."""
    query = select(Submission).where(Submission.declaration_id == declaration.id, Submission.number == number)
    kept = joinedload(Submission.document), joinedload(Submission.sealed_copy)
    submission = db.session.scalars(query.options(*kept)).first()
    if submission is None:
        raise NotFound(_("没有找到第 %(number)s 次提交的内容。", number=number))
    return submission


def files_by_kind(submission: Submission) -> dict[str, list[tuple[int, dict[str, Any]]]]:
    """Return {attachment kind: [(number within the submission, facts)]}."""
    found: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for number, facts in enumerate(submission.files, start=1):
        found.setdefault(facts["field"], []).append((number, facts))
    return found


def records_of(declaration: Declaration) -> list[ReviewRecord]:
    """Return the processing record, newest first."""
    query = select(ReviewRecord).where(ReviewRecord.declaration_id == declaration.id)
    return list(db.session.scalars(query.options(defer(ReviewRecord.before)).order_by(ReviewRecord.seq.desc())))


def own_opinions(user: Account) -> dict[str, list[str]]:
    """Return the short opinions a person gave last, by action, newest first."""
    query = (
        select(ReviewRecord.action, ReviewRecord.opinion)
        .where(ReviewRecord.by_id == user.id, ReviewRecord.opinion.is_not(None))
        .order_by(ReviewRecord.id.desc())
        .limit(LATEST_RECORDS)
    )
    found: dict[str, dict[str, None]] = {}
    for action, opinion in db.session.execute(query):
        given = found.setdefault(action.value, {})
        if len(opinion) <= PHRASE_LIMIT and len(given) < OWN_PHRASES:
            given[opinion] = None
    return {action: list(given) for action, given in found.items()}


def credit_records_of(enterprise: Enterprise, user: Account) -> Sequence[CreditRecord]:
    """Return the dishonesty records of the enterprise that are in force, the newest first."""
    query = (
        select(CreditRecord)
        .where(
            visible(CreditRecord, user),
            CreditRecord.credit_code == enterprise.credit_code,
            CreditRecord.removed_on.is_(None),
        )
        .order_by(CreditRecord.published_on.desc(), CreditRecord.id.desc())
    )
    return db.session.scalars(query.limit(SHOWN_CREDIT_RECORDS)).all()


def find_next(declaration: Declaration, user: Account) -> str | None:
    """Return the public id of the next declaration of the call that waits for the person, the longest waiting first."""
    query = (
        select(Declaration.public_id)
        .where(
            visible(Declaration, user),
            Declaration.call_id == declaration.call_id,
            Declaration.state == DeclarationState.IN_REVIEW,
            turns.waits_for(user),
            Declaration.id != declaration.id,
        )
        .order_by(Declaration.arrived_at, Declaration.id)
    )
    return db.session.scalars(query.limit(1)).first()


def _stop(step: RouteStep, where: str | None, declaration: Declaration) -> Stop:
    """`where` is the step where the declaration stands, or where its review ended."""
    if step.skipped_reason is not None:
        return Stop(step, "skipped", None)
    position = next((s.position for s in declaration.submission.route if s.step == where), -1)
    if step.position != position:
        return Stop(step, "done" if step.position < position else "ahead", step.due_at)
    if declaration.state is DeclarationState.IN_REVIEW:
        return Stop(step, "here", declaration.due_at)
    return Stop(step, "done" if declaration.state is DeclarationState.APPROVED else "ended", step.due_at)


def _changed_files(definition: TypeDefinition, before: Submission, after: Submission) -> list[forms.Difference]:
    def names(submission: Submission) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for facts in submission.files:
            found.setdefault(facts["field"], {})[facts["sha256"]] = facts["name"]
        return found

    old, new = names(before), names(after)
    changed = []
    for field in definition.file_fields:
        removed = _missing(old.get(field.key, {}), new.get(field.key, {}))
        added = _missing(new.get(field.key, {}), old.get(field.key, {}))
        if removed or added:
            section = definition.section_of(field.key)
            kind = "changed" if removed and added else "added" if added else "removed"
            changed.append(
                forms.Difference(section.key, field.key, field.label, "、".join(removed), "、".join(added), kind)
            )
    return changed


def _missing(of: Mapping[str, str], among: Mapping[str, str]) -> Sequence[str]:
    return [name for sha, name in of.items() if sha not in among]
