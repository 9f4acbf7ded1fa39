"""A cell's value as the text that the person sees in it."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

LOST_DIGITS = 10**15  # from here on a number in Excel no longer keeps its last digits
_UNSEEN = str.maketrans("", "", "\u200b\u200c\u200d\u2060\ufeff")


def tidy(text: str) -> str:
    """Return text without unseen characters and without spaces at its ends, full-width ones included."""
    return text.replace("_x000D_", "").replace("\r\n", "\n").translate(_UNSEEN).strip()


def has_lost_digits(value: Any) -> bool:
    """Tell whether a number is so long that Excel has rounded it: an ID number kept as a number."""
    return isinstance(value, int | float) and abs(value) >= LOST_DIGITS


def as_text(value: Any, number_format: str | None) -> str:
    """Return a cell's value as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return _number(value, number_format or "")
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S" if value.second else "%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date | time) else tidy(str(value))


def _number(value: float, number_format: str) -> str:
    """Write a number in full, as Excel keeps it (15 digits), with the leading zeros that its format shows."""
    text = format(Decimal(f"{value:.15g}"), "f")
    return text.zfill(len(number_format)) if set(number_format) == {"0"} else text
