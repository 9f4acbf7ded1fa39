"""资金与下达: the declarations that have passed, their funds, and the plans they are issued under."""

from datetime import date
from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import action, expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement

from .. import clock
from ..errors import DomainError
from ..extensions import db
from ..models import Declaration, DeclarationState
from ..services import awards
from .base import ScopedInterface, ScopedModelView, Tab, allowed, came_from, show
from .review_queue import declaration_url

SHOWN_SUBJECTS = 5


class AwardAdmin(ScopedModelView):
    """`/awards/`: passed declarations by whether they are issued, with their funds."""

    datamodel = ScopedInterface(Declaration)
    route_base = "/awards"
    list_template = "awards/list.html"
    base_permissions = ["can_list", "can_award", "can_issue", "can_take_back"]
    method_permission_name = {"award": "award", "issue": "issue", "take_back": "take_back"}
    noun = _("资金与下达")
    purpose = _("登记审核通过项目的获得资金，勾选项目后批量登记或下达；登记后企业可在“我的项目”中看到。")
    empty_hint = _("省级审核通过的项目会出现在这里。")
    subject = "title"
    list_columns = [
        "call.programme.year",
        "call.programme.name",
        "call.name",
        "title",
        "enterprise.name",
        "city.name",
        "awarded",
        "issued_at",
        "issued_no",
    ]
    line_columns = ["public_id", "state"]
    show_columns: list[str] = []
    search_columns = [
        "call.programme.name",
        "title",
        "enterprise.name",
        "call.programme.year",
        "call.name",
        "city.name",
        "issued_no",
        "issued_at",
    ]
    order_columns = ["arrived_at"]
    base_order = ("arrived_at", "desc")
    never_empty = frozenset({"arrived_at"})
    label_columns = {
        "call.programme.year": _("年度"),
        "call.programme.name": _("项目认定评定名称"),
        "call.name": _("方向"),
        "title": _("项目名称"),
        "enterprise.name": _("申报单位"),
        "city.name": _("所在市"),
        "awarded": _("获得资金(万元)"),
        "issued_at": _("下达日期"),
        "issued_no": _("下达文号"),
        "arrived_at": _("通过时间"),
    }
    actions_by_key = frozenset({"award", "issue", "take_back"})

    # ------------------------------------------------------------ the list

    def conditions(self) -> list[ColumnElement]:
        return [Declaration.state == DeclarationState.APPROVED]

    def tabs(self):
        return (
            Tab("pending", _("未下达"), Declaration.issued_at.is_(None)),
            Tab("issued", _("已下达"), Declaration.issued_at.is_not(None)),
            Tab("unfunded", _("未登记资金"), Declaration.awarded.is_(None)),
        )

    def list_context(self) -> dict[str, Any]:
        context = super().list_context()
        offered = {"pending": ("award", "issue"), "issued": ("award", "take_back"), "unfunded": ("award",)}
        names = offered[context["listing"].tab]
        actions = [a for a in context["bulk_actions"] if a.name in names]
        return context | {"bulk_actions": actions, "may_award": any(a.name == "award" for a in actions)}

    def row_url(self, row: Declaration) -> str:
        return declaration_url(row)

    def cell_awarded(self, row: Declaration) -> Any:
        """Show the funds in 万元."""
        return show(row.awarded / awards.WAN if row.awarded is not None else None)

    def cell_issued_at(self, row: Declaration) -> Any:
        """Show the day of the document."""
        return show(clock.to_local(row.issued_at).date() if row.issued_at else None)

    # ------------------------------------------------------------ what ticked rows lead to

    @action("award", _("登记获得资金"), multiple=True, single=False)
    def award(self, keys: list[str]):
        """Go on to the page that takes the amounts."""
        return self._go_on("funds", keys)

    @action("issue", _("下达"), multiple=True, single=False)
    def issue(self, keys: list[str]):
        """Go on to the page that asks for day and number."""
        return self._go_on("issuing", keys)

    @action("take_back", _("撤销下达"), multiple=True, single=False)
    def take_back(self, keys: list[str]):
        """Go on to the page that asks for the reason."""
        return self._go_on("taking_back", keys)

    def _go_on(self, method: str, keys: list[str]):
        ids = _ids(keys)
        if not self.datamodel.find_all(ids, *self.conditions()):
            abort(404)
        return redirect(url_for(f"AwardAdmin.{method}", rowid=ids, back=came_from(self._list_url())))

    # ------------------------------------------------------------ funds

    @expose("/funds", methods=["GET", "POST"])
    @allowed("award")
    def funds(self):
        """Take the amounts of the chosen declarations, all or none."""
        rows = self._chosen()
        if request.method != "POST":
            return self._funds_page(rows)
        entries = {row_id: _entry(row_id) for row_id in _asked_for()}
        try:
            count = awards.award_many(entries, by=g.user, at=g.arrived_at, reason=request.form.get("reason", ""))
            db.session.commit()
        except DomainError as refusal:
            db.session.rollback()
            return self._funds_page(self._chosen(), refusal), refusal.status
        flash(gettext("已登记 %(count)s 个项目的获得资金。", count=count), "success")
        return redirect(came_from(self._list_url()))

    def _funds_page(self, rows: list[Declaration], refusal: DomainError | None = None) -> str:
        errors = (refusal.details.get("fields") or {}) if refusal else {}
        placed = {"reason", *(f"amount-{row.id}" for row in rows)}
        return self.render_template(
            "awards/funds.html",
            title=gettext("登记获得资金"),
            rows=rows,
            stands={row.id: awards.show_amount(row.awarded) for row in rows},
            typed=request.form if refusal else {},
            refusal=refusal,
            errors=errors,
            elsewhere=dict.fromkeys(sentence for name, sentence in errors.items() if name not in placed),
            most=f"{awards.MOST:,}",
            back=came_from(self._list_url()),
        )

    # ------------------------------------------------------------ 下达

    @expose("/issue", methods=["GET", "POST"])
    @allowed("issue")
    def issuing(self):
        """Ask for day and number of the document, then issue the chosen declarations."""
        rows = self._chosen()
        if request.method != "POST":
            return self._issue_page(rows)
        number = request.form.get("issued_no", "")
        try:
            outcomes = awards.issue_many(_asked_for(), _day(), number, by=g.user, at=g.arrived_at)
            db.session.commit()
        except DomainError as refusal:
            db.session.rollback()
            return self._issue_page(self._chosen(), refusal), refusal.status
        return self._results(gettext("下达结果"), outcomes, gettext("已下达"))

    def _issue_page(self, rows: list[Declaration], refusal: DomainError | None = None) -> str:
        return self._ask_page(
            gettext("下达"), rows, refusal, asks="issue", today=clock.to_local(g.arrived_at).date().isoformat()
        )

    @expose("/take-back", methods=["GET", "POST"])
    @allowed("take_back")
    def taking_back(self):
        """Ask for the reason, then undo the issue of the chosen declarations."""
        rows = self._chosen()
        if request.method != "POST":
            return self._take_back_page(rows)
        reason = request.form.get("reason", "")
        try:
            outcomes = awards.take_back_issue(_asked_for(), reason, by=g.user, at=g.arrived_at)
            db.session.commit()
        except DomainError as refusal:
            db.session.rollback()
            return self._take_back_page(self._chosen(), refusal), refusal.status
        return self._results(gettext("撤销下达结果"), outcomes, gettext("已撤销下达"))

    def _take_back_page(self, rows: list[Declaration], refusal: DomainError | None = None) -> str:
        return self._ask_page(gettext("撤销下达"), rows, refusal, asks="take_back")

    # ------------------------------------------------------------ shared

    def _chosen(self) -> list[Declaration]:
        """Return the passed declarations within scope that the address or the form names; none is a 404."""
        rows = self.datamodel.find_all(_asked_for(), *self.conditions())
        return rows or abort(404)

    def _ask_page(self, title: str, rows: list[Declaration], refusal: DomainError | None, **context: Any) -> str:
        return self.render_template(
            "awards/ask.html",
            title=title,
            rows=rows,
            subjects=[row.title for row in rows[:SHOWN_SUBJECTS]],
            total=len(rows),
            typed=request.form if refusal else {},
            refusal=refusal,
            errors=(refusal.details.get("fields") or {}) if refusal else {},
            back=came_from(self._list_url()),
            **context,
        )

    def _results(self, title: str, outcomes: list[awards.Outcome], done: str) -> str:
        unknown = gettext("（不在办理范围内的项目）")
        return self.render_template(
            "skin/results.html",
            title=title,
            results=[(o.title or unknown, o.done, done if o.done else o.reason) for o in outcomes],
            back=came_from(self._list_url()),
        )


def _ids(keys: list[str]) -> list[int]:
    """Return the row ids among the keys; broken ones answer 400, too many 413."""
    if len(keys) > awards.MANY:
        abort(413)
    if any(not (key.isascii() and key.isdigit() and len(key) < 19) for key in keys):
        abort(400)
    return list(dict.fromkeys(map(int, keys)))


def _asked_for() -> list[int]:
    """Return the row ids that the address or the form names, whosever they are: the service gives reasons."""
    return _ids(request.values.getlist("rowid"))


def _entry(row_id: int) -> awards.Entry:
    form = request.form
    return awards.Entry(form.get(f"amount-{row_id}", ""), form.get(f"seen-{row_id}", ""))


def _day() -> date:
    """Return the day of the document; text that is none becomes a day that nobody accepts."""
    try:
        return date.fromisoformat(request.form.get("issue_day", ""))
    except ValueError:
        return date.max
