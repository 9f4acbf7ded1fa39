"""Attachments of a draft: upload, order, delete; with a script the answers are JSON, without it the page comes back."""

from typing import Any

from flask import Response, flash, g, jsonify, redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...errors import BadFile, DomainError
from ...extensions import db
from ...models import Declaration
from ...services import declarations, drafts
from ..base import ScopedView, allowed, wants_json


class AttachmentView(ScopedView):
    """The files that a call asks for."""

    route_base = "/declarations"
    default_view = "upload"

    @expose("/<public_id>/files/<field_key>", methods=["POST"])
    @allowed("edit")
    def upload(self, public_id, field_key):
        """File one or several uploads under an attachment kind; each is taken or refused on its own."""
        declaration = declarations.read_own(public_id, g.user)
        uploads = [u for u in request.files.getlist("file") if u.filename]
        if not uploads:
            raise BadFile(_("请先选择要上传的文件。"))
        refusals = [_file(declaration, field_key, upload) for upload in uploads]
        db.session.commit()
        return _answer(public_id, field_key, [r for r in refusals if r])

    @expose("/<public_id>/files/<field_key>/<file_id>/<any(up, down):way>", methods=["POST"])
    @allowed("edit")
    def move(self, public_id, field_key, file_id, way):
        """Move a file before or behind its neighbour."""
        declaration = declarations.read_own(public_id, g.user)
        declarations.move_attachment(declaration, file_id, up=way == "up", by=g.user, at=g.arrived_at)
        db.session.commit()
        return _answer(public_id, field_key, [])

    @expose("/<public_id>/files/<field_key>/<file_id>/delete", methods=["GET", "POST"])
    @allowed("edit")
    def delete(self, public_id, field_key, file_id):
        """Ask, then take a file away from the draft."""
        declaration = declarations.read_own(public_id, g.user)
        found = declarations.find_attachment(declaration, file_id)
        if request.form.get("confirmed") != "1":
            return self.render_template(
                "skin/confirm.html",
                title=gettext("删除附件"),
                text=gettext("确定删除下列附件？删除后需要重新上传。"),
                subjects=[found.name],
                fields=[],
                submit=gettext("删除附件"),
                danger=True,
                back=section_address(declaration, field_key),
            )
        declarations.remove_attachment(declaration, file_id, by=g.user, at=g.arrived_at)
        db.session.commit()
        return _answer(public_id, field_key, [])


def _file(declaration: Declaration, field_key: str, upload: Any) -> str | None:
    """Take one upload; returns the reason when it is refused."""
    try:
        declarations.attach(declaration, field_key, upload.stream, upload.filename, by=g.user, at=g.arrived_at)
    except BadFile as refusal:
        return str(refusal)
    return None


def section_address(declaration: Declaration, field_key: str) -> str:
    """Return where an attachment kind is filled in; raises NotFound for a kind that the type does not have."""
    declarations.attachment_kind(declaration, field_key)
    section = drafts.draft_of(declaration, g.arrived_at).definition.section_of(field_key)
    return url_for(
        "DeclarationFormView.section", public_id=declaration.public_id, section=section.key, _anchor=field_key
    )


def _answer(public_id: str, field_key: str, refusals: list[str]) -> Response:
    """Show the kind's files as they are stored now, with what was refused."""
    draft = drafts.open_draft(public_id, g.user, g.arrived_at)
    if not wants_json():
        for refusal in refusals:
            flash(refusal, "danger")
        return redirect(section_address(draft.declaration, field_key))
    field = draft.definition.field(field_key)
    kept = [a for a in draft.declaration.attachments if a.field_key == field_key]
    section = draft.definition.section_of(field_key)
    html = render_template("declaring/form/_files.html", draft=draft, field=field, files=kept)
    problems = [str(p.message) for p in draft.report.of(section.key) if p.path == field_key and p.kind != "missing"]
    response = jsonify(
        html=html,
        count=len(kept),
        refusals=refusals,
        problems=problems,
        sections={
            s.key: {"missing": state.missing, "invalid": state.invalid, "complete": state.complete}
            for s in draft.sections
            for state in [draft.report.sections[s.key]]
        },
        open_points=draft.errors,
    )
    response.status_code = DomainError.status if refusals else 200
    return response


def handle_form(declaration: Declaration) -> str | None:
    """Do what a section's form asks with files when no script does it; returns the page to go to, if one follows."""
    sent = [(name, u) for name in request.files for u in request.files.getlist(name) if u.filename]
    for name, upload in sent:
        refusal = _file(declaration, name.removeprefix("_file-"), upload)
        if refusal:
            flash(refusal, "danger")
    introduced = request.form.get("_introduce")
    if introduced:
        return url_for("IntroductionView.index", public_id=declaration.public_id, field_key=introduced)
    kind = request.form.get("_upload")
    if kind and not sent:
        flash(gettext("请先选择要上传的文件。"), "danger")
    moved, deleted = request.form.get("_move_file"), request.form.get("_delete_file")
    if moved:
        way, _colon, file_id = moved.partition(":")
        kind = declarations.find_attachment(declaration, file_id).field_key
        declarations.move_attachment(declaration, file_id, up=way == "up", by=g.user, at=g.arrived_at)
    if deleted:
        kind = declarations.find_attachment(declaration, deleted).field_key
        return url_for("AttachmentView.delete", public_id=declaration.public_id, field_key=kind, file_id=deleted)
    return section_address(declaration, kind) if kind else None
