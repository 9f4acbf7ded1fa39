"""A rule in words, as an official would read it out."""

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _

from ..forms.definition import Field, TypeDefinition

COMPARED = {
    "==": _("%(left)s为%(right)s"),
    "!=": _("%(left)s不为%(right)s"),
    ">": _("%(left)s大于%(right)s"),
    ">=": _("%(left)s不小于%(right)s"),
    "<": _("%(left)s小于%(right)s"),
    "<=": _("%(left)s不大于%(right)s"),
}
SIGNS = {"+": " + ", "-": " - ", "*": " × ", "/": " ÷ "}
KNOWN = {
    "today": _("当天"),
    "applicant.kind": _("申报主体"),
    "guide.county_review": _("地市指南设置了区县审核"),
    "call.year": _("年度"),
    "enterprise.name": _("企业信息中的名称"),
    "enterprise.credit_code": _("企业信息中的统一社会信用代码"),
    "enterprise.city": _("所在市"),
    "enterprise.county": _("所在区县"),
    "enterprise.region": _("所在地区"),
    "enterprise.industry": _("企业信息中的所属行业"),
    "enterprise.kind": _("企业信息中的类型"),
    "enterprise.registered_capital": _("企业信息中的注册资本"),
    "enterprise.established_on": _("企业信息中的成立日期"),
    "enterprise.dishonest": _("列入失信名单"),
    "enterprise.certified": _("通过企业认证"),
    "enterprise.revenue": _("上年营业收入"),
    "enterprise.rd_spend": _("上年研发投入"),
    "enterprise.average_revenue": _("近三年平均营业收入"),
    "enterprise.titles": _("已获称号"),
}
PARTS_OF_TITLES = {"name": _("称号名称"), "cohort": _("批次"), "granted_on": _("授予日期"), "expires_on": _("失效日期")}
KINDS = {"unit": _("单位"), "individual": _("个人")}


def describe(rule: Any, definition: TypeDefinition) -> str:
    """Return the rule as one phrase; a rule that says nothing more than true or false is 总是 or 从不."""
    return _Speaker(definition).say(rule)


