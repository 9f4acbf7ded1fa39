"""The start page: open calls for visitors, the own desk for people who are logged in."""

from flask import g, redirect
from flask_appbuilder import expose
from flask_babel import gettext
from flask_login import current_user

from ..services.programmes import public_calls
from .base import ScopedView
from .navigation import Entry, open_entries


class StartView(ScopedView):
    """`/`: public for visitors; people who are logged in go on to the first entry of their menu."""

    route_base = ""

    @expose("/")
    def index(self):
        """Show open calls, or lead to the own desk."""
        if current_user.is_authenticated:
            return self._lead_on()
        return self.render_template(
            "start/index.html",
            title=gettext("首页"),
            calls=public_calls(g.site.id, g.arrived_at),
            portal_links=[("/", gettext("首页"))],
        )

    def _lead_on(self):
        address = next((e.url for e in _leaves(open_entries())), None)
        if address is None:
            return self.render_template("start/nothing.html", title=gettext("首页"))
        return redirect(address)


def _leaves(entries: list[Entry]):
    for entry in entries:
        yield from _leaves(entry.children) if entry.children else (entry,)
