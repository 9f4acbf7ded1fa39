"""What the operators' screens at /ops/ share: guard, formatters, and inspection only unless a screen says otherwise."""

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_admin import AdminIndexView, expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.model import typefmt
from sqlalchemy import JSON, inspect

from ..roles import PLATFORM_OPERATOR, screen
from .access import may, refuse
from .cells import show

CONSOLE = "OpsConsole"
screen(CONSOLE, {PLATFORM_OPERATOR}, ("can_read",))


class _Guarded:
    """Open to those whose roles grant `can_read` on the console."""

    def is_accessible(self) -> bool:
        """Tell whether the person may."""
        return may("can_read", CONSOLE)

    def inaccessible_callback(self, name: str, **kwargs: Any):
        """Send strangers to log in, refuse others."""
        return refuse()


class OpsIndexView(_Guarded, AdminIndexView):
    """The first page of /ops/: leads to the first list."""

    @expose("/")
    def index(self):
        """Show what there is."""
        return self.render("ops/index.html")


def _show(_view: Any, value: Any, _name: str) -> Any:
    return show(value)


class OpsModelView(_Guarded, ModelView):
    """Read-only list of one model; a subclass opens what operators may change."""

    can_create = can_edit = can_delete = False
    can_view_details = True
    can_set_page_size = True
    page_size = 50
    column_default_sort = ("id", True)
    column_type_formatters = {
        **typefmt.BASE_FORMATTERS,
        **dict.fromkeys((type(None), bool, date, datetime, Decimal, enum.Enum), _show),
    }
    column_type_formatters_detail = column_type_formatters
    form_excluded_columns = ("password",)
    column_exclude_list = ("password",)
    column_details_exclude_list = ("password",)

    def __init__(self, model: type, session: Any, **kwargs: Any) -> None:
        unlabelled = sorted(set(self.column_list or ()) - set(self.column_labels or {}))
        if not self.column_list or unlabelled:
            raise TypeError(f"{type(self).__name__}: list the columns with their labels; missing {unlabelled}")
        self.column_details_list = self.column_details_list or self.column_list
        super().__init__(model, session, **kwargs)

    def scaffold_sortable_columns(self) -> dict:
        """Sort by plain columns only; JSON has no order."""
        columns = inspect(self.model).column_attrs
        return {c.key: c.columns[0] for c in columns if not isinstance(c.columns[0].type, JSON)}
