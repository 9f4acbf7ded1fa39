"""生成申报书: asked for, made by the worker, followed with visible progress, opened when it is there."""

from typing import Any

from flask import Response, g, jsonify, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...errors import NotFound
from ...extensions import db
from ...models import Document, Job, JobState
from ...services import documents, drafts
from ...services.drafts import Draft
from ..base import ScopedView, allowed, wants_json
from .downloads import send_stored, wants_download
from .own import to_reading


class DeclarationDocumentView(ScopedView):
    """The declaration document of a draft and its preview."""

    route_base = "/declarations"
    default_view = "index"

    @expose("/<public_id>/document")
    @allowed("read")
    def index(self, public_id):
        """Show how far the document is and what to do next."""
        draft = _read(public_id)
        if draft.refusal:
            return to_reading(draft)
        return self.render_template(
            "declaring/documents/index.html",
            title=gettext("生成申报书"),
            draft=draft,
            status=_status(draft),
            latest=documents.latest_document(draft.declaration),
        )

    @expose("/<public_id>/document", methods=["POST"])
    @allowed("edit")
    def make(self, public_id):
        """Ask for the document of the draft as it stands."""
        draft = _read(public_id)
        if draft.refusal:
            raise draft.refusal
        documents.request_document(draft.declaration, draft.report, draft.facts, by=g.user, at=g.arrived_at)
        db.session.commit()
        return self._asked(public_id)

    @expose("/<public_id>/preview", methods=["POST"])
    @allowed("edit")
    def make_preview(self, public_id):
        """Ask for a marked preview of the draft as it stands."""
        draft = _read(public_id)
        documents.request_preview(draft.declaration, draft.facts, by=g.user, at=g.arrived_at)
        db.session.commit()
        return self._asked(public_id)

    @expose("/<public_id>/document/status")
    @allowed("read")
    def status(self, public_id):
        """Say how far document and preview are."""
        return jsonify(_status(_read(public_id)))

    @expose("/<public_id>/preview")
    @allowed("read")
    def preview(self, public_id):
        """Hand out the preview of the draft as it stands."""
        draft = _read(public_id)
        job = documents.preview_job(draft.declaration, draft.facts)
        if job is None or job.file is None:
            raise NotFound(_("草稿预览尚未生成，或填报内容已修改，请重新生成预览。"))
        name = gettext("草稿预览-%(title)s.pdf", title=draft.declaration.title)
        return send_stored(job.file, name, attachment=wants_download())

    def _asked(self, public_id: str) -> Response:
        if wants_json():
            return jsonify(_status(_read(public_id)))
        return redirect(url_for("DeclarationDocumentView.index", public_id=public_id, follow=request.endpoint))


def _read(public_id: str) -> Draft:
    draft = drafts.open_draft(public_id, g.user, g.arrived_at)
    if draft.document_spec is None:
        raise NotFound(_("该项目不需要生成申报书。"))
    return draft


def _status(draft: Draft) -> dict[str, Any]:
    declaration, facts = draft.declaration, draft.facts
    preview_url = url_for("DeclarationDocumentView.preview", public_id=declaration.public_id)
    return {
        "document": _document_state(
            documents.current_document(declaration, facts), documents.job_of(declaration, facts)
        ),
        "preview": _job_state(documents.preview_job(declaration, facts), preview_url),
    }


def _document_state(document: Document | None, job: Job | None) -> dict[str, Any]:
    if document is None:
        state = _job_state(job, "")
        return state if state["state"] != "done" else {"state": "none"}
    return {
        "state": "done",
        "url": url_for("DownloadView.document", check_code=document.check_code),
        "pages": document.pages,
        "made_at": clock.show(document.made_at),
    }


def _job_state(job: Job | None, url: str) -> dict[str, Any]:
    if job is None:
        return {"state": "none"}
    state: dict[str, Any] = {"state": job.state.value, "progress": job.progress, "asked_at": clock.show(job.created_at)}
    if job.state is JobState.FAILED:
        state["reason"] = job.message or gettext("生成没有完成，请重试。")
    if job.state is JobState.DONE:
        state["url"] = url
    return state
