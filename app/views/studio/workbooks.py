"""A type as an Excel workbook: taken away, changed at a desk, brought back."""

from flask import flash, g, redirect, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField

from ...authoring.workbook import WorkbookError, read_workbook, write_workbook
from ...errors import DomainError
from ...extensions import db
from ...models import DeclarationTypeVersion, Site, TypeDraft
from ...permissions import get_visible
from ...services import type_drafts
from ..base import allowed
from ..model_forms import Filled
from ..uploads import send_workbook
from .frame import StudioView, read_draft


class WorkbookForm(FlaskForm):
    """A workbook to be read."""

    file = FileField(_("工作簿（.xlsx）"), [Filled()], render_kw={"accept": ".xlsx"})
    revision = HiddenField()


class DraftWorkbookView(StudioView):
    """Drafts and versions as workbooks."""

    default_view = "take_in"

    @expose("/<public_id>/workbook.xlsx")
    @allowed("read")
    def draft(self, public_id):
        """Return a draft as a workbook."""
        draft = read_draft(public_id)
        return _send(draft.body, f"{draft.key}.xlsx")

    @expose("/versions/<int:version_id>/workbook.xlsx")
    @allowed("read")
    def version(self, version_id):
        """Return a version as a workbook."""
        version = get_visible(DeclarationTypeVersion, version_id, g.user)
        return _send(version.body, f"{version.type.key}-v{version.number}.xlsx")

    @expose("/import", methods=["GET", "POST"])
    @allowed("edit")
    def take_in(self):
        """Begin a draft with what a workbook holds."""
        form = WorkbookForm()
        if form.validate_on_submit():
            body = _read(form)
            draft = None if body is None else self._begin(form, body)
            if draft is not None:
                return redirect(url_for("TypeDraftView.show", public_id=draft.public_id))
        return self._page(form, gettext("从 Excel 导入申报类型"), url_for("TypeDraftView.index"))

    @expose("/<public_id>/import", methods=["GET", "POST"])
    @allowed("edit")
    def replace(self, public_id):
        """Replace a draft by what a workbook holds."""
        draft = read_draft(public_id)
        form, back = WorkbookForm(revision=draft.revision), url_for("TypeDraftView.show", public_id=draft.public_id)
        if form.validate_on_submit():
            body = _read(form)
            if body is not None and self._replace(form, draft, body):
                flash(gettext("已按工作簿更新草稿"), "success")
                return redirect(back)
        return self._page(form, gettext("用 Excel 更新“%(title)s”", title=draft.title), back)

    def _page(self, form: WorkbookForm, title: str, back: str):
        page = self.render_template("studio/workbook.html", title=title, form=form, back=back)
        return page, 422 if form.is_submitted() else 200

    def _begin(self, form: WorkbookForm, body: dict) -> TypeDraft | None:
        site = db.session.get_one(Site, g.user.site_id)
        return _tried(form, lambda: type_drafts.begin_from_body(site, body, by=g.user, at=g.arrived_at))

    def _replace(self, form: WorkbookForm, draft: TypeDraft, body: dict) -> bool:
        if body.get("key") != draft.key:
            form.file.errors = [gettext("工作簿的标识是“%(key)s”，与草稿不同。", key=body.get("key", ""))]
            return False
        revision = int(form.revision.data) if (form.revision.data or "").isdigit() else -1
        save = lambda: type_drafts.save_body(draft, body, revision=revision, by=g.user, at=g.arrived_at)  # noqa: E731
        return _tried(form, save) is not None


def _tried(form: WorkbookForm, act):
    """Do it and keep it; a refusal stands at the file."""
    try:
        done = act()
    except DomainError as refusal:
        db.session.rollback()
        form.file.errors = [str(refusal)]
        return None
    db.session.commit()
    return done


def _read(form: WorkbookForm) -> dict | None:
    """Return the body of the workbook that was sent; what is wrong in it stands at the file, sentence by sentence."""
    try:
        return read_workbook(form.file.data.stream)
    except WorkbookError as error:
        form.file.errors = error.problems
        return None


def _send(body: dict, name: str):
    return send_workbook(write_workbook(body), name)
