"""WTForms classes generated from definitions: binding and rendering; judging is `answers.check`."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from .answers import Answers, FileFacts, Report, check, fill_in, update_section
from .conditions import look
from .controls import AnswersForm, MatrixField, RepeatField, form_class
from .definition import Field, TypeDefinition
from .fields import KINDS

MAX_CLASSES = 1024


class SectionForm(AnswersForm):
    """A form of one section. `hidden` are the fields that are not asked now; their controls are there all the same."""

    definition: TypeDefinition
    section_key: str
    hidden: frozenset[str] = frozenset()
    report: Report | None = None

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
        """Put the sentences of a report on the controls of this section."""
        self.report = report
        for problem in report.of(self.section_key):
            control = self.control(problem.path)
            if control is not None:
                control.errors = [*control.errors, problem.message]

    def control(self, path: str) -> Any:
        """Return the control at a dotted path, or None."""
        parts = path.split(".")
        found = self._fields.get(parts[0])
        for part in parts[1:]:
            if isinstance(found, RepeatField):
                found = found[int(part)] if part.isdigit() and int(part) < len(found) else None
            else:
                found = found.form._fields.get(part) if hasattr(found, "form") else None
        return found


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
    for field in section.fields:
        _furnish(form[field.key], field, stored.get(field.key), context)
    if report is not None:
        form.put_errors(report)
    return form


def _control_data(field: Field, stored: Any, blank_rows: int) -> Any:
    if field.type != "repeat":
        return stored
    rows = [{"row_id": row.get("_id"), **row} for row in stored or ()]
    blank = max(field.min_rows - len(rows), blank_rows)
    return rows + [{}] * min(blank, field.max_rows - len(rows))


def _furnish(control: Any, field: Field, stored: Any, context: Mapping[str, Any]) -> None:
    if isinstance(control, MatrixField | RepeatField):
        return
    control.regions = context.get("regions") or {}
    control.shown = KINDS[field.type].display(field, stored)
