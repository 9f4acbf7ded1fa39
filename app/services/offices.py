"""Responsible offices: which office of a bureau handles a call, and what moves on when one is set."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased, joinedload

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
    ResponsibleOffice,
    RouteStep,
)
from ..permissions import bureau_of
from . import audit, handing_over, notices
from .handing_over import LEVEL_OF

# Who an office needs before it can handle a call of its level.
NEEDED_ROLES = {
    "province": (roles.PROVINCE_OFFICER,),
    "city": (roles.OFFICE_LEADER, roles.CITY_OFFICER),
    "county": (roles.COUNTY_OFFICER,),
}
_MISSING = {
    roles.PROVINCE_OFFICER: _("缺少省厅经办"),
    roles.OFFICE_LEADER: _("缺少地市-处室-领导"),
    roles.CITY_OFFICER: _("缺少地市-处室-经办"),
    roles.COUNTY_OFFICER: _("缺少区县经办"),
}


def set_responsible_office(call: Call, office: Department, *, by: Account, at: datetime) -> ResponsibleOffice:
    """Make an office of the own bureau responsible for a call; declarations that waited for it move on at once."""
    bureau = bureau_of(by)
    if bureau is None or office.site_id != by.site_id or office.parent_id != bureau.id:
        raise Forbidden(_("只能设置本单位的科室为责任科室。"))
    if office.kind is not DepartmentKind.OFFICE or not office.enabled:
        raise Invalid(_("“%(name)s”不是启用中的科室，请选择其他科室。", name=office.name))
    _hold_arrivals(call)
    assignment = find_assignment(call, bureau)
    if assignment is None:
        assignment = ResponsibleOffice(site_id=by.site_id, call_id=call.id, bureau_id=bureau.id, office_id=office.id)
        db.session.add(assignment)
    assignment.office_id = office.id
    db.session.flush()
    moved = handing_over.hand_over(call.id, bureau, office, at)
    audit.record(
        "set_responsible_office",
        assignment,
        by=by,
        at=at,
        detail={"call": call.id, "office": office.id, "moved": moved},
    )
    notices.after_office_set(call, office, moved, at=at)
    return assignment


def clear_responsible_office(call: Call, *, by: Account, at: datetime) -> int:
    """Leave a call without an office of the own bureau; returns how many declarations wait from now on."""
    bureau = bureau_of(by)
    assignment = find_assignment(call, bureau) if bureau is not None else None
    if assignment is None:
        raise Invalid(_("“%(call)s”没有设置责任科室，无需取消。", call=call.name))
    _hold_arrivals(call)
    office = assignment.office
    audit.record(
        "clear_responsible_office", assignment, by=by, at=at, detail={"call": call.id, "office": assignment.office_id}
    )
    db.session.delete(assignment)
    db.session.flush()
    adrift = handing_over.set_adrift(call.id, bureau, office)
    notices.after_office_lost(call, bureau.id, adrift, at=at)
    return adrift


def follow_switch(department: Department, *, at: datetime) -> None:
    """After a bureau or an office was switched on or off: let its declarations wait, or hand over those that did."""
    mine = ResponsibleOffice.office_id if department.kind is DepartmentKind.OFFICE else ResponsibleOffice.bureau_id
    query = select(ResponsibleOffice).where(mine == department.id).order_by(ResponsibleOffice.call_id)
    for assignment in db.session.scalars(query.options(joinedload(ResponsibleOffice.call))).all():
        _hold_arrivals(assignment.call)
        if assignment.office.enabled and assignment.bureau.enabled:
            handing_over.hand_over(assignment.call_id, assignment.bureau, assignment.office, at)
        else:
            adrift = handing_over.set_adrift(assignment.call_id, assignment.bureau, assignment.office)
            notices.after_office_lost(assignment.call, assignment.bureau_id, adrift, at=at)


def find_assignment(call: Call, bureau: Department) -> ResponsibleOffice | None:
    """Return which office of the bureau handles the call, if one was set."""
    query = select(ResponsibleOffice).where(
        ResponsibleOffice.call_id == call.id, ResponsibleOffice.bureau_id == bureau.id
    )
    return db.session.scalars(query).first()


def _hold_arrivals(call: Call) -> None:
    """Wait for arrivals under way and keep others out until this transaction ends: the hand-over must miss none."""
    db.session.execute(select(Call.id).where(Call.id == call.id).with_for_update(key_share=True))


def bureaus_by_region(region_ids: Iterable[int]) -> dict[int, Department]:
    """Return the bureau of each region."""
    query = select(Department).where(Department.region_id.in_(region_ids), Department.kind == DepartmentKind.BUREAU)
    return {bureau.region_id: bureau for bureau in db.session.scalars(query)}


def responsible_offices(call_ids: Iterable[int], bureau_ids: Iterable[int]) -> dict[tuple[int, int], int]:
    """Return {(call, bureau): office id}; an office that is switched off handles nothing."""
    office, bureau = aliased(Department), aliased(Department)
    query = (
        select(ResponsibleOffice.call_id, ResponsibleOffice.bureau_id, ResponsibleOffice.office_id)
        .join(office, ResponsibleOffice.office_id == office.id)
        .join(bureau, ResponsibleOffice.bureau_id == bureau.id)
        .where(ResponsibleOffice.call_id.in_(call_ids), ResponsibleOffice.bureau_id.in_(bureau_ids))
        .where(office.enabled, bureau.enabled)
    )
    return {(call, in_bureau): handles for call, in_bureau, handles in db.session.execute(query)}


def offices_of(bureau: Department) -> list[Department]:
    """Return the enabled offices of a bureau in their order."""
    query = (
        select(Department)
        .where(Department.parent_id == bureau.id, Department.kind == DepartmentKind.OFFICE, Department.enabled)
        .order_by(Department.position, Department.id)
    )
    return list(db.session.scalars(query))


@dataclass(frozen=True)
class Unready:
    """A call that cannot be handled: it has no office (None), or one that lacks what `lacking` says."""

    call: Call
    office: Department | None
    lacking: Sequence[Any]

    @property
    def ends_at(self) -> datetime:
        """Return until when somebody is needed: declaring must not begin without an office, reviews not end without."""
        return self.call.closes_at if self.office is None else self.call.city_due_at or self.call.closes_at


def unready_calls(bureau: Department, at: datetime) -> list[Unready]:
    """Return the calls not yet over that the bureau has nobody to handle, those that close first on top."""
    missing = missing_people(bureau)
    lame = {office_id for office_id, wanted in missing.items() if wanted}
    own = and_(ResponsibleOffice.call_id == Call.id, ResponsibleOffice.bureau_id == bureau.id)
    unset = and_(ResponsibleOffice.id.is_(None), Call.closes_at >= at)
    unfit = and_(or_(Department.id.in_(lame), Department.enabled.is_(False)), _review_ends(Call) >= at)
    query = (
        select(Call, Department)
        .outerjoin(ResponsibleOffice, own)
        .outerjoin(Department, ResponsibleOffice.office_id == Department.id)
        .where(Call.site_id == bureau.site_id, or_(unset, unfit))
        .options(joinedload(Call.programme))
        .order_by(Call.closes_at, Call.id)
    )
    return [Unready(call, office, lacking(office, missing)) for call, office in db.session.execute(query)]


def _review_ends(call: type[Call]) -> ColumnElement[datetime]:
    return func.coalesce(call.city_due_at, call.closes_at)


def lacking(office: Department | None, missing: Mapping[int, Sequence[str]]) -> list[Any]:
    """Return in words what an office lacks before it can handle calls."""
    if office is None:
        return []
    if not office.enabled:
        return [_("科室已停用")]
    return [_MISSING[role] for role in missing.get(office.id, ())]


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
