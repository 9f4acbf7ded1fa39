"""工作台: what waits for an official first, deadlines next, figures last."""

from flask import g, jsonify
from flask_appbuilder import expose
from flask_babel import gettext

from .. import clock
from ..services import accounts, desk_figures, review_lists, todo
from .base import ScopedView, allowed, may

SHOWN_CALLS = 12
SHOWN_TASKS = 20


class DeskView(ScopedView):
    """Where an official starts."""

    route_base = "/desk"

    @expose("/")
    @allowed("read")
    def index(self):
        """Show the to-do list, deadlines, figures per call, and room for two plots."""
        desk = todo.desk_for(g.user, g.arrived_at)
        return self.render_template(
            "desk/index.html",
            title=gettext("工作台"),
            desk=desk,
            shown_tasks=SHOWN_TASKS,
            calls=sorted(desk.lines, key=lambda line: -line.waiting)[:SHOWN_CALLS],
            at=g.arrived_at,
            administrates=accounts.is_administrator(g.user),
            level=review_lists.level_of(g.user),
            may_assign=may("can_list", "ResponsibleOfficeAdmin"),
        )

    @expose("/figures")
    @allowed("read")
    def figures(self):
        """Show the figures of the plots as tables."""
        return self.render_template(
            "desk/figures.html",
            title=gettext("申报统计"),
            figures=desk_figures.figures_for(g.user, g.arrived_at),
        )

    @expose("/figures.json")
    @allowed("read")
    def figures_json(self):
        """Hand out the figures of the plots."""
        figures = desk_figures.figures_for(g.user, g.arrived_at)
        plots = [desk_figures.as_json(bars) for bars in figures.plots]
        return jsonify(plots=plots, counted=gettext("统计时间 %(time)s", time=clock.show(figures.counted_at)))
