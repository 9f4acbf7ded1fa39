"""企业认证, the bureau's side: read, returned with a reason, or approved.

The bureau of the county decides, that of the city where the county has none, the province's where the city has none
either; bureaus above read. Its administrators and officers (区县经办, 地市-处室-经办) may decide.
"""

from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, Select, and_, false, func, select

from .. import roles
from ..clock import show
from ..errors import AlreadyActed, Conflict, Forbidden, Invalid
from ..extensions import db
from ..models import (
    Account,
    Certification,
    CertificationState,
    Department,
    DepartmentKind,
    Enterprise,
    Material,
    Membership,
    MembershipRole,
    Site,
)
from ..permissions import bureau_of, holds, visible
from . import accounts, audit, enterprises
from .certification_pages import BUSINESS_KINDS, ENTERPRISE, FILE_KINDS, LEGAL, PLATFORM, YES, is_skipped, values_of
from .messages import tell
from .particulars import BY_NAME, take_over
from .signs import hold

LONGEST_OPINION = 300
MOST_COUNTED = 100


def in_charge(user: Account) -> ColumnElement[bool]:
    """Return the condition on certifications that the person's bureau decides."""
    if not holds(user, *roles.CERTIFIERS) or user.department is None:
        return false()
    region = user.department.region
    with_bureau = select(Department.region_id).where(
        Department.site_id == user.site_id, Department.kind == DepartmentKind.BUREAU, Department.enabled
    )
    no_county_bureau = Certification.county_id.not_in(with_bureau)
    own = {
        "province": and_(no_county_bureau, Certification.city_id.not_in(with_bureau)),
        "city": and_(no_county_bureau, Certification.city_id == region.id),
    }
    return and_(Certification.site_id == user.site_id, own.get(region.kind.value, Certification.county_id == region.id))


def waiting_for(user: Account) -> ColumnElement[bool]:
    """Return the condition on certifications that wait for the person's bureau."""
    return and_(in_charge(user), Certification.state == CertificationState.SUBMITTED)


def waiting_number(user: Account) -> Select:
    """Return the statement for `number`: how many certifications wait for the person's bureau, up to a bound."""
    waiting = select(Certification.id).where(visible(Certification, user), waiting_for(user)).limit(MOST_COUNTED)
    return select(func.count().label("number")).select_from(waiting.subquery())


def may_decide(certification: Certification, user: Account) -> bool:
    """Tell whether the certification waits for the person's bureau."""
    query = select(Certification.id).where(Certification.id == certification.id, waiting_for(user))
    return db.session.scalar(query) is not None


def send_back(certification: Certification, revision: int, reason: str, *, by: Account, at: datetime) -> None:
    """Return a certification for correction; raises Invalid, Forbidden or AlreadyActed."""
    _require_turn(certification, revision, by)
    reason = reason.replace("\r\n", "\n").strip()
    if not reason or len(reason) > LONGEST_OPINION:
        message = _("请填写退回原因，不超过 %(limit)s 字。", limit=LONGEST_OPINION)
        raise Invalid(message, fields={"opinion": message})
    _decide(certification, CertificationState.RETURNED, reason, by, at)
    audit.record("return", certification, by=by, at=at, detail={"opinion": reason})
    _tell("certification_returned", certification, by, at)


def approve(certification: Certification, revision: int, *, by: Account, at: datetime) -> Enterprise:
    """Certify: the enterprise stands, and the person administers it; raises Conflict, Forbidden or AlreadyActed."""
    _require_turn(certification, revision, by)
    applicant = db.session.get_one(Account, certification.account_id)
    enterprise = _find_or_register(certification, by, at)
    _require_no_other_administrator(enterprise, applicant)
    _take_over(certification, enterprise, by, at)
    _make_administrator(applicant, enterprise, by, at)
    certification.enterprise = enterprise
    _decide(certification, CertificationState.APPROVED, None, by, at)
    audit.record("approve", certification, by=by, at=at, detail={"enterprise": enterprise.id})
    _tell("certification_approved", certification, by, at)
    return enterprise


