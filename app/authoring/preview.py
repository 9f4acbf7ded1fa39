"""One section by itself, so that it can be shown while the rest of its type is still being written."""

from collections.abc import Mapping
from typing import Any

from ..forms.definition import TypeDefinition, parse_type
from .starting import new_body

SHARED = ("choices", "templates", "code_lists", "vars", "money_unit")
NO_FIGURE = {"+": [0, 0]}
"""Stands for the rule of a computed field, which may read what other sections ask."""


def section_alone(body: Mapping[str, Any], section: Any) -> TypeDefinition:
    """Return a type that asks one section with every field shown; raises DefinitionError with what is wrong in it."""
    around = new_body("preview", "preview", 2000)
    shared = {name: body[name] for name in SHARED if body.get(name) is not None}
    kept = {name: around[name] for name in ("schema", "key", "title", "year", "workflow")}
    return parse_type(kept | shared | {"subject": "preview", "sections": [_unconditional(section)]}, source="preview")


def _unconditional(section: Any) -> Any:
    if not isinstance(section, Mapping):
        return section
    fields = section.get("fields")
    plain = {name: value for name, value in section.items() if name != "show"}
    if isinstance(fields, list):
        plain["fields"] = [_always(field) for field in fields]
    return plain


def _always(field: Any) -> Any:
    if not isinstance(field, Mapping):
        return field
    plain = {name: value for name, value in field.items() if name != "show"}
    return plain | {"value": NO_FIGURE} if plain.get("type") == "computed" else plain
