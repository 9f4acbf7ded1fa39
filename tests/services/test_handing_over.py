"""Declarations without an office: they wait where they are, and go on when there is one, with time to be reviewed."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app import roles
from app.clock import now
from app.extensions import db
from app.models import (
    Call,
    Declaration,
    Department,
    DepartmentKind,
    Region,
    RegionKind,
    ResponsibleOffice,
    ReviewAction,
    RouteStep,
)
from app.permissions import bureau_of
from app.services import accounts, calls, departments, enterprises, offices
from tests.conftest import PASSWORD

DAY = timedelta(days=1)


def switch(department: Department, enabled: bool, by, at=None) -> None:
    departments.change_department(
        department, name=department.name, head=None, position=0, enabled=enabled, description=None, by=by,
        at=at or now(),
    )  # fmt: skip
    db.session.commit()
    db.session.expire_all()


@pytest.fixture
def waiting(quick):
    return quick("second")


@pytest.fixture
def city(person):
    return person("city_admin")


def test_an_office_switched_off_leaves_its_declarations_waiting_and_takes_them_back(waiting, city):
    office, due = waiting.office, waiting.due_at
    switch(office, False, city)
    assert waiting.office_id is None
    assert offices.waiting_counts(bureau_of(city)) == {waiting.call_id: 1}
    switch(office, True, city)
    assert (waiting.office_id, waiting.due_at) == (office.id, due)


def test_a_bureau_switched_off_does_the_same(quick, person):
    first, city = quick("first"), person("city_admin")
    bureau, office = first.office.parent, first.office
    switch(bureau, False, city)
    assert first.office_id is None
    switch(bureau, True, city)
    assert first.office_id == office.id


def test_what_arrives_while_the_office_is_off_waits_too(quick, person, journey):
    first = quick("first")
    switch(person("city_officer").department, False, person("city_admin"))
    journey.act(first, ReviewAction.RECOMMEND)
    assert (first.step, first.office_id) == ("second", None)


def test_a_call_without_office_waits_for_another_one(waiting, city):
    call, office = waiting.call, waiting.office
    assert offices.clear_responsible_office(call, by=city, at=now()) == 1
    db.session.commit()
    assert waiting.office_id is None
    other = next(o for o in offices.offices_of(bureau_of(city)) if o.id != office.id)
    offices.set_responsible_office(call, other, by=city, at=now())
    db.session.commit()
    assert (waiting.office_id, waiting.city_office_id) == (other.id, other.id)


def test_a_call_whose_city_office_is_off_is_not_open_and_says_so(call_of, person):
    call, company = call_of("quick_note"), person("enterprise_admin").memberships[0].enterprise
    assert calls.opening_of(call, company, now()).is_open
    switch(person("city_officer").department, False, person("city_admin"))
    assert "尚未设置本项目的责任科室" in str(calls.opening_of(call, company, now()).reason)


def test_time_lost_while_waiting_is_given_back_to_this_step_and_the_next(quick, person):
    first = quick("first")
    county, office = person("county_admin"), first.office
    at = first.due_at + DAY
    db.session.execute(update(Declaration).where(Declaration.id == first.id).values(arrived_at=first.due_at - DAY))
    switch(office, False, county, at)
    switch(office, True, county, at)
    assert first.due_at == at + 2 * DAY
    dues = dict(
        db.session.execute(
            select(RouteStep.step, RouteStep.due_at).where(RouteStep.submission_id == first.submission_id)
        ).all()
    )
    assert dues["first"] == first.due_at
    assert dues["second"] >= first.due_at


def test_declarations_of_a_county_without_bureau_move_on_once_it_has_one(call_of, journey, person, session):
    call, city = call_of("quick_note"), person("city_admin")
    site = city.site
    county = departments.add_region(site, "新设区", RegionKind.COUNTY, session.get(Region, city.department.region_id))
    enterprises.place(person("company_03").memberships[0].enterprise, county, by=None, at=now())
    session.commit()
    stuck = journey.walk_to("first", "company_03", call)
    assert stuck.office_id is None

    bureau = departments.add_department(
        bureau_of(city), "新设区工业和信息化局", DepartmentKind.BUREAU, by=city, at=now(), region=county
    )
    office = departments.add_department(bureau, "工业股", DepartmentKind.OFFICE, by=city, at=now())
    administrator = accounts.create_account(
        site,
        "new_county",
        "新区管理员",
        PASSWORD,
        [roles.COUNTY_ADMINISTRATOR],
        by=None,
        at=now(),
        department=bureau,
    )
    session.commit()
    assert offices.waiting_counts(bureau) == {call.id: 1}
    offices.set_responsible_office(call, office, by=administrator, at=now())
    session.commit()
    session.expire_all()
    assert (stuck.office_id, stuck.county_office_id) == (office.id, office.id)


def test_the_administrator_is_told_what_is_not_ready(call_of, person):
    call, city = call_of("quick_note"), person("city_admin")
    bureau, officer = bureau_of(city), person("city_officer")
    before = {found.call.id for found in offices.unready_calls(bureau, now())}
    assert call.id not in before
    officer.active = False
    db.session.commit()
    found = next(f for f in offices.unready_calls(bureau, now()) if f.call.id == call.id)
    assert [str(what) for what in found.lacking] == ["缺少地市-处室-经办"]
    offices.clear_responsible_office(db.session.get(Call, call.id), by=city, at=now())
    db.session.commit()
    found = next(f for f in offices.unready_calls(bureau, now()) if f.call.id == call.id)
    assert found.office is None
    assert not db.session.scalars(
        select(ResponsibleOffice.id).where(
            ResponsibleOffice.call_id == call.id, ResponsibleOffice.bureau_id == bureau.id
        )
    ).all()
