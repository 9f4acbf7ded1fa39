"""Switching the language."""

from flask import abort, current_app, redirect, request, session
from flask_appbuilder import BaseView, expose

from .urls import safe_path


class LanguageView(BaseView):
    """One address per language; it returns to where the person was."""

    route_base = "/language"
    default_view = "index"

    @expose("/<locale>")
    def index(self, locale):
        """Remember the language."""
        if locale not in current_app.config["LANGUAGES"]:
            abort(404)
        session["locale"] = locale
        return redirect(safe_path(request.args.get("next")) or "/")
