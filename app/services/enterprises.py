"""Enterprises: registered with a valid credit code, certified, and kept complete enough to declare."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import aliased
from stdnum.cn import uscc

from ..clock import to_local
from ..errors import Forbidden, Invalid
from ..extensions import db
from ..models import (
    Account,
    Declaration,
    DeclarationState,
    Enterprise,
    EnterpriseYear,
    MembershipRole,
    Region,
    RegionKind,
    Site,
)
from . import audit, credit


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


def established(text: str) -> date:
    """Return the founding date of an ISO text."""
    return date.fromisoformat(text)


# ---------------------------------------------------------------- kept up to date by the enterprise itself

LIMITS = {
    "short_name": 40, "industry": 60, "kind": 40, "legal_representative": 40, "contact": 40, "email": 120,
    "website": 120, "address": 160, "main_business": 1000, "business_scope": 2000,
}  # fmt: skip
PARAGRAPHS = frozenset({"main_business", "business_scope"})  # everything else stands on one line
REQUIRED = ("legal_representative", "contact", "contact_phone", "address")
PHONES = ("legal_phone", "contact_phone")
_PHONE = re.compile(r"(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(?:-\d{1,6})?|400-?\d{3}-?\d{4})")
_EMAIL = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_CAPITAL = re.compile(r"\d{1,10}(?:\.\d{1,4})?")
TEN_THOUSAND = 10_000


def update_enterprise(enterprise: Enterprise, typed: Mapping[str, str], *, by: Account, at: datetime) -> None:
    """Store what the enterprise says of itself, capital in 万元; raises Forbidden, or Invalid with all fields.

    Drafts that were never submitted move to the new county with their enterprise; what is under review stays.
    """
    _require_administrator(enterprise, by)
    text = {name: value.strip() if name in PARAGRAPHS else " ".join(value.split()) for name, value in typed.items()}
    problems = _problems(text)
    county = _county(enterprise, text.get("county", ""), problems)
    founded = _founded(text.get("established_on", ""), at, problems)
    if problems:
        raise Invalid(_("有 %(count)s 处需要更正，请按提示修改后再保存。", count=len(problems)), fields=problems)
    for name in (*LIMITS, *PHONES, "postcode"):
        setattr(enterprise, name, text.get(name) or None)
    capital = text.get("registered_capital", "").replace(",", "")
    enterprise.registered_capital = Decimal(capital) * TEN_THOUSAND if capital else None
    enterprise.established_on = founded
    if county.id != enterprise.county_id:
        place(enterprise, county, by=by, at=at)
        _move_drafts(enterprise, county)
    audit.record("update", enterprise, by=by, at=at)
    db.session.flush()


def _require_administrator(enterprise: Enterprise, by: Account) -> None:
    role = next((m.role for m in by.memberships if m.enterprise_id == enterprise.id), None)
    if role is not MembershipRole.ADMINISTRATOR:
        raise Forbidden(_("只有企业管理员可以修改企业信息，请联系本单位的企业管理员。"))


def _problems(text: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in REQUIRED:
        if not text.get(name):
            found[name] = _("此项必填，请填写。")
    for name, limit in LIMITS.items():
        if len(text.get(name, "")) > limit:
            found[name] = _("最多输入 %(limit)s 字，请删减。", limit=limit)
    for name in PHONES:
        if text.get(name) and not _PHONE.fullmatch(text[name]):
            found[name] = _("请填写 11 位手机号码，或带区号的固定电话，例如 0752-2808000。")
    if text.get("email") and not _EMAIL.fullmatch(text["email"]):
        found["email"] = _("电子邮箱格式不正确，例如 name@example.com。")
    if text.get("postcode") and not re.fullmatch(r"\d{6}", text["postcode"]):
        found["postcode"] = _("邮政编码为 6 位数字。")
    if text.get("website") and not re.match(r"https?://", text["website"]):
        found["website"] = _("网址请以 http:// 或 https:// 开头。")
    if text.get("registered_capital") and not _CAPITAL.fullmatch(text["registered_capital"].replace(",", "")):
        found["registered_capital"] = _("请填写数字，单位万元，最多 4 位小数。")
    return found


def _county(enterprise: Enterprise, text: str, problems: dict[str, Any]) -> Region | None:
    county = db.session.get(Region, int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else None
    below_city = county is not None and county.kind in (RegionKind.COUNTY, RegionKind.ZONE)
    if not below_city or county.site_id != enterprise.site_id:
        problems["county"] = _("请选择企业所属市和所属县（区）。")
        return None
    return county


def _founded(text: str, at: datetime, problems: dict[str, Any]) -> date | None:
    if not text:
        return None
    try:
        day = established(text)
    except ValueError:
        problems["established_on"] = _("请填写存在的日期，例如 2015-03-18。")
        return None
    if day > to_local(at).date():
        problems["established_on"] = _("成立日期不能晚于今天。")
    return day


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
