"""What a rule can come to, judged from the form alone: which of true, false and unknown.

The answer errs on the side of possible: a result that is left out can never occur, one that is named may still not.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...forms.rules.values import is_date

Truth = bool | None
Truths = frozenset[Truth]

TRUE, FALSE, UNKNOWN = frozenset({True}), frozenset({False}), frozenset({None})
ANY: Truths = frozenset({True, False, None})
ORDER = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}
TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
COMPARISONS = frozenset(TURNED)


@dataclass(frozen=True, slots=True)
class Domain:
    """The values that a path or an expression can have: some texts, figures between two borders, or anything."""

    texts: frozenset[str] | None = None
    figure: bool = False
    low: Decimal | None = None
    high: Decimal | None = None
    given: bool = False  # a literal: never unknown

    @property
    def is_empty(self) -> bool:
        """Tell whether no value is left."""
        if self.texts is not None:
            return not self.texts
        return self.low is not None and self.high is not None and self.low > self.high

    @property
    def is_open(self) -> bool:
        """Tell whether nothing is known of the values."""
        return self.texts is None and not self.figure

    def met(self, other: "Domain") -> "Domain":
        """Return what both allow; kinds that do not mix leave nothing."""
        if self.is_open or other.is_open:
            return other if self.is_open else self
        if (self.texts is None) != (other.texts is None):
            return Domain(texts=frozenset())
        if self.texts is not None:
            return Domain(texts=self.texts & other.texts)
        return Domain(figure=True, low=_most(self.low, other.low), high=_least(self.high, other.high))


ANYTHING = Domain()


def _most(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return max((x for x in (one, other) if x is not None), default=None)


def _least(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return min((x for x in (one, other) if x is not None), default=None)


class Possibility:
    """Judges the rules of one form: `domain_of` knows the values of a path, `shown_when` when it is asked."""

    def __init__(self, domain_of: Callable[[str], Domain], shown_when: Callable[[str], list[Any]]) -> None:
        self.domain_of = domain_of
        self.shown_when = shown_when

    def results(self, rule: Any) -> Truths:
        """Return what the rule can come to."""
        return self._of(rule, {}, None)

    def _of(self, rule: Any, narrowed: Mapping[str, Domain], source: str | None) -> Truths:
        if isinstance(rule, bool):
            return frozenset({rule})
        if not isinstance(rule, dict) or len(rule) != 1:
            return UNKNOWN
        ((name, operands),) = rule.items()
        operands = operands if isinstance(operands, list) else [operands]
        if name in COMPARISONS:
            return self._compare(name, operands, narrowed, source)
        judge = getattr(self, f"_{JUDGES.get(name, 'open')}")
        return judge(operands, narrowed, source)

    def _open(self, operands: list[Any], narrowed: Mapping[str, Domain], source: str | None) -> Truths:
        return ANY

    def _not(self, operands: list[Any], narrowed: Mapping[str, Domain], source: str | None) -> Truths:
        return frozenset(None if truth is None else not truth for truth in self._of(operands[0], narrowed, source))

    def _and(self, operands: list[Any], narrowed: Mapping[str, Domain], source: str | None) -> Truths:
        parts = list(self._conjuncts({"and": operands}, source, set()))
        inside = dict(narrowed)
        for part in parts:
            self._narrow(part, inside, source)
        results = [self._of(operand, narrowed, source) for operand in operands]
        joint = [self._of(part, inside, source) if not _is_and(part) else ANY for part in parts]
        possible = all(True in result for result in joint) and not any(d.is_empty for d in inside.values())
        return _kleene(results, decides=False, other_possible=possible)

    def _or(self, operands: list[Any], narrowed: Mapping[str, Domain], source: str | None) -> Truths:
        results = [self._of(operand, narrowed, source) for operand in operands]
        return _kleene(results, decides=True, other_possible=all(False in result for result in results))

    def _missing(self, operands: list[Any], narrowed: Mapping[str, Domain], source: str | None) -> Truths:
        return frozenset({True, False})

    def _branches(self, operands: list[Any], narrowed: Mapping[str, Domain], source: str | None) -> Truths:
        found: Truths = frozenset()
        for position in range(0, len(operands) - 1, 2):
            conditions = self._of(operands[position], narrowed, source)
            if True in conditions:
                found |= self._of(operands[position + 1], narrowed, source)
            if conditions == TRUE:
                return found
        return found | (self._of(operands[-1], narrowed, source) if len(operands) % 2 else UNKNOWN)

    def _some(self, operands: list[Any], narrowed: Mapping[str, Domain], source: str | None) -> Truths:
        inner = self._of(operands[1], narrowed, _path(operands[0], source) or "")
        return ANY if True in inner else frozenset({False, None})

    def _within(self, operands: list[Any], narrowed: Mapping[str, Domain], source: str | None) -> Truths:
        value, choices = self._domain(operands[0], narrowed, source), operands[1]
        if not isinstance(choices, list):
            listed = self._domain(choices, narrowed, source)
            never = value.given and listed.texts is not None and value.texts is not None and not value.met(listed).texts
            return frozenset({False, None}) if never else ANY
        if value.texts is None or not all(isinstance(choice, str) for choice in choices):
            return ANY
        hit, missed = value.texts & set(choices), value.texts - set(choices)
        return (TRUE if hit else frozenset()) | (FALSE if missed else frozenset()) | _maybe_unknown(value)

    def _between(self, operands: list[Any], narrowed: Mapping[str, Domain], source: str | None) -> Truths:
        value, low, high = operands
        return self._and([{">=": [value, low]}, {"<=": [value, high]}], narrowed, source)

    def _compare(self, name: str, operands: list[Any], narrowed: Mapping[str, Domain], source: str | None) -> Truths:
        left, right = (self._domain(operand, narrowed, source) for operand in operands)
        if left.is_open or right.is_open:
            return ANY
        found = _equal(left, right) if name in ("==", "!=") else _ordered(name, left, right)
        if name == "!=":
            found = frozenset(truth if truth is None else not truth for truth in found)
        return found | _maybe_unknown(left) | _maybe_unknown(right)

    def _domain(self, rule: Any, narrowed: Mapping[str, Domain], source: str | None) -> Domain:
        """Return the values that an expression can have."""
        if isinstance(rule, str):
            return ANYTHING if is_date(rule) else Domain(texts=frozenset({rule}), given=True)
        if isinstance(rule, int | float | Decimal) and not isinstance(rule, bool):
            figure = Decimal(str(rule))
            return Domain(figure=True, low=figure, high=figure, given=True)
        path = _path(rule, source)
        if path:
            return narrowed.get(path) or self.domain_of(path)
        if isinstance(rule, dict) and "count" in rule:
            counted = rule["count"] if isinstance(rule["count"], list) else [rule["count"]]
            items = self.domain_of(f"{_path(counted[0], source)}.#")
            return Domain(figure=True, low=Decimal(0), high=items.high)
        return ANYTHING

    def _conjuncts(self, rule: Any, source: str | None, seen: set[str]) -> Iterator[Any]:
        """Yield what must all be true for the rule to be, the conditions under which its answers are asked included."""
        operands = rule["and"] if _is_and(rule) else [rule]
        for operand in operands if isinstance(operands, list) else [operands]:
            if _is_and(operand):
                yield from self._conjuncts(operand, source, seen)
                continue
            yield operand
            path = _compared_path(operand, source)
            if path and path not in seen:
                seen.add(path)
                for condition in self.shown_when(path):
                    yield from self._conjuncts(condition, None, seen)

    def _narrow(self, rule: Any, inside: dict[str, Domain], source: str | None) -> None:
        """Keep of a path's values only those with which a comparison can be true."""
        for path, domain in _claims(rule, source):
            inside[path] = (inside.get(path) or self.domain_of(path)).met(domain)


