"""Evaluating a rule: the operators that look up answers, choose branches or go through rows, and the bounds."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _

from .operators import OPERATORS
from .shape import ITEMS_PER_STEP, MAX_DEPTH, MAX_STEPS, RuleError, operation
from .values import Rule, Value, known, tidy


def evaluate(rule: Rule, context: Mapping[str, Any]) -> Value:
    """Return the value of a rule over answers given as nested dicts and lists; None means unknown."""
    value = _Evaluation(context).value(rule)
    return [_plain(known(item)) for item in value] if type(value) is list else _plain(value)


def _plain(value: Any) -> Value:
    return None if type(value) in (dict, list) else tidy(value)


class _Evaluation:
    """One run of one rule: the answers, the row in hand and what is left of the steps."""

    __slots__ = ("context", "depth", "row", "steps")

    def __init__(self, context: Mapping[str, Any]) -> None:
        self.context = context if isinstance(context, dict) else dict(context)
        self.row: Any = None
        self.depth = 0
        self.steps = MAX_STEPS

    def value(self, node: Rule) -> Any:
        self._spend(1)
        if isinstance(node, dict):
            handle = self._operate
        elif isinstance(node, list):
            handle = self._values
        else:
            return known(node)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise RuleError(_("规则嵌套超过 %(limit)s 层", limit=MAX_DEPTH))
        value = handle(node)
        self.depth -= 1
        return value

    def _spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise RuleError(_("规则计算量超出上限"))

    def _values(self, nodes: list[Rule]) -> list[Any]:
        return [self.value(node) for node in nodes]

    def _operate(self, node: dict[str, Any]) -> Any:
        name, operands = operation(node)
        special = _SPECIAL.get(name)
        if special:
            return special(self, operands)
        values = self._values(operands)
        for value in values:
            if type(value) is list:
                self._spend(len(value) // ITEMS_PER_STEP)
        return OPERATORS[name](*values)

    def _var(self, operands: list[Any]) -> Any:
        path = operands[0]
        if not isinstance(path, str):
            raise RuleError(_("字段路径必须是非空文本"))
        found = known(self._find(path.split(".")))
        return known(operands[1]) if found is None and len(operands) == 2 else found

    def _find(self, keys: list[str]) -> Any:
        found: Any = self.context
        if keys[0] == "row":
            found, keys = self.row, keys[1:]
        for key in keys:
            if isinstance(found, dict):
                found = found.get(key)
            elif isinstance(found, list | tuple):
                self._spend(len(found) // ITEMS_PER_STEP)
                found = [item.get(key) if isinstance(item, dict) else None for item in found]
            else:
                return None
        return found

    def _and(self, operands: list[Rule]) -> bool | None:
        return self._decided_by(False, operands)

    def _or(self, operands: list[Rule]) -> bool | None:
        return self._decided_by(True, operands)

    def _decided_by(self, decisive: bool, operands: list[Rule]) -> bool | None:
        result: bool | None = not decisive
        for operand in operands:
            value = self.value(operand)
            if value is decisive:
                return decisive
            if type(value) is not bool:
                result = None
        return result

    def _if(self, operands: list[Rule]) -> Any:
        for position in range(0, len(operands) - 1, 2):
            if self.value(operands[position]) is True:
                return self.value(operands[position + 1])
        return self.value(operands[-1]) if len(operands) % 2 else None

    def _all(self, operands: list[Rule]) -> bool | None:
        return self._quantify(False, *operands)

    def _some(self, operands: list[Rule]) -> bool | None:
        return self._quantify(True, *operands)

    def _quantify(self, decisive: bool, source: Rule, condition: Rule) -> bool | None:
        verdicts = self._verdicts(source, condition)
        if verdicts is None:
            return None
        if decisive in verdicts:
            return decisive
        return None if None in verdicts else not decisive

    def _count(self, operands: list[Rule]) -> Decimal | None:
        verdicts = self._verdicts(*operands)
        return None if verdicts is None else Decimal(verdicts.count(True))

    def _verdicts(self, source: Rule, condition: Rule = True) -> list[bool | None] | None:
        """Judge every item of a list, or return None when there is no list."""
        items = self.value(source)
        if type(items) is not list:
            return None
        outer, verdicts = self.row, []
        for self.row in items:
            value = self.value(condition)
            verdicts.append(value if type(value) is bool else None)
        self.row = outer
        return verdicts


# Operators that decide themselves which operands to evaluate, and with which row.
_SPECIAL: dict[str, Callable[[_Evaluation, list[Any]], Any]] = {
    "var": _Evaluation._var,
    "and": _Evaluation._and,
    "or": _Evaluation._or,
    "if": _Evaluation._if,
    "all": _Evaluation._all,
    "some": _Evaluation._some,
    "count": _Evaluation._count,
}
