"""信用查询 across all regions, and the dishonesty records behind it."""

from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import true

from ..errors import BadFile, DomainError, Invalid
from ..extensions import db
from ..models import CreditRecord
from ..services import credit
from ..services.credit_query import look_up
from ..services.imports import credit_query, credit_records
from .base import ScopedInterface, ScopedModelView, ScopedView, Tab, allowed, came_from, tag
from .uploads import send_workbook, start_reading


class CreditView(ScopedView):
    """`/credit/`: is a unit dishonest? One by name or code, or many from a workbook."""

    route_base = "/credit"

    @expose("/")
    @allowed("read")
    def index(self):
        """Show the two ways to ask, and the answer."""
        return self._page()

    @expose("/", methods=["POST"])
    @allowed("read")
    def ask_many(self):
        """Take a workbook of credit codes; the answer comes back as a workbook."""
        try:
            return start_reading(credit_query.JOB_KIND, gettext("批量信用查询"), url_for("CreditView.index"))
        except BadFile as refusal:
            db.session.rollback()
            return self._page(refusal=refusal), 422

    @expose("/template")
    @allowed("read")
    def template(self):
        """Hand out the workbook to fill in (信用查询模板)."""
        return send_workbook(credit_query.make_template(), gettext("信用查询模板.xlsx"))

    def _page(self, refusal: DomainError | None = None) -> str:
        asked, found, problem = request.args.get("q", "")[:200], None, None
        try:
            found = look_up(asked, g.user) if asked.strip() else None
        except Invalid as unclear:
            problem = unclear
        return self.render_template(
            "credit/index.html",
            title=gettext("信用查询"),
            asked=asked,
            found=found,
            problem=problem,
            refusal=refusal,
            most=credit_query.MOST_LINES,
        )


class CreditRecordAdmin(ScopedModelView):
    """`/credit-records/`: dishonesty records, imported and ended."""

    datamodel = ScopedInterface(CreditRecord)
    route_base = "/credit-records"
    list_template = "credit/records.html"
    noun = _("失信记录")
    heading = _("失信名单")
    purpose = _("导入和移出失信记录；企业的“是否失信”随记录自动更新，以统一社会信用代码为准。")
    empty_hint = _("请点击“导入失信名单”，按模板上传。")
    subject = "case_no"
    base_permissions = ["can_list", "can_add"]
    list_columns = [
        "case_no", "name", "credit_code", "reason", "published_by", "published_on", "removed_on", "recorded_at",
    ]  # fmt: skip
    show_columns = ["case_no"]
    add_columns: list[str] = []
    search_columns = ["name", "credit_code", "case_no", "published_by", "published_on", "removed_on"]
    order_columns = ["published_on", "recorded_at"]
    label_columns = {
        "case_no": _("案号"),
        "name": _("企业名称"),
        "credit_code": _("统一社会信用代码"),
        "reason": _("失信事由"),
        "published_by": _("公布机关"),
        "published_on": _("公布日期"),
        "removed_on": _("移出日期"),
        "recorded_at": _("录入时间"),
    }

    def tabs(self):
        return [
            Tab("in_force", _("在列"), CreditRecord.removed_on.is_(None)),
            Tab("removed", _("已移出"), CreditRecord.removed_on.is_not(None)),
            Tab("all", _("全部"), true()),
        ]

    def row_url(self, row: CreditRecord) -> None:
        return None

    def cell_removed_on(self, row: CreditRecord) -> Any:
        return row.removed_on.isoformat() if row.removed_on else tag(gettext("在列"), "stop")

    @expose("/add", methods=["GET", "POST"])
    @allowed("add")
    def add(self):
        """Show the import; take a workbook of records."""
        back, refusal = came_from(self._list_url()), None
        if request.method == "POST":
            try:
                return start_reading(credit_records.JOB_KIND, gettext("导入失信名单"), back)
            except BadFile as said:
                db.session.rollback()
                refusal = said
        page = self.render_template(
            "credit/import.html", title=gettext("导入失信名单"), refusal=refusal, back=back,
            headings=credit_records.HEADINGS,
        )  # fmt: skip
        return page, 422 if refusal else 200

    @expose("/template")
    @allowed("add")
    def template(self):
        """Hand out the workbook to fill in."""
        return send_workbook(credit_records.make_template(), gettext("失信名单模板.xlsx"))

    @action(
        "take_out", _("移出"), _("移出后，下列记录不再作为失信依据，企业如无其他失信记录即恢复正常："), single=False
    )
    def take_out(self, records: list[CreditRecord]):
        """End records as of today; all or none."""
        for record in records:
            credit.remove_record(record, by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("已移出 %(count)s 条失信记录", count=len(records)), "success")
        return redirect(came_from(self._list_url()))
