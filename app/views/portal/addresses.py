"""Where the portal shows what."""

from flask import url_for
from flask_babel import gettext
from flask_login import current_user

from ...models import Article, ArticleKind
from ...services.call_notices import Line
from ..access import may

VIEWS = {
    ArticleKind.NOTICE: "NoticeView",
    ArticleKind.POLICY: "PolicyView",
    ArticleKind.PUBLICITY: "PublicityView",
    ArticleKind.GUIDE: "ServiceGuideView",
    ArticleKind.FAQ: "FaqView",
}


def public_address(article: Article) -> str | None:
    """Return the public address of an article; a link leads straight to its system."""
    view = VIEWS.get(article.kind)
    return url_for(f"{view}.show", public_id=article.public_id) if view else article.url


def line_address(line: Line) -> str:
    """Return where a line of the home page leads."""
    if line.article is not None:
        return public_address(line.article)
    return url_for("NoticeView.call", call_id=line.calls[0].id)


def portal_links() -> list[tuple[str, str]]:
    """Return (address, label) of the sections, as the top bar shows them."""
    sections = [(url_for(f"{view}.index"), kind.label) for kind, view in VIEWS.items()]
    return [(url_for("StartView.portal"), gettext("首页")), *sections, _way_to_work()]


def _way_to_work() -> tuple[str, str]:
    """Lead officials to their desk, everybody else to the workbench, which asks visitors to log in."""
    if current_user.is_authenticated and not may("can_read", "WorkbenchView"):
        return url_for("StartView.index"), gettext("工作台")
    return url_for("WorkbenchView.index"), gettext("企业工作台")
