"""What sections of the portal have in common: a list with search, a reading page, files. Everybody may read."""

from typing import Any, ClassVar

from flask import g, request
from flask_appbuilder import expose
from markupsafe import Markup
from sqlalchemy import ColumnElement

from ...models import Article, ArticleKind
from ...services import portal
from ...services.articles import find_file
from ...services.rich_text import to_html
from ..base import ScopedView
from ..declaring.downloads import send_stored, wants_download
from .addresses import portal_links


class ArticlePages(ScopedView):
    """One section: a subclass names its kind, heading and templates."""

    kind: ClassVar[ArticleKind]
    purpose: ClassVar[Any]
    list_page = "portal/list.html"
    show_page = "portal/article.html"

    @expose("/")
    def index(self):
        """Show one page of what is published, narrowed by `q`."""
        text = asked("q")
        page = portal.list_articles(
            self.kind, g.site.id, g.arrived_at, text=text, page=page_number(), narrowed=self.narrowed()
        )
        return self.render_template(
            self.list_page,
            title=self.kind.label,
            purpose=self.purpose,
            page=page,
            text=text,
            chosen=self.chosen(),
            portal_links=portal_links(),
            **self.beside(page),
        )

    def chosen(self) -> dict[str, str]:
        """Return the filters that are set, by the names they have in the address."""
        return {}

    def narrowed(self) -> list[ColumnElement[bool]]:
        """Return what the list is narrowed to besides the text."""
        return []

    def beside(self, page: portal.Page) -> dict[str, Any]:
        """Return what the list shows besides its articles."""
        return {}

    @expose("/<public_id>/")
    def show(self, public_id):
        """Show one article."""
        article = self.read(public_id)
        return self.render_template(self.show_page, **self.context(article))

    @expose("/<public_id>/files/<file_id>")
    def file(self, public_id, file_id):
        """Hand out a file of a published article."""
        kept = find_file(self.read(public_id), file_id)
        return send_stored(kept.file, kept.name, attachment=wants_download())

    def read(self, public_id: str) -> Article:
        """Return a published article of this section."""
        return portal.read_article(self.kind, public_id, g.site.id, g.arrived_at)

    def context(self, article: Article) -> dict[str, Any]:
        """Return what the reading page shows."""
        return {
            "title": article.title,
            "article": article,
            "section": self.kind.label,
            "body": Markup(to_html(article.body)),  # noqa: S704 - cleaned
            "portal_links": portal_links(),
        }


def asked(name: str) -> str:
    """Return an argument of the address as one short line."""
    return " ".join(request.args.get(name, "").replace("\x00", "").split())[: portal.LONGEST_QUESTION]


def page_number() -> int:
    """Return which page is asked for."""
    text = request.args.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 1
