"""历年入选名单: winners of earlier cohorts, and the enterprises that they are."""

from typing import Any

from flask import flash, g, redirect, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from markupsafe import Markup
from sqlalchemy import Select, and_, true
from wtforms import DateField, RadioField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from ..errors import BadFile
from ..extensions import db
from ..models import Enterprise, Region, RegionKind, Title
from ..services import titles
from ..services.imports import titles as sheet
from .base import ScopedInterface, ScopedModelView, Tab, allowed, came_from, grants, tag
from .cells import UNKNOWN
from .model_forms import Filled, RelationField
from .paging import Order, Page, Place
from .uploads import send_workbook, start_reading

MATCHED_BY = {titles.BY_NAME: _("名称一致"), titles.BY_FORMER_NAME: _("曾用名一致"), titles.BY_HAND: _("人工关联")}


class ImportForm(FlaskForm):
    """What the lines of a list have in common."""

    name = StringField(
        _("称号名称"), [Filled(), Length(max=120)], render_kw={"maxlength": 120},
        description=_("名单对应的称号全称，与公布文件一致；申报条件按此名称判断是否已入选。"),
    )  # fmt: skip
    granted_on = DateField(_("获得时间"), [Optional()])
    expires_on = DateField(_("有效期至"), [Optional()])

    def validate_expires_on(self, field: DateField) -> None:
        """A title does not end before it begins."""
        if field.data and self.granted_on.data and field.data <= self.granted_on.data:
            raise ValueError(gettext("有效期应晚于获得时间。"))


class LinkForm(FlaskForm):
    """Which enterprise a row stands for, and why."""

    candidate = RadioField(_("名称相近的企业"), [Optional()], render_kw={"class": "options-list"})
    enterprise = RelationField(
        _("其他企业"), [Optional()], model=Enterprise, description=_("候选中没有的，请按名称查找。"),
        options_url=lambda: url_for("TitleAdmin.options", column="enterprise"),
    )  # fmt: skip
    reason = TextAreaField(
        _("关联理由"), [Filled(), Length(max=titles.LONGEST_REASON)], render_kw={"rows": 2},
        description=_("例如：企业已更名，经核对营业执照为同一单位。"),
    )  # fmt: skip


class UnlinkForm(FlaskForm):
    """Why a row stands for none."""

    reason = TextAreaField(_("理由"), [Filled(), Length(max=titles.LONGEST_REASON)], render_kw={"rows": 2})


class TitleRows(ScopedInterface):
    """Titles with enterprises whose names are like those that no enterprise is linked to."""

    def page(self, statement: Select, order: Order, place: Place, total: int | None = None) -> Page:
        page = super().page(statement, order, place, total)
        g.candidates = titles.candidates_for([row for row in page.rows if row.enterprise_id is None], g.user)
        return page


