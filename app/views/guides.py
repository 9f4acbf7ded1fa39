"""申报指南: the city officer completes what the province has announced for the calls of the own office."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.sql import ColumnElement
from werkzeug.utils import cached_property

from .. import clock
from ..models import Applicants, Call, CallGuide, Enterprise, Programme, StoredFile
from ..services import applicants, guides
from .base import ScopedInterface, ScopedModelView, Tab, allowed, came_from, tag
from .cells import UNKNOWN
from .declaring.downloads import send_stored
from .filters import TextFilter
from .guide_files import call_guide_link, city_guide_link
from .guide_forms import GuideForm, own_enterprises, start_with
from .listing import Listing, Row

MOST = 50  # calls at once
EVERY_CALL = "all-"  # what a ticked programme sends before its id


@dataclass(frozen=True)
class CallRow:
    """A line of the list: a programme without `call`, or one of its calls with the city's guide."""

    programme: Programme
    call: Call | None = None
    guide: CallGuide | None = None


class GuideAdmin(ScopedModelView):
    """The programmes with the calls for which the own office is responsible, and the city's guide of each."""

    datamodel = ScopedInterface(Programme)
    route_base = "/guides-admin"
    list_template = "guides/list.html"
    noun = _("申报指南")
    purpose = _("本科室负责的申报方向；上传本市申报指南并填写申报时间后，本市企业方可申报。")
    empty_hint = _("本单位管理员将您所在科室设为责任科室后，相应方向会显示在这里。")
    base_permissions = ["can_list", "can_edit"]
    list_columns = ["number", "year", "name", "call_guide", "guide", "window"]
    show_columns = ["name"]
    edit_columns = ["name"]
    search_columns = ["year", "name"]
    order_columns: list[str] = []
    base_order = ("year", "desc")
    page_size = 10
    actions_by_key = frozenset({"batch_edit"})
    label_columns = {
        "number": _("序号"),
        "year": _("年度"),
        "name": _("项目认定评定名称 / 方向"),
        "call_guide": _("省厅申报指南"),
        "guide": _("申报指南"),
        "window": _("申报时间"),
    }

    def _init_properties(self) -> None:
        super()._init_properties()
        year, name = self._filters_of_list
        name.label = _("项目认定评定名称")
        self._filters_of_list = [year, name, TextFilter("call", _("方向"), Call.name, Programme.calls.any)]

    @cached_property
    def _relations(self) -> dict[str, type]:
        return {"applicants": Enterprise}

    def narrow(self, column: str) -> list[ColumnElement]:
        return own_enterprises()

    def option_text(self, column: str, row: Enterprise) -> str:
        return f"{row.name}（{row.credit_code}）"

    def conditions(self) -> list[ColumnElement]:
        """Show the programmes with calls of the own office."""
        return [Programme.calls.any(guides.own_calls(g.user.department_id))]

    def tabs(self) -> Sequence[Tab]:
        published = select(CallGuide.call_id).where(CallGuide.city_id == g.user.department.region_id)
        waiting = Programme.calls.any(
            guides.own_calls(g.user.department_id) & Call.id.not_in(published) & (Call.closes_at >= g.arrived_at)
        )
        return [Tab("all", _("全部"), Programme.id > 0), Tab("waiting", _("待上传"), waiting)]

    # ------------------------------------------------------------ programmes with their calls

    def read_listing(self) -> Listing:
        """Put the calls of each programme below it, numbered 1, 1.1, 1.2 …"""
        listing = super().read_listing()
        return replace(listing, rows=list(self._lines(listing)))

    def _row(self, item: Programme) -> Row:
        return Row(item.id, item.name, None, (), item)

    def _lines(self, listing: Listing) -> Iterator[Row]:
        page = listing.page
        calls = guides.calls_by_programme([p.id for p in page.rows], *self._calls_asked(listing))
        found = guides.guides_of(g.user.department.region_id, [c.id for rows in calls.values() for c in rows])
        start = ((page.number or 1) - 1) * page.place.size + 1
        for number, programme in enumerate(page.rows, start):
            key = f"{EVERY_CALL}{programme.id}"
            heading = Markup("<strong>{}</strong>").format(programme.name)
            yield Row(key, programme.name, None, [number, programme.year, heading, "", "", ""], CallRow(programme))
            for place, call in enumerate(calls.get(programme.id, ()), start=1):
                row = CallRow(programme, call, found.get(call.id))
                yield Row(call.id, call.name, self._edit_url(call), _cells(f"{number}.{place}", row), row)

    def _calls_asked(self, listing: Listing) -> list[ColumnElement[bool]]:
        asked = TextFilter("call", "", Call.name, lambda condition: condition).read(listing.args)
        return [guides.own_calls(g.user.department_id), *([] if asked is None else [asked])]

    def _edit_url(self, call: Call) -> str:
        return url_for(f"{self.endpoint}.edit", call_id=call.id)

    # ------------------------------------------------------------ one call

    @expose("/edit/<int:call_id>", methods=["GET", "POST"])
    @allowed("edit")
    def edit(self, call_id):
        """Show the province's terms and the own guide in the form, or publish it."""
        call = self._own([call_id])[0]
        guide = guides.guides_of(g.user.department.region_id, [call.id]).get(call.id)
        bounds = guides.bounds_of([call])
        form = GuideForm(bounds=bounds, guide=guide, data=start_with(guide, bounds))
        if form.validate_on_submit() and self._commit(form, lambda: self._publish(call, form)) is not None:
            flash(gettext("已发布“%(call)s”的申报指南", call=call.name), "success")
            return redirect(came_from(self._list_url()))
        return self._guide_page(form, [call], {call.id: guide} if guide else {}, gettext("编辑申报指南"))

    def _publish(self, call: Call, form: GuideForm) -> Programme:
        city = g.user.department.region
        guides.publish_guide(call, city, by=g.user, at=g.arrived_at, **form.content())
        return call.programme

    # ------------------------------------------------------------ several calls of one programme

    @action("batch_edit", _("批量编辑申报指南"), single=False)
    def batch_edit(self, keys: list[str]):
        """Go on to the form for all calls that were ticked; a ticked programme stands for its calls."""
        ids = self._call_ids(keys)
        guides.require_one_programme(self._own(ids))
        return redirect(url_for(f"{self.endpoint}.batch", rowid=ids, back=came_from(self._list_url())))

    def _call_ids(self, keys: Sequence[str]) -> list[str]:
        """Return the ids of the calls that the keys mean."""
        whole = [key.removeprefix(EVERY_CALL) for key in keys if key.startswith(EVERY_CALL)]
        programmes = self.datamodel.find_all(whole, *self.conditions())
        calls = guides.calls_by_programme([p.id for p in programmes], guides.own_calls(g.user.department_id))
        of_programmes = [str(call.id) for rows in calls.values() for call in rows]
        return list(dict.fromkeys([*(k for k in keys if not k.startswith(EVERY_CALL)), *of_programmes]))

    @expose("/batch", methods=["GET", "POST"])
    @allowed("edit")
    def batch(self):
        """Show what is selected and that everything there is overwritten; then publish all of it, or nothing."""
        calls = self._ticked()
        if not calls:
            flash(gettext("请先勾选要编辑的方向"), "warning")
            return redirect(came_from(self._list_url()))
        guides.require_one_programme(calls)
        bounds = guides.bounds_of(calls)
        form = GuideForm(bounds=bounds, data=start_with(None, bounds))
        if form.validate_on_submit() and self._commit(form, lambda: self._publish_all(calls, form)) is not None:
            flash(gettext("已发布 %(count)s 个方向的申报指南", count=len(calls)), "success")
            return redirect(came_from(self._list_url()))
        found = guides.guides_of(g.user.department.region_id, [call.id for call in calls])
        return self._guide_page(form, calls, found, gettext("批量编辑申报指南"))

    def _ticked(self) -> list[Call]:
        return self._own(list(dict.fromkeys(request.values.getlist("rowid")))[: MOST + 1])

    def _publish_all(self, calls: list[Call], form: GuideForm) -> Programme:
        guides.publish_guides(calls, g.user.department.region, by=g.user, at=g.arrived_at, **form.content())
        return calls[0].programme

    # ------------------------------------------------------------ files

    @expose("/oa/<int:guide_id>")
    @allowed("edit")
    def oa(self, guide_id):
        """Hand out the OA file: to the office of the city that handles the call, and to nobody else."""
        own = [CallGuide.city_id == g.user.department.region_id, CallGuide.call.has(_own_condition())]
        guide = ScopedInterface(CallGuide).find(guide_id, *own)
        if guide is None or guide.oa_file_id is None:
            abort(404)
        stored = self.datamodel.session.get_one(StoredFile, guide.oa_file_id)
        return send_stored(stored, guide.oa_file_name, attachment=True)

    # ------------------------------------------------------------ small parts

    def _own(self, keys: Sequence[Any]) -> list[Call]:
        """Return these calls of the own office; 404 when one of them is not, or there are too many."""
        calls = ScopedInterface(Call).find_all(keys, _own_condition())
        if len(calls) != len(keys) or len(calls) > MOST:
            abort(404)
        return calls

    def _guide_page(
        self, form: GuideForm, calls: Sequence[Call], found: Mapping[int, CallGuide], title: str
    ) -> tuple[str, int]:
        guide = found.get(calls[0].id) if len(calls) == 1 else None
        page = self.render_template(
            "guides/edit.html",
            title=title, form=form, calls=calls, programme=calls[0].programme, guides=found, guide=guide,
            counts=applicants.counts_of([guide.id for guide in found.values()]), bounds=form.bounds,
            back=came_from(self._list_url()), call_guide_link=call_guide_link, city_guide_link=city_guide_link,
        )  # fmt: skip
        return page, 422 if form.is_submitted() else 200


