"""Declaring: start, save section by section, attach, check, submit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from ..clock import show
from ..database import KEEP_PLAN
from ..errors import (
    BadFile,
    Closed,
    DeadlinePassed,
    DocumentMissing,
    DomainError,
    Incomplete,
    Invalid,
    NotEligible,
    NotFound,
    StaleRevision,
)
from ..extensions import db
from ..forms import answers as forms
from ..forms.definition import Field, Section, TypeDefinition, body_sha
from ..forms.rules import evaluate
from ..models import (
    EDITABLE,
    Account,
    Attachment,
    Call,
    Declaration,
    DeclarationSection,
    DeclarationState,
    DeclarationTypeVersion,
    Document,
    Enterprise,
    Material,
    ReviewAction,
    RouteStep,
    SealedCopy,
    Site,
    StoredFile,
    Submission,
)
from ..permissions import may_fill_in
from ..workflow import engine
from . import (
    audit,
    calls,
    documents,
    files,
    grants,
    individuals,
    notices,
    offices,
    routing,
    sealed_copies,
    titles,
    turns,
    types,
)
from .terms import Terms, hold_guide, standing_of, terms_of
from .types import definition_of, workflow_of

MEGABYTE = 1024 * 1024


# ---------------------------------------------------------------- starting and reading


def resume_or_start(call: Call, enterprise: Enterprise, *, by: Account, at: datetime) -> Declaration:
    """Return the enterprise's unfinished declaration for a call, or open a draft: asking twice gives the same one."""
    _hold(enterprise.id)
    types.take_in_lists(call, at)
    hold_guide(call.id, enterprise.city_id)
    opening = calls.opening_of(call, enterprise, at, by=by)
    return opening.resumable or _start(opening, enterprise, by, at)


def start_declaration(call: Call, enterprise: Enterprise, *, by: Account, at: datetime) -> Declaration:
    """Open a draft for a call, prefilled from the enterprise; raises the refusal when the call cannot be declared."""
    _hold(enterprise.id)
    types.take_in_lists(call, at)
    hold_guide(call.id, enterprise.city_id)
    return _start(calls.opening_of(call, enterprise, at, by=by), enterprise, by, at)


def _hold(enterprise_id: int) -> None:
    """Let one person of an enterprise at a time start or submit: quotas are counted under this lock."""
    db.session.execute(select(Enterprise.id).where(Enterprise.id == enterprise_id).with_for_update())


def _start(opening: calls.Opening, enterprise: Enterprise, by: Account, at: datetime) -> Declaration:
    grants.require(by, enterprise.id, grants.FILL)
    if opening.refusal:
        raise opening.refusal
    call = opening.call
    definition = definition_of(call.version)
    individual = individuals.individual_in(enterprise, by)
    facts = calls.context_for(call, opening.terms, enterprise, individual)
    declaration = Declaration(
        site_id=call.site_id,
        call_id=call.id,
        version_id=call.version_id,
        enterprise_id=enterprise.id,
        city_id=enterprise.city_id,
        county_id=enterprise.county_id,
        title=f"{individual.name if individual else enterprise.short_name or enterprise.name}-{call.name}"[:160],
        created_at=at,
        created_by_id=by.id,
        individual_id=individual.id if individual else None,
    )
    prefilled = forms.prefilled(definition, facts)
    declaration.sections = [
        DeclarationSection(key=section.key, answers=prefilled.get(section.key, {}), revision=0)
        for section in definition.sections
    ]
    db.session.add(declaration)
    db.session.flush()
    audit.record("start", declaration, by=by, at=at, detail={"call": call.id})
    return declaration


# Made once: options that are made anew each time cost more than reading the rows.
_WITH_FORM = (
    joinedload(Declaration.version).defer(DeclarationTypeVersion.body),
    joinedload(Declaration.call).joinedload(Call.programme),
    joinedload(Declaration.enterprise).options(joinedload(Enterprise.city), joinedload(Enterprise.county)),
    selectinload(Declaration.sections),
    selectinload(Declaration.attachments),
)


