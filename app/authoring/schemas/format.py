"""The whole of a declaration type: `type.yaml` with its templates and code lists as one JSON body."""

from ...forms.parsing import SCHEMA
from ...forms.parsing.judging import COMPARISONS
from ...forms.parsing.outputs import COLUMN as PROJECTED
from ...forms.parsing.outputs import KINDS_OF_DOCUMENT, PER
from ...forms.rules.shape import ARITY
from ...forms.vocabulary import APPLICANT_KINDS, DECLARERS, GENERIC_COLUMNS, MONEY_UNITS
from ...workflow import definition as workflow
from .questions import CHOICES, LIST, SECTION, field_definitions
from .words import (
    COUNT,
    FLAG,
    KEY,
    PLAIN,
    RULE,
    TEXT,
    WHOLE,
    WORDS,
    Schema,
    list_of,
    mapping,
    named,
    one_of,
    said,
)

MOMENT = said(PLAIN, "a moment with time zone: 2024-07-08T09:00+08:00")
CHECK = mapping(
    {
        "id": KEY,
        "target": said(PLAIN, "the field that shows the sentence"),
        "level": one_of(("error", "warn")),
        "rule": said(RULE, "false is the problem"),
        "message": TEXT,
        "applies": RULE,
    },
    needs=("id", "target", "rule", "message"),
)
GATE = mapping({"id": KEY, "rule": RULE, "message": TEXT, "label": TEXT}, needs=("id", "rule", "message"))
QUOTA_ROW = mapping({"then": COUNT, "why": TEXT, "when": RULE}, needs=("then", "why"))
INDICATOR = mapping(
    {
        "label": TEXT,
        "value": RULE,
        "threshold": RULE,
        "cmp": one_of(COMPARISONS),
        "unit": TEXT,
        "applies": RULE,
        "basis": TEXT,
    },
    needs=("label", "value", "threshold"),
)
CONDITION = mapping({"text": TEXT, "applies": RULE, "basis": TEXT}, needs=("text",))
ELIGIBILITY = mapping(
    {
        "gates": list_of(GATE),
        "whitelist": said(PLAIN, "name under lists"),
        "quota": mapping(
            {"per": one_of(("enterprise", "applicant")), "rows": list_of(QUOTA_ROW, least=1)}, needs=("rows",)
        ),
        "indicators": list_of(INDICATOR),
        "indicators_apply": RULE,
        "conditions": list_of(CONDITION),
        "on_fail": one_of(("block", "allow_with_flag")),
    }
)
ACTION: Schema = {
    "anyOf": [
        one_of(workflow.ACTIONS),
        mapping(
            {"do": one_of(workflow.ACTIONS), "label": PLAIN, "opinion": one_of(("required", "optional"))}, needs=("do",)
        ),
    ]
}
STEP_WORDS: dict[str, Schema] = {
    "key": KEY,
    "label": PLAIN,
    "public_label": said(PLAIN, "what the enterprise reads"),
    "role": PLAIN,
    "scope": one_of(workflow.LEVELS),
    "office": one_of(("responsible",)),
    "when": RULE,
    "due": PLAIN,
    "actions": list_of(ACTION, least=1),
    "batch": FLAG,
    "rank": FLAG,
}
STEP = mapping(STEP_WORDS, needs=("key", "label", "role", "actions"))
WORKFLOW = mapping(
    {
        "steps": list_of(STEP, least=1),
        "withdraw": PLAIN,
        "return_to": list_of(one_of(workflow.RETURN_TARGETS)),
        "decline": PLAIN,
    },
    needs=("steps",),
)
LINE = mapping({"label": TEXT, "from": PLAIN}, needs=("label",))
LINES = list_of(LINE)
COVER = mapping({"title": list_of(TEXT), "subtitle": list_of(TEXT), "lines": LINES})
SHEET = mapping(
    {
        "title": TEXT,
        "lines": LINES,
        "split": PLAIN,
        "parts": list_of(mapping({"value": PLAIN, "label": TEXT}, needs=("value", "label"))),
        "columns": list_of(
            mapping({"label": TEXT, "from": PLAIN, "width": COUNT}, needs=("label", "from")),
            least=1,
        ),
        "footer": LINES,
    },
    needs=("title", "columns"),
)
DOCUMENT = mapping(
    {
        "key": KEY,
        "label": TEXT,
        "kind": one_of(KINDS_OF_DOCUMENT),
        "per": one_of(PER),
        "template": said(PLAIN, "auto, or a template of the folder"),
        "before": one_of(("submit",)),
        "sign": FLAG,
        "sealed": one_of(("none", "optional", "required")),
        "watermark_draft": TEXT,
        "step": PLAIN,
        "ext": WORDS,
        "max_mb": COUNT,
        "max_files": COUNT,
        "cover": COVER,
        "sheet": SHEET,
    },
    needs=("key", "label", "kind"),
)
PROJECTION = mapping({"label": TEXT, "from": PLAIN}, needs=("label", "from"))
CODE_LIST = mapping({"key": KEY, "title": TEXT, "choices": CHOICES, "values": WORDS}, needs=("key", "title"))


