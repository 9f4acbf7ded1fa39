"""工作台: what waits for an official first, deadlines next, figures last."""

from flask import g
from flask_appbuilder import expose
from flask_babel import gettext

from ..services import accounts, review_lists, todo
from .base import ScopedView, allowed, may


class DeskView(ScopedView):
    """Where an official starts."""

    route_base = "/desk"

    @expose("/")
    @allowed("read")
    def index(self):
        """Show the to-do list, returns that run out, and a few figures."""
        return self.render_template(
            "desk/index.html",
            title=gettext("工作台"),
            desk=todo.desk_for(g.user, g.arrived_at),
            at=g.arrived_at,
            administrates=accounts.is_administrator(g.user),
            level=review_lists.level_of(g.user),
            may_assign=may("can_list", "ResponsibleOfficeAdmin"),
        )
