"""Answers of a declaration: read from a form, checked, frozen for submission, projected and compared.

Answers = {section key: {field key: stored value}}; a matrix is stored as {column: {row: value}}, a repeat as
[{"_id": "r1", column: value, …}]. Figures are strings. Invalid text stays as typed and is judged anew at every check.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .definition import Section, TypeDefinition

type Answers = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a check needs to know about an uploaded file; `size` in bytes."""

    name: str
    size: int
    mime: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend: `path` is dotted (`products.0.name`), `level` error or warn, `kind` missing, invalid or check."""

    section: str
    path: str
    label: str
    message: str
    level: str = "error"
    kind: str = "invalid"

    @property
    def name(self) -> str:
        """Return the HTML name and id of the input: `products-0-name`."""
        return self.path.replace(".", "-")


@dataclass(frozen=True, slots=True)
class SectionState:
    """How far a section is: numbers of missing answers, wrong answers and warnings."""

    missing: int = 0
    invalid: int = 0
    warnings: int = 0

    @property
    def complete(self) -> bool:
        """Tell whether nothing in the section blocks a submission."""
        return not (self.missing or self.invalid)


@dataclass(frozen=True, slots=True)
class Report:
    """Result of a check: problems in the order of the form, and the state of every shown section."""

    problems: tuple[Problem, ...]
    sections: Mapping[str, SectionState]

    @property
    def ok(self) -> bool:
        """Tell whether nothing blocks a submission; warnings do not."""
        return not any(problem.level == "error" for problem in self.problems)

    def of(self, section: str) -> tuple[Problem, ...]:
        """Return the problems of one section."""
        return tuple(problem for problem in self.problems if problem.section == section)

    @property
    def by_path(self) -> dict[str, list[Problem]]:
        """Return {path: problems}."""
        found: dict[str, list[Problem]] = {}
        for problem in self.problems:
            found.setdefault(problem.path, []).append(problem)
        return found


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judged gate or indicator: `result` is True, False or None (无法判定)."""

    label: str
    result: bool | None
    message: str
    value: str = ""
    requirement: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """An answer that changed between two versions, both sides as shown to people; `kind` is added, removed or changed."""

    section: str
    path: str
    label: str
    before: str
    after: str
    kind: str = "changed"


def prefilled(definition: TypeDefinition, context: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the answers of a fresh draft: defaults and what is known of the enterprise."""


def read_section(section: Section, form: Mapping[str, Any], hidden: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the stored values that a posted form (MultiDict, or a dict of text and lists) carries for a section.

    Fields that were not posted are absent from the result; hidden, readonly, computed, file and unknown ones are
    ignored. What cannot be understood is kept as typed.
    """


def update_section(
    definition: TypeDefinition, key: str, answers: Answers, form: Mapping[str, Any], context: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the new stored answers of section `key`: what stood there, overwritten by what was posted and is shown."""


def check(
    definition: TypeDefinition,
    answers: Answers,
    files: Mapping[str, list[FileFacts]],
    context: Mapping[str, Any],
    at: datetime,
) -> Report:
    """Judge everything shown; hidden fields are never judged."""


def hidden_paths(definition: TypeDefinition, answers: Answers, context: Mapping[str, Any]) -> frozenset[str]:
    """Return the keys of the fields that are not asked, given these answers."""


def shown_sections(definition: TypeDefinition, hidden: frozenset[str]) -> tuple[Section, ...]:
    """Return the sections that have at least one shown field."""


def for_submission(definition: TypeDefinition, answers: Answers, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers to be frozen: hidden and unknown ones left out, computed ones filled in."""


def rule_context(definition: TypeDefinition, answers: Answers, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return what rules see: answers by path (hidden ones absent), computed values, and the given context."""


def judge_gates(definition: TypeDefinition, context: Mapping[str, Any]) -> tuple[Verdict, ...]:
    """Judge the gates before a form is opened."""


def judge_indicators(
    definition: TypeDefinition, answers: Answers, context: Mapping[str, Any]
) -> tuple[Verdict, ...]:
    """Judge the indicators that apply to these answers."""


def quota(definition: TypeDefinition, context: Mapping[str, Any]) -> tuple[int | None, str]:
    """Return how many declarations are allowed and why; None means no limit."""


def subject(definition: TypeDefinition, answers: Answers) -> str:
    """Return the title of a declaration from its answers."""


def project(definition: TypeDefinition, answers: Answers) -> dict[str, Any]:
    """Return {generic column: value}: figure_n Decimal, text_n str, date_n date, None when unanswered or wrong."""


def differences(definition: TypeDefinition, before: Answers, after: Answers) -> tuple[Difference, ...]:
    """Return what changed between two submissions, in the order of the form."""
