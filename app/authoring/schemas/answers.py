"""The answers of one version, as a submission keeps them: {section: {field: value}}."""

from collections.abc import Callable

from ...forms.definition import Field, TypeDefinition
from ...forms.kinds.tables import ROW_ID
from .words import FLAG, PLAIN, Schema, list_of, mapping, one_of

FIGURE: Schema = {"type": "string", "pattern": r"^-?\d{1,12}(\.\d{1,4})?$"}
MONTH: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}$"}
DATE: Schema = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}


def answers_schema(definition: TypeDefinition) -> Schema:
    """Return the JSON Schema of the answers of a submission; files lie beside the answers.

    Nothing is required: what a condition hides is left out, so `check` alone knows what must be there.
    """
    sections = {
        section.key: mapping({f.key: _value(f) for f in section.fields if f.type != "file"}) | {"title": section.title}
        for section in definition.sections
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:shenbao:answers:{definition.key}:{definition.sha[:12]}",
        "title": definition.title,
        **mapping(sections),
    }


def _value(field: Field) -> Schema:
    return OF_KIND.get(field.type, _text)(field) | {"title": field.label}


def _text(field: Field) -> Schema:
    return dict(PLAIN)


def _figure(field: Field) -> Schema:
    unit = {"description": field.unit} if field.unit else {}
    return FIGURE | unit


def _choice(field: Field) -> Schema:
    return one_of(field.choice_labels)


def _choices(field: Field) -> Schema:
    return {"type": "array", "items": _choice(field), "uniqueItems": True}


def _matrix(field: Field) -> Schema:
    rows = mapping({row.key: _value(row) for row in field.rows})
    return mapping({column.key: rows | {"title": column.label} for column in field.columns})


def _repeat(field: Field) -> Schema:
    row_id: Schema = {"type": "string", "pattern": f"^{ROW_ID.pattern}$"}
    record = mapping({"_id": row_id} | {part.key: _value(part) for part in field.columns}, needs=("_id",))
    return list_of(record) | {"maxItems": field.max_rows}


OF_KIND: dict[str, Callable[[Field], Schema]] = {
    **dict.fromkeys(("int", "number", "money", "percent", "computed"), _figure),
    "choice": _choice,
    "choices": _choices,
    "consent": lambda _field: dict(FLAG),
    "date": lambda _field: dict(DATE),
    "matrix": _matrix,
    "month": lambda _field: dict(MONTH),
    "repeat": _repeat,
}