JUDGES = {
    "!": "not", "and": "and", "or": "or", "missing": "missing", "if": "branches", "some": "some", "in": "within",
    "between": "between",
}  # fmt: skip


def _kleene(results: list[Truths], *, decides: bool, other_possible: bool) -> Truths:
    """Join the results of `and` (false decides) or `or` (true decides)."""
    found: set[Truth] = {decides} if any(decides in result for result in results) else set()
    if other_possible:
        found.add(not decides)
    if any(None in result for result in results) and all(result - {decides} for result in results):
        found.add(None)
    return frozenset(found)


def _equal(left: Domain, right: Domain) -> Truths:
    if left.met(right).is_empty:
        return FALSE
    single = left.texts is not None and left.texts == right.texts and len(left.texts) == 1
    same = left.figure and left.low is not None and left.low == left.high == right.low == right.high
    return TRUE if single or same else frozenset({True, False})


def _ordered(name: str, left: Domain, right: Domain) -> Truths:
    if not (left.figure and right.figure):
        return UNKNOWN
    if name in (">", ">="):
        name, left, right = TURNED[name], right, left
    possible = _can_precede(left.low, right.high, strictly=name == "<")
    refutable = _can_precede(right.low, left.high, strictly=name == "<=")
    return (TRUE if possible else frozenset()) | (FALSE if refutable else frozenset())


def _can_precede(low: Decimal | None, high: Decimal | None, *, strictly: bool) -> bool:
    if low is None or high is None:
        return True
    return low < high if strictly else low <= high


def _maybe_unknown(domain: Domain) -> Truths:
    return frozenset() if domain.given else UNKNOWN


def _is_and(rule: Any) -> bool:
    return isinstance(rule, dict) and set(rule) == {"and"}


def _path(rule: Any, source: str | None) -> str:
    if not isinstance(rule, dict) or set(rule) != {"var"}:
        return ""
    operand = rule["var"]
    path = operand[0] if isinstance(operand, list) else operand
    head, dot, rest = path.partition(".")
    return f"{source}{dot}{rest}" if head == "row" and source is not None else path


def _compared_path(rule: Any, source: str | None) -> str:
    return next((path for path, _domain in _claims(rule, source)), "")


def _claims(rule: Any, source: str | None) -> Iterator[tuple[str, Domain]]:
    """Yield (path, the values it must have) for a comparison of a path with literals."""
    if not isinstance(rule, dict) or len(rule) != 1:
        return
    ((name, operands),) = rule.items()
    if not isinstance(operands, list):
        return
    if name == "between":
        for comparison in ({">=": operands[:2]}, {"<=": [operands[0], operands[2]]}):
            yield from _claims(comparison, source)
    if name == "in" and isinstance(operands[1], list) and all(isinstance(x, str) for x in operands[1]):
        path = _path(operands[0], source)
        if path:
            yield path, Domain(texts=frozenset(operands[1]))
    if name in COMPARISONS and name != "!=":
        for turned, (one, other) in ((name, operands), (TURNED[name], operands[::-1])):
            path, domain = _path(one, source), _allowed(turned, other)
            if path and domain is not None:
                yield path, domain


def _allowed(name: str, literal: Any) -> Domain | None:
    if isinstance(literal, str):
        return Domain(texts=frozenset({literal})) if name == "==" and not is_date(literal) else None
    if isinstance(literal, bool) or not isinstance(literal, int | float | Decimal):
        return None
    figure = Decimal(str(literal))
    low = figure if name in ("==", ">", ">=") else None
    high = figure if name in ("==", "<", "<=") else None
    return Domain(figure=True, low=low, high=high)
