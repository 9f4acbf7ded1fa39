"""From a workbook to the body of a type; what is wrong is told by sheet, line and column."""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook

from . import sheets
from .cells import CellError, WorkbookError
from .sheets import HEAD_NAMES, LISTED, OTHER, PAIRS, Sheet
from .writing import LONG_MARK

MOST_ROWS = 5_000
MOST_BYTES = 30 * 1024 * 1024  # unpacked: a workbook of a type is some hundred kilobytes
MOST_COLUMNS = 60
Row = dict[str, Any]


def read_workbook(stream: BinaryIO) -> dict[str, Any]:
    """Return the body that a workbook holds; raises WorkbookError with every problem found."""
    book = _Book(stream)
    body: dict[str, Any] = {}
    for row in book.rows(sheets.REST):
        body[row.get("@name", "")] = row.get("@value")
    _read_head(book, body)
    _put(body, ("sections",), _sections(book))
    for place, sheet in LISTED.items():
        _put(body, place, list(book.rows(sheet)))
    _put(body, ("project",), {row.pop("@column", ""): row for row in book.rows(sheets.PROJECT)})
    for name, sheet in PAIRS.items():
        _put(body, (name,), {row.get("@name", ""): row.get("@value", "") for row in book.rows(sheet)})
    _merge(body, "choices", _choices(book))
    _merge(body, "lists", _lists(book))
    if book.problems:
        raise WorkbookError(book.problems)
    return body


class _Book:
    """The sheets of a workbook as rows by key."""

    def __init__(self, stream: BinaryIO) -> None:
        self.problems: list[str] = []
        _require_small(stream)
        try:
            self.book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        except Exception as error:  # a damaged file fails in many ways, all of which mean the same
            raise WorkbookError(["文件无法打开，请确认是由本平台导出的 .xlsx 工作簿"]) from error
        self.long = self._read_long()

    def rows(self, sheet: Sheet) -> Iterator[Row]:
        """Yield the filled lines of a sheet; a missing sheet has none."""
        if sheet.title not in self.book.sheetnames:
            return
        lines = self.book[sheet.title].iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS, values_only=True)
        headings = [str(cell).strip() if cell is not None else "" for cell in next(lines, ())]
        unknown = [heading for heading in headings if heading and heading not in sheet.headings]
        if unknown:
            self.problems.append(f"工作表“{sheet.title}”：不认识的列“{'、'.join(unknown)}”")
        for number, cells in enumerate(lines, 2):
            filled = {
                h: c for h, c in zip(headings, cells, strict=False) if h in sheet.headings and c not in (None, "")
            }
            if filled:
                yield self._row(sheet, number, filled)

    def _row(self, sheet: Sheet, number: int, filled: Mapping[str, Any]) -> Row:
        row: Row = {}
        for heading, cell in filled.items():
            column = sheet.headings[heading]
            try:
                value = column.codec.read(self._whole(cell))
            except CellError as error:
                self.problems.append(f"工作表“{sheet.title}”第 {number} 行“{heading}”：{error}")
                continue
            if column is not OTHER:
                row[column.key] = value
            elif isinstance(value, dict):
                row = value | row
            else:
                self.problems.append(f"工作表“{sheet.title}”第 {number} 行“{heading}”：应为花括号中的键和值")
        return row

    def _whole(self, cell: Any) -> Any:
        if not isinstance(cell, str) or not cell.startswith(LONG_MARK):
            return cell
        first, _dash, last = cell.removeprefix(LONG_MARK).partition("-")
        if not (first.isdigit() and last.isdigit()) or int(last) > len(self.long):
            raise CellError("引用的长文字不存在")
        return "".join(self.long[int(first) - 1 : int(last)])

    def _read_long(self) -> list[str]:
        if sheets.LONG.title not in self.book.sheetnames:
            return []
        lines = self.book[sheets.LONG.title].iter_rows(min_row=2, max_row=MOST_ROWS, max_col=2, values_only=True)
        return [str(part) for _number, part in lines if part is not None]


def _require_small(stream: BinaryIO) -> None:
    try:
        with ZipFile(stream) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (BadZipFile, OSError) as error:
        raise WorkbookError(["文件无法打开，请确认是由本平台导出的 .xlsx 工作簿"]) from error
    stream.seek(0)
    if unpacked > MOST_BYTES:
        raise WorkbookError(["工作簿过大，不是一个申报类型"])


def _put(body: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    if not value:
        return
    holder = body
    for key in place[:-1]:
        holder = holder.setdefault(key, {})
    holder[place[-1]] = value


def _merge(body: dict[str, Any], name: str, found: Mapping[str, Any]) -> None:
    if found:
        body[name] = (body.get(name) or {}) | found


def _read_head(book: _Book, body: dict[str, Any]) -> None:
    by_label = {label: (path, codec) for path, (label, codec) in HEAD_NAMES.items()}
    for row in book.rows(sheets.HEAD):
        name = row.get("name", "")
        if name not in by_label:
            book.problems.append(f"工作表“{sheets.HEAD.title}”：不认识的项目“{name}”")
            continue
        path, codec = by_label[name]
        if "value" in row:
            try:
                _put_even_empty(body, tuple(path.split(".")), codec.read(row["value"]))
            except CellError as error:
                book.problems.append(f"工作表“{sheets.HEAD.title}”“{name}”：{error}")


def _put_even_empty(body: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    holder = body
    for key in place[:-1]:
        holder = holder.setdefault(key, {})
    holder[place[-1]] = value


def _sections(book: _Book) -> list[Row]:
    sections = [row | {"fields": []} for row in book.rows(sheets.SECTIONS)]
    by_key = {section.get("key"): section for section in sections}
    tables: dict[tuple[str, str], Row] = {}
    for row in book.rows(sheets.FIELDS):
        key, parent, place = row.pop("@section", ""), row.pop("@parent", ""), row.pop("@place", "")
        where = f"工作表“{sheets.FIELDS.title}”字段“{row.get('label') or row.get('key', '')}”"
        if key not in by_key:
            book.problems.append(f"{where}：没有标识为“{key}”的步骤")
        elif not parent:
            by_key[key]["fields"].append(row)
            tables[key, row.get("key", "")] = row
        elif (key, parent) not in tables or place not in ("rows", "columns"):
            book.problems.append(f"{where}：所属表格“{parent}”须在它之前，并注明是行还是列")
        else:
            tables[key, parent].setdefault(place, []).append(row)
    return sections


def _choices(book: _Book) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in book.rows(sheets.CHOICES):
        name = row.get("@list", "")
        if "@code_list" in row:
            found[name] = {"@codelist": row["@code_list"]}
            continue
        options = found.setdefault(name, [])
        option = {row.get("@key", ""): row.get("@label", "")}
        if "@group" not in row:
            options.append(option)
        elif options and options[-1].get("group") == row["@group"] and "choices" in options[-1]:
            options[-1]["choices"].append(option)
        else:
            options.append({"group": row["@group"], "choices": [option]})
    return found


def _lists(book: _Book) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in book.rows(sheets.LISTS):
        name = row.get("@list", "")
        if "@code_list" in row:
            found[name] = {"@codelist": row["@code_list"]}
        else:
            found.setdefault(name, []).append(row.get("@value", ""))
    return found
