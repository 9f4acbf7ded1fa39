"""申报指南: the city officer completes what the province has announced for the calls of the own office."""

from typing import Any

from flask import flash, g, redirect
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from markupsafe import Markup
from sqlalchemy import Select, select
from sqlalchemy.sql import ColumnElement
from wtforms import SelectField, TextAreaField
from wtforms.validators import Length, Optional

from .. import clock
from ..errors import Invalid
from ..models import Call, CallGuide, ResponsibleOffice
from ..services import programmes
from .base import ScopedInterface, ScopedModelView, allowed, came_from, tag
from .cells import UNKNOWN
from .guide_files import call_guide_link, city_guide_link
from .model_forms import Filled, MomentField
from .paging import Order, Page, Place


class GuideForm(FlaskForm):
    """What a city adds to a call."""

    file = FileField(_("申报指南"), description=_("本市发布的申报指南，企业可下载；PDF、Word 或 ZIP，50 MB 以内。"))
    opens_at = MomentField(_("开始时间"), [Filled()])
    closes_at = MomentField(_("结束时间"), [Filled()], description=_("企业须在此之前提交，到秒截止。"))
    county_review = SelectField(
        _("是否需要区县审核"), [Filled()], choices=[("", _("请选择")), ("1", _("需要")), ("0", _("不需要"))],
        description=_("选择“不需要”时，企业直接提交到本市审核。"),
    )  # fmt: skip
    county_due_at = MomentField(
        _("区县审核截止时间"), [Optional()], description=_("需要区县审核时必填；晚于结束时间，不晚于地市审核截止时间。")
    )
    note = TextAreaField(_("备注"), [Optional(), Length(max=1000)], render_kw={"rows": 4, "maxlength": 1000})


class GuideRows(ScopedInterface):
    """Calls with the own city's guide, read once a page."""

    def page(self, statement: Select, order: Order, place: Place, total: int | None = None) -> Page:
        page = super().page(statement, order, place, total)
        query = select(CallGuide).where(
            CallGuide.call_id.in_([c.id for c in page.rows]), CallGuide.city_id == g.user.department.region_id
        )
        g.guides_of_calls = {guide.call_id: guide for guide in self.session.scalars(query)}
        return page


class GuideAdmin(ScopedModelView):
    """The calls for which the own office is responsible, with the guide of the city."""

    datamodel = GuideRows(Call)
    route_base = "/guides-admin"
    list_template = "guides/list.html"
    noun = _("申报指南")
    purpose = _("本科室负责的申报方向；上传本市申报指南并填写申报时间后，本市企业方可申报。")
    empty_hint = _("本单位管理员将您所在科室设为责任科室后，相应方向会显示在这里。")
    base_permissions = ["can_list", "can_edit"]
    list_columns = ["name", "programme.name", "programme.year", "call_guide", "guide", "window", "county_due", "state"]
    show_columns = ["name"]
    edit_columns = ["name"]
    search_columns = ["programme.year", "programme.name", "name"]
    order_columns: list[str] = []
    base_order = ("closes_at", "desc")
    label_columns = {
        "programme.name": _("项目认定评定名称"),
        "programme.year": _("年度"),
        "name": _("方向"),
        "call_guide": _("省厅申报指南"),
        "guide": _("申报指南"),
        "window": _("申报时间"),
        "county_due": _("区县审核截止"),
        "state": _("状态"),
    }

    def conditions(self) -> list[ColumnElement]:
        """Show the calls of the own office."""
        own = select(ResponsibleOffice.call_id).where(ResponsibleOffice.office_id == g.user.department_id)
        return [Call.id.in_(own)]

    def row_url(self, row: Call) -> str:
        return self._address("edit", row)

    def cell_call_guide(self, row: Call) -> Any:
        return call_guide_link(row)

    def cell_guide(self, row: Call) -> Any:
        return city_guide_link(g.guides_of_calls.get(row.id))

    def cell_window(self, row: Call) -> Any:
        guide = g.guides_of_calls.get(row.id)
        if guide is None:
            return UNKNOWN
        moments = Markup('<span class="moments">{} {}</span> <span class="moments">{}</span>')
        return moments.format(clock.show(guide.opens_at), gettext("至"), clock.show(guide.closes_at))

    def cell_county_due(self, row: Call) -> str:
        guide = g.guides_of_calls.get(row.id)
        if guide is None:
            return UNKNOWN
        return clock.show(guide.county_due_at) if guide.county_review else gettext("不需要")

    def cell_state(self, row: Call) -> Any:
        """Say where the city stands: nothing published, no file yet, or complete."""
        guide = g.guides_of_calls.get(row.id)
        if guide is None:
            return tag(gettext("待上传"), "stop")
        return tag(gettext("已发布"), "ok") if guide.file_id else tag(gettext("缺少指南文件"), "warn")

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @allowed("edit")
    def edit(self, pk):
        """Show the province's terms and the own guide in the form, or publish it."""
        call = self._find(pk, ["programme.name"])
        guide = self._guide_of(call)
        form = GuideForm(data=_data_of(call, guide))
        if form.validate_on_submit() and self._commit(form, lambda: self._publish(call, guide, form)) is not None:
            flash(gettext("已发布“%(call)s”的申报指南", call=call.name), "success")
            return redirect(came_from(self._list_url()))
        page = self.render_template(
            "guides/edit.html",
            title=gettext("编辑申报指南") if guide else gettext("上传申报指南"),
            call=call, guide=guide, form=form, back=came_from(self._list_url()),
            call_guide=call_guide_link(call), city_guide=city_guide_link(guide),
        )  # fmt: skip
        return page, 422 if form.is_submitted() else 200

    def _guide_of(self, call: Call) -> CallGuide | None:
        query = select(CallGuide).where(CallGuide.call_id == call.id, CallGuide.city_id == g.user.department.region_id)
        return self.datamodel.session.scalars(query).first()

    def _publish(self, call: Call, guide: CallGuide | None, form: GuideForm) -> Call:
        upload = form.file.data if form.file.data is not None and form.file.data.filename else None
        if upload is None and (guide is None or guide.file_id is None):
            raise Invalid(_("请上传本市申报指南。"), fields={"file": _("请上传本市申报指南。")})
        published = programmes.publish_guide(
            call, g.user.department.region, opens_at=form.opens_at.data, closes_at=form.closes_at.data,
            county_review=form.county_review.data == "1", county_due_at=form.county_due_at.data,
            note=(form.note.data or "").strip() or None, by=g.user, at=g.arrived_at,
        )  # fmt: skip
        if upload is not None:
            programmes.attach_guide(published, upload.stream, upload.filename, by=g.user, at=g.arrived_at)
        return call


def _data_of(call: Call, guide: CallGuide | None) -> dict[str, Any]:
    """Return what the form starts with: the guide as it stands, or the province's times."""
    if guide is None:
        return {"opens_at": call.opens_at, "closes_at": call.closes_at, "county_review": ""}
    return {
        "opens_at": guide.opens_at,
        "closes_at": guide.closes_at,
        "county_review": "1" if guide.county_review else "0",
        "county_due_at": guide.county_due_at,
        "note": guide.note,
    }
