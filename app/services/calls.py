"""Calls as an enterprise meets them: the effective terms, whether they are open, and why not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import aliased, contains_eager, defer, joinedload

from ..clock import show
from ..errors import DeadlinePassed, DomainError, NotEligible, NotFound, NotOpen, QuotaExceeded
from ..extensions import db
from ..forms import answers as forms
from ..models import (
    Call,
    CallGuide,
    Declaration,
    DeclarationState,
    DeclarationTypeVersion,
    Department,
    DepartmentKind,
    Enterprise,
    Programme,
    Region,
    RegionKind,
    ResponsibleOffice,
    StoredFile,
)
from ..workflow.engine import earlier
from . import files
from .types import definition_of

NEAR = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a call in one city; nobody else reads the dates of calls and guides."""

    opens_at: datetime
    closes_at: datetime
    county_review: bool
    county_due_at: datetime | None
    city_due_at: datetime | None
    note: str | None

    def moment(self, path: str) -> datetime | None:
        """Return the moment a workflow names: guide.county_due, call.city_due, call.opens or call.closes."""
        return {
            "guide.county_due": self.county_due_at,
            "call.city_due": self.city_due_at,
            "call.opens": self.opens_at,
            "call.closes": self.closes_at,
        }[path]


def effective_call(call: Call, guide: CallGuide) -> Terms:
    """Lay a city's guide over the province's call; the city narrows and never widens."""
    return Terms(
        opens_at=max(call.opens_at, guide.opens_at),
        closes_at=min(call.closes_at, guide.closes_at),
        county_review=guide.county_review,
        county_due_at=earlier(guide.county_due_at, call.city_due_at) if guide.county_review else None,
        city_due_at=call.city_due_at,
        note=guide.note,
    )


def due_moment(call: Call, guide: CallGuide | None, path: str) -> datetime | None:
    """Return the moment a workflow names, for a level that may have no guide of its own (the province)."""
    if guide is not None:
        return effective_call(call, guide).moment(path)
    province = {"call.city_due": call.city_due_at, "call.opens": call.opens_at, "call.closes": call.closes_at}
    return province.get(path)


@dataclass(frozen=True)
class Opening:
    """One call as one enterprise sees it: `refusal` is empty when it may be declared now."""

    call: Call
    guide: CallGuide | None
    terms: Terms | None
    refusal: DomainError | None
    declarations: tuple[Declaration, ...]
    at: datetime

    @property
    def is_open(self) -> bool:
        return self.refusal is None

    @property
    def can_resume(self) -> bool:
        """Tell whether there is something unfinished and time left for it."""
        return self.resumable is not None and not self.is_over(self.resumable)

    def is_over(self, declaration: Declaration) -> bool:
        """Tell whether the time for editing a declaration has passed."""
        due = self.due_of(declaration)
        return due is not None and self.at > due

    def due_of(self, declaration: Declaration) -> datetime | None:
        """Return until when a declaration may be edited: the window's end, or the return's own due time."""
        if declaration.state is DeclarationState.RETURNED:
            return declaration.due_at
        return self.terms.closes_at if self.terms else None

    @property
    def closes_soon(self) -> bool:
        """Tell whether the window ends within three days."""
        return self.terms is not None and timedelta() <= self.terms.closes_at - self.at < NEAR

    @property
    def reason(self) -> Any:
        """Return why it cannot be started, unless going on or reading is the thing to do."""
        used_up = isinstance(self.refusal, QuotaExceeded) and self.declarations
        return None if self.refusal is None or self.can_resume or used_up else self.refusal.message

    @property
    def has_guide_file(self) -> bool:
        """Tell whether there is a guide to download."""
        return bool((self.guide and self.guide.file_id) or self.call.guide_file_id)

    @property
    def resumable(self) -> Declaration | None:
        """The draft or returned declaration to go on with, if there is one."""
        unfinished = (DeclarationState.DRAFT, DeclarationState.RETURNED)
        return next((d for d in self.declarations if d.state in unfinished), None)


