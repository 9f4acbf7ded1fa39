"""文书与列表: the documents of a type, and what its declaration looks like on paper."""

from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from ...authoring import documents, sources
from ...errors import DomainError
from ...extensions import db
from ...forms.parsing import read_unfinished
from ...models import TypeDraft
from ...services import draft_previews
from ..base import allowed
from ..jobs import follow
from .document_forms import document_typed, form_for
from .frame import StudioView, read_draft, save_part

TAB = "DraftDocumentsView.index"


class DraftDocumentsView(StudioView):
    """The documents of a draft, with its list columns and texts beside them."""

    default_view = "index"

    @expose("/<public_id>/documents")
    @allowed("edit")
    def index(self, public_id):
        """Show the documents, the columns of lists and the texts."""
        draft = read_draft(public_id)
        definition = read_unfinished(draft.body)
        texts = draft.body.get("templates") or {}
        return self.page(
            "documents", draft,
            documents=documents.documents_in(draft.body), kinds=documents.KIND_LABELS, per=documents.PER_LABELS,
            columns=[(item, definition.label(item.path)) for item in definition.projections],
            texts=[(name, text, sources.uses_of_text(draft.body, name)) for name, text in texts.items()],
        )  # fmt: skip

    @expose("/<public_id>/documents/new/<kind>", methods=["GET", "POST"])
    @allowed("edit")
    def new(self, public_id, kind):
        """Add a document."""
        if kind not in documents.KIND_LABELS:
            abort(404)
        draft = read_draft(public_id)
        per = {} if kind != "declaration" else {"per": "declaration"}
        return self._edit(draft, {"key": documents.new_key(draft.body, kind), "kind": kind, **per})

    @expose("/<public_id>/documents/<document>", methods=["GET", "POST"])
    @allowed("edit")
    def edit(self, public_id, document):
        """Change a document."""
        draft = read_draft(public_id)
        return self._edit(draft, _find(draft, document))

    def _edit(self, draft: TypeDraft, old: dict[str, Any]) -> Any:
        kind, definition = old["kind"], read_unfinished(draft.body)
        form = form_for(kind, old, definition, draft.revision, _steps(draft))
        if form.validate_on_submit():
            typed = document_typed(kind, old, form, definition)
            if save_part(draft, "documents", documents.put(draft.body, typed), revision_of(form.revision.data)):
                return leave(draft)
        page = self.page("document", draft, form=form, kind=kind, kind_label=documents.KIND_LABELS[kind], tab=TAB)
        return page, 422 if form.is_submitted() else 200

    @expose("/<public_id>/documents/<document>/move", methods=["POST"])
    @allowed("edit")
    def move(self, public_id, document):
        """Move a document up or down."""
        draft = read_draft(public_id)
        step = 1 if request.form.get("to") == "down" else -1
        value = documents.moved(draft.body, _find(draft, document)["key"], step)
        save_part(draft, "documents", value, revision_of(request.form.get("revision")))
        return leave(draft, said=False)

    @expose("/<public_id>/documents/<document>/delete", methods=["GET", "POST"])
    @allowed("edit")
    def delete(self, public_id, document):
        """Ask, then take a document out."""
        draft = read_draft(public_id)
        found = _find(draft, document)
        if request.method != "POST":
            return self.render_template(
                "skin/confirm.html", title=gettext("删除文书"), subjects=[found.get("label") or document],
                fields=[("revision", draft.revision)], text=gettext("从草稿中删除以下文书，已发布的版本不受影响。"),
                submit=gettext("删除"), danger=True, back=url_for(TAB, public_id=draft.public_id),
            )  # fmt: skip
        value = documents.without(draft.body, document)
        saved = save_part(draft, "documents", value, revision_of(request.form.get("revision")))
        return leave(draft, said=saved)

    @expose("/<public_id>/document-preview", methods=["POST"])
    @allowed("edit")
    def preview(self, public_id):
        """Ask for the declaration document of the draft as it stands."""
        draft = read_draft(public_id)
        back = url_for(TAB, public_id=draft.public_id)
        try:
            job = draft_previews.request_preview(draft, by=g.user, at=g.arrived_at)
        except DomainError as refusal:
            db.session.rollback()
            flash(str(refusal), "danger")
            return redirect(back)
        db.session.commit()
        return follow(job, back)


def _find(draft: TypeDraft, key: str) -> dict[str, Any]:
    found = documents.find(draft.body, key)
    if found is None or found.get("kind") not in documents.KIND_LABELS:
        abort(404)
    return found


def _steps(draft: TypeDraft) -> list[tuple[str, str]]:
    steps = (draft.body.get("workflow") or {}).get("steps") or []
    return [(step["key"], step.get("label") or step["key"]) for step in steps if step.get("key")]


def revision_of(typed: Any) -> int:
    """Return the revision that a form was filled from, -1 for none."""
    return int(typed) if str(typed).isdecimal() else -1


def leave(draft: TypeDraft, said: bool = True) -> Any:
    """Return to the page of documents, columns and texts."""
    if said:
        flash(gettext("已保存"), "success")
    return redirect(url_for(TAB, public_id=draft.public_id))
