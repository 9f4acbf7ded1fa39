"""WTForms classes generated from definitions: binding and rendering; judging is `answers.check`."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from .answers import Answers, FileFacts, Report, check, fill_in, update_section
from .conditions import State, look
from .controls import AnswersForm, MatrixField, NestedField, RepeatField, form_class
from .definition import Field, Section, TypeDefinition
from .fields import KINDS
from .layout import Row, rows
from .rules import paths
from .widgets import rule_json

MAX_CLASSES = 1024


class SectionForm(AnswersForm):
    """A form of one section. `hidden` are the fields that are not asked now; their controls are there all the same."""

    definition: TypeDefinition
    section_key: str
    hidden: frozenset[str] = frozenset()
    report: Report | None = None
    outside: Mapping[str, Any] = {}

    @property
    def section(self) -> Section:
        """Return the section of this form."""
        return self.definition.section(self.section_key)

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return the grid rows, hidden fields included."""
        return rows(self.section)

    @property
    def outside_json(self) -> str:
        """Return, as JSON, what the rules of this section read beyond its own fields; figures are {"figure": "1.5"}."""
        return json.dumps(self.outside, ensure_ascii=False, default=_figure_json)

    @staticmethod
    def rule_json(rule: Any) -> str:
        """Return a rule as JSON for a data attribute."""
        return rule_json(rule)

    def validate_posted(
        self,
        posted: Mapping[str, Any],
        answers: Answers,
        files: Mapping[str, list[FileFacts]],
        context: Mapping[str, Any],
        at: datetime,
    ) -> bool:
        """Judge what was posted for this section as a submission is judged, and put the sentences on the controls."""
        key = self.section_key
        after = {**answers, key: update_section(self.definition, key, answers, posted, context)}
        self.put_errors(check(self.definition, after, files, context, at))
        return not any(problem.level == "error" for problem in self.report.of(key))

    def put_errors(self, report: Report) -> None:
        """Put the sentences of a report on the controls of this section: errors block, warnings advise."""
        self.report = report
        for problem in report.of(self.section_key):
            control = self.control(problem.path)
            if control is None:
                continue
            if problem.level == "error":
                control.errors = [*control.errors, problem.message]
            else:
                control.warnings = [*control.warnings, problem.message]

    def control(self, path: str) -> Any:
        """Return the control at a dotted path, or the nearest one above it; None when the section has neither."""
        head, *rest = path.split(".")
        found = self._fields.get(head)
        for part in rest:
            inner = _inside(found, part)
            if inner is None:
                return found
            found = inner
        return found


def _inside(control: Any, part: str) -> Any:
    if isinstance(control, RepeatField):
        return control[int(part)] if part.isdigit() and int(part) < len(control) else None
    if isinstance(control, NestedField):
        return control.form._fields.get(part)
    return None


def _figure_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"figure": format(value, "f")}
    raise TypeError(f"{value!r} is not a value of a rule")


def section_form(
    definition: TypeDefinition, section_key: str, hidden: frozenset[str] = frozenset()
) -> type[SectionForm]:
    """Return the form class of a section, made once per version, section and set of hidden fields."""
    section = definition.section(section_key)
    return _form_class(definition, section_key, hidden & {field.key for field in section.fields})


@lru_cache(maxsize=MAX_CLASSES)
def _form_class(definition: TypeDefinition, section_key: str, hidden: frozenset[str]) -> type[SectionForm]:
    fields = definition.section(section_key).fields
    controls = {field.key: KINDS[field.type].wtf(field) for field in fields if field.key not in hidden}
    return form_class("SectionForm", controls, SectionForm, definition=definition, section_key=section_key)


def bind_section(
    definition: TypeDefinition,
    section_key: str,
    answers: Answers,
    context: Mapping[str, Any],
    *,
    report: Report | None = None,
    blank_rows: int = 1,
) -> SectionForm:
    """Return the form of a section filled from stored answers, with the errors of a report.

    Options of a region come from `context["regions"]`. Hidden fields have controls too, so that the browser can show
    them; `form.hidden` names them. A repeat gets `blank_rows` empty rows at its end, so that records can be added
    without JavaScript.
    """
    section = definition.section(section_key)
    state = look(definition, answers, context)
    stored = fill_in(definition, answers, state).get(section_key) or {}
    data = {field.key: _control_data(field, stored.get(field.key), blank_rows) for field in section.fields}
    form = section_form(definition, section_key)(data=data)
    form.hidden = state.hidden
    form.outside = _outside(section, state)
    for field in section.fields:
        _furnish(form[field.key], field, stored.get(field.key), context)
    if report is not None:
        form.put_errors(report)
    return form


def _control_data(field: Field, stored: Any, blank_rows: int) -> Any:
    if field.type != "repeat":
        return stored
    rows_ = [{"row_id": row.get("_id"), **row} for row in stored or ()]
    blank = max(field.min_rows - len(rows_), blank_rows)
    return rows_ + [{}] * min(blank, field.max_rows - len(rows_))


def _furnish(control: Any, field: Field, stored: Any, context: Mapping[str, Any]) -> None:
    if isinstance(control, MatrixField | RepeatField):
        return
    control.regions = context.get("regions") or {}
    control.shown = KINDS[field.type].display(field, stored)


def _outside(section: Section, state: State) -> dict[str, Any]:
    found: dict[str, Any] = {}
    rules = [rule for field in section.fields for rule in (field.show, field.value) if rule is not None]
    for path in {path for rule in rules for path in paths(rule)}:
        root, _dot, name = path.partition(".")
        value = state.values.get(root)
        if section.field(root) is not None or value is None:
            continue
        if root in ("enterprise", "applicant", "guide", "call", "lists", "earlier"):
            found.setdefault(root, {})[name] = value.get(name)
        else:
            found[root] = value
    return found
