"""上传申报书（盖章版）: the generated document comes back sealed, between 生成申报书 and 提交申报."""

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...errors import BadFile, DocumentMissing, DomainError, NotFound
from ...extensions import db
from ...services import declarations, drafts, sealed_copies
from ...services.drafts import Draft
from ..base import ScopedView, allowed
from .own import to_reading


class SealingView(ScopedView):
    """The sealed version of the declaration document of a draft."""

    route_base = "/declarations"
    default_view = "index"

    @expose("/<public_id>/sealed")
    @allowed("edit")
    def index(self, public_id):
        """Show what to seal, and what was handed in."""
        draft = _read(public_id)
        return to_reading(draft) if draft.refusal else self._page(draft)

    @expose("/<public_id>/sealed", methods=["POST"])
    @allowed("edit")
    def hand_in(self, public_id):
        """Take the sealed version, or say what is wrong with it."""
        draft = _read(public_id)
        upload = request.files.get("file")
        try:
            if upload is None or not upload.filename:
                raise BadFile(gettext("请选择盖章后的 PDF 文件。"))
            copy = declarations.hand_in_sealed(
                draft.declaration, upload.stream, upload.filename, by=g.user, at=g.arrived_at
            )
        except (BadFile, DocumentMissing) as refusal:
            db.session.rollback()
            return self._page(_read(public_id), refusal=refusal), refusal.status
        flash(gettext("已上传盖章版“%(name)s”，共 %(pages)s 页。", name=copy.name, pages=copy.pages), "success")
        db.session.commit()
        return redirect(url_for("SealingView.index", public_id=public_id))

    def _page(self, draft: Draft, refusal: DomainError | None = None) -> str:
        return self.render_template(
            "declaring/sealing/index.html",
            title=gettext("上传申报书（盖章版）"),
            draft=draft,
            sealing=draft.sealing,
            most=sealed_copies.most_megabytes(draft.document_spec),
            refusal=refusal,
        )


def _read(public_id: str) -> Draft:
    draft = drafts.open_draft(public_id, g.user, g.arrived_at)
    if not sealed_copies.is_taken(draft.document_spec):
        raise NotFound(_("该项目不需要上传盖章版。"))
    return draft
