"""Whom a type lets in: its gates judged over every certified enterprise in sight, as they stand and as tried."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Select, func, select

from ..authoring.words import describe
from ..extensions import db
from ..forms import rules
from ..forms.definition import TypeDefinition
from ..forms.findings import Verdict
from ..models import Account, Enterprise, Region
from ..permissions import visible
from . import calls, enterprise_years, titles

MOST = 20_000
AT_ONCE = 1000
TITLES = "enterprise.titles"
OVER_ROWS = ("some", "all", "count")
COMPARING = ("==", "!=", "<", "<=", ">", ">=", "between", "in", "some", "all")
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Threshold:
    """A figure written into the rule of a gate: the gate's number, where in its rule, and what it is compared in."""

    gate: int
    place: Place
    figure: Decimal
    words: str

    @property
    def name(self) -> str:
        """Return what stands for it in an address: `0.and.1.>=.1`."""
        return ".".join(map(str, (self.gate, *self.place)))


@dataclass
class GateReach:
    """How many enterprises meet one gate, do not, or cannot be told."""

    label: str
    met: int = 0
    unmet: int = 0
    unknown: int = 0

    def count(self, verdict: Verdict) -> None:
        """Add one enterprise."""
        if verdict.result is None:
            self.unknown += 1
        elif verdict.result:
            self.met += 1
        else:
            self.unmet += 1


@dataclass
class Reach:
    """Of how many enterprises how many are let in, those of them with something that cannot be told, and every gate."""

    judged: int
    gates: list[GateReach]
    admitted: int = 0
    unsure: int = 0

    def count(self, verdicts: Sequence[Verdict]) -> None:
        """Add one enterprise."""
        for gate, verdict in zip(self.gates, verdicts, strict=True):
            gate.count(verdict)
        results = [verdict.result for verdict in verdicts]
        if False not in results:
            self.admitted += 1
            self.unsure += None in results


def thresholds(definition: TypeDefinition) -> list[Threshold]:
    """Return the figures in the rules of a type's gates, in their order."""
    return [
        Threshold(number, place, figure, describe(compared, definition) + _border(place))
        for number, gate in enumerate(definition.eligibility.gates)
        for place, figure, compared in _figures(gate.rule, (), gate.rule, within_rows=False)
    ]


def _border(place: Place) -> str:
    """Return which border of a range a figure is, where it is one."""
    return str({1: _("（下限）"), 2: _("（上限）")}.get(place[-1], "")) if place[-2:-1] == ("between",) else ""


def _figures(node: Any, place: Place, compared: Any, *, within_rows: bool) -> Iterator[tuple[Place, Decimal, Any]]:
    """Walk a rule; `compared` is the innermost comparison, for a figure about a row what goes through the rows."""
    if isinstance(node, list):
        for number, item in enumerate(node):
            yield from _figures(item, (*place, number), compared, within_rows=within_rows)
    elif isinstance(node, Mapping):
        ((operator, operands),) = node.items()
        if operator == "var":
            return
        if operator in COMPARING and not within_rows:
            compared = node
        if operator == "round" and isinstance(operands, list):
            operands = operands[:1]
        inside = within_rows or operator in OVER_ROWS
        yield from _figures(operands, (*place, operator), compared, within_rows=inside)
    elif isinstance(node, int | float | Decimal) and not isinstance(node, bool):
        yield place, node if isinstance(node, Decimal) else Decimal(str(node)), compared


def with_figures(definition: TypeDefinition, tried: Mapping[str, Decimal]) -> TypeDefinition:
    """Return the type with other figures in its gates, by the names of their thresholds; nothing is saved."""
    gates = list(definition.eligibility.gates)
    for threshold in thresholds(definition):
        if threshold.name in tried:
            gate = gates[threshold.gate]
            gates[threshold.gate] = replace(gate, rule=_replaced(gate.rule, threshold.place, tried[threshold.name]))
    return replace(definition, eligibility=replace(definition.eligibility, gates=tuple(gates)))


def _replaced(node: Any, place: Place, figure: Decimal) -> Any:
    if not place:
        return figure
    first, rest = place[0], place[1:]
    if isinstance(node, list):
        return [_replaced(item, rest, figure) if number == first else item for number, item in enumerate(node)]
    return {first: _replaced(node[first], rest, figure)}


def candidates(user: Account) -> int:
    """Count the certified enterprises in the person's sight."""
    return db.session.scalar(select(func.count(Enterprise.id)).where(*_in_sight(user)))


def reach_of(definitions: Sequence[TypeDefinition], user: Account, *, most: int = MOST) -> list[Reach]:
    """Judge the gates of several definitions of one type over the certified enterprises in sight, the first `most`.

    Reads everything by five statements, however many enterprises there are.
    """
    first = definitions[0]
    chosen = select(Enterprise.id).where(*_in_sight(user)).order_by(Enterprise.id).limit(most)
    held = _titles_of(chosen, user.site_id) if _reads(definitions, TITLES) else {}
    years = enterprise_years.reported_by_many(chosen, first.year) if first.reads_years else {}
    _at_hand = db.session.scalars(select(Region).where(Region.site_id == user.site_id)).all()  # cities by id
    found = [Reach(0, []) for _definition in definitions]
    call = {"name": first.short_title or first.title, "year": first.year, "programme": first.title}
    query = select(Enterprise).where(Enterprise.id.in_(chosen)).execution_options(yield_per=AT_ONCE)
    for enterprise in db.session.scalars(query):
        facts = {
            "enterprise": calls.enterprise_facts(enterprise, first.money_unit, years.get(enterprise.id)),
            "call": call,
            "applicant": {"kind": "unit", "name": enterprise.name},
        }
        for reach, definition in zip(found, definitions, strict=True):
            verdicts = calls.judge_gates(definition, facts, held.get(enterprise.id, []))
            reach.gates = reach.gates or [GateReach(verdict.label or verdict.message) for verdict in verdicts]
            reach.judged += 1
            reach.count(verdicts)
    return found


def _reads(definitions: Sequence[TypeDefinition], path: str) -> bool:
    return any(path in rules.paths(gate.rule) for one in definitions for gate in one.eligibility.gates)


def _titles_of(chosen: Select, site_id: int) -> dict[int, titles.Held]:
    names = db.session.execute(select(Enterprise.id, Enterprise.name).where(Enterprise.id.in_(chosen)))
    return titles.held_by_many([(row.id, row.name) for row in names], site_id)


def _in_sight(user: Account) -> tuple:
    return Enterprise.certified_at.is_not(None), visible(Enterprise, user)
