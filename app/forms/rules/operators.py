"""The operators that need nothing but the values of their operands: comparing, reckoning, counting."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from .values import EXACT, PLACES, is_date, known, on_grid

# Spelled out because Python and browsers disagree about \s; the last two are invisible but travel with pasted text.
_WHITE_SPACE = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\u200b\ufeff]")


def _not(value: Any) -> bool | None:
    return not value if type(value) is bool else None


def _both(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _equal(left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    if type(left) is not type(right):
        return False
    if type(left) is dict:
        return None
    return _equal_lists(left, right) if type(left) is list else left == right


def _equal_lists(left: list[Any], right: list[Any]) -> bool | None:
    if len(left) != len(right):
        return False
    result: bool | None = True
    for one, other in zip(map(known, left), map(known, right), strict=True):
        nested = type(one) is list and type(other) is list
        result = _both(result, None if nested else _equal(one, other))
    return result


def _unequal(left: Any, right: Any) -> bool | None:
    return _not(_equal(left, right))


def _order(left: Any, right: Any) -> int | None:
    """Return -1, 0 or 1 for two figures or two dates, None for anything else."""
    figures = type(left) is Decimal and type(right) is Decimal
    if not figures and not (is_date(left) and is_date(right)):
        return None
    return (left > right) - (left < right)


def _ordered(test: Callable[[int], bool]) -> Callable[[Any, Any], bool | None]:
    def compare(left: Any, right: Any) -> bool | None:
        order = _order(left, right)
        return None if order is None else test(order)

    return compare


_at_most = _ordered(lambda order: order <= 0)


def _between(value: Any, low: Any, high: Any) -> bool | None:
    return _both(_at_most(low, value), _at_most(value, high))


def _in(value: Any, items: Any) -> bool | None:
    if value is None or type(value) in (list, dict) or type(items) is not list:
        return None
    if type(value) is str:  # lists of names are long: this way C does the looking
        return True if value in items else None if None in items or "" in items else False
    found = [_equal(value, known(item)) for item in items]
    return True if True in found else None if None in found else False


def _fold(step: Callable[[Decimal, Decimal], Decimal], figures: Sequence[Any]) -> Decimal | None:
    if any(type(figure) is not Decimal for figure in figures):
        return None
    result = figures[0]
    for figure in figures[1:]:
        result = on_grid(step(result, figure))
        if result is None:
            return None
    return result


def _add(*terms: Any) -> Decimal | None:
    return _fold(EXACT.add, terms)


def _multiply(*factors: Any) -> Decimal | None:
    return _fold(EXACT.multiply, factors)


def _subtract(first: Any, *second: Any) -> Decimal | None:
    return _fold(EXACT.subtract, (first, *second) if second else (Decimal(0), first))


def _divide(dividend: Any, divisor: Any) -> Decimal | None:
    return None if divisor == 0 else _fold(EXACT.divide, (dividend, divisor))


def _round(value: Any, places: Any = Decimal(0)) -> Decimal | None:
    if type(value) is not Decimal or type(places) is not Decimal:
        return None
    if not 0 <= places <= PLACES or places != int(places):
        return None
    return on_grid(EXACT.quantize(value, Decimal(1).scaleb(-int(places))))


def _given(cells: Any) -> list[Any] | None:
    return [value for value in map(known, cells) if value is not None] if type(cells) is list else None


def _sum(cells: Any) -> Decimal | None:
    given = _given(cells)
    if given is None or (cells and not given):
        return None
    return _fold(EXACT.add, [Decimal(0), *given])


def _extreme(choose: Callable[[Sequence[Decimal]], Decimal]) -> Callable[..., Decimal | None]:
    def pick(*operands: Any) -> Decimal | None:
        only_list = len(operands) == 1 and type(operands[0]) is list
        figures = _given(operands[0]) if only_list else operands
        return choose(figures) if figures and all(type(figure) is Decimal for figure in figures) else None

    return pick


def _len(value: Any) -> Decimal | None:
    if type(value) is str:
        return Decimal(len(_WHITE_SPACE.sub("", value)))
    return Decimal(len(value)) if type(value) is list else None


def _missing(*values: Any) -> bool:
    return any(value is None or value == [] for value in values)


COMPARISONS: dict[str, Callable[[Any, Any], bool | None]] = {
    "==": _equal,
    "!=": _unequal,
    "<": _ordered(lambda order: order < 0),
    "<=": _at_most,
    ">": _ordered(lambda order: order > 0),
    ">=": _ordered(lambda order: order >= 0),
}

OPERATORS: dict[str, Callable[..., Any]] = {
    **COMPARISONS,
    "!": _not,
    "between": _between,
    "in": _in,
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "min": _extreme(min),
    "max": _extreme(max),
    "round": _round,
    "len": _len,
    "sum": _sum,
    "missing": _missing,
}
