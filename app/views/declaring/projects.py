"""我的项目 and 我的申报书: lists of the own enterprise's declarations and their documents."""

from datetime import datetime
from typing import Any

from flask import g, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from ...extensions import db
from ...models import CallGuide, Declaration, DeclarationState, Document, SealedCopy, Submission
from ...permissions import fills_in, visible
from ...services import extensions, grants, trash
from ...services.terms import effective_call
from ..base import ScopedInterface, ScopedModelView, Tab, show, tag

OPEN = (DeclarationState.DRAFT, DeclarationState.RETURNED)
ENDED = (DeclarationState.APPROVED, DeclarationState.DECLINED, DeclarationState.VOID)


class MyProjectsView(ScopedModelView):
    """Every declaration of the own enterprise, with where it stands."""

    datamodel = ScopedInterface(Declaration, key="public_id")
    route_base = "/my-projects"
    noun = _("我的项目")
    purpose = _("本单位的全部申报项目，可查看办理进度、继续申报、下载申报书。")
    empty_hint = _("在“我要申报”中选择项目开始申报后，将显示在这里。")
    subject = "title"
    base_permissions = ["can_list"]
    list_template = "declaring/projects/list.html"
    list_columns = [
        "call.programme.year",
        "call.programme.funding",
        "call.programme.name",
        "call.name",
        "title",
        "submitted_at",
        "closes_at",
        "stage",
        "awarded",
    ]
    show_columns = []
    search_columns = ["title", "call.programme.name", "call.programme.funding", "call.programme.year", "submitted_at"]
    order_columns = ["submitted_at"]
    base_order = ("id", "desc")
    label_columns = {
        "call.programme.year": _("年度"),
        "call.programme.funding": _("资金类型"),
        "call.programme.name": _("项目认定评定名称"),
        "call.name": _("方向"),
        "title": _("项目名称"),
        "submitted_at": _("申报时间"),
        "closes_at": _("申报截止时间"),
        "stage": _("当前环节"),
        "awarded": _("获得资金（万元）"),
    }

    def conditions(self):
        return [fills_in(g.user)]

    def tabs(self):
        return [
            Tab("all", gettext("全部"), Declaration.id > 0),
            Tab("open", gettext("待提交"), Declaration.state.in_(OPEN)),
            Tab("review", gettext("审核中"), Declaration.state == DeclarationState.IN_REVIEW),
            Tab("ended", gettext("已办结"), Declaration.state.in_(ENDED)),
        ]

    def row_url(self, row: Declaration) -> str:
        return url_for("DeclarationView.index", public_id=row.public_id)

    def list_context(self) -> dict[str, Any]:
        context = super().list_context()
        context["granted"] = grants.held_now(g.user)
        documents = _documents_of(context["listing"].page.rows)
        return context | {"at": g.arrived_at, "documents": documents, "deleted": trash.count_deleted(g.user)}

    def cell_closes_at(self, row: Declaration) -> str:
        """Return until when it may be submitted, as the enterprise's city has set it."""
        if row.state is DeclarationState.RETURNED:
            return show(row.due_at)
        guide = _guides().get(row.call_id)
        if guide is None:
            return show(row.call.closes_at)
        return show(effective_call(row.call, guide, _extended().get(row.call_id)).closes_at)

    def cell_stage(self, row: Declaration) -> str:
        return tag(row.stage, row.state.tone)

    def cell_awarded(self, row: Declaration) -> Any:
        return gettext("暂未获得资金") if row.awarded is None else f"{row.awarded / 10000:,.2f}"


def _guides() -> dict[int, CallGuide]:
    """Return the city's guides by call, read once per request."""
    if "own_guides" not in g:
        g.own_guides = {
            guide.call_id: guide for guide in db.session.scalars(select(CallGuide).where(visible(CallGuide, g.user)))
        }
    return g.own_guides


def _extended() -> dict[int, datetime]:
    """Return until when the own enterprise may declare longer than others, read once per request."""
    if "own_extensions" not in g:
        g.own_extensions = extensions.own_extensions(g.user.enterprise_ids)
    return g.own_extensions


def _documents_of(rows: list[Declaration]) -> dict[int, Document]:
    """Return {declaration id: the document that was submitted last, or made last}."""
    query = (
        select(Document)
        .where(Document.declaration_id.in_([row.id for row in rows]), visible(Document, g.user))
        .order_by(Document.id)
    )
    made = list(db.session.scalars(query))
    found = {document.declaration_id: document for document in made}
    submissions = [row.submission_id for row in rows if row.state not in OPEN]
    submitted = set(db.session.scalars(select(Submission.document_id).where(Submission.id.in_(submissions))))
    return found | {document.declaration_id: document for document in made if document.id in submitted}


class MyDocumentsView(ScopedModelView):
    """Every generated document of the own enterprise."""

    datamodel = ScopedInterface(Document, key="check_code")
    route_base = "/my-documents"
    noun = _("我的申报书")
    purpose = _("本单位生成过的全部申报书，随时可以打开或下载。")
    empty_hint = _("填写完成并点击“生成申报书”后，将显示在这里。")
    base_permissions = ["can_list"]
    list_template = "declaring/projects/documents.html"
    list_columns = ["declaration.title", "name", "pages", "made_at", "standing", "check_code"]
    show_columns = []
    search_columns = ["declaration.title", "made_at"]
    order_columns = ["made_at"]
    base_order = ("id", "desc")
    label_columns = {
        "declaration.title": _("项目名称"),
        "name": _("申报书"),
        "pages": _("页数"),
        "made_at": _("生成时间"),
        "standing": _("状态"),
        "check_code": _("校验码"),
    }

    def conditions(self):
        own = select(Declaration.id).where(fills_in(g.user))
        return [Document.declaration_id.in_(own)]

    def row_url(self, row: Document) -> str:
        return url_for("DownloadView.document", check_code=row.check_code)

    def list_context(self) -> dict[str, Any]:
        context = super().list_context()
        sealed = _sealed_copies_of(context["listing"].page.rows)
        return context | {"at": g.arrived_at, "sealed": sealed}

    def cell_standing(self, row: Document) -> str:
        if row.id in _submitted_documents():
            return tag(gettext("已提交"), "ok")
        return tag(gettext("未提交"), "wait")


def _sealed_copies_of(rows: list[Document]) -> dict[int, SealedCopy]:
    """Return {document id: its sealed version that counts}."""
    query = select(SealedCopy).where(SealedCopy.document_id.in_([row.id for row in rows]), visible(SealedCopy, g.user))
    return {copy.document_id: copy for copy in db.session.scalars(query.order_by(SealedCopy.id))}


def _submitted_documents() -> set[int]:
    """Return the ids of documents that a submission carries, read once per request."""
    if "submitted_documents" not in g:
        query = select(Submission.document_id).where(visible(Submission, g.user), Submission.document_id.is_not(None))
        g.submitted_documents = set(db.session.scalars(query))
    return g.submitted_documents
