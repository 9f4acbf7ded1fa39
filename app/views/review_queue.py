"""The review queue of one call: a generated list with a tab per phase and recommending many at once."""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import action
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, Select

from ..errors import DomainError
from ..extensions import db
from ..models import Call, Declaration, Region, RegionKind
from ..services import batches, individuals, ranking, review_lists
from ..services.turns import MAX_OPINION
from ..workflow.definition import Workflow
from .base import ScopedInterface, ScopedModelView, Tab, came_from, show, tag
from .cells import action_label
from .listing import Listing
from .paging import Order, Page, Place
from .urls import quoted_here

SELECTION_LIMIT = 1000
SHOWN_SUBJECTS = 5


class QueueRows(ScopedInterface):
    """Declarations with the names of those who declare for themselves inside a unit, read once a page."""

    def page(self, statement: Select, order: Order, place: Place, total: int | None = None) -> Page:
        page = super().page(statement, order, place, total)
        g.individual_names = individuals.names_of(page.rows)
        return page


class ReviewQueueAdmin(ScopedModelView):
    """`/review/<call>/`: what waits for the own office and role, what has gone on, what was sent back or declined."""

    datamodel = QueueRows(Declaration)
    route_base = "/review/<int:call>"
    list_template = "review/queue.html"
    base_permissions = ["can_list", "can_recommend"]
    method_permission_name = {"recommend": "recommend"}
    noun = _("审核项目")
    purpose = _("逐项审核，或勾选后批量办理；截止时间一到即停止办理。")
    empty_hint = _("企业提交后，待审核的项目会出现在这里。")
    subject = "enterprise.name"
    list_columns = ["enterprise.name", "title", "enterprise.dishonest", "county.name", "arrived_at", "due_at", "stage"]
    line_columns = ["seq", "public_id", "state", "public_label", "county_priority", "city_priority", "individual_id"]
    show_columns: list[str] = []
    search_columns = [
        "title",
        "enterprise.name",
        "enterprise.dishonest",
        "county",
        "arrived_at",
        "enterprise.credit_code",
    ]
    order_columns = ["arrived_at", "due_at"]
    base_order = ("arrived_at", "desc")
    never_empty = frozenset({"arrived_at"})
    label_columns = {
        "enterprise.name": _("申报单位"),
        "title": _("项目名称"),
        "enterprise.dishonest": _("失信情况"),
        "enterprise.credit_code": _("统一社会信用代码"),
        "county": _("所属区"),
        "county.name": _("所属区"),
        "arrived_at": _("送达时间"),
        "due_at": _("办理截止"),
        "stage": _("申报状态"),
    }
    actions_by_key = frozenset({"recommend"})

    # ------------------------------------------------------------ the call in the address

    def create_blueprint(self, appbuilder, endpoint=None, static_folder=None):
        """Take the call out of the address before a view method runs, and put it into every address of this list."""
        blueprint = super().create_blueprint(appbuilder, endpoint, static_folder)
        blueprint.url_value_preprocessor(
            lambda _endpoint, values: setattr(g, "queue_call_id", values.pop("call", None))
        )
        blueprint.url_defaults(lambda _endpoint, values: values.setdefault("call", g.get("queue_call_id")))
        return blueprint

    def _call(self) -> Call:
        """Return the call of this request within scope; raises NotFound."""
        return self._read_call()[0]

    def _workflows(self) -> dict[int, Workflow]:
        """Return the workflows that the call's declarations may follow."""
        return self._read_call()[1]

    def _read_call(self) -> tuple[Call, dict[int, Workflow]]:
        """Read both once per request."""
        if "queue_call" not in g:
            g.queue_call = review_lists.read_call(g.queue_call_id, g.user)
        return g.queue_call

    # ------------------------------------------------------------ the list

    def conditions(self) -> list[ColumnElement]:
        return [Declaration.call_id == self._call().id]

    def tabs(self):
        phases, labels = review_lists.phases_for(g.user, self._workflows()), self._labels()
        elsewhere = Tab("under_way", _("在其他环节"), phases.under_way)
        is_first = review_lists.is_first(g.user, self._workflows()[self._call().version_id])
        return (
            Tab("waiting", _("待审核"), phases.waiting),
            Tab("passed", _("已%(action)s", action=labels["recommend"]), phases.passed),
            *(() if is_first else (elsewhere,)),
            Tab("returned", _("退回待提交"), phases.returned),
            Tab("declined", labels["decline"], phases.declined),
            *((Tab("void", labels["void"], phases.void),) if "void" in labels else ()),
        )

    def _labels(self) -> dict[str, str]:
        """Return what the person's own step calls its actions."""
        workflow = self._workflows()[self._call().version_id]
        steps = review_lists.own_steps(workflow, g.user)
        ends = {a.do: action_label(a.do, a.label) for s in workflow.steps for a in s.actions if a.do == "void"}
        given = {a.do: action_label(a.do, a.label) for a in steps[-1].actions} if steps else {}
        return {"recommend": gettext("推荐"), "decline": gettext("不推荐")} | ends | given

    def list_context(self) -> dict[str, Any]:
        context = super().list_context()
        listing: Listing = context["listing"]
        if listing.tab != "waiting":
            context["bulk_actions"] = []
        return context | {
            "title": self._call().name,
            "call": self._call(),
            "waiting": listing.tab == "waiting",
            "label": self._labels()["recommend"],
            "may_rank": ranking.may_rank(g.user, self._workflows()[self._call().version_id]),
        }

    def narrow(self, column: str) -> list[ColumnElement]:
        """Offer the counties within the person's own region only; a call out of sight has no list."""
        self._call()  # raises NotFound
        return counties_within(g.user.department.region)

    def row_url(self, row: Declaration) -> str:
        return declaration_url(row)

    def row_key(self, row: Declaration) -> str:
        """Send id and seq as seen with each ticked row, so that what moved on meanwhile is not touched."""
        return f"{row.id}:{row.seq}"

    def cell_enterprise_name(self, row: Declaration) -> str:
        """Show the enterprise, and with it the person who declares inside it."""
        name = g.individual_names.get(row.id)
        return (
            row.enterprise.name
            if name is None
            else gettext("%(unit)s（申报人：%(name)s）", unit=row.enterprise.name, name=name)
        )

    def cell_enterprise_dishonest(self, row: Declaration) -> Any:
        """Point out those with a dishonesty record."""
        return tag(_("是"), "stop") if row.enterprise.dishonest else _("否")

    def cell_due_at(self, row: Declaration) -> Any:
        """Show the deadline; one that is over stands out."""
        if row.due_at is not None and row.due_at < g.arrived_at:
            return tag(_("已截止 %(time)s", time=show(row.due_at)), "stop")
        return show(row.due_at)

    def cell_stage(self, row: Declaration) -> Any:
        """Show where the declaration is, with the tone of its state, and its place in the own order."""
        stage, place = tag(row.stage, row.state.tone), ranking.place_of(row, g.user)
        return stage if place is None else stage + gettext(" 推荐顺序 %(place)s", place=place)

    # ------------------------------------------------------------ recommending many

    @action("recommend", _("批量推荐"), multiple=True, single=False)
    def recommend(self, keys: list[str]):
        """Show what is selected and ask for one opinion; then recommend and give a result per row."""
        return recommend_chosen(keys, self._preview, self._results, came_from(self._list_url()))

    def _preview(self, chosen: dict[int, int], refusal: DomainError | None = None) -> str:
        rows = self.datamodel.find_all(list(chosen), *self.conditions())
        label = self._labels()["recommend"]
        return self.render_template(
            "review/batch.html",
            title=gettext("批量%(action)s", action=label),
            label=label,
            under=self._call().name,
            post_to=url_for("ReviewQueueAdmin.action_post", call=self._call().id),
            phrase=gettext("材料齐全，符合申报条件，同意推荐。"),
            subjects=[row.title for row in rows[:SHOWN_SUBJECTS]],
            total=len(chosen),
            moved=sum(1 for row in rows if row.seq != chosen[row.id]) + len(chosen) - len(rows),
            keys=[f"{row_id}:{seq}" for row_id, seq in chosen.items()],
            opinion=request.form.get("opinion", ""),
            refusal=refusal,
            max_opinion=MAX_OPINION,
            back=came_from(self._list_url()),
        )

    def _results(self, outcomes: list[batches.Outcome]) -> str:
        unknown = gettext("（不在办理范围内的项目）")
        done = gettext("已%(action)s", action=self._labels()["recommend"])
        return self.render_template(
            "skin/results.html",
            title=gettext("批量办理结果"),
            results=[(o.title or unknown, o.done, done if o.done else o.reason) for o in outcomes],
            back=came_from(self._list_url()),
        )


