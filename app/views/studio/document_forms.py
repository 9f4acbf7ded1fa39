"""Forms of the three kinds of documents: what the body says is shown, and what is typed becomes what the body says."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from ...authoring import documents, sources
from ...forms.definition import TypeDefinition
from ..model_forms import Filled

SPARE = 2  # empty lines below those that are there
MOST_LINES = 60
LARGEST = 2048  # MB
Body = Mapping[str, Any]


class FilledWith:
    """Something was given where the named neighbour is given."""

    def __init__(self, neighbour: str) -> None:
        self.neighbour = neighbour

    def __call__(self, form: Any, field: Any) -> None:
        if form[self.neighbour].data and not field.data:
            raise ValidationError(gettext("请填写此项"))


def _amount(label: Any, most: int = LARGEST) -> IntegerField:
    message = _("请填写 1 至 %(most)s 的整数", most=most)
    return IntegerField(label, [Optional(), NumberRange(1, most, message=message)])


def _label(label: Any, neighbour: str) -> StringField:
    return StringField(label, [FilledWith(neighbour), Length(max=80)])


def _select(label: Any, choices: Any, old: Any = None, checks: Iterable[Any] = ()) -> SelectField:
    return SelectField(label, list(checks), choices=kept(choices, old))


def kept(choices: Any, *old: Any) -> Any:
    """Return choices in which also what is chosen already can be found."""
    groups = choices if isinstance(choices, dict) else {"": choices}
    known = {value for group in groups.values() for value, _label in group}
    lost = [(str(value), str(value)) for value in dict.fromkeys(old) if value and str(value) not in known]
    if not lost:
        return choices
    return {**choices, gettext("其他"): lost} if isinstance(choices, dict) else [*choices, *lost]


def source_choices(definition: TypeDefinition, meta: Iterable[str], blank: Any) -> dict[str, list[tuple[str, Any]]]:
    """Return what a line may be filled from, in groups: nothing, facts, answers by section."""
    groups = {gettext("通用"): [("", blank), *((name, sources.META_LABELS[name]) for name in meta)]}
    for answer in sources.answers_of(definition):
        groups.setdefault(answer.section or "—", []).append((answer.path, answer.label))
    return groups


def column_choices(definition: TypeDefinition) -> list[tuple[str, Any]]:
    """Return what a column of a sheet may show: a number, the rank, or an answer that is copied into the list."""
    projected = [(item.path, definition.label(item.path)) for item in definition.projections]
    return [("", _("请选择")), *sources.COUNTED_LABELS.items(), *projected]


def _lines(label: Any, choices: Any, old: Any, *, width: bool = False, needs_source: bool = False) -> FieldList:
    """Return lines of label and source, the old ones first and some empty ones."""
    old = [item for item in old if isinstance(item, Mapping)] if isinstance(old, list) else []
    offered = kept(choices, *(item.get("from") for item in old))
    parts = {
        "label": _label(_("名称"), "source"),
        "source": _select(_("取自"), offered, checks=[FilledWith("label")] if needs_source else ()),
        "place": _amount(_("顺序"), 999),
    } | ({"width": _amount(_("列宽"), 200)} if width else {})
    row = type("LineForm", (Form,), parts)
    filled = [_row(item, number) for number, item in enumerate(old, 1)]
    return FieldList(FormField(row), label, default=filled + [{}] * SPARE, max_entries=MOST_LINES)


def _row(item: Body, number: int) -> dict[str, Any]:
    source = str(item.get("from") or "")
    return {"label": item.get("label"), "source": source, "place": number, "width": item.get("width")}


def form_for(kind: str, old: Body, definition: TypeDefinition, revision: int, steps: Any) -> FlaskForm:
    """Return the form of a document."""
    fields = {"label": StringField(_("名称"), [Filled(), Length(max=60)]), "revision": HiddenField()}
    fields |= FIELDS[kind](old, definition, steps)
    form = type("DocumentForm", (FlaskForm,), fields)
    return form(revision=revision, **VALUES[kind](old))


def document_typed(kind: str, old: Body, form: FlaskForm, definition: TypeDefinition) -> dict[str, Any]:
    """Return the document that a form says."""
    return documents.merged(old, {"label": form["label"].data.strip(), **TYPED[kind](old, form, definition)})


# ---------------------------------------------------------------- the declaration document


def _declaration_fields(old: Body, definition: TypeDefinition, _steps: Any) -> dict[str, Any]:
    choices = source_choices(definition, sources.COVER_META, _("留空，由申报单位手写"))
    return {
        "before": BooleanField(_("提交前必须生成"), description=_("提交时申报书须与填报内容一致。")),
        "sealed": _select(_("盖章版"), list(documents.SEALED_LABELS.items()), old.get("sealed"), [_NeedsDocument()]),
        "max_mb": _amount(_("盖章版大小上限（MB）")),
        "watermark_draft": StringField(_("预览水印"), [Length(max=10)], description=_("留空为“草稿”。")),
        "title": TextAreaField(_("封面标题"), [Length(max=400)], description=_("每行一句；留空用类型名称。")),
        "subtitle": TextAreaField(_("封面副标题"), [Length(max=400)], description=_("每行一句。")),
        "lines": _lines(_("封面栏目"), choices, _mapping(old, "cover").get("lines")),
    }


class _NeedsDocument:
    def __call__(self, form: Any, field: Any) -> None:
        if field.data == "required" and not form["before"].data:
            raise ValidationError(gettext("必须上传盖章版时，请同时勾选“提交前必须生成”。"))


def _declaration_values(old: Body) -> dict[str, Any]:
    cover = _mapping(old, "cover")
    return {
        "label": old.get("label"),
        "before": old.get("before") == "submit",
        "sealed": old.get("sealed") or "none",
        "max_mb": old.get("max_mb"),
        "watermark_draft": old.get("watermark_draft"),
        "title": _joined(cover.get("title")),
        "subtitle": _joined(cover.get("subtitle")),
    }


def _declaration_typed(old: Body, form: FlaskForm, _definition: TypeDefinition) -> dict[str, Any]:
    cover = {"title": _split(form["title"]), "subtitle": _split(form["subtitle"]), "lines": _typed_lines(form["lines"])}
    return {
        "before": "submit" if form["before"].data else None,
        "sealed": None if form["sealed"].data == "none" else form["sealed"].data,
        "max_mb": form["max_mb"].data,
        "watermark_draft": form["watermark_draft"].data,
        "cover": documents.merged(_mapping(old, "cover"), cover),
    }


# ---------------------------------------------------------------- letters


def _letter_fields(old: Body, _definition: TypeDefinition, steps: Any) -> dict[str, Any]:
    endings = kept([(name, name) for name in documents.LETTER_ENDINGS], *_texts(old.get("ext")))
    return {
        "per": _per(old),
        "step": _select(_("由哪一步骤提交"), [("", _("不限")), *steps], old.get("step")),
        "ext": SelectMultipleField(
            _("文件格式"), [_OneAtLeast()], choices=endings,
            widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(),
        ),
        "max_mb": IntegerField(_("单个文件大小上限（MB）"), [Filled(), NumberRange(1, LARGEST)]),
        "max_files": IntegerField(_("文件数上限"), [Filled(), NumberRange(1, 100)]),
    }  # fmt: skip


class _OneAtLeast:
    def __call__(self, _form: Any, field: Any) -> None:
        if not field.data:
            raise ValidationError(gettext("请至少选择一项"))


def _per(old: Body) -> SelectField:
    choices = [item for item in documents.PER_LABELS.items() if item[0] != "declaration"]
    return _select(_("份数"), choices, old.get("per"))


def _letter_values(old: Body) -> dict[str, Any]:
    return {
        "label": old.get("label"),
        "per": old.get("per") or "call_and_region",
        "step": old.get("step") or "",
        "ext": _texts(old.get("ext")) or ["pdf"],
        "max_mb": old.get("max_mb") or 50,
        "max_files": old.get("max_files") or 10,
    }


def _letter_typed(_old: Body, form: FlaskForm, _definition: TypeDefinition) -> dict[str, Any]:
    return {name: form[name].data for name in ("per", "step", "ext", "max_mb", "max_files")}


# ---------------------------------------------------------------- sheets


def _sheet_fields(old: Body, definition: TypeDefinition, _steps: Any) -> dict[str, Any]:
    sheet = _mapping(old, "sheet")
    facts = [("", _("留空，手写")), *((name, sources.META_LABELS[name]) for name in sources.SHEET_META)]
    columns = column_choices(definition)
    return {
        "per": _per(old),
        "title": StringField(_("表头标题"), [Filled(), Length(max=120)]),
        "lines": _lines(_("表格上方"), facts, sheet.get("lines")),
        "columns": _lines(_("列"), columns, sheet.get("columns"), width=True, needs_source=True),
        "split": _select(
            _("按选项分段"), [("", _("不分段")), *_splits(definition)], sheet.get("split"),
        ),
        "parts": _parts(sheet, definition),
        "footer": _lines(_("表格下方"), facts, sheet.get("footer")),
    }  # fmt: skip


def _splits(definition: TypeDefinition) -> list[tuple[str, str]]:
    found = ((item.path, definition.field(item.path)) for item in definition.projections)
    return [(path, field.label) for path, field in found if field is not None and field.type == "choice"]


def _parts(sheet: Body, definition: TypeDefinition) -> FieldList:
    old = [item for item in sheet.get("parts") or [] if isinstance(item, Mapping)]
    choices = kept([("", "—"), *_options(definition, sheet.get("split"))], *(item.get("value") for item in old))
    row = type("PartForm", (Form,), {"value": _select(_("选项"), choices), "label": _label(_("分段标题"), "value")})
    filled = [{"value": item.get("value"), "label": item.get("label")} for item in old]
    return FieldList(FormField(row), _("分段"), default=filled + [{}] * (1 if filled else 0), max_entries=MOST_LINES)


def _options(definition: TypeDefinition, path: Any) -> list[tuple[str, str]]:
    field = definition.field(path) if isinstance(path, str) and path else None
    return list(field.choice_labels.items()) if field is not None else []


def _sheet_values(old: Body) -> dict[str, Any]:
    sheet = _mapping(old, "sheet")
    return {
        "label": old.get("label"),
        "per": old.get("per") or "call_and_region",
        "title": sheet.get("title"),
        "split": sheet.get("split") or "",
    }


def _sheet_typed(old: Body, form: FlaskForm, definition: TypeDefinition) -> dict[str, Any]:
    sheet, split = _mapping(old, "sheet"), form["split"].data
    typed_parts = [
        {"value": row["value"].data, "label": row["label"].data} for row in form["parts"] if row["value"].data
    ]
    if split != (sheet.get("split") or ""):
        typed_parts = []
    if split and not typed_parts:
        typed_parts = [{"value": value, "label": label} for value, label in _options(definition, split)]
    typed = {
        "title": form["title"].data,
        "lines": _typed_lines(form["lines"]),
        "columns": _typed_lines(form["columns"], "width"),
        "split": split,
        "parts": typed_parts if split else [],
        "footer": _typed_lines(form["footer"]),
    }
    return {"per": form["per"].data, "sheet": documents.merged(sheet, typed)}


# ---------------------------------------------------------------- what they share


def _typed_lines(field: FieldList, *more: str) -> list[dict[str, Any]]:
    rows = [row for row in field if row["label"].data]
    rows.sort(key=lambda row: row["place"].data or MOST_LINES**2)
    return [
        documents.merged({}, {"label": row["label"].data, "from": row["source"].data, **{n: row[n].data for n in more}})
        for row in rows
    ]


def _mapping(body: Body, key: str) -> Body:
    return body[key] if isinstance(body.get(key), Mapping) else {}


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _joined(value: Any) -> str:
    return "\n".join(str(line) for line in value) if isinstance(value, list) else ""


def _split(field: Any) -> list[str]:
    return [line.strip() for line in (field.data or "").splitlines() if line.strip()]


FIELDS = {"declaration": _declaration_fields, "letter": _letter_fields, "sheet": _sheet_fields}
VALUES = {"declaration": _declaration_values, "letter": _letter_values, "sheet": _sheet_values}
TYPED = {"declaration": _declaration_typed, "letter": _letter_typed, "sheet": _sheet_typed}
