"""What documents and lists may take their values from: answers by their labels, and facts around a declaration."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from ..forms.definition import TypeDefinition
from ..forms.fields import KINDS

MANY = frozenset({"repeat", "file", "consent"})
"""Kinds without one value that could be printed."""

META_LABELS = {
    "meta.filled_on": _("填写日期"),
    "meta.year": _("年度"),
    "meta.programme_name": _("项目认定评定名称"),
    "meta.call_name": _("方向名称"),
    "meta.applicant_name": _("申报人姓名"),
    "meta.applicant_phone": _("申报人电话"),
    "meta.recommending_bureau": _("推荐单位"),
    "meta.filled_by": _("填报人"),
    "meta.filled_by_phone": _("填报人电话"),
}
COVER_META = tuple(META_LABELS)[:6]
SHEET_META = tuple(META_LABELS)[6:]
COUNTED_LABELS = {"number": _("序号"), "priority": _("推荐优先顺序")}


@dataclass(frozen=True)
class Answer:
    """One value that a declaration gives."""

    path: str
    label: str
    section: str
    kind: str

    def fits(self, column: str) -> bool:
        """Tell whether the value may stand in a generic column: `figure`, `text` or `date`."""
        kind = KINDS.get(self.kind)
        if kind is None:
            return False
        return {"figure": bool(kind.figure), "date": bool(kind.moment)}.get(column, True)


def answers_of(definition: TypeDefinition) -> Iterator[Answer]:
    """Yield every answer with one value, in the order of the form."""
    for section in definition.sections:
        for field in section.fields:
            if field.type == "matrix":
                for column in field.columns:
                    for row in field.rows:
                        path = f"{field.key}.{column.key}.{row.key}"
                        yield Answer(path, definition.label(path), section.title, row.type)
            elif field.type not in MANY:
                yield Answer(field.key, field.label, section.title, field.type)


def uses_of_text(body: Mapping[str, Any], name: str) -> list[str]:
    """Return the labels of the fields and documents that show a text of the type."""
    sections = [s for s in _list(body.get("sections")) if isinstance(s, Mapping)]
    fields = [f for s in sections for f in _list(s.get("fields")) if isinstance(f, Mapping)]
    documents = [d for d in _list(body.get("documents")) if isinstance(d, Mapping)]
    return [
        *(str(field.get("label") or field.get("key")) for field in fields if field.get("text_template") == name),
        *(str(item.get("label") or item.get("key")) for item in documents if item.get("template") == name),
    ]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
