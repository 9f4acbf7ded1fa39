"""The form part: option lists, sections, fields by kind."""

from ...forms.fields import KINDS, Kind
from .words import (
    ANYTHING,
    COUNT,
    DECIMAL,
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
    one_of,
    said,
)

CODE_LIST = mapping({"@codelist": PLAIN}, needs=("@codelist",))
OPTION: Schema = {
    "type": "object",
    "propertyNames": {"pattern": KEY["pattern"]},
    "additionalProperties": TEXT,
    "minProperties": 1,
    "maxProperties": 1,
}
GROUP = mapping({"group": TEXT, "choices": list_of(OPTION, least=1)}, needs=("group", "choices"))
CHOICES: Schema = {"anyOf": [CODE_LIST, list_of(GROUP, least=1), list_of(OPTION, least=1)]}
LIST: Schema = {"anyOf": [CODE_LIST, WORDS]}

OPTIONS: dict[str, Schema] = {
    "choices": said(PLAIN, "name under choices"),
    "columns": ANYTHING,
    "decimals": {"type": "integer", "minimum": 0, "maximum": 4},
    "ext": said({"type": "array", "items": PLAIN, "minItems": 1}, "file endings"),
    "layout": one_of(("table", "records")),
    "level": one_of(("city", "county")),
    "max": DECIMAL,
    "max_files": COUNT,
    "max_items": COUNT,
    "max_mb": COUNT,
    "max_rows": COUNT,
    "min": DECIMAL,
    "min_files": COUNT,
    "min_items": COUNT,
    "min_rows": COUNT,
    "name_rule": said(TEXT, "names uploads: {unit}, {unit_short}, {label}, {number}, {year}"),
    "numbered": FLAG,
    "pattern": {"type": "string", "pattern": r"^\^.*\$$"},
    "pattern_message": TEXT,
    "row_label": TEXT,
    "rows": ANYTHING,
    "text_template": said(PLAIN, "a template of the folder, shown above the box"),
    "unit": TEXT,
    "value": RULE,
}
COMMON: dict[str, Schema] = {"key": KEY, "label": TEXT, "required": FLAG, "help": TEXT}
TOP_LEVEL: dict[str, Schema] = {
    "span": said(COUNT, "columns of the grid, label and value together"),
    "show": said(RULE, "asked only while true"),
    "readonly": FLAG,
    "default": said(ANYTHING, "answer of a new draft"),
    "beside": said(PLAIN, "an earlier field in whose cell this one stands"),
    "print": FLAG,
}
IN_TABLES: dict[str, Schema] = {"own_line": FLAG}
COLUMN = mapping({"key": KEY, "label": TEXT}, needs=("key", "label"))
SECTION = mapping(
    {
        "key": KEY,
        "title": TEXT,
        "chapter": said(TEXT, "heading on paper above one or several sections"),
        "heading": said(TEXT, "heading on paper; the title when absent, none when empty"),
        "intro": TEXT,
        "grid": WHOLE,
        "label_span": WHOLE,
        "show": RULE,
        "printed": one_of(("in_order", "appendix")),
        "fields": list_of({"$ref": "#/$defs/field"}, least=1),
    },
    needs=("key", "title", "fields"),
)


def field_definitions() -> dict[str, Schema]:
    """Return the schemas of fields of a section and of parts of tables, one alternative per kind."""
    inner = {name: kind for name, kind in KINDS.items() if kind.in_tables}
    return {
        "field": _any_of({name: _field(name, kind, TOP_LEVEL) for name, kind in KINDS.items()}),
        "part": _any_of({name: _field(name, kind, IN_TABLES) for name, kind in inner.items()}),
    }


def _any_of(kinds: dict[str, Schema]) -> Schema:
    """Judge a field by its own kind only, so that a mistake is told of that kind and not of all."""
    known: Schema = {"type": "object", "required": ["type"], "properties": {"type": {"enum": sorted(kinds)}}}
    cases = [
        {"if": {"properties": {"type": {"const": name}}, "required": ["type"]}, "then": schema}
        for name, schema in kinds.items()
    ]
    return known | {"allOf": cases}


def _field(name: str, kind: Kind, more: dict[str, Schema]) -> Schema:
    options = {option: _option(name, option, kind) for option in sorted(kind.options)}
    return mapping(COMMON | {"type": {"const": name}} | options | more, needs=("key", "type", "label", *kind.needs))


def _option(name: str, option: str, kind: Kind) -> Schema:
    part: Schema = {"$ref": "#/$defs/part"}
    if option == "rows" or (option == "columns" and name != "matrix"):
        return list_of(part, least=1)
    if option == "columns":
        return list_of(COLUMN, least=1)
    if option in ("min", "max") and kind.moment:
        return said(PLAIN, "a day or month, ISO")
    if option in ("min", "max") and not kind.figure:
        return COUNT
    return OPTIONS[option]
