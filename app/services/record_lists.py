"""Record lists and spreadsheets: a list of a draft out to Excel, and lines of one into it, all or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _

from ..errors import BadFile, NotFound
from ..forms import answers as forms
from ..forms.definition import Field
from ..models import Account
from . import audit, declarations
from .drafts import Draft
from .imports.reading import Heading, Line, Problem, read_lines, workbook


@dataclass(frozen=True)
class Outcome:
    """What became of a workbook: lines read, lines taken, and what is wrong where; with a problem none are taken."""

    read: int
    taken: int
    problems: Sequence[Problem] = ()


def list_field(draft: Draft, key: str) -> Field:
    """Return a record list that the draft asks for; raises NotFound."""
    field = next((f for s in draft.sections for f in s.fields if f.key == key and f.type == "repeat"), None)
    if field is None or key in draft.hidden:
        raise NotFound(_("没有找到该列表，或按目前的填报内容不需要填写。"))
    return field


def headings_of(field: Field) -> list[Heading]:
    """Return the columns of the list as they stand in a workbook."""
    return [Heading(part.key, _label(part)) for part in field.columns]


def _label(part: Field) -> str:
    return f"{part.label}（{part.unit}）" if part.unit else part.label


def make_workbook(draft: Draft, field: Field) -> bytes:
    """Return the list as it is stored, in the form in which it can be read back."""
    lines = [[_written(part, row.get(part.key)) for part in field.columns] for row in _rows(draft, field)]
    return workbook(field.label, headings_of(field), lines)


def _rows(draft: Draft, field: Field) -> list[dict[str, Any]]:
    return draft.answers[draft.definition.section_of(field.key).key].get(field.key) or []


def _written(part: Field, value: Any) -> str:
    if value is None:
        return ""
    return part.choice_labels.get(value, str(value)) if part.type == "choice" else str(value)


def take_in(draft: Draft, field: Field, stream: BinaryIO, *, replace: bool, by: Account, at: datetime) -> Outcome:
    """Add the lines of a workbook to the list, or put them in its place; raises BadFile or Closed."""
    lines = read_lines(stream, headings_of(field), max_lines=max(field.max_rows, 1000))
    posted, flaws = _judge(draft, field, lines, replace)
    if flaws:
        return Outcome(len(lines), 0, [Problem(lines[f.index].number, _label(f.part), f.message) for f in flaws])
    _store(draft, field, posted, len(lines), replace, by, at)
    return Outcome(len(lines), len(lines))


@dataclass(frozen=True)
class Flaw:
    """What is wrong in a cell: the place of its line among the new ones, its column, and why."""

    index: int
    part: Field
    message: Any


@dataclass(frozen=True)
class Pasted:
    """Lines copied from a spreadsheet, with what is wrong in which cell."""

    lines: Sequence[Line]
    flaws: Sequence[Flaw]

    @property
    def messages(self) -> dict[tuple[int, str], Any]:
        """Return {(place of the line, column key): what is wrong}."""
        return {(flaw.index, flaw.part.key): flaw.message for flaw in self.flaws}


def preview(draft: Draft, field: Field, lines: Sequence[Line], *, replace: bool) -> Pasted:
    """Judge pasted lines without storing any; raises BadFile when they are too many."""
    return Pasted(lines, _judge(draft, field, lines, replace)[1])


def take_pasted(
    draft: Draft, field: Field, lines: Sequence[Line], *, replace: bool, by: Account, at: datetime
) -> Pasted:
    """Take pasted lines into the list, all or, with a flaw, none; raises BadFile or Closed."""
    posted, flaws = _judge(draft, field, lines, replace)
    if not flaws:
        _store(draft, field, posted, len(lines), replace, by, at)
    return Pasted(lines, flaws)


def _judge(draft: Draft, field: Field, lines: Sequence[Line], replace: bool) -> tuple[dict[str, str], list[Flaw]]:
    """Return the list with the new lines as the form would post it, and what is wrong in the new ones."""
    kept = [] if replace else _rows(draft, field)
    if len(kept) + len(lines) > field.max_rows:
        raise BadFile(
            _("“%(label)s”最多 %(most)s 条，现有 %(kept)s 条，新增 %(count)s 条，请删减后再导入。",
              label=field.label, most=field.max_rows, kept=len(kept), count=len(lines))
        )  # fmt: skip
    posted = _posted(field, [*kept, *(_answers(field, line) for line in lines)])
    return posted, _flaws(draft, field, posted, len(kept))


def _store(
    draft: Draft, field: Field, posted: dict[str, str], count: int, replace: bool, by: Account, at: datetime
) -> None:
    section = draft.definition.section_of(field.key).key
    declarations.save_section(draft.declaration, section, posted, draft.stored(section).revision, by=by, at=at)
    detail = {"list": field.key, "lines": count, "replace": replace}
    audit.record("import", draft.declaration, by=by, at=at, detail=detail)


def _answers(field: Field, line: Line) -> dict[str, str]:
    """Return a line as it would be typed: options by their label or their key."""
    found = {}
    for part in field.columns:
        text = line.values[part.key]
        if part.type == "choice":
            keys = {label: key for key, label in part.choice_labels.items()}
            text = keys.get(text, text)
        if text:
            found[part.key] = text
    return found


def _posted(field: Field, rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return the rows as the form would post them."""
    posted = {f"{field.key}-_posted": "1"}
    for number, row in enumerate(rows):
        for key, value in row.items():
            posted[f"{field.key}-{number}-{'row_id' if key == '_id' else key}"] = str(value)
    return posted


def _flaws(draft: Draft, field: Field, posted: dict[str, str], before: int) -> list[Flaw]:
    """Judge the new lines as the form does; what is merely not filled in yet stays to be done in the form."""
    section = draft.definition.section_of(field.key).key
    typed = forms.update_section(draft.definition, section, draft.answers, posted, draft.facts)
    kinds = {part.key: part for part in field.columns}
    answers = {**draft.answers, section: typed}
    report = forms.check(draft.definition, answers, declarations.file_facts(draft.declaration), draft.facts, draft.at)
    found = []
    for problem in report.of(section):
        name, _dot, rest = problem.path.partition(".")
        number, _dot, column = rest.partition(".")
        if name != field.key or problem.kind != "invalid" or not number.isdigit() or int(number) < before:
            continue
        found.append(Flaw(int(number) - before, kinds[column.partition(".")[0]], problem.message))
    return found
