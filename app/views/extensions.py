"""补报: which enterprises may declare later than others, given and taken back by the office that handles the call."""

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, g, redirect, request
from flask_appbuilder.actions import action
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from markupsafe import Markup
from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager
from sqlalchemy.sql import ColumnElement
from wtforms import SelectField, StringField
from wtforms.validators import Length

from .. import clock
from ..extensions import db
from ..models import Call, Enterprise, Extension, Programme, RegionKind
from ..permissions import visible
from ..services import extensions, guides
from .base import ScopedInterface, ScopedModelView, came_from, tag, until
from .model_forms import Filled
from .paging import Order, Page, Place

MOST = 200  # calls offered


class ExtensionRows(ScopedInterface):
    """Extensions, with those that count read once a page."""

    def page(self, statement: Select, order: Order, place: Place, total: int | None = None) -> Page:
        page = super().page(statement, order, place, total)
        g.extensions_in_force = extensions.latest_of(page.rows)
        return page


def own_calls() -> list[tuple[int, str]]:
    """Return (id, name) of the calls for which the own office may give extensions, the newest first."""
    query = (
        select(Call)
        .join(Call.programme)
        .where(visible(Call, g.user), *_extendable())
        .options(contains_eager(Call.programme))
        .order_by(Programme.year.desc(), Call.closes_at.desc(), Call.id)
    )
    calls = db.session.scalars(query.limit(MOST))
    return [(call.id, _described(call)) for call in calls]


def _described(call: Call) -> str:
    name = f"{call.programme.year} {call.programme.name} / {call.name}"
    due = clock.show(call.city_due_at)
    return gettext("%(name)s（地市审核截止 %(due)s）", name=name, due=due) if call.city_due_at else name


def _extendable() -> list[ColumnElement[bool]]:
    region = g.user.department.region
    return extensions.extendable_calls(g.user.department_id, region.id if region.kind is RegionKind.CITY else None)


class ExtensionAdmin(ScopedModelView):
    """Extensions for the calls of the own office; the newest row of an enterprise and a call is the one that counts."""

    datamodel = ExtensionRows(Extension)
    route_base = "/extensions"
    add_template = "extensions/add.html"
    noun = _("补报")
    heading = _("补报管理")
    purpose = _("为个别企业延长某个方向的申报截止时间；企业在“我要申报”中看到补报截止时间，到时自动截止。")
    empty_hint = _("办理补报后，企业、补报截止时间和理由会显示在这里。")
    subject = "enterprise.name"
    base_permissions = ["can_list", "can_add"]
    line_columns = [
        "call.programme.name",
        "call.programme.year",
        "call_id",
        "enterprise_id",
        "until",
        "given_at",
        "reason",
    ]
    list_columns = ["enterprise.name", "call.name", "until", "state", "reason", "given_by_name", "given_at"]
    show_columns = ["enterprise.name"]
    add_columns = ["call", "enterprise", "until", "reason"]
    search_columns = ["enterprise.name", "call.name", "until"]
    order_columns: list[str] = []
    label_columns = {
        "enterprise": _("企业"),
        "enterprise.name": _("企业名称"),
        "call": _("方向"),
        "call.name": _("方向"),
        "until": _("补报截止时间"),
        "state": _("状态"),
        "reason": _("补报理由"),
        "given_by_name": _("经办人"),
        "given_at": _("办理时间"),
    }
    description_columns = {
        "enterprise": _("输入企业名称的一部分查找。"),
        "until": _("晚于申报截止时间，到秒截止；市级办理的须早于地市审核截止时间，以便完成审核。"),
    }
    add_form_extra_fields = {
        "call": SelectField(
            _("方向"), [Filled()], choices=lambda: [("", gettext("请选择")), *own_calls()],
            coerce=lambda raw: int(raw) if str(raw).isdigit() else None,
        ),
        "reason": StringField(
            _("补报理由"), [Filled(), Length(max=extensions.MAX_REASON)],
            render_kw={"maxlength": extensions.MAX_REASON},
        ),
    }  # fmt: skip

    def conditions(self) -> list[ColumnElement]:
        """Show what concerns the calls of the own office."""
        return [Extension.call.has(guides.own_calls(g.user.department_id))]

    def row_url(self, row: Extension) -> None:
        return None

    def narrow(self, column: str) -> list[ColumnElement]:
        return _extendable() if column == "call" else []

    def option_text(self, column: str, row: Call | Enterprise) -> str:
        return row.name if isinstance(row, Call) else f"{row.name}（{row.credit_code}）"

    def cell_call_name(self, row: Extension) -> Markup:
        programme = row.call.programme
        name = Markup('<div>{}<br><small class="muted">{} {}</small></div>')
        return name.format(row.call.name, programme.year, programme.name)

    def cell_until(self, row: Extension) -> str:
        return clock.show(row.until, seconds=True)

    def cell_given_at(self, row: Extension) -> str:
        return clock.show(row.given_at)

    def cell_state(self, row: Extension) -> Any:
        """Say whether the row counts, and for how long."""
        if extensions.is_revocation(row):
            return tag(gettext("撤销"), "stop")
        if row.id not in g.extensions_in_force:
            return tag(gettext("已变更"), "wait")
        return tag(until(row.until, g.arrived_at), "ok" if row.until > g.arrived_at else "wait")

    def create(self, form: FlaskForm) -> Extension:
        call = ScopedInterface(Call).find(form.call.data, *_extendable()) or abort(404)
        return extensions.give_extension(
            call, form.enterprise.data, form.until.data, form.reason.data, by=g.user, at=g.arrived_at
        )

    @action("revoke", _("撤销补报"), _("撤销后，下列企业恢复原申报截止时间；已提交的项目不受影响。"), single=False)
    def revoke(self, rows: Sequence[Extension]):
        """Take extensions back."""
        for row in rows:
            extensions.revoke_extension(row, by=g.user, at=g.arrived_at, reason=request.form.get("opinion", ""))
        db.session.commit()
        flash(gettext("已撤销 %(count)s 项补报", count=len(rows)), "success")
        return redirect(came_from(self._list_url()))
