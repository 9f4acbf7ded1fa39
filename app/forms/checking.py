"""Judging answers: every shown field, the attachments, the cross-field checks."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..clock import to_local
from . import rules
from .conditions import State, look, shown_sections
from .definition import Section, TypeDefinition
from .fields import KINDS
from .findings import Answers, FileFacts, Problem, Report, SectionState


def check(
    definition: TypeDefinition,
    answers: Answers,
    files: Mapping[str, Sequence[FileFacts]],
    context: Mapping[str, Any],
    at: datetime,
) -> Report:
    """Judge everything shown, as of a moment; hidden fields are never judged."""
    context = {**context, "today": to_local(at).date().isoformat()}
    state = look(definition, answers, context)
    crossed = [*_overflows(definition, state), *_failed_checks(definition, state)]
    problems: list[Problem] = []
    states: dict[str, SectionState] = {}
    for section in shown_sections(definition, state.hidden):
        found = list(_section_problems(section, answers, files, context, state.hidden))
        found += [problem for problem in crossed if problem.section == section.key]
        problems += found
        states[section.key] = _count(found)
    return Report(tuple(problems), states)


def _section_problems(
    section: Section,
    answers: Answers,
    files: Mapping[str, Sequence[FileFacts]],
    context: Mapping[str, Any],
    hidden: frozenset[str],
) -> Iterator[Problem]:
    stored = answers.get(section.key) or {}
    for field in section.fields:
        if field.key in hidden:
            continue
        for rest, label, kind, message in KINDS[field.type].problems(field, stored.get(field.key)):
            full = f"{field.label} {label}" if label else field.label
            yield Problem(section.key, field.key + rest, full, message, "error", kind)
        for kind, message in KINDS[field.type].outside_problems(field, stored.get(field.key), files, context):
            yield Problem(section.key, field.key, field.label, message, "error", kind)


def _overflows(definition: TypeDefinition, state: State) -> Iterator[Problem]:
    """Yield a problem for each computed figure that is too large to be kept."""
    for section in definition.sections:
        for field in section.fields:
            if field.value is None or field.key in state.hidden or state.values.get(field.key) is not None:
                continue
            message = KINDS[field.type].overflow(field, rules.evaluate(field.value, state.values))
            if message:
                yield Problem(section.key, field.key, field.label, message, "error", "check")


def _failed_checks(definition: TypeDefinition, state: State) -> list[Problem]:
    failed = []
    for item in definition.checks:
        key = item.target.partition(".")[0]
        if key in state.hidden or (item.applies is not None and rules.evaluate(item.applies, state.values) is not True):
            continue
        if rules.evaluate(item.rule, state.values) is False:
            section = definition.section_of(key)
            failed.append(
                Problem(section.key, item.target, definition.label(item.target), item.message, item.level, "check")
            )
    return failed


def _count(problems: Sequence[Problem]) -> SectionState:
    errors = [problem for problem in problems if problem.level == "error"]
    missing = sum(problem.kind == "missing" for problem in errors)
    return SectionState(missing, len(errors) - missing, len(problems) - len(errors))
