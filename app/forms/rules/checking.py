"""What is refused when a rule is published: wrong shape or size, unknown paths, no possible outcome."""

from collections.abc import Callable, Collection, Iterator
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _

from .shape import MAX_DEPTH, MAX_NODES, RuleError, operation
from .values import PLACES, Rule, is_date, known

Paths = Callable[[str], bool] | Collection[str] | None
Columns = Callable[[str, str], bool] | None

_LOGIC = ("and", "or", "!")
_EQUALITY = ("==", "!=", "in")
_ORDER = ("<", "<=", ">", ">=", "between")
_ARITHMETIC = ("+", "-", "*", "/", "min", "max", "round")
_OVER_ROWS = ("all", "some", "count")


def check_rule(rule: Rule, known_paths: Paths = None, *, row_known: Columns = None) -> None:
    """Raise RuleError for a rule that is malformed, too big, without possible result, or reads an unknown path.

    `known_paths` is a collection or a predicate; without it paths are not looked up. `row.column` inside `all`, `some`,
    `count` is known when `<list path>.column` is, unless `row_known(list path, column)` decides.
    """
    predicate = known_paths if known_paths is None or callable(known_paths) else known_paths.__contains__
    _Check(predicate, row_known).visit(rule, "", 1, None)


def paths(rule: Rule) -> frozenset[str]:
    """Return every path a rule reads; `row.column` appears as `<list path>.column`."""
    return frozenset(_references(rule, None))


def _references(node: Rule, source: str | None) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _references(item, source)
    if not isinstance(node, dict):
        return
    name, operands = operation(node)
    if name == "var":
        yield _absolute(operands[0], source)
    elif name in _OVER_ROWS:
        yield from _references(operands[0], source)
        yield from _references(operands[1:], _source_of(operands[0], source))
    else:
        yield from _references(operands, source)


def _source_of(node: Rule, source: str | None) -> str:
    """Return the path of the list an operator runs over, or the empty text when it is not a plain `var`."""
    if not isinstance(node, dict) or set(node) != {"var"}:
        return ""
    operand = node["var"]
    path = operand[0] if isinstance(operand, list) and operand else operand
    return _absolute(path, source) if isinstance(path, str) else ""


def _absolute(path: str, source: str | None) -> str:
    if not isinstance(path, str):
        raise RuleError(_("字段路径必须是非空文本"))
    head, dot, rest = path.partition(".")
    return f"{source}{dot}{rest}" if head == "row" and source else path


class _Check:
    """A walk over a rule before it is published, counting nodes and looking up paths."""

    def __init__(self, known_path: Callable[[str], bool] | None, known_column: Columns) -> None:
        self.known_path = known_path
        self.known_column = known_column
        self.nodes = 0

    def visit(self, node: Rule, where: str, depth: int, source: str | None) -> None:
        """Check a node; `source` is the list whose row is in hand, None outside of rows."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise RuleError(_("规则过长，最多 %(limit)s 个节点", limit=MAX_NODES), where)
        if isinstance(node, dict | list) and depth > MAX_DEPTH:
            raise RuleError(_("规则嵌套超过 %(limit)s 层", limit=MAX_DEPTH), where)
        if isinstance(node, dict):
            self._visit_operation(node, where, depth, source)
        elif isinstance(node, list):
            for position, item in enumerate(node):
                self.visit(item, f"{where}[{position}]", depth + 1, source)
        else:
            _check_literal(node, where)

    def _visit_operation(self, node: dict[str, Any], where: str, depth: int, source: str | None) -> None:
        name, operands = operation(node, where)
        place = f"{where}.{name}" if where else name
        if name == "var":
            self._check_var(operands, place, source)
            return
        _check_operands(name, operands, place)
        inner = _source_of(operands[0], source) if name in _OVER_ROWS else source
        listed = isinstance(node[name], list)
        for position, operand in enumerate(operands):
            spot = f"{place}[{position}]" if listed else place
            self.visit(operand, spot, depth + 1, inner if position else source)

    def _check_var(self, operands: list[Any], where: str, source: str | None) -> None:
        path, *default = operands
        if not isinstance(path, str) or not all(path.split(".")):
            raise RuleError(_("字段路径必须是非空文本"), where)
        if default and (isinstance(default[0], dict | list) or known(default[0]) is None):
            raise RuleError(_("默认值只能是数值、文本或真假值"), where)
        head, _dot, column = path.partition(".")
        if head == "row":
            self._check_row(column, where, source)
        elif self.known_path and not self.known_path(path):
            raise RuleError(_("引用了不存在的字段“%(path)s”", path=path), where)

    def _check_row(self, column: str, where: str, source: str | None) -> None:
        if source is None:
            raise RuleError(_("row 只能用在 all、some、count 的条件里"), where)
        if column and not self._knows_column(source, column):
            raise RuleError(_("引用了不存在的列“row.%(column)s”", column=column), where)

    def _knows_column(self, source: str, column: str) -> bool:
        if self.known_column:
            return self.known_column(source, column)
        return self.known_path is None or (bool(source) and self.known_path(f"{source}.{column}"))


def _is_number(node: Rule) -> bool:
    return isinstance(node, int | float | Decimal) and not isinstance(node, bool)


def _check_literal(node: Rule, where: str) -> None:
    if node is None or isinstance(node, str | bool):
        return
    if not _is_number(node):
        raise RuleError(_("只能使用数值、文本、真假值或列表"), where)
    if known(node) is None:
        raise RuleError(_("数值超出范围"), where)


def _check_operands(name: str, operands: list[Any], where: str) -> None:
    """Refuse literals with which an operator can never come to a result."""
    literals = [node for node in operands if not isinstance(node, dict | list)]
    if name in _EQUALITY and any(node in (None, "") for node in literals):
        raise RuleError(_("与空值比较永远无法判定，请改用 missing"), where)
    if name in _LOGIC and any(not isinstance(node, bool) for node in literals):
        raise RuleError(_("“%(name)s”只能用于条件", name=name), where)
    if name in _ORDER and any(not _is_number(node) and not is_date(node) for node in literals):
        raise RuleError(_("“%(name)s”只能比较数值或日期", name=name), where)
    if name in _ARITHMETIC and any(not _is_number(node) for node in literals):
        raise RuleError(_("“%(name)s”只能用于数值", name=name), where)
    if name == "round" and operands[1:] and operands[1] not in range(PLACES + 1):
        raise RuleError(_("保留位数必须是 0 到 %(limit)s 的整数", limit=PLACES), where)