def read_own(public_id: str, user: Account, *, hold: bool = False) -> Declaration:
    """Return a declaration that the person fills in, with everything the form needs; raises NotFound.

    `hold` keeps it as it stands until the transaction ends, as `_hold_draft` does, without reading it twice.
    """
    query = (
        select(Declaration)
        .where(Declaration.public_id == public_id, may_fill_in(user))
        .options(*_WITH_FORM)
        .execution_options(**KEEP_PLAN)
    )
    if hold:
        query = query.with_for_update(key_share=True, of=Declaration).execution_options(populate_existing=True)
    declaration = db.session.scalars(query).unique().first()
    if declaration is None:
        raise NotFound(_("没有找到该申报项目，可能已被删除或不属于贵单位。"))
    return declaration


def answers_of(declaration: Declaration) -> dict[str, dict[str, Any]]:
    """Return the draft answers {section key: {field key: stored}}."""
    return {section.key: section.answers for section in declaration.sections}


def file_facts(declaration: Declaration) -> dict[str, list[forms.FileFacts]]:
    """Return the draft's uploads by attachment kind, in their order."""
    found: dict[str, list[forms.FileFacts]] = {}
    for attachment in declaration.attachments:
        facts = forms.FileFacts(attachment.name, attachment.file.size, attachment.file.mime)
        found.setdefault(attachment.field_key, []).append(facts)
    return found


def stored_section(declaration: Declaration, key: str) -> DeclarationSection:
    """Return the stored row of a section; raises NotFound."""
    for section in declaration.sections:
        if section.key == key:
            return section
    raise NotFound(_("没有找到该填报页。"))


def facts_of(declaration: Declaration, terms: Terms | None = None) -> dict[str, Any]:
    """Return the facts besides the answers that the declaration's rules may read."""
    terms = terms or terms_of(declaration)
    facts = calls.context_for(declaration.call, terms, declaration.enterprise, declaration.individual)
    if any(f.type == "region" and not f.readonly for f in definition_of(declaration.version).fields):
        facts["regions"] = calls.regions_of(declaration.site_id)
    return facts


def check_declaration(declaration: Declaration, at: datetime, facts: Mapping[str, Any] | None = None) -> forms.Report:
    """Return every open point of the draft."""
    return forms.check(
        definition_of(declaration.version),
        answers_of(declaration),
        file_facts(declaration),
        facts or facts_of(declaration),
        at,
    )


def closing_time(declaration: Declaration) -> datetime | None:
    """Return until when the applicant may edit and submit: the window's end, or the return's own due time."""
    return _closing_time(declaration, None)


def _closing_time(declaration: Declaration, terms: Terms | None) -> datetime | None:
    if declaration.state is DeclarationState.RETURNED:
        return declaration.due_at
    return (terms or terms_of(declaration)).closes_at


# ---------------------------------------------------------------- saving


def save_section(
    declaration: Declaration, key: str, form: Mapping[str, Any], revision: int, *, by: Account, at: datetime
) -> DeclarationSection:
    """Store what was typed in one section; raises Closed, NotFound, or StaleRevision carrying what is stored."""
    _hold_draft(declaration)
    terms = terms_of(declaration)
    return store_section(declaration, key, form, revision, terms, facts_of(declaration, terms), by=by, at=at)


_SECTIONS = DeclarationSection.__table__
_STORE = (
    update(_SECTIONS)
    .where(_SECTIONS.c.id == bindparam("row"), _SECTIONS.c.revision == bindparam("seen"))
    .values({name: bindparam(name) for name in ("answers", "revision", "saved_at", "saved_by_id")})
)


def store_section(
    declaration: Declaration,
    key: str,
    form: Mapping[str, Any],
    revision: int,
    terms: Terms,
    facts: Mapping[str, Any],
    *,
    by: Account,
    at: datetime,
) -> DeclarationSection:
    """Do what `save_section` does with a declaration that is held already."""
    grants.require(by, declaration.enterprise_id, grants.FILL)
    require_open(declaration, _closing_time(declaration, terms), at)
    definition = definition_of(declaration.version)
    section = stored_section(declaration, key)
    if section.revision != revision:
        raise _stale(section)
    values = {
        "answers": forms.update_section(definition, key, answers_of(declaration), form, facts),
        "revision": revision + 1,
        "saved_at": at,
        "saved_by_id": by.id,
    }
    where = {"row": section.id, "seen": revision}
    won = db.session.execute(_STORE, values | where, execution_options=KEEP_PLAN).rowcount
    if not won:
        db.session.refresh(section)
        raise _stale(section)
    for name, value in values.items():
        set_committed_value(section, name, value)
    _retitle(declaration, definition)
    return section


