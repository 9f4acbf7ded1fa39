"""What the demo's province has published: notices with their calls, policies, guides, answers and links."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from .. import roles
from ..forms.package import read_yaml
from ..models import Account, ArticleKind
from ..services import articles
from . import papers
from .world import World

TEXTS = Path(__file__).parent / "portal" / "articles.yaml"


def publish(world: World, at: datetime) -> None:
    """Publish in the name of the province's first officer."""
    officer = next(p for p in world.people.values() if roles.PROVINCE_OFFICER in p.role_names)
    for text in read_yaml(TEXTS.read_text("utf-8"), TEXTS.name)["articles"]:
        _publish(world, text, officer, at)


def _publish(world: World, text: Mapping[str, Any], officer: Account, at: datetime) -> None:
    then = at - timedelta(days=text["age"])
    typed = {name: text[name] for name in ("title", "short_title", "body", "url", "business_area", "position")
             if name in text}  # fmt: skip
    kind = ArticleKind(text["kind"])
    article = articles.write_article(typed | {"kind": kind, "published_at": then}, by=officer, at=then)
    for key in text.get("calls", ()):
        if key in world.calls:
            articles.cover(article, world.calls[key], by=officer, at=then)
    if paper := text.get("paper"):
        articles.attach(article, BytesIO(papers.make_paper(paper, article.title)), paper, by=officer, at=then)
