"""Forms of generated screens: fields follow the model's columns, relations offer only rows within scope."""

import enum
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import JSON, ColumnElement, Text
from wtforms import BooleanField, DateField, DecimalField, Field, IntegerField, StringField, TextAreaField, validators
from wtforms.fields import SelectField
from wtforms.fields.core import UnboundField
from wtforms.validators import ValidationError
from wtforms.widgets import DateTimeLocalInput

from .. import clock
from ..columns import Money
from .cells import label_choices
from .paging import python_type
from .scoped import ScopedInterface, relation_of

PLAIN_LIMIT = 200
OPTION_LIMIT = 20
NAME_COLUMNS = ("name", "title", "first_name", "label", "key")


class MomentField(Field):
    """A moment typed on the Shanghai clock to the second, kept as aware UTC."""

    widget = DateTimeLocalInput()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["render_kw"] = {"step": 1} | (kwargs.get("render_kw") or {})
        super().__init__(*args, **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return self.raw_data[0]
        return clock.to_local(self.data).strftime("%Y-%m-%dT%H:%M:%S") if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            self.data = clock.read(text)
        except ValueError:
            raise ValidationError(gettext("请填写日期和时间，例如 2024-08-10 18:00")) from None


class EnumField(SelectField):
    """One member of an enum."""

    def __init__(self, *args: Any, members: type[enum.Enum], required: bool = True, **kwargs: Any) -> None:
        blank = [] if required else [("", "—")]
        super().__init__(
            *args,
            choices=lambda: blank + label_choices(members),
            coerce=lambda raw: raw if isinstance(raw, members) else (members(raw) if raw else None),
            **kwargs,
        )


class RelationField(Field):
    """One row of another model within scope: a plain select for short lists, an AJAX select for long ones."""

    def __init__(
        self,
        *args: Any,
        model: type,
        options_url: Callable[[], str],
        narrow: Callable[[], list[ColumnElement]] = list,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.model = model
        self.options_url = options_url
        self.narrow = narrow

    @property
    def related(self) -> ScopedInterface:
        return ScopedInterface(self.model)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0] if valuelist else ""
        self.data = self.related.find(text, *self.narrow()) if text else None
        if text and self.data is None:
            raise ValidationError(gettext("请从列表中选择"))

    def short_list(self) -> list[Any] | None:
        """Return all rows that may be picked, None when there are too many for a plain select."""
        related = self.related
        statement = related.scoped(*self.narrow()).order_by(name_column(self.model), related.key_column)
        rows = related.session.scalars(statement.limit(PLAIN_LIMIT + 1)).unique().all()
        return None if len(rows) > PLAIN_LIMIT else rows


def name_column(model: type) -> Any:
    """Return the column that names a row to people."""
    for name in NAME_COLUMNS:
        if name in model.__mapper__.column_attrs:
            return getattr(model, name)
    raise LookupError(f"{model.__name__} has no column that names a row")


def model_form(
    model: type,
    columns: list[str],
    labels: Mapping[str, Any],
    *,
    help_texts: Mapping[str, Any] | None = None,
    extra_fields: Mapping[str, Any] | None = None,
    extra_validators: Mapping[str, list] | None = None,
    options_url: Callable[[str], str],
    narrow: Callable[[str], list[ColumnElement]] = lambda _column: [],
) -> type[FlaskForm]:
    """Return the form class for these columns; `extra_fields` replaces or adds fields by name."""
    fields = {}
    for name in columns:
        given = (extra_fields or {}).get(name)
        checks = list((extra_validators or {}).get(name, []))
        common = {"label": labels[name], "description": (help_texts or {}).get(name, "")}
        fields[name] = _again(given) if given else _field(model, name, common, checks, options_url, narrow)
    return type(f"{model.__name__}Form", (FlaskForm,), fields)


def _again(given: UnboundField) -> UnboundField:
    """Return a copy made now: forms show their fields in the order in which these were made."""
    return UnboundField(given.field_class, *given.args, **given.kwargs)


def _field(model, name, common, checks, options_url, narrow):
    relation = relation_of(model, name)
    if relation is None:
        return _column_field(model, name, common, checks)
    (local,) = relation.local_columns
    return RelationField(
        **common,
        validators=[_needed(local.nullable), *checks],
        model=relation.mapper.class_,
        options_url=lambda: options_url(name),
        narrow=lambda: narrow(name),
    )


def _column_field(model, name, common, checks):
    attribute = getattr(model, name)
    column = attribute.property.columns[0]
    kind = python_type(attribute)
    if isinstance(column.type, JSON):
        raise TypeError(f"{model.__name__}.{name} is JSON: give its field in extra_fields")
    default = column.default.arg if column.default is not None and column.default.is_scalar else None
    common = {**common, "default": default}
    if issubclass(kind, bool):
        return BooleanField(**common, validators=checks)
    checks = [_needed(column.nullable), *checks]
    if issubclass(kind, enum.Enum):
        return EnumField(**common, members=kind, required=not column.nullable, validators=checks)
    if issubclass(kind, datetime):
        return MomentField(**common, validators=checks)
    if issubclass(kind, date):
        return DateField(**common, validators=checks)
    if isinstance(column.type, Money):
        return DecimalField(**common, places=None, validators=checks)
    if issubclass(kind, int):
        return IntegerField(**common, validators=[*checks, validators.NumberRange(-(2**31), 2**31 - 1)])
    return _text_field(column, common, checks)


def _text_field(column, common, checks):
    length = getattr(column.type, "length", None)
    if length:
        common = {**common, "filters": [_on_one_line]}
        limit = validators.Length(max=length, message=_("最多输入%(max)d字"))
        return StringField(**common, validators=[*checks, limit], render_kw={"maxlength": length})
    common = {**common, "filters": [_tidy]}
    kind = TextAreaField if isinstance(column.type, Text) else StringField
    return kind(**common, validators=checks, render_kw={"rows": 4})


class Filled:
    """Something was given; nought and "no" count as something."""

    field_flags = {"required": True}

    def __call__(self, form: Any, field: Field) -> None:
        if field.errors:
            raise validators.StopValidation
        if field.data is None or field.data == "":
            raise validators.StopValidation(gettext("请填写此项"))


def _needed(nullable: bool) -> Any:
    return validators.Optional() if nullable else Filled()


def _tidy(value: str | None) -> str | None:
    """Trim; an empty text is stored as nothing."""
    return (value or "").strip() or None


def _on_one_line(value: str | None) -> str | None:
    """Trim and keep names on one line: they end up in headings and file names."""
    return " ".join((value or "").split()) or None
