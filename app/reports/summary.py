"""The summary sheet 推荐汇总表: the type's description of it and projected rows in, a Table out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.forms.definition import Line, SheetColumn, SheetPart, SheetSpec, TypeDefinition

from .table import Column, Kind, Part, Table

KINDS = {
    "money": Kind.MONEY,
    "computed": Kind.MONEY,
    "number": Kind.NUMBER,
    "percent": Kind.NUMBER,
    "int": Kind.INTEGER,
    "date": Kind.DATE,
    "month": Kind.MONTH,
    "choice": Kind.CENTRED,
    "phone": Kind.CENTRED,
    "credit_code": Kind.CENTRED,
    "region": Kind.CENTRED,
}
PRIORITY = "priority"  # 推荐优先顺序, where a layout has a column for it
NARROW = 16  # digits: texts in columns up to this width look better centred

DEFAULT_WIDTH = 20
BLANK = "＿＿＿＿＿＿"
BETWEEN = "　" * 6
UNASSIGNED = "其他单位"


def summary_table(
    spec: SheetSpec,
    rows: Iterable[Mapping[str, Any]],
    *,
    meta: Mapping[str, str],
    definition: TypeDefinition | None = None,
    mark: str = "",
    sheet: str = "汇总表",
) -> Table:
    """Return the sheet for rows of projected columns ({"text_1": …}), in the order given, numbered from 1 in each part.

    `meta` are the `meta.…` values of its lines; what is missing leaves a blank to fill by hand. A row that belongs to
    none of the parts is put under a part of its own rather than left out.
    """
    columns = [_column(column, definition) for column in spec.columns]
    title, above = spec.title, [_line(line, meta) for line in spec.lines]
    below = [BETWEEN.join(_line(line, meta) for line in spec.footer)] if spec.footer else []
    if not any(part.column for part in spec.parts):
        return Table(title, columns, list(_numbered(spec.columns, rows)), above, below, mark=mark, sheet=sheet)
    parts = _parts(spec, list(rows))
    return Table(title, columns, (), above, below, parts, mark=mark, sheet=sheet)


def _parts(spec: SheetSpec, rows: Sequence[Mapping[str, Any]]) -> list[Part]:
    parts, left = [], list(rows)
    for part in spec.parts:
        chosen = [row for row in left if _belongs(row, part)]
        left = [row for row in left if not _belongs(row, part)]
        parts.append(Part(part.label, list(_numbered(spec.columns, chosen))))
    if left:
        parts.append(Part(UNASSIGNED, list(_numbered(spec.columns, left))))
    return parts


def _belongs(row: Mapping[str, Any], part: SheetPart) -> bool:
    return not part.column or row.get(part.column) == part.value


def _numbered(columns: Sequence[SheetColumn], rows: Iterable[Mapping[str, Any]]) -> Iterable[list[Any]]:
    for number, row in enumerate(rows, 1):
        yield [number if column.column == "number" else row.get(column.column) for column in columns]


def _column(column: SheetColumn, definition: TypeDefinition | None) -> Column:
    width = column.width or DEFAULT_WIDTH  # digits, as spreadsheets count
    return Column(column.label, width / 2, _kind(column, definition, width))


def _kind(column: SheetColumn, definition: TypeDefinition | None, width: int) -> Kind:
    if column.column in ("number", PRIORITY):
        return Kind.CENTRED
    if column.column.startswith("text"):
        return Kind.CENTRED if width <= NARROW else _kind_of_field(column, definition, Kind.TEXT)
    return _kind_of_field(column, definition, Kind.DATE if column.column.startswith("date") else Kind.NUMBER)


def _kind_of_field(column: SheetColumn, definition: TypeDefinition | None, otherwise: Kind) -> Kind:
    field = definition.field(column.path) if definition and column.path else None
    return KINDS.get(field.type, otherwise) if field else otherwise


def _line(line: Line, meta: Mapping[str, str]) -> str:
    value = meta.get(line.source) or meta.get(line.source.removeprefix("meta.")) if line.source else ""
    return f"{line.label}：{value or BLANK}"
