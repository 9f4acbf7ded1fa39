"""Reading checks and eligibility, and looking up every rule of a definition."""

from collections.abc import Callable
from typing import Any

from ..definition import Applicants, Check, Condition, Eligibility, Gate, Indicator, Quota, QuotaRow
from ..rules import RuleError, check_rule
from ..vocabulary import APPLICANT_KINDS, DECLARERS, RECORD_PATHS
from .node import MISSING, Node

COMPARISONS = (">=", ">", "<=", "<", "==", "!=")


class RuleLookup:
    """Refuses rules that are malformed or name paths that the definition lacks."""

    def __init__(self, known: Callable[[str], bool]) -> None:
        self.known = known

    def take(self, node: Node, key: str, *, required: bool = False) -> Any:
        """Return the rule under a key, checked; None when it is absent."""
        rule = node.get(key, required=required)
        if rule is MISSING or rule is None:
            return None
        self.judge(rule, node.place(key), node)
        return rule

    def judge(self, rule: Any, where: str, node: Node) -> None:
        """Note what is wrong with a rule that stands at a place."""
        try:
            check_rule(rule, self.known)
        except RuleError as error:
            node.problems.at(where, str(error))


def read_checks(node: Node, rules: RuleLookup, is_field: Callable[[str], bool]) -> tuple[Check, ...]:
    """Return the cross-field checks."""
    nodes = node.children("checks")
    checks = tuple(_check(child, rules, is_field) for child in nodes)
    node.unique(nodes, lambda child: child.raw.get("id"))
    return checks


def _check(node: Node, rules: RuleLookup, is_field: Callable[[str], bool]) -> Check:
    check = Check(
        id=node.key("id"),
        target=node.plain("target", required=True),
        level=node.one_of("level", ("error", "warn"), "error"),
        rule=rules.take(node, "rule", required=True),
        message=node.text("message", required=True),
        applies=rules.take(node, "applies"),
    )
    node.done()
    if check.target and not is_field(check.target):
        node.problem(f"target {check.target!r} is not a field")
    return check


def read_applicants(node: Node) -> Applicants:
    """Return as what people may declare."""
    if "applicants" not in node:
        return Applicants()
    child = node.child("applicants")
    kinds = child.words("kinds") if "kinds" in child else Applicants().kinds
    if not kinds:
        child.problems.at(child.place("kinds"), "at least one entry is expected")
    for number, kind in enumerate(kinds):
        if kind not in APPLICANT_KINDS:
            known = ", ".join(APPLICANT_KINDS)
            child.problems.at(f"{child.place('kinds')}[{number}]", f"{kind!r} is not one of {known}")
    declarers = child.one_of("declarers", DECLARERS, Applicants().declarers)
    child.done()
    return Applicants(kinds, declarers)


def read_eligibility(node: Node, rules: RuleLookup, lists: dict[str, tuple[str, ...]]) -> Eligibility:
    """Return who may declare."""
    if "eligibility" not in node:
        return Eligibility()
    child = node.child("eligibility")
    eligibility = Eligibility(
        gates=_gates(child, RuleLookup(lambda path: path in RECORD_PATHS or rules.known(path))),
        whitelist=child.plain("whitelist"),
        quota=_quota(child, rules),
        indicators=tuple(_indicator(item, rules) for item in child.children("indicators")),
        indicators_apply=rules.take(child, "indicators_apply"),
        conditions=tuple(_condition(item, rules) for item in child.children("conditions")),
        on_fail=child.one_of("on_fail", ("block", "allow_with_flag"), "allow_with_flag"),
    )
    child.done()
    if eligibility.whitelist and eligibility.whitelist not in lists:
        child.problem(f"whitelist {eligibility.whitelist!r} is not defined under lists")
    return eligibility


def _gates(node: Node, rules: RuleLookup) -> tuple[Gate, ...]:
    nodes = node.children("gates")
    node.unique(nodes, lambda child: child.raw.get("id"))
    gates = []
    for child in nodes:
        message = child.text("message", required=True)
        gate = Gate(child.key("id"), rules.take(child, "rule", required=True), message, child.text("label", message))
        gates.append(gate)
        child.done()
    return tuple(gates)


def _quota(node: Node, rules: RuleLookup) -> Quota | None:
    if "quota" not in node:
        return None
    child = node.child("quota")
    rows = []
    for item in child.children("rows", required=True):
        then = item.number("then", 0, required=True)
        rows.append(QuotaRow(then, item.text("why", required=True), rules.take(item, "when")))
        item.done()
        if then < 0:
            item.problem("then must not be negative")
    per = child.one_of("per", ("enterprise", "applicant"), "enterprise")
    child.done()
    return Quota(per, tuple(rows))


def _indicator(node: Node, rules: RuleLookup) -> Indicator:
    indicator = Indicator(
        label=node.text("label", required=True),
        value=rules.take(node, "value", required=True),
        threshold=rules.take(node, "threshold", required=True),
        cmp=node.one_of("cmp", COMPARISONS, ">="),
        unit=node.text("unit"),
        applies=rules.take(node, "applies"),
        basis=node.text("basis"),
    )
    node.done()
    return indicator


def _condition(node: Node, rules: RuleLookup) -> Condition:
    condition = Condition(node.text("text", required=True), rules.take(node, "applies"), node.text("basis"))
    node.done()
    return condition
