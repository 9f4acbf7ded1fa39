"""Declaration types as authors write them on screen: begun, saved part by part, judged, published, thrown away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Select, select, update

from .. import roles
from ..authoring.changes import Change, compare
from ..authoring.linting import Hint, lint
from ..authoring.starting import copied_body, new_body
from ..clock import show
from ..database import add_or_get
from ..errors import Conflict, Invalid, StaleRevision
from ..extensions import db
from ..forms.definition import DefinitionError, TypeDefinition, canonical_json, parse_type
from ..forms.parsing.node import KEY
from ..models import Account, DeclarationType, DeclarationTypeVersion, Site, TypeDraft
from ..workflow.definition import WorkflowError, parse_workflow
from . import audit, types

SHAPES: dict[str, type] = {
    **dict.fromkeys(("title", "short_title", "basis", "subject", "money_unit"), str),
    **dict.fromkeys(("sections", "checks", "documents"), list),
    **dict.fromkeys(
        (
            "vars",
            "window",
            "prefill",
            "choices",
            "lists",
            "applicants",
            "eligibility",
            "workflow",
            "project",
            "followup",
        ),
        dict,
    ),
    **dict.fromkeys(("templates", "code_lists"), dict),
    "year": int,
}
"""The parts of a body, and what each is; what stands inside may be wrong as long as the draft is one."""
PARTS = frozenset(SHAPES)
LARGEST_BODY = 2_000_000  # characters of JSON
LONGEST_TITLE = 120


@dataclass(frozen=True)
class Judgement:
    """What stands against publishing a draft (`problems`), and what its author should think about (`hints`)."""

    problems: tuple[str, ...]
    hints: tuple[Hint, ...] = ()
    definition: TypeDefinition | None = None


def begin(site: Site, key: str, title: str, year: int, *, by: Account, at: datetime) -> TypeDraft:
    """Begin a type that does not exist yet; raises Invalid for a key that is taken or malformed."""
    _require_new_key(site, key)
    return _keep(site, new_body(key, _title(title), year), None, by=by, at=at)


def begin_copy(
    site: Site, version: DeclarationTypeVersion, key: str, title: str, year: int, *, by: Account, at: datetime
) -> TypeDraft:
    """Begin another type from an existing version, e.g. next year's; raises Invalid like `begin`."""
    _require_new_key(site, key)
    return _keep(site, copied_body(version.body, key, _title(title), year), None, by=by, at=at)


def begin_change(site: Site, version: DeclarationTypeVersion, *, by: Account, at: datetime) -> TypeDraft:
    """Begin the next version of a type; raises Conflict when somebody has begun one already."""
    return _keep(site, dict(version.body), version, by=by, at=at)


def begin_from_body(site: Site, body: Mapping[str, Any], *, by: Account, at: datetime) -> TypeDraft:
    """Begin a draft from a whole body, e.g. of an imported workbook; the next version where the key is known."""
    key = body.get("key")
    if not isinstance(key, str) or not KEY.fullmatch(key):
        raise Invalid(_("标识须以小写字母开头，只含小写字母、数字和下划线，最多 40 个字符。"), fields={"key": ""})
    _require_bounded(body)
    return _keep(site, dict(body), _newest(site, key), by=by, at=at)


def find_draft(site_id: int, key: str) -> TypeDraft | None:
    """Return the draft of a type's key, or None."""
    return db.session.scalars(_of_key(site_id, key)).first()


def save_part(draft: TypeDraft, part: str, value: Any, *, revision: int, by: Account, at: datetime) -> int:
    """Replace one part of the body (None takes it out); returns the new revision, raises StaleRevision."""
    if part not in PARTS:
        raise Invalid(_("没有名为“%(part)s”的部分。", part=part))
    body = {key: kept for key, kept in draft.body.items() if key != part}
    return save_body(draft, body if value is None else body | {part: value}, revision=revision, by=by, at=at)


def save_body(draft: TypeDraft, body: Mapping[str, Any], *, revision: int, by: Account, at: datetime) -> int:
    """Replace the whole body; what is wrong in it stands until it is published. Returns the new revision."""
    body = {**body, "schema": draft.body.get("schema"), "key": draft.key}
    _require_bounded(body)
    title = body.get("title") if isinstance(body.get("title"), str) else draft.title
    won = db.session.execute(
        update(TypeDraft)
        .where(TypeDraft.id == draft.id, TypeDraft.revision == revision)
        .values(body=body, title=title[:LONGEST_TITLE], revision=revision + 1, edited_at=at, edited_by_id=by.id)
        .execution_options(synchronize_session=False)
    ).rowcount
    db.session.refresh(draft)
    if not won:
        raise StaleRevision(
            _(
                "%(name)s 已于 %(time)s 保存过该类型，您的修改没有保存，请核对后再保存。",
                name=draft.edited_by.name if draft.edited_by else _("其他人"),
                time=show(draft.edited_at),
            ),
            revision=draft.revision,
        )
    return draft.revision


