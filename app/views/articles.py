"""栏目文章: what a bureau writes for the portal."""

from collections.abc import Sequence
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import ColumnElement, and_, false, or_
from wtforms import TextAreaField

from ..errors import DomainError
from ..extensions import db
from ..models import Article, ArticleKind, Call
from ..permissions import bureau_of, get_visible
from ..services import articles, call_notices, files
from ..services.rich_text import to_html
from .base import ScopedInterface, ScopedModelView, Tab, allowed, came_from, tag
from .declaring.downloads import send_stored, wants_download
from .paging import read_number
from .portal.addresses import public_address

FIELDS = [
    "kind", "title", "short_title", "body", "url", "system", "business_area", "published_at", "withdrawn_at",
    "objections_until", "position",
]  # fmt: skip


class ArticleAdmin(ScopedModelView):
    """`/articles/`: drafts and published articles of the own bureau."""

    datamodel = ScopedInterface(Article, key="public_id")
    route_base = "/articles"
    show_template = "articles/show.html"
    add_template = edit_template = "articles/form.html"
    base_permissions = ["can_list", "can_show", "can_add", "can_edit", "can_delete", "publish", "take_down"]
    noun = _("文章")
    heading = _("栏目文章")
    purpose = _("本单位在门户发布的通知、政策、公示、指南等；未填发布时间的为草稿，只有本单位可见。")
    empty_hint = _("点击“新增文章”撰写，预览无误后再发布。")
    subject = "title"
    list_columns = ["title", "kind", "state", "published_at", "withdrawn_at", "objections_until"]
    show_columns = ["kind", "short_title", "state", "published_at", "withdrawn_at", "objections_until", "url"]
    add_columns = edit_columns = FIELDS
    search_columns = ["title", "kind", "published_at"]
    order_columns = ["published_at"]
    base_order = ("id", "desc")
    label_columns = {
        "kind": _("栏目"),
        "title": _("标题"),
        "short_title": _("短标题"),
        "body": _("正文"),
        "url": _("网址"),
        "system": _("关联系统"),
        "business_area": _("业务领域"),
        "position": _("排序"),
        "published_at": _("发布时间"),
        "withdrawn_at": _("撤下时间"),
        "objections_until": _("异议截止时间"),
        "state": _("状态"),
    }
    description_columns = {
        "short_title": _("首页列表中显示，留空则显示标题"),
        "url": _("仅快速链接填写，以 http:// 或 https:// 开头"),
        "system": _("仅快速链接选择：已登录用户由此进入该系统无需再次登录"),
        "published_at": _("留空为草稿；填将来的时间则到时自动发布"),
        "withdrawn_at": _("留空则长期显示"),
        "objections_until": _("仅结果公示填写；到时自动停止受理异议"),
        "position": _("快速链接和常见问题按此从小到大排列"),
    }
    add_form_extra_fields = edit_form_extra_fields = {
        "body": TextAreaField(
            _("正文"), render_kw={"rows": 16, "maxlength": articles.LONGEST_BODY, "data-rich-text": ""}
        )
    }

    def conditions(self) -> list[ColumnElement]:
        """Each bureau keeps its own articles."""
        bureau = bureau_of(g.user)
        return [Article.bureau_id == bureau.id if bureau else false()]

    def tabs(self) -> Sequence[Tab]:
        at = g.arrived_at
        begun, over = Article.published_at <= at, Article.withdrawn_at <= at
        not_over = or_(Article.withdrawn_at.is_(None), Article.withdrawn_at > at)
        return [
            Tab("all", _("全部"), Article.id > 0),
            Tab("draft", _("草稿"), Article.published_at.is_(None)),
            Tab("planned", _("待发布"), Article.published_at > at),
            Tab("shown", _("已发布"), and_(begun, not_over)),
            Tab("over", _("已撤下"), over),
        ]

    def cell_state(self, row: Article) -> Markup:
        if row.published_at is None:
            return tag(gettext("草稿"), "wait")
        if row.published_at > g.arrived_at:
            return tag(gettext("待发布"), "warn")
        return tag(gettext("已发布"), "ok") if articles.is_shown(row, g.arrived_at) else tag(gettext("已撤下"), "wait")

    def create(self, form) -> Article:
        return articles.write_article(_typed(form), by=g.user, at=g.arrived_at)

    def change(self, item: Article, form) -> Article:
        articles.change_article(item, _typed(form), by=g.user, at=g.arrived_at)
        return item

    def remove(self, item: Article) -> None:
        articles.remove_article(item, by=g.user, at=g.arrived_at)

    def after_save(self, item: Article) -> str:
        """Go on to the preview, where files are added and the article is published."""
        return self._address("show", item)

    def show_context(self, item: Article) -> dict[str, Any]:
        is_shown, found = articles.is_shown(item, g.arrived_at), super().show_context(item)
        return found | {
            "single_actions": [a for a in found["single_actions"] if (a.name == "take_down") is is_shown],
            "body": Markup(to_html(item.body)),  # noqa: S704 - cleaned
            "is_shown": is_shown,
            "address": public_address(item) if is_shown else None,
            "most_files": articles.MOST_FILES,
            "covered": call_notices.calls_of([item]).get(item.id, []),
            "calls_to_cover": articles.calls_to_cover(item, g.user) if item.kind is ArticleKind.NOTICE else None,
            "endings": ",".join(f".{ending}" for ending in files.KINDS),
        }

    @expose("/preview", methods=["POST"])
    @allowed("add", "edit")
    def preview(self):
        """Return typed text as it will look."""
        return Markup(to_html(request.form.get("body", "")[: articles.LONGEST_BODY]))  # noqa: S704 - cleaned

    # ------------------------------------------------------------ publishing

    @action("publish", _("立即发布"), _("发布后所有人都能在门户看到下列内容："))
    def publish(self, chosen: Any):
        """Show articles from now on."""
        return self._for_each(chosen, articles.publish, gettext("已发布"))

    @action("take_down", _("撤下"), _("撤下后，门户不再显示下列内容："))
    def take_down(self, chosen: Any):
        """Show articles no longer."""
        return self._for_each(chosen, articles.take_down, gettext("已撤下"))

    def _for_each(self, chosen: Any, verb: Any, done: str):
        for article in chosen:
            verb(article, by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("%(done)s %(count)s 篇文章", done=done, count=len(chosen)), "success")
        return redirect(came_from(self._list_url()))

    # ------------------------------------------------------------ files

    @expose("/files/<pk>", methods=["POST"])
    @allowed("edit")
    def upload(self, pk):
        """Add files to an article."""
        article = self._find(pk)
        sent = [f for f in request.files.getlist("files") if f.filename]
        try:
            for one in sent:
                articles.attach(article, one.stream, one.filename, by=g.user, at=g.arrived_at)
            db.session.commit()
        except DomainError as refusal:
            db.session.rollback()
            flash(str(refusal), "danger")
        else:
            flash(gettext("已上传 %(count)s 个附件", count=len(sent)) if sent else gettext("请先选择文件"), "info")
        return redirect(url_for("ArticleAdmin.show", pk=pk))

    @expose("/files/<pk>/<file_id>")
    @allowed("show")
    def file(self, pk, file_id):
        """Hand out a file of an article, drafts included."""
        kept = articles.find_file(self._find(pk), file_id)
        return send_stored(kept.file, kept.name, attachment=wants_download())

    @expose("/files/<pk>/<file_id>/delete", methods=["POST"])
    @allowed("edit")
    def remove_file(self, pk, file_id):
        """Take a file away from an article."""
        name = articles.detach(self._find(pk), file_id, by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("已删除附件“%(name)s”", name=name), "success")
        return redirect(url_for("ArticleAdmin.show", pk=pk))

    # ------------------------------------------------------------ what a notice covers

    @expose("/calls/<pk>", methods=["POST"])
    @allowed("edit")
    def cover(self, pk):
        """Let a notice cover a call."""
        article, call_id = self._find(pk), read_number(request.form.get("call_id", ""))
        if call_id is None:
            flash(gettext("请先选择申报方向"), "info")
            return redirect(url_for("ArticleAdmin.show", pk=pk))
        call = get_visible(Call, call_id, g.user)
        articles.cover(article, call, by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("已添加申报方向“%(name)s”", name=call.name), "success")
        return redirect(url_for("ArticleAdmin.show", pk=pk))

    @expose("/calls/<pk>/<int:call_id>/delete", methods=["POST"])
    @allowed("edit")
    def uncover(self, pk, call_id):
        """Let a notice no longer cover a call."""
        name = articles.uncover(self._find(pk), call_id, by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("已移除申报方向“%(name)s”", name=name), "success")
        return redirect(url_for("ArticleAdmin.show", pk=pk))


def _typed(form) -> dict[str, Any]:
    return {name: form[name].data for name in FIELDS if name in form} | {"kind": ArticleKind(form.kind.data)}
