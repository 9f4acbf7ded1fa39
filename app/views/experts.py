"""专家管理: the experts of the own region, confirmed or refused by the bureau, one or many at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, flash, g, redirect, request
from flask_appbuilder.actions import action
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, Select, true

from .. import clock
from ..errors import Invalid
from ..extensions import db
from ..models import Expert, Region, RegionKind, RequestState
from ..reports.table import Kind
from ..services import expert_reviews, experts
from ..services.exports import ExportColumn
from .base import ScopedInterface, ScopedModelView, Tab, came_from
from .expert_card import CARD, fields_in_words, kind_in_words, words_of
from .exporting import Exporting
from .filters import Filter
from .paging import read_number

MOST_AT_ONCE = 200


class CodeFilter(Filter):
    """One code of a code list, in a column that holds one or several."""

    kind = "choice"

    def __init__(self, name: str, label: Any, key: str) -> None:
        super().__init__(name, label, getattr(Expert, name), lambda condition: condition)
        self.key = key

    @property
    def choices(self) -> list[tuple[str, str]]:
        return list(words_of(self.key).items())

    def condition(self, values: dict[str, str]) -> ColumnElement[bool]:
        code = values[self.name]
        return experts.knows(code) if self.key == experts.FIELDS else self.attribute == code


class ExpertExport(Exporting):
    """Experts with everything on their cards."""

    def join_for_export(self, statement: Select) -> Select:
        return statement.outerjoin(Region, Region.id == Expert.city_id)

    def export_columns(self) -> Sequence[ExportColumn]:
        kinds, fields = words_of(experts.KINDS), words_of(experts.FIELDS)
        labels = dict(CARD)
        return (
            ExportColumn(labels["name"], (Expert.name,), 8, Kind.CENTRED),
            ExportColumn(labels["kind"], (Expert.kind,), 10, Kind.CENTRED, lambda code: kinds.get(code, code)),
            ExportColumn(
                labels["fields"], (Expert.fields,), 30, Kind.TEXT,
                lambda codes: "、".join(fields.get(code, code) for code in codes),
            ),
            ExportColumn(labels["unit"], (Expert.unit,), 24),
            ExportColumn(labels["rank"], (Expert.rank,), 12, Kind.CENTRED),
            ExportColumn(labels["city"], (Region.name,), 8, Kind.CENTRED),
            ExportColumn(labels["phone"], (Expert.phone,), 10, Kind.CENTRED),
            ExportColumn(labels["email"], (Expert.email,), 18),
            ExportColumn(_("状态"), (Expert.state,), 6, Kind.CENTRED, lambda state: str(state.label)),
            ExportColumn(_("提交时间"), (Expert.asked_at,), 12, Kind.CENTRED, clock.show),
        )  # fmt: skip


class ExpertAdmin(ExpertExport, ScopedModelView):
    """`/experts/`: cards in sight, those that wait first."""

    datamodel = ScopedInterface(Expert)
    route_base = "/experts"
    list_template = "experts/list.html"
    show_template = "experts/show.html"
    noun = _("专家")
    heading = _("专家管理")
    purpose = _("审核专家的登记信息；通过后方可参加项目评审。专家修改登记信息后须重新审核。")
    empty_hint = _("专家在平台注册并提交登记信息后会显示在这里。")
    base_permissions = ["can_list", "can_show", "can_export"]
    list_columns = ["name", "kind", "fields", "unit", "rank", "city", "state", "asked_at"]
    show_columns = [
        "kind", "name", "phone", "email", "unit", "rank", "city", "fields",
        "account.username", "state", "asked_at", "decided_at", "reason",
    ]  # fmt: skip
    search_columns = ["name", "city", "unit", "asked_at"]
    order_columns = ["name", "asked_at"]
    base_order = ("asked_at", "desc")
    label_columns = dict(CARD) | {
        "account.username": _("用户名"),
        "state": _("状态"),
        "asked_at": _("提交时间"),
        "decided_at": _("审核时间"),
        "reason": _("不通过原因"),
    }
    actions_by_key = frozenset({"confirm", "refuse"})

    def _init_properties(self) -> None:
        super()._init_properties()
        codes = (CodeFilter("fields", self.label_columns["fields"], experts.FIELDS),
                 CodeFilter("kind", self.label_columns["kind"], experts.KINDS))  # fmt: skip
        self._filters_of_list[1:1] = codes

    def tabs(self) -> Sequence[Tab]:
        shown = (RequestState.OPEN, RequestState.GRANTED, RequestState.REFUSED)
        return [
            *(Tab(state.value, state.label, Expert.state == state) for state in shown),
            Tab("all", _("全部"), true()),
        ]

    def narrow(self, column: str) -> list[ColumnElement]:
        """Offer the cities of the own region only."""
        own = g.user.department.region
        return [Region.kind == RegionKind.CITY, Region.path.startswith(own.path, autoescape=True)]

    def cell_kind(self, row: Expert) -> str:
        return kind_in_words(row)

    def cell_fields(self, row: Expert) -> str:
        return fields_in_words(row)

    def row_key(self, row: Expert) -> str:
        """Send with each ticked card how it was seen, so that what changed meanwhile is not decided."""
        return f"{row.id}:{expert_reviews.mark_of(row)}"

    def show_context(self, item: Expert) -> dict[str, Any]:
        names = [a.name for a in self._granted_actions()]
        offered = {RequestState.OPEN: ("confirm", "refuse"), RequestState.GRANTED: ("refuse",)}.get(item.state, ())
        return super().show_context(item) | {
            "decisions": [self.actions[name] for name in offered if name in names],
            "row_key": self.row_key(item),
        }

    # ------------------------------------------------------------ deciding

    @action("confirm", _("通过"), single=False)
    def confirm(self, keys: list[str]):
        """Show whom the decision concerns; then confirm each."""
        chosen = read_choice(keys)
        if request.form.get("confirmed") != "1":
            return self._ask("confirm", chosen)
        outcomes = expert_reviews.confirm_many(chosen, by=g.user, at=g.arrived_at)
        db.session.commit()
        return self._tell(outcomes, gettext("已通过，专家将收到通知"))

    @action("refuse", _("不通过"), single=False)
    def refuse(self, keys: list[str]):
        """Show whom the decision concerns and ask for the reason; then refuse each."""
        chosen, reason = read_choice(keys), request.form.get("opinion", "")
        if request.form.get("confirmed") != "1":
            return self._ask("refuse", chosen)
        try:
            outcomes = expert_reviews.refuse_many(chosen, reason, by=g.user, at=g.arrived_at)
        except Invalid as refusal:
            db.session.rollback()
            return self._ask("refuse", chosen, refusal), refusal.status
        db.session.commit()
        return self._tell(outcomes, gettext("已办理为不通过，专家将收到通知"))

    def _ask(self, name: str, chosen: Mapping[int, int], refusal: Invalid | None = None) -> str:
        rows = self.datamodel.find_all(chosen)
        return self.render_template(
            "experts/decide.html",
            title=self.actions[name].text,
            action=name,
            asks_reason=name == "refuse",
            subjects=[row.name for row in rows],
            keys=[f"{expert_id}:{mark}" for expert_id, mark in chosen.items()],
            reason=request.form.get("opinion", ""),
            refusal=refusal,
            longest=expert_reviews.LONGEST_REASON,
            back=came_from(self._list_url()),
        )

    def _tell(self, outcomes: Sequence[expert_reviews.Outcome], done: str):
        """Give a result for each of several; one alone is a sentence on the page one came from."""
        back = came_from(self._list_url())
        unknown = gettext("（不在管理范围内的专家）")
        results = [(o.name or unknown, o.done, done if o.done else o.reason) for o in outcomes]
        if len(results) > 1:
            return self.render_template("skin/results.html", title=gettext("审核结果"), results=results, back=back)
        name, was_done, sentence = results[0]
        flash(gettext("%(name)s：%(sentence)s", name=name, sentence=sentence), "success" if was_done else "danger")
        return redirect(back)


def read_choice(keys: Sequence[str]) -> dict[int, int]:
    """Read {expert id: mark as seen} from ticked `id:mark` keys; broken ones answer 400."""
    if len(keys) > MOST_AT_ONCE:
        abort(413)
    chosen = {}
    for key in keys:
        expert_id, mark = (read_number(part) for part in f"{key}:".split(":")[:2])
        if expert_id is None or mark is None:
            abort(400)
        chosen[expert_id] = mark
    return chosen