def _stale(section: DeclarationSection) -> StaleRevision:
    message = _("本页已在其他窗口或由同事保存过，您刚填写的内容尚未保存。请核对后再保存。")
    return StaleRevision(message, answers=section.answers, revision=section.revision)


_RETITLE = (
    update(Declaration.__table__).where(Declaration.__table__.c.id == bindparam("row")).values(title=bindparam("title"))
)


def _retitle(declaration: Declaration, definition: TypeDefinition) -> None:
    title = forms.subject(definition, answers_of(declaration))
    if title and title[:160] != declaration.title:
        db.session.execute(_RETITLE, {"row": declaration.id, "title": title[:160]})
        set_committed_value(declaration, "title", title[:160])


def _hold_draft(declaration: Declaration) -> None:
    """Read a draft as it stands and keep it so: what is saved while somebody submits is in the submission, or refused.

    Raises NotFound when it was deleted meanwhile.
    """
    there = (Declaration.id == declaration.id, Declaration.deleted_at.is_(None))
    held = select(Declaration.id).where(*there).with_for_update(key_share=True)
    if db.session.scalar(held) is None:
        raise NotFound(_("没有找到该申报项目，可能已被删除。"))
    db.session.refresh(declaration)


def require_editable(declaration: Declaration, at: datetime) -> None:
    """Raise Closed unless the applicant may still edit; the moment the request arrived decides."""
    require_open(declaration, closing_time(declaration) if declaration.state in EDITABLE else None, at)


def require_open(declaration: Declaration, closes: datetime | None, at: datetime) -> None:
    """Raise Closed unless the state allows editing and `closes` has not passed."""
    if declaration.state not in EDITABLE:
        raise Closed(_("该项目已提交，不能再修改。如需修改，请联系受理部门退回。"))
    if closes is not None and at > closes:
        raise Closed(_("申报已于 %(time)s 截止，不能再修改。", time=show(closes)))


# ---------------------------------------------------------------- attachments


def attach(
    declaration: Declaration, field_key: str, stream: BinaryIO, name: str, *, by: Account, at: datetime
) -> Attachment:
    """File an upload under an attachment kind; raises BadFile with the kind's limits."""
    field = _attachment_kind(declaration, field_key, by, at)
    name = files.clean_name(name)
    _require_kind(field, name, len(_under(declaration, field_key)))
    stored = files.store(stream, name, site_id=declaration.site_id, max_bytes=field.max_mb * MEGABYTE)
    return _add_attachment(declaration, field_key, name, stored, by, at)


def attach_material(
    declaration: Declaration, field_key: str, material: Material, *, by: Account, at: datetime
) -> Attachment:
    """引入附件: file one of the enterprise's materials under an attachment kind, within the kind's limits."""
    field = _attachment_kind(declaration, field_key, by, at)
    if material.enterprise_id != declaration.enterprise_id:
        raise NotFound(_("没有找到该材料，可能已被删除。"))
    present = _under(declaration, field_key)
    _require_kind(field, material.name, len(present))
    if material.file.size > field.max_mb * MEGABYTE:
        raise BadFile(_("“%(name)s”超过 %(limit)s MB，请压缩或拆分后上传。", name=material.name, limit=field.max_mb))
    if any(a.file_id == material.file_id for a in present):
        raise BadFile(_("“%(name)s”已在附件中，无需重复引入。", name=material.name))
    return _add_attachment(declaration, field_key, material.name, material.file, by, at)


def _attachment_kind(declaration: Declaration, field_key: str, by: Account, at: datetime) -> Field:
    """Hold the draft and return the attachment kind; raises Closed, NotFound or NotGranted."""
    grants.require(by, declaration.enterprise_id, grants.FILL)
    _hold_draft(declaration)
    require_editable(declaration, at)
    return attachment_kind(declaration, field_key)


