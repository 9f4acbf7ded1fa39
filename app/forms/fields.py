"""The kinds of fields: `KINDS[type]` owns cleaning, storage, rule value, display, sheet value and WTForms field."""

from typing import TYPE_CHECKING, Any

from .kinds.attachments import File
from .kinds.base import FieldError, Kind
from .kinds.choices import Consent, ManyChoices, OneChoice, Region
from .kinds.dates import Date, Month
from .kinds.figures import Computed, Int, Money, Number, Percent
from .kinds.identity import CreditCode, Email, IdNumber, Phone
from .kinds.tables import Matrix, Repeat
from .kinds.texts import LongText, Text

if TYPE_CHECKING:
    from .definition import Field

__all__ = ["KINDS", "FieldError", "Kind", "clean", "display", "kind_of", "printed"]

KINDS: dict[str, Kind] = {
    "text": Text(),
    "longtext": LongText(),
    "int": Int(),
    "number": Number(),
    "money": Money(),
    "percent": Percent(),
    "date": Date(),
    "month": Month(),
    "choice": OneChoice(),
    "choices": ManyChoices(),
    "region": Region(),
    "phone": Phone(),
    "email": Email(),
    "credit_code": CreditCode(),
    "id_number": IdNumber(),
    "file": File(),
    "consent": Consent(),
    "computed": Computed(),
    "matrix": Matrix(),
    "repeat": Repeat(),
}


def kind_of(field: "Field") -> Kind:
    """Return the kind of a field."""
    return KINDS[field.type]


def clean(field: "Field", raw: Any) -> Any:
    """Return the stored value of what was typed, or raise FieldError with the reason."""
    return KINDS[field.type].clean(field, raw)


def display(field: "Field", stored: Any) -> str:
    """Return an answer as people read it."""
    return KINDS[field.type].display(field, stored)


def printed(field: "Field", stored: Any) -> str:
    """Return an answer as it stands on paper."""
    return KINDS[field.type].printed(field, stored)
