"""The hints, part by part of a definition."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flask_babel import lazy_gettext as _

from ... import roles
from ...forms.definition import Field, Section, TypeDefinition
from ...forms.parsing.node import PLACEHOLDER
from ...workflow.definition import LEVELS
from .domains import possibility_of
from .possibility import FALSE, TRUE, Possibility

MANY_FIELDS = 60
LARGEST_UPLOAD_MB = 200
HEIGHT = {"unit": 0, "county": 1, "city": 2, "province": 3}
LEVEL_OF_ROLE = {
    roles.COUNTY_OFFICER: "county",
    roles.COUNTY_ADMINISTRATOR: "county",
    roles.CITY_OFFICER: "city",
    roles.OFFICE_LEADER: "city",
    roles.CITY_ADMINISTRATOR: "city",
    roles.PROVINCE_OFFICER: "province",
    roles.PROVINCE_ADMINISTRATOR: "province",
}


@dataclass(frozen=True, slots=True)
class Hint:
    """One piece of advice; `place` in the definition, `label` for the author, `level` warn or note."""

    place: str
    label: str
    sentence: Any
    level: str = "warn"


def lint(definition: TypeDefinition) -> tuple[Hint, ...]:
    """Return what will hurt, in the order of the definition."""
    judge = possibility_of(definition)
    return (
        *_head(definition),
        *(hint for number, section in enumerate(definition.sections) for hint in _section(number, section, judge)),
        *_unanswerable(definition),
        *_checks(definition, judge),
        *_eligibility(definition, judge),
        *_workflow(definition, judge),
        *_documents(definition),
    )


def _head(definition: TypeDefinition) -> Iterator[Hint]:
    for name in PLACEHOLDER.findall(definition.subject):
        field = definition.field(name)
        if field is not None and not field.required and not field.readonly:
            sentence = _("项目名称引用了选填的“%(label)s”，未填时名称会缺一段", label=field.label)
            yield Hint("subject", field.label, sentence)
    if not any(field.type == "consent" for field in definition.fields):
        yield Hint("sections", definition.title, _("表单没有真实性承诺"), "note")
    if not definition.projections:
        yield Hint("project", definition.title, _("没有设置列表字段，列表和汇总表只能显示单位和项目名称"), "note")


def _section(number: int, section: Section, judge: Possibility) -> Iterator[Hint]:
    place = f"sections[{number}]"
    if section.show is not None:
        yield from _show(
            f"{place}.show", section.title, section.show, judge, _("显示条件永远不成立，申报人看不到该步骤")
        )
    if len(section.fields) > MANY_FIELDS:
        yield Hint(place, section.title, _("一个步骤超过 %(most)s 个字段，建议拆成几个步骤", most=MANY_FIELDS), "note")
    for position, field in enumerate(section.fields):
        yield from _field(f"{place}.fields[{position}]", field, section, judge)


def _field(place: str, field: Field, section: Section, judge: Possibility) -> Iterator[Hint]:
    if field.show is not None:
        rule = field.show if section.show is None else {"and": [section.show, field.show]}
        yield from _show(f"{place}.show", field.label, rule, judge, _("显示条件永远不成立，申报人看不到该字段"))
    if field.type in ("choice", "choices") and len(field.choice_labels) == 1 and not field.readonly:
        yield Hint(place, field.label, _("只有一个选项，无从选择"), "note")
    if field.type == "choices" and field.min_items > len(field.choice_labels):
        yield Hint(place, field.label, _("最少要选的项数多于选项数，无法填写"))
    if field.type == "file" and field.max_mb > LARGEST_UPLOAD_MB:
        sentence = _("单个文件上限超过平台的 %(most)s MB，较大的文件无法上传", most=LARGEST_UPLOAD_MB)
        yield Hint(place, field.label, sentence)


def _show(place: str, label: str, rule: Any, judge: Possibility, never: Any) -> Iterator[Hint]:
    results = judge.results(rule)
    if True not in results:
        yield Hint(place, label, never)
    elif results == TRUE:
        yield Hint(place, label, _("显示条件总是成立，可以去掉"), "note")


def _unanswerable(definition: TypeDefinition) -> Iterator[Hint]:
    for number, section in enumerate(definition.sections):
        for position, field in enumerate(section.fields):
            filled = field.default is not None or field.key in (definition.prefill or {})
            if field.required and field.readonly and not filled:
                sentence = _("必填而不可编辑，又没有默认值或预填来源，无法填写")
                yield Hint(f"sections[{number}].fields[{position}]", field.label, sentence)


def _checks(definition: TypeDefinition, judge: Possibility) -> Iterator[Hint]:
    for number, check in enumerate(definition.checks):
        place, results = f"checks[{number}]", judge.results(check.rule)
        if check.applies is not None and True not in judge.results(check.applies):
            yield Hint(f"{place}.applies", check.message, _("适用条件永远不成立，该校验不起作用"))
        elif True not in results:
            yield Hint(f"{place}.rule", check.message, _("规则永远不成立，填写后总会提示"))
        elif False not in results:
            yield Hint(f"{place}.rule", check.message, _("规则不会被违反，该校验不起作用"))


def _eligibility(definition: TypeDefinition, judge: Possibility) -> Iterator[Hint]:
    asked = definition.eligibility
    for number, gate in enumerate(asked.gates):
        results = judge.results(gate.rule)
        if True not in results:
            yield Hint(f"eligibility.gates[{number}].rule", gate.label, _("条件永远不成立，没有单位能够申报"))
        elif False not in results:
            yield Hint(f"eligibility.gates[{number}].rule", gate.label, _("条件不会被违反，不起作用"))
    yield from _quota(definition, judge)
    for number, indicator in enumerate(asked.indicators):
        yield from _indicator(f"eligibility.indicators[{number}]", definition, indicator, judge)
    for number, condition in enumerate(asked.conditions):
        if condition.applies is not None and True not in judge.results(condition.applies):
            place = f"eligibility.conditions[{number}].applies"
            yield Hint(place, condition.text, _("适用条件永远不成立，不会显示"))


def _quota(definition: TypeDefinition, judge: Possibility) -> Iterator[Hint]:
    quota = definition.eligibility.quota
    if quota is None:
        return
    open_before = False
    for number, row in enumerate(quota.rows):
        place = f"eligibility.quota.rows[{number}]"
        if open_before:
            yield Hint(place, row.why, _("前面一档没有条件，这一档永远用不到"))
        elif row.when is not None and True not in judge.results(row.when):
            yield Hint(f"{place}.when", row.why, _("条件永远不成立，这一档永远用不到"))
        open_before = open_before or row.when is None
    if not open_before:
        yield Hint("eligibility.quota", quota.rows[-1].why, _("没有不带条件的最后一档，都不符合的单位不受名额限制"))


def _indicator(place: str, definition: TypeDefinition, indicator: Any, judge: Possibility) -> Iterator[Hint]:
    if indicator.applies is not None and True not in judge.results(indicator.applies):
        yield Hint(f"{place}.applies", indicator.label, _("适用条件永远不成立，该指标不会评定"))
        return
    results = judge.results({indicator.cmp: [indicator.value, indicator.threshold]})
    if True not in results:
        yield Hint(f"{place}.threshold", indicator.label, _("按字段的取值范围，该指标不可能满足"))
    elif False not in results:
        yield Hint(f"{place}.threshold", indicator.label, _("按字段的取值范围，该指标总会满足"), "note")
    field = definition.field(_plain_path(indicator.value))
    if field is not None and field.unit and indicator.unit and field.unit != indicator.unit:
        sentence = _("指标单位“%(one)s”与字段单位“%(other)s”不一致", one=indicator.unit, other=field.unit)
        yield Hint(f"{place}.unit", indicator.label, sentence)


def _plain_path(rule: Any) -> str:
    return rule["var"] if isinstance(rule, Mapping) and isinstance(rule.get("var"), str) else ""


def _workflow(definition: TypeDefinition, judge: Possibility) -> Iterator[Hint]:
    steps = list((definition.workflow or {}).get("steps") or [])
    for number, step in enumerate(steps):
        place, label = f"workflow.steps[{number}]", str(step.get("label", ""))
        if step.get("when") is not None and judge.results(step["when"]) <= FALSE | {None}:
            yield Hint(f"{place}.when", label, _("条件永远不成立，该环节总被跳过"))
        expected, level = LEVEL_OF_ROLE.get(step.get("role", "")), _level(step)
        if expected and expected != level:
            sentence = _("“%(role)s”不在该环节的层级办理，无人能够审核", role=roles.LABELS[step["role"]])
            yield Hint(f"{place}.role", label, sentence)
    for (number, step), (_number, following) in pairwise(enumerate(steps)):
        if HEIGHT[_level(following)] < HEIGHT[_level(step)]:
            yield Hint(
                f"workflow.steps[{number + 1}].scope", str(following.get("label", "")), _("审核从上级又回到下级")
            )
    if steps and all(step.get("when") is not None for step in steps):
        yield Hint("workflow.steps", definition.title, _("所有环节都带条件，可能没有环节审核"))


def _level(step: Mapping[str, Any]) -> str:
    return LEVELS.get(step.get("scope", "province"), "province")


def _documents(definition: TypeDefinition) -> Iterator[Hint]:
    declarations = definition.documents_of("declaration")
    if not declarations:
        yield Hint("documents", definition.title, _("没有申报书，申报人提交后没有可下载的文书"), "note")
    elif all(document.before != "submit" for document in declarations):
        yield Hint("documents", declarations[0].label, _("提交前不要求生成申报书，申报书可能与填报内容不一致"), "note")
