"""公示异议, from the side of the bureau that published: read, answer, close."""

from collections.abc import Sequence
from typing import Any

from flask import flash, g, redirect, request
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, false, select

from ..errors import DomainError, Invalid
from ..extensions import db
from ..models import Article, Objection, ObjectionState
from ..permissions import bureau_of
from ..services import objections
from .base import ScopedInterface, ScopedModelView, Tab, allowed, grants


class ObjectionAdmin(ScopedModelView):
    """`/objections/`: what was raised against the own bureau's publicities."""

    datamodel = ScopedInterface(Objection, key="public_id")
    route_base = "/objections"
    list_template = "objections/list.html"
    show_template = "objections/show.html"
    base_permissions = ["can_list", "can_show", "can_answer"]
    noun = _("公示异议")
    purpose = _("社会各界对本单位公示提出的异议；请核实后答复，处理完毕后办结，答复和办结都会通知异议人。")
    empty_hint = _("公示期内有人提出异议时会显示在这里。")
    subject = "article.title"
    list_columns = ["article.title", "name", "unit", "phone", "state", "received_at", "answered_at"]
    show_columns = [
        "article.title", "name", "unit", "phone", "email", "state", "received_at", "answered_at",
        "answered_by.first_name", "closed_at", "closed_by.first_name", "text", "answer",
    ]  # fmt: skip
    search_columns = ["article.title", "name", "received_at", "unit"]
    order_columns = ["received_at"]
    base_order = ("id", "desc")
    label_columns = {
        "article.title": _("公示标题"),
        "name": _("异议人"),
        "unit": _("单位"),
        "phone": _("联系电话"),
        "email": _("电子邮箱"),
        "text": _("异议内容和理由"),
        "state": _("状态"),
        "received_at": _("收到时间"),
        "answer": _("答复"),
        "answered_at": _("答复时间"),
        "answered_by.first_name": _("答复人"),
        "closed_at": _("办结时间"),
        "closed_by.first_name": _("办结人"),
    }

    def conditions(self) -> list[ColumnElement]:
        """The bureau that published deals with what is raised against it."""
        bureau = bureau_of(g.user)
        if bureau is None:
            return [false()]
        return [Objection.article_id.in_(select(Article.id).where(Article.bureau_id == bureau.id))]

    def tabs(self) -> Sequence[Tab]:
        return [
            *(Tab(state.value, state.label, Objection.state == state) for state in ObjectionState),
            Tab("all", _("全部"), Objection.id > 0),
        ]

    def show_context(self, item: Objection) -> dict[str, Any]:
        return super().show_context(item) | {
            "able_to_answer": grants(self, "answer"),
            "is_open": item.state is ObjectionState.OPEN,
            "is_answered": item.state is ObjectionState.ANSWERED,
            "longest": objections.LONGEST_ANSWER,
        }

    @expose("/answer/<pk>", methods=["POST"])
    @allowed("answer")
    def answer(self, pk):
        """Answer an objection."""
        item, typed = self._find(pk, self.show_columns), request.form.get("answer", "")
        try:
            objections.answer(item, typed, by=g.user, at=g.arrived_at)
            db.session.commit()
        except Invalid as refusal:
            db.session.rollback()
            page = self.render_template(
                self.show_template, **self.show_context(item), typed=typed, problem=str(refusal)
            )
            return page, 422
        except DomainError as refusal:
            return self._refused(refusal, pk)
        flash(gettext("已答复，异议人将收到通知"), "success")
        return redirect(self._address("show", item))

    @expose("/close/<pk>", methods=["POST"])
    @allowed("answer")
    def close(self, pk):
        """Close an answered objection."""
        item = self._find(pk, self.show_columns)
        try:
            objections.close(item, by=g.user, at=g.arrived_at)
            db.session.commit()
        except DomainError as refusal:
            return self._refused(refusal, pk)
        flash(gettext("已办结，异议人将收到通知"), "success")
        return redirect(self._address("show", item))

    def _refused(self, refusal: DomainError, pk: str):
        db.session.rollback()
        flash(str(refusal), "danger")
        return redirect(f"{request.script_root}{self.route_base}/show/{pk}")
