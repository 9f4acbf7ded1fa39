"""How values stand in cells: as an author would type them where that is clear, as JSON where it is not."""

import json
import re
from collections.abc import Mapping
from typing import Any

from ...forms.definition import canonical_json

MISSING = object()
"""Nothing stands there; an empty text is written as two quotation marks."""
UNFIT = object()
"""A value that the column does not hold: it goes to the last one."""
LONGEST = 30_000  # characters; Excel takes 32,767
YES, NO = "是", "否"
_SEPARATORS = re.compile(r"[、,，]")
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]|_x[0-9A-Fa-f]{4}_")
"""What a workbook does not keep as it is: control characters, and what looks like its own way to write them."""


class WorkbookError(ValueError):
    """A workbook that cannot be read as a type; `problems` says in which cell and why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class CellError(ValueError):
    """One cell that cannot be read."""


class Text:
    """Text, as it is typed; what would be read otherwise stands in quotation marks."""

    def write(self, value: Any) -> Any:
        """Return the cell of a value, or UNFIT."""
        if not isinstance(value, str):
            return UNFIT
        plain = value and value == value.strip() and value[0] not in '"=@+-' and not _ODD.search(value)
        return value if plain else _quoted(value)

    def read(self, cell: Any) -> Any:
        """Return the value of a cell; raises CellError."""
        text = as_text(cell)
        return _json(text) if text.startswith('"') else text


class Whole:
    """A whole number."""

    def write(self, value: Any) -> Any:
        return value if isinstance(value, int) and not isinstance(value, bool) else UNFIT

    def read(self, cell: Any) -> Any:
        text = as_text(cell)
        if not re.fullmatch(r"-?\d{1,15}", text):
            raise CellError("请填写整数")
        return int(text)


class Limit:
    """A border: a whole number, or a decimal or a day as text."""

    def write(self, value: Any) -> Any:
        return Whole().write(value) if not isinstance(value, str) else Text().write(value)

    def read(self, cell: Any) -> Any:
        if isinstance(cell, int) and not isinstance(cell, bool):
            return cell
        return Text().read(as_text(cell))


class Flag:
    """Yes or no."""

    words = (YES, NO)

    def write(self, value: Any) -> Any:
        return UNFIT if not isinstance(value, bool) else YES if value else NO

    def read(self, cell: Any) -> Any:
        text = as_text(cell)
        if text not in (YES, NO):
            raise CellError("请填写“是”或“否”")
        return text == YES


class Named:
    """One of some keys, shown by its name; the key itself is read, too."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.keys = {name: key for key, name in names.items()}
        self.words = tuple(names.values())

    def write(self, value: Any) -> Any:
        return self.names.get(value, UNFIT) if isinstance(value, str) else UNFIT

    def read(self, cell: Any) -> Any:
        text = as_text(cell)
        return self.keys.get(text, text)


class Words:
    """A list of words."""

    def write(self, value: Any) -> Any:
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            return UNFIT
        plain = value and all(word and word == word.strip() and not _SEPARATORS.search(word) for word in value)
        clear = plain and value[0][0] not in '["=@+-' and not any(_ODD.search(word) for word in value)
        return "、".join(value) if clear else _quoted(value)

    def read(self, cell: Any) -> Any:
        text = as_text(cell)
        if text.startswith("["):
            return _json(text)
        return [word.strip() for word in _SEPARATORS.split(text) if word.strip()]


class Json:
    """Anything, as JSON; rules stand like this."""

    def write(self, value: Any) -> Any:
        return _quoted(value) if _ODD.search(found := canonical_json(value)) else found

    def read(self, cell: Any) -> Any:
        if isinstance(cell, bool | int | float):
            return cell
        return _json(as_text(cell))


Codec = Text | Whole | Limit | Flag | Named | Words | Json


def as_text(cell: Any) -> str:
    """Return a cell as text; a number that Excel made of digits as the digits."""
    if isinstance(cell, bool):
        return YES if cell else NO
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip()


def _quoted(value: Any) -> str:
    """Return a value as JSON that a workbook keeps as it is."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return json.dumps(value).replace("_x", "\\u005fx") if _ODD.search(text) else text


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise CellError("不是有效的 JSON，请核对引号、括号和逗号") from None