class _Speaker:
    """Knows the labels of one definition; `source` is the list whose record is in hand."""

    def __init__(self, definition: TypeDefinition, source: str = "") -> None:
        self.definition = definition
        self.source = source
        self.marks = "‘’" if source else "“”"

    def _quoted(self, text: str) -> str:
        return f"{self.marks[0]}{text}{self.marks[1]}"

    def say(self, rule: Any) -> str:
        """Return a rule or an operand in words."""
        if isinstance(rule, bool):
            return str(_("总是") if rule else _("从不"))
        if not isinstance(rule, dict) or len(rule) != 1:
            return self._literal(rule)
        ((name, operands),) = rule.items()
        operands = operands if isinstance(operands, list) else [operands]
        say = SAY.get(name)
        return say(self, name, operands) if say else str(rule)

    def _literal(self, value: Any) -> str:
        if isinstance(value, list):
            return "、".join(self._literal(item) for item in value)
        return self._quoted(value) if isinstance(value, str) else str(_("空") if value is None else value)

    def _compare(self, name: str, operands: list[Any]) -> str:
        left, right = operands
        if isinstance(right, bool):
            said = self.say(left)
            return said if (name == "==") is right else str(_("未%(what)s", what=said))
        choice = self._choices_of(left) or self._choices_of(right)
        return str(COMPARED[name]) % {"left": self._named(left, choice), "right": self._named(right, choice)}

    def _within(self, name: str, operands: list[Any]) -> str:
        value, listed = operands
        choice = self._choices_of(value) or self._choices_of(listed)
        if isinstance(listed, list):
            named = "、".join(self._named(item, choice) for item in listed)
            return str(_("%(value)s属于%(list)s", value=self.say(value), list=named))
        return str(_("%(list)s包含%(value)s", list=self.say(listed), value=self._named(value, choice)))

    def _between(self, name: str, operands: list[Any]) -> str:
        value, low, high = map(self.say, operands)
        return str(_("%(value)s在 %(low)s 至 %(high)s 之间", value=value, low=low, high=high))

    def _joined(self, name: str, operands: list[Any]) -> str:
        word = _("，且") if name == "and" else _("，或")
        parts = [
            f"（{said}）" if self._is_group(part) else said
            for part, said in zip(operands, map(self.say, operands), strict=True)
        ]
        return str(word).join(parts)

    @staticmethod
    def _is_group(rule: Any) -> bool:
        return isinstance(rule, dict) and bool(rule.keys() & {"and", "or"})

    def _not(self, name: str, operands: list[Any]) -> str:
        return str(_("并非（%(what)s）", what=self.say(operands[0])))

    def _missing(self, name: str, operands: list[Any]) -> str:
        return str(_("%(what)s未填写", what="、".join(map(self.say, operands))))

    def _over_rows(self, name: str, operands: list[Any]) -> str:
        listed = self.say(operands[0])
        if len(operands) == 1:
            return str(_("%(list)s的项数", list=listed))
        inner = _Speaker(self.definition, _path(operands[0])).say(operands[1])
        sentence = {
            "count": _("%(list)s中%(what)s的项数"),
            "some": _("%(list)s中有%(what)s的记录"),
            "all": _("%(list)s的每条记录均满足%(what)s"),
        }[name]
        return str(sentence) % {"list": listed, "what": inner}

    def _reckon(self, name: str, operands: list[Any]) -> str:
        if len(operands) == 1:
            return f"-{self.say(operands[0])}"
        nested = lambda part: isinstance(part, dict) and bool(part.keys() & SIGNS.keys())  # noqa: E731
        parts = [f"（{self.say(part)}）" if nested(part) else self.say(part) for part in operands]
        return SIGNS[name].join(parts)

    def _function(self, name: str, operands: list[Any]) -> str:
        said = "、".join(map(self.say, operands))
        sentence = {
            "min": _("%(of)s中的最小值"),
            "max": _("%(of)s中的最大值"),
            "sum": _("%(of)s的合计"),
            "len": _("%(of)s的字数"),
        }
        return str(sentence[name]) % {"of": said}

    def _round(self, name: str, operands: list[Any]) -> str:
        return self.say(operands[0])

    def _branches(self, name: str, operands: list[Any]) -> str:
        pairs = [
            str(_("如果%(when)s，取%(then)s", when=self.say(operands[n]), then=self.say(operands[n + 1])))
            for n in range(0, len(operands) - 1, 2)
        ]
        if len(operands) % 2:
            pairs.append(str(_("否则取%(then)s", then=self.say(operands[-1]))))
        return "；".join(pairs)

    def _var(self, name: str, operands: list[Any]) -> str:
        path = operands[0]
        head, _dot, rest = path.partition(".")
        if head == "row" and self.source:
            if self.source == "enterprise.titles":
                return str(PARTS_OF_TITLES.get(rest, rest))
            column = self.definition.field(f"{self.source}.{rest}") if rest else None
            return self._quoted(column.label) if column else path
        if path in KNOWN:
            return str(KNOWN[path])
        return self._quoted(self.definition.label(path)) if self.definition.field(path) else path

    def _choices_of(self, rule: Any) -> dict[str, str]:
        """Return {key: label} when a `var` reads a choice."""
        path = _path(rule)
        if path == "applicant.kind":
            return {key: str(label) for key, label in KINDS.items()}
        if path.startswith("row.") and self.source:
            path = f"{self.source}.{path.removeprefix('row.')}"
        field: Field | None = self.definition.field(path) if path else None
        return field.choice_labels if field is not None else {}

    def _named(self, value: Any, choices: dict[str, str]) -> str:
        return self._quoted(choices[value]) if isinstance(value, str) and value in choices else self.say(value)


def _path(rule: Any) -> str:
    if not isinstance(rule, dict) or set(rule) != {"var"}:
        return ""
    return rule["var"][0] if isinstance(rule["var"], list) else rule["var"]


SAY: dict[str, Callable[[_Speaker, str, list[Any]], str]] = {
    **dict.fromkeys(COMPARED, _Speaker._compare),
    **dict.fromkeys(("and", "or"), _Speaker._joined),
    **dict.fromkeys(("all", "some", "count"), _Speaker._over_rows),
    **dict.fromkeys(SIGNS, _Speaker._reckon),
    **dict.fromkeys(("min", "max", "sum", "len"), _Speaker._function),
    "!": _Speaker._not,
    "between": _Speaker._between,
    "if": _Speaker._branches,
    "in": _Speaker._within,
    "missing": _Speaker._missing,
    "round": _Speaker._round,
    "var": _Speaker._var,
}