def format_schema() -> Schema:
    """Return the JSON Schema of a declaration type; rules that reach across keys are judged by `flask types check`."""
    body = mapping(
        {
            "schema": {"const": SCHEMA},
            "key": KEY,
            "title": TEXT,
            "year": WHOLE,
            "short_title": TEXT,
            "basis": TEXT,
            "subject": said(TEXT, "title of each declaration, with answers in braces"),
            "money_unit": one_of(MONEY_UNITS),
            "vars": {"type": "object", "additionalProperties": {"type": ["string", "integer"]}},
            "window": mapping({"open": MOMENT, "close": MOMENT}, needs=("open", "close")),
            "prefill": {"type": "object", "additionalProperties": PLAIN},
            "choices": named(CHOICES),
            "lists": named(LIST),
            "sections": list_of(SECTION, least=1),
            "checks": list_of(CHECK),
            "applicants": mapping({"kinds": list_of(one_of(APPLICANT_KINDS), least=1), "declarers": one_of(DECLARERS)}),
            "eligibility": ELIGIBILITY,
            "workflow": WORKFLOW,
            "documents": list_of(DOCUMENT),
            "project": mapping(dict.fromkeys(_columns(), PROJECTION)),
            "followup": said({"type": "object"}, "later forms of the same declaration (kept, not used yet)"),
            "templates": said({"type": "object", "additionalProperties": PLAIN}, "files of the folder, put in here"),
            "code_lists": said({"type": "object", "additionalProperties": CODE_LIST}, "shared lists, put in here"),
        },
        needs=("schema", "key", "title", "year", "subject", "sections", "workflow"),
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:shenbao:" + SCHEMA.replace("/", ":"),
        "title": "申报类型",
        **body,
        "$defs": {"rule": _rule(), **field_definitions()},
    }


def _columns() -> list[str]:
    names = [f"{name}_{number}" for name, most in GENERIC_COLUMNS.items() for number in range(1, most + 1)]
    return [name for name in names if PROJECTED.fullmatch(name)]


def _rule() -> Schema:
    """Return the schema of a rule: a literal, a list, or one operator with its operands."""
    literal: Schema = {"type": ["string", "number", "boolean", "null"]}
    operand: Schema = {"$ref": "#/$defs/rule"}
    operators = {
        name: {
            "anyOf": [
                {"type": "array", "items": operand, "minItems": least, "maxItems": most},
                *([{"type": ["string", "number", "boolean", "object"], "$ref": "#/$defs/rule"}] if least == 1 else []),
            ]
        }
        for name, (least, most) in ARITY.items()
    }
    operation = mapping(operators) | {"minProperties": 1, "maxProperties": 1}
    return {"anyOf": [literal, {"type": "array", "items": operand}, operation]}
