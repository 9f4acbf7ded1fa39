"""可申报方向: the calls that are open or coming as an enterprise meets them, with everything that stands against it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from flask_babel import lazy_gettext as _

from ..errors import NotEligible, NotOpen, QuotaExceeded
from ..forms import rules
from ..forms.definition import TypeDefinition
from ..forms.vocabulary import YEARLY
from ..models import Account, Enterprise
from . import calls, enterprise_years, individuals, titles
from .calls import Opening
from .particulars import BY_NAME, COUNTY
from .types import definition_of

OF_ENTERPRISE = "enterprise."
PLACES = ("region", "city", "county")
NOT_ITS_OWN = frozenset({"id", "certified", "dishonest", "titles"})  # what an enterprise cannot fill in


class Remedy(Enum):
    """Where an enterprise mends what stands against it."""

    CERTIFY = "certify"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True)
class Obstacle:
    """One thing that stands against declaring, in words, and where it is mended if it can be."""

    sentence: Any
    remedy: Remedy | None = None


@dataclass(frozen=True)
class Match:
    """A call with everything that stands against declaring for it now, and what else is missing or cannot be told."""

    opening: Opening
    obstacles: tuple[Obstacle, ...]
    hints: tuple[Obstacle, ...]

    @property
    def is_open(self) -> bool:
        """Tell whether the enterprise can begin, or go on with what it has begun."""
        return self.opening.is_open or self.opening.can_resume


def matches_for(enterprise: Enterprise, at: datetime, *, by: Account) -> list[Match]:
    """Return the open and coming calls with all that is unmet; as many statements as `openings_for` and two more."""
    openings = [o for o in calls.openings_for(enterprise, at, by=by) if not _is_past(o, at)]
    individual = individuals.individual_in(enterprise, by)
    held = titles.held_by(enterprise) if openings else []
    return [_match(opening, enterprise, individual, held) for opening in openings]


def _is_past(opening: Opening, at: datetime) -> bool:
    return at > (opening.terms or opening.call).closes_at


def _match(opening: Opening, enterprise: Enterprise, individual: Account | None, held: titles.Held) -> Match:
    definition = definition_of(opening.call.version)
    facts = calls.context_for(opening.call, opening.terms, enterprise, individual)
    verdicts = calls.judge_gates(definition, facts, held)
    used = calls.used_of(definition, len(opening.declarations), opening.begun)
    spent = calls.quota_refusal(definition, facts, used)
    obstacles = [
        *_about_the_applicant(opening, definition, enterprise, individual),
        *(
            Obstacle(verdict.message, _remedy(rule))
            for verdict, rule in zip(verdicts, _rules(definition), strict=True)
            if verdict.result is False
        ),
        *([Obstacle(spent.message)] if spent and not opening.can_resume else ()),
    ]
    unsure = (
        Obstacle(_("“%(gate)s”无法判定", gate=verdict.label or verdict.message))
        for verdict in verdicts
        if verdict.result is None
    )
    missing = _missing(definition, facts, opening.call.programme.year)
    lacking = [Obstacle(_("企业信息尚缺：%(what)s", what="、".join(missing)), Remedy.ENTERPRISE)] if missing else []
    return Match(opening, tuple(obstacles), (*unsure, *lacking))


def _about_the_applicant(
    opening: Opening, definition: TypeDefinition, enterprise: Enterprise, individual: Account | None
) -> Iterator[Obstacle]:
    """Yield what stands against it besides gates and quota: applicant, enterprise, the city's guide, time, grants."""
    not_admitted = individuals.not_admitted(definition, individual)
    unsettled = {Remedy.CERTIFY: calls.not_certified(enterprise), Remedy.ENTERPRISE: calls.nowhere(enterprise)}
    if not_admitted:
        yield Obstacle(not_admitted.message)
    for remedy, refused in unsettled.items():
        if refused:
            yield Obstacle(refused.message, remedy)
    refusal = opening.refusal
    is_told = isinstance(refusal, NotEligible | QuotaExceeded) or (
        isinstance(refusal, NotOpen) and any(unsettled.values())
    )
    if refusal is not None and not is_told:
        yield Obstacle(refusal.message)


def _rules(definition: TypeDefinition) -> list[Any]:
    """Return the rules beside the verdicts on the gates; a whitelist, the first of them, has none."""
    return [*([None] if definition.eligibility.whitelist else []), *(g.rule for g in definition.eligibility.gates)]


def _remedy(rule: Any) -> Remedy | None:
    return Remedy.ENTERPRISE if any(_own_name(path) for path in rules.paths(rule)) else None


def _own_name(path: str) -> str | None:
    """Return which fact of its own an enterprise fills in for a path of rules, or None."""
    name = path.removeprefix(OF_ENTERPRISE).partition(".")[0] if path.startswith(OF_ENTERPRISE) else ""
    return name if name and name not in NOT_ITS_OWN else None


def _missing(definition: TypeDefinition, facts: Mapping[str, Any], year: int) -> list[str]:
    """Return in words what gates, quota and required answers take from the enterprise and it has not filled in."""
    names = dict.fromkeys(name for name in map(_own_name, _read_paths(definition)) if name)
    lacking = [name for name in names if facts[OF_ENTERPRISE[:-1]].get(name) in (None, "")]
    return list(dict.fromkeys(_label(name, year) for name in lacking))


def _read_paths(definition: TypeDefinition) -> Iterable[str]:
    asked = definition.eligibility
    rows = asked.quota.rows if asked.quota else ()
    for rule in [*(gate.rule for gate in asked.gates), *(row.when for row in rows)]:
        yield from sorted(rules.paths(rule))
    required = {field.key for field in definition.fields if field.required}
    yield from (path for key, path in (definition.prefill or {}).items() if key in required)


def _label(name: str, year: int) -> str:
    if name in YEARLY:
        figure = enterprise_years.FIGURES["rd_spend" if name == "rd_spend" else "revenue"]
        span = f"{year - 3}—{year - 1}" if name == "average_revenue" else str(year - 1)
        return str(_("%(years)s年%(figure)s", years=span, figure=figure))
    if name in PLACES:
        return str(COUNTY.label)
    return str(BY_NAME[name].label) if name in BY_NAME else name
