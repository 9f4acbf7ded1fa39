"""Certifications under way in the demo: one handed in, one returned; the newcomer may begin one."""

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

from flask import current_app

from .. import roles
from ..models import Account, Certification
from ..services import accounts, certification_pages, certification_reviews, certifications
from ..services.register import Entry, adapter_for
from . import papers
from .world import PASSWORD, World


def hand_in(world: World, at: datetime) -> None:
    """Let people register, fill their certifications in and hand them in; the bureau returns what the data says."""
    for line in world.data.get("certifications", ()):
        account = accounts.create_account(
            world.site, line["username"], line["person"], PASSWORD, [roles.REGISTERED], by=None, at=at,
            mobile=line["mobile"],
        )  # fmt: skip
        world.people[line["username"]] = account
        certification = _fill_in(world, line, account, at)
        certifications.submit(certification, certification.revision, agreed=True, by=account, at=at)
        if "returned" in line:
            officer = world.people[line["officer"]]
            revision, reason = certification.revision, line["returned"]
            certification_reviews.send_back(certification, revision, reason, by=officer, at=at)


def _fill_in(world: World, line: Mapping[str, Any], account: Account, at: datetime) -> Certification:
    entry = adapter_for(current_app.config).look_up(line["credit_code"])
    certification = certifications.begin(entry.name, by=account, at=at)
    for page, typed in _answers(world, line, entry).items():
        certifications.save_page(certification, page, typed, None, by=account, at=at)
    paper = BytesIO(papers.make_paper("营业执照.pdf", entry.name))
    certifications.add_file(
        certification, certification_pages.LICENCE, paper, "营业执照.pdf", by=account, at=at
    )  # fmt: skip
    return certification


def _answers(world: World, line: Mapping[str, Any], entry: Entry) -> dict[str, dict[str, Any]]:
    said = {field.name: getattr(entry, field.name, "") for field in certification_pages.PAGES["enterprise"].fields}
    county = world.regions[line["county"]]
    said |= {"county": str(county.id), "contact": line["person"], "contact_phone": line["mobile"]}
    return {"enterprise": said, "platform": {"wanted": "yes", "business_kinds": line["business_kinds"]}}
