"""The filters of a list: one class per kind of column, read from the URL for each request."""

import enum
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, String, and_
from sqlalchemy.orm import InstrumentedAttribute

from .. import clock
from .cells import label_choices
from .paging import fits, python_type, read_number
from .scoped import ScopedInterface, relation_of

Condition = ColumnElement[bool]


class Filter:
    """One filter of a list: `read` turns the URL into a condition, `values` refills its inputs."""

    kind = "text"

    def __init__(self, name: str, label: Any, attribute: InstrumentedAttribute, wrap: Callable[[Condition], Condition]):
        self.name = name
        self.label = label
        self.attribute = attribute
        self.wrap = wrap

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the URL arguments that this filter reads."""
        return (self.name,)

    def values(self, args: Mapping[str, str]) -> dict[str, str]:
        """Return what was typed, trimmed, by argument."""
        typed = {name: args.get(name, "").replace("\x00", "").strip()[:200] for name in self.arguments}
        return {name: value for name, value in typed.items() if value}

    def read(self, args: Mapping[str, str]) -> Condition | None:
        """Return the condition, None when the filter is empty or cannot be read."""
        values = self.values(args)
        condition = self.condition(values) if values else None
        return None if condition is None else self.wrap(condition)

    def condition(self, values: dict[str, str]) -> Condition | None:
        """Return the condition on the column itself."""
        raise NotImplementedError


class TextFilter(Filter):
    """Contains, whatever the case."""

    def condition(self, values):
        escaped = values[self.name].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return self.attribute.ilike(f"%{escaped}%", escape="\\")


class ExactFilter(Filter):
    """Equals: for codes and other unique texts, where an index answers at once."""

    def condition(self, values):
        return self.attribute == values[self.name]


class NumberFilter(Filter):
    """Equals a whole number."""

    kind = "number"

    def condition(self, values):
        number = read_number(values[self.name])
        return self.attribute == number if number is not None and fits(self.attribute, number) else None


class ChoiceFilter(Filter):
    """One of the members of an enum."""

    kind = "choice"

    @property
    def choices(self) -> list[tuple[str, Any]]:
        return label_choices(python_type(self.attribute))

    def condition(self, values):
        members = {m.value: m for m in python_type(self.attribute)}
        member = members.get(values[self.name])
        return None if member is None else self.attribute == member


class YesNoFilter(Filter):
    """是 or 否."""

    kind = "choice"
    choices = (("1", _("是")), ("0", _("否")))

    def condition(self, values):
        wanted = {"1": True, "0": False}.get(values[self.name])
        return None if wanted is None else self.attribute.is_(wanted)


class RangeFilter(Filter):
    """From one day to another, both included, on the Shanghai calendar."""

    kind = "range"

    @property
    def arguments(self):
        return (f"{self.name}.from", f"{self.name}.to")

    def condition(self, values):
        start, end = (_day(values.get(name)) for name in self.arguments)
        bounds = []
        if start:
            bounds.append(self.attribute >= self._begin(start))
        if end:
            bounds.append(self.attribute < self._begin(end + timedelta(days=1)))
        return and_(*bounds) if bounds else None

    def _begin(self, day: date) -> date | datetime:
        if not issubclass(python_type(self.attribute), datetime):
            return day
        return datetime.combine(day, time(), tzinfo=clock.SHANGHAI)


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2999 else None


class RelationFilter(Filter):
    """One row of another model, picked in an AJAX select."""

    kind = "relation"

    def condition(self, values):
        key = self.related.read_key(values[self.name])
        if key is None:
            return None
        (local,) = self.attribute.property.local_columns
        return local == key

    @property
    def related(self) -> ScopedInterface:
        return ScopedInterface(self.attribute.property.mapper.class_)

    def chosen(self, args: Mapping[str, str]) -> Any:
        """Return the picked row for showing its name, None when nothing within scope is picked."""
        values = self.values(args)
        return self.related.find(values[self.name]) if values else None


def filter_for(model: type, path: str, label: Any) -> Filter:
    """Return the filter for a column, a to-one relation, or a dotted path that ends in one of them."""
    *relations, leaf = path.split(".")
    wraps: list[Callable] = []
    for name in relations:
        attribute = getattr(model, name)
        wraps.append(attribute.has)
        model = attribute.property.mapper.class_
    attribute = getattr(model, leaf)

    def wrap(condition: Condition) -> Condition:
        for has in reversed(wraps):
            condition = has(condition)
        return condition

    return _class_for(model, leaf, attribute)(path, label, attribute, wrap)


def _class_for(model: type, leaf: str, attribute: InstrumentedAttribute) -> type[Filter]:
    if relation_of(model, leaf) is not None:
        return RelationFilter
    kind = python_type(attribute)
    if issubclass(kind, enum.Enum):
        return ChoiceFilter
    if issubclass(kind, bool):
        return YesNoFilter
    if issubclass(kind, date):
        return RangeFilter
    if issubclass(kind, int):
        return NumberFilter
    if isinstance(attribute.type, String):
        return ExactFilter if attribute.property.columns[0].unique or leaf.endswith("_code") else TextFilter
    raise LookupError(f"no filter for {model.__name__}.{leaf}")
