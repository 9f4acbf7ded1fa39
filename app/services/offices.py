"""Responsible offices: which office of a bureau handles a call, and what moves on when one is set."""

from collections.abc import Iterable
from datetime import datetime

from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _
from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import joinedload

from .. import roles
from ..errors import Forbidden, Invalid
from ..extensions import db
from ..models import (
    Account,
    Call,
    Declaration,
    DeclarationState,
    Department,
    DepartmentKind,
    RegionKind,
    ResponsibleOffice,
    RouteStep,
)
from ..permissions import bureau_of
from . import audit

LEVEL_OF = {
    RegionKind.PROVINCE: "province",
    RegionKind.CITY: "city",
    RegionKind.COUNTY: "county",
    RegionKind.ZONE: "county",
}


# Who an office needs before it can handle a call of its level.
NEEDED_ROLES = {
    "province": (roles.PROVINCE_OFFICER,),
    "city": (roles.OFFICE_LEADER, roles.CITY_OFFICER),
    "county": (roles.COUNTY_OFFICER,),
}


def set_responsible_office(call: Call, office: Department, *, by: Account, at: datetime) -> ResponsibleOffice:
    """Make an office of the own bureau responsible for a call; declarations that waited for it move on at once."""
    bureau = bureau_of(by)
    if bureau is None or office.site_id != by.site_id or office.parent_id != bureau.id:
        raise Forbidden(_("只能设置本单位的科室为责任科室。"))
    if office.kind is not DepartmentKind.OFFICE or not office.enabled:
        raise Invalid(_("“%(name)s”不是启用中的科室，请选择其他科室。", name=office.name))
    _hold_arrivals(call)
    assignment = db.session.scalars(
        select(ResponsibleOffice).where(ResponsibleOffice.call_id == call.id, ResponsibleOffice.bureau_id == bureau.id)
    ).first()
    if assignment is None:
        assignment = ResponsibleOffice(site_id=by.site_id, call_id=call.id, bureau_id=bureau.id, office_id=office.id)
        db.session.add(assignment)
    assignment.office_id = office.id
    db.session.flush()
    moved = _hand_over(call, bureau, office)
    audit.record(
        "set_responsible_office",
        assignment,
        by=by,
        at=at,
        detail={"call": call.id, "office": office.id, "moved": moved},
    )
    return assignment


def _hold_arrivals(call: Call) -> None:
    """Wait for arrivals under way and keep others out until this transaction ends: the hand-over must miss none."""
    db.session.execute(select(Call.id).where(Call.id == call.id).with_for_update(key_share=True))


def _hand_over(call: Call, bureau: Department, office: Department) -> int:
    """Give the office every declaration of the call that stands at a step of its bureau; returns how many."""
    here = and_(
        RouteStep.submission_id == Declaration.submission_id,
        RouteStep.step == Declaration.step,
        RouteStep.bureau_id == bureau.id,
    )
    waiting = db.session.execute(
        select(Declaration.id, RouteStep.id)
        .join(RouteStep, here)
        .where(
            Declaration.call_id == call.id,
            Declaration.state == DeclarationState.IN_REVIEW,
            Declaration.office_id.is_distinct_from(office.id),
        )
        .with_for_update(of=Declaration)
    ).all()
    if not waiting:
        return 0
    column = level_column(LEVEL_OF[bureau.region.kind])
    declarations, steps = zip(*waiting, strict=True)
    db.session.execute(
        update(Declaration).where(Declaration.id.in_(declarations)).values({"office_id": office.id, column: office.id})
    )
    db.session.execute(update(RouteStep).where(RouteStep.id.in_(steps)).values(office_id=office.id))
    return len(waiting)


def level_column(level: str) -> str:
    """Return the declaration's column that keeps the office of a level."""
    return {"county": "county_office_id", "city": "city_office_id", "province": "province_office_id"}[level]


def bureaus_by_region(region_ids: Iterable[int]) -> dict[int, Department]:
    """Return the bureau of each region."""
    query = select(Department).where(Department.region_id.in_(region_ids), Department.kind == DepartmentKind.BUREAU)
    return {bureau.region_id: bureau for bureau in db.session.scalars(query)}


def responsible_offices(call_ids: Iterable[int], bureau_ids: Iterable[int]) -> dict[tuple[int, int], int]:
    """Return {(call, bureau): office id}."""
    query = select(ResponsibleOffice.call_id, ResponsibleOffice.bureau_id, ResponsibleOffice.office_id).where(
        ResponsibleOffice.call_id.in_(call_ids), ResponsibleOffice.bureau_id.in_(bureau_ids)
    )
    return {(call, bureau): office for call, bureau, office in db.session.execute(query)}


def offices_of(bureau: Department) -> list[Department]:
    """Return the enabled offices of a bureau in their order."""
    query = (
        select(Department)
        .where(Department.parent_id == bureau.id, Department.kind == DepartmentKind.OFFICE, Department.enabled)
        .order_by(Department.position, Department.id)
    )
    return list(db.session.scalars(query))


def calls_without_office(bureau: Department) -> list[Call]:
    """Return the calls of the site for which the bureau has no responsible office."""
    assigned = select(ResponsibleOffice.call_id).where(ResponsibleOffice.bureau_id == bureau.id)
    query = (
        select(Call)
        .where(Call.site_id == bureau.site_id, Call.id.not_in(assigned))
        .options(joinedload(Call.programme))
        .order_by(Call.closes_at)
    )
    return list(db.session.scalars(query))


def assigned_offices(bureau: Department) -> dict[int, Department]:
    """Return {call id: the office of the bureau that is responsible}."""
    query = (
        select(ResponsibleOffice)
        .where(ResponsibleOffice.bureau_id == bureau.id)
        .options(joinedload(ResponsibleOffice.office))
    )
    return {row.call_id: row.office for row in db.session.scalars(query)}


def waiting_counts(bureau: Department) -> dict[int, int]:
    """Return {call id: how many declarations wait at the bureau because no office is responsible}."""
    here = and_(
        RouteStep.submission_id == Declaration.submission_id,
        RouteStep.step == Declaration.step,
        RouteStep.bureau_id == bureau.id,
    )
    query = (
        select(Declaration.call_id, func.count())
        .join(RouteStep, here)
        .where(
            Declaration.site_id == bureau.site_id,
            Declaration.office_id.is_(None),
            Declaration.step_role.is_not(None),
            Declaration.state == DeclarationState.IN_REVIEW,
        )
        .group_by(Declaration.call_id)
    )
    return dict(db.session.execute(query).all())


def missing_people(bureau: Department) -> dict[int, list[str]]:
    """Return {office id: roles that nobody enabled in it holds} for the offices of a bureau; empty lists mean ready."""
    needed = NEEDED_ROLES[LEVEL_OF[bureau.region.kind]]
    query = (
        select(Department.id, Role.name)
        .outerjoin(Account, and_(Account.department_id == Department.id, Account.active, Account.locked.is_(False)))
        .outerjoin(Account.roles)
        .where(Department.parent_id == bureau.id, Department.kind == DepartmentKind.OFFICE)
        .distinct()
    )
    present: dict[int, set[str]] = {}
    for office_id, role in db.session.execute(query):
        present.setdefault(office_id, set()).add(role)
    return {office_id: [r for r in needed if r not in held] for office_id, held in present.items()}
