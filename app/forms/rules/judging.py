"""Decision tables and indicators: rules whose structure is also their explanation."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Any

from flask_babel import lazy_gettext as _

from .evaluation import evaluate
from .operators import COMPARISONS
from .shape import RuleError
from .values import EXACT, Rule, Value, tidy

_SYMBOLS = {">=": "≥", ">": ">", "<=": "≤", "<": "<", "==": "=", "!=": "≠"}
_RESULTS = {True: _("满足"), False: _("不满足"), None: _("无法判定")}
_UNSPACED_UNITS = ("", "%", "％", "‰")
_SHOWN_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Hit:
    """The row of a decision table that applied."""

    position: int
    result: Value
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judged indicator: what was reported, what is required and whether it is met (None: cannot be judged).

    `value` is what was compared, None for the share of a union, of which only bounds are known; `figure` and
    `requirement` are its and the threshold's text with unit.
    """

    label: str
    value: Value
    figure: Any
    requirement: Any
    result: bool | None

    @property
    def outcome(self) -> Any:
        """满足, 不满足 or 无法判定."""
        return _RESULTS[self.result]

    @property
    def sentence(self) -> Any:
        """`规模以上企业营业收入 180 万元，要求 ≥ 2000 万元 → 不满足`."""
        return _(
            "%(label)s %(figure)s，要求 %(requirement)s → %(outcome)s",
            label=self.label,
            figure=self.figure,
            requirement=self.requirement,
            outcome=self.outcome,
        )


def first_hit(rows: Sequence[Mapping[str, Any]], context: Mapping[str, Any]) -> Hit | None:
    """Return the first row `{when?, then, why?}` that is true or has no condition; unknown is passed over like false."""
    for position, row in enumerate(rows):
        if _holds(row.get("when"), context) is True:
            return Hit(position, evaluate(row["then"], context), row.get("why", ""))
    return None


def judge_indicator(indicator: Mapping[str, Any], context: Mapping[str, Any]) -> Verdict | None:
    """Judge `{label, value, threshold, cmp?, unit?, applies?}`; None when the indicator does not apply.

    Instead of `value` there may be `union: [count, …]` and `of: total`: the share in % of those who meet one of several
    conditions, each counted alone. It lies between the largest count and the sum, and is judged where both ends agree.
    """
    applies = _holds(indicator.get("applies"), context)
    if applies is False:
        return None
    bar, unit = evaluate(indicator["threshold"], context), _unit(indicator)
    requirement = _show_requirement(indicator, bar, unit)
    if applies is None:
        return Verdict(indicator["label"], None, _("是否适用尚不能确定"), requirement, None)
    bounds = _bounds(indicator, context)
    low, high = (COMPARISONS[_comparison(indicator)](bound, bar) for bound in bounds)
    value = None if "union" in indicator else bounds[0]
    return Verdict(
        indicator["label"], value, _show_bounds(bounds, unit, bar), requirement, low if low is high else None
    )


def all_met(verdicts: Collection[Verdict]) -> bool | None:
    """Return False if any verdict is not met, None if any cannot be judged, otherwise True."""
    results = {verdict.result for verdict in verdicts}
    return False if False in results else None if None in results else True


def _holds(condition: Rule, context: Mapping[str, Any]) -> bool | None:
    if condition is None:
        return True
    value = evaluate(condition, context)
    return value if isinstance(value, bool) else None


def _unit(indicator: Mapping[str, Any]) -> str:
    return indicator.get("unit") or ("%" if "union" in indicator else "")


def _comparison(indicator: Mapping[str, Any]) -> str:
    comparison = indicator.get("cmp") or ">="
    if comparison not in _SYMBOLS:
        raise RuleError(_("不支持的比较方式“%(name)s”", name=comparison), "cmp")
    return comparison


def _bounds(indicator: Mapping[str, Any], context: Mapping[str, Any]) -> tuple[Value, Value]:
    """Return the least and the greatest value an indicator may have; they differ for unions only."""
    if "union" not in indicator:
        value = evaluate(indicator["value"], context)
        return value, value
    counts = [evaluate(count, context) for count in indicator["union"]]
    return _union_share(
        [count for count in counts if isinstance(count, Decimal)], len(counts), evaluate(indicator["of"], context)
    )


def _union_share(known: list[Decimal], asked: int, total: Value) -> tuple[Decimal | None, Decimal | None]:
    if not known or not isinstance(total, Decimal) or total <= 0:
        return None, None
    low = max(known)
    # A count that was not filled in may cover everybody.
    high = reduce(EXACT.add, known) if len(known) == asked else max(total, low)
    return _percentage(low, total), _percentage(high, total)


def _percentage(part: Decimal, total: Decimal) -> Decimal:
    # Kept at full precision: rounding must not lift a share over the threshold.
    return EXACT.divide(EXACT.multiply(part, Decimal(100)), total)


def _show_requirement(indicator: Mapping[str, Any], bar: Value, unit: str) -> Any:
    symbol = _SYMBOLS[_comparison(indicator)]
    return _("（尚不能确定）") if bar is None else f"{symbol} {_show(bar, unit)}"


def _show_bounds(bounds: tuple[Value, Value], unit: str, bar: Value) -> Any:
    low, high = (_show(bound, unit, bar) for bound in bounds)
    return low if bounds[0] == bounds[1] else f"{low}–{high}"


def _show(value: Value, unit: str, bar: Value = None) -> Any:
    if value is None:
        return _("未填报")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        return "、".join(str(_show(item, "")) for item in value)
    text = _plain(value, bar) if isinstance(value, Decimal) else str(value)
    return f"{text}{unit}" if unit in _UNSPACED_UNITS else f"{text} {unit}"


def _plain(figure: Decimal, bar: Value) -> str:
    """Write a figure with at most four decimals, or in full where that would make it look like the threshold."""
    short = EXACT.quantize(figure, _SHOWN_PLACES)
    return f"{tidy(figure if short == bar and figure != bar else short):f}"
