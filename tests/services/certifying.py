"""Certifications for tests, filled in through the services."""

from io import BytesIO

from sqlalchemy import select
from stdnum.cn import uscc

from app import roles
from app.clock import now
from app.demo.papers import make_paper
from app.extensions import db
from app.models import Account, Certification, Region, Site
from app.services import accounts, certifications


def code_of(number: int) -> str:
    """Return an invented credit code with the right check digit."""
    stem = f"91441302MADET{number:04d}"
    return stem + uscc.calc_check_digit(stem)


def registered(site: Site, username: str) -> Account:
    """Return somebody who has just registered."""
    return accounts.open_account(site, username, "申请人", "x", [roles.REGISTERED], by=None, at=now())


def filled(by: Account, number: int, name: str | None = None, county: str = "惠城区") -> Certification:
    """Return a complete draft of the person's."""
    region = db.session.scalars(select(Region).where(Region.name == county, Region.site_id == by.site_id)).one()
    found = certifications.begin(name or f"测试第{number}有限公司", by=by, at=now())
    said = {
        "credit_code": code_of(number), "county": str(region.id), "established_on": "2015-01-01", "contact": "甲",
        "legal_representative": "乙", "contact_phone": "13800138000", "address": "虚构路 1 号",
    }  # fmt: skip
    certifications.save_page(found, "enterprise", said, None, by=by, at=now())
    certifications.save_page(found, "platform", {"wanted": "no"}, None, by=by, at=now())
    paper = BytesIO(make_paper("营业执照.pdf", found.name))
    certifications.add_file(found, "business_licence", paper, "营业执照.pdf", by=by, at=now())
    return found


def handed_in(by: Account, number: int, **more: str) -> Certification:
    """Return a certification under review."""
    found = filled(by, number, **more)
    certifications.submit(found, found.revision, agreed=True, by=by, at=now())
    return found