def attachment_kind(declaration: Declaration, field_key: str) -> Field:
    """Return an attachment kind of the declaration's type; raises NotFound."""
    definition = definition_of(declaration.version)
    field = next((f for f in definition.file_fields if f.key == field_key), None)
    if field is None:
        raise NotFound(_("没有这类附件。"))
    return field


def _under(declaration: Declaration, field_key: str) -> list[Attachment]:
    return [a for a in declaration.attachments if a.field_key == field_key]


def _add_attachment(
    declaration: Declaration, field_key: str, name: str, stored: StoredFile, by: Account, at: datetime
) -> Attachment:
    attachment = Attachment(
        field_key=field_key,
        position=max((a.position for a in _under(declaration, field_key)), default=0) + 1,
        name=name,
        file=stored,
        uploaded_at=at,
        uploaded_by_id=by.id,
    )
    declaration.attachments.append(attachment)
    db.session.flush()
    return attachment


def _require_kind(field: Field, name: str, present: int) -> None:
    if field.max_files and present >= field.max_files:
        raise BadFile(
            _("“%(label)s”最多上传 %(count)s 个文件，请先删除不需要的文件。", label=field.label, count=field.max_files)
        )
    if field.ext and files.ending_of(name) not in field.ext:
        kinds = "、".join(field.ext)
        raise BadFile(_("“%(label)s”只接受 %(kinds)s 文件，请转换格式后再上传。", label=field.label, kinds=kinds))


def hand_in_sealed(declaration: Declaration, stream: BinaryIO, name: str, *, by: Account, at: datetime) -> SealedCopy:
    """Keep the sealed version of the document of the draft as it stands; raises BadFile, Closed or DocumentMissing."""
    grants.require(by, declaration.enterprise_id, grants.FILL, grants.SUBMIT)
    _hold_draft(declaration)
    require_editable(declaration, at)
    document = documents.current_document(declaration, facts_of(declaration))
    return sealed_copies.keep(declaration, document, stream, name, by=by, at=at)


def find_attachment(declaration: Declaration, public_id: str) -> Attachment:
    """Return an attachment of the declaration; raises NotFound."""
    for attachment in declaration.attachments:
        if attachment.public_id == public_id:
            return attachment
    raise NotFound(_("没有找到该附件，可能已被删除。"))


def remove_attachment(declaration: Declaration, public_id: str, *, by: Account, at: datetime) -> None:
    """Take an upload away from the draft; earlier submissions keep it."""
    grants.require(by, declaration.enterprise_id, grants.FILL)
    _hold_draft(declaration)
    require_editable(declaration, at)
    declaration.attachments.remove(find_attachment(declaration, public_id))
    db.session.flush()


def move_attachment(declaration: Declaration, public_id: str, *, up: bool, by: Account, at: datetime) -> None:
    """Swap an upload with its neighbour of the same kind."""
    grants.require(by, declaration.enterprise_id, grants.FILL)
    _hold_draft(declaration)
    require_editable(declaration, at)
    attachment = find_attachment(declaration, public_id)
    same = sorted(
        (a for a in declaration.attachments if a.field_key == attachment.field_key), key=lambda a: (a.position, a.id)
    )
    index = same.index(attachment)
    other = index - 1 if up else index + 1
    if not 0 <= other < len(same):
        return
    same[index], same[other] = same[other], same[index]
    for position, one in enumerate(same, start=1):
        one.position = position
    db.session.flush()


# ---------------------------------------------------------------- submitting


