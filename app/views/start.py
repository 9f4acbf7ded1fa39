"""The home page of the portal for visitors, the own desk for people who are logged in."""

from flask import g, redirect, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_login import current_user

from ..models import ArticleKind
from ..roles import REGISTERED
from ..services import call_notices, portal
from .base import ScopedView
from .first_steps import FIRST_STEPS
from .navigation import Entry, open_entries
from .portal.addresses import VIEWS, line_address, portal_links, public_address


class StartView(ScopedView):
    """`/`: public for visitors; people who are logged in go on to the first entry of their menu."""

    route_base = ""

    @expose("/")
    def index(self):
        """Show the home page to visitors, or lead to the own desk."""
        return self._lead_on() if current_user.is_authenticated else self._home()

    @expose("/portal/")
    def portal(self):
        """Show the home page to everybody."""
        return self._home()

    def _home(self):
        site_id, at = g.site.id, g.arrived_at
        lines = call_notices.open_lines(site_id, at)
        return self.render_template(
            "start/index.html",
            title=gettext("首页"),
            lines=lines[: portal.NEWEST],
            total=len(lines),
            blocks=[(kind, portal.newest(kind, site_id, at)) for kind in (ArticleKind.POLICY, ArticleKind.PUBLICITY)],
            links=portal.newest(ArticleKind.LINK, site_id, at),
            line_address=line_address,
            public_address=public_address,
            section_address=lambda kind: url_for(f"{VIEWS[kind]}.index"),
            portal_links=portal_links(),
        )

    def _lead_on(self):
        entries = list(_leaves(open_entries()))
        if not entries:
            return self.render_template("start/nothing.html", title=gettext("首页"))
        return redirect(_first_of(entries).url)


def _first_of(entries: list[Entry]) -> Entry:
    """Return where a person starts: who has become something since registering has more to do than first steps."""
    if current_user.role_names == {REGISTERED}:
        return entries[0]
    return next((entry for entry in entries if entry.name != FIRST_STEPS), entries[0])


def _leaves(entries: list[Entry]):
    for entry in entries:
        yield from _leaves(entry.children) if entry.children else (entry,)
