"""申报通知: notices by state, area and type; and one call with the windows of its cities."""

from typing import Any

from flask import g, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import ColumnElement

from ...models import Article, ArticleKind
from ...services import call_notices, portal
from ...services.call_notices import Choice, Stage
from ..access import may
from .addresses import portal_links
from .pages import ArticlePages, asked

STAGES = {stage.value: stage for stage in Stage}


class NoticeView(ArticlePages):
    """`/notices/`"""

    route_base = portal.PATHS[ArticleKind.NOTICE]
    kind = ArticleKind.NOTICE
    purpose = _("各级主管部门发布的申报通知；申报时间以所在市发布的申报指南为准。")
    list_page = "portal/notices.html"
    show_page = "portal/notice.html"

    def chosen(self) -> dict[str, str]:
        stage = request.args.get("state", "")
        found = {"state": stage if stage in STAGES else "", "area": asked("area"), "nature": asked("nature")}
        return {name: value for name, value in found.items() if value}

    def narrowed(self) -> list[ColumnElement[bool]]:
        chosen = self.chosen()
        stage = STAGES.get(chosen.get("state", ""))
        choice = Choice(stage, chosen.get("area", ""), chosen.get("nature", ""))
        return call_notices.narrowed(choice, g.arrived_at)

    def beside(self, page: portal.Page) -> dict[str, Any]:
        areas, natures = call_notices.areas_and_natures(g.site.id)
        calls = call_notices.calls_of(page.articles)
        windows = {article_id: call_notices.window_of(of, g.arrived_at) for article_id, of in calls.items()}
        return {"areas": areas, "natures": natures, "stages": Stage, "windows": windows}

    def context(self, article: Article) -> dict[str, Any]:
        calls = call_notices.calls_of([article]).get(article.id, [])
        lines = [(call, call_notices.window_of([call], g.arrived_at)) for call in calls]
        return super().context(article) | {"calls": lines}

    @expose("/calls/<int:call_id>/")
    def call(self, call_id):
        """Show one call with the windows of its cities and the notices that cover it."""
        call = call_notices.read_call(call_id, g.site.id)
        return self.render_template(
            "portal/call.html",
            title=call.programme.name,
            call=call,
            window=call_notices.window_of([call], g.arrived_at),
            guides=call_notices.guides_of(call),
            notices=call_notices.notices_of(call, g.arrived_at),
            may_declare=not current_user.is_authenticated or may("can_read", "DeclareView"),
            portal_links=portal_links(),
        )
