"""Kinds made of other fields: a matrix (fixed rows and columns) and a repeat (a list of records)."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _

from .. import controls
from .base import FieldError, Kind
from .names import POSTED, REMOVE

if TYPE_CHECKING:
    from ..definition import Column, Field

ROW_ID = re.compile(r"[A-Za-z0-9_]{1,32}")
ROW_NUMBER = re.compile(r"\d{1,4}")
READ_LIMIT = 1000
"""Rows that are read from one post; a repeat may allow fewer."""


def kind_of(field: "Field") -> Kind:
    """Return the kind of a part of a table."""
    from ..fields import KINDS

    return KINDS[field.type]


class Matrix(Kind):
    """Figures by row and column, stored as {column: {row: value}}."""

    options = frozenset({"columns", "rows"})
    needs = frozenset({"columns", "rows"})
    in_tables = False
    own_block = True

    def cells(self, field: "Field") -> Iterator[tuple["Column", "Field"]]:
        """Yield (column, row field), column by column."""
        for column in field.columns:
            for row in field.rows:
                yield column, row

    def clean(self, field: "Field", raw: Any) -> dict[str, dict[str, Any]] | None:
        if raw is None:
            return None
        if not isinstance(raw, dict):
            raise FieldError(_("填写的内容无法识别，请重新填写"))
        result = self._each(field, raw, lambda part, value: kind_of(part).clean(part, value))
        return result or None

    def keep(self, field: "Field", raw: Any) -> Any:
        if not isinstance(raw, dict):
            return None
        return self._each(field, raw, lambda part, value: kind_of(part).keep(part, value)) or None

    def _each(self, field: "Field", raw: dict, read) -> dict[str, dict[str, Any]]:
        result: dict[str, dict[str, Any]] = {}
        for column, row in self.cells(field):
            value = read(row, self.cell(raw, column.key, row.key))
            if value is not None:
                result.setdefault(column.key, {})[row.key] = value
        return result

    @staticmethod
    def cell(stored: Any, column: str, row: str) -> Any:
        """Return the stored value of one cell, or None."""
        line = stored.get(column) if isinstance(stored, dict) else None
        return line.get(row) if isinstance(line, dict) else None

    def read(self, field: "Field", form: Any, name: str) -> tuple[bool, Any]:
        """Return the posted cells, emptied ones as None; cells that were not posted are absent."""
        result: dict[str, dict[str, Any]] = {}
        for column, row in self.cells(field):
            posted, value = kind_of(row).read(row, form, f"{name}-{column.key}-{row.key}")
            if posted:
                result.setdefault(column.key, {})[row.key] = value
        return bool(result), result or None

    def merge(self, field: "Field", before: Any, posted: Any) -> Any:
        merged: dict[str, dict[str, Any]] = {}
        for column, row in self.cells(field):
            line = posted.get(column.key, {})
            value = line[row.key] if row.key in line else self.cell(before, column.key, row.key)
            if value is not None:
                merged.setdefault(column.key, {})[row.key] = value
        return merged or None

    def problems(self, field: "Field", stored: Any) -> Iterator[tuple[str, str, str, Any]]:
        for column, row in self.cells(field):
            value = self.cell(stored, column.key, row.key)
            for rest, _label, kind, message in kind_of(row).problems(row, value):
                yield f".{column.key}.{row.key}{rest}", f"{row.label}（{column.label}）", kind, message

    def rule_value(self, field: "Field", stored: Any) -> dict[str, dict[str, Any]]:
        result: dict[str, dict[str, Any]] = {column.key: {} for column in field.columns}
        for column, row in self.cells(field):
            result[column.key][row.key] = kind_of(row).rule_value(row, self.cell(stored, column.key, row.key))
        return result

    def display(self, field: "Field", stored: Any) -> str:
        lines = []
        for row in field.rows:
            values = [kind_of(row).display(row, self.cell(stored, column.key, row.key)) for column in field.columns]
            if any(values):
                labelled = zip((column.label for column in field.columns), values, strict=True)
                lines.append(f"{row.label}：" + "，".join(f"{label} {value or '—'}" for label, value in labelled))
        return "\n".join(lines)

    def compare(self, field: "Field", before: Any, after: Any) -> Iterator[tuple[str, str, str]]:
        for column, row in self.cells(field):
            sides = (self.cell(side, column.key, row.key) for side in (before, after))
            for rest, *texts in kind_of(row).compare(row, *sides):
                yield f".{column.key}.{row.key}{rest}", *texts

    def wtf(self, field: "Field"):
        return controls.matrix_field(field)


class Repeat(Kind):
    """A list of records with stable row ids, stored as [{"_id": "r1", column: value, …}]."""

    options = frozenset({"columns", "min_rows", "max_rows", "row_label", "numbered", "layout"})
    needs = frozenset({"columns", "max_rows"})
    in_tables = False
    own_block = True

    def clean(self, field: "Field", raw: Any) -> list[dict[str, Any]] | None:
        return self._rows(field, raw, lambda part, value: kind_of(part).clean(part, value))

    def keep(self, field: "Field", raw: Any) -> Any:
        return self._rows(field, raw, lambda part, value: kind_of(part).keep(part, value))

    def _rows(self, field: "Field", raw: Any, read) -> list[dict[str, Any]] | None:
        if not isinstance(raw, list):
            return None
        kept = []
        for row in raw:
            if isinstance(row, dict):
                values = {part.key: read(part, row.get(part.key)) for part in field.columns}
                kept.append(
                    {"_id": row.get("_id"), **{key: value for key, value in values.items() if value is not None}}
                )
        return with_ids([row for row in kept if len(row) > 1]) or None

    def read(self, field: "Field", form: Any, name: str) -> tuple[bool, Any]:
        numbers = posted_rows(form, name)
        if not numbers and name + POSTED not in form:
            return False, None
        removed = form.get(REMOVE)
        prefixes = [f"{name}-{number}" for number in numbers]
        rows = [self._read_row(field, form, prefix) for prefix in prefixes if prefix != removed]
        return True, with_ids([row for row in rows if len(row) > 1]) or None

    def _read_row(self, field: "Field", form: Any, prefix: str) -> dict[str, Any]:
        row: dict[str, Any] = {"_id": form.get(f"{prefix}-row_id")}
        for part in field.columns:
            _posted, value = kind_of(part).read(part, form, f"{prefix}-{part.key}")
            if value is not None:
                row[part.key] = value
        return row

    def problems(self, field: "Field", stored: Any) -> Iterator[tuple[str, str, str, Any]]:
        rows = stored if isinstance(stored, list) else []
        least = max(field.min_rows, 1 if field.required else 0)
        if len(rows) < least:
            yield "", "", "missing", _("请至少填写%(least)s条，现有%(count)s条", least=least, count=len(rows))
        if len(rows) > field.max_rows:
            yield (
                "",
                "",
                "invalid",
                _("最多填写%(most)s条，现有%(count)s条，请删减", most=field.max_rows, count=len(rows)),
            )
        for number, row in enumerate(rows):
            for part in field.columns:
                for rest, _label, kind, message in kind_of(part).problems(part, row.get(part.key)):
                    label = str(_("第%(number)s条 %(label)s", number=number + 1, label=part.label))
                    yield f".{number}.{part.key}{rest}", label, kind, message

    def rule_value(self, field: "Field", stored: Any) -> list[dict[str, Any]]:
        rows = stored if isinstance(stored, list) else []
        return [{part.key: kind_of(part).rule_value(part, row.get(part.key)) for part in field.columns} for row in rows]

    def display(self, field: "Field", stored: Any) -> str:
        rows = stored if isinstance(stored, list) else []
        return "\n".join(f"{number}. {self.display_row(field, row)}" for number, row in enumerate(rows, 1))

    def display_row(self, field: "Field", row: dict[str, Any]) -> str:
        """Return one record on one line."""
        values = ((part.label, kind_of(part).display(part, row.get(part.key))) for part in field.columns)
        return "；".join(f"{label}：{value}" for label, value in values if value)

    def flaws(self, field: "Field") -> Iterator[str]:
        if not 1 <= field.max_rows <= READ_LIMIT:
            yield f"max_rows must be 1 to {READ_LIMIT}"
        if field.min_rows > field.max_rows:
            yield "min_rows is greater than max_rows"

    def hint(self, field: "Field") -> Any:
        if field.min_rows:
            return _("%(least)s-%(most)s条", least=field.min_rows, most=field.max_rows)
        return _("最多%(most)s条", most=field.max_rows)

    def compare(self, field: "Field", before: Any, after: Any) -> Iterator[tuple[str, str, str]]:
        former = {row.get("_id"): row for row in before or ()}
        for number, row in enumerate(after or ()):
            old = former.pop(row.get("_id"), None)
            if old is None:
                yield f".{number}", "", self.display_row(field, row)
                continue
            for part in field.columns:
                for rest, *texts in kind_of(part).compare(part, old.get(part.key), row.get(part.key)):
                    yield f".{number}.{part.key}{rest}", *texts
        for row in former.values():
            yield "", self.display_row(field, row), ""

    def wtf(self, field: "Field"):
        return controls.repeat_field(field, self.hint(field))


def posted_rows(form: Any, name: str) -> list[int]:
    """Return the row numbers posted under a repeat, in order."""
    start = name + "-"
    numbers = {key[len(start) :].partition("-")[0] for key in form if key.startswith(start)}
    return sorted(int(number) for number in numbers if ROW_NUMBER.fullmatch(number))[:READ_LIMIT]


def with_ids(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give every row a stable id: a valid one that came with it, otherwise the next free `rN`."""
    taken: set[str] = set()
    for row in rows:
        if not _usable(row["_id"], taken):
            row["_id"] = None
        else:
            taken.add(row["_id"])
    number = 0
    for row in rows:
        while row["_id"] is None:
            number += 1
            if f"r{number}" not in taken:
                row["_id"] = f"r{number}"
                taken.add(row["_id"])
    return rows


def _usable(row_id: Any, taken: set[str]) -> bool:
    return isinstance(row_id, str) and bool(ROW_ID.fullmatch(row_id)) and row_id not in taken
