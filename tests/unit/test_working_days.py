"""Working days of October 2024: a week off, paid for by two weekend days that are worked."""

from datetime import date

import pytest

from app.working_days import add_working_days, is_working_day, working_days_between

SPECIAL = {date(2024, 10, d): False for d in range(1, 8)} | {date(2024, 9, 29): True, date(2024, 10, 12): True}


def day(text: str) -> date:
    return date.fromisoformat(f"2024-{text}")


@pytest.mark.parametrize(
    ("text", "worked"),
    [
        ("09-27", True),  # a Friday
        ("09-28", False),  # a Saturday
        ("09-29", True),  # a Sunday that is worked
        ("10-01", False),  # a Tuesday off
        ("10-07", False),
        ("10-08", True),
        ("10-12", True),  # a Saturday that is worked
        ("10-13", False),
    ],
)
def test_holidays_and_worked_weekends(text, worked):
    assert is_working_day(day(text), SPECIAL) is worked


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("09-27", 0, "09-27"),
        ("09-27", 1, "09-29"),
        ("09-30", 1, "10-08"),
        ("09-30", 5, "10-12"),
        ("10-05", 1, "10-08"),
        ("10-08", -1, "09-30"),
        ("10-13", -1, "10-12"),
    ],
)
def test_adding_working_days(start, count, end):
    assert add_working_days(day(start), count, SPECIAL) == day(end)


@pytest.mark.parametrize("count", [-40, -7, -1, 0, 1, 6, 30])
@pytest.mark.parametrize("start", ["09-27", "09-29", "10-08", "10-12"])
def test_counting_undoes_adding(start, count):
    assert working_days_between(day(start), add_working_days(day(start), count, SPECIAL), SPECIAL) == count


def test_days_off_at_either_end_are_not_counted():
    assert working_days_between(day("10-01"), day("10-07"), SPECIAL) == 0
    assert working_days_between(day("09-30"), day("10-09"), SPECIAL) == 2
    assert working_days_between(day("10-09"), day("09-30"), SPECIAL) == -2
