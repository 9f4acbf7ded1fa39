"""Building blocks of the schemas."""

from collections.abc import Collection, Mapping
from typing import Any

from ...forms.parsing.node import KEY as KEY_PATTERN

Schema = dict[str, Any]

KEY: Schema = {"type": "string", "pattern": f"^{KEY_PATTERN.pattern}$"}
TEXT: Schema = {"type": "string", "not": {"pattern": "<[A-Za-z/!?]"}}
PLAIN: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
WORDS: Schema = {"type": "array", "items": PLAIN}
DECIMAL: Schema = {"type": ["number", "string"]}
RULE: Schema = {"$ref": "#/$defs/rule"}
ANYTHING: Schema = {}


def said(schema: Schema, description: str) -> Schema:
    """Return a schema with a sentence for authors."""
    return schema | {"description": description}


def one_of(words: Collection[str]) -> Schema:
    """Return the schema of one of some words."""
    return {"enum": sorted(words)}


def list_of(item: Schema, *, least: int = 0) -> Schema:
    """Return the schema of a list."""
    schema: Schema = {"type": "array", "items": item}
    return schema | {"minItems": least} if least else schema


def mapping(properties: Mapping[str, Schema], *, needs: Collection[str] = ()) -> Schema:
    """Return the schema of a mapping with these keys and no other."""
    schema: Schema = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return schema | {"required": sorted(needs)} if needs else schema


def named(item: Schema) -> Schema:
    """Return the schema of a mapping from keys to entries of one kind."""
    return {"type": "object", "propertyNames": {"pattern": KEY["pattern"]}, "additionalProperties": item}
