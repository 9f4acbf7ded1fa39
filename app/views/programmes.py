"""Programmes, their calls and the declaration types behind them: what the province sets up."""

from datetime import datetime
from functools import partial
from typing import Any

from flask import flash, g, redirect
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from sqlalchemy import Select, func, select
from wtforms import IntegerField, SelectField
from wtforms.validators import NumberRange

from .. import clock
from ..models import Call, DeclarationTypeVersion, Programme
from ..permissions import get_visible
from ..services import programmes, types
from .base import ScopedInterface, ScopedModelView, allowed, tag, until
from .guide_files import call_guide_link
from .model_forms import Filled
from .paging import Order, Page, Place
from .programme_copying import TIMES, copy_form

LEVELS = ("国家级", "省级", "地市级", "区县级")
NATURES = ("认定类", "评定类", "扶持类", "培育类")
PROGRAMME_FACTS = ("name", "year", "funding", "level", "nature", "business_area", "basis")


def _plain(values: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


class ProgrammeRows(ScopedInterface):
    """Programmes with the number of their calls, counted once a page."""

    def page(self, statement: Select, order: Order, place: Place, total: int | None = None) -> Page:
        page = super().page(statement, order, place, total)
        ids = [p.id for p in page.rows]
        query = select(Call.programme_id, func.count()).where(Call.programme_id.in_(ids)).group_by(Call.programme_id)
        g.calls_of_programmes = dict(self.session.execute(query).all())
        return page


class ProgrammeAdmin(ScopedModelView):
    """项目认定评定名称 of a year."""

    datamodel = ProgrammeRows(Programme)
    route_base = "/programmes"
    show_template = "programmes/programme.html"
    noun = _("项目认定评定名称")
    heading = _("项目认定评定")
    purpose = _("按年度设置项目认定评定名称（专题），再在其下设置一个或多个申报方向。")
    empty_hint = _("请先新增项目认定评定名称，再为其新增申报方向。")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit", "can_delete"]
    list_columns = ["name", "year", "funding", "level", "nature", "business_area", "calls"]
    show_columns = ["name", "year", "funding", "level", "nature", "business_area", "basis"]
    search_columns = ["name", "year", "funding", "business_area"]
    add_columns = edit_columns = ["name", "year", "funding", "level", "nature", "business_area", "basis"]
    order_columns = ["name", "year"]
    base_order = ("year", "desc")
    label_columns = {
        "name": _("项目认定评定名称"),
        "year": _("年度"),
        "funding": _("资金类型"),
        "level": _("级别"),
        "nature": _("项目类型"),
        "business_area": _("业务领域"),
        "basis": _("设立依据"),
        "calls": _("方向数"),
    }
    add_form_extra_fields = edit_form_extra_fields = {
        "year": IntegerField(_("年度"), [Filled(), NumberRange(2000, 2100, message=_("请填写四位年份，例如 2024。"))]),
        "level": SelectField(_("级别"), [Filled()], choices=_plain(LEVELS), default="省级"),
        "nature": SelectField(_("项目类型"), [Filled()], choices=_plain(NATURES), default="认定类"),
    }

    def cell_calls(self, row: Programme) -> str:
        return str(g.calls_of_programmes.get(row.id, 0))

    def show_context(self, item: Programme) -> dict[str, Any]:
        return super().show_context(item) | {"calls": item.calls, "state_of": window_state}

    def create(self, form: FlaskForm) -> Programme:
        return programmes.create_programme(g.user.site, by=g.user, at=g.arrived_at, **_facts(form))

    def change(self, item: Programme, form: FlaskForm) -> Programme:
        programmes.change_programme(item, by=g.user, at=g.arrived_at, **_facts(form))
        return item

    def remove(self, item: Programme) -> None:
        programmes.remove_programme(item, by=g.user, at=g.arrived_at)

    def after_save(self, item: Programme) -> str:
        return self._address("show", item)

    @expose("/copy/<pk>", methods=["GET", "POST"])
    @allowed("add")
    def copy(self, pk):
        """Show last year's times beside those of the next year, which may be changed, then repeat the programme."""
        item = self._find(pk)
        form = copy_form(item)
        if form.validate_on_submit():
            repeat = partial(_repeat, item, form)
            copied = self._commit(form, repeat)
            if copied is not None:
                flash(gettext("已复制到 %(year)s 年度", year=copied.year), "success")
                return redirect(self.after_save(copied))
        title = gettext("复制到下一年度：%(name)s", name=item.name)
        return self._form_page("programmes/copy.html", form, title)


def _repeat(programme: Programme, form: FlaskForm) -> Programme:
    windows = {call.id: programmes.Window(*(row[part].data for part in TIMES)) for call, row in form.rows}
    return programmes.clone_programme(
        programme, programme.year + 1, name=form.name.data, windows=windows, by=g.user, at=g.arrived_at
    )


def _facts(form: FlaskForm) -> dict[str, Any]:
    return {name: form[name].data for name in PROGRAMME_FACTS}


def window_state(call: Call, at: datetime) -> Any:
    """Return the state of a call's window as a tag."""
    if at < call.opens_at:
        return tag(gettext("未开始"), "wait")
    return tag(gettext("已截止"), "stop") if at > call.closes_at else tag(gettext("申报中"), "ok")


def version_choices() -> list[tuple[str, str]]:
    """Return (id, title and number) of the published versions, newest first."""
    versions = types.published_versions(g.user.site_id)
    return [("", gettext("请选择")), *((str(v.id), f"{v.type.title} v{v.number}") for v in versions)]


class CallAdmin(ScopedModelView):
    """方向: form, review chain and the province's times."""

    datamodel = ScopedInterface(Call)
    route_base = "/calls-admin"
    noun = _("方向")
    heading = _("申报方向")
    purpose = _("设置每个方向采用的申报类型和省级时间；地市在此范围内发布本市申报指南，只能缩短、不能延长。")
    empty_hint = _("请先新增项目认定评定名称，再新增申报方向。")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit", "can_delete"]
    list_columns = ["name", "programme.name", "programme.year", "window", "opens_at", "closes_at", "city_due_at"]
    show_columns = [
        "programme.name", "programme.year", "name", "group", "version", "opens_at", "closes_at", "city_due_at",
        "window", "remaining", "guide_file_id",
    ]  # fmt: skip
    search_columns = ["name", "programme.name", "programme.year", "closes_at"]
    add_columns = edit_columns = [
        "programme", "name", "group", "version_id", "opens_at", "closes_at", "city_due_at", "guide",
    ]  # fmt: skip
    order_columns = ["opens_at", "closes_at"]
    base_order = ("closes_at", "desc")
    label_columns = {
        "programme": _("项目认定评定名称"),
        "programme.name": _("项目认定评定名称"),
        "programme.year": _("年度"),
        "name": _("方向"),
        "group": _("方向分组"),
        "version": _("申报类型版本"),
        "version_id": _("申报类型版本"),
        "window": _("申报状态"),
        "remaining": _("剩余时间"),
        "opens_at": _("申报开始时间"),
        "closes_at": _("申报结束时间"),
        "city_due_at": _("地市审核截止时间"),
        "guide": _("省厅申报指南"),
        "guide_file_id": _("省厅申报指南"),
    }
    description_columns = {
        "opens_at": _("北京时间，精确到秒；到时自动开放。"),
        "closes_at": _("北京时间，精确到秒；到时自动截止。"),
        "city_due_at": _("不早于申报结束时间；地市须在此之前完成审核推荐。"),
        "group": _("同一专题下方向较多时用于归类，可不填。"),
    }
    formatters_columns = dict.fromkeys(("opens_at", "closes_at", "city_due_at"), partial(clock.show, seconds=True))
    add_form_extra_fields = edit_form_extra_fields = {
        "version_id": SelectField(
            _("申报类型版本"), [Filled()], choices=version_choices,
            description=_("只列出已发布的版本；更换后只影响此后新建的申报，已在填报和审核的不变。"),
        ),
        "guide": FileField(_("省厅申报指南"), description=_("PDF、Word 或 ZIP，50 MB 以内；重新上传将替换原文件。")),
    }  # fmt: skip

    def cell_window(self, row: Call) -> Any:
        return window_state(row, g.arrived_at)

    def cell_remaining(self, row: Call) -> Any:
        return until(row.closes_at, g.arrived_at)

    def cell_version(self, row: Call) -> str:
        return f"{row.version.type.title} v{row.version.number}"

    def cell_guide_file_id(self, row: Call) -> Any:
        return call_guide_link(row)

    def create(self, form: FlaskForm) -> Call:
        call = programmes.create_call(
            form.programme.data, form.name.data, _version(form), group=form.group.data,
            opens_at=form.opens_at.data, closes_at=form.closes_at.data, city_due_at=form.city_due_at.data,
            by=g.user, at=g.arrived_at,
        )  # fmt: skip
        return _keep_guide(call, form)

    def change(self, item: Call, form: FlaskForm) -> Call:
        programmes.change_call(
            item, programme=form.programme.data, name=form.name.data, group=form.group.data, version=_version(form),
            opens_at=form.opens_at.data, closes_at=form.closes_at.data, city_due_at=form.city_due_at.data,
            by=g.user, at=g.arrived_at,
        )  # fmt: skip
        return _keep_guide(item, form)

    def remove(self, item: Call) -> None:
        programmes.remove_call(item, by=g.user, at=g.arrived_at)


def _version(form: FlaskForm) -> DeclarationTypeVersion:
    return get_visible(DeclarationTypeVersion, int(form.version_id.data), g.user)


def _keep_guide(call: Call, form: FlaskForm) -> Call:
    upload = form.guide.data
    if upload is not None and upload.filename:
        programmes.attach_call_guide(call, upload.stream, upload.filename, by=g.user, at=g.arrived_at)
    return call
