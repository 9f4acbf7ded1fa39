"""What a look at answers finds: problems, states of sections, verdicts, differences."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Answers = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a check needs to know about an uploaded file; `size` in bytes."""

    name: str
    size: int
    mime: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend.

    `path` is dotted (`repeat.0.column`), `level` error or warn, `kind` missing, invalid or check.
    """

    section: str
    path: str
    label: str
    message: str
    level: str = "error"
    kind: str = "invalid"

    @property
    def name(self) -> str:
        """Return the HTML name and id of the input: `repeat-0-column`."""
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

    def without_missing(self) -> "Report":
        """Return the report without the answers that are merely not given yet, for pages where one is still writing."""
        return Report(tuple(problem for problem in self.problems if problem.kind != "missing"), self.sections)

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
    """An answer that changed between two versions, as people read it; `kind` is added, removed or changed."""

    section: str
    path: str
    label: str
    before: str
    after: str
    kind: str = "changed"
