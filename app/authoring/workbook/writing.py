"""From the body of a type to a workbook."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from . import sheets
from .cells import LONGEST, MISSING, UNFIT
from .sheets import HEAD_NAMES, LISTED, OTHER, PAIRS, Column, Sheet

Row = Mapping[str, Any]
LONG_MARK = "@长文字"
LONGEST_OFFER, LAST_OFFERED = 255, 1000  # characters that Excel takes; lines that get the list


def write_workbook(body: Mapping[str, Any]) -> bytes:
    """Return a type as an .xlsx; reading it back gives the same body."""
    book = _Book()
    book.explain()
    left = deepcopy(dict(body))
    book.add(sheets.HEAD, _head(left))
    book.add(*_sections(left))
    book.add(*_fields(left))
    book.add(sheets.CHOICES, _choices(left))
    for place, sheet in LISTED.items():
        book.add(sheet, _listed(left, place))
    book.add(sheets.PROJECT, _project(left))
    for name, sheet in PAIRS.items():
        book.add(sheet, _pairs(left, name))
    book.add(sheets.LISTS, _lists(left))
    book.add(sheets.REST, [{"@name": name, "@value": value} for name, value in left.items()])
    return book.content()


class _Book:
    """The workbook as it grows; texts too long for a cell go to a sheet of their own."""

    def __init__(self) -> None:
        self.book = Workbook(write_only=True)
        self.long: list[str] = []

    def explain(self) -> None:
        """Begin with a sheet that says what stands where."""
        page = self.book.create_sheet("说明")
        page.column_dimensions["A"].width, page.column_dimensions["B"].width = 16, 90
        page.append([self._heading(page, text) for text in ("工作表", "内容")])
        for sheet in sheets.EXPLAINED:
            page.append([sheet.title, sheet.note])

    def add(self, sheet: Sheet, rows: Iterable[Row]) -> None:
        """Add a sheet with a line for each row."""
        page = self.book.create_sheet(sheet.title)
        columns = (*sheet.columns, OTHER)
        page.freeze_panes = "A2"
        for number, column in enumerate(columns, 1):
            page.column_dimensions[get_column_letter(number)].width = column.width
        page.append([self._heading(page, column.heading) for column in columns])
        self._offer(page, columns)
        for row in rows:
            page.append([self._cell(page, value) for value in _cells(sheet, row)])

    def _offer(self, page: Any, columns: Sequence[Column]) -> None:
        """Offer the words that a column takes as a drop-down list; keys may be typed all the same."""
        for number, column in enumerate(columns, 1):
            words = getattr(column.codec, "words", ())
            if words and len(",".join(words)) < LONGEST_OFFER:
                offer = DataValidation("list", formula1=f'"{",".join(words)}"', showErrorMessage=False)
                letter = get_column_letter(number)
                offer.add(f"{letter}2:{letter}{LAST_OFFERED}")
                page.data_validations.append(offer)

    def _heading(self, page: Any, text: str) -> Cell:
        cell = WriteOnlyCell(page, text)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DDE7F5")
        return cell

    def _cell(self, page: Any, value: Any) -> Cell | None:
        if value is MISSING:
            return None
        if isinstance(value, str) and len(value) > LONGEST:
            value = self._keep_long(value)
        cell = WriteOnlyCell(page, value)
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        if isinstance(value, str):
            cell.data_type = "s"
            cell.number_format = "@"
        return cell

    def _keep_long(self, text: str) -> str:
        first = len(self.long) + 1
        self.long += [text[start : start + LONGEST] for start in range(0, len(text), LONGEST)]
        return f"{LONG_MARK}{first}-{len(self.long)}"

    def content(self) -> bytes:
        """Return the file."""
        if self.long:
            page = self.book.create_sheet(sheets.LONG.title)
            page.append([column.heading for column in sheets.LONG.columns])
            for number, part in enumerate(self.long, 1):
                cell = WriteOnlyCell(page, part)
                cell.data_type = "s"
                page.append([number, cell])
        stream = BytesIO()
        self.book.save(stream)
        return stream.getvalue()


def _cells(sheet: Sheet, row: Row) -> Iterator[Any]:
    left = dict(row)
    for column in sheet.columns:
        value = left.get(column.key, MISSING)
        cell = MISSING if value is MISSING else column.codec.write(value)
        if cell is UNFIT:
            cell = MISSING
        else:
            left.pop(column.key, None)
        yield cell
    yield OTHER.codec.write(left) if left else MISSING


def _head(left: dict[str, Any]) -> list[Row]:
    rows = []
    for path, (label, codec) in HEAD_NAMES.items():
        value = _take(left, tuple(path.split(".")), lambda found, codec=codec: codec.write(found) is not UNFIT)
        if value is not MISSING:
            rows.append({"name": label, "value": codec.write(value)})
    return rows


def _take(left: dict[str, Any], place: tuple[str, ...], fits: Any) -> Any:
    """Take a value out of what is left to write, when it has the right shape; empty mappings above it stay."""
    holder: Any = left
    for key in place[:-1]:
        holder = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(holder, dict) or place[-1] not in holder or not fits(holder[place[-1]]):
        return MISSING
    return holder.pop(place[-1])


def _is_entries(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) and item for item in value)


def _is_texts(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(isinstance(v, str | int) and not isinstance(v, bool) for v in value.values())
    )


def _listed(left: dict[str, Any], place: tuple[str, ...]) -> list[Row]:
    value = _take(left, place, _is_entries)
    return [] if value is MISSING else value


def _pairs(left: dict[str, Any], name: str) -> list[Row]:
    value = _take(left, (name,), _is_texts)
    return [] if value is MISSING else [{"@name": key, "@value": item} for key, item in value.items()]


def _project(left: dict[str, Any]) -> list[Row]:
    fits = lambda value: isinstance(value, dict) and value and all(isinstance(v, dict) and v for v in value.values())  # noqa: E731
    value = _take(left, ("project",), fits)
    return [] if value is MISSING else [{"@column": key, **item} for key, item in value.items()]


def _is_form(value: Any) -> bool:
    return _is_entries(value) and all(_is_entries(section.get("fields")) for section in value)


def _sections(left: dict[str, Any]) -> tuple[Sheet, list[Row]]:
    value = left["sections"] if _is_form(left.get("sections")) else []
    return sheets.SECTIONS, [{k: v for k, v in section.items() if k != "fields"} for section in value]


def _fields(left: dict[str, Any]) -> tuple[Sheet, list[Row]]:
    value = _take(left, ("sections",), _is_form)
    sections = [] if value is MISSING else value
    return sheets.FIELDS, [row for section in sections for row in _rows_of(section)]


def _rows_of(section: Mapping[str, Any]) -> Iterator[Row]:
    for field in section["fields"]:
        parts = {place: field[place] for place in ("columns", "rows") if _is_entries(field.get(place))}
        yield {"@section": section.get("key", "")} | {k: v for k, v in field.items() if k not in parts}
        for place, members in parts.items():
            for member in members:
                yield {"@section": section.get("key", ""), "@parent": field.get("key", ""), "@place": place} | member


def _choices(left: dict[str, Any]) -> list[Row]:
    taken = left.get("choices")
    if not taken or not isinstance(taken, dict):
        return []
    rows: list[Row] = []
    for name in list(taken):
        found = list(_rows_of_choices(name, taken[name]))
        if found and None not in found:
            rows += found
            del taken[name]
    if not taken:
        del left["choices"]
    return rows


def _rows_of_choices(name: str, value: Any) -> Iterator[Row | None]:
    """Yield the rows of a list of options; None for what has another shape."""
    if isinstance(value, dict) and set(value) == {"@codelist"} and isinstance(value["@codelist"], str):
        yield {"@list": name, "@code_list": value["@codelist"]}
        return
    for item in value if isinstance(value, list) else [None]:
        if isinstance(item, dict) and set(item) == {"group", "choices"} and _is_entries(item["choices"]):
            for option in item["choices"]:
                yield _option(name, option, {"@group": item["group"]})
        else:
            yield _option(name, item, {})


def _option(name: str, option: Any, more: Row) -> Row | None:
    if not isinstance(option, dict) or len(option) != 1 or not isinstance(next(iter(option.values())), str):
        return None
    ((key, label),) = option.items()
    return {"@list": name, **more, "@key": key, "@label": label}


def _lists(left: dict[str, Any]) -> list[Row]:
    taken = left.get("lists")
    if not taken or not isinstance(taken, dict):
        return []
    rows: list[Row] = []
    for name in list(taken):
        value = taken[name]
        if isinstance(value, dict) and set(value) == {"@codelist"} and isinstance(value["@codelist"], str):
            rows.append({"@list": name, "@code_list": value["@codelist"]})
        elif isinstance(value, list) and value and all(isinstance(item, str) for item in value):
            rows += [{"@list": name, "@value": item} for item in value]
        else:
            continue
        del taken[name]
    if not taken:
        del left["lists"]
    return rows