def judge(draft: TypeDraft) -> Judgement:
    """Return what is wrong with a draft, and once it parses what its author should think about."""
    try:
        definition = parse_type(draft.body, source=draft.key)
        parse_workflow(definition.workflow, roles=roles.ALL_ROLES, source=draft.key)
    except (DefinitionError, WorkflowError) as error:
        return Judgement(tuple(error.problems))
    return Judgement((), lint(definition), definition)


def changes_of(draft: TypeDraft) -> tuple[Change, ...]:
    """Return what the draft changes of the version it began from; nothing for a new type or one that does not parse."""
    definition = judge(draft).definition
    if draft.base is None or definition is None:
        return ()
    return compare(types.definition_of(draft.base), definition)


def publish(draft: TypeDraft, *, by: Account, at: datetime) -> DeclarationTypeVersion:
    """Make a draft the newest version of its type, never to change again; raises Invalid with every problem.

    Raises Conflict when another version was published since the draft began. The draft is gone afterwards.
    """
    problems = judge(draft).problems
    if problems:
        raise Invalid(_("还有 %(count)s 处问题，不能发布。", count=len(problems)), problems=problems)
    site = db.session.get_one(Site, draft.site_id)
    newest = _newest(site, draft.key)
    if (newest and newest.id) != draft.base_id:
        raise Conflict(_("草稿开始之后已发布过新的版本，请从最新版本重新修改。"))
    version = types.install_body(draft.body, site, at, by=by)
    if newest is not None and version.id == newest.id:
        raise Invalid(_("与当前版本没有差别，无需发布。"))
    audit.record("publish_draft", version, by=by, at=at, detail={"key": draft.key, "number": version.number})
    db.session.delete(draft)
    db.session.flush()
    return version


def discard(draft: TypeDraft, *, by: Account, at: datetime) -> None:
    """Throw a draft away; published versions stay."""
    audit.record("discard_draft", draft, by=by, at=at, detail={"key": draft.key, "title": draft.title})
    db.session.delete(draft)
    db.session.flush()


def _keep(
    site: Site, body: dict[str, Any], base: DeclarationTypeVersion | None, *, by: Account, at: datetime
) -> TypeDraft:
    draft = TypeDraft(
        site_id=site.id, base=base, key=body["key"], title=str(body.get("title") or body["key"])[:LONGEST_TITLE],
        body=body, revision=0, begun_at=at, edited_at=at, edited_by_id=by.id,
    )  # fmt: skip
    found = add_or_get(draft, _of_key(site.id, draft.key))
    if found is not draft:
        sentence = _("“%(title)s”已有正在编辑的草稿，请在该草稿上继续，或先放弃该草稿。", title=found.title)
        raise Conflict(sentence, draft=found.public_id)
    audit.record("begin_draft", draft, by=by, at=at, detail={"key": draft.key, "base": base.number if base else None})
    return draft


def _of_key(site_id: int, key: str) -> Select:
    return select(TypeDraft).where(TypeDraft.site_id == site_id, TypeDraft.key == key)


def _require_new_key(site: Site, key: str) -> None:
    if not KEY.fullmatch(key):
        message = _("标识须以小写字母开头，只含小写字母、数字和下划线，最多 40 个字符。")
        raise Invalid(message, fields={"key": message})
    known = select(DeclarationType.id).where(DeclarationType.site_id == site.id, DeclarationType.key == key)
    if db.session.scalar(known) or find_draft(site.id, key):
        message = _("标识“%(key)s”已被使用，请更换。", key=key)
        raise Invalid(message, fields={"key": message})


def _title(title: str) -> str:
    if not title.strip() or len(title) > LONGEST_TITLE:
        message = _("请填写名称，最多 %(most)s 字。", most=LONGEST_TITLE)
        raise Invalid(message, fields={"title": message})
    return title.strip()


def _require_bounded(body: Mapping[str, Any]) -> None:
    for part, shape in SHAPES.items():
        if part in body and type(body[part]) is not shape:
            raise Invalid(_("“%(part)s”部分的格式无法识别。", part=part))
    if len(canonical_json(body)) > LARGEST_BODY:
        raise Invalid(_("类型的内容过大，请减少字段、选项或模板。"))


def _newest(site: Site, key: str) -> DeclarationTypeVersion | None:
    return db.session.scalars(
        select(DeclarationTypeVersion)
        .join(DeclarationTypeVersion.type)
        .where(DeclarationType.site_id == site.id, DeclarationType.key == key)
        .order_by(DeclarationTypeVersion.number.desc())
        .limit(1)
    ).first()
