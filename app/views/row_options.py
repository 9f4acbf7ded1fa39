"""What a relation offers in forms and filters: rows within scope, twenty at a time."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, jsonify, request
from flask_appbuilder import expose
from sqlalchemy import ColumnElement
from werkzeug.utils import cached_property

from .access import allowed
from .filters import RelationFilter
from .model_forms import OPTION_LIMIT, name_column
from .scoped import ScopedInterface, relation_of


class RowOptions:
    """The options route of a generated screen."""

    def narrow(self, column: str) -> list[ColumnElement]:
        """Narrow what a relation offers in forms and filters."""
        return []

    def option_text(self, column: str, row: Any) -> str:
        """Return how a related row reads in a select."""
        return str(row)

    @expose("/options/<column>")
    @allowed("list", "add", "edit")
    def options(self, column) -> Response:
        """Return up to twenty rows of a relation within scope, for AJAX selects."""
        model = self._relations.get(column) or abort(404)
        related = ScopedInterface(model)
        text = request.args.get("q", "").replace("\x00", "").strip()[:60]
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        named = [name_column(model).ilike(f"%{escaped}%", escape="\\")] if text else []
        statement = related.scoped(*self.narrow(column), *named).order_by(name_column(model), related.key_column)
        rows = related.session.scalars(statement.limit(OPTION_LIMIT + 1)).unique().all()
        results = [{"id": row.id, "text": self.option_text(column, row)} for row in rows[:OPTION_LIMIT]]
        return jsonify(results=results, more=len(rows) > OPTION_LIMIT)

    @cached_property
    def _relations(self) -> dict[str, type]:
        model = self.datamodel.obj
        found = {
            f.name: f.attribute.property.mapper.class_ for f in self._filters_of_list if isinstance(f, RelationFilter)
        }
        for name in (*self.add_columns, *self.edit_columns):
            relation = relation_of(model, name)
            if relation is not None:
                found[name] = relation.mapper.class_
        return found