def _own_condition() -> ColumnElement[bool]:
    return guides.own_calls(g.user.department_id)


def _cells(number: str, row: CallRow) -> list[Any]:
    guide = row.guide
    return [
        number,
        "",
        row.call.name,
        call_guide_link(row.call),
        city_guide_link(guide) if guide and guide.file_id else tag(gettext("待上传"), "stop"),
        _window(guide) if guide else UNKNOWN,
    ]


def _window(guide: CallGuide) -> Markup:
    """Say when the city declares, until when its counties review, and who may declare where not everybody may."""
    lines = [
        f"{clock.show(guide.opens_at, seconds=True)} {gettext('至')}",
        clock.show(guide.closes_at, seconds=True),
        gettext("区县审核截止 %(time)s", time=clock.show(guide.county_due_at, seconds=True))
        if guide.county_review
        else gettext("不需要区县审核"),
    ]
    if guide.applicants is not Applicants.ALL:
        lines.append(gettext("申报单位：%(who)s", who=guide.applicants.label))
    first = Markup("<br>").join(Markup('<span class="moments">{}</span>').format(line) for line in lines[:2])
    rest = Markup("").join(Markup('<br><small class="muted moments">{}</small>').format(line) for line in lines[2:])
    return Markup("<div>{}{}</div>").format(first, rest)
