"""Site search: one entry for each article and call, found by its words; what is in the title comes first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, delete, or_, select
from sqlalchemy.orm import joinedload, load_only, selectinload

from ..database import holds_words
from ..extensions import db
from ..models import Account, Article, ArticleKind, Call, Label, Membership, SearchEntry, enterprise_label
from .portal import LAST_PAGE, NEWEST, PAGE_SIZE, PATHS
from .rich_text import to_text
from .search_words import wanted_words, words_of

CALL = "call"
KINDS = (CALL, *(kind.value for kind in PATHS))
BATCH = 200


@dataclass(frozen=True)
class Found:
    """One page of what was found; `has_next` tells whether another one follows."""

    entries: Sequence[SearchEntry]
    number: int
    has_next: bool


# ---------------------------------------------------------------- finding


def find(question: str, site_id: int, at: datetime, *, kind: str = "", page: int = 1) -> Found:
    """Return one page of what holds every word of a question; nothing for a question without words."""
    words, page = wanted_words(question), min(max(page, 1), LAST_PAGE)
    if not words:
        return Found([], page, has_next=False)
    query = _answering([words], site_id, at, KINDS if kind not in KINDS else (kind,))
    found = db.session.scalars(query.limit(PAGE_SIZE + 1).offset((page - 1) * PAGE_SIZE)).all()
    return Found(found[:PAGE_SIZE], page, len(found) > PAGE_SIZE and page < LAST_PAGE)


def recommended_policies(person: Account, at: datetime) -> Sequence[SearchEntry]:
    """Return policies that speak of a label of the person's enterprises."""
    groups = [words for name in _labels_of(person) if (words := wanted_words(name))]
    if not groups:
        return []
    query = _answering(groups, person.site_id, at, (ArticleKind.POLICY.value,))
    return db.session.scalars(query.limit(NEWEST)).all()


def _labels_of(person: Account) -> Sequence[str]:
    query = (
        select(Label.name)
        .join(enterprise_label, enterprise_label.c.label_id == Label.id)
        .join(Membership, Membership.enterprise_id == enterprise_label.c.enterprise_id)
        .where(Membership.account_id == person.id)
        .distinct()
    )
    return db.session.scalars(query.limit(PAGE_SIZE)).all()


def _answering(groups: Sequence[Sequence[str]], site_id: int, at: datetime, kinds: Iterable[str]) -> Select:
    """Return the statement for entries with all words of one of the groups: titles first, then the newest."""
    in_title = holds_words(SearchEntry.title_tokens, groups)
    return (
        select(SearchEntry)
        .where(_shown(site_id, at), SearchEntry.kind.in_(list(kinds)), holds_words(SearchEntry.tokens, groups))
        .options(load_only(SearchEntry.kind, SearchEntry.title, SearchEntry.excerpt, SearchEntry.url,
                           SearchEntry.shown_from))
        .order_by(in_title.desc(), SearchEntry.shown_from.desc(), SearchEntry.id.desc())
    )  # fmt: skip


def _shown(site_id: int, at: datetime) -> ColumnElement[bool]:
    until = SearchEntry.shown_until
    return and_(SearchEntry.site_id == site_id, SearchEntry.shown_from <= at, or_(until.is_(None), until > at))


# ---------------------------------------------------------------- keeping in step


def keep_article(article: Article) -> None:
    """Let the search know an article as it is now; links are not searched."""
    if article.kind not in PATHS:
        forget_article(article)
        return
    text = to_text(article.body)
    entry = _entry(article.site_id, article.id, SearchEntry.kind != CALL)
    entry.kind, entry.title, entry.excerpt = article.kind.value, article.title, text
    entry.url = f"{PATHS[article.kind]}/{article.public_id}/"
    entry.shown_from, entry.shown_until = article.published_at, article.withdrawn_at
    files = [kept.name for kept in article.files]
    _set_words(entry, [article.title, article.short_title], [text, article.business_area, article.bureau.name, *files])


def keep_call(call: Call, at: datetime) -> None:
    """Let the search know a call as it is now; everybody may know of it from the beginning."""
    programme = call.programme
    about = [programme.level, programme.nature, programme.business_area, programme.basis]
    entry = _entry(call.site_id, call.id, SearchEntry.kind == CALL)
    entry.kind, entry.title = CALL, f"{programme.name} {call.name}"[:200]
    entry.excerpt = " ".join(filter(None, about))
    entry.url, entry.shown_from = f"{PATHS[ArticleKind.NOTICE]}/calls/{call.id}/", min(call.opens_at, at)
    _set_words(entry, [programme.name, call.name], [*about, call.group])


def forget_article(article: Article) -> None:
    """Let the search no longer know an article."""
    _forget(article.site_id, article.id, SearchEntry.kind != CALL)


def forget_call(call: Call) -> None:
    """Let the search no longer know a call."""
    _forget(call.site_id, call.id, SearchEntry.kind == CALL)


def _entry(site_id: int, target_id: int, is_its_kind: ColumnElement[bool]) -> SearchEntry:
    query = select(SearchEntry).where(SearchEntry.site_id == site_id, SearchEntry.target_id == target_id, is_its_kind)
    return db.session.scalars(query).first() or SearchEntry(site_id=site_id, target_id=target_id)


def _set_words(entry: SearchEntry, titles: Sequence[str | None], texts: Sequence[str | None]) -> None:
    in_title = words_of(" ".join(filter(None, titles)))
    in_text = words_of(" ".join(filter(None, texts)))
    entry.title_tokens, entry.tokens = " ".join(sorted(in_title)), " ".join(sorted(in_title | in_text))
    db.session.add(entry)
    db.session.flush()


def _forget(site_id: int, target_id: int, is_its_kind: ColumnElement[bool]) -> None:
    which = (SearchEntry.site_id == site_id, SearchEntry.target_id == target_id, is_its_kind)
    db.session.execute(delete(SearchEntry).where(*which))


# ---------------------------------------------------------------- from scratch


def fill_if_empty(at: datetime) -> None:
    """Describe what was there before there was a search."""
    if db.session.scalars(select(SearchEntry.id).limit(1)).first() is None:
        rebuild(at)


def rebuild(at: datetime) -> int:
    """Describe everything anew; returns how many entries there are."""
    db.session.execute(delete(SearchEntry))
    articles = select(Article).where(Article.kind.in_(list(PATHS)))
    count = 0
    for article in _each(articles.options(joinedload(Article.bureau), selectinload(Article.files)), Article):
        keep_article(article)
        count += 1
    for call in _each(select(Call).options(joinedload(Call.programme)), Call):
        keep_call(call, at)
        count += 1
    return count


def _each(query: Select, model: type) -> Iterator:
    """Yield the rows a few at a time: all articles with their texts may be more than fits."""
    last = 0
    while found := db.session.scalars(query.where(model.id > last).order_by(model.id).limit(BATCH)).all():
        last = found[-1].id
        yield from found
        db.session.flush()
        db.session.expunge_all()
