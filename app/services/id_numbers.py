"""Numbers of resident identity cards (GB 11643)."""

import re
from datetime import date

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

_FORM = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)


def compact(text: str | None) -> str:
    """Return a number as it is stored."""
    return ric.compact(text or "")


def is_id_number(number: str, today: date) -> bool:
    """Tell whether form, day of birth and check digit are right.

    The place is not compared with the year of birth: numbers have been given out since 1984, also to people born before
    their county had the code that their number begins with.
    """
    if not _FORM.fullmatch(number) or number[-1] != ric.calc_check_digit(number):
        return False
    try:
        return ric.get_birth_date(number) <= today
    except ValidationError:
        return False
