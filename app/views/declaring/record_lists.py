"""导入Excel, 粘贴Excel and 导出Excel of one record list of a draft."""

from collections.abc import Mapping
from io import BytesIO

from flask import Response, flash, g, redirect, request, send_file, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from ...errors import BadFile, Closed, StaleRevision
from ...extensions import db
from ...forms.definition import Field
from ...services import drafts, record_lists
from ...services.drafts import Draft
from ...services.imports.pasted import read_pasted, write_pasted
from ...services.imports.reading import Line, template
from ..base import ScopedView, allowed
from ..uploads import XLSX, send_workbook
from .own import to_reading


class RecordListView(ScopedView):
    """A record list in and out as a workbook."""

    route_base = "/declarations"
    default_view = "index"

    @expose("/<public_id>/lists/<field_key>/export")
    @allowed("edit")
    def export(self, public_id, field_key):
        """Hand out the list as it is stored."""
        draft, field = _read(public_id, field_key)
        content = BytesIO(record_lists.make_workbook(draft, field))
        return send_file(content, mimetype=XLSX, as_attachment=True, download_name=f"{field.label}.xlsx")

    @expose("/<public_id>/lists/<field_key>/template")
    @allowed("edit")
    def template(self, public_id, field_key):
        """Hand out a workbook to fill in."""
        _draft, field = _read(public_id, field_key)
        content = template(field.label, record_lists.headings_of(field), [])
        return send_workbook(content, gettext("%(name)s模板.xlsx", name=field.label))

    @expose("/<public_id>/lists/<field_key>/import")
    @allowed("edit")
    def index(self, public_id, field_key):
        """Show what a workbook must look like."""
        draft, field = _read(public_id, field_key)
        return to_reading(draft) if draft.refusal else self._page(draft, field)

    @expose("/<public_id>/lists/<field_key>/import", methods=["POST"])
    @allowed("edit")
    def take_in(self, public_id, field_key):
        """Take all lines of a workbook, or none and say what is wrong in which line."""
        draft, field = _read(public_id, field_key)
        upload, replace = request.files.get("file"), request.form.get("mode") == "replace"
        try:
            if upload is None or not upload.filename:
                raise BadFile(gettext("请选择要上传的 .xlsx 文件。"))
            outcome = record_lists.take_in(draft, field, upload.stream, replace=replace, by=g.user, at=g.arrived_at)
        except BadFile as refusal:
            db.session.rollback()
            draft, field = _read(public_id, field_key)
            return self._page(draft, field, refusal=refusal), refusal.status
        if outcome.problems:
            return self._page(draft, field, outcome=outcome), BadFile.status
        db.session.commit()
        flash(gettext("已导入 %(count)s 条", count=outcome.taken), "success")
        return redirect(_section_address(draft, field))

    @expose("/<public_id>/lists/<field_key>/paste")
    @allowed("edit")
    def paste(self, public_id, field_key):
        """Offer a place for cells copied from a spreadsheet."""
        draft, field = _read(public_id, field_key)
        return to_reading(draft) if draft.refusal else self._paste_page(draft, field, text="")

    @expose("/<public_id>/lists/<field_key>/paste", methods=["POST"])
    @allowed("edit")
    def take_pasted(self, public_id, field_key):
        """Show what was pasted cell by cell; take it in when asked and nothing is wrong. The text always stays."""
        draft, field = _read(public_id, field_key)
        replace, headings = request.form.get("mode") == "replace", record_lists.headings_of(field)
        text = request.form.get("text", "")
        try:
            lines = _corrected(read_pasted(text, headings), request.form)
            if request.form.get("step") != "take":
                pasted = record_lists.preview(draft, field, lines, replace=replace)
                return self._paste_page(draft, field, text=write_pasted(lines, headings), pasted=pasted)
            pasted = record_lists.take_pasted(draft, field, lines, replace=replace, by=g.user, at=g.arrived_at)
        except (BadFile, Closed, StaleRevision) as refusal:
            db.session.rollback()
            draft, field = _read(public_id, field_key)
            return self._paste_page(draft, field, text=text, refusal=refusal), refusal.status
        if pasted.flaws:
            text = write_pasted(lines, headings)
            return self._paste_page(draft, field, text=text, pasted=pasted), BadFile.status
        db.session.commit()
        flash(gettext("已导入 %(count)s 条", count=len(pasted.lines)), "success")
        return redirect(_section_address(draft, field))

    def _paste_page(self, draft: Draft, field: Field, **context) -> str:
        return self.render_template(
            "declaring/form/paste_list.html",
            title=gettext("粘贴“%(label)s”", label=field.label),
            declaration=draft.declaration,
            field=field,
            headings=record_lists.headings_of(field),
            replace=request.form.get("mode") == "replace",
            back=_section_address(draft, field),
            **context,
        )

    def _page(self, draft: Draft, field: Field, **context) -> str | Response:
        return self.render_template(
            "declaring/form/import_list.html",
            title=gettext("导入“%(label)s”", label=field.label),
            declaration=draft.declaration,
            field=field,
            headings=record_lists.headings_of(field),
            replace=request.form.get("mode") == "replace",
            back=_section_address(draft, field),
            **context,
        )


def _read(public_id: str, field_key: str) -> tuple[Draft, Field]:
    draft = drafts.open_draft(public_id, g.user, g.arrived_at)
    return draft, record_lists.list_field(draft, field_key)


def _corrected(lines: list[Line], form: Mapping[str, str]) -> list[Line]:
    """Return the lines with what was corrected in the cells of the preview."""
    found = []
    for index, line in enumerate(lines):
        values = {key: form.get(f"cell-{index}-{key}", text).strip() for key, text in line.values.items()}
        found.append(Line(line.number, values))
    return found


def _section_address(draft: Draft, field: Field) -> str:
    section = draft.definition.section_of(field.key).key
    public_id = draft.declaration.public_id
    return url_for("DeclarationFormView.section", public_id=public_id, section=section, _anchor=field.key)
