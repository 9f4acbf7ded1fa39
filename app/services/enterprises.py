"""Enterprises: registered with a valid credit code, certified, and kept complete enough to declare."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from stdnum.cn import uscc

from ..errors import Invalid
from ..extensions import db
from ..models import Account, Enterprise, EnterpriseYear, Region, Site
from . import audit


def register_enterprise(
    site: Site, credit_code: str, name: str, *, by: Account | None, at: datetime, **facts: Any
) -> Enterprise:
    """Register an enterprise; raises Invalid on a wrong credit code (GB 32100-2015) or a registered one."""
    credit_code = credit_code.strip().upper()
    if not uscc.is_valid(credit_code):
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


def established(text: str) -> date:
    """Return the founding date of an ISO text."""
    return date.fromisoformat(text)
