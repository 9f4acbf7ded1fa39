"""From a posted form to stored answers."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from .conditions import look
from .definition import Field, Section, TypeDefinition
from .fields import KINDS, FieldError
from .findings import Answers


def prefilled(definition: TypeDefinition, context: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the answers of a fresh draft: defaults and what is known of the enterprise."""
    answers: dict[str, dict[str, Any]] = {}
    for section in definition.sections:
        for field in section.fields:
            value = _first_value(definition, field, context)
            if value is not None:
                answers.setdefault(section.key, {})[field.key] = value
    return answers


def _first_value(definition: TypeDefinition, field: Field, context: Mapping[str, Any]) -> Any:
    path = (definition.prefill or {}).get(field.key, "")
    root, _dot, name = path.partition(".")
    known = (context.get(root) or {}).get(name) if path else None
    for raw in (known, field.default):
        value = _cleaned(field, raw)
        if value is not None:
            return value
    return None


def _cleaned(field: Field, raw: Any) -> Any:
    if isinstance(raw, Decimal | date):
        raw = format(raw, "f") if isinstance(raw, Decimal) else raw.isoformat()
    try:
        return KINDS[field.type].clean(field, raw)
    except FieldError:
        return None


def read_section(section: Section, form: Mapping[str, Any], hidden: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the stored values that a posted form (MultiDict, or a dict of text and lists) carries for a section.

    Fields that were not posted are absent from the result; hidden, readonly, computed, file and unknown ones are
    ignored. What cannot be understood is kept as typed. An emptied field or cell is there as None.
    """
    result: dict[str, Any] = {}
    for field in section.fields:
        if field.readonly or field.key in hidden:
            continue
        posted, value = KINDS[field.type].read(field, form, field.key)
        if posted:
            result[field.key] = value
    return result


def update_section(
    definition: TypeDefinition, key: str, answers: Answers, form: Mapping[str, Any], context: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the new stored answers of section `key`: what stood there, overwritten by what was posted and is shown.

    Readonly fields take what is known of the enterprise now.
    """
    section = definition.section(key)
    before = dict(answers.get(key) or {})
    posted = _merged(section, before, read_section(section, form))
    after = _given(before | posted | _known(definition, section, context))
    hidden = look(definition, {**answers, key: after}, context).hidden & posted.keys()
    return _given({name: before.get(name) if name in hidden else value for name, value in after.items()})


def _merged(section: Section, before: Mapping[str, Any], posted: Mapping[str, Any]) -> dict[str, Any]:
    merged = {}
    for name, value in posted.items():
        field = section.field(name)
        merged[name] = KINDS[field.type].merge(field, before.get(name), value)
    return merged


def _known(definition: TypeDefinition, section: Section, context: Mapping[str, Any]) -> dict[str, Any]:
    return _given({field.key: _first_value(definition, field, context) for field in section.fields if field.readonly})


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
