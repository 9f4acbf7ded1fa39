"""Kinds that hold a figure: stored as plain decimal text, never as a float."""

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _

from .. import controls
from .base import FieldError, Kind, as_text, half_width, without_space

if TYPE_CHECKING:
    from ..definition import Field

PLAIN = re.compile(r"[+-]?\d{1,30}(?:\.\d{0,30})?|[+-]?\.\d{1,30}")
GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3}){1,8}(?:\.\d{0,30})?")
WHOLE_DIGITS = 12
"""Digits before the point: with four places behind it the figure still fits the database."""


def plain(value: Decimal) -> str:
    """Return a decimal without exponent, trailing zeros or a negative zero."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def places(value: Decimal) -> int:
    """Return the number of decimal places of a value without trailing zeros."""
    return len(plain(value).partition(".")[2])


def too_large(value: Decimal) -> bool:
    """Tell whether a figure has more digits before the point than the database holds; rules.js bounds alike."""
    return abs(value) >= Decimal(10) ** WHOLE_DIGITS


class Figure(Kind):
    """A decimal number with a unit and at most `decimals` places."""

    options = frozenset({"min", "max", "unit", "decimals"})
    figure = True
    default_decimals = 0
    default_unit = ""
    shown_places = 0

    def clean(self, field: "Field", raw: Any) -> str | None:
        text = half_width(without_space(as_text(raw)))
        if field.unit:
            text = text.removesuffix(half_width(field.unit))
        if not text:
            return None
        value = self.parse(field, text)
        self.check_range(field, value)
        return plain(value)

    def parse(self, field: "Field", text: str) -> Decimal:
        """Return the number that was typed, or raise FieldError."""
        if not (PLAIN.fullmatch(text) or GROUPED.fullmatch(text)):
            raise FieldError(self.not_a_number(field))
        value = Decimal(text.replace(",", ""))
        if places(value) > field.decimals:
            raise FieldError(self.too_precise(field, places(value)))
        if too_large(value):
            raise FieldError(_("数字过大，整数部分最多%(digits)s位，请核对单位", digits=WHOLE_DIGITS))
        return value

    def not_a_number(self, field: "Field") -> Any:
        """Return the sentence for text that is not a number."""
        if not field.decimals:
            return _("请输入整数，单位：%(unit)s", unit=field.unit) if field.unit else _("请输入整数")
        if not field.unit:
            return _("请输入数字，最多%(places)s位小数", places=field.decimals)
        return _("请输入数字，最多%(places)s位小数，单位：%(unit)s", places=field.decimals, unit=field.unit)

    def too_precise(self, field: "Field", found: int) -> Any:
        """Return the sentence for a number with too many decimal places."""
        if not field.decimals:
            return self.not_a_number(field)
        unit = field.unit or _("无")
        return _(
            "最多%(places)s位小数，您输入了%(found)s位，请四舍五入后填写，单位：%(unit)s",
            places=field.decimals,
            found=found,
            unit=unit,
        )

    def check_range(self, field: "Field", value: Decimal) -> None:
        """Refuse a number outside the field's limits."""
        if field.min is not None and value < field.min:
            raise FieldError(_("不得小于%(min)s%(unit)s", min=plain(field.min), unit=field.unit))
        if field.max is not None and value > field.max:
            raise FieldError(_("不得大于%(max)s%(unit)s", max=plain(field.max), unit=field.unit))

    def rule_value(self, field: "Field", stored: Any) -> Decimal | None:
        clean = super().rule_value(field, stored)
        return None if clean is None else Decimal(clean)

    def show(self, field: "Field", clean: Any) -> str:
        return with_unit(Decimal(clean), max(self.shown_places, places(Decimal(clean))), field.unit)

    def sheet_value(self, field: "Field", stored: Any) -> Decimal | None:
        return self.rule_value(field, stored)

    def flaws(self, field: "Field") -> Iterator[str]:
        if field.min is not None and field.max is not None and field.min > field.max:
            yield "min is greater than max"
        if not 0 <= field.decimals <= 4:
            yield "decimals must be 0 to 4"

    def wtf(self, field: "Field"):
        mode = "decimal" if field.decimals else "numeric"
        return controls.text_field(field, self.hint(field), mode=mode)


def with_unit(value: Decimal, decimals: int, unit: str) -> str:
    """Return `1,234.50 万元`."""
    text = f"{value:,.{decimals}f}"
    return f"{text} {unit}" if unit else text


class Int(Figure):
    """A whole number."""

    options = frozenset({"min", "max", "unit"})


class Number(Figure):
    """A decimal number that is neither money nor a share."""

    default_decimals = 2


class Money(Figure):
    """An amount in the unit of the type (万元 with four places unless the field says otherwise)."""

    default_decimals = 4
    default_unit = "万元"
    shown_places = 2


class Percent(Figure):
    """A share in percent."""

    default_decimals = 2
    default_unit = "%"
    shown_places = 2


class Computed(Kind):
    """A figure that follows from others by a rule; nobody types it."""

    options = frozenset({"value", "unit", "decimals"})
    needs = frozenset({"value"})
    in_tables = False
    figure = True
    default_decimals = 2
    default_unit = ""

    def settle(self, field: "Field", result: Any) -> Decimal | None:
        """Return the result of the rule with the decimals of the field; no figure, or one too large, is unknown."""
        if not isinstance(result, Decimal) or too_large(result):
            return None
        rounded = result.quantize(Decimal(1).scaleb(-field.decimals), rounding=ROUND_HALF_UP)
        return None if too_large(rounded) else rounded

    def overflow(self, field: "Field", result: Any) -> Any:
        """Return the sentence for a result that is too large to be kept, None for any other."""
        if not isinstance(result, Decimal) or self.settle(field, result) is not None:
            return None
        return _("计算结果过大，整数部分最多%(digits)s位，请核对参与计算的数字和单位", digits=WHOLE_DIGITS)

    def clean(self, field: "Field", raw: Any) -> str | None:
        if raw is None or raw == "":
            return None
        if isinstance(raw, Decimal):
            return plain(raw)
        if isinstance(raw, str) and PLAIN.fullmatch(raw):
            return plain(Decimal(raw))
        raise FieldError(_("计算结果不是数字"))

    def read(self, field: "Field", form: Any, name: str) -> tuple[bool, Any]:
        return False, None

    def problems(self, field: "Field", stored: Any) -> Iterator[tuple[str, str, str, Any]]:
        return iter(())

    def rule_value(self, field: "Field", stored: Any) -> Decimal | None:
        clean = super().rule_value(field, stored)
        return None if clean is None else Decimal(clean)

    def show(self, field: "Field", clean: Any) -> str:
        return with_unit(Decimal(clean), max(field.decimals, places(Decimal(clean))), field.unit)

    def sheet_value(self, field: "Field", stored: Any) -> Decimal | None:
        return self.rule_value(field, stored)

    def wtf(self, field: "Field"):
        return controls.computed_field(field)
