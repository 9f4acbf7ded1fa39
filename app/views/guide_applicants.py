"""已导入的申报单位: the units that the own guides name, for looking up and for striking off."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from flask import flash, g, redirect, request
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import Select
from sqlalchemy.sql import ColumnElement

from ..extensions import db
from ..models import CallGuide, GuideApplicant
from ..services import applicants, guides
from .base import ScopedInterface, ScopedModelView, allowed, came_from, tag
from .paging import Order, Page, Place
from .uploads import send_workbook


class ListedUnits(ScopedInterface):
    """Units of guides, with the names under which they are registered read once a page."""

    def page(self, statement: Select, order: Order, place: Place, total: int | None = None) -> Page:
        page = super().page(statement, order, place, total)
        g.registered_names = applicants.registered_names(g.user.site_id, [row.credit_code for row in page.rows])
        return page


class GuideApplicantAdmin(ScopedModelView):
    """The units that may declare under the guides of the own office; `guide` narrows to one of them."""

    datamodel = ListedUnits(GuideApplicant)
    route_base = "/guide-applicants"
    list_template = "guide_applicants/list.html"
    noun = _("申报单位")
    heading = _("已导入的申报单位")
    purpose = _("申报指南限定的申报单位；不在名单内的企业不能申报。尚未在平台注册的单位注册后即可申报。")
    empty_hint = _("在编辑申报指南中选择单位或按名单导入后，单位会显示在这里。")
    subject = "name"
    base_permissions = ["can_list"]
    list_columns = ["name", "credit_code", "registered", "guide.call.name"]
    show_columns = ["name"]
    search_columns = ["name", "credit_code"]
    order_columns: list[str] = []
    base_order = ("id", "asc")
    label_columns = {
        "name": _("企业名称"),
        "credit_code": _("统一社会信用代码"),
        "registered": _("平台登记名称"),
        "guide.call.name": _("方向"),
    }

    def conditions(self) -> list[ColumnElement]:
        """Show what belongs to guides of the own city for calls of the own office."""
        own = [
            GuideApplicant.guide.has(CallGuide.city_id == g.user.department.region_id),
            GuideApplicant.guide.has(CallGuide.call.has(guides.own_calls(g.user.department_id))),
        ]
        asked = self.datamodel.read_key(request.args.get("guide", ""))
        return [*own, GuideApplicant.guide_id == asked] if asked is not None else own

    def row_url(self, row: GuideApplicant) -> None:
        return None

    def cell_registered(self, row: GuideApplicant) -> Any:
        """Return the registered name, which may differ from the one on the list."""
        name = g.registered_names.get(row.credit_code)
        if name is None:
            return tag(gettext("未注册"), "wait")
        return name if name == row.name else tag(gettext("登记为“%(name)s”", name=name), "warn")

    @action("strike", _("移出名单"), _("移出后，下列单位不能再就该方向申报；已提交的项目不受影响。"), single=False)
    def strike(self, rows: Sequence[GuideApplicant]):
        """Strike units off their lists."""
        for guide, listed in groupby(sorted(rows, key=lambda row: row.guide_id), key=lambda row: row.guide):
            applicants.remove_applicants(guide, [row.id for row in listed], by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("已移出 %(count)s 家单位", count=len(rows)), "success")
        return redirect(came_from(self._list_url()))

    @expose("/template")
    @allowed("list")
    def template(self):
        """Hand out the list to fill in."""
        return send_workbook(applicants.list_template(), gettext("申报单位名单模板.xlsx"))
