"""提交申报: what will be submitted, the act itself, and where it went."""

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from ...errors import Closed, DomainError, Incomplete
from ...extensions import db
from ...forms import answers as forms
from ...forms.findings import Verdict
from ...models import EDITABLE
from ...services import declarations, drafts, waiting
from ...services.drafts import Draft
from ..base import ScopedView, allowed


class SubmissionView(ScopedView):
    """Handing a declaration in."""

    route_base = "/declarations"
    default_view = "index"

    @expose("/<public_id>/submit")
    @allowed("edit")
    def index(self, public_id):
        """Show what will be submitted and what is still in the way."""
        draft = drafts.open_draft(public_id, g.user, g.arrived_at)
        if draft.declaration.state not in EDITABLE:
            return redirect(url_for("SubmissionView.result", public_id=public_id))
        return self._page(draft)

    @expose("/<public_id>/submit", methods=["POST"])
    @allowed("edit")
    def submit(self, public_id):
        """Submit what the person saw; a second submit says that it was done already."""
        draft = drafts.open_draft(public_id, g.user, g.arrived_at)
        if request.form.get("confirmed") != "1" and draft.declaration.state in EDITABLE:
            return self._confirmation(draft)
        try:
            declarations.submit_declaration(draft.declaration, _seq(), by=g.user, at=g.arrived_at)
        except Closed as refusal:
            return _turned_away(public_id, "SubmissionView.result", refusal, "info")
        except Incomplete as refusal:
            return _turned_away(public_id, "DeclarationFormView.check", refusal, "warning")
        except DomainError as refusal:
            return _turned_away(public_id, "SubmissionView.index", refusal, "danger")
        db.session.commit()
        return redirect(url_for("SubmissionView.result", public_id=public_id))

    @expose("/<public_id>/submitted")
    @allowed("read")
    def result(self, public_id):
        """Say where the declaration went and what happens next."""
        declaration = declarations.read_own(public_id, g.user)
        if declaration.submission is None:
            return redirect(url_for("SubmissionView.index", public_id=public_id))
        return self.render_template(
            "declaring/submitting/result.html",
            title=gettext("提交结果"),
            declaration=declaration,
            submission=declaration.submission,
            unattended=waiting.unattended([declaration]),
            current=next((s for s in declaration.submission.route if s.step == declaration.step), None),
        )

    def _page(self, draft: Draft) -> str:
        return self.render_template(
            "declaring/submitting/index.html",
            title=gettext("提交申报"),
            draft=draft,
            latest=draft.latest_document,
            consents=_consents(draft),
            unmet=_unmet(draft),
        )

    def _confirmation(self, draft: Draft) -> str:
        return self.render_template(
            "skin/confirm.html",
            title=gettext("提交申报"),
            text=gettext("提交后不能再修改，除非被退回。确定提交下列申报？"),
            subjects=[draft.declaration.title],
            fields=[("seq", _seq())],
            submit=gettext("提交申报"),
            danger=False,
            back=url_for("SubmissionView.index", public_id=draft.declaration.public_id),
        )


def _unmet(draft: Draft) -> list[Verdict]:
    """Return the indicators that are not met and do not block a submission; those that do are refusals."""
    if draft.definition.eligibility.on_fail == "block":
        return []
    return [v for v in forms.judge_indicators(draft.definition, draft.answers, draft.facts) if v.result is False]


def _seq() -> int:
    """Return the state that the person saw; anything unreadable loses the race."""
    text = request.form.get("seq", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _turned_away(public_id: str, endpoint: str, refusal: DomainError, tone: str):
    db.session.rollback()
    flash(str(refusal), tone)
    return redirect(url_for(endpoint, public_id=public_id))


def _consents(draft: Draft) -> list[tuple[str, bool, str]]:
    """Return (label, agreed, address) of the statements that must be agreed to."""
    found = []
    for field in draft.definition.fields:
        if field.type != "consent" or field.key in draft.hidden:
            continue
        section = draft.definition.section_of(field.key)
        agreed = (draft.answers.get(section.key) or {}).get(field.key) is True
        address = url_for(
            "DeclarationFormView.section",
            public_id=draft.declaration.public_id,
            section=section.key,
            check=1,
            _anchor=field.key,
        )
        found.append((field.label, agreed, address))
    return found