class TitleAdmin(ScopedModelView):
    """`/titles/`: every row of the lists in sight; those without an enterprise come first."""

    datamodel = TitleRows(Title)
    route_base = "/titles"
    list_template = "titles/list.html"
    noun = _("入选名单")
    heading = _("历年入选名单")
    purpose = _(
        "已公布的入选单位；按现用名称和曾用名与平台企业匹配，不能确定的请人工关联。已入选的企业按申报条件不能重复申报。"
    )
    empty_hint = _("请点击“导入名单”，按模板上传已公布的名单。")
    subject = "holder"
    base_permissions = ["can_list", "can_add", "can_link"]
    list_columns = ["holder", "name", "cohort", "city_name", "fields", "granted_on", "enterprise", "matched_by"]
    show_columns = ["holder"]
    add_columns: list[str] = []
    search_columns = ["holder", "name", "cohort", "city", "enterprise", "granted_on"]
    order_columns = ["holder", "granted_on"]
    base_order = ("id", "asc")
    label_columns = {
        "holder": _("单位名称"),
        "name": _("称号"),
        "cohort": _("批次"),
        "city_name": _("地市"),
        "city": _("地市"),
        "fields": _("所属领域"),
        "granted_on": _("获得时间"),
        "enterprise": _("平台企业"),
        "matched_by": _("匹配方式"),
    }

    def tabs(self):
        return [
            Tab("all", _("全部"), true()),
            Tab("loose", _("待关联"), titles.loose()),
            Tab("linked", _("已关联"), Title.enterprise_id.is_not(None)),
            Tab("none", _("确认无对应企业"), and_(Title.enterprise_id.is_(None), Title.matched_by.is_not(None))),
        ]

    def list_context(self) -> dict[str, Any]:
        return super().list_context() | {"able_link": grants(self, "link")}

    def row_url(self, row: Title) -> str | None:
        return self._address("link", row) if grants(self, "link") else None

    def narrow(self, column: str) -> list:
        return [Region.kind == RegionKind.CITY] if column == "city" else []

    def option_text(self, column: str, row: Any) -> str:
        return f"{row.name}（{row.credit_code}）" if column == "enterprise" else str(row)

    def cell_enterprise(self, row: Title) -> Any:
        """Link the enterprise, or name those that it may be."""
        if row.enterprise is not None:
            address = url_for("EnterpriseAdmin.show", pk=row.enterprise.public_id)
            return Markup('<a href="{}">{}</a>').format(address, row.enterprise.name)
        alike = [candidate.name for candidate in g.candidates.get(row.id, ())[:2]]
        if row.matched_by or not alike:
            return UNKNOWN
        return Markup('<span class="muted">{}</span>').format(gettext("可能是：%(names)s", names="、".join(alike)))

    def cell_matched_by(self, row: Title) -> Any:
        if row.enterprise_id is not None:
            return tag(MATCHED_BY[row.matched_by], "ok")
        return tag(gettext("无对应企业"), "wait") if row.matched_by else tag(gettext("待关联"), "warn")

    # ------------------------------------------------------------ import

    @expose("/add", methods=["GET", "POST"])
    @allowed("add")
    def add(self):
        """Show the import; take a workbook of winners."""
        form, back, refusal = ImportForm(), came_from(self._list_url()), None
        if form.validate_on_submit():
            try:
                return start_reading(sheet.JOB_KIND, gettext("导入入选名单"), back, _facts(form))
            except BadFile as said:
                db.session.rollback()
                refusal = said
        page = self.render_template(
            "titles/import.html", title=gettext("导入入选名单"), form=form, refusal=refusal, back=back,
            headings=sheet.HEADINGS,
        )  # fmt: skip
        return page, 422 if form.is_submitted() else 200

    @expose("/template")
    @allowed("add")
    def template(self):
        """Hand out the workbook to fill in."""
        return send_workbook(sheet.make_template(), gettext("入选名单模板.xlsx"))

    # ------------------------------------------------------------ linking

    @expose("/match", methods=["POST"])
    @allowed("link")
    def match(self):
        """Look once more for the enterprises of all rows that are not linked."""
        linked = titles.match_again(by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("重新匹配完成，新关联 %(count)s 条", count=linked), "success" if linked else "info")
        return redirect(came_from(self._list_url()))

    @expose("/link/<pk>", methods=["GET", "POST"])
    @allowed("link")
    def link(self, pk):
        """Show a row with enterprises that it may be; link one of them."""
        title = self._find(pk, ["enterprise"])
        candidates = titles.candidates_for([title], g.user)[title.id]
        form = LinkForm()
        form.candidate.choices = [(str(e.id), f"{e.name}（{e.credit_code}）") for e in candidates]
        if form.validate_on_submit():
            chosen = form.enterprise.data or next((e for e in candidates if str(e.id) == form.candidate.data), None)
            if chosen is None:
                form.enterprise.errors = [gettext("请选择一家企业。")]
            elif self._commit(form, lambda: self._link(title, chosen, form), still_visible=False) is not None:
                flash(gettext("已将“%(holder)s”关联到%(name)s", holder=title.holder, name=chosen.name), "success")
                return redirect(came_from(self._list_url()))
        page = self.render_template(
            "titles/link.html", title=gettext("关联企业：%(holder)s", holder=title.holder), form=form, row=title,
            matched_by=MATCHED_BY, back=came_from(self._list_url()),
        )  # fmt: skip
        return page, 422 if form.is_submitted() else 200

    def _link(self, title: Title, enterprise: Enterprise, form: LinkForm) -> Title:
        titles.link(title, enterprise, form.reason.data, by=g.user, at=g.arrived_at)
        return title

    @expose("/unlink/<pk>", methods=["GET", "POST"])
    @allowed("link")
    def unlink(self, pk):
        """Say, with a reason, that a row stands for no enterprise of the platform."""
        title = self._find(pk, ["enterprise"])
        form = UnlinkForm()
        if form.validate_on_submit() and self._commit(form, lambda: self._unlink(title, form), still_visible=False):
            flash(gettext("“%(holder)s”已确认无对应企业", holder=title.holder), "success")
            return redirect(came_from(self._list_url()))
        heading = gettext("确认无对应企业：%(holder)s", holder=title.holder)
        return self._form_page("titles/unlink.html", form, heading)

    def _unlink(self, title: Title, form: UnlinkForm) -> Title:
        titles.unlink(title, form.reason.data, by=g.user, at=g.arrived_at)
        return title


def _facts(form: ImportForm) -> dict[str, str | None]:
    days = {name: form[name].data.isoformat() if form[name].data else None for name in ("granted_on", "expires_on")}
    return {"title": " ".join(form.name.data.split()), **days}
