"""推荐优先顺序: putting what the own office recommends of a call into order, by dragging or by typing numbers."""

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from ..errors import DomainError
from ..extensions import db
from ..services import ranking, review_lists
from .base import ScopedView, allowed, came_from


class RankingView(ScopedView):
    """The order of a call's declarations, county and city each their own."""

    route_base = "/ranking"
    default_view = "call"

    @expose("/<int:call_id>/")
    @allowed("read")
    def call(self, call_id):
        """Show what is recommended in its order."""
        call, workflows = review_lists.read_call(call_id, g.user)
        ranking.require_ranking(g.user, workflows[call.version_id])
        return self._page(call, workflows)

    @expose("/<int:call_id>/", methods=["POST"])
    @allowed("rank")
    def save(self, call_id):
        """Number the declarations in the posted order; a refusal shows the newest order."""
        call, workflows = review_lists.read_call(call_id, g.user)
        order = ranking.arranged(_ids(), _typed())
        mark = request.form.get("mark", "")
        try:
            count = ranking.save_ranking(call, order, mark, workflows, by=g.user, at=g.arrived_at)
            db.session.commit()
        except DomainError as refusal:
            db.session.rollback()
            ranking.require_ranking(g.user, workflows[call.version_id])
            return self._page(call, workflows, refusal), refusal.status
        flash(gettext("推荐优先顺序已保存，%(count)s 个项目的顺序有变化。", count=count), "success")
        return redirect(url_for("RankingView.call", call_id=call.id, back=_back(call.id)))

    def _page(self, call, workflows, refusal: DomainError | None = None) -> str:
        return self.render_template(
            "ranking/call.html",
            title=gettext("推荐优先顺序"),
            call=call,
            ranking=ranking.ranking_of(call, g.user, workflows),
            priority=ranking.priority_of(g.user).key,
            level=review_lists.level_of(g.user),
            most=ranking.MOST,
            refusal=refusal,
            back=_back(call.id),
        )


def _back(call_id: int) -> str:
    return came_from(url_for("ReviewQueueAdmin.list", call=call_id, tab="passed"))


def _ids() -> list[int]:
    """Return the declarations in the order in which the page showed or sent them."""
    return [int(key) for key in request.form.getlist("row")[: ranking.MOST + 1] if _is_number(key)]


def _typed() -> dict[int, int]:
    """Return {declaration id: number typed}; what is no number stays where it was."""
    typed = {row_id: request.form.get(f"number-{row_id}", "").strip() for row_id in _ids()}
    return {row_id: int(text) for row_id, text in typed.items() if _is_number(text)}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
