"""What differs between two versions of a type, in words, and what becomes of the declarations under way.

cosmetic: drafts move to the new version unnoticed. compatible: drafts move, what was submitted stays. breaking: answers
would be lost or change their meaning, so only new declarations take the new version.
"""

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from ..forms.definition import Field, Section, TypeDefinition


class Weight(enum.IntEnum):
    """How much a change matters to declarations under way."""

    COSMETIC = 0
    COMPATIBLE = 1
    BREAKING = 2

    @property
    def label(self) -> Any:
        """Return the weight as authors read it."""
        return [_("仅文字或版式"), _("兼容"), _("不兼容")][self.value]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: where it is, in the author's words, and what it does."""

    place: str
    sentence: Any
    weight: Weight


def compare(before: TypeDefinition, after: TypeDefinition) -> tuple[Change, ...]:
    """Return what differs, in the order of the newer definition; nothing when both are the same."""
    if before.sha == after.sha:
        return ()
    return (
        *_attributes(_("申报类型"), before, after, TYPE_WORDS),
        *_sections(before, after),
        *_parts(before, after),
    )


def overall(changes: Iterable[Change]) -> Weight:
    """Return the weight of the heaviest change."""
    return max((change.weight for change in changes), default=Weight.COSMETIC)


C, K, B = Weight.COSMETIC, Weight.COMPATIBLE, Weight.BREAKING
Words = Mapping[str, tuple[Any, Weight]]
TYPE_WORDS: Words = {
    "title": (_("名称"), C),
    "short_title": (_("简称"), C),
    "basis": (_("依据"), C),
    "year": (_("年度"), K),
    "subject": (_("项目名称的写法"), K),
    "money_unit": (_("金额单位"), B),
}
SECTION_WORDS: Words = {
    "title": (_("名称"), C),
    "chapter": (_("纸质版大标题"), C),
    "heading": (_("纸质版小标题"), C),
    "intro": (_("说明"), C),
    "grid": (_("列数"), C),
    "label_span": (_("标签列数"), C),
    "printed": (_("打印位置"), C),
    "show": (_("显示条件"), K),
}
FIELD_WORDS: Words = {
    "type": (_("类型"), B),
    "label": (_("名称"), C),
    "help": (_("填写说明"), C),
    "required": (_("必填"), K),
    "readonly": (_("只读"), K),
    "show": (_("显示条件"), K),
    "default": (_("默认值"), K),
    "span": (_("宽度"), C),
    "beside": (_("所在单元格"), C),
    "own_line": (_("另起一行"), C),
    "print": (_("是否打印"), C),
    "min": (_("最小值或最少字数"), K),
    "max": (_("最大值或最多字数"), K),
    "decimals": (_("小数位数"), K),
    "unit": (_("单位"), B),
    "pattern": (_("格式"), K),
    "pattern_message": (_("格式提示"), C),
    "min_items": (_("最少选项数"), K),
    "max_items": (_("最多选项数"), K),
    "level": (_("地区层级"), B),
    "ext": (_("文件格式"), K),
    "max_mb": (_("文件大小上限"), K),
    "min_files": (_("最少文件数"), K),
    "max_files": (_("最多文件数"), K),
    "name_rule": (_("文件命名规则"), K),
    "value": (_("计算公式"), K),
    "text": (_("承诺内容"), B),
    "min_rows": (_("最少条数"), K),
    "max_rows": (_("最多条数"), K),
    "row_label": (_("记录名称"), C),
    "numbered": (_("序号"), C),
    "layout": (_("表格样式"), C),
}
PARTS: Sequence[tuple[str, Any]] = (
    ("choices", _("选项表")),
    ("lists", _("名单")),
    ("prefill", _("预填来源")),
    ("checks", _("校验规则")),
    ("applicants", _("申报主体")),
    ("eligibility", _("申报条件")),
    ("workflow", _("审核流程")),
    ("documents", _("文书")),
    ("project", _("列表字段")),
    ("window", _("建议的申报时间")),
    ("followup", _("后续表单")),
)
OF_THE_FORM = frozenset({"choices"})  # told of field by field
UNTOUCHED_BY = frozenset({"window"})  # proposed for a new call only


def _attributes(place: Any, before: Any, after: Any, words: Words) -> Iterator[Change]:
    for name, (label, weight) in words.items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Change(str(place), _turned(label, old, new), weight)


def _turned(label: Any, old: Any, new: Any) -> Any:
    if isinstance(old, bool):
        return _("%(what)s：改为%(new)s", what=label, new=_("是") if new else _("否"))
    if isinstance(old, Mapping) or isinstance(new, Mapping):
        return _("%(what)s已修改", what=label)
    return _("%(what)s由“%(old)s”改为“%(new)s”", what=label, old=_short(old), new=_short(new))


