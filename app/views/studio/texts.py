"""承诺等模板: the longer texts of a type. They are text and nothing else: shown and printed as they are typed."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, TextAreaField
from wtforms.validators import Length

from ...authoring import sources
from ...authoring.documents import free_name
from ...models import TypeDraft
from ..base import allowed
from ..model_forms import Filled
from .documents import TAB, leave, revision_of
from .frame import StudioView, read_draft, save_part

LONGEST = 20_000


class TextForm(FlaskForm):
    """One text."""

    text = TextAreaField(
        _("内容"), [Filled(), Length(max=LONGEST)], render_kw={"rows": 14},
        description=_("纯文字，空一行为新的一段；按原样显示和打印，不支持网页代码。"),
    )  # fmt: skip
    revision = HiddenField()


class DraftTextsView(StudioView):
    """The texts of a draft."""

    default_view = "new"

    @expose("/<public_id>/texts/new", methods=["GET", "POST"])
    @allowed("edit")
    def new(self, public_id):
        """Add a text."""
        draft = read_draft(public_id)
        return self._edit(draft, free_name(set(_texts(draft)), "statement", "_", ".md"), "")

    @expose("/<public_id>/texts/<text>", methods=["GET", "POST"])
    @allowed("edit")
    def edit(self, public_id, text):
        """Change a text."""
        draft = read_draft(public_id)
        return self._edit(draft, text, _find(draft, text))

    def _edit(self, draft: TypeDraft, name: str, old: str) -> Any:
        form = TextForm(text=old, revision=draft.revision)
        if form.validate_on_submit():
            typed = _texts(draft) | {name: form.text.data.replace("\r\n", "\n").strip()}
            if save_part(draft, "templates", typed, revision_of(form.revision.data)):
                return leave(draft)
        uses = sources.uses_of_text(draft.body, name)
        page = self.page("text", draft, form=form, name=name, uses=uses, tab=TAB)
        return page, 422 if form.is_submitted() else 200

    @expose("/<public_id>/texts/<text>/delete", methods=["GET", "POST"])
    @allowed("edit")
    def delete(self, public_id, text):
        """Ask, then take a text out, unless it is shown somewhere."""
        draft = read_draft(public_id)
        _find(draft, text)
        back = url_for(TAB, public_id=draft.public_id)
        if sources.uses_of_text(draft.body, text):
            flash(gettext("该文字正在使用，请先在表单中更换或删除引用它的字段。"), "danger")
            return redirect(back)
        if request.method != "POST":
            return self.render_template(
                "skin/confirm.html", title=gettext("删除文字"), subjects=[text],
                fields=[("revision", draft.revision)], text=gettext("从草稿中删除以下文字，已发布的版本不受影响。"),
                submit=gettext("删除"), danger=True, back=back,
            )  # fmt: skip
        typed = {name: value for name, value in _texts(draft).items() if name != text}
        saved = save_part(draft, "templates", typed or None, revision_of(request.form.get("revision")))
        return leave(draft, said=saved)


def _texts(draft: TypeDraft) -> dict[str, Any]:
    return dict(draft.body.get("templates") or {})


def _find(draft: TypeDraft, name: str) -> str:
    found = _texts(draft).get(name)
    if not isinstance(found, str):
        abort(404)
    return found
