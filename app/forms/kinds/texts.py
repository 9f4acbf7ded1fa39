"""Kinds that hold text."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _

from .. import controls
from .base import WHITE, FieldError, Kind, as_text, visible_length

if TYPE_CHECKING:
    from ..definition import Field

PATTERN_LIMIT = 120
NESTED_REPEAT = re.compile(r"[*+}]\)?[*+{]|\([^)]*[*+}][^)]*\)[*+{]|\\[1-9]")


def check_length(field: "Field", text: str) -> None:
    """Refuse text outside the field's limits, counted without white space."""
    length = visible_length(text)
    if field.max is not None and length > field.max:
        over = length - field.max
        message = _("最多输入%(max)s字，现有%(length)s字，请删减%(over)s字", max=field.max, length=length, over=over)
        raise FieldError(message)
    if field.min is not None and length < field.min:
        raise FieldError(_("至少输入%(min)s字，现有%(length)s字，请补充", min=field.min, length=length))


class Text(Kind):
    """One line of text, optionally after an anchored pattern."""

    options = frozenset({"min", "max", "pattern", "pattern_message"})
    default_max = 200

    def clean(self, field: "Field", raw: Any) -> str | None:
        text = WHITE.sub(" ", as_text(raw)).strip()
        if not text:
            return None
        check_length(field, text)
        if field.pattern and not re.fullmatch(field.pattern, text):
            raise FieldError(field.pattern_message or _("格式不正确，请核对后重新填写"))
        return text

    def flaws(self, field: "Field") -> Iterator[str]:
        if field.min is not None and field.max is not None and field.min > field.max:
            yield "min is greater than max"
        if field.pattern:
            yield from pattern_flaws(field.pattern)

    def hint(self, field: "Field") -> Any:
        if field.pattern_message:
            return field.pattern_message
        if field.min is not None:
            return _("%(min)s-%(max)s字", min=field.min, max=field.max)
        return _("最多输入%(max)s字", max=field.max) if field.max != self.default_max else ""

    def wtf(self, field: "Field"):
        return controls.text_field(field, self.hint(field))


def pattern_flaws(pattern: str) -> Iterator[str]:
    """Yield why a pattern is not fit to judge input: it must be short, anchored and free of nested repetition."""
    if len(pattern) > PATTERN_LIMIT:
        yield f"pattern is longer than {PATTERN_LIMIT} characters"
    if not (pattern.startswith("^") and pattern.endswith("$")):
        yield "pattern must begin with ^ and end with $"
    if NESTED_REPEAT.search(pattern):
        yield "pattern repeats a repetition or refers back, which can take for ever"
    try:
        re.compile(pattern)
    except re.error as error:
        yield f"pattern does not compile: {error}"


class LongText(Kind):
    """Paragraphs of text."""

    options = frozenset({"min", "max"})
    own_block = True
    default_max = 5000

    def clean(self, field: "Field", raw: Any) -> str | None:
        text = as_text(raw).replace("\r\n", "\n").replace("\r", "\n")
        text = "\n".join(line.rstrip() for line in text.split("\n")).strip()
        if not text:
            return None
        check_length(field, text)
        return text

    def flaws(self, field: "Field") -> Iterator[str]:
        if field.min is not None and field.max is not None and field.min > field.max:
            yield "min is greater than max"

    def hint(self, field: "Field") -> Any:
        if field.min is not None:
            return _("%(min)s-%(max)s字", min=field.min, max=field.max)
        return _("最多输入%(max)s字", max=field.max)

    def wtf(self, field: "Field"):
        return controls.long_text_field(field, self.hint(field))
