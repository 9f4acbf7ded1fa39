"""WTForms classes generated from definitions: binding and rendering; judging is `answers.check`."""

from collections.abc import Mapping
from typing import Any

from wtforms import Form

from .answers import Answers, Report
from .definition import TypeDefinition


def section_form(definition: TypeDefinition, section_key: str, hidden: frozenset[str] = frozenset()) -> type[Form]:
    """Return the form class of a section, made once per version, section and set of hidden fields."""


def bind_section(
    definition: TypeDefinition,
    section_key: str,
    answers: Answers,
    context: Mapping[str, Any],
    *,
    report: Report | None = None,
) -> Form:
    """Return the form of a section filled from stored answers, region options from `context["regions"]`, errors from `report`."""
