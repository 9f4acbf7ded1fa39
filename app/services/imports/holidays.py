"""节假日 of a year from Excel: days off, and weekend days that are worked."""

import re
from datetime import date
from typing import Any, BinaryIO

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...errors import BadFile
from .reading import Heading, Line, Problem, find_gaps, read_lines, template

HEADINGS = (
    Heading("day", "日期", required=True),
    Heading("name", "名称", required=True),
    Heading("works", "类型", required=True),
)
KINDS = {"放假": False, "上班": True}
EXAMPLES = (("2024-10-01", "国庆节", "放假"), ("2024-10-12", "国庆节调休", "上班"))
MOST_LINES = 400
LONGEST_NAME = 40
YEARS = range(2000, 2100)
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)


def holiday_template() -> bytes:
    """Return the file to fill in."""
    return template(str(_("节假日")), HEADINGS, EXAMPLES)


def read_holidays(stream: BinaryIO) -> dict[date, tuple[str, bool]]:
    """Return {day: (name, whether it is worked)}; raises BadFile that names every wrong line: all or nothing."""
    lines = read_lines(stream, HEADINGS, max_lines=MOST_LINES)
    days: dict[date, tuple[str, bool]] = {}
    problems = find_gaps(lines, HEADINGS)
    for line in lines if not problems else ():
        try:
            days[_read_day(line, days)] = (_read_name(line), _read_kind(line))
        except _Wrong as wrong:
            problems.append(wrong.problem)
    if problems:
        raise BadFile(gettext("文件未导入，请改正后重新上传：%(problems)s", problems=_listed(problems)))
    return days


class _Wrong(ValueError):
    def __init__(self, line: Line, label: str, message: Any) -> None:
        super().__init__(message)
        self.problem = Problem(line.number, label, message)


def _read_day(line: Line, seen: dict[date, Any]) -> date:
    found = DAY.fullmatch(line.values["day"])
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        day = None
    if day is None:
        raise _Wrong(line, "日期", _("请按 2024-10-01 的格式填写日期"))
    if day.year not in YEARS:
        raise _Wrong(line, "日期", _("日期应在 2000 年至 2099 年之间"))
    if day in seen:
        raise _Wrong(line, "日期", _("同一日期只能出现一次"))
    return day


def _read_name(line: Line) -> str:
    if len(line.values["name"]) > LONGEST_NAME:
        raise _Wrong(line, "名称", _("不超过 40 个字"))
    return line.values["name"]


def _read_kind(line: Line) -> bool:
    if line.values["works"] not in KINDS:
        raise _Wrong(line, "类型", _("请填写“放假”或“上班”"))
    return KINDS[line.values["works"]]


def _listed(problems: list[Problem]) -> str:
    shown = [
        gettext("第 %(line)s 行%(label)s：%(message)s", line=p.line, label=p.label, message=p.message) for p in problems
    ]
    more = gettext("……共 %(n)s 处", n=len(shown)) if len(shown) > 5 else ""
    return gettext("；").join(shown[:5]) + more