def submit_declaration(declaration: Declaration, seq: int, *, by: Account, at: datetime) -> Submission:
    """Freeze the answers, plan the route and hand the declaration to its first step, in one transaction.

    Raises Closed, DeadlinePassed, NotEligible, Incomplete, DocumentMissing, QuotaExceeded or AlreadyActed.
    """
    _require_declarer(declaration, by)
    _hold(declaration.enterprise_id)
    _hold_draft(declaration)
    hold_guide(declaration.call_id, declaration.city_id)
    _require_submittable(declaration, at)
    facts = facts_of(declaration)
    definition = definition_of(declaration.version)
    _require_admitted(declaration, definition)
    verdicts = _require_eligible(declaration, definition, facts, titles.held_by(declaration.enterprise))
    report = check_declaration(declaration, at, facts)
    if not report.ok:
        raise Incomplete(
            _("还有 %(count)s 处需要填写或更正，请按提示逐项处理后再提交。", count=_errors(report)), report=report
        )
    document = _require_document(declaration, facts)
    sealed = sealed_copies.required_copy(documents.declaration_spec(definition), document)
    _require_quota(declaration, definition, facts)
    before = routing.situation_of(declaration)
    submission = _freeze(declaration, definition, facts, verdicts, document, sealed, by, at)
    route = _plan(declaration, submission, facts)
    first = engine.first_step(route)
    values = routing.arrival(declaration.call_id, first, at, first.due_at)
    if declaration.return_from == first.step:
        values |= {"return_from": None, "return_straight": False}
    values |= {"submission_id": submission.id, "submitted_at": at} | forms.project(definition, submission.answers)
    routing.move(declaration, seq, values)
    side = turns.applicant_label(declaration)
    entry = routing.record(
        declaration, seq + 1, ReviewAction.SUBMIT, before=before, step=None, step_label=side,
        to_step=first.step, to_label=first.label, by=by, at=at, submission_id=submission.id,
    )  # fmt: skip
    audit.record("submit", declaration, by=by, at=at, detail={"submission": submission.number})
    notices.after_move(declaration, entry, at=at)
    return submission


def refusals_of(
    declaration: Declaration, facts: Mapping[str, Any], held: titles.Held, at: datetime, *, by: Account | None = None
) -> list[DomainError]:
    """Return why the declaration could not be submitted now, whatever is filled in; `held` are the titles it holds."""
    definition = definition_of(declaration.version)
    asked = (
        *((lambda: _require_declarer(declaration, by),) if by else ()),
        lambda: _require_submittable(declaration, at),
        lambda: _require_admitted(declaration, definition),
        lambda: _require_eligible(declaration, definition, facts, held),
        lambda: _require_quota(declaration, definition, facts),
    )
    found = []
    for ask in asked:
        try:
            ask()
        except DomainError as refusal:
            found.append(refusal)
    return found


def _require_declarer(declaration: Declaration, by: Account) -> None:
    grants.require(by, declaration.enterprise_id, grants.SUBMIT)
    refusal = grants.not_declarer(definition_of(declaration.version), by, declaration.enterprise_id)
    if refusal:
        raise refusal


def _require_admitted(declaration: Declaration, definition: TypeDefinition) -> None:
    refusal = individuals.not_admitted(definition, declaration.individual)
    if refusal:
        raise refusal


def _errors(report: forms.Report) -> int:
    return sum(1 for problem in report.problems if problem.level == "error")


def _require_submittable(declaration: Declaration, at: datetime) -> None:
    if declaration.state not in EDITABLE:
        raise Closed(_("该项目已提交，请勿重复提交。"))
    standing = standing_of(declaration)
    if not standing.is_listed:
        raise calls.not_listed(_city_office(declaration))
    closes = closing_time(declaration)
    if closes is not None and at > closes:
        raise DeadlinePassed(
            _(
                "申报已于 %(time)s 截止，未能提交。已填写的内容仍然保留，如需补报请联系%(office)s。",
                time=show(closes),
                office=_city_office(declaration) or _("市级主管部门"),
            )
        )


def _city_office(declaration: Declaration) -> str | None:
    return calls.city_offices(declaration.city_id, [declaration.call_id]).get(declaration.call_id)


def _require_eligible(
    declaration: Declaration, definition: TypeDefinition, facts: Mapping[str, Any], held: titles.Held
) -> list[dict[str, Any]]:
    gates = calls.judge_gates(definition, facts, held)
    for verdict in gates:
        if verdict.result is False:
            raise NotEligible(verdict.message)
    indicators = forms.judge_indicators(definition, answers_of(declaration), facts)
    if definition.eligibility.on_fail == "block":
        for verdict in indicators:
            if verdict.result is False:
                raise NotEligible(verdict.message)
    return [
        {"label": v.label, "result": v.result, "message": v.message, "value": v.value, "requirement": v.requirement}
        for v in (*gates, *indicators)
    ]


