"""The values of rules: exact figures on a grid of 18 decimal places, texts, truth values, lists and unknown."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

Rule = Any
Value = Decimal | str | bool | list[Any] | None

PLACES = 18

# 110 digits hold the product of two figures (48 digits each) exactly; without traps odd numbers become NaN.
EXACT = Context(prec=110, rounding=ROUND_HALF_UP, traps=[])
_GRID = Decimal(1).scaleb(-PLACES)
# A figure on the grid that needs more than these digits is 10^30 or more: quantize then answers NaN.
_GRIDDED = Context(prec=30 + PLACES, rounding=ROUND_HALF_UP, traps=[])
_LONGEST_FIGURE = 100
_FIGURE = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?")


def parse_figure(text: str) -> Decimal | None:
    """Return the figure a stored text such as `500.25` stands for, or None when it is none."""
    if len(text) > _LONGEST_FIGURE or not _FIGURE.fullmatch(text):
        return None
    return tidy(on_grid(Decimal(text)))


def on_grid(number: Decimal) -> Decimal | None:
    """Round a number to the grid; what is not finite or too large is unknown."""
    rounded = _GRIDDED.quantize(number, _GRID)
    return None if rounded.is_nan() else rounded


def tidy(value: Any) -> Any:
    """Strip the grid's trailing zeros, and the sign of zero, from a figure that leaves the evaluation."""
    if type(value) is not Decimal:
        return value
    short = EXACT.normalize(EXACT.plus(value))
    return EXACT.quantize(short, Decimal(1)) if short.as_tuple().exponent >= 0 else short


def known(raw: Any) -> Any:
    """Turn a literal or an answer into a value, None when unknown; rows (dicts) pass, for some operators take them."""
    kind = type(raw)
    if kind is str:
        return raw or None
    if raw is None or kind is bool or kind is list or kind is dict:
        return raw
    if kind is int:
        return on_grid(Decimal(raw))
    if kind is Decimal:
        return on_grid(raw)
    if kind is float:
        return on_grid(Decimal(repr(raw)))
    if kind is tuple:
        return list(raw)
    return str.__str__(raw) or None if isinstance(raw, str) else None


def is_date(value: Any) -> bool:
    """Tell whether a value is the text of a month or a day, such as `2024-05` or `2024-05-31`."""
    return type(value) is str and _DATE.fullmatch(value) is not None
