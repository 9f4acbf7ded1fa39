"""节假日: days off and weekend days that are worked, per site, kept by the operators."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from ..errors import Invalid
from ..extensions import db
from ..models import Account, Holiday
from . import audit

LONGEST_NAME = 40
YEARS = range(2000, 2100)


def special_days(site_id: int) -> dict[date, bool]:
    """Return {day: whether it is worked} of the days that differ from their weekday; read it once per site."""
    return dict(db.session.execute(select(Holiday.day, Holiday.works).where(Holiday.site_id == site_id)).all())


def add_holiday(site_id: int, day: date, name: str, *, works: bool, by: Account, at: datetime) -> Holiday:
    """Add one day; raises Invalid when it is there already."""
    holiday = Holiday(site_id=site_id, day=_checked_day(day), name=_checked_name(name), works=works)
    if db.session.scalar(_on(site_id, day).exists().select()):
        raise Invalid(_("%(day)s 已在节假日表中，请直接修改。", day=day), fields={"day": _("该日期已存在")})
    db.session.add(holiday)
    db.session.flush()
    audit.record("add", holiday, by=by, at=at, detail=_facts(holiday))
    return holiday


def change_holiday(holiday: Holiday, *, name: str, works: bool, by: Account, at: datetime) -> None:
    """Rename a day or say whether it is worked."""
    before = _facts(holiday)
    holiday.name, holiday.works = _checked_name(name), works
    if _facts(holiday) != before:
        audit.record("change", holiday, by=by, at=at, detail={"before": before, **_facts(holiday)})


def remove_holiday(holiday: Holiday, *, by: Account, at: datetime) -> None:
    """Take a day out of the list: it counts by its weekday again."""
    audit.record("remove", holiday, by=by, at=at, detail=_facts(holiday))
    db.session.delete(holiday)


def take_in(site_id: int, days: Mapping[date, tuple[str, bool]], *, by: Account, at: datetime) -> int:
    """Put a list {day: (name, worked)} in place; what is there already takes the new name; returns how many differ."""
    known = {h.day: h for h in db.session.scalars(select(Holiday).where(Holiday.site_id == site_id))}
    differing = 0
    for day, (name, works) in days.items():
        holiday = known.get(day)
        if holiday is None:
            add_holiday(site_id, day, name, works=works, by=by, at=at)
        elif (holiday.name, holiday.works) != (name, works):
            change_holiday(holiday, name=name, works=works, by=by, at=at)
        else:
            continue
        differing += 1
    return differing


def _on(site_id: int, day: date) -> Any:
    return select(Holiday.id).where(Holiday.site_id == site_id, Holiday.day == day)


def _checked_day(day: date) -> date:
    if day.year not in YEARS:
        message = _("日期应在 2000 年至 2099 年之间，请核对。")
        raise Invalid(message, fields={"day": message})
    return day


def _checked_name(name: str) -> str:
    text = " ".join((name or "").split())
    if not 1 <= len(text) <= LONGEST_NAME:
        message = _("请填写名称，不超过 40 个字，例如：国庆节。")
        raise Invalid(message, fields={"name": message})
    return text


def _facts(holiday: Holiday) -> dict[str, Any]:
    return {"day": holiday.day.isoformat(), "name": holiday.name, "works": holiday.works}
