"""政策文件, 服务指南, 常见问题 and 快速链接."""

from typing import Any

from flask import g
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from flask_login import current_user

from ...models import ArticleKind
from ...services import portal, site_search
from ..base import ScopedView
from .addresses import portal_links
from .pages import ArticlePages, asked, page_number


class PolicyView(ArticlePages):
    """`/policies/`"""

    route_base = portal.PATHS[ArticleKind.POLICY]
    kind = ArticleKind.POLICY
    purpose = _("与项目申报有关的政策文件和解读，最新发布的在前。")
    list_page = "portal/policies.html"

    def beside(self, page: portal.Page) -> dict[str, Any]:
        """Recommend to enterprise people what speaks of their labels."""
        person = current_user._get_current_object()
        is_enterprise = person.is_authenticated and person.site_id == g.site.id and person.enterprise_ids
        if not is_enterprise or page.number > 1 or asked("q"):
            return {"recommended": []}
        return {"recommended": site_search.recommended_policies(person, g.arrived_at)}


class ServiceGuideView(ArticlePages):
    """`/service-guides/`"""

    route_base = portal.PATHS[ArticleKind.GUIDE]
    kind = ArticleKind.GUIDE
    purpose = _("操作指引、操作手册和办事指南，可在详情页下载。")


class FaqView(ArticlePages):
    """`/faq/`"""

    route_base = portal.PATHS[ArticleKind.FAQ]
    kind = ArticleKind.FAQ
    purpose = _("申报中常遇到的问题和解决办法。")


class LinkView(ScopedView):
    """`/links/`: systems that belong to the platform's work; each line leads there."""

    route_base = "/links"

    @expose("/")
    def index(self):
        """Show one page of links, narrowed by `q`."""
        text = asked("q")
        return self.render_template(
            "portal/links.html",
            title=ArticleKind.LINK.label,
            purpose=_("相关业务系统的入口，在新窗口打开。"),
            page=portal.list_articles(ArticleKind.LINK, g.site.id, g.arrived_at, text=text, page=page_number()),
            text=text,
            chosen={},
            portal_links=portal_links(),
        )
