"""Site search over calls, notices, policies, publicity, guides and questions."""

import re

from flask import g
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup, escape

from ...models import ArticleKind
from ...services import site_search
from ...services.portal import PATHS
from ...services.search_words import terms_of
from ..base import ScopedView
from .addresses import portal_links
from .pages import asked, page_number

LABELS = {site_search.CALL: _("申报方向"), **{kind.value: ArticleKind(kind).label for kind in PATHS}}
BEFORE, EXCERPT = 40, 160


class SearchView(ScopedView):
    """`/search/`"""

    route_base = "/search"

    @expose("/")
    def index(self):
        """Show one page of what answers `q`."""
        question, kind = asked("q"), asked("kind")
        found = site_search.find(question, g.site.id, g.arrived_at, kind=kind, page=page_number())
        terms = terms_of(question)
        return self.render_template(
            "portal/search.html",
            title=gettext("站内搜索"),
            question=question,
            kind=kind if kind in LABELS else "",
            labels=LABELS,
            found=found,
            marked=lambda text: marked(text, terms),
            excerpt=lambda text: marked(excerpt(text, terms), terms),
            portal_links=portal_links(),
        )


def excerpt(text: str, terms: list[str]) -> str:
    """Return the part of a text where a term first stands."""
    places = (found.start() for term in terms if (found := re.search(re.escape(term), text, re.IGNORECASE)))
    start = max(next(places, 0) - BEFORE, 0)
    return f"{'…' if start else ''}{text[start : start + EXCERPT]}{'…' if start + EXCERPT < len(text) else ''}"


def marked(text: str, terms: list[str]) -> Markup:
    """Return a text with the terms marked; everything else is escaped."""
    if not terms:
        return escape(text)
    pieces = re.split("(" + "|".join(map(re.escape, terms)) + ")", text, flags=re.IGNORECASE)
    return Markup("").join(
        Markup("<mark>{}</mark>").format(piece) if number % 2 else piece for number, piece in enumerate(pieces)
    )
