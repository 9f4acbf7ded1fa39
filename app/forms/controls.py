"""WTForms fields for the kinds of answers; `spec` is the field of the definition."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wtforms import Field as WTField
from wtforms import FieldList, FormField, HiddenField
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm
from wtforms.utils import unset_value

from .widgets import Checkboxes, Output, Radios, Select, Slot, TextArea, TextInput, Tick

if TYPE_CHECKING:
    from .definition import Field

RADIO_LIMIT = 8
"""Up to this many options stand open as radio buttons; more go into a list."""


class AnswerField(WTField):
    """A control for one answer; `data` is the stored value, wrong text included. `bare` ones stand in a table cell."""

    def __init__(self, label: Any = "", *, spec: "Field", widget: Any, **kwargs: Any) -> None:
        self.hint = kwargs.pop("hint", "")
        self.input_type = kwargs.pop("input_type", "text")
        self.input_mode = kwargs.pop("input_mode", "")
        self.bare = kwargs.pop("bare", False)
        super().__init__(label, widget=widget, **kwargs)
        self.spec = spec
        self.regions: Mapping[str, Any] = {}
        self.shown = ""
        self.warnings: list[Any] = []

    @property
    def grouped(self) -> bool:
        """Tell whether this is a group of inputs, which a heading names instead of a `label for`."""
        return isinstance(self.widget, Radios | Checkboxes | Slot)

    def text(self) -> str:
        """Return the value as it stands in an input."""
        return "" if self.data is None or isinstance(self.data, list | dict) else str(self.data)

    def groups(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Yield (heading, [(value, text)]) of a list."""
        if self.spec.type == "region":
            yield from _region_groups(self.spec, self.regions)
            return
        for group in self.spec.choices:
            yield group.label, [(choice.key, choice.label) for choice in group.choices]

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = valuelist[0]


class ManyAnswersField(AnswerField):
    """A control that posts several values under its name."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = list(valuelist)


def _region_groups(spec: "Field", regions: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    if spec.level == "city":
        yield "", [(city, city) for city in regions]
        return
    for city, counties in regions.items():
        yield city, [(f"{city}/{county}", f"{city}{county}") for county in counties]


class AnswersForm(BaseForm):
    """A form whose controls are reached by key (`form["field"]`) only, so that a field may be called `data`."""

    unbound: tuple[tuple[str, UnboundField], ...] = ()

    def __init__(self, formdata: Any = None, prefix: str = "", data: Mapping[str, Any] | None = None) -> None:
        super().__init__(self.unbound, prefix=prefix)
        self.process(formdata, data=data)


def form_class(
    name: str, controls: Mapping[str, UnboundField], base: type[AnswersForm] = AnswersForm, **more: Any
) -> type:
    """Return a form class with these controls."""
    return type(name, (base,), {"unbound": tuple(controls.items()), **more})


class NestedField(FormField):
    """A form inside a form; `errors` are its own, not those of its controls."""

    errors: Sequence[Any] = ()
    warnings: Sequence[Any] = ()

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        self.object_data = data if isinstance(data, dict) else {}
        self.form = self.form_class(formdata, prefix=self.name + self.separator, data=self.object_data)


class MatrixField(NestedField):
    """Columns of row forms: `matrix-column-row`; `errors` are those of the table as a whole."""

    def __init__(self, *args: Any, spec: "Field", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spec = spec
        self.hint = ""
        self.bare = False
        self.grouped = True
        self.warnings: list[Any] = []

    def cell(self, column: str, row: str) -> AnswerField:
        """Return the control of one cell."""
        return self.form[column].form[row]


class RepeatField(FieldList):
    """Row forms with a hidden row id: `repeat-0-column`; `errors` are those of the list as a whole."""

    def __init__(self, *args: Any, spec: "Field", hint: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spec = spec
        self.hint = hint
        self.bare = False
        self.grouped = True
        self.warnings: list[Any] = []

    def template_row(self) -> NestedField:
        """Return an empty row whose number is the word `__row__`, for the browser to copy."""
        name = f"{self.name}-__row__"
        row = self.unbound_field.bind(form=None, name=name, prefix="", _meta=self.meta, translations=self._translations)
        row.process(None, {})
        return row


def _control(field: "Field", widget: Any, kind: type[AnswerField] = AnswerField, **kwargs: Any) -> UnboundField:
    if field.readonly:
        kwargs["hint"] = ""
    return UnboundField(kind, field.label, spec=field, widget=widget, **kwargs)


def text_field(field: "Field", hint: Any, *, kind: str = "text", mode: str = "") -> UnboundField:
    """Return an input of one line."""
    return _control(field, TextInput(), hint=hint, input_type=kind, input_mode=mode)


def long_text_field(field: "Field", hint: Any) -> UnboundField:
    """Return an input of several lines."""
    return _control(field, TextArea(), hint=hint)


def choice_field(field: "Field") -> UnboundField:
    """Return radio buttons, or a list when the options are many."""
    return _control(field, Radios() if 0 < len(field.choice_labels) <= RADIO_LIMIT and not field.readonly else Select())


def choices_field(field: "Field", hint: Any) -> UnboundField:
    """Return check boxes."""
    return _control(field, Checkboxes(), ManyAnswersField, hint=hint)


def region_field(field: "Field") -> UnboundField:
    """Return a list of regions; the options are given when the form is bound."""
    return _control(field, Select())


def consent_field(field: "Field") -> UnboundField:
    """Return one box to tick."""
    return _control(field, Tick())


def computed_field(field: "Field") -> UnboundField:
    """Return an output."""
    return _control(field, Output())


def attachment_field(field: "Field", hint: Any) -> UnboundField:
    """Return the place of an attachment kind."""
    return _control(field, Slot(), hint=hint)


def matrix_field(field: "Field") -> UnboundField:
    """Return one form per column, each with one control per row."""
    columns = {
        column.key: UnboundField(NestedField, _column_form(field, column), column.label) for column in field.columns
    }
    return UnboundField(MatrixField, form_class("MatrixForm", columns), field.label, spec=field)


def _column_form(field: "Field", column: Any) -> type:
    cells = {row.key: bare(replace(row, label=f"{row.label}（{column.label}）")) for row in field.rows}
    return form_class("ColumnForm", cells)


def repeat_field(field: "Field", hint: Any) -> UnboundField:
    """Return a list of row forms; parts that have a line of their own carry a label, the others stand in cells."""
    from .fields import KINDS

    tabular = field.layout == "table"
    parts = {
        part.key: bare(part) if tabular and not part.own_line else KINDS[part.type].wtf(part) for part in field.columns
    }
    row = form_class("RowForm", {"row_id": UnboundField(HiddenField), **parts})
    return UnboundField(RepeatField, UnboundField(NestedField, row), field.label, spec=field, hint=hint)


def bare(field: "Field") -> UnboundField:
    """Return a control for a table cell: it is named by its own label attribute, and options are a list."""
    from .fields import KINDS

    unbound = KINDS[field.type].wtf(field)
    unbound.kwargs["bare"] = True
    if isinstance(unbound.kwargs["widget"], Radios):
        unbound.kwargs["widget"] = Select()
    return unbound
