"""A declaration as its enterprise reads it: answers of every version, files, the public processing record."""

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from ...extensions import db
from ...forms import answers as forms
from ...forms import fields, layout
from ...models import EDITABLE, DeclarationState
from ...services import declarations, dossiers, drafts, histories, trash, waiting
from ...services.drafts import Draft
from ..base import ScopedView, allowed, came_from


class DeclarationView(ScopedView):
    """Reading a declaration and what became of it."""

    route_base = "/declarations"
    default_view = "index"

    @expose("/<public_id>/")
    @allowed("read")
    def index(self, public_id):
        """Show what was submitted, in the version asked for, and how it went; an open draft leads to its form."""
        draft = drafts.open_draft(public_id, g.user, g.arrived_at)
        declaration = draft.declaration
        versions = histories.submissions_of(declaration)
        if not versions and draft.refusal is None and draft.not_granted is None:
            return redirect(url_for("DeclarationFormView.resume", public_id=public_id))
        shown = _pick(versions, request.args.get("version"))
        answers = shown.answers if shown else draft.answers
        return self.render_template(
            "declaring/reading/index.html",
            title=declaration.title,
            draft=draft,
            declaration=declaration,
            versions=versions,
            shown=shown,
            answers=answers,
            display=fields.display,
            sections=_sections(draft, answers),
            files=dossiers.files_by_kind(shown) if shown else {},
            history=histories.public_history(declaration),
            returned=histories.return_of(declaration),
            refused=histories.refusal_of(declaration),
            unattended=waiting.unattended([declaration]),
            may_edit=declaration.state in EDITABLE and draft.refusal is None and draft.may_go_on,
        )

    @expose("/<public_id>/delete", methods=["GET", "POST"])
    @allowed("edit")
    def delete(self, public_id):
        """Ask, then delete a draft that was never submitted."""
        declaration = declarations.read_own(public_id, g.user)
        if declaration.state is not DeclarationState.DRAFT or declaration.seq:
            abort(404)
        if request.form.get("confirmed") != "1":
            return self.render_template(
                "skin/confirm.html",
                title=gettext("删除草稿"),
                text=gettext(
                    "确定删除下列草稿？删除后 %(days)s 天内可在“我的项目”的“已删除”中恢复，之后彻底删除。",
                    days=trash.KEPT.days,
                ),
                subjects=[declaration.title],
                fields=[],
                submit=gettext("删除草稿"),
                danger=True,
                back=came_from(url_for("MyProjectsView.list")),
            )
        title = declaration.title
        declarations.delete_draft(declaration, by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("已删除草稿“%(title)s”", title=title), "success")
        return redirect(came_from(url_for("MyProjectsView.list")))


def _pick(versions, number: str | None):
    """Return the version asked for; the newest one when none is named."""
    if number is None:
        return versions[-1] if versions else None
    return next((v for v in versions if str(v.number) == number), None) or abort(404)


def _sections(draft: Draft, answers) -> list[tuple]:
    """Return the sections that were asked, each with its grid rows."""
    hidden = forms.hidden_paths(draft.definition, answers, draft.facts)
    return [(section, layout.rows(section, hidden)) for section in forms.shown_sections(draft.definition, hidden)]