def _require_document(declaration: Declaration, facts: Mapping[str, Any]) -> Document | None:
    spec = documents.declaration_spec(definition_of(declaration.version))
    if spec is None or spec.before != "submit":
        return None
    document = documents.current_document(declaration, facts)
    if document is None:
        raise DocumentMissing(_("请先生成%(label)s再提交；修改填报内容后需要重新生成。", label=spec.label))
    return document


def _require_quota(declaration: Declaration, definition: TypeDefinition, facts: Mapping[str, Any]) -> None:
    refusal = calls.quota_refusal(definition, facts, calls.submitted_count(declaration))
    if refusal:
        raise refusal


def _freeze(
    declaration: Declaration,
    definition: TypeDefinition,
    facts: Mapping[str, Any],
    verdicts: list[dict[str, Any]],
    document: Document | None,
    sealed: SealedCopy | None,
    by: Account,
    at: datetime,
) -> Submission:
    answers = forms.for_submission(definition, answers_of(declaration), facts)
    attached = documents.attached_files(declaration, definition, facts)
    last = db.session.scalar(select(func.max(Submission.number)).where(Submission.declaration_id == declaration.id))
    submission = Submission(
        declaration_id=declaration.id,
        number=(last or 0) + 1,
        answers=answers,
        files=attached,
        verdicts=verdicts,
        sha=body_sha({"answers": answers, "files": attached}),
        document_id=document.id if document else None,
        sealed_copy_id=sealed.id if sealed else None,
        submitted_at=at,
        submitted_by_id=by.id,
    )
    db.session.add(submission)
    db.session.flush()
    return submission


def _plan(declaration: Declaration, submission: Submission, facts: Mapping[str, Any]) -> list[RouteStep]:
    """Store the route this submission will take; its offices are resolved on arrival."""
    terms = terms_of(declaration)
    seen = forms.rule_context(definition_of(declaration.version), submission.answers, facts)
    planned = engine.plan_route(
        workflow_of(declaration.version),
        judge=lambda rule: evaluate(rule, seen),
        moment=terms.moment,
        answer_to=_answer_to(declaration),
    )
    regions = {"county": declaration.county_id, "city": declaration.city_id, "province": _root_region(declaration)}
    bureaus = offices.bureaus_by_region(regions.values())
    route = [
        RouteStep(
            submission_id=submission.id,
            position=step.position,
            step=step.step,
            label=step.label,
            public_label=step.public_label,
            role=step.role,
            level=step.level,
            bureau_id=bureaus[regions[step.level]].id if regions.get(step.level) in bureaus else None,
            due_at=step.due_at,
            skipped_reason=step.skipped_reason,
        )
        for step in planned
    ]
    if engine.first_step(route) is None:
        raise Invalid(_("该项目的审核流程没有可办理的环节，请联系省级主管部门。"))
    db.session.add_all(route)
    db.session.flush()
    return route


def _root_region(declaration: Declaration) -> int:
    return db.session.scalar(select(Site.root_region_id).where(Site.id == declaration.site_id))


def _answer_to(declaration: Declaration) -> engine.Resubmission | None:
    """Return the return this submission answers, with the deadlines of those who returned it."""
    if declaration.return_from is None:
        return None
    dues = routing.returner_dues([declaration.id]).get(declaration.id, {})
    return engine.Resubmission(declaration.return_from, declaration.return_straight, dues)


def delete_draft(declaration: Declaration, *, by: Account, at: datetime) -> None:
    """Put a draft that was never submitted into the trash; services/trash.py brings it back."""
    grants.require(by, declaration.enterprise_id, grants.FILL)
    _hold_draft(declaration)
    if declaration.state is not DeclarationState.DRAFT or declaration.seq:
        raise Invalid(_("只有从未提交过的草稿可以删除。"))
    audit.record("delete_draft", declaration, by=by, at=at, detail={"title": declaration.title})
    declaration.deleted_at, declaration.deleted_by_id = at, by.id
    db.session.flush()


def section_of(definition: TypeDefinition, key: str) -> Section:
    """Return a section of the form; raises NotFound."""
    section = definition.section(key)
    if section is None:
        raise NotFound(_("没有找到该填报页。"))
    return section
