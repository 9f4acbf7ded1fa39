"""导出Excel of a list: the rows that its filters leave, through the worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, g, redirect, request
from flask_appbuilder import expose
from sqlalchemy import Select, func

from ..errors import DomainError
from ..extensions import db
from ..services import exports
from ..services.exports import Export, ExportColumn
from .access import allowed
from .jobs import follow
from .listing import read_order
from .urls import came_from


class Exporting:
    """What a generated list adds to be taken along: `export_columns`, and the joins that they need.

    It needs `can_export` among the permissions of its screen.
    """

    def export_columns(self) -> Sequence[ExportColumn]:
        """Return the columns of the workbook."""
        raise NotImplementedError

    def join_for_export(self, statement: Select) -> Select:
        """Join the tables that the columns read."""
        return statement

    @expose("/export", methods=["POST"])
    @allowed("export")
    def export_list(self):
        """Ask for the rows of the list as it is narrowed in the address."""
        subject = str(self.heading or self.noun)
        ending = request.form.get("ending", "")
        try:
            job = exports.request_export(
                type(self).__name__, self._export_arguments(), subject, ending, by=g.user, at=g.arrived_at
            )
            db.session.commit()
        except DomainError as refusal:
            db.session.rollback()
            flash(str(refusal), "danger")
            return redirect(came_from(self._list_url()))
        return follow(job, came_from(self._list_url()))

    def _export_arguments(self) -> dict[str, str]:
        """Return the arguments that narrow and order the list, without those that turn its pages."""
        names = {"tab", "order", "dir", *(name for f in self._filters_of_list for name in f.arguments)}
        return {name: value[:200] for name, value in request.args.items() if name in names and value}

    def export(self, arguments: Mapping[str, str]) -> Export:
        """Return what is written for these arguments, over the rows that the person may see."""
        asked = [c for c in (f.read(arguments) for f in self._filters_of_list) if c is not None]
        statement = self.datamodel.scoped(*self.conditions(), *asked)
        tabs = self.tabs()
        tab = next((t for t in tabs if t.key == arguments.get("tab")), tabs[0] if tabs else None)
        if tab is not None:
            statement = statement.where(tab.condition)
        total = db.session.scalar(statement.with_only_columns(func.count(), maintain_column_froms=True))
        return Export(
            title=str(self.heading or self.noun),
            statement=self.join_for_export(statement).order_by(*self._export_order(arguments)),
            columns=self.export_columns(),
            total=total,
        )

    def _export_order(self, arguments: Mapping[str, str]) -> list[Any]:
        name, descending = read_order(arguments, self.order_columns, self.base_order)
        model = self.datamodel.obj
        columns = [getattr(model, name), model.id]
        return [column.desc() if descending else column.asc() for column in columns]
