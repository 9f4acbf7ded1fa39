"""Who is told: people who can log in now, with the addresses by which they can be reached."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import ColumnElement, Row, Select, and_, or_, select

from .. import roles
from ..extensions import db
from ..models import Account, Department, Membership, MembershipRole

Person = Row[Any]
_COLUMNS = (Account.id, Account.site_id, Account.email, Account.mobile, Account.first_name.label("name"))
_HELD = {
    "unit": (MembershipRole.ADMINISTRATOR, MembershipRole.EMPLOYEE),
    "individual": (MembershipRole.INDIVIDUAL,),
}
_CAN_LOG_IN = and_(Account.active, Account.locked.is_(False))


def enterprise_people(enterprise_ids: Iterable[int], kinds: Iterable[str] = ("unit",)) -> dict[int, list[Person]]:
    """Return {enterprise id: those who act for it}, with `individual` among the kinds those who declare inside it."""
    held = {role for kind in kinds for role in _HELD[kind]}
    return _by_first(_members(Membership.enterprise_id).where(_within(enterprise_ids), Membership.role.in_(held)))


def applicants_of(rows: Iterable[Any]) -> dict[int, list[Person]]:
    """Return {declaration id: who hears of it}: the person who declares inside the unit, else the enterprise's own."""
    rows = list(rows)
    own = [row for row in rows if row.individual_id is not None]
    units = enterprise_people(row.enterprise_id for row in rows if row.individual_id is None)
    return {row.id: units.get(row.enterprise_id, []) for row in rows} | _individuals(own)


def _individuals(rows: Iterable[Any]) -> dict[int, list[Person]]:
    """Return {declaration id: the person, while still in the unit}; asks nothing when there are none."""
    owners = {row.id: (row.individual_id, row.enterprise_id) for row in rows}
    if not owners:
        return {}
    query = _members(Membership.account_id, Membership.enterprise_id).where(
        Membership.account_id.in_({account for account, _unit in owners.values()})
    )
    there = {(person.account_id, person.enterprise_id): person for person in db.session.execute(query)}
    return {row_id: [there[owner]] if owner in there else [] for row_id, owner in owners.items()}


def _members(*first: Any) -> Select:
    return (
        select(*first, *_COLUMNS)
        .join(Account, Membership.account_id == Account.id)
        .where(_CAN_LOG_IN)
        .order_by(Membership.id)
    )


def _within(enterprise_ids: Iterable[int]) -> ColumnElement[bool]:
    return Membership.enterprise_id.in_(set(enterprise_ids))


def enterprise_administrators(enterprise_ids: Iterable[int]) -> dict[int, list[Person]]:
    """Return {enterprise id: its administrator}."""
    led = Membership.role == MembershipRole.ADMINISTRATOR
    return _by_first(_members(Membership.enterprise_id).where(_within(enterprise_ids), led))


def office_people(office_ids: Iterable[int], role_names: Iterable[str]) -> dict[int, list[Person]]:
    """Return {office id: its people who hold one of the roles}."""
    return _by_first(_officials(Account.department_id.in_(set(office_ids)), role_names))


def administrators_of(bureau_ids: Iterable[int]) -> dict[int, list[Person]]:
    """Return {bureau id: its administrators}."""
    return _by_first(_officials(Account.department_id.in_(set(bureau_ids)), roles.ADMINISTRATORS))


def publishers_of(bureau_id: int, author_id: int | None) -> Sequence[Person]:
    """Return the administrators of a bureau, and the author with everybody of the author's office."""
    own = select(Department.id).where(or_(Department.id == bureau_id, Department.parent_id == bureau_id))
    office = select(Account.department_id).where(Account.id == author_id, Account.department_id.in_(own))
    found = _by_first(_officials(Account.department_id.in_(office), roles.GOVERNMENT))
    people = {person.id: person for some in found.values() for person in some}
    people |= {person.id: person for person in administrators_of([bureau_id]).get(bureau_id, ())}
    return list(people.values())


def _officials(condition: ColumnElement[bool], role_names: Iterable[str]) -> Select:
    return (
        select(Account.department_id, *_COLUMNS)
        .where(condition, _CAN_LOG_IN, Account.roles.any(Role.name.in_(set(role_names))))
        .order_by(Account.id)
    )


def _by_first(query: Select) -> dict[int, list[Person]]:
    found: dict[int, list[Person]] = {}
    for row in db.session.execute(query):
        found.setdefault(row[0], []).append(row)
    return found
