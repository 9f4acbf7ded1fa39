"""个人申报审核: what individuals of the own unit declare, passed on or sent back by its administrator."""

from functools import partial
from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import action, expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, and_, or_, select

from .. import roles
from ..errors import DomainError, NotFound
from ..extensions import db
from ..models import Declaration, DeclarationState
from ..permissions import led_enterprises, of_individuals
from ..services import batches, declarations, dossiers, reviews, trash
from ..services.turns import MAX_OPINION
from ..workflow import engine
from .base import ScopedInterface, ScopedModelView, Tab, allowed, came_from, grants, show, tag
from .deciding import outcome, page_facts, read_decision, submission_asked_for
from .review_queue import SHOWN_SUBJECTS, recommend_chosen
from .urls import quoted_here

IN_REVIEW = Declaration.state == DeclarationState.IN_REVIEW
WITH_UNIT = Declaration.step_role == roles.ENTERPRISE_ADMINISTRATOR
LEFT = Declaration.state == DeclarationState.DRAFT  # nobody else's drafts are in sight but of those who are gone


class UnitReviewView(ScopedModelView):
    """`/unit-review/`: what waits for the unit, what has gone on to the bureaus, what was sent back."""

    datamodel = ScopedInterface(Declaration)
    route_base = "/unit-review"
    list_template = "unit_review/list.html"
    base_permissions = ["can_list", "can_act", "can_recommend", "can_discard"]
    method_permission_name = {"recommend": "recommend"}
    noun = _("个人申报审核")
    purpose = _("本单位个人用户提交的申报在此审核：通过后提交至主管部门，需要修改的退回申报人。")
    empty_hint = _("本单位的个人用户提交申报后，会出现在这里。")
    subject = "title"
    list_columns = ["title", "individual.first_name", "call.name", "submitted_at", "due_at", "stage"]
    line_columns = ["seq", "public_id", "state", "public_label", "step_role"]
    show_columns: list[str] = []
    search_columns = ["title", "individual.first_name", "call.name", "submitted_at"]
    order_columns = ["submitted_at", "due_at"]
    base_order = ("submitted_at", "desc")
    label_columns = {
        "title": _("项目名称"),
        "individual.first_name": _("申报人"),
        "call.name": _("申报方向"),
        "submitted_at": _("提交时间"),
        "due_at": _("审核截止"),
        "stage": _("状态"),
    }
    actions_by_key = frozenset({"recommend"})

    # ------------------------------------------------------------ the list

    def conditions(self) -> list[ColumnElement]:
        return [of_individuals(led_enterprises(g.user))]

    def tabs(self):
        ended = Declaration.state.in_((DeclarationState.DECLINED, DeclarationState.VOID))
        passed = or_(Declaration.state == DeclarationState.APPROVED, and_(IN_REVIEW, ~WITH_UNIT))
        return (
            Tab("waiting", _("待审核"), and_(IN_REVIEW, WITH_UNIT)),
            Tab("passed", _("已通过"), passed),
            Tab("returned", _("已退回"), Declaration.state == DeclarationState.RETURNED),
            Tab("ended", _("不通过"), ended),
            *((Tab("left", _("离开人员的草稿"), LEFT),) if self._has_left() else ()),
        )

    def _has_left(self) -> bool:
        """Tell whether somebody who is gone has left a draft behind."""
        return bool(db.session.scalar(select(self.datamodel.scoped(*self.conditions(), LEFT).exists())))

    def list_context(self) -> dict[str, Any]:
        context = super().list_context()
        if context["listing"].tab != "waiting":
            context["bulk_actions"] = []
        return context

    def row_url(self, row: Declaration) -> str | None:
        """Lead to the reading page; built by hand, it stands on every line."""
        if row.state is DeclarationState.DRAFT:
            return None
        return f"{request.script_root}/unit-review/{row.public_id}?back={quoted_here()}"

    def row_key(self, row: Declaration) -> str:
        """Send id and seq as seen with each ticked row, so that what moved on meanwhile is not touched."""
        return f"{row.id}:{row.seq}"

    def cell_due_at(self, row: Declaration) -> Any:
        """Show until when the unit may act; a deadline that is over stands out."""
        if not row.is_with_unit:
            return show(None)
        if row.due_at is not None and row.due_at < g.arrived_at:
            return tag(_("已截止 %(time)s", time=show(row.due_at)), "stop")
        return show(row.due_at)

    def cell_stage(self, row: Declaration) -> Any:
        """Show where the declaration is, with the tone of its state."""
        return tag(row.stage, row.state.tone)

    # ------------------------------------------------------------ reading and deciding

    @expose("/<public_id>")
    @allowed("list")
    def declaration(self, public_id):
        """Show a declaration beside what the unit may do with it."""
        self._require(public_id)
        return self._page(dossiers.read_dossier(public_id, g.user, g.arrived_at, submission_asked_for()))

    @expose("/<public_id>", methods=["POST"])
    @allowed("act")
    def decide(self, public_id):
        """Take an action; a refusal shows the page again with everything typed."""
        try:
            self._require(public_id)
            found = reviews.read_declaration(str(public_id), g.user)
            entry = reviews.act(found, request.form.get("do", ""), **read_decision())
            message, following = outcome(found, entry), self._next_url(found)
            db.session.commit()
        except NotFound:
            raise
        except DomainError as refusal:
            db.session.rollback()
            return self._page(dossiers.read_dossier(public_id, g.user, g.arrived_at), refusal), refusal.status
        flash(message, "success")
        return redirect(following)

    def _require(self, public_id: str, *conditions: ColumnElement) -> Declaration:
        """Return an individual's declaration of the own unit, or answer 404."""
        query = self.datamodel.scoped(Declaration.public_id == str(public_id), *self.conditions(), *conditions)
        return db.session.scalars(query).first() or abort(404)

    def _page(self, dossier: dossiers.Dossier, refusal: DomainError | None = None) -> str:
        found = dossier.declaration
        return self.render_template(
            "review/declaration.html",
            **page_facts(dossier, refusal, may_act=grants(self, "act")),
            in_unit=True,
            following=_following(found),
            address_of=partial(url_for, "UnitReviewView.declaration", public_id=found.public_id),
            back=came_from(self._list_url()),
        )

    def _next_url(self, found: Declaration) -> str:
        """Return where the person goes on: the next declaration that waits, if asked for, or the page before."""
        following = dossiers.find_next(found, g.user) if request.form.get("go_on") == "1" else None
        if following is None:
            return came_from(self._list_url())
        back = came_from(self._list_url())
        return url_for("UnitReviewView.declaration", public_id=following, back=back, go_on=1)

    # ------------------------------------------------------------ passing on many

    @action("recommend", _("批量通过并提交"), multiple=True, single=False)
    def recommend(self, keys: list[str]):
        """Show what is selected and ask for one opinion; then pass it on and give a result per row."""
        return recommend_chosen(keys, self._preview, self._results, came_from(self._list_url()))

    def _results(self, outcomes: list[batches.Outcome]) -> str:
        unknown = gettext("（不在办理范围内的项目）")
        return self.render_template(
            "skin/results.html",
            title=gettext("批量办理结果"),
            results=[(o.title or unknown, o.done, gettext("已通过并提交") if o.done else o.reason) for o in outcomes],
            back=came_from(self._list_url()),
        )

    def _preview(self, chosen: dict[int, int], refusal: DomainError | None = None) -> str:
        rows = self.datamodel.find_all(list(chosen), *self.conditions())
        return self.render_template(
            "review/batch.html",
            title=gettext("批量通过并提交"),
            label=gettext("通过并提交"),
            under=gettext("个人申报审核"),
            post_to=url_for("UnitReviewView.action_post"),
            phrase=gettext("材料齐全，情况属实，同意提交。"),
            subjects=[row.title for row in rows[:SHOWN_SUBJECTS]],
            total=len(chosen),
            moved=sum(1 for row in rows if row.seq != chosen[row.id]) + len(chosen) - len(rows),
            keys=[f"{row_id}:{seq}" for row_id, seq in chosen.items()],
            opinion=request.form.get("opinion", ""),
            refusal=refusal,
            max_opinion=MAX_OPINION,
            back=came_from(self._list_url()),
        )

    # ------------------------------------------------------------ what somebody left behind

    @expose("/<public_id>/discard", methods=["GET", "POST"])
    @allowed("discard")
    def discard(self, public_id):
        """Ask, then delete the draft of a person who has left the unit."""
        found, back = self._require(public_id, LEFT), came_from(self._list_url())
        title = found.title
        if request.form.get("confirmed") != "1":
            return self.render_template(
                "skin/confirm.html",
                title=gettext("删除草稿"),
                text=gettext(
                    "申报人已离开本单位，确定删除下列草稿？%(days)s 天内可在“我的项目”的“已删除”中恢复，之后彻底删除。",
                    days=trash.KEPT.days,
                ),
                subjects=[title],
                fields=[],
                submit=gettext("删除草稿"),
                danger=True,
                back=back,
            )
        declarations.delete_draft(found, by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("已删除草稿“%(title)s”", title=title), "success")
        return redirect(back)


def _following(found: Declaration) -> str | None:
    """Return the step that comes after the unit's."""
    if not found.is_with_unit:
        return None
    straight_to = found.return_from if found.return_straight else None
    step = engine.step_after(found.submission.route, found.step, straight_to)
    return step.label if step else None
