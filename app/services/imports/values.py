"""Texts of a sheet as values; what cannot be read is noted as a problem of its line."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext
from stdnum.cn import uscc

from .reading import Heading, Line, Problem

_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?: 00:00(?::00)?)?")
_EIGHT = re.compile(r"(\d{4})(\d{2})(\d{2})")


class LineReader:
    """Reads one line; problems go into the list that all lines share."""

    def __init__(self, line: Line, headings: Sequence[Heading], problems: list[Problem]) -> None:
        self.line = line
        self.labels = {heading.key: heading.label for heading in headings}
        self.problems = problems

    def refuse(self, key: str, sentence: str) -> None:
        """Note what is wrong in a column of this line."""
        self.problems.append(Problem(self.line.number, str(self.labels[key]), sentence))

    def text(self, key: str, longest: int) -> str | None:
        """Return a text on one line, None when it is empty or too long."""
        text = " ".join(self.line.values[key].split())
        if len(text) > longest:
            self.refuse(key, gettext("最多 %(limit)s 字，请删减。", limit=longest))
            return None
        return text or None

    def credit_code(self, key: str) -> str | None:
        """Return a valid credit code (GB 32100-2015)."""
        code = "".join(self.line.values[key].split()).upper()
        if code and not uscc.is_valid(code):
            self.refuse(key, gettext("统一社会信用代码有误，请核对 18 位代码。"))
            return None
        return code or None

    def day(self, key: str, latest: date | None = None) -> date | None:
        """Return a day written as 2024-05-01, 2024/5/1, 2024年5月1日 or 20240501, not after `latest`."""
        text = self.line.values[key]
        if not text:
            return None
        day = read_day(text)
        if day is None:
            self.refuse(key, gettext("请填写存在的日期，例如 2024-05-01。"))
        elif latest is not None and day > latest:
            self.refuse(key, gettext("日期不能晚于今天。"))
        return day


def read_day(text: str) -> date | None:
    """Return the day that a text spells, None when it spells none."""
    match = _DAY.fullmatch(text.strip()) or _EIGHT.fullmatch(text.strip())
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def report(read: int, done: int, problems: Sequence[Problem]) -> dict[str, Any]:
    """Return what a job tells about an import, problems in the order of the sheet."""
    rows = sorted((problem.as_row() for problem in problems), key=lambda row: row[0])
    return {"read": read, "done": done, "problems": rows}
