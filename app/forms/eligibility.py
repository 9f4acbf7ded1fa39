"""Who may declare: gates, quota, indicators and worded conditions of a type, judged for one enterprise."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from . import rules
from .conditions import look, surroundings
from .definition import Indicator, TypeDefinition
from .findings import Answers, Verdict


def judge_gates(definition: TypeDefinition, context: Mapping[str, Any]) -> tuple[Verdict, ...]:
    """Judge the gates before a form is opened; with a whitelist, being on it is the first of them."""
    values = surroundings(definition, context)
    verdicts = []
    if definition.eligibility.whitelist:
        verdicts.append(_judge_whitelist(definition.eligibility.whitelist, values))
    for gate in definition.eligibility.gates:
        result = rules.evaluate(gate.rule, values)
        verdicts.append(Verdict(gate.label, result if isinstance(result, bool) else None, gate.message))
    return tuple(verdicts)


def _judge_whitelist(name: str, values: Mapping[str, Any]) -> Verdict:
    allowed, enterprise = values["lists"].get(name) or [], values["enterprise"]
    listed = enterprise.get("credit_code") in allowed or enterprise.get("name") in allowed
    return Verdict(str(_("在可申报单位名单内")), listed, str(_("贵单位不在本次可申报单位名单内")))


def judge_indicators(definition: TypeDefinition, answers: Answers, context: Mapping[str, Any]) -> tuple[Verdict, ...]:
    """Judge the indicators that apply to these answers."""
    values = look(definition, answers, context).values
    if not _applies(definition.eligibility.indicators_apply, values):
        return ()
    judged = (_judge(indicator, values) for indicator in definition.eligibility.indicators)
    return tuple(verdict for verdict in judged if verdict is not None)


def _applies(rule: Any, values: Mapping[str, Any]) -> bool:
    return rule is None or rules.evaluate(rule, values) is True


def _judge(indicator: Indicator, values: Mapping[str, Any]) -> Verdict | None:
    verdict = rules.judge_indicator(
        values,
        label=indicator.label,
        value=indicator.value,
        threshold=indicator.threshold,
        comparison=indicator.cmp,
        unit=indicator.unit,
        applies=True if indicator.applies is None else indicator.applies,
    )
    if verdict is None:
        return None
    result = {rules.Outcome.MET: True, rules.Outcome.NOT_MET: False}.get(verdict.outcome)
    sentence, figure, requirement = str(verdict.sentence), str(verdict.figure), str(verdict.requirement)
    return Verdict(indicator.label, result, sentence, figure, requirement, indicator.basis)


def conditions_in_words(definition: TypeDefinition, answers: Answers, context: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the conditions that people judge and that apply to these answers."""
    values = look(definition, answers, context).values
    return tuple(item.text for item in definition.eligibility.conditions if _applies(item.applies, values))


def quota(definition: TypeDefinition, context: Mapping[str, Any]) -> tuple[int | None, str]:
    """Return how many declarations are allowed and why; None means no limit."""
    if definition.eligibility.quota is None:
        return None, ""
    values = surroundings(definition, context)
    for row in definition.eligibility.quota.rows:
        if _applies(row.when, values):
            return row.then, row.why
    return None, ""