def recommend_chosen(
    keys: list[str],
    preview: Callable[..., str],
    results: Callable[[list[batches.Outcome]], str],
    back: str,
) -> Any:
    """Show the ticked rows first; once confirmed recommend them with one opinion and show a result per row."""
    chosen = read_choice(keys)
    if not chosen:
        flash(gettext("请先勾选要处理的记录"), "warning")
        return redirect(back)
    if request.form.get("confirmed") != "1":
        return preview(chosen)
    try:
        outcomes = batches.recommend_many(chosen, by=g.user, at=g.arrived_at, opinion=request.form.get("opinion", ""))
        db.session.commit()
    except DomainError as refusal:
        db.session.rollback()
        return preview(chosen, refusal), refusal.status
    return results(outcomes)


def read_choice(keys: list[str]) -> dict[int, int]:
    """Read {declaration id: seq as seen} from ticked `id:seq` keys; broken ones answer 400."""
    if len(keys) > SELECTION_LIMIT:
        abort(413)
    chosen = {}
    for key in keys:
        row_id, _colon, seq = key.partition(":")
        if not (row_id.isascii() and row_id.isdigit() and len(row_id) < 19 and seq.isascii() and seq.isdigit()):
            abort(400)
        chosen[int(row_id)] = min(int(seq[:9]), 10**8)
    return chosen


def declaration_url(row: Declaration) -> str:
    """Return the reading page of a declaration, knowing the way back; built by hand, it stands on every line."""
    return f"{request.script_root}/review/declaration/{row.public_id}?back={quoted_here()}"


def counties_within(region: Region) -> list[ColumnElement]:
    """Return the conditions on regions that keep the counties and zones within one."""
    kinds = (RegionKind.COUNTY, RegionKind.ZONE)
    return [Region.kind.in_(kinds), Region.path.startswith(region.path, autoescape=True)]
