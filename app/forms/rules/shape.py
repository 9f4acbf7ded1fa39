"""What a rule may look like: its operators, how many operands they take, and how large it may be."""

from typing import Any

from flask_babel import lazy_gettext as _

MAX_NODES = 400
MAX_DEPTH = 24
MAX_STEPS = 20_000
ITEMS_PER_STEP = 100

_ANY = MAX_NODES
# Operator → least and greatest number of operands.
ARITY: dict[str, tuple[int, int]] = {
    **dict.fromkeys(("and", "or", "+", "*", "min", "max", "missing"), (1, _ANY)),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in", "/", "all", "some"), (2, 2)),
    **dict.fromkeys(("var", "-", "round", "count"), (1, 2)),
    **dict.fromkeys(("!", "len", "sum"), (1, 1)),
    "between": (3, 3),
    "if": (2, _ANY),
}


class RuleError(ValueError):
    """A rule that cannot be used; `where` is the place inside the rule, e.g. `and[1].<=[0].var`."""

    def __init__(self, sentence: Any, where: str = "") -> None:
        super().__init__(sentence, where)
        self.sentence = sentence
        self.where = where

    def __str__(self) -> str:
        return f"{self.where}：{self.sentence}" if self.where else str(self.sentence)


def operation(node: dict[str, Any], where: str = "") -> tuple[str, list[Any]]:
    """Return a node's operator and operands, refusing unknown operators and wrong numbers of operands."""
    if len(node) != 1:
        raise RuleError(_("每个节点必须有且只有一个运算符"), where)
    ((name, operand),) = node.items()
    if name not in ARITY:
        raise RuleError(_("不支持的运算符“%(name)s”", name=name), where)
    operands = operand if isinstance(operand, list) else [operand]
    least, most = ARITY[name]
    if not least <= len(operands) <= most:
        raise RuleError(_("运算符“%(name)s”的参数个数不正确", name=name), where)
    return name, operands
