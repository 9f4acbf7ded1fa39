"""What the operators' screens at /ops/ share: guard, scope, formatters; inspection only unless a screen opens more."""

import enum
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import abort, g
from flask_admin import AdminIndexView
from flask_admin.contrib.sqla import ModelView
from flask_admin.contrib.sqla.filters import BaseSQLAFilter
from flask_admin.model import typefmt
from flask_admin.model.filters import BaseIntFilter, BaseIntListFilter
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import JSON, inspect
from wtforms import Field
from wtforms.widgets import html_params

from .. import clock
from ..permissions import visible
from .access import may, refuse
from .cells import show

FURTHEST_PAGE = 1_000_000


WRITING = frozenset({"ajax_update", "create_view", "delete_view", "export"})
"""Endpoints of Flask-Admin that take a permission of their own, `can_<endpoint>`."""


class Guarded:
    """Open to those whose roles grant `can_read` on the screen of this class."""

    def _handle_view(self, name: str, **kwargs: Any):
        """Refuse what the role may not do, before anything is read."""
        if name in WRITING and not self.grants(name):
            return refuse()
        return super()._handle_view(name, **kwargs)

    def is_accessible(self) -> bool:
        """Tell whether the person may."""
        return self.grants("read")

    def grants(self, permission: str) -> bool:
        """Tell whether the person has `can_<permission>` on this screen."""
        return may(f"can_{permission}", type(self).__name__)

    def inaccessible_callback(self, name: str, **kwargs: Any):
        """Send strangers to log in, refuse others."""
        return refuse()


class GuardedIndexView(Guarded, AdminIndexView):
    """The first page of the console."""


def _show(_view: Any, value: Any, _name: str) -> Any:
    return show(value)


def _show_moment(_view: Any, value: datetime, _name: str) -> str:
    return clock.show(value, seconds=True)


class CellField:
    """A field in a cell of a list: ops.js saves it when it changes and says so beside it."""

    def __call__(self, field: Field, *, pk: Any, csrf: str = "", **_more: Any) -> Markup:
        """Return the field as HTML."""
        kinds = {"BooleanField": "checkbox", "IntegerField": "number"}
        kind = kinds.get(field.type, "text")
        shown = {"checked": bool(field.data)} if kind == "checkbox" else {"value": show_plain(field.data)}
        attributes = {
            "type": kind,
            "name": field.name,
            "data-pk": pk,
            "data-csrf": csrf,
            "aria-label": field.label.text,
        }
        return Markup(f"<input data-ops-cell {html_params(**attributes, **shown)}>")  # noqa: S704 - escaped by WTForms


def show_plain(value: Any) -> str:
    """Return a value as it stands in a field."""
    return "" if value is None else str(value)


class Since(BaseSQLAFilter):
    """From a moment on, as the clock on the wall shows it."""

    def operation(self) -> Any:
        """Return the words between column and value."""
        return _("不早于（如 2024-08-10 18:00）")

    def validate(self, value: str) -> bool:
        """Tell whether the text is a moment."""
        try:
            clock.read(value)
        except ValueError:
            return False
        return True

    def apply(self, query: Any, value: str, alias: Any = None) -> Any:
        """Narrow the query."""
        return query.filter(self.get_column(alias) >= clock.read(value))


class Until(Since):
    """Before a moment."""

    def operation(self) -> Any:
        """Return the words between column and value."""
        return _("早于（如 2024-08-11）")

    def apply(self, query: Any, value: str, alias: Any = None) -> Any:
        """Narrow the query."""
        return query.filter(self.get_column(alias) < clock.read(value))


class OpsModelView(Guarded, ModelView):
    """Read-only list of one model within its scope; a subclass opens what operators may do."""

    can_create = can_edit = can_delete = False
    can_view_details = True
    can_set_page_size = True
    simple_list_pager = True  # these tables only grow: no exact counts
    page_size = 50
    column_default_sort = ("id", True)
    column_type_formatters = {
        **typefmt.BASE_FORMATTERS,
        datetime: _show_moment,  # before `date`, of which it is a kind: the first that fits is taken
        **dict.fromkeys((type(None), bool, date, Decimal, enum.Enum), _show),
    }
    column_type_formatters_detail = column_type_formatters
    form_excluded_columns = ("password",)
    column_exclude_list = ("password",)
    column_details_exclude_list = ("password",)

    def __init__(self, model: type, session: Any, **kwargs: Any) -> None:
        used = {*(self.column_list or ()), *(self.column_details_list or ())}
        unlabelled = sorted(used - set(self.column_labels or {}))
        if not self.column_list or unlabelled:
            raise TypeError(f"{type(self).__name__}: list the columns with their labels; missing {unlabelled}")
        self.column_details_list = self.column_details_list or self.column_list
        super().__init__(model, session, **kwargs)

    def scaffold_sortable_columns(self) -> dict:
        """Sort by plain columns only; JSON has no order."""
        columns = inspect(self.model).column_attrs
        return {c.key: c.columns[0] for c in columns if not isinstance(c.columns[0].type, JSON)}

    def _get_list_filter_args(self):
        """Leave filters out that cannot be read, instead of failing."""
        try:
            asked = super()._get_list_filter_args() or []
        except (KeyError, ValueError):
            return []
        return [(index, name, value) for index, name, value in asked if self._can_compare(index, value)]

    def _can_compare(self, index: int, value: str) -> bool:
        """Tell whether the database can hold the numbers that a filter asks for."""
        is_number = isinstance(self._filters[index], BaseIntFilter | BaseIntListFilter)
        return not is_number or all(len(digits) < 19 for digits in re.findall(r"\d+", value))

    def _get_list_extra_args(self):
        """Keep the page within what a database can count to."""
        args = super()._get_list_extra_args()
        args.page = min(max(args.page, 0), FURTHEST_PAGE)
        return args

    def get_query(self):
        """Return the rows that the person may see."""
        return super().get_query().filter(visible(self.model, g.user))

    def get_one(self, id: Any) -> Any:
        """Return the row within scope or answer 404."""
        text = str(id)
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            abort(404)
        return self.get_query().filter(self.model.id == int(text)).one_or_none() or abort(404)

    def read_rows(self, ids: list[str]) -> list[Any]:
        """Return the ticked rows within scope, at most a page of them; a foreign one is a 404."""
        wanted = {int(i) for i in ids if i.isascii() and i.isdigit() and len(i) < 19}
        rows = self.get_query().filter(self.model.id.in_(wanted)).order_by(self.model.id).limit(100).all()
        if len(rows) != len(set(ids)):
            abort(404)
        return rows

    def is_editable(self, name: str) -> bool:
        """Cells are fields for those only who may change them."""
        return name in self.column_editable_list and self.grants("ajax_update")

    def get_list_form(self):
        """Make cells that can be changed plain fields, which ops.js saves."""
        return self.scaffold_list_form(widget=CellField())

    def is_action_allowed(self, name: str) -> bool:
        """An action is open to those whose roles grant it on this screen."""
        return name != "delete" and self.grants(name)
