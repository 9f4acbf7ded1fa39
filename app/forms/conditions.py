"""What is asked and what follows: visible fields, computed values, and the context in which rules run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .definition import Section, TypeDefinition
from .fields import KINDS
from .findings import Answers
from .rules import evaluate, parse_figure
from .vocabulary import YEARLY


@dataclass(frozen=True, slots=True)
class State:
    """One look at a set of answers: the keys of hidden fields, and the values of all shown ones with the context."""

    hidden: frozenset[str]
    values: Mapping[str, Any]


def stored_of(answers: Answers, section: Section, key: str) -> Any:
    """Return the stored value of a field, or None."""
    return (answers.get(section.key) or {}).get(key)


def look(definition: TypeDefinition, answers: Answers, context: Mapping[str, Any]) -> State:
    """Return which fields are hidden and what rules see.

    A field is shown when `show` is true; false and unknown hide it. Hidden answers are unknown to every other rule.
    """
    values = surroundings(definition, context)
    hidden: set[str] = set()
    shown_sections: dict[str, bool] = {}
    for section, field in definition.in_order:
        key = field.key
        if section.key not in shown_sections:  # everything its rule reads stands earlier in the order
            shown_sections[section.key] = section.show is None or evaluate(section.show, values) is True
        if not shown_sections[section.key] or (field.show is not None and evaluate(field.show, values) is not True):
            hidden.add(key)
        elif field.value is not None:
            values[key] = KINDS[field.type].settle(field, evaluate(field.value, values))
        else:
            values[key] = KINDS[field.type].rule_value(field, stored_of(answers, section, key))
    return State(frozenset(hidden), values)


def surroundings(definition: TypeDefinition, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of the rule context that is not an answer."""
    known: dict[str, Any] = {
        name: context.get(name) or {} for name in ("enterprise", "applicant", "guide", "call", "earlier")
    }
    known["enterprise"] = known["enterprise"] | _figures(known["enterprise"])
    known["today"] = context.get("today")
    lists = {name: list(values) for name, values in (definition.lists or {}).items()}
    known["lists"] = lists | {name: list(values) for name, values in (context.get("lists") or {}).items()}
    return known


def _figures(enterprise: Mapping[str, Any]) -> dict[str, Any]:
    """Return the amounts known of an enterprise as figures: prefill wants them as text, rules compare figures."""
    amounts = {name: enterprise.get(name) for name in ("registered_capital", *YEARLY)}
    return {name: parse_figure(text) for name, text in amounts.items() if isinstance(text, str)}


def hidden_paths(definition: TypeDefinition, answers: Answers, context: Mapping[str, Any]) -> frozenset[str]:
    """Return the keys of the fields that are not asked, given these answers."""
    return look(definition, answers, context).hidden


def shown_sections(definition: TypeDefinition, hidden: frozenset[str]) -> tuple[Section, ...]:
    """Return the sections that have at least one shown field."""
    return tuple(section for section in definition.sections if any(field.key not in hidden for field in section.fields))


def rule_context(definition: TypeDefinition, answers: Answers, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return what rules see: answers by path (hidden ones absent), computed values, and the given context."""
    return dict(look(definition, answers, context).values)