def openings_for(enterprise: Enterprise, at: datetime, *, call_id: int | None = None) -> list[Opening]:
    """Return every call of the site as the enterprise sees it, newest first; five statements whatever their number."""
    query = (
        select(Call)
        .join(Call.programme)
        .where(Call.site_id == enterprise.site_id)
        .options(contains_eager(Call.programme), joinedload(Call.version).options(defer(DeclarationTypeVersion.body)))
        .order_by(Programme.year.desc(), Call.closes_at.desc(), Call.id)
    )
    calls = db.session.scalars(query if call_id is None else query.where(Call.id == call_id)).unique().all()
    guides = _by_call(select(CallGuide).where(CallGuide.city_id == enterprise.city_id), calls, CallGuide)
    ready = _calls_with_city_office(enterprise.city_id, calls)
    own = _declarations_by_call(enterprise, calls)
    return [
        _opening(call, guides.get(call.id), call.id in ready, enterprise, own.get(call.id, ()), at) for call in calls
    ]


def guide_file(opening: Opening) -> tuple[StoredFile, str]:
    """Return the guide to download and its name, the city's before the province's; raises NotFound."""
    guide = opening.guide
    if guide is not None and guide.file_id is not None:
        name = guide.file_name or f"{opening.call.name}.pdf"
        return db.session.get_one(StoredFile, guide.file_id), name
    if opening.call.guide_file_id is None:
        raise NotFound(_("该项目尚未上传申报指南文件。"))
    stored = db.session.get_one(StoredFile, opening.call.guide_file_id)
    return stored, f"{opening.call.name}申报指南.{files.usual_ending(stored.mime)}"


def opening_of(call: Call, enterprise: Enterprise, at: datetime) -> Opening:
    """Return one call as the enterprise sees it."""
    return openings_for(enterprise, at, call_id=call.id)[0]


def _by_call(query: Any, calls: Iterable[Call], model: Any) -> dict[int, Any]:
    rows = db.session.scalars(query.where(model.call_id.in_([c.id for c in calls])))
    return {row.call_id: row for row in rows}


def _calls_with_city_office(city_id: int | None, calls: Iterable[Call]) -> set[int]:
    query = (
        select(ResponsibleOffice.call_id)
        .join(Department, ResponsibleOffice.bureau_id == Department.id)
        .where(Department.region_id == city_id, Department.kind == DepartmentKind.BUREAU)
        .where(ResponsibleOffice.call_id.in_([c.id for c in calls]))
    )
    return set(db.session.scalars(query))


def _declarations_by_call(enterprise: Enterprise, calls: Iterable[Call]) -> dict[int, tuple[Declaration, ...]]:
    query = (
        select(Declaration)
        .where(Declaration.enterprise_id == enterprise.id, Declaration.call_id.in_([c.id for c in calls]))
        .order_by(Declaration.id)
    )
    found: dict[int, list[Declaration]] = {}
    for declaration in db.session.scalars(query):
        found.setdefault(declaration.call_id, []).append(declaration)
    return {call_id: tuple(rows) for call_id, rows in found.items()}


def _opening(
    call: Call,
    guide: CallGuide | None,
    has_office: bool,
    enterprise: Enterprise,
    own: tuple[Declaration, ...],
    at: datetime,
) -> Opening:
    terms = effective_call(call, guide) if guide else None
    refusal = _refusal(call, terms, has_office, enterprise, own, at)
    return Opening(call, guide, terms, refusal, own, at)


def _refusal(
    call: Call,
    terms: Terms | None,
    has_office: bool,
    enterprise: Enterprise,
    own: tuple[Declaration, ...],
    at: datetime,
) -> DomainError | None:
    """Return why the enterprise cannot start a declaration now, or None."""
    if enterprise.certified_at is None:
        return NotOpen(_("贵单位尚未通过企业认证，认证通过后方可申报。"))
    if enterprise.city_id is None or enterprise.county_id is None:
        return NotOpen(_("请先在“企业信息”中选择所属市和所属县（区），否则无法申报。"))
    if terms is None:
        return NotOpen(_("%(city)s尚未发布本项目的申报指南，请留意通知或咨询市级主管部门。", city=enterprise.city.name))
    if not has_office:
        return NotOpen(
            _("%(city)s尚未设置本项目的责任科室，暂不能申报，请联系市级主管部门。", city=enterprise.city.name)
        )
    if at < terms.opens_at:
        return NotOpen(_("申报将于 %(time)s 开始。", time=show(terms.opens_at)))
    if at > terms.closes_at:
        return DeadlinePassed(_("申报已于 %(time)s 截止。", time=show(terms.closes_at)))
    definition = definition_of(call.version)
    facts = context_for(call, terms, enterprise)
    for verdict in forms.judge_gates(definition, facts):
        if verdict.result is False:
            return NotEligible(verdict.message)
    return quota_refusal(definition, facts, sum(1 for d in own))


