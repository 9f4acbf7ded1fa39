"""栏目文章: what a bureau writes for the portal, when it appears and when it is taken down."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from ..errors import BadFile, Forbidden, Invalid, NotFound
from ..extensions import db
from ..models import Account, Article, ArticleFile, ArticleKind, Call, Objection
from ..permissions import bureau_of, visible
from . import audit, files, site_search

LONGEST_BODY = 50_000
FILE_BYTES = 50 * 1024 * 1024
MOST_FILES = 20
MOST_CALLS_OFFERED = 100
_WEB_ADDRESS = re.compile(r"https?://[^\s/]+(/\S*)?")
_FIELDS = (
    "kind", "title", "short_title", "body", "url", "system", "business_area", "position", "published_at",
    "withdrawn_at", "objections_until",
)  # fmt: skip


def write_article(typed: Mapping[str, Any], *, by: Account, at: datetime) -> Article:
    """Add an article of the own bureau; without a time of publishing it is a draft. Raises Invalid at its fields."""
    bureau = bureau_of(by)
    if bureau is None:
        raise Forbidden(_("您的账号没有所属部门，不能发布文章。"))
    article = Article(site_id=by.site_id, bureau_id=bureau.id)
    _fill(article, typed, by, at)
    db.session.add(article)
    db.session.flush()
    site_search.keep_article(article)
    audit.record("write_article", article, by=by, at=at, detail={"title": article.title, "kind": article.kind.value})
    return article


def change_article(article: Article, typed: Mapping[str, Any], *, by: Account, at: datetime) -> None:
    """Change an article of the own bureau; raises Invalid at its fields."""
    _require_own(article, by)
    before = _moments(article)
    _fill(article, typed, by, at)
    db.session.flush()
    site_search.keep_article(article)
    audit.record("change_article", article, by=by, at=at, detail={"before": before, "after": _moments(article)})


def publish(article: Article, *, by: Account, at: datetime) -> None:
    """Show an article from now on."""
    _require_own(article, by)
    if is_shown(article, at):
        raise Invalid(_("“%(title)s”已经发布。", title=article.title))
    article.published_at, article.withdrawn_at = at, None
    _require_order(article)
    site_search.keep_article(article)
    audit.record("publish_article", article, by=by, at=at, detail={"title": article.title})


def take_down(article: Article, *, by: Account, at: datetime) -> None:
    """Show an article no longer."""
    _require_own(article, by)
    if not is_shown(article, at):
        raise Invalid(_("“%(title)s”没有在发布中，不需要撤下。", title=article.title))
    article.withdrawn_at = at
    site_search.keep_article(article)
    audit.record("take_down_article", article, by=by, at=at, detail={"title": article.title})


def remove_article(article: Article, *, by: Account, at: datetime) -> None:
    """Delete a draft; what was public, or has objections, is taken down instead."""
    _require_own(article, by)
    objected = db.session.scalar(select(func.count()).where(Objection.article_id == article.id))
    if objected or (article.published_at is not None and article.published_at <= at):
        raise Invalid(_("“%(title)s”已公开过，须予保留，不能删除，请改为撤下。", title=article.title))
    audit.record("remove_article", article, by=by, at=at, detail={"title": article.title})
    site_search.forget_article(article)
    db.session.delete(article)
    db.session.flush()


def is_shown(article: Article, at: datetime) -> bool:
    """Tell whether an article is public."""
    begun = article.published_at is not None and article.published_at <= at
    return begun and (article.withdrawn_at is None or article.withdrawn_at > at)


def takes_objections(article: Article, at: datetime) -> bool:
    """Tell whether somebody may object now."""
    return is_shown(article, at) and article.objections_until is not None and at <= article.objections_until


def _fill(article: Article, typed: Mapping[str, Any], by: Account, at: datetime) -> None:
    for name in _FIELDS:
        if name in typed:
            setattr(article, name, typed[name])
    article.body = (article.body or "").replace("\r\n", "\n").strip()
    article.position = article.position or 0
    article.edited_at, article.edited_by_id = at, by.id
    _require_fields(article)
    _require_order(article)


def _require_fields(article: Article) -> None:
    is_link = article.kind is ArticleKind.LINK
    if article.system is not None and not (is_link and article.system.start_url):
        message = _("只有快速链接可以选择关联系统，且该系统须已登记登录入口。")
        raise Invalid(message, fields={"system": message})
    if is_link and not (article.system and not article.url) and not _WEB_ADDRESS.fullmatch(article.url or ""):
        message = _("快速链接须填写以 http:// 或 https:// 开头的网址。")
        raise Invalid(message, fields={"url": message})
    if not is_link and not article.body:
        raise Invalid(_("请填写正文。"), fields={"body": _("请填写正文。")})
    if len(article.body) > LONGEST_BODY:
        message = _("正文不能超过 %(limit)s 字，请将内容较多的部分作为附件上传。", limit=LONGEST_BODY)
        raise Invalid(message, fields={"body": message})
    if article.objections_until is not None and article.kind is not ArticleKind.PUBLICITY:
        message = _("只有结果公示可以设置异议截止时间。")
        raise Invalid(message, fields={"objections_until": message})


def _require_order(article: Article) -> None:
    for name, message, fits_draft in (
        ("withdrawn_at", _("撤下时间须晚于发布时间。"), False),
        (
            "objections_until",
            _("异议截止时间须晚于发布时间。"),
            True,
        ),  # written beforehand, judged when it is published
    ):
        moment = getattr(article, name)
        if moment is None or (article.published_at is None and fits_draft):
            continue
        if article.published_at is None or moment <= article.published_at:
            raise Invalid(message, fields={name: message})


def _require_own(article: Article, by: Account) -> None:
    bureau = bureau_of(by)
    if bureau is None or article.bureau_id != bureau.id:
        raise Forbidden(_("只能维护本单位发布的文章。"))


def _moments(article: Article) -> dict[str, Any]:
    shown = {"title": article.title, "kind": article.kind.value}
    moments = ("published_at", "withdrawn_at", "objections_until")
    return shown | {name: str(getattr(article, name) or "") for name in moments}


# ---------------------------------------------------------------- files


def attach(article: Article, stream: BinaryIO, name: str, *, by: Account, at: datetime) -> ArticleFile:
    """Offer a file with an article; raises BadFile."""
    _require_own(article, by)
    if len(article.files) >= MOST_FILES:
        raise BadFile(_("每篇文章最多上传 %(limit)s 个附件。", limit=MOST_FILES))
    name = files.clean_name(name)
    stored = files.store(stream, name, site_id=article.site_id, max_bytes=FILE_BYTES)
    position = 1 + max((f.position for f in article.files), default=0)
    kept = ArticleFile(article=article, name=name, file=stored, position=position)
    db.session.add(kept)
    db.session.flush()
    site_search.keep_article(article)
    audit.record("attach_to_article", article, by=by, at=at, detail={"name": name, "file": stored.id})
    return kept


def detach(article: Article, public_id: str, *, by: Account, at: datetime) -> str:
    """Offer a file no longer; returns its name, raises NotFound for a file of another article."""
    _require_own(article, by)
    kept = find_file(article, public_id)
    article.files.remove(kept)
    db.session.flush()
    site_search.keep_article(article)
    audit.record("detach_from_article", article, by=by, at=at, detail={"name": kept.name})
    return kept.name


def find_file(article: Article, public_id: str) -> ArticleFile:
    """Return a file of an article; raises NotFound."""
    for kept in article.files:
        if kept.public_id == public_id:
            return kept
    raise NotFound(_("没有找到该附件，可能已被删除。"))


# ---------------------------------------------------------------- what a notice covers


def calls_to_cover(article: Article, by: Account) -> Sequence[Call]:
    """Return the newest calls that a notice may still cover."""
    covered = [call.id for call in article.calls]
    query = (
        select(Call)
        .join(Call.programme)
        .where(visible(Call, by), Call.id.not_in(covered))
        .options(contains_eager(Call.programme))
        .order_by(Call.closes_at.desc(), Call.id.desc())
    )
    return db.session.scalars(query.limit(MOST_CALLS_OFFERED)).all()


def cover(article: Article, call: Call, *, by: Account, at: datetime) -> None:
    """Let a notice cover a call; raises Invalid for other kinds and for a call that it covers already."""
    _require_own(article, by)
    if article.kind is not ArticleKind.NOTICE:
        raise Invalid(_("只有申报通知可以对应申报方向。"))
    if call.site_id != article.site_id or call in article.calls:
        raise Invalid(_("“%(name)s”已在本通知中，未重复添加。", name=call.name))
    article.calls.append(call)
    db.session.flush()
    audit.record("cover_call", article, by=by, at=at, detail={"call": call.id})


def uncover(article: Article, call_id: int, *, by: Account, at: datetime) -> str:
    """Let a notice no longer cover a call; returns its name, raises NotFound for a call that it does not cover."""
    _require_own(article, by)
    call = next((c for c in article.calls if c.id == call_id), None)
    if call is None:
        raise NotFound(_("本通知没有对应该申报方向。"))
    article.calls.remove(call)
    db.session.flush()
    audit.record("uncover_call", article, by=by, at=at, detail={"call": call_id})
    return call.name
