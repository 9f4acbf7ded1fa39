"""What every kind of field can do."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _

if TYPE_CHECKING:
    from wtforms.fields.core import UnboundField

    from ..definition import Field

WHITE = re.compile(r"\s+")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060\ufeff\ud800-\udfff]")
"""What nobody sees or means: control and direction characters, and half surrogate pairs, which cannot be stored."""

TYPED_LIMIT = 20_000
"""Characters of wrong text that a draft keeps; more than any paper asks for."""

COMPACT_LIMIT = 400
"""Characters of a number, day or address; normalising a long run of combining marks would take hours."""


class FieldError(ValueError):
    """A value that a field does not take; `message` says what is wrong and what to do."""

    def __init__(self, message: Any) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


def half_width(text: str) -> str:
    """Return a short text with full-width digits, letters and signs as their plain forms; a long one is refused."""
    if len(text) > COMPACT_LIMIT:
        raise FieldError(_("填写的内容过长，请核对后重新填写"))
    return unicodedata.normalize("NFKC", text)


def without_space(text: str) -> str:
    """Return the text without any white space, full-width blanks included."""
    return WHITE.sub("", text)


def visible_length(text: str) -> int:
    """Count characters without white space, as the limits of the forms do."""
    return len(WHITE.sub("", text))


def as_text(raw: Any) -> str:
    """Return a posted scalar as text; anything else is refused."""
    if raw is None:
        return ""
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise FieldError(_("填写的内容无法识别，请重新填写"))
    return CONTROL.sub("", str(raw))


class Kind:
    """A kind of field. Stored values are JSON; `None` is an empty answer.

    `options` are the keys a field of this kind may carry in a definition besides the common ones; `needs` those it
    must carry. `in_tables` kinds may stand in a matrix or repeat, `own_block` kinds take the full width of the grid.
    """

    options: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    in_tables = True
    own_block = False
    figure = False
    moment = False

    def clean(self, field: "Field", raw: Any) -> Any:
        """Return the stored value of what was typed, or raise FieldError; cleaning a stored value changes nothing."""
        raise NotImplementedError

    def keep(self, field: "Field", raw: Any) -> Any:
        """Return what a draft stores: the cleaned value, or what was typed when it is wrong."""
        try:
            return self.clean(field, raw)
        except FieldError:
            return self.as_typed(raw)

    def as_typed(self, raw: Any) -> Any:
        """Return wrong input in a form that a draft can keep and show again."""
        return CONTROL.sub("", str(raw))[:TYPED_LIMIT] or None

    def read(self, field: "Field", form: Any, name: str) -> tuple[bool, Any]:
        """Return (was it posted, stored value) for the inputs called `name` of a form."""
        if name not in form:
            return False, None
        return True, self.keep(field, form[name])

    def merge(self, field: "Field", before: Any, posted: Any) -> Any:
        """Return what is stored when `posted`, a result of `read`, comes upon what stood there."""
        return posted

    def is_empty(self, stored: Any) -> bool:
        """Tell whether nothing was answered."""
        return stored is None or stored == "" or stored == [] or stored == {}

    def problems(self, field: "Field", stored: Any) -> Iterator[tuple[str, str, str, Any]]:
        """Yield (path after the field's own, label after the field's own, kind of problem, message)."""
        if self.is_empty(stored):
            if field.required:
                yield "", "", "missing", self.missing_message(field)
            return
        try:
            self.clean(field, stored)
        except FieldError as error:
            yield "", "", "invalid", error.message

    def outside_problems(
        self, field: "Field", stored: Any, files: Mapping[str, Sequence[Any]], context: Mapping[str, Any]
    ) -> Iterator[tuple[str, Any]]:
        """Yield (kind of problem, message) for what only shows beside uploaded files or the surroundings."""
        return iter(())

    def compare(self, field: "Field", before: Any, after: Any) -> Iterator[tuple[str, str, str]]:
        """Yield (path after the field's own, text before, text after) for what differs between two stored values."""
        texts = self.display(field, before), self.display(field, after)
        if texts[0] != texts[1]:
            yield "", *texts

    def missing_message(self, field: "Field") -> Any:
        """Return the sentence for a required field without an answer."""
        return _("请填写%(label)s", label=field.label)

    def rule_value(self, field: "Field", stored: Any) -> Any:
        """Return what rules compute with; None (unknown) when nothing usable was answered."""
        if self.is_empty(stored):
            return None
        try:
            return self.clean(field, stored)
        except FieldError:
            return None

    def display(self, field: "Field", stored: Any) -> str:
        """Return the answer as people read it; wrong text as it was typed."""
        if self.is_empty(stored):
            return ""
        try:
            return self.show(field, self.clean(field, stored))
        except FieldError:
            return str(stored)

    def show(self, field: "Field", clean: Any) -> str:
        """Return a clean value as people read it."""
        return str(clean)

    def printed(self, field: "Field", stored: Any) -> str:
        """Return the answer as it stands on paper; line breaks are meant."""
        return self.display(field, stored)

    def sheet_value(self, field: "Field", stored: Any) -> Any:
        """Return the answer for a cell of a sheet: Decimal, date or text, None when there is none."""
        return self.display(field, stored) or None

    def flaws(self, field: "Field") -> Iterator[str]:
        """Yield what is wrong with a definition of this kind beyond missing and unknown keys."""
        return iter(())

    def hint(self, field: "Field") -> Any:
        """Return the limit shown inside the field, or an empty text."""
        return ""

    def wtf(self, field: "Field") -> "UnboundField":
        """Return the WTForms field."""
        raise NotImplementedError
