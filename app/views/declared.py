"""What a generated screen declares: nothing is guessed, and what is left out stops the start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_appbuilder.const import PERMISSION_PREFIX
from flask_wtf import FlaskForm
from sqlalchemy import inspect
from sqlalchemy.sql.base import ExecutableOption

from .filters import Filter, filter_for
from .listing import RESERVED
from .model_forms import model_form
from .scoped import ScopedInterface, loading_options, narrow_options

DECLARED = ("list_columns", "show_columns", "search_columns", "base_permissions", "label_columns", "noun", "purpose")
ROUTES = ("list", "show", "add", "edit", "delete")
NEVER_SHOWN = frozenset({"password"})


class Declared:
    """Reads the declarations when the screen is made, in place of FAB's guesses."""

    def _init_properties(self) -> None:
        """Take what the screen declares; refuse to start when something is left to guessing."""
        self._check_declared()
        self.label_columns = dict(self.label_columns)
        for name in ("description_columns", "validators_columns", "formatters_columns"):
            setattr(self, name, dict(getattr(self, name) or {}))
        for name in ("add_columns", "edit_columns"):
            setattr(self, name, list(getattr(self, name) or []))
        self.related_views, self._related_views = [], []
        self.order_columns = list(self.order_columns if self.order_columns is not None else self._sortable())
        model = self.datamodel.obj
        self._filters_of_list: list[Filter] = [filter_for(model, c, self.label_columns[c]) for c in self.search_columns]
        self._cells = [self._cell(name) for name in self.list_columns]
        self._loading = self._read_by_lines()
        missing = {m for m in ROUTES if PERMISSION_PREFIX + m not in self.base_permissions}
        self.exclude_route_methods = {"download", *self.exclude_route_methods, *missing}

    def _read_by_lines(self) -> list[ExecutableOption]:
        """Return what a page of lines reads: everything but big columns, or what the screen says that they need."""
        shown = [self.subject, *self.list_columns]
        if self.line_columns is None:
            return loading_options(self.datamodel.obj, shown)
        return narrow_options(
            self.datamodel.obj,
            [*shown, *self.line_columns, *self.order_columns, self.datamodel.key, self.base_order[0]],
        )

    def _check_declared(self) -> None:
        name = type(self).__name__
        for attribute in DECLARED:
            if getattr(self, attribute) is None:
                raise TypeError(f"{name} must declare {attribute}")
        for verb in ("add", "edit"):
            if PERMISSION_PREFIX + verb in self.base_permissions and getattr(self, f"{verb}_columns") is None:
                raise TypeError(f"{name} lets people {verb}, so it must declare {verb}_columns")
        if not isinstance(self.datamodel, ScopedInterface):
            raise TypeError(f"{name}.datamodel must be a ScopedInterface")
        if self.base_filters or self.related_views:
            raise TypeError(f"{name}: use conditions() instead of base_filters; related views are not shown")
        used = [
            *self.list_columns,
            *self.show_columns,
            *self.search_columns,
            *(self.add_columns or ()),
            *(self.edit_columns or ()),
        ]
        unlabelled = sorted({c for c in used if not self.label_columns.get(c)})
        if unlabelled:
            raise TypeError(f"{name} shows columns without a label: {', '.join(unlabelled)}")
        if NEVER_SHOWN.intersection(used) or RESERVED.intersection(self.search_columns):
            raise TypeError(f"{name} uses a column that may not be shown or searched")

    def _sortable(self) -> list[str]:
        plain = inspect(self.datamodel.obj).column_attrs
        return [name for name in self.list_columns if name in plain]

    def _init_forms(self) -> None:
        self.search_form = FlaskForm
        if self.add_form is None:
            self.add_form = self._form_class(self.add_columns, self.add_form_extra_fields)
        if self.edit_form is None:
            self.edit_form = self._form_class(self.edit_columns, self.edit_form_extra_fields)

    def _form_class(self, columns: list[str], extra: Mapping[str, Any] | None) -> type[FlaskForm]:
        return model_form(
            self.datamodel.obj,
            columns,
            self.label_columns,
            help_texts=self.description_columns,
            extra_fields=extra,
            extra_validators=self.validators_columns,
            options_url=lambda column: url_for(f"{self.endpoint}.options", column=column),
            narrow=self.narrow,
        )

    def _init_titles(self) -> None:
        self.title = self.list_title = self.noun
