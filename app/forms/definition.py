"""A declaration type as frozen dataclasses: what an author wrote in YAML, parsed once and shared by every request.

`app/declaration_types/README.md` explains the format key by key. Parsing and its located errors are in `parsing.py`.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

type Rule = Any
"""A rule as JSON: see `rules.py`."""


class DefinitionError(ValueError):
    """A definition that cannot be used; `problems` says where and why, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a choice; `key` is stored, `label` is shown."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    """Options under one heading; a plain list of choices is one group with an empty label."""

    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a matrix: its figures live at `matrix.column.row`."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """A question of the form; options that a kind does not know stay at their defaults."""

    key: str
    type: str
    label: str
    path: str
    required: bool = False
    span: int = 0
    unit: str = ""
    help: str = ""
    show: Rule = None
    readonly: bool = False
    default: Any = None
    beside: str = ""
    own_line: bool = False
    print: bool = True
    min: str | None = None
    max: str | None = None
    decimals: int = 0
    pattern: str = ""
    pattern_message: str = ""
    choices: tuple[ChoiceGroup, ...] = ()
    min_items: int = 0
    max_items: int | None = None
    level: str = ""
    ext: tuple[str, ...] = ()
    max_mb: int = 0
    min_files: int = 0
    max_files: int = 1
    name_rule: str = ""
    value: Rule = None
    text: str = ""
    columns: tuple[Any, ...] = ()
    rows: tuple["Field", ...] = ()
    min_rows: int = 0
    max_rows: int = 0
    row_label: str = ""
    numbered: bool = False

    @property
    def choice_labels(self) -> dict[str, str]:
        """Return {key: label} over all groups."""
        return {choice.key: choice.label for group in self.choices for choice in group.choices}

    def column(self, key: str) -> "Field | None":
        """Return the column of a repeat or the row of a matrix that has this key."""
        parts = self.rows or self.columns
        return next((part for part in parts if part.key == key), None)


@dataclass(frozen=True, slots=True)
class Section:
    """One screen of the form; `chapter` is the heading above it on paper, `printed` is `in_order` or `appendix`."""

    key: str
    title: str
    fields: tuple[Field, ...]
    chapter: str = ""
    intro: str = ""
    grid: int = 12
    label_span: int = 2
    show: Rule = None
    printed: str = "in_order"

    def field(self, key: str) -> Field | None:
        """Return the field with this key, if the section has it."""
        return next((field for field in self.fields if field.key == key), None)


@dataclass(frozen=True, slots=True)
class Check:
    """A cross-field check: level `error` blocks the submission, `warn` is shown to the enterprise and the reviewers."""

    id: str
    target: str
    level: str
    rule: Rule
    message: str
    applies: Rule = None


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition to be met before the form opens and again at submit."""

    id: str
    rule: Rule
    message: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """One line of the quota table: the first line whose `when` is true (or absent) gives the number."""

    then: int
    why: str
    when: Rule = None


@dataclass(frozen=True, slots=True)
class Quota:
    """How many declarations one `per` (enterprise) may have under one call."""

    per: str
    rows: tuple[QuotaRow, ...]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure with a threshold, judged 满足 / 不满足 / 无法判定; `raw` is the mapping that `rules.judge_indicator` takes."""

    label: str
    value: Rule
    threshold: Rule
    cmp: str = ">="
    unit: str = ""
    applies: Rule = None
    basis: str = ""
    raw: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition in words that people judge, shown where it applies."""

    text: str
    applies: Rule = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Who may declare: gates, quota, indicators and worded conditions; `on_fail` is `block` or `allow_with_flag`."""

    gates: tuple[Gate, ...] = ()
    whitelist: str = ""
    quota: Quota | None = None
    indicators: tuple[Indicator, ...] = ()
    indicators_apply: Rule = None
    conditions: tuple[Condition, ...] = ()
    on_fail: str = "allow_with_flag"


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled line of a cover or sheet; `source` is an answer path, a `meta.…` name, or empty for a blank to fill."""

    label: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Cover:
    """The first page of the declaration document."""

    title: tuple[str, ...] = ()
    subtitle: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a summary sheet; `column` is a projected column of the declaration or `number` (1, 2, 3 … per part)."""

    label: str
    column: str
    path: str = ""
    width: int = 0


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A part of a summary sheet: the rows whose projected `column` equals `value`; without column it takes all rows."""

    label: str
    column: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """A summary sheet: title, line above the table, parts, columns, footer."""

    title: str
    lines: tuple[Line, ...]
    parts: tuple[SheetPart, ...]
    columns: tuple[SheetColumn, ...]
    footer: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class DocumentSpec:
    """A document of the type: `kind` is `declaration`, `letter` or `sheet`; `per` is `declaration`, `call_and_region` or `call`."""

    key: str
    label: str
    kind: str
    per: str
    template: str = "auto"
    before: str = ""
    sign: bool = False
    watermark_draft: str = ""
    step: str = ""
    ext: tuple[str, ...] = ()
    max_mb: int = 0
    max_files: int = 0
    cover: Cover | None = None
    sheet: SheetSpec | None = None


@dataclass(frozen=True, slots=True)
class Projection:
    """An answer that is copied into a generic column of the declaration; `label` heads it in lists."""

    column: str
    label: str
    path: str


@dataclass(frozen=True, eq=False)
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
    eligibility: Eligibility = Eligibility()
    workflow: Mapping[str, Any] = None
    documents: tuple[DocumentSpec, ...] = ()
    projections: tuple[Projection, ...] = ()
    followup: Mapping[str, Any] = None
    body: Mapping[str, Any] = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TypeDefinition) and self.sha == other.sha

    def __hash__(self) -> int:
        return hash(self.sha)

    def section(self, key: str) -> Section | None:
        """Return the section with this key."""

    def section_of(self, path: str) -> Section | None:
        """Return the section that asks for this path."""

    def field(self, path: str) -> Field | None:
        """Return the field at `unit_name`, `econ.y1.revenue`, `products.name` or `products.0.name`."""

    def label(self, path: str) -> str:
        """Return the label a person recognises: `营业收入（2023年）`, `主要产品或服务 第2行 名称`."""

    @property
    def fields(self) -> Iterator[Field]:
        """Yield every top-level field in order."""

    @property
    def file_fields(self) -> tuple[Field, ...]:
        """Return the attachment kinds in order."""

    @property
    def printed_sections(self) -> tuple[Section, ...]:
        """Return the sections in the order of the printed document: `appendix` ones last."""

    def document(self, key: str) -> DocumentSpec | None:
        """Return the document with this key."""

    def documents_of(self, kind: str) -> tuple[DocumentSpec, ...]:
        """Return the documents of a kind: `declaration`, `letter`, `sheet`."""


def load_yaml(text: str) -> dict[str, Any]:
    """Read YAML with string keys only and no implicit booleans or dates; duplicate keys raise DefinitionError."""


def parse_type(body: Mapping[str, Any], source: str = "type.yaml") -> TypeDefinition:
    """Return the definition of a body, or raise DefinitionError with every problem found."""


def canonical_json(body: Mapping[str, Any]) -> str:
    """Return the one JSON text of a body: sorted keys, no spaces, UTF-8 characters as they are."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def body_sha(body: Mapping[str, Any]) -> str:
    """Return the sha256 (hex) of the canonical JSON."""
    return hashlib.sha256(canonical_json(body).encode()).hexdigest()


def definition_for(sha: str, body: Mapping[str, Any]) -> TypeDefinition:
    """Return the parsed definition of a stored version, parsed once per process."""
