"""The values that the paths of a form can have."""

from decimal import Decimal
from typing import Any

from ...forms.definition import Field, TypeDefinition
from ...forms.fields import KINDS
from ...forms.vocabulary import APPLICANT_KINDS
from .possibility import ANYTHING, Domain, Possibility

COUNTED = ".#"
"""After the path of a list: how many items it can have."""


def possibility_of(definition: TypeDefinition) -> Possibility:
    """Return the judge of the rules of a definition."""
    return Possibility(lambda path: _domain(definition, path), lambda path: _conditions(definition, path))


def _domain(definition: TypeDefinition, path: str) -> Domain:
    if path == "applicant.kind":
        return Domain(texts=frozenset(APPLICANT_KINDS))
    if path.endswith(COUNTED):
        return _size(definition.field(path.removesuffix(COUNTED)))
    field = definition.field(path)
    if field is None or _is_column_of_records(field, path):
        return ANYTHING
    if field.type == "choice":
        return Domain(texts=frozenset(field.choice_labels))
    if KINDS[field.type].figure and field.value is None:
        return Domain(figure=True, low=_decimal(field.min), high=_decimal(field.max))
    return ANYTHING


def _is_column_of_records(field: Field, path: str) -> bool:
    """A choice inside a record has its options wherever it is read; a figure there may be a list of figures."""
    return "." in path and field.type != "choice" and field.path == path and not path.count(".") > 1


def _size(field: Field | None) -> Domain:
    if field is None:
        return Domain(figure=True, low=Decimal(0))
    most = {"repeat": field.max_rows, "choices": field.max_items or len(field.choice_labels)}.get(field.type)
    return Domain(figure=True, low=Decimal(0), high=None if most is None else Decimal(most))


def _decimal(limit: Any) -> Decimal | None:
    return None if limit is None else Decimal(limit)


def _conditions(definition: TypeDefinition, path: str) -> list[Any]:
    """Return what must hold for a path to be asked at all."""
    key = path.partition(".")[0]
    section = definition.section_of(key)
    field = section and section.field(key)
    return [rule for rule in (section and section.show, field and field.show) if rule is not None]