def _require_turn(certification: Certification, revision: int, by: Account) -> None:
    hold(certification)
    if certification.state is not CertificationState.SUBMITTED or certification.revision != revision:
        raise AlreadyActed(_("该认证申请已由他人办理，或申请人已重新提交，请刷新后查看。"))
    if not may_decide(certification, by):
        raise Forbidden(_("该企业由其所属县（区）或市的主管部门审核。"))


def _find_or_register(certification: Certification, by: Account, at: datetime) -> Enterprise:
    """Enterprises of the same credit code may be there from an earlier system."""
    query = select(Enterprise).where(
        Enterprise.site_id == certification.site_id, Enterprise.credit_code == certification.credit_code
    )
    found = db.session.scalars(query.with_for_update()).first()
    if found is not None:
        return found
    site = db.session.get_one(Site, certification.site_id)
    return enterprises.register_enterprise(site, certification.credit_code, certification.name, by=by, at=at)


def _require_no_other_administrator(enterprise: Enterprise, applicant: Account) -> None:
    other = select(Membership.id).where(
        Membership.enterprise_id == enterprise.id,
        Membership.role == MembershipRole.ADMINISTRATOR,
        Membership.account_id != applicant.id,
    )
    if db.session.scalar(other) is not None:
        raise Conflict(_("“%(name)s”已有企业管理员，不能重复认证；请退回并说明情况。", name=enterprise.name))


def _take_over(certification: Certification, enterprise: Enterprise, by: Account, at: datetime) -> None:
    """Copy what was handed in; what was left empty does not erase what an earlier system knew."""
    said = values_of(certification, ENTERPRISE)
    filled = [BY_NAME[name] for name, text in said.items() if text and name in BY_NAME]
    take_over(enterprise, filled, said)
    enterprise.name = certification.name
    if not is_skipped(certification, LEGAL):
        enterprise.legal_phone = values_of(certification, LEGAL)["legal_mobile"]
    platform = values_of(certification, PLATFORM)
    enterprise.business_kinds = platform[BUSINESS_KINDS] if platform["wanted"] == YES else []
    enterprises.place(enterprise, certification.county, by=by, at=at)
    enterprises.certify(enterprise, by=by, at=at)
    _keep_evidence(certification, enterprise, at)


def _keep_evidence(certification: Certification, enterprise: Enterprise, at: datetime) -> None:
    """Put the evidence into the enterprise's library, under kinds in the platform's own language."""
    with force_locale(current_app.config["BABEL_DEFAULT_LOCALE"]):
        for file in certification.files:
            material = Material(
                enterprise_id=enterprise.id, kind=str(FILE_KINDS[file.kind].label), name=file.name, file=file.file,
                uploaded_at=at, uploaded_by_id=certification.account_id,
            )  # fmt: skip
            db.session.add(material)


def _make_administrator(applicant: Account, enterprise: Enterprise, by: Account, at: datetime) -> None:
    held = next((m for m in applicant.memberships if m.enterprise_id == enterprise.id), None)
    if held is None:
        accounts.join_enterprise(applicant, enterprise, MembershipRole.ADMINISTRATOR, by=by, at=at)
        return
    held.role, held.grants = MembershipRole.ADMINISTRATOR, None
    db.session.flush()
    accounts.follow_memberships(applicant)


def _decide(
    certification: Certification, state: CertificationState, opinion: str | None, by: Account, at: datetime
) -> None:
    certification.state, certification.opinion = state, opinion
    certification.decided_at, certification.decided_by_id = at, by.id
    certification.revision += 1
    db.session.flush()


def _tell(kind: str, certification: Certification, by: Account, at: datetime) -> None:
    bureau = bureau_of(by)
    facts: dict[str, Any] = {
        "enterprise": certification.name, "office": bureau.name if bureau else by.name,
        "opinion": certification.opinion, "time": show(at),
    }  # fmt: skip
    tell(kind, [certification.account], facts, link="/certification/", at=at)
