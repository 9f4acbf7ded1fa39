"""What follows from answers: the frozen submission, projected columns, a title, differences."""

from collections.abc import Iterator, Mapping
from typing import Any

from .conditions import State, look, stored_of
from .definition import Field, Section, TypeDefinition
from .fields import KINDS
from .findings import Answers, Difference


def for_submission(definition: TypeDefinition, answers: Answers, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers to be frozen: hidden and unknown ones left out, computed ones filled in."""
    state = look(definition, answers, context)
    frozen: dict[str, dict[str, Any]] = {}
    for section in definition.sections:
        for field in section.fields:
            if field.key in state.hidden:
                continue
            value = _frozen_value(field, stored_of(answers, section, field.key), state)
            if value is not None:
                frozen.setdefault(section.key, {})[field.key] = value
    return frozen


def with_computed(definition: TypeDefinition, answers: Answers, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return a draft's answers with the computed ones filled in, for pages and previews."""
    return fill_in(definition, answers, look(definition, answers, context))


def fill_in(definition: TypeDefinition, answers: Answers, state: State) -> dict[str, Any]:
    """Return a draft's answers with the computed values of a look at them."""
    filled = {key: dict(stored) for key, stored in answers.items()}
    for section in definition.sections:
        for field in section.fields:
            if field.value is not None and state.values.get(field.key) is not None:
                filled.setdefault(section.key, {})[field.key] = _frozen_value(field, None, state)
    return filled


def _frozen_value(field: Field, stored: Any, state: State) -> Any:
    raw = state.values.get(field.key) if field.value is not None else stored
    return KINDS[field.type].keep(field, raw)


def value_at(definition: TypeDefinition, answers: Answers, path: str) -> Any:
    """Return the stored value at `field` or `matrix.column.row`, or None."""
    section = definition.section_of(path)
    value: Any = (answers.get(section.key) or {}) if section else None
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def shown_at(definition: TypeDefinition, answers: Answers, path: str) -> str:
    """Return the answer at a path as people read it, empty when there is none."""
    field = definition.field(path)
    return KINDS[field.type].display(field, value_at(definition, answers, path)) if field else ""


SUBJECT_LIMIT = 120


def subject(definition: TypeDefinition, answers: Answers) -> str:
    """Return the title of a declaration from its answers."""
    text = definition.subject
    for field in definition.subject_fields:
        text = text.replace(f"{{{field.key}}}", shown_at(definition, answers, field.key))
    return text.replace("（）", "").strip("—- ")[:SUBJECT_LIMIT]


TEXT_LIMIT = 200
"""Characters that a generic text column of the declaration holds."""


def project(definition: TypeDefinition, answers: Answers) -> dict[str, Any]:
    """Return {generic column: value}: figure_n Decimal, text_n str, date_n date, None when unanswered or wrong."""
    return {item.column: _projected(definition, answers, item.column, item.path) for item in definition.projections}


def _projected(definition: TypeDefinition, answers: Answers, column: str, path: str) -> Any:
    field, stored = definition.field(path), value_at(definition, answers, path)
    kind = KINDS[field.type]
    if column.startswith("text"):
        return kind.display(field, stored)[:TEXT_LIMIT] or None
    return kind.sheet_value(field, stored)


def differences(definition: TypeDefinition, before: Answers, after: Answers) -> tuple[Difference, ...]:
    """Return what changed between two submissions, in the order of the form."""
    found: list[Difference] = []
    for section in definition.sections:
        for field in section.fields:
            old, new = stored_of(before, section, field.key), stored_of(after, section, field.key)
            if old != new:
                found += _compare(definition, section, field, old, new)
    return tuple(found)


def _compare(definition: TypeDefinition, section: Section, field: Field, old: Any, new: Any) -> Iterator[Difference]:
    for rest, before, after in KINDS[field.type].compare(field, old, new):
        path = field.key + rest
        kind = "added" if not before else "removed" if not after else "changed"
        yield Difference(section.key, path, definition.label(path), before, after, kind)
