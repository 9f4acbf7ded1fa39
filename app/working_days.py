"""Working days: Monday to Friday, except holidays, and except weekend days that are worked instead (调休).

`special` holds the days that differ from their weekday: {day: whether it is worked}; read it once per site with
`services.holidays.special_days`.
"""

from collections.abc import Mapping
from datetime import date, timedelta

SATURDAY = 5
ONE_DAY = timedelta(days=1)

Special = Mapping[date, bool]


def is_working_day(day: date, special: Special) -> bool:
    """Tell whether the day is worked."""
    return special.get(day, day.weekday() < SATURDAY)


def add_working_days(day: date, count: int, special: Special) -> date:
    """Return the day that many working days later, earlier for a negative count; 0 is the day itself."""
    step = ONE_DAY if count >= 0 else -ONE_DAY
    left = abs(count)
    while left:
        day += step
        left -= is_working_day(day, special)
    return day


def working_days_between(start: date, end: date, special: Special) -> int:
    """Count the working days after `start` up to and including `end`; negative when `end` is earlier.

    It undoes `add_working_days`: from a day to the day n working days later there are n.
    """
    if end < start:
        return -sum(is_working_day(end + n * ONE_DAY, special) for n in range((start - end).days))
    return sum(is_working_day(start + n * ONE_DAY, special) for n in range(1, (end - start).days + 1))
