"""表单: sections, fields and option lists of a draft, edited by a script; a section is shown as applicants see it."""

from collections.abc import Iterator
from typing import Any

from flask import g, jsonify, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf

from ...authoring.kinds import KIND_NAMES
from ...authoring.preview import section_alone
from ...authoring.rule_fields import rule_fields
from ...authoring.words import describe
from ...errors import Invalid
from ...forms.builder import bind_section
from ...forms.definition import DefinitionError, TypeDefinition, canonical_json
from ...forms.fields import KINDS
from ...forms.kinds.attachments import MIME_OF
from ...forms.package import shipped_code_lists
from ...forms.vocabulary import MONEY_UNITS
from ...models import TypeDraft
from ...services import type_drafts
from ..base import allowed
from .frame import StudioView, read_draft

EDITED = ("choices", "code_lists", "templates", "sections")
"""Parts that the page saves, in this order: fields name option lists, texts and code lists that must be there."""


class DraftFormView(StudioView):
    """The form of a draft."""

    default_view = "index"

    @expose("/<public_id>/form")
    @allowed("edit")
    def index(self, public_id):
        """Show the sections and fields to be edited."""
        draft = read_draft(public_id)
        return self.page("form", draft, data=_data(draft))

    @expose("/<public_id>/form/preview", methods=["POST"])
    @allowed("edit")
    def preview(self, public_id):
        """Return a section as applicants see it, saved or not, or as JSON what keeps it from being shown."""
        draft = read_draft(public_id)
        sent = request.get_json()
        if not isinstance(sent, dict) or len(canonical_json(sent)) > type_drafts.LARGEST_BODY:
            raise Invalid(gettext("提交的内容无法识别，请刷新页面后重试。"))
        body = {**draft.body, **{name: sent[name] for name in EDITED[:-1] if name in sent}}
        try:
            definition = section_alone(body, sent.get("section"))
        except DefinitionError as error:
            return jsonify(problems=[problem.removeprefix("preview ") for problem in error.problems])
        section = definition.sections[0]
        answers = {section.key: {f.key: f.default for f in section.fields if f.default is not None}}
        form = bind_section(definition, section.key, answers, {"year": g.arrived_at.year})
        return self.render_template("studio/form_preview.html", section=section, form=form)


def _data(draft: TypeDraft) -> dict[str, Any]:
    """Return what the script of the page works with."""
    judgement = type_drafts.judge(draft)
    body = draft.body
    return {
        "revision": draft.revision,
        "parts": {name: body.get(name) for name in EDITED},
        "codeLists": {key: entry for key, entry in shipped_code_lists().items() if "choices" in entry},
        "around": rule_fields({name: body[name] for name in ("money_unit", "lists") if name in body}),
        "vars": body.get("vars") if isinstance(body.get("vars"), dict) else {},
        "kindOrder": list(KIND_NAMES),
        "kinds": {name: _kind(name) for name in KIND_NAMES},
        "endings": list(MIME_OF),
        "moneyUnit": MONEY_UNITS.get(body.get("money_unit") or "wan_yuan", ""),
        "problems": list(judgement.problems),
        "hints": [{"place": h.place, "label": str(h.label), "sentence": str(h.sentence)} for h in judgement.hints],
        "said": dict(_said(judgement.definition)) if judgement.definition else {},
        "addresses": {
            "parts": url_for("DraftPartView.show", public_id=draft.public_id, part=""),
            "preview": url_for("DraftFormView.preview", public_id=draft.public_id),
        },
        "token": generate_csrf(),
    }


def _kind(name: str) -> dict[str, Any]:
    kind = KINDS[name]
    return {
        "label": KIND_NAMES[name], "options": sorted(kind.options), "needs": sorted(kind.needs),
        "inTables": kind.in_tables, "ownBlock": kind.own_block, "figure": kind.figure, "moment": kind.moment,
    }  # fmt: skip


def _said(definition: TypeDefinition) -> Iterator[tuple[str, str]]:
    """Yield (place of a rule, the rule in words): `basic` of a section, `basic.unit.show`, `basic.total.value`."""
    for section in definition.sections:
        if section.show is not None:
            yield f"{section.key}.show", describe(section.show, definition)
        for field in section.fields:
            for name in ("show", "value"):
                rule = getattr(field, name)
                if rule is not None:
                    yield f"{section.key}.{field.key}.{name}", describe(rule, definition)
