"""导入部门 and 导入人员: a template to fill in, an upload, and the job that reads it."""

from typing import Any, BinaryIO

from flask import Response, g, url_for
from flask_appbuilder import expose
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired

from ..errors import BadFile
from ..extensions import db
from ..models import Job, new_public_id
from ..services import initial_passwords
from ..services.imports import departments, people
from ..services.imports.reading import LANGUAGE
from ..services.imports.uploads import queue_upload
from .base import ScopedView, allowed
from .jobs import follow
from .uploads import send_workbook


class SheetForm(FlaskForm):
    """An uploaded workbook."""

    sheet = FileField(
        _("填写好的表格"), [FileRequired(message=_("请选择填写好的 .xlsx 文件。"))], render_kw={"accept": ".xlsx"}
    )


class SheetImportView(ScopedView):
    """The page of one import; a subclass says which sheet it takes."""

    template = "people/import.html"
    sheets: Any = None  # the module with JOB_KIND, MOST_LINES, headings_for and make_template
    heading: Any = None
    hint: Any = None
    file_name: Any = None
    list_endpoint = ""

    @expose("/", methods=["GET", "POST"])
    @allowed("read")
    def index(self):
        """Show what to do, or queue an uploaded sheet."""
        form = SheetForm()
        if form.validate_on_submit():
            try:
                job = self._queue(form.sheet.data.stream, form.sheet.data.filename)
                db.session.commit()
            except BadFile as refusal:
                db.session.rollback()
                form.sheet.errors = [str(refusal)]
            else:
                return follow(job, url_for(f"{self.endpoint}.index"))
        page = self.render_template(self.template, title=self.heading, form=form, view=self, **self.facts())
        return page, 422 if form.is_submitted() else 200

    def _queue(self, stream: BinaryIO, name: str) -> Job:
        return queue_upload(
            self.sheets.JOB_KIND, stream, name, title=self.heading, by=g.user, at=g.arrived_at,
            facts={"seed": new_public_id()},
        )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Return what the page shows besides the form."""
        return {
            "headings": self.sheets.headings_for(g.user),
            "most": self.sheets.MOST_LINES,
            "back": url_for(self.list_endpoint),
        }

    @expose("/template")
    @allowed("read")
    def template_file(self) -> Response:
        """Hand out the workbook to fill in."""
        with force_locale(LANGUAGE):  # what stands in it is read back in this language
            return send_workbook(self.sheets.make_template(g.user), str(self.file_name))


class DepartmentImportView(SheetImportView):
    """导入部门."""

    route_base = "/departments-import"
    sheets = departments
    heading = _("导入部门")
    hint = _("“上级部门”填写主管部门名称，可以是同一表格前面新增的主管部门；只有新增下级主管部门时才填写“所属地区”。")
    file_name = _("部门导入模板.xlsx")
    list_endpoint = "DepartmentAdmin.list"


class PeopleImportView(SheetImportView):
    """导入人员, and the initial passwords that came of it."""

    route_base = "/people-import"
    sheets = people
    heading = _("导入人员")
    hint = _("“部门”按“主管部门/科室”填写；“登录用户名”留空则用手机号码。证件号码和手机号码请按文本填写。")
    file_name = _("人员导入模板.xlsx")
    list_endpoint = "PersonAdmin.list"

    def facts(self) -> dict[str, Any]:
        return super().facts() | {"imports": initial_passwords.imports_of(g.user)}

    @expose("/<public_id>/passwords", methods=["POST"])
    @allowed("read")
    def passwords(self, public_id) -> Response:
        """Hand out the initial passwords of an import, once."""
        content = initial_passwords.hand_out(public_id, by=g.user, at=g.arrived_at)
        db.session.commit()
        return send_workbook(content, gettext("人员初始密码.xlsx"))
