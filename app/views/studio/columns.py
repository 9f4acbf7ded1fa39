"""列表字段: which answers are copied into the columns of lists, sums and sheets."""

from collections.abc import Mapping
from typing import Any

from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import Form, FormField, HiddenField, SelectField, StringField
from wtforms.validators import Length

from ...authoring import sources
from ...forms.definition import TypeDefinition
from ...forms.parsing import read_unfinished
from ...forms.vocabulary import GENERIC_COLUMNS
from ..base import allowed
from .document_forms import kept
from .documents import TAB, leave, revision_of
from .frame import StudioView, read_draft, save_part

COLUMN_KINDS = {
    "figure": (_("数值列"), _("可求和、可按大小筛选和排序。")),
    "text": (_("文字列"), _("按显示内容保存，最多 200 字。")),
    "date": (_("日期列"), _("可按日期筛选和排序。")),
}
SPARE = 2


class DraftColumnsView(StudioView):
    """The list columns of a draft."""

    default_view = "index"

    @expose("/<public_id>/columns", methods=["GET", "POST"])
    @allowed("edit")
    def index(self, public_id):
        """Show and change the columns."""
        draft = read_draft(public_id)
        project = draft.body.get("project")
        project = project if isinstance(project, Mapping) else {}
        form = _form(project, read_unfinished(draft.body), draft.revision)
        revision = revision_of(form.revision.data)
        if form.validate_on_submit() and save_part(draft, "project", _typed(project, form), revision):
            return leave(draft)
        page = self.page("columns", draft, form=form, groups=_groups(form, project), tab=TAB)
        return page, 422 if form.is_submitted() else 200


def _form(project: Mapping[str, Any], definition: TypeDefinition, revision: int) -> FlaskForm:
    fields: dict[str, Any] = {"revision": HiddenField()}
    answers = list(sources.answers_of(definition))
    for kind, count in GENERIC_COLUMNS.items():
        fitting: dict[str, list] = {"": [("", _("不使用"))]}
        for answer in answers:
            if answer.fits(kind):
                fitting.setdefault(answer.section, []).append((answer.path, answer.label))
        for number in range(1, count + 1):
            name = f"{kind}_{number}"
            old = _mapping(project.get(name))
            row = {
                "source": SelectField(_("填报项"), choices=kept(fitting, old.get("from"))),
                "label": StringField(_("列名"), [Length(max=60)]),
            }
            value = {"source": old.get("from") or "", "label": old.get("label")}
            fields[name] = FormField(type("ColumnForm", (Form,), row), name, default=value)
    return type("ColumnsForm", (FlaskForm,), fields)(revision=revision)


def _groups(form: FlaskForm, project: Mapping[str, Any]) -> list[tuple[Any, Any, list[Any]]]:
    """Return the columns that are used and some free ones, by kind."""
    groups = []
    for kind, (label, help_text) in COLUMN_KINDS.items():
        rows = [form[f"{kind}_{number}"] for number in range(1, GENERIC_COLUMNS[kind] + 1)]
        used = [row for row in rows if row.name in project or row["source"].data]
        free = [row for row in rows if row not in used][:SPARE]
        groups.append((label, help_text, [row for row in rows if row in used or row in free]))
    return groups


def _typed(project: Mapping[str, Any], form: FlaskForm) -> dict[str, Any]:
    """Return the columns as typed; one without an answer is given up, one without a name is called like its answer."""
    found = {name: value for name, value in project.items() if name not in form}
    for kind, count in GENERIC_COLUMNS.items():
        for row in (form[f"{kind}_{number}"] for number in range(1, count + 1)):
            path = row["source"].data
            if path:
                label = (row["label"].data or "").strip() or _label_of(row["source"], path)
                found[row.name] = {"label": label, "from": path}
    return found


def _label_of(field: SelectField, path: str) -> str:
    return next(str(label) for group in field.choices.values() for value, label in group if value == path)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
