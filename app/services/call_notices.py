"""申报通知: what is open and what is to come, as notices of bureaus and as calls that no notice covers yet."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, exists, not_, or_, select
from sqlalchemy.orm import contains_eager, defer, joinedload

from ..errors import NotFound
from ..extensions import db
from ..models import Article, ArticleKind, Call, CallGuide, Programme, Region, article_call
from .portal import NEWEST, shown
from .programmes import public_calls

MOST_CHOICES = 60
MOST_CITIES = 60


class Stage(enum.Enum):
    """申报状态, by the province's window."""

    COMING = "coming"
    OPEN = "open"
    OVER = "over"

    @property
    def label(self):
        return {"coming": _("未开始"), "open": _("申报中"), "over": _("已截止")}[self.value]

    @property
    def tone(self) -> str:
        return {"coming": "wait", "open": "ok", "over": "wait"}[self.value]


@dataclass(frozen=True)
class Window:
    """When one may declare under one call or under several."""

    opens_at: datetime
    closes_at: datetime
    stage: Stage


@dataclass(frozen=True)
class Line:
    """One line of the home page: a notice with its calls, or a call that no notice covers."""

    article: Article | None
    calls: Sequence[Call]
    window: Window


@dataclass(frozen=True)
class Choice:
    """What a visitor narrows the notices to."""

    stage: Stage | None = None
    area: str = ""
    nature: str = ""


def window_of(calls: Iterable[Call], at: datetime) -> Window | None:
    """Return the window of what stands furthest: what is open goes before what is to come, that before what is over."""
    by_stage: dict[Stage, list[Call]] = {}
    for call in calls:
        by_stage.setdefault(_stage_of(call, at), []).append(call)
    for stage in (Stage.OPEN, Stage.COMING, Stage.OVER):
        if found := by_stage.get(stage):
            return Window(min(c.opens_at for c in found), max(c.closes_at for c in found), stage)
    return None


def _stage_of(call: Call, at: datetime) -> Stage:
    if call.opens_at > at:
        return Stage.COMING
    return Stage.OPEN if at <= call.closes_at else Stage.OVER


def open_lines(site_id: int, at: datetime) -> list[Line]:
    """Return what is open or still to come, what closes first on top, one line for all calls of a notice; all of it."""
    calls = public_calls(site_id, at)
    notices = _newest_notices([call.id for call in calls], site_id, at)
    lines: dict[tuple[str, int], list[Call]] = {}
    for call in calls:
        notice = notices.get(call.id)
        lines.setdefault(("notice", notice.id) if notice else ("call", call.id), []).append(call)
    return [Line(notices.get(of[0].id), of, window_of(of, at)) for of in lines.values()]


def _newest_notices(call_ids: list[int], site_id: int, at: datetime) -> dict[int, Article]:
    """Return {call id: its newest notice}."""
    query = (
        select(article_call.c.call_id, Article)
        .join(Article, Article.id == article_call.c.article_id)
        .where(article_call.c.call_id.in_(call_ids), shown(site_id, at), Article.kind == ArticleKind.NOTICE)
        .options(defer(Article.body))
        .order_by(Article.published_at, Article.id)
    )
    return dict(db.session.execute(query).all())


def narrowed(choice: Choice, at: datetime) -> list[ColumnElement[bool]]:
    """Return the conditions on articles for what a visitor has chosen."""
    found = [_at_stage(choice.stage, at)] if choice.stage else []
    if choice.area:
        found.append(or_(Article.business_area == choice.area, _covers(Programme.business_area == choice.area)))
    if choice.nature:
        found.append(_covers(Programme.nature == choice.nature))
    return found


def _at_stage(stage: Stage, at: datetime) -> ColumnElement[bool]:
    is_open = _covers(Call.opens_at <= at, Call.closes_at >= at)
    if stage is Stage.OPEN:
        return is_open
    is_coming = _covers(Call.opens_at > at)
    if stage is Stage.COMING:
        return is_coming & not_(is_open)
    return _covers() & not_(is_open) & not_(is_coming)


def _covers(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that an article covers a call like this."""
    joined = (article_call.c.call_id == Call.id, Call.programme_id == Programme.id)
    return exists(select(1).where(article_call.c.article_id == Article.id, *joined, *conditions))


def areas_and_natures(site_id: int) -> tuple[list[str], list[str]]:
    """Return what one may narrow by: 业务领域 and 项目类型 of the site's programmes."""
    query = select(Programme.business_area, Programme.nature).where(Programme.site_id == site_id).distinct()
    rows = db.session.execute(query.limit(MOST_CHOICES)).all()
    return sorted({r.business_area for r in rows if r.business_area}), sorted({r.nature for r in rows})


def calls_of(articles: Iterable[Article]) -> dict[int, list[Call]]:
    """Return {article id: the calls it covers, with their programmes} in one statement."""
    query = (
        select(article_call.c.article_id, Call)
        .join(Call, Call.id == article_call.c.call_id)
        .join(Call.programme)
        .where(article_call.c.article_id.in_([article.id for article in articles]))
        .options(contains_eager(Call.programme))
        .order_by(Call.closes_at, Call.id)
    )
    found: dict[int, list[Call]] = {}
    for article_id, call in db.session.execute(query):
        found.setdefault(article_id, []).append(call)
    return found


# ---------------------------------------------------------------- one call


def read_call(call_id: int, site_id: int) -> Call:
    """Return a call of the site; everybody may know of it. Raises NotFound."""
    query = select(Call).where(Call.id == call_id, Call.site_id == site_id).options(joinedload(Call.programme))
    call = db.session.scalars(query).first()
    if call is None:
        raise NotFound(_("没有找到该申报方向，可能已经取消。"))
    return call


def guides_of(call: Call) -> Sequence[CallGuide]:
    """Return the cities' windows of a call, as their guides have published them."""
    query = (
        select(CallGuide)
        .join(CallGuide.city)
        .where(CallGuide.call_id == call.id)
        .options(contains_eager(CallGuide.city), defer(CallGuide.note))
        .order_by(Region.code, Region.id)
    )
    return db.session.scalars(query.limit(MOST_CITIES)).all()


def notices_of(call: Call, at: datetime) -> Sequence[Article]:
    """Return the newest notices that cover a call."""
    query = (
        select(Article)
        .join(article_call, article_call.c.article_id == Article.id)
        .where(article_call.c.call_id == call.id, shown(call.site_id, at), Article.kind == ArticleKind.NOTICE)
        .options(defer(Article.body))
        .order_by(Article.published_at.desc(), Article.id.desc())
    )
    return db.session.scalars(query.limit(NEWEST)).all()
