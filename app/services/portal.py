"""What the portal shows to everybody: articles that are published now, by kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import defer, joinedload, selectinload

from ..errors import NotFound
from ..extensions import db
from ..models import Article, ArticleKind

PAGE_SIZE = 20
LAST_PAGE = 500
LONGEST_QUESTION = 60
NEWEST = 10
BY_POSITION = frozenset({ArticleKind.FAQ, ArticleKind.LINK})  # arranged by hand; everything else is newest first
PATHS = {
    ArticleKind.NOTICE: "/notices",
    ArticleKind.POLICY: "/policies",
    ArticleKind.PUBLICITY: "/publicity",
    ArticleKind.GUIDE: "/service-guides",
    ArticleKind.FAQ: "/faq",
}


@dataclass(frozen=True)
class Page:
    """One page of a list; `has_next` tells whether another one follows."""

    articles: Sequence[Article]
    number: int
    has_next: bool


def shown(site_id: int, at: datetime) -> ColumnElement[bool]:
    """Return the condition on articles that everybody may read."""
    return and_(
        Article.site_id == site_id,
        Article.published_at <= at,
        or_(Article.withdrawn_at.is_(None), Article.withdrawn_at > at),
    )


def list_articles(
    kind: ArticleKind,
    site_id: int,
    at: datetime,
    *,
    text: str = "",
    page: int = 1,
    narrowed: Sequence[ColumnElement[bool]] = (),
) -> Page:
    """Return one page of a kind, narrowed to titles that hold the text and to further conditions."""
    page = min(max(page, 1), LAST_PAGE)
    query = _of_kind(kind, site_id, at).where(*_holding(text), *narrowed)
    found = db.session.scalars(query.limit(PAGE_SIZE + 1).offset((page - 1) * PAGE_SIZE)).all()
    return Page(found[:PAGE_SIZE], page, len(found) > PAGE_SIZE and page < LAST_PAGE)


def newest(kind: ArticleKind, site_id: int, at: datetime) -> Sequence[Article]:
    """Return the first few of a kind, as the home page shows them."""
    return db.session.scalars(_of_kind(kind, site_id, at).limit(NEWEST)).all()


def _of_kind(kind: ArticleKind, site_id: int, at: datetime) -> Select[tuple[Article]]:
    order = (Article.position,) if kind in BY_POSITION else ()
    more = [joinedload(Article.system)] if kind is ArticleKind.LINK else []
    return (
        select(Article)
        .where(shown(site_id, at), Article.kind == kind)
        .options(defer(Article.body), joinedload(Article.bureau), *more)
        .order_by(*order, Article.published_at.desc(), Article.id.desc())
    )


def _holding(text: str) -> list[ColumnElement[bool]]:
    text = text.replace("\x00", "").strip()[:LONGEST_QUESTION]
    if not text:
        return []
    return [or_(column.icontains(text, autoescape=True) for column in (Article.title, Article.short_title))]


def read_article(kind: ArticleKind, public_id: str, site_id: int, at: datetime) -> Article:
    """Return a published article with its files; raises NotFound."""
    query = (
        select(Article)
        .where(shown(site_id, at), Article.kind == kind, Article.public_id == public_id)
        .options(joinedload(Article.bureau), selectinload(Article.files))
    )
    article = db.session.scalars(query).first()
    if article is None:
        raise NotFound(_("没有找到该内容，可能尚未发布或已经撤下。"))
    return article
