"""The data side of every generated screen: each row that FAB reads passes the scope rule of its model."""

from collections.abc import Iterable
from typing import Any

from flask import abort, g
from flask_appbuilder.models.filters import BaseFilterConverter
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import JSON, ColumnElement, Select, Text, select
from sqlalchemy.orm import InstrumentedAttribute, RelationshipProperty, defer, joinedload, load_only
from sqlalchemy.sql.base import ExecutableOption
from sqlalchemy.types import TypeDecorator

from ..permissions import RULES, visible
from .paging import Order, Page, Place, fits, python_type, read_number, read_page


class _NoStockFilters(BaseFilterConverter):
    """FAB's filter objects are shared between requests; ours are built per request (see filters.py)."""

    def convert(self, col_name: str) -> list:
        return []


class ScopedInterface(SQLAInterface):
    """A model seen through the rows its reader may see: outside is a 404, no rule is an error at start-up."""

    filter_converter_class = _NoStockFilters

    def __init__(self, obj: type, session: Any = None, *, key: str = "id") -> None:
        if obj not in RULES:
            raise LookupError(f"{obj.__name__} has no scope rule: add one to app/permissions.py")
        super().__init__(obj, session)
        self.key = key

    @property
    def key_column(self) -> InstrumentedAttribute:
        return getattr(self.obj, self.key)

    def scoped(self, *conditions: ColumnElement) -> Select:
        """Return the statement over the rows that the person of this request may see."""
        return select(self.obj).where(visible(self.obj, g.user), *conditions)

    def page(self, statement: Select, order: Order, place: Place, total: int | None = None) -> Page:
        """Return one page of a scoped statement; `total` is its bounded count where that is known already."""
        return read_page(self.session, statement, order, place, total)

    def find(self, key: Any, *conditions: ColumnElement, options: Iterable[ExecutableOption] = ()) -> Any:
        """Return the row with this key within scope, or None."""
        typed = self.read_key(key)
        if typed is None:
            return None
        statement = self.scoped(self.key_column == typed, *conditions).options(*options)
        return self.session.scalars(statement).unique().one_or_none()

    def find_all(self, keys: Iterable[Any], *conditions: ColumnElement) -> list[Any]:
        """Return the rows within scope among these keys, in the order of the keys."""
        typed = [t for t in map(self.read_key, keys) if t is not None]
        rows = self.session.scalars(self.scoped(self.key_column.in_(typed), *conditions)).unique()
        by_key = {getattr(row, self.key): row for row in rows}
        return [by_key[t] for t in dict.fromkeys(typed) if t in by_key]

    def read_key(self, key: Any) -> Any:
        """Return the key as the column holds it, None when it cannot be one."""
        if python_type(self.key_column) is not int:
            return None if "\x00" in str(key) else str(key)
        number = read_number(str(key))
        return number if number is not None and fits(self.key_column, number) else None

    # ------------------------------------------------------------ what FAB itself may call

    def query(self, filters=None, order_column="", order_direction="", page=None, page_size=None, **_rest):
        """Return (count, rows) within scope; never more than one page."""
        rows = self.session.scalars(self.scoped().limit(min(page_size or 100, 100))).unique().all()
        return len(rows), rows

    def get(self, id, filters=None, select_columns=None, outer_default_load=False):
        """Return the row within scope or answer 404."""
        return self.find(id) or abort(404)

    def get_related_obj(self, col_name: str, value: Any) -> Any:
        """Return a related row within its own scope, or None."""
        return self.get_related_interface(col_name).find(value)

    def get_related_interface(self, col_name: str) -> "ScopedInterface":
        """Return the scoped interface of the model behind a relation."""
        return ScopedInterface(self.get_related_model(col_name))

    def query_simple_group(self, *args, **kwargs):
        raise NotImplementedError("charts do not read through this interface")

    query_month_group = query_year_group = query_simple_group


def narrow_options(model: type, paths: Iterable[str]) -> list[ExecutableOption]:
    """Join the relations that the paths walk through, and read no columns but those that they name."""
    named: dict[str, set[str]] = {"": set()}
    for path in paths:
        relation = _relation_path(model, path)
        leaf = path.removeprefix(relation).removeprefix(".")
        named.setdefault(relation, set()).update({leaf} if leaf else ())
    return [option for relation, leaves in sorted(named.items()) for option in _read_only(model, relation, leaves)]


def _read_only(model: type, relation: str, leaves: set[str]) -> list[ExecutableOption]:
    """Return the options that read some columns of the model, or of a relation; none named means all."""
    loader, options = None, []
    for name in relation.split(".") if relation else ():
        attribute = getattr(model, name)
        loader = joinedload(attribute) if loader is None else loader.joinedload(attribute)
        model = attribute.property.mapper.class_
        options.append(loader)
    columns = [getattr(model, leaf) for leaf in sorted(leaves) if leaf in model.__mapper__.column_attrs]
    if columns:
        options.append(loader.load_only(*columns) if loader else load_only(*columns))
    return options


def loading_options(model: type, paths: Iterable[str]) -> list[ExecutableOption]:
    """Join the relations that the paths walk through, and leave big columns in the database unless they are shown."""
    paths = list(paths)
    options = _defer_big(model, keep=set(paths))
    for path in sorted({p for p in (_relation_path(model, path) for path in paths) if p}):
        options.extend(_join(model, path))
    return options


def _relation_path(model: type, path: str) -> str:
    """Return the leading part of a dotted path that consists of to-one relations."""
    names = []
    for name in path.split("."):
        relation = model.__mapper__.relationships.get(name)
        if relation is None or relation.uselist:
            break
        names.append(name)
        model = relation.mapper.class_
    return ".".join(names)


def _join(model: type, path: str) -> list[ExecutableOption]:
    loader, options = None, []
    for name in path.split("."):
        attribute = getattr(model, name)
        loader = joinedload(attribute) if loader is None else loader.joinedload(attribute)
        model = attribute.property.mapper.class_
        options.append(loader.options(*_defer_big(model, keep=set())))
    return options


def _defer_big(model: type, keep: set[str]) -> list[ExecutableOption]:
    return [defer(getattr(model, p.key)) for p in model.__mapper__.column_attrs if p.key not in keep and _is_big(p)]


def _is_big(prop: Any) -> bool:
    kind = prop.columns[0].type
    if isinstance(kind, TypeDecorator):
        kind = kind.impl
    return isinstance(kind, JSON | Text)


def relation_of(model: type, column: str) -> RelationshipProperty | None:
    """Return the to-one relation of that name, if it is one."""
    relation = model.__mapper__.relationships.get(column)
    return None if relation is None or relation.uselist else relation
