"""校验、申报条件、审核流程: parts of a draft that scripts edit entry by entry, with rules as rows."""

from collections.abc import Iterator
from typing import Any

from flask import url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf

from ... import roles
from ...authoring.rule_fields import rule_fields, targets
from ...authoring.words import describe
from ...forms.definition import DefinitionError, TypeDefinition, parse_type
from ...models import TypeDraft
from ...services import type_drafts
from ...workflow.definition import ACTIONS, UNIT_ACTIONS, UNIT_ROLE
from ..base import allowed
from .frame import StudioView, read_draft

LEVEL_OF_ROLE = {
    UNIT_ROLE: "unit",
    roles.COUNTY_OFFICER: "enterprise.county",
    roles.CITY_OFFICER: "enterprise.city",
    roles.OFFICE_LEADER: "enterprise.city",
    roles.PROVINCE_OFFICER: "province",
}
"""Who can do a step, in the order of the way, and the level at which each of them usually does."""

RULES = frozenset({"rule", "applies", "when", "value", "threshold", "indicators_apply"})


class DraftChecksView(StudioView):
    """What is checked between fields."""

    default_view = "index"

    @expose("/<public_id>/checks")
    @allowed("edit")
    def index(self, public_id):
        """Show the checks to be edited."""
        draft = read_draft(public_id)
        data = _data(draft, "checks") | {"targets": targets(draft.body)}
        return self.page("entries", draft, data=data, script="studio_checks.js")


class DraftConditionsView(StudioView):
    """Who may declare, how often, and against which figures they are judged."""

    default_view = "index"

    @expose("/<public_id>/conditions")
    @allowed("edit")
    def index(self, public_id):
        """Show the conditions to be edited."""
        draft = read_draft(public_id)
        data = _data(draft, "lists", "applicants", "eligibility")
        data["gateFields"] = rule_fields(draft.body, records=True)
        return self.page("entries", draft, data=data, script="studio_conditions.js")


class DraftWorkflowView(StudioView):
    """Through whose hands a declaration goes."""

    default_view = "index"

    @expose("/<public_id>/workflow")
    @allowed("edit")
    def index(self, public_id):
        """Show the steps to be edited."""
        draft = read_draft(public_id)
        data = _data(draft, "workflow") | {
            "roles": [{"key": r, "label": roles.LABELS[r], "scope": scope} for r, scope in LEVEL_OF_ROLE.items()],
            "actions": [{"key": do, "label": label} for do, label in ACTIONS.items()],
            "unitActions": UNIT_ACTIONS,
        }
        return self.page("entries", draft, data=data, script="studio_workflow.js")


def _data(draft: TypeDraft, *parts: str) -> dict[str, Any]:
    """Return what the scripts work with; `said` pairs every rule of the parts with its words."""
    judgement = type_drafts.judge(draft)
    definition = judgement.definition or _form_alone(draft)
    return {
        "revision": draft.revision,
        "parts": {name: draft.body.get(name) for name in parts},
        "fields": rule_fields(draft.body),
        "said": [[rule, _say(rule, definition)] for name in parts for rule in _rules(draft.body.get(name))],
        "problems": list(judgement.problems),
        "hints": [{"place": h.place, "label": str(h.label), "sentence": str(h.sentence)} for h in judgement.hints],
        "address": url_for("DraftPartView.show", public_id=draft.public_id, part=""),
        "token": generate_csrf(),
    }


def _form_alone(draft: TypeDraft) -> TypeDefinition | None:
    """Return the form of a draft whose other parts do not parse, for its labels."""
    form = {
        key: value for key, value in draft.body.items()
        if key in ("schema", "key", "title", "year", "vars", "choices", "lists", "code_lists", "templates", "sections")
    }  # fmt: skip
    try:
        return parse_type(form | {"workflow": {}})
    except DefinitionError:
        return None


def _say(rule: Any, definition: TypeDefinition | None) -> str:
    """Return a rule in words; one that is no rule at all has none."""
    if definition is None:
        return ""
    try:
        return describe(rule, definition)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):  # a draft may hold anything as a rule
        return gettext("（规则有误）")


def _rules(part: Any) -> Iterator[Any]:
    """Yield every rule of a part that is not a plain value."""
    if isinstance(part, list):
        for item in part:
            yield from _rules(item)
    elif isinstance(part, dict):
        for name, value in part.items():
            if name in RULES and isinstance(value, dict | list | bool):
                yield value
            elif name not in RULES:
                yield from _rules(value)
