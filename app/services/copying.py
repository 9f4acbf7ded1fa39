"""复制以往申报: answers of an earlier declaration of the same type as the beginning of a fresh draft."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from ..errors import Conflict, NotFound
from ..extensions import db
from ..forms.definition import Field, TypeDefinition
from ..models import Account, Call, Declaration, DeclarationSection, DeclarationTypeVersion
from ..permissions import visible
from . import audit, declarations, grants
from .types import definition_of

MOST_SHOWN = 10
NEVER = frozenset({"file", "consent"})  # files belong to their declaration, and every statement is made anew


def earlier_of(declaration: Declaration, user: Account) -> Sequence[Declaration]:
    """Return earlier declarations of the enterprise with the same type, the newest first."""
    same = select(DeclarationTypeVersion.id).where(DeclarationTypeVersion.type_id == declaration.version.type_id)
    query = (
        select(Declaration)
        .where(
            visible(Declaration, user),
            Declaration.enterprise_id == declaration.enterprise_id,
            Declaration.individual_id.is_not_distinct_from(declaration.individual_id),
            Declaration.version_id.in_(same),
            Declaration.id < declaration.id,
        )
        .options(joinedload(Declaration.call).joinedload(Call.programme))
        .order_by(Declaration.id.desc())
        .limit(MOST_SHOWN)
    )
    return db.session.scalars(query).all()


def is_untouched(declaration: Declaration) -> bool:
    """Tell whether nobody has saved anything yet."""
    return not any(section.revision for section in declaration.sections)


def copy_answers(declaration: Declaration, public_id: str, *, by: Account, at: datetime) -> int:
    """Take over the answers of an earlier declaration; returns how many. Raises Closed, Conflict or NotFound.

    What is known of the enterprise now stays; fields that changed their kind, files and statements are left out.
    """
    grants.require(by, declaration.enterprise_id, grants.FILL)
    declarations.require_editable(declaration, at)
    source = next((one for one in earlier_of(declaration, by) if one.public_id == public_id), None)
    if source is None:
        raise NotFound(_("没有找到要复制的申报项目，可能已被删除。"))
    if not is_untouched(declaration):
        raise _touched()
    earlier = declarations.read_own(source.public_id, by)
    taken = _taken(definition_of(declaration.version), definition_of(earlier.version), _answers_of(earlier))
    for section in declaration.sections:
        answers = taken.get(section.key)
        if answers:
            _store(section, {**section.answers, **answers}, by, at)
    count = sum(map(len, taken.values()))
    audit.record("copy", declaration, by=by, at=at, detail={"from": earlier.id, "answers": count})
    return count


def _touched() -> Conflict:
    return Conflict(_("该草稿已有填写内容，不能再复制，以免覆盖。"))


def _store(section: DeclarationSection, answers: dict[str, Any], by: Account, at: datetime) -> None:
    """Store a section that nobody has saved; a colleague who did so meanwhile keeps what was typed."""
    won = db.session.execute(
        update(DeclarationSection)
        .where(DeclarationSection.id == section.id, DeclarationSection.revision == 0)
        .values(answers=answers, revision=1, saved_at=at, saved_by_id=by.id),
        execution_options={"synchronize_session": False},
    ).rowcount
    if not won:
        raise _touched()
    db.session.expire(section)


def _answers_of(declaration: Declaration) -> Mapping[str, Mapping[str, Any]]:
    submission = declaration.submission
    return submission.answers if submission else declarations.answers_of(declaration)


def _taken(
    definition: TypeDefinition, former: TypeDefinition, answers: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return {section: {field: answer}} of what fits the fields of now."""
    old_fields = {field.key: field for field in former.fields}
    values = {key: value for section in answers.values() for key, value in section.items()}
    taken: dict[str, dict[str, Any]] = {}
    for section in definition.sections:
        for field in section.fields:
            if field.key in values and _fits(field, old_fields.get(field.key), definition):
                taken.setdefault(section.key, {})[field.key] = values[field.key]
    return taken


def _fits(field: Field, old: Field | None, definition: TypeDefinition) -> bool:
    """Tell whether an old answer means the same now; a table must be the very same, its years may have moved."""
    if old is None or old.type != field.type or field.readonly or field.type in NEVER:
        return False
    return field.key not in (definition.prefill or {}) and (field.type != "matrix" or field == old)
