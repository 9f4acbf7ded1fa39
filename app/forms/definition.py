"""A declaration type as frozen dataclasses: what an author wrote in YAML, parsed once and shared by every request.

`app/declaration_types/README.md` explains the format key by key. Parsing and its located errors are in `parsing/`.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .shapes import (
    Applicants,
    Check,
    Choice,
    ChoiceGroup,
    Column,
    Condition,
    Cover,
    DocumentSpec,
    Eligibility,
    Field,
    Gate,
    Indicator,
    Line,
    Projection,
    Quota,
    QuotaRow,
    Rule,
    Section,
    SheetColumn,
    SheetPart,
    SheetSpec,
)
from .vocabulary import YEARLY

__all__ = [
    "Applicants",
    "Check",
    "Choice",
    "ChoiceGroup",
    "Column",
    "Condition",
    "Cover",
    "DefinitionError",
    "DocumentSpec",
    "Eligibility",
    "Field",
    "Gate",
    "Indicator",
    "Line",
    "Projection",
    "Quota",
    "QuotaRow",
    "Rule",
    "Section",
    "SheetColumn",
    "SheetPart",
    "SheetSpec",
    "TypeDefinition",
    "body_sha",
    "canonical_json",
    "definition_for",
    "find_field",
    "load_yaml",
    "parse_type",
]


class DefinitionError(ValueError):
    """A definition that cannot be used; `problems` says where and why, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


NO_CONDITIONS = Eligibility()
UNITS_ONLY = Applicants()


@dataclass(frozen=True, eq=False, repr=False)
class TypeDefinition:
    """A declaration type; equal and hashable by the sha256 of its canonical JSON."""

    key: str
    title: str
    year: int
    sha: str
    sections: tuple[Section, ...]
    short_title: str = ""
    subject: str = ""
    money_unit: str = "万元"
    basis: str = ""
    vars: Mapping[str, str] = None
    window: Mapping[str, str] = None
    prefill: Mapping[str, str] = None
    lists: Mapping[str, tuple[str, ...]] = None
    templates: Mapping[str, str] = None
    checks: tuple[Check, ...] = ()
    applicants: Applicants = UNITS_ONLY
    eligibility: Eligibility = NO_CONDITIONS
    workflow: Mapping[str, Any] = None
    documents: tuple[DocumentSpec, ...] = ()
    projections: tuple[Projection, ...] = ()
    followup: Mapping[str, Any] = None
    body: Mapping[str, Any] = None
    order: tuple[str, ...] = ()
    """Field keys so that what `show` and `value` read comes first."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TypeDefinition) and self.sha == other.sha

    def __hash__(self) -> int:
        return hash(self.sha)

    def __repr__(self) -> str:
        return f"<{self.key} {self.sha[:8]}>"

    def section(self, key: str) -> Section | None:
        """Return the section with this key."""
        return self._sections.get(key)

    def section_of(self, path: str) -> Section | None:
        """Return the section that asks for this path."""
        return self._home.get(path.partition(".")[0])

    def field(self, path: str) -> Field | None:
        """Return the field at `field`, `matrix.column.row`, `repeat.column` or `repeat.0.column`."""
        return find_field(self.fields, path)

    def label(self, path: str) -> str:
        """Return the label a person recognises: `营业收入（2023年）`, `主要产品或服务 第2条 名称`."""
        field, parts = self.field(path.partition(".")[0]), path.split(".")[1:]
        if field is None or not parts:
            return field.label if field else path
        part = self.field(path) or field
        if field.rows:
            column = next((column for column in field.columns if column.key == parts[0]), None)
            return f"{part.label}（{column.label}）" if column else part.label
        row = f" 第{int(parts[0]) + 1}条" if parts[0].isdigit() else ""
        return f"{field.label}{row} {part.label}" if part is not field else f"{field.label}{row}"

    @cached_property
    def reads_years(self) -> bool:
        """Tell whether anything in the definition reads what enterprises report year by year."""
        text = canonical_json(self.body)
        return any(f'"enterprise.{name}"' in text for name in YEARLY)

    @cached_property
    def _sections(self) -> dict[str, Section]:
        return {section.key: section for section in self.sections}

    @cached_property
    def _home(self) -> dict[str, Section]:
        return {field.key: section for section in self.sections for field in section.fields}

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Return every top-level field in order."""
        return tuple(field for section in self.sections for field in section.fields)

    @cached_property
    def in_order(self) -> tuple[tuple[Section, Field], ...]:
        """Return every top-level field beside its section, so that what rules read comes first."""
        return tuple((self._home[key], self._home[key].field(key)) for key in self.order)

    @cached_property
    def subject_fields(self) -> tuple[Field, ...]:
        """Return the fields whose answers stand in the title of a declaration."""
        return tuple(field for field in self.fields if f"{{{field.key}}}" in self.subject)

    @cached_property
    def file_fields(self) -> tuple[Field, ...]:
        """Return the attachment kinds in order."""
        return tuple(field for field in self.fields if field.type == "file")

    @cached_property
    def printed_sections(self) -> tuple[Section, ...]:
        """Return the sections in the order of the printed document: `appendix` ones last."""
        return tuple(sorted(self.sections, key=lambda section: section.printed == "appendix"))

    def document(self, key: str) -> DocumentSpec | None:
        """Return the document with this key."""
        return next((document for document in self.documents if document.key == key), None)

    def documents_of(self, kind: str) -> tuple[DocumentSpec, ...]:
        """Return the documents of a kind: `declaration`, `letter`, `sheet`."""
        return tuple(document for document in self.documents if document.kind == kind)


def find_field(fields: Iterable[Field], path: str) -> Field | None:
    """Return the field at a path: a key, `matrix.column.row`, `repeat.column` or `repeat.0.column`."""
    head, *rest = path.split(".")
    field = next((field for field in fields if field.key == head), None)
    if field is None or not rest:
        return field
    if field.rows:
        columns = {column.key for column in field.columns}
        return field.column(rest[1]) if len(rest) == 2 and rest[0] in columns else None
    if rest[0].isdigit():
        rest = rest[1:]
    return field.column(rest[0]) if field.columns and len(rest) == 1 else None


def load_yaml(text: str) -> dict[str, Any]:
    """Read YAML with string keys only and no implicit booleans or dates; duplicate keys raise DefinitionError."""
    from .package import read_yaml

    return read_yaml(text)


def parse_type(body: Mapping[str, Any], source: str = "type.yaml") -> TypeDefinition:
    """Return the definition of a body, or raise DefinitionError with every problem found."""
    from .parsing import parse_body

    return parse_body(body, source)


def canonical_json(body: Mapping[str, Any]) -> str:
    """Return the one JSON text of a body: sorted keys, no spaces, UTF-8 characters as they are."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def body_sha(body: Mapping[str, Any]) -> str:
    """Return the sha256 (hex) of the canonical JSON."""
    return hashlib.sha256(canonical_json(body).encode()).hexdigest()


def definition_for(sha: str, body: Mapping[str, Any]) -> TypeDefinition:
    """Return the parsed definition of a stored version, parsed once per process."""
    definition = _PARSED.get(sha)
    if definition is None:
        definition = parse_type(body, source=sha[:8])
        if len(_PARSED) >= _PARSED_LIMIT:
            _PARSED.pop(next(iter(_PARSED)))
        _PARSED[sha] = definition
    return definition


_PARSED: dict[str, TypeDefinition] = {}
_PARSED_LIMIT = 256
