"""Decision tables and indicators: rules whose structure is also their explanation."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import reduce
from typing import Any

from flask_babel import lazy_gettext as _

from .evaluation import evaluate
from .operators import COMPARISONS
from .shape import RuleError
from .values import EXACT, Rule, Value, tidy

_SYMBOLS = {">=": "≥", ">": ">", "<=": "≤", "<": "<", "==": "=", "!=": "≠"}
_UNSPACED_UNITS = ("", "%", "％", "‰")
_SHOWN_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Hit:
    """The row of a decision table that applied."""

    position: int
    result: Value
    why: str


class Outcome(StrEnum):
    """How an indicator stands against its threshold."""

    MET = "met"
    NOT_MET = "not_met"
    UNDECIDED = "undecided"

    @property
    def label(self) -> Any:
        """满足, 不满足 or 无法判定."""
        return _LABELS[self]


_LABELS = {Outcome.MET: _("满足"), Outcome.NOT_MET: _("不满足"), Outcome.UNDECIDED: _("无法判定")}
_OUTCOMES = {True: Outcome.MET, False: Outcome.NOT_MET, None: Outcome.UNDECIDED}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judged indicator: what was reported, what is required, and how it ends.

    `value` is what was compared, None for the share of a union, of which only bounds are known; `figure` and
    `requirement` are its and the threshold's text with unit.
    """

    label: str
    value: Value
    figure: Any
    requirement: Any
    outcome: Outcome

    @property
    def sentence(self) -> Any:
        """`规模以上企业营业收入 180 万元，要求 ≥ 2000 万元 → 不满足`."""
        return _(
            "%(label)s %(figure)s，要求 %(requirement)s → %(outcome)s",
            label=self.label,
            figure=self.figure,
            requirement=self.requirement,
            outcome=self.outcome.label,
        )


def first_hit(rows: Sequence[Mapping[str, Any]], context: Mapping[str, Any]) -> Hit | None:
    """Return the first row `{when?, then, why?}` that holds; an unknown condition is passed over like a false one."""
    for position, row in enumerate(rows):
        if _holds(row.get("when"), context):
            return Hit(position, evaluate(row["then"], context), row.get("why", ""))
    return None


def judge_indicator(
    context: Mapping[str, Any],
    *,
    label: str,
    threshold: Rule,
    value: Rule = None,
    union: Sequence[Rule] = (),
    of: Rule = None,
    comparison: str = ">=",
    unit: str = "",
    applies: Rule = None,
) -> Verdict | None:
    """Judge one indicator; None when it does not apply, undecided while that is unknown.

    Instead of a `value` there may be a `union` of counts `of` a total: the share in % of those who meet one of several
    conditions, each counted alone. It lies between the largest count and the sum, and is judged where both ends agree.
    """
    applicable = _holds(applies, context)
    if applicable is False:
        return None
    compare, bar = _comparison(comparison), evaluate(threshold, context)
    unit = unit or ("%" if union else "")
    requirement = _("（尚不能确定）") if bar is None else f"{_SYMBOLS[comparison]} {_show(bar, unit)}"
    if applicable is None:
        return Verdict(label, None, _("是否适用尚不能确定"), requirement, Outcome.UNDECIDED)
    bounds = _union_share(union, of, context) if union else (evaluate(value, context),) * 2
    low, high = (compare(bound, bar) for bound in bounds)
    outcome = _OUTCOMES[low if low is high else None]
    return Verdict(label, None if union else bounds[0], _show_bounds(bounds, unit, bar), requirement, outcome)


def overall_outcome(verdicts: Collection[Verdict]) -> Outcome:
    """Return not met if any indicator is not met, otherwise undecided if any is, otherwise met."""
    outcomes = {verdict.outcome for verdict in verdicts}
    for outcome in (Outcome.NOT_MET, Outcome.UNDECIDED):
        if outcome in outcomes:
            return outcome
    return Outcome.MET


def _holds(condition: Rule, context: Mapping[str, Any]) -> bool | None:
    if condition is None:
        return True
    value = evaluate(condition, context)
    return value if isinstance(value, bool) else None


def _comparison(name: str) -> Callable[[Any, Any], bool | None]:
    if name not in COMPARISONS:
        raise RuleError(_("不支持的比较方式“%(name)s”", name=name))
    return COMPARISONS[name]


def _union_share(union: Sequence[Rule], of: Rule, context: Mapping[str, Any]) -> tuple[Value, Value]:
    """Return the least and the greatest share in % that a union of separately counted groups may have."""
    total, counts = evaluate(of, context), [evaluate(count, context) for count in union]
    known = [count for count in counts if isinstance(count, Decimal)]
    if not known or not isinstance(total, Decimal) or total <= 0:
        return None, None
    low = max(known)
    # A count that was not filled in may cover everybody.
    high = reduce(EXACT.add, known) if len(known) == len(counts) else max(total, low)
    return _percentage(low, total), _percentage(high, total)


def _percentage(part: Decimal, total: Decimal) -> Decimal:
    # Kept at full precision: rounding must not lift a share over the threshold.
    return EXACT.divide(EXACT.multiply(part, Decimal(100)), total)


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
