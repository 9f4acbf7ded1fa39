"""Programmes, calls and the guides by which a city narrows them."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from ..clock import show
from ..errors import Forbidden, Invalid
from ..extensions import db
from ..models import Account, Call, CallGuide, DeclarationTypeVersion, Funding, Programme, Region, RegionKind, Site
from . import audit


def create_programme(
    site: Site, name: str, year: int, funding: Funding, level: str, *, by: Account | None, at: datetime, **facts: Any
) -> Programme:
    """Create a programme of a year."""
    programme = Programme(site_id=site.id, name=name, year=year, funding=funding, level=level, **facts)
    db.session.add(programme)
    db.session.flush()
    audit.record("add", programme, by=by, at=at, detail={"name": name, "year": year})
    return programme


def create_call(
    programme: Programme,
    name: str,
    version: DeclarationTypeVersion,
    *,
    opens_at: datetime,
    closes_at: datetime,
    city_due_at: datetime | None,
    by: Account | None,
    at: datetime,
    group: str | None = None,
) -> Call:
    """Create a call with the province's window; raises Invalid when its times contradict each other."""
    require_window(opens_at, closes_at, city_due_at)
    call = Call(
        site_id=programme.site_id, programme=programme, version=version, name=name, group=group,
        opens_at=opens_at, closes_at=closes_at, city_due_at=city_due_at,
    )  # fmt: skip
    db.session.add(call)
    db.session.flush()
    audit.record("add", call, by=by, at=at, detail={"name": name})
    return call


def require_window(opens_at: datetime, closes_at: datetime, city_due_at: datetime | None) -> None:
    """Raise Invalid unless start < end ≤ the city's review deadline."""
    if opens_at >= closes_at:
        message = _("结束时间须晚于开始时间。")
        raise Invalid(message, fields={"closes_at": message})
    if city_due_at is not None and city_due_at < closes_at:
        message = _("地市审核截止时间不能早于申报结束时间。")
        raise Invalid(message, fields={"city_due_at": message})


def publish_guide(
    call: Call,
    city: Region,
    *,
    opens_at: datetime,
    closes_at: datetime,
    county_review: bool,
    county_due_at: datetime | None,
    by: Account | None,
    at: datetime,
    note: str | None = None,
) -> CallGuide:
    """Publish or change a city's guide; raises Forbidden for another city, Invalid outside the province's times."""
    if city.kind is not RegionKind.CITY or (by is not None and by.department.region_id != city.id):
        raise Forbidden(_("只能发布本市的申报指南。"))
    _require_inside(call, opens_at, closes_at, county_review, county_due_at)
    guide = db.session.scalars(
        select(CallGuide).where(CallGuide.call_id == call.id, CallGuide.city_id == city.id)
    ).first()
    if guide is None:
        guide = CallGuide(call=call, city=city)
        db.session.add(guide)
    guide.opens_at, guide.closes_at, guide.note = opens_at, closes_at, note
    guide.county_review, guide.county_due_at = county_review, county_due_at if county_review else None
    db.session.flush()
    audit.record("publish_guide", guide, by=by, at=at, detail={"call": call.id, "city": city.id})
    return guide


def _require_inside(
    call: Call, opens_at: datetime, closes_at: datetime, county_review: bool, county_due_at: datetime | None
) -> None:
    window = f"{show(call.opens_at)} 至 {show(call.closes_at)}"
    if not call.opens_at <= opens_at < closes_at <= call.closes_at:
        message = _("申报时间须在省级规定的 %(window)s 之内，且开始早于结束。", window=window)
        raise Invalid(message, fields={"opens_at": message})
    if not county_review:
        return
    if county_due_at is None:
        raise Invalid(_("请填写区县审核截止时间。"), fields={"county_due_at": _("请填写区县审核截止时间。")})
    if county_due_at <= closes_at or (call.city_due_at is not None and county_due_at > call.city_due_at):
        message = _(
            "区县审核截止时间须晚于申报结束时间，且不晚于地市审核截止时间 %(due)s。", due=show(call.city_due_at)
        )
        raise Invalid(message, fields={"county_due_at": message})
