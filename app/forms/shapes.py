"""The parts of a declaration type as frozen dataclasses."""

from dataclasses import dataclass
from typing import Any

Rule = Any
"""A rule as JSON: see `rules.py`."""


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
    min: Any = None
    max: Any = None
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
    layout: str = "table"

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
    """One screen of the form.

    `title` names it on screen; on paper `chapter` is the heading above one or several sections and `heading` the one
    above this section (empty when the chapter is enough); `printed` is `in_order` or `appendix` (after all others).
    """

    key: str
    title: str
    fields: tuple[Field, ...]
    chapter: str = ""
    heading: str = ""
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
    """How many declarations one `per` may have under one call: an enterprise with its individuals or each applicant."""

    per: str
    rows: tuple[QuotaRow, ...]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure with a threshold, judged 满足 / 不满足 / 无法判定."""

    label: str
    value: Rule
    threshold: Rule
    cmp: str = ">="
    unit: str = ""
    applies: Rule = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition in words that people judge, shown where it applies."""

    text: str
    applies: Rule = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Applicants:
    """As what people may declare: `unit` for the enterprise, `individual` for themselves inside their unit.

    `declarers` says who starts and submits for the unit: `authorised` people, or the `administrator` alone.
    """

    kinds: tuple[str, ...] = ("unit",)
    declarers: str = "authorised"


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
    """A labelled line of a cover or sheet; `source` is an answer path, a `meta.…` name, or empty for a blank."""

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
    """A column of a summary sheet; `column` is a projected column of the declaration or `number` (1, 2 … per part)."""

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
    """A document of the type.

    `kind` is `declaration`, `letter` or `sheet`; `per` is `declaration`, `call_and_region` or `call`; `step` names the
    step whose bureau gives a letter. `sealed` says whether the enterprise hands a declaration document back with its
    seal: `none`, `optional` or `required`.
    """

    key: str
    label: str
    kind: str
    per: str
    template: str = "auto"
    before: str = ""
    sign: bool = False
    sealed: str = "none"
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
