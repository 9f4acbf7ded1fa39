"""Kinds that hold a day or a month, as ISO text."""

import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _

from .. import controls
from .base import FieldError, Kind, as_text, half_width, without_space

if TYPE_CHECKING:
    from ..definition import Field

DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")
FIRST_YEAR, LAST_YEAR = 1840, 2200


class Date(Kind):
    """A day."""

    options = frozenset({"min", "max"})
    moment = True

    def clean(self, field: "Field", raw: Any) -> str | None:
        text = half_width(without_space(as_text(raw)))
        if not text:
            return None
        stored = self.parse(text)
        if field.min is not None and stored < field.min:
            raise FieldError(_("不得早于%(min)s", min=field.min))
        if field.max is not None and stored > field.max:
            raise FieldError(_("不得晚于%(max)s", max=field.max))
        return stored

    def parse(self, text: str) -> str:
        """Return ISO text for the ways in which people write a day."""
        found = DAY.fullmatch(text) or COMPACT_DAY.fullmatch(text)
        day = _existing(*map(int, found.groups())) if found else None
        if day is None:
            raise FieldError(_("请输入存在的日期，例如 2023-05-18"))
        return day.isoformat()

    def sheet_value(self, field: "Field", stored: Any) -> date | None:
        clean = self.rule_value(field, stored)
        return date.fromisoformat(clean) if clean else None

    def flaws(self, field: "Field") -> Iterator[str]:
        for name in ("min", "max"):
            limit = getattr(field, name)
            if limit is not None and not _is(self.parse, limit):
                yield f"{name} is not of this kind: {limit!r}"

    def wtf(self, field: "Field"):
        return controls.text_field(field, self.hint(field), kind="date")


class Month(Date):
    """A month of a year; a whole day is cut to its month."""

    def parse(self, text: str) -> str:
        found = MONTH.fullmatch(text) or DAY.fullmatch(text)
        month = _existing(int(found[1]), int(found[2]), 1) if found else None
        if month is None:
            raise FieldError(_("请输入存在的年月，例如 2015-03"))
        return month.isoformat()[:7]

    def show(self, field: "Field", clean: Any) -> str:
        year, month = clean.split("-")
        return f"{year}年{int(month)}月"

    def sheet_value(self, field: "Field", stored: Any) -> date | None:
        clean = self.rule_value(field, stored)
        return date.fromisoformat(f"{clean}-01") if clean else None

    def wtf(self, field: "Field"):
        return controls.text_field(field, self.hint(field), kind="month")


def _existing(year: int, month: int, day: int) -> date | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _is(parse, text: str) -> bool:
    try:
        return parse(text) == text
    except FieldError:
        return False
