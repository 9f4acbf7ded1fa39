"""Moments: stored in UTC, decided to the second and shown in Asia/Shanghai."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return the present moment, UTC aware."""
    return datetime.now(UTC)


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """Return the UTC moment of a wall-clock time in Asia/Shanghai."""
    return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI).astimezone(UTC)


def read(text: str) -> datetime:
    """Return the UTC moment that an ISO text means on the Shanghai clock; ValueError outside the years 1900 to 2999."""
    typed = datetime.fromisoformat(text)
    if not 1900 <= typed.year <= 2999:
        raise ValueError("out of the calendar")
    return typed.replace(tzinfo=typed.tzinfo or SHANGHAI).astimezone(UTC)


def to_local(moment: datetime) -> datetime:
    """Return the same moment on the Shanghai clock; naive values are taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(SHANGHAI)


def show(moment: datetime | None, *, seconds: bool = False) -> str:
    """Return `2024-08-10 18:00` on the Shanghai clock, or `—` when there is none."""
    if moment is None:
        return "—"
    return to_local(moment).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
