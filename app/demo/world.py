"""A demo site built from its data file: regions, bureaus, people, enterprises and calls, all through the services."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from stdnum.cn import uscc

from .. import roles
from ..clock import to_local
from ..extensions import db
from ..forms.package import read_yaml
from ..models import (
    Account,
    Call,
    DeclarationTypeVersion,
    Department,
    DepartmentKind,
    Enterprise,
    Funding,
    IdKind,
    MembershipRole,
    Region,
    RegionKind,
    Site,
)
from ..services import accounts, departments, enterprises, guides, letter_templates, offices, programmes, types
from . import papers

PASSWORD = "Shenbao#2026"  # noqa: S105 - the published password of the demo accounts
FOLDER = Path(__file__).parent
CITY_DUE_DAYS, COUNTY_DUE_DAYS = 25, 10  # after the end of declaring


DEFAULT = min(path.stem for path in FOLDER.glob("*.yaml"))


@dataclass
class World:
    """What the demo journeys and the tests refer to by name; offices are called `bureau/office`."""

    site: Site
    data: Mapping[str, Any]
    regions: dict[str, Region] = field(default_factory=dict)
    departments: dict[str, Department] = field(default_factory=dict)
    people: dict[str, Account] = field(default_factory=dict)
    enterprises: dict[str, Enterprise] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)


def load_data(name: str = DEFAULT) -> dict[str, Any]:
    """Return a demo data set."""
    return read_yaml((FOLDER / f"{name}.yaml").read_text("utf-8"), f"{name}.yaml")


def build(at: datetime, name: str = DEFAULT) -> World:
    """Create the site with everything but declarations."""
    data = load_data(name)
    site = Site(**data["site"])
    db.session.add(site)
    db.session.flush()
    world = World(site, data)
    _add_regions(world)
    _add_bureaus(world, at)
    _add_officials(world, at)
    letter_templates.add_defaults(site.id)
    _add_enterprises(world, at)
    _add_newcomers(world, at)
    versions = {p.name: types.install_package(p, site, at) for p in types.shipped_packages()}
    for programme in data["programmes"]:
        open_call(world, versions[programme["type"]], programme, at)
    return world


def _add_regions(world: World) -> None:
    province = world.data["province"]
    root = departments.add_region(world.site, province["name"], RegionKind.PROVINCE, code=province["code"])
    world.regions[province["name"]] = root
    for city in world.data["cities"]:
        region = departments.add_region(world.site, city["name"], RegionKind.CITY, root, city["code"])
        world.regions[city["name"]] = region
        for county in city["counties"]:
            kind = RegionKind(county["kind"])
            world.regions[county["name"]] = departments.add_region(
                world.site, county["name"], kind, region, county.get("code")
            )


def _add_bureaus(world: World, at: datetime) -> None:
    province = _add_bureau(world, None, world.data["province"], at)
    for city in world.data["cities"]:
        bureau = _add_bureau(world, province, city, at)
        for county in city["counties"]:
            _add_bureau(world, bureau, county, at)


def _add_bureau(world: World, parent: Department | None, region: Mapping[str, Any], at: datetime) -> Department:
    bureau = departments.add_department(
        parent, region["bureau"], DepartmentKind.BUREAU, by=None, at=at,
        region=world.regions[region["name"]], position=len(world.departments),
    )  # fmt: skip
    world.departments[bureau.name] = bureau
    for position, office in enumerate(region["offices"], start=1):
        world.departments[f"{bureau.name}/{office}"] = departments.add_department(
            bureau, office, DepartmentKind.OFFICE, by=None, at=at, position=position
        )
    return bureau


def _add_officials(world: World, at: datetime) -> None:
    for number, official in enumerate(world.data["officials"]):
        department = world.departments.get(official.get("department"))
        _add_official(world, official["username"], official["name"], official["role"], department, number, at)
    for number, (county, bureau) in enumerate(_counties_without_people(world), start=1):
        office = next(d for d in world.departments.values() if d.parent_id == bureau.id)
        officer, administrator = roles.COUNTY_OFFICER, roles.COUNTY_ADMINISTRATOR
        _add_official(world, f"admin_{number:02d}", f"{county}管理员", administrator, bureau, 40 + number, at)
        _add_official(world, f"officer_{number:02d}", f"{county}经办", officer, office, 60 + number, at)


def _counties_without_people(world: World) -> Iterator[tuple[str, Department]]:
    staffed = {person.department_id for person in world.people.values()}
    for city in world.data["cities"]:
        for county in city["counties"]:
            bureau = world.departments[county["bureau"]]
            if bureau.id not in staffed:
                yield county["name"], bureau


def _add_official(
    world: World, username: str, name: str, role: str, department: Department | None, number: int, at: datetime
) -> None:
    world.people[username] = accounts.create_account(
        world.site, username, name, PASSWORD, [role], by=None, at=at, department=department,
        mobile=f"1380000{number:04d}", id_kind=IdKind.GOVERNMENT_ACCOUNT, id_number=f"gov_{username}",
    )  # fmt: skip


def _add_enterprises(world: World, at: datetime) -> None:
    for number, facts in enumerate(world.data["enterprises"], start=1):
        world.enterprises[facts["username"]] = _add_enterprise(world, facts, number, at)
        _add_member(world, facts["username"], facts["person"], facts["username"], MembershipRole.ADMINISTRATOR, at)
    for part, role in (("employees", MembershipRole.EMPLOYEE), ("individuals", MembershipRole.INDIVIDUAL)):
        for member in world.data[part]:
            granted = member.get("grants", ())
            _add_member(world, member["username"], member["name"], member["enterprise"], role, at, granted)


def _add_newcomers(world: World, at: datetime) -> None:
    for number, newcomer in enumerate(world.data["newcomers"]):
        username, name, role = newcomer["username"], newcomer["name"], newcomer["role"]
        world.people[username] = accounts.create_account(
            world.site, username, name, PASSWORD, [role], by=None, at=at, mobile=f"1370000{number:04d}"
        )


def _add_enterprise(world: World, facts: Mapping[str, Any], number: int, at: datetime) -> Enterprise:
    region, person = world.regions[facts["county"]], facts["person"]
    enterprise = enterprises.register_enterprise(
        world.site, credit_code(region.code or region.parent.code, number), facts["name"], by=None, at=at,
        short_name=facts["short_name"], industry=facts["industry"], kind="有限责任公司", legal_representative=person,
        legal_phone=f"1390000{number:04d}", contact=person, contact_phone=f"1390001{number:04d}",
        email=f"contact{number:02d}@example.com", address=f"{region.parent.name}{region.name}示范路 {number} 号",
        postcode="516000", established_on=date(2008 + number % 10, 1 + number % 12, 8),
        registered_capital=Decimal(20_000_000 + 1_500_000 * number),
        main_business=f"{facts['industry']}相关产品的研发、制造与服务",
    )  # fmt: skip
    enterprises.place(enterprise, region, by=None, at=at)
    enterprises.certify(enterprise, by=None, at=at)
    for age in (3, 2, 1):
        revenue = Decimal(48_000_000 + 4_000_000 * number - 5_000_000 * age)
        enterprises.record_year(enterprise, to_local(at).year - age, revenue, revenue * Decimal("0.06"))
    return enterprise


def _add_member(
    world: World,
    username: str,
    name: str,
    company: str,
    role: MembershipRole,
    at: datetime,
    granted: Iterable[str] = (),
) -> None:
    account = accounts.create_account(world.site, username, name, PASSWORD, [], by=None, at=at)
    accounts.join_enterprise(account, world.enterprises[company], role, by=None, at=at, granted=granted)
    world.people[username] = account


def credit_code(region_code: str, number: int) -> str:
    """Return an invented credit code with the right check digit (GB 32100-2015)."""
    stem = f"91{region_code}MADEM{number:04d}"
    return stem + uscc.calc_check_digit(stem)


def open_call(world: World, version: DeclarationTypeVersion, programme: Mapping[str, Any], at: datetime) -> Call:
    """Create a programme with one call of this version, its guides and its responsible offices."""
    opens_at, closes_at = _day(at, programme["opens"], 9), _day(at, programme["closes"], 18)
    administrator = _administrator(world, world.data["province"]["bureau"])
    facts = {key: value for key, value in world.data["programme_facts"].items() if key != "level"}
    created = programmes.create_programme(
        world.site, programme["name"], programme["year"], Funding.UNFUNDED, world.data["programme_facts"]["level"],
        by=administrator, at=at, **facts,
    )  # fmt: skip
    definition = types.definition_of(version)
    call = programmes.create_call(
        created, definition.short_title or definition.title, version, opens_at=opens_at, closes_at=closes_at,
        city_due_at=_day(at, programme["closes"] + CITY_DUE_DAYS, 18), by=administrator, at=at, group=facts["nature"],
    )  # fmt: skip
    world.calls[programme["key"]] = call
    _assign_offices(world, call, at)
    _publish_guides(world, call, _day(at, programme["closes"] + COUNTY_DUE_DAYS, 18), at)
    return call


def _assign_offices(world: World, call: Call, at: datetime) -> None:
    for name in world.data["responsible"]:
        administrator = _administrator(world, name.split("/")[0])
        offices.set_responsible_office(call, world.departments[name], by=administrator, at=at)


def _publish_guides(world: World, call: Call, county_due_at: datetime, at: datetime) -> None:
    for city in world.data["cities"]:
        region = world.regions[city["name"]]
        handling = {world.departments[name].id for name in world.data["responsible"] if name.startswith(city["bureau"])}
        officer = next(p for p in world.people.values() if p.department_id in handling)
        paper = BytesIO(papers.make_paper("申报指南.pdf", city["bureau"]))
        guides.publish_guide(
            call, region, opens_at=call.opens_at, closes_at=call.closes_at, county_review=True,
            county_due_at=county_due_at, by=officer, at=at, note=world.data["guide_note"],
            file=guides.keep_guide_file(paper, f"{city['name']}申报指南.pdf", site_id=call.site_id),
        )  # fmt: skip


def _administrator(world: World, bureau: str) -> Account:
    """Return the person who sits in the bureau itself."""
    return next(p for p in world.people.values() if p.department_id == world.departments[bureau].id)


def _day(moment: datetime, days: int, hour: int) -> datetime:
    """Return the full hour on the Shanghai clock that many days from the moment."""
    return (to_local(moment) + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)