def quota_refusal(definition: Any, facts: Mapping[str, Any], used: int) -> QuotaExceeded | None:
    """Return the refusal when `used` declarations exhaust the quota of the type, or None."""
    allowed, why = forms.quota(definition, facts)
    if allowed is None or used < allowed:
        return None
    return QuotaExceeded(_("申报数量已达上限（%(allowed)s 项）：%(why)s", allowed=allowed, why=why))


def terms_for(call: Call, city_id: int) -> Terms:
    """Return the effective terms of a call in a city; raises NotOpen while the city has no guide."""
    guide = db.session.scalars(
        select(CallGuide).where(CallGuide.call_id == call.id, CallGuide.city_id == city_id)
    ).first()
    if guide is None:
        raise NotOpen(_("所在市尚未发布本项目的申报指南。"))
    return effective_call(call, guide)


def context_for(call: Call, terms: Terms | None, enterprise: Enterprise) -> dict[str, Any]:
    """Return the facts besides the answers that rules and prefill may read."""
    return {
        "enterprise": enterprise_facts(enterprise, definition_of(call.version).money_unit),
        "applicant": {"kind": "unit"},
        "guide": {"county_review": bool(terms and terms.county_review)},
        "call": {"name": call.name, "year": call.programme.year, "programme": call.programme.name},
        "lists": {},
    }


def enterprise_facts(enterprise: Enterprise, money_unit: str) -> dict[str, Any]:
    """Return what rules and prefill may know of an enterprise; money as text in the unit of the type, 万元 or 元."""
    return {
        "id": enterprise.id,
        "name": enterprise.name,
        "short_name": enterprise.short_name or enterprise.name,
        "credit_code": enterprise.credit_code,
        "city": enterprise.city.name if enterprise.city else None,
        "county": enterprise.county.name if enterprise.county else None,
        "region": f"{enterprise.city.name}/{enterprise.county.name}" if enterprise.county else None,
        "industry": enterprise.industry,
        "kind": enterprise.kind,
        "legal_representative": enterprise.legal_representative,
        "legal_phone": enterprise.legal_phone,
        "contact": enterprise.contact,
        "contact_phone": enterprise.contact_phone,
        "email": enterprise.email,
        "website": enterprise.website,
        "address": enterprise.address,
        "postcode": enterprise.postcode,
        "established_on": enterprise.established_on.isoformat() if enterprise.established_on else None,
        "registered_capital": _in_unit(enterprise.registered_capital, money_unit),
        "main_business": enterprise.main_business,
        "business_scope": enterprise.business_scope,
        "dishonest": enterprise.dishonest,
        "certified": enterprise.certified_at is not None,
    }


def _in_unit(amount: Decimal | None, money_unit: str) -> str | None:
    if amount is None:
        return None
    return format((amount / 10_000 if money_unit == "万元" else amount).normalize(), "f")


def regions_of(site_id: int) -> dict[str, list[str]]:
    """Return {city: [its counties and zones]} by name, for region questions."""
    counties = aliased(Region)
    query = (
        select(Region.name, counties.name)
        .outerjoin(counties, counties.parent_id == Region.id)
        .where(Region.site_id == site_id, Region.kind == RegionKind.CITY)
        .order_by(Region.id, counties.id)
    )
    found: dict[str, list[str]] = {}
    for city, county in db.session.execute(query):
        found.setdefault(city, []).extend([county] if county else [])
    return found


def submitted_count(call: Call, enterprise: Enterprise) -> int:
    """Count the enterprise's submitted declarations for a call; drafts do not use up the quota."""
    query = select(func.count(Declaration.id)).where(
        Declaration.call_id == call.id,
        Declaration.enterprise_id == enterprise.id,
        Declaration.state.not_in((DeclarationState.DRAFT,)),
    )
    return db.session.scalar(query)
