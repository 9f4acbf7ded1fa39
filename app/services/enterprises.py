"""Enterprises: registered with a valid credit code, certified, and kept complete enough to declare."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from ..errors import Invalid
from ..extensions import db
from ..models import (
    Account,
    Declaration,
    DeclarationState,
    Enterprise,
    EnterpriseYear,
    Region,
    RegionKind,
    Site,
)
from . import audit, credit, grants
from .particulars import PARTICULARS, is_credit_code, problems_of, take_over, tidy_all

NO_COUNTY = _("请选择企业所属市和所属县（区）。")


def register_enterprise(
    site: Site, credit_code: str, name: str, *, by: Account | None, at: datetime, **facts: Any
) -> Enterprise:
    """Register an enterprise; raises Invalid on a wrong credit code (GB 32100-2015) or a registered one."""
    credit_code = credit_code.strip().upper()
    if not is_credit_code(credit_code):
        message = _("统一社会信用代码有误，请核对 18 位代码。")
        raise Invalid(message, fields={"credit_code": message})
    taken = db.session.scalars(
        select(Enterprise.id).where(Enterprise.site_id == site.id, Enterprise.credit_code == credit_code)
    ).first()
    if taken:
        message = _("该统一社会信用代码已注册，请核对或联系平台找回账号。")
        raise Invalid(message, fields={"credit_code": message})
    enterprise = Enterprise(site_id=site.id, credit_code=credit_code, name=name.strip(), **facts)
    db.session.add(enterprise)
    db.session.flush()
    credit.follow(site.id, [credit_code])
    audit.record("register", enterprise, by=by, at=at, detail={"credit_code": credit_code})
    return enterprise


def certify(enterprise: Enterprise, *, by: Account | None, at: datetime) -> None:
    """Record that a bureau has certified the enterprise."""
    enterprise.certified_at = at
    audit.record("certify", enterprise, by=by, at=at)


def place(enterprise: Enterprise, county: Region, *, by: Account | None, at: datetime) -> None:
    """Set the enterprise's county, and with it the city."""
    enterprise.county, enterprise.city = county, county.parent
    audit.record("place", enterprise, by=by, at=at, detail={"county": county.id})


def record_year(enterprise: Enterprise, year: int, revenue: Decimal, rd_spend: Decimal) -> EnterpriseYear:
    """Keep revenue and R&D spend of a year, both in 元."""
    row = EnterpriseYear(enterprise_id=enterprise.id, year=year, revenue=revenue, rd_spend=rd_spend)
    db.session.add(row)
    db.session.flush()
    return row


# ---------------------------------------------------------------- kept up to date by the enterprise itself


def update_enterprise(enterprise: Enterprise, typed: Mapping[str, str], *, by: Account, at: datetime) -> None:
    """Store what the enterprise says of itself, capital in 万元; raises Forbidden, or Invalid with all fields.

    Drafts that were never submitted move to the new county with their enterprise; what is under review stays.
    """
    grants.require(by, enterprise.id, grants.ENTERPRISE)
    text = tidy_all(PARTICULARS, typed)
    problems = problems_of(PARTICULARS, text, at)
    county = find_county(enterprise.site_id, typed.get("county") or "")
    if county is None:
        problems["county"] = NO_COUNTY
    if problems:
        raise Invalid(_("有 %(count)s 处需要更正，请按提示修改后再保存。", count=len(problems)), fields=problems)
    take_over(enterprise, PARTICULARS, text)
    if county.id != enterprise.county_id:
        place(enterprise, county, by=by, at=at)
        _move_drafts(enterprise, county)
    audit.record("update", enterprise, by=by, at=at)
    db.session.flush()


def find_county(site_id: int, text: str) -> Region | None:
    """Return the county or zone of a site that was chosen, None when it is none."""
    county = db.session.get(Region, int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else None
    if county is None or county.site_id != site_id or county.kind not in (RegionKind.COUNTY, RegionKind.ZONE):
        return None
    return county


def _move_drafts(enterprise: Enterprise, county: Region) -> None:
    db.session.execute(
        update(Declaration)
        .where(
            Declaration.enterprise_id == enterprise.id,
            Declaration.state == DeclarationState.DRAFT,
            Declaration.seq == 0,
        )
        .values(county_id=county.id, city_id=county.parent_id)
    )


def counties_by_city(site_id: int) -> dict[str, list[Region]]:
    """Return {city: its counties and zones} of a site."""
    city = aliased(Region)
    query = (
        select(city.name, Region)
        .join(city, Region.parent_id == city.id)
        .where(Region.site_id == site_id, Region.kind.in_((RegionKind.COUNTY, RegionKind.ZONE)))
        .order_by(city.id, Region.id)
    )
    found: dict[str, list[Region]] = {}
    for name, county in db.session.execute(query):
        found.setdefault(name, []).append(county)
    return found
