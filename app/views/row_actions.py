"""Actions on one row or on many: refetched within scope, named before they run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from flask import abort, flash, redirect, request
from flask_appbuilder import expose
from flask_babel import gettext

from ..errors import DomainError
from ..extensions import db
from .access import may, refuse
from .cells import read_path, show
from .urls import came_from


class RowActions:
    """The action routes of a generated screen.

    An action gets the rows; one named in `actions_by_key` gets the keys as sent and gives a reason for each that it
    does not touch. `questions` asks for an opinion in the dialog, sent as `opinion`.
    """

    confirm_template = "skin/confirm.html"
    actions_by_key: ClassVar[frozenset[str]] = frozenset()
    questions: ClassVar[Mapping[str, Any]] = {}

    @expose("/action/<string:name>/<pk>", methods=["POST"])
    def action(self, name, pk):
        """Run an action on one row."""
        return self._act(name, [pk])

    @expose("/action_post", methods=["POST"])
    def action_post(self):
        """Run an action on the rows that were ticked."""
        if not self._granted_actions():
            return refuse()
        keys = list(dict.fromkeys(request.form.getlist("rowid")))
        if not keys:
            flash(gettext("请先勾选要处理的记录"), "warning")
            return redirect(came_from(self._list_url()))
        return self._act(request.form.get("action", ""), keys)

    def _act(self, name: str, keys: list[str]) -> Any:
        if not self._granted_actions():
            return refuse()
        if name not in self.actions:
            abort(404)
        if not self._grants_action(name):
            return refuse()
        action = self.actions[name]
        by_key = name in self.actions_by_key
        rows = self.datamodel.find_all(keys, *self.conditions())
        if len(rows) != len(keys) and not by_key:
            abort(404)
        if action.confirmation and request.form.get("confirmed") != "1":
            return self._ask_first(action, keys, rows)
        try:
            return action.func(keys if by_key else rows)
        except DomainError as refusal:
            db.session.rollback()
            flash(str(refusal), "danger")
            return redirect(came_from(self._list_url()))

    def _ask_first(self, action: Any, keys: list[str], rows: list[Any]) -> str:
        fields = [("action", action.name), *(("rowid", key) for key in keys)]
        subjects = [str(show(read_path(row, self.subject))) for row in rows]
        question = self.questions.get(action.name)
        return self._confirm_page(action.confirmation, subjects, fields, submit=action.text, question=question)

    def _granted_actions(self) -> list[Any]:
        """Return the actions in the order in which the class defines them; the first is the main one."""
        granted = [a for a in self.actions.values() if self._grants_action(a.name)]
        return sorted(granted, key=lambda a: a.func.__code__.co_firstlineno)

    def _grants_action(self, name: str) -> bool:
        permission = self.get_action_permission_name(name)
        return permission in self.base_permissions and may(permission, self.class_permission_name)

    def _confirm_page(self, text, subjects, fields, *, submit, danger=False, question=None):
        return self.render_template(
            self.confirm_template,
            title=submit,
            text=text,
            question=question,
            subjects=subjects,
            fields=fields,
            submit=submit,
            danger=danger,
            back=came_from(self._list_url()),
        )
