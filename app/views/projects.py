"""项目中心: every declaration that the own office has or had."""

from decimal import Decimal
from typing import Any

from flask import g, request
from flask_appbuilder.actions import action
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, true

from ..extensions import db
from ..models import Declaration
from ..services import bundles, review_lists
from .base import ScopedInterface, ScopedModelView, Tab, show, tag
from .export_columns import ProjectExport
from .jobs import follow
from .review_queue import counties_within
from .scoped import loading_options
from .urls import came_from, quoted_here

WAN = Decimal(10_000)


class ProjectAdmin(ProjectExport, ScopedModelView):
    """`/projects/`: projects of the office in the phases of the county's tabs, with document and processing record."""

    datamodel = ScopedInterface(Declaration)
    route_base = "/projects"
    list_template = "projects/list.html"
    base_permissions = ["can_list", "can_export", "can_bundle"]
    method_permission_name = {"bundle": "bundle"}
    noun = _("项目中心")
    purpose = _("本科室受理的全部申报项目；点击项目名称可查看申报材料，未被下一环节处理的可在其中撤回。")
    empty_hint = _("项目送达本科室后会出现在这里。")
    subject = "title"
    list_columns = [
        "call.programme.year",
        "call.programme.level",
        "call.programme.nature",
        "call.programme.name",
        "call.name",
        "title",
        "enterprise.name",
        "county.name",
        "stage",
        "awarded",
    ]
    show_columns: list[str] = []
    search_columns = [
        "call.programme.name",
        "title",
        "enterprise.name",
        "call.programme.year",
        "call.name",
        "call.programme.level",
        "call.programme.nature",
        "county",
        "state",
        "arrived_at",
    ]
    order_columns = ["arrived_at"]
    base_order = ("arrived_at", "desc")
    never_empty = frozenset({"arrived_at"})
    label_columns = {
        "call.programme.year": _("年度"),
        "call.programme.level": _("资金级别"),
        "call.programme.nature": _("项目性质"),
        "call.programme.name": _("项目认定评定名称"),
        "call.name": _("方向"),
        "title": _("项目名称"),
        "enterprise.name": _("申报单位"),
        "county": _("所属区"),
        "county.name": _("所属区"),
        "state": _("申报状态"),
        "stage": _("申报状态"),
        "awarded": _("获得资金(万元)"),
        "arrived_at": _("送达时间"),
    }

    def _init_properties(self) -> None:
        super()._init_properties()
        self._loading = [*self._loading, *loading_options(Declaration, ["submission.document.check_code"])]

    def tabs(self):
        phases = review_lists.phases_for(g.user, review_lists.workflows_of(g.user.site_id))
        own = (
            Tab("passed", _("已推荐项目"), phases.passed),
            Tab("waiting", _("审核中项目"), phases.waiting | phases.under_way),
            Tab("returned", _("退回待提交项目"), phases.returned),
            Tab("declined", _("不受理项目"), phases.declined | phases.void),
        )
        everything = Tab("all", _("全部项目"), true())
        return own if review_lists.level_of(g.user) == "county" else (everything, *own)

    def narrow(self, column: str) -> list[ColumnElement]:
        """Offer the counties within the person's own region only."""
        return counties_within(g.user.department.region)

    def row_url(self, row: Declaration) -> str:
        """Lead to the project's materials; built by hand, it stands on every line."""
        return f"{request.script_root}/project/{row.public_id}?back={quoted_here()}"

    def cell_stage(self, row: Declaration) -> Any:
        """Show where the declaration is, with the tone of its state."""
        return tag(row.stage, row.state.tone)

    def cell_awarded(self, row: Declaration) -> Any:
        """Show the funds in 万元."""
        return show(row.awarded / WAN if row.awarded is not None else None)

    @action("bundle", _("打包下载附件"), multiple=True, single=False)
    def bundle(self, rows: list[Declaration]):
        """Ask for the files of the ticked projects as one archive."""
        job = bundles.request_of_selected([row.id for row in rows], by=g.user, at=g.arrived_at)
        db.session.commit()
        return follow(job, came_from(self._list_url()))
