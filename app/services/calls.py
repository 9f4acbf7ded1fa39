"""Calls as an enterprise meets them: whether they are open, until when, and why not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import aliased, contains_eager, defer, joinedload

from ..clock import show
from ..errors import DeadlinePassed, DomainError, NotEligible, NotFound, NotGranted, NotListed, NotOpen, QuotaExceeded
from ..extensions import db
from ..forms import answers as forms
from ..forms.definition import TypeDefinition
from ..forms.findings import Verdict
from ..forms.vocabulary import YEARLY
from ..models import (
    EDITABLE,
    Account,
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
from . import enterprise_years, files, grants, individuals, titles
from .terms import Standing, Terms, effective_call, standings
from .types import definition_of

NEAR = timedelta(days=3)


@dataclass(frozen=True)
class Opening:
    """One call as one enterprise sees it: `refusal` is empty when it may be declared now."""

    call: Call
    guide: CallGuide | None
    terms: Terms | None
    refusal: DomainError | None
    declarations: tuple[Declaration, ...]
    at: datetime
    begun: int = 0  # by the enterprise and all its individuals

    @property
    def is_open(self) -> bool:
        return self.refusal is None

    @property
    def can_resume(self) -> bool:
        """Tell whether there is something unfinished and time left for it."""
        if self.resumable is None or isinstance(self.refusal, NotGranted):
            return False
        return not self.is_over(self.resumable)

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
        if self.refusal is None or (isinstance(self.refusal, QuotaExceeded) and self.declarations):
            return None
        goes_on = self.can_resume and not isinstance(self.refusal, NotListed)
        return None if goes_on else self.refusal.message

    @property
    def is_withheld(self) -> bool:
        """Tell whether the window is open, but not for this enterprise: no office in charge, or not on the list."""
        if self.terms is None or not isinstance(self.refusal, NotOpen):
            return False
        return self.terms.opens_at <= self.at <= self.terms.closes_at

    @property
    def is_extended(self) -> bool:
        """Tell whether the enterprise may declare longer than the others."""
        return self.terms is not None and self.terms.extended_until is not None

    @property
    def has_guide_file(self) -> bool:
        """Tell whether there is a guide to download."""
        return bool((self.guide and self.guide.file_id) or self.call.guide_file_id)

    @property
    def unfinished(self) -> list[Declaration]:
        """Return the drafts and returned declarations that there is time left for."""
        return [d for d in self.declarations if d.state in EDITABLE and not self.is_over(d)]

    @property
    def resumable(self) -> Declaration | None:
        """The draft or returned declaration to go on with, if there is one."""
        return next((d for d in self.declarations if d.state in EDITABLE), None)


def openings_for(
    enterprise: Enterprise, at: datetime, *, by: Account | None = None, call_id: int | None = None
) -> list[Opening]:
    """Return every call of the site as the enterprise sees it, newest first; six statements whatever their number.

    Who belongs to the enterprise as an individual sees them with what is their own.
    """
    query = (
        select(Call)
        .join(Call.programme)
        .where(Call.site_id == enterprise.site_id)
        .options(contains_eager(Call.programme), joinedload(Call.version).options(defer(DeclarationTypeVersion.body)))
        .order_by(Programme.year.desc(), Call.closes_at.desc(), Call.id)
    )
    calls = db.session.scalars(query if call_id is None else query.where(Call.id == call_id)).unique().all()
    found = standings(enterprise, enterprise.city_id, [call.id for call in calls])
    responsible = city_offices(enterprise.city_id, [call.id for call in calls])
    begun, held = _declarations_by_call(enterprise, calls), titles.held_by(enterprise)
    individual = individuals.individual_in(enterprise, by)
    openings = [
        _opening(
            call, found.get(call.id), responsible.get(call.id), enterprise, individual, held, begun.get(call.id, ()), at
        )
        for call in calls
    ]  # fmt: skip
    return openings if by is None else [_as_met_by(by, opening, enterprise) for opening in openings]


def _as_met_by(person: Account, opening: Opening, enterprise: Enterprise) -> Opening:
    """Say so when the enterprise may declare or go on, but this person of it may not."""
    not_granted = grants.refusal(person, enterprise.id, grants.FILL)
    if not_granted and (opening.is_open or opening.resumable):
        return replace(opening, refusal=not_granted)
    if not opening.is_open:
        return opening
    return replace(opening, refusal=grants.not_declarer(definition_of(opening.call.version), person, enterprise.id))


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


def opening_of(call: Call, enterprise: Enterprise, at: datetime, *, by: Account | None = None) -> Opening:
    """Return one call as the enterprise, or an individual of it, sees it."""
    return openings_for(enterprise, at, by=by, call_id=call.id)[0]


def city_offices(city_id: int | None, call_ids: Iterable[int]) -> dict[int, str]:
    """Return {call id: the office of the city's bureau that handles it, as people call it}; only offices at work."""
    bureau, office = aliased(Department), aliased(Department)
    query = (
        select(ResponsibleOffice.call_id, bureau.name, office.name)
        .join(bureau, ResponsibleOffice.bureau_id == bureau.id)
        .join(office, ResponsibleOffice.office_id == office.id)
        .where(bureau.region_id == city_id, bureau.kind == DepartmentKind.BUREAU, bureau.enabled, office.enabled)
        .where(ResponsibleOffice.call_id.in_(call_ids))
    )
    return {call_id: f"{of_bureau}{name}" for call_id, of_bureau, name in db.session.execute(query)}


def _declarations_by_call(enterprise: Enterprise, calls: Iterable[Call]) -> dict[int, tuple[Declaration, ...]]:
    query = (
        select(Declaration)
        .where(Declaration.enterprise_id == enterprise.id, Declaration.call_id.in_([c.id for c in calls]))
        .where(Declaration.deleted_at.is_(None))
        .order_by(Declaration.id)
    )
    found: dict[int, list[Declaration]] = {}
    for declaration in db.session.scalars(query):
        found.setdefault(declaration.call_id, []).append(declaration)
    return {call_id: tuple(rows) for call_id, rows in found.items()}


def _opening(
    call: Call,
    standing: Standing | None,
    office: str | None,
    enterprise: Enterprise,
    individual: Account | None,
    held: titles.Held,
    begun: tuple[Declaration, ...],
    at: datetime,
) -> Opening:
    """`begun` is what the enterprise and all its individuals have declared."""
    own = tuple(d for d in begun if d.individual_id == (individual.id if individual else None))
    guide = standing.guide if standing else None
    terms = effective_call(call, guide, standing.extended_until) if standing else None
    refusal = (
        individuals.not_admitted(definition_of(call.version), individual)
        or not_certified(enterprise)
        or nowhere(enterprise)
        or _not_published(enterprise, standing, office)
        or _outside_window(terms, office, at)
        or _not_eligible(call, terms, enterprise, individual, held, len(own), len(begun))
    )
    return Opening(call, guide, terms, refusal, own, at, len(begun))


def not_certified(enterprise: Enterprise) -> NotOpen | None:
    """Return the refusal of an enterprise that is not certified, or None."""
    return None if enterprise.certified_at else NotOpen(_("贵单位尚未通过企业认证，认证通过后方可申报。"))


def nowhere(enterprise: Enterprise) -> NotOpen | None:
    """Return the refusal of an enterprise of which nobody knows whose guides hold for it, or None."""
    if enterprise.city_id is None or enterprise.county_id is None:
        return NotOpen(_("请先在“企业信息”中选择所属市和所属县（区），否则无法申报。"))
    return None


def _not_published(enterprise: Enterprise, standing: Standing | None, office: str | None) -> DomainError | None:
    city = enterprise.city.name
    if standing is None:
        return NotOpen(_("%(city)s尚未发布本项目的申报指南，请留意通知或咨询市级主管部门。", city=city))
    if office is None:
        return NotOpen(_("%(city)s尚未设置本项目的责任科室，暂不能申报，请联系市级主管部门。", city=city))
    return None if standing.is_listed else not_listed(office)


def not_listed(office: str | None) -> NotListed:
    """Return the refusal of an enterprise that the city's guide does not name."""
    whom = office or _("市级主管部门")
    return NotListed(_("本项目按名单申报，贵单位不在申报单位名单内，如有疑问请联系%(office)s。", office=whom))


def _outside_window(terms: Terms, office: str, at: datetime) -> DomainError | None:
    if at < terms.opens_at:
        return NotOpen(_("申报将于 %(time)s 开始。", time=show(terms.opens_at)))
    if at > terms.closes_at:
        return DeadlinePassed(
            _("申报已于 %(time)s 截止，如需补报请联系%(office)s。", time=show(terms.closes_at), office=office)
        )
    return None


def _not_eligible(
    call: Call,
    terms: Terms,
    enterprise: Enterprise,
    individual: Account | None,
    held: titles.Held,
    own: int,
    begun: int,
) -> DomainError | None:
    """Return why the enterprise, or the individual, cannot start a declaration, or None."""
    definition, facts = definition_of(call.version), context_for(call, terms, enterprise, individual)
    for verdict in judge_gates(definition, facts, held):
        if verdict.result is False:
            return NotEligible(verdict.message)
    return quota_refusal(definition, facts, used_of(definition, own, begun))


def used_of(definition: TypeDefinition, own: int, begun: int) -> int:
    """Return what counts towards the quota: the applicant's own declarations, or those of all in the enterprise."""
    return own if is_per_applicant(definition) else begun


def is_per_applicant(definition: TypeDefinition) -> bool:
    """Tell whether the unit and each of its individuals have a quota of their own."""
    return definition.eligibility.quota is not None and definition.eligibility.quota.per == "applicant"


def judge_gates(definition: TypeDefinition, facts: Mapping[str, Any], held: titles.Held) -> tuple[Verdict, ...]:
    """Judge who may declare: the one occasion for which the titles that an enterprise holds are read."""
    return forms.judge_gates(definition, {**facts, "enterprise": {**facts["enterprise"], "titles": held}})


def quota_refusal(definition: Any, facts: Mapping[str, Any], used: int) -> QuotaExceeded | None:
    """Return the refusal when `used` declarations exhaust the quota of the type, or None."""
    allowed, why = forms.quota(definition, facts)
    if allowed is None or used < allowed:
        return None
    return QuotaExceeded(_("申报数量已达上限（%(allowed)s 项）：%(why)s", allowed=allowed, why=why))


def context_for(
    call: Call, terms: Terms | None, enterprise: Enterprise, individual: Account | None = None
) -> dict[str, Any]:
    """Return the facts besides the answers that rules and prefill may read."""
    definition = definition_of(call.version)
    years = enterprise_years.reported(enterprise, call.programme.year) if definition.reads_years else None
    return {
        "enterprise": enterprise_facts(enterprise, definition.money_unit, years),
        "applicant": individuals.applicant_facts(enterprise, individual),
        "guide": {"county_review": bool(terms and terms.county_review)},
        "call": {"name": call.name, "year": call.programme.year, "programme": call.programme.name},
        "lists": {},
    }


def enterprise_facts(
    enterprise: Enterprise, money_unit: str, years: Mapping[str, Decimal | None] | None
) -> dict[str, Any]:
    """Return what rules and prefill may know of an enterprise; money as text in the unit of the type, 万元 or 元.

    `years` is what it reports year by year, None where nobody asks.
    """
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
        **{name: _in_unit((years or {}).get(name), money_unit) for name in YEARLY},
    }


def _in_unit(amount: Decimal | None, money_unit: str) -> str | None:
    if amount is None:
        return None
    shown = amount / 10_000 if money_unit == "万元" else amount
    return format(shown.quantize(Decimal("0.0001")).normalize(), "f")


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


def submitted_count(declaration: Declaration) -> int:
    """Count what uses up the quota of a declaration besides itself: what was submitted for its call; drafts do not."""
    query = select(func.count(Declaration.id)).where(
        Declaration.call_id == declaration.call_id,
        Declaration.enterprise_id == declaration.enterprise_id,
        Declaration.id != declaration.id,
        Declaration.state.not_in((DeclarationState.DRAFT,)),
    )
    if is_per_applicant(definition_of(declaration.version)):
        query = query.where(Declaration.individual_id.is_not_distinct_from(declaration.individual_id))
    return db.session.scalar(query)