def _short(value: Any) -> str:
    if value is None or value in ("", ()):
        return str(_("无"))
    text = "、".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _sections(before: TypeDefinition, after: TypeDefinition) -> Iterator[Change]:
    homes = {field.key: section.key for section in after.sections for field in section.fields}
    for section in after.sections:
        old = before.section(section.key)
        if old is None:
            yield Change(section.title, _("新增步骤"), K)
        else:
            yield from _attributes(section.title, old, section, SECTION_WORDS)
        yield from _fields(before, section, old)
    for section in before.sections:
        if after.section(section.key) is None:
            yield Change(section.title, _("删除步骤"), B if section.fields else C)
        for field in section.fields:
            if field.key not in homes:
                yield Change(f"{section.title} · {field.label}", _("删除字段，已填内容不再保留"), B)
    yield from _order(before, after)


def _fields(before: TypeDefinition, section: Section, old: Section | None) -> Iterator[Change]:
    for field in section.fields:
        place = f"{section.title} · {field.label}"
        known, home = before.field(field.key), before.section_of(field.key)
        if known is None:
            yield Change(place, _("新增必填字段") if field.required else _("新增字段"), K)
            continue
        if old is None or home.key != section.key:
            yield Change(place, _("由“%(section)s”移来，已填内容不再保留", section=home.title), B)
        yield from _field(place, known, field)


def _field(place: str, before: Field, after: Field) -> Iterator[Change]:
    yield from _attributes(place, before, after, FIELD_WORDS)
    yield from _choices(place, before, after)
    for attribute, word in (("rows", _("行")), ("columns", _("列"))):
        yield from _members(place, word, getattr(before, attribute), getattr(after, attribute))


def _choices(place: str, before: Field, after: Field) -> Iterator[Change]:
    old, new = before.choice_labels, after.choice_labels
    for key in new.keys() - old.keys():
        yield Change(place, _("新增选项“%(label)s”", label=new[key]), K)
    for key in old.keys() - new.keys():
        yield Change(place, _("删除选项“%(label)s”", label=old[key]), B)
    for key in old.keys() & new.keys():
        if old[key] != new[key]:
            yield Change(place, _("选项“%(old)s”改为“%(new)s”", old=old[key], new=new[key]), C)
    same = old.keys() == new.keys() and all(old[key] == new[key] for key in old)
    if same and before.choices != after.choices:
        yield Change(place, _("选项的顺序或分组已调整"), C)


def _members(place: str, word: Any, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Change]:
    old, new = ({part.key: part for part in parts} for parts in (before, after))
    for key, part in new.items():
        known = old.get(key)
        if known is None:
            yield Change(place, _("新增%(word)s“%(label)s”", word=word, label=part.label), K)
        elif isinstance(part, Field):
            yield from _field(f"{place} · {part.label}", known, part)
        elif known.label != part.label:
            yield Change(place, _("%(word)s“%(old)s”改为“%(new)s”", word=word, old=known.label, new=part.label), C)
    for key in old.keys() - new.keys():
        label = old[key].label
        yield Change(place, _("删除%(word)s“%(label)s”，已填内容不再保留", word=word, label=label), B)
    if old.keys() == new.keys() and list(old) != list(new):
        yield Change(place, _("%(word)s的顺序已调整", word=word), C)


def _order(before: TypeDefinition, after: TypeDefinition) -> Iterator[Change]:
    def order_of(one: TypeDefinition, other: TypeDefinition) -> list[str]:
        return [field.key for field in one.fields if other.field(field.key) is not None]

    if order_of(before, after) != order_of(after, before):
        yield Change(str(_("表单")), _("字段的顺序已调整"), C)


def _parts(before: TypeDefinition, after: TypeDefinition) -> Iterator[Change]:
    for key, label in PARTS:
        old, new = before.body.get(key), after.body.get(key)
        if old == new or key in OF_THE_FORM:
            continue
        weight = C if key in UNTOUCHED_BY else K
        if not old or not new:
            yield Change(str(label), _("新增") if new else _("删除"), weight)
        else:
            for sentence in _named_differences(old, new):
                yield Change(str(label), sentence, weight)


def _named_differences(old: Any, new: Any) -> Iterator[Any]:
    """Say which entries differ, by the names that authors gave them."""
    one, other = dict(_entries(old)), dict(_entries(new))
    for name in other:
        if name not in one:
            yield _("新增“%(name)s”", name=name)
        elif one[name] != other[name]:
            yield _("“%(name)s”已修改", name=name)
    for name in one.keys() - other.keys():
        yield _("删除“%(name)s”", name=name)
    if one == other and list(one) != list(other):
        yield _("顺序已调整")


def _entries(part: Any) -> Iterator[tuple[str, Any]]:
    """Yield (name, content) of the entries of a part: those of its lists by label, others by key."""
    pairs = part.items() if isinstance(part, Mapping) else [("", part)]
    for key, value in pairs:
        if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            for number, item in enumerate(value, 1):
                name = next((item[word] for word in NAMES if item.get(word)), f"{key} {number}")
                yield _short(name), item
        else:
            yield key, value


NAMES = ("label", "message", "text", "why", "title")
