"""What rules may name, as lists for the pages on which rules are built from rows; read tolerantly from a body."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ..forms.vocabulary import MONEY_UNITS
from .words import KINDS, PARTS_OF_TITLES

Field = dict[str, Any]

FIGURES = frozenset({"int", "number", "money", "percent", "computed"})
NOT_COMPARED = frozenset({"file", "consent"})
ENTERPRISE = {
    "name": (_("单位名称"), "text"),
    "credit_code": (_("统一社会信用代码"), "text"),
    "city": (_("所在市"), "text"),
    "county": (_("所在区县"), "text"),
    "region": (_("所在地区"), "text"),
    "industry": (_("所属行业"), "text"),
    "kind": (_("企业类型"), "text"),
    "established_on": (_("成立日期"), "date"),
    "registered_capital": (_("注册资本"), "money"),
    "revenue": (_("上年营业收入"), "money"),
    "rd_spend": (_("上年研发投入"), "money"),
    "average_revenue": (_("近三年平均营业收入"), "money"),
    "certified": (_("通过企业认证"), "bool"),
    "dishonest": (_("被列入失信名单"), "bool"),
    "legal_representative": (_("法定代表人"), "text"),
    "address": (_("地址"), "text"),
    "postcode": (_("邮编"), "text"),
    "main_business": (_("主营业务"), "text"),
}
"""What is known of the declaring enterprise: label and type."""


def rule_fields(body: Mapping[str, Any], *, records: bool = False) -> list[Field]:
    """Return what the rules of a body may read: {path, label, type, group, choices, unit, columns}.

    With `records` also the lists that gates alone may read. Malformed parts of the body are left out.
    """
    unit = MONEY_UNITS.get(str(body.get("money_unit") or "wan_yuan"), "")
    answers = [field for section in _dicts(body.get("sections")) for field in _section(section, body, unit)]
    return [*answers, *_surroundings(unit), *(_titles() if records else ()), *_lists(body)]


def targets(body: Mapping[str, Any]) -> list[Field]:
    """Return the places in the form at which a sentence may stand: fields and the cells of fixed tables."""
    found = []
    for section in _dicts(body.get("sections")):
        group = _text(section.get("title"), body)
        for raw in _dicts(section.get("fields")):
            label = _text(raw.get("label"), body)
            found.append({"path": str(raw.get("key", "")), "label": label, "group": group})
            if raw.get("type") == "matrix":
                found += [{k: cell[k] for k in ("path", "label", "group")} for cell in _cells(raw, body, "", group)]
    return found


def _section(section: Mapping[str, Any], body: Mapping[str, Any], unit: str) -> Iterator[Field]:
    group = _text(section.get("title"), body)
    for raw in _dicts(section.get("fields")):
        kind = raw.get("type")
        if kind == "matrix":
            yield from _cells(raw, body, unit, group)
        elif kind == "repeat":
            yield from _list(raw, body, unit, group)
        elif kind not in NOT_COMPARED:
            yield _field(raw, str(raw.get("key", "")), body, unit) | {"group": group}


def _cells(raw: Mapping[str, Any], body: Mapping[str, Any], unit: str, group: str) -> Iterator[Field]:
    for column in _dicts(raw.get("columns")):
        for row in _dicts(raw.get("rows")):
            path = f"{raw.get('key')}.{column.get('key')}.{row.get('key')}"
            label = f"{_text(row.get('label'), body)}（{_text(column.get('label'), body)}）"
            yield _field(row, path, body, unit) | {"label": label, "group": group}


def _list(raw: Mapping[str, Any], body: Mapping[str, Any], unit: str, group: str) -> Iterator[Field]:
    key, label = str(raw.get("key", "")), _text(raw.get("label"), body)
    columns = _dicts(raw.get("columns"))
    inside = [_field(column, f"row.{column.get('key')}", body, unit) for column in columns]
    yield {"path": key, "label": label, "type": "list", "group": group, "columns": inside}
    for column in columns:
        if column.get("type") in FIGURES:
            named = gettext("%(list)s：%(column)s合计", list=label, column=_text(column.get("label"), body))
            field = _field(column, f"{key}.{column.get('key')}", body, unit)
            yield field | {"label": named, "type": "sum", "group": group}


def _field(raw: Mapping[str, Any], path: str, body: Mapping[str, Any], unit: str) -> Field:
    kind = str(raw.get("type", ""))
    field: Field = {"path": path, "label": _text(raw.get("label"), body), "type": kind}
    named = raw.get("unit") or {"money": unit, "percent": "%"}.get(kind)
    if named:
        field["unit"] = str(named)
    if kind in ("choice", "choices"):
        field["choices"] = _choices(raw.get("choices"), body)
    return field


def _choices(name: Any, body: Mapping[str, Any]) -> list[dict[str, str]]:
    named = body.get("choices")
    raw = named.get(name) if isinstance(named, Mapping) and isinstance(name, str) else None
    if isinstance(raw, Mapping):
        kept = body.get("code_lists")
        entry = kept.get(raw.get("@codelist")) if isinstance(kept, Mapping) else None
        raw = entry.get("choices") if isinstance(entry, Mapping) else None
    found = []
    for item in _dicts(raw):
        options = _dicts(item.get("choices")) if "group" in item else [item]
        found += [{"key": str(key), "label": _text(label, body)} for pair in options for key, label in pair.items()]
    return found


def _surroundings(unit: str) -> Iterator[Field]:
    group = gettext("企业信息")
    for name, (label, kind) in ENTERPRISE.items():
        money = {"unit": unit} if kind == "money" else {}
        named = f"{group}·{label}"
        yield {"path": f"enterprise.{name}", "label": named, "type": kind, "group": group, **money}
    group = gettext("申报与指南")
    kinds = [{"key": key, "label": str(label)} for key, label in KINDS.items()]
    yield {"path": "applicant.kind", "label": gettext("申报主体"), "type": "choice", "group": group, "choices": kinds}
    yield {"path": "guide.county_review", "label": gettext("地市指南设置了区县审核"), "type": "bool", "group": group}
    yield {"path": "call.year", "label": gettext("申报年度"), "type": "int", "group": group}
    yield {"path": "call.programme", "label": gettext("项目名称"), "type": "text", "group": group}
    yield {"path": "today", "label": gettext("当天日期"), "type": "date", "group": group}


def _titles() -> Iterator[Field]:
    kinds = {"granted_on": "date", "expires_on": "date"}
    columns = [
        {"path": f"row.{name}", "label": str(label), "type": kinds.get(name, "text")}
        for name, label in PARTS_OF_TITLES.items()
    ]
    named, group = gettext("企业信息·已获称号"), gettext("企业信息")
    yield {"path": "enterprise.titles", "label": named, "type": "list", "group": group, "columns": columns}


def _lists(body: Mapping[str, Any]) -> Iterator[Field]:
    lists = body.get("lists")
    for name in lists if isinstance(lists, Mapping) else ():
        yield {"path": f"lists.{name}", "label": str(name), "type": "names", "group": gettext("名单")}


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _text(value: Any, body: Mapping[str, Any]) -> str:
    """Return a text for people with the names of `vars` filled in."""
    text = str(value or "")
    names = body.get("vars")
    for name, said in names.items() if isinstance(names, Mapping) else ():
        text = text.replace(f"{{{name}}}", str(said))
    return text
