"""JSON Schemas (draft 2020-12): of the format of declaration types, and of the answers of one version."""

from .answers import answers_schema
from .format import format_schema

__all__ = ["answers_schema", "format_schema"]
