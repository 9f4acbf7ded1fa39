"""The demo site: regions, bureaus, people, enterprises, calls. Names are invented, credit codes are valid."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from stdnum.cn import uscc

from .. import roles
from ..clock import to_local
from ..extensions import db
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
from ..services import accounts, departments, enterprises, offices, programmes, types

PASSWORD = "Shenbao#2026"  # noqa: S105 - the published password of the demo accounts

# city → (bureau, offices, {county: (kind, code, bureau, offices)})
CITIES = {
    "惠州市": (
        "441300",
        "惠州市工业和信息化局",
        ("技术改造与创新科", "电子信息科", "综合规划科"),
        {
            "惠城区": (RegionKind.COUNTY, "441302", "惠城区科技和工业信息化局", ("工业发展股", "信息化股")),
            "惠阳区": (RegionKind.COUNTY, "441303", "惠阳区科技和工业信息化局", ("工业股",)),
            "博罗县": (RegionKind.COUNTY, "441322", "博罗县科技和工业信息化局", ("工业股",)),
            "惠东县": (RegionKind.COUNTY, "441323", "惠东县科技和工业信息化局", ("工业股",)),
            "龙门县": (RegionKind.COUNTY, "441324", "龙门县科技和工业信息化局", ("工业股",)),
            "仲恺高新区": (RegionKind.ZONE, None, "仲恺高新区科技创新局", ("产业发展科",)),
            "大亚湾开发区": (RegionKind.ZONE, None, "大亚湾开发区工业和信息化局", ("工业科",)),
        },
    ),
    "广州市": (
        "440100",
        "广州市工业和信息化局",
        ("装备与智能制造处", "软件和信息服务处"),
        {
            "越秀区": (RegionKind.COUNTY, "440104", "越秀区科技工业和信息化局", ("工业科",)),
            "黄埔区": (RegionKind.COUNTY, "440112", "黄埔区工业和信息化局", ("智能制造科",)),
        },
    ),
}
WITHOUT_OFFICE = {"龙门县"}  # its declarations wait visibly until the county sets its responsible office

# user name → (name, role, department)
OFFICIALS = {
    "province_admin": ("林致远", roles.PROVINCE_ADMINISTRATOR, "广东省工业和信息化厅"),
    "province_officer": ("周若楠", roles.PROVINCE_OFFICER, "广东省工业和信息化厅/装备工业处"),
    "city_admin": ("何嘉明", roles.CITY_ADMINISTRATOR, "惠州市工业和信息化局"),
    "city_officer": ("黄思齐", roles.CITY_OFFICER, "惠州市工业和信息化局/技术改造与创新科"),
    "office_leader": ("梁启文", roles.OFFICE_LEADER, "惠州市工业和信息化局/技术改造与创新科"),
    "county_admin": ("叶文静", roles.COUNTY_ADMINISTRATOR, "惠城区科技和工业信息化局"),
    "county_officer": ("邓子谦", roles.COUNTY_OFFICER, "惠城区科技和工业信息化局/工业发展股"),
    "gz_city_admin": ("冯立群", roles.CITY_ADMINISTRATOR, "广州市工业和信息化局"),
    "gz_city_officer": ("谢雨桐", roles.CITY_OFFICER, "广州市工业和信息化局/装备与智能制造处"),
    "gz_office_leader": ("罗振华", roles.OFFICE_LEADER, "广州市工业和信息化局/装备与智能制造处"),
    "gz_county_admin": ("苏敏仪", roles.COUNTY_ADMINISTRATOR, "越秀区科技工业和信息化局"),
    "gz_county_officer": ("许可欣", roles.COUNTY_OFFICER, "越秀区科技工业和信息化局/工业科"),
}

# administrator's user name → (name of the person, enterprise, short name, county, industry)
ENTERPRISES = {
    "enterprise_admin": ("陈安之", "惠州市云杉智能装备有限公司", "云杉智能", "惠城区", "专用设备制造业"),
    "gz_enterprise_admin": ("郑怀瑾", "广州木棉工业软件有限公司", "木棉软件", "越秀区", "软件和信息技术服务业"),
    "company_03": ("曾书瑶", "惠州市青岚机器人有限公司", "青岚机器人", "惠城区", "通用设备制造业"),
    "company_04": ("赖明哲", "惠州海石激光科技有限公司", "海石激光", "惠城区", "专用设备制造业"),
    "company_05": ("钟晓岚", "惠州市北斗星自动化有限公司", "北斗星自动化", "仲恺高新区", "仪器仪表制造业"),
    "company_06": ("邱景行", "惠州远帆工业软件有限公司", "远帆软件", "仲恺高新区", "软件和信息技术服务业"),
    "company_07": ("侯佳宁", "博罗县松涛数控机床有限公司", "松涛数控", "博罗县", "通用设备制造业"),
    "company_08": ("温子涵", "惠东县晨曦物联科技有限公司", "晨曦物联", "惠东县", "软件和信息技术服务业"),
    "company_09": ("巫若川", "龙门县竹溪智能制造有限公司", "竹溪智造", "龙门县", "专用设备制造业"),
    "company_10": ("古清源", "大亚湾鲲鹏系统集成有限公司", "鲲鹏集成", "大亚湾开发区", "软件和信息技术服务业"),
    "company_11": ("严知夏", "惠阳区澄江检测装备有限公司", "澄江检测", "惠阳区", "仪器仪表制造业"),
    "company_12": ("孔令仪", "广州黄埔长风机器人有限公司", "长风机器人", "黄埔区", "通用设备制造业"),
}


@dataclass
class World:
    """What the demo journeys and the tests refer to by name."""

    site: Site
    regions: dict[str, Region] = field(default_factory=dict)
    departments: dict[str, Department] = field(default_factory=dict)
    people: dict[str, Account] = field(default_factory=dict)
    enterprises: dict[str, Enterprise] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)


def build(at: datetime) -> World:
    """Create the site with everything but declarations."""
    site = Site(key="guangdong", name="广东省项目申报平台", host="guangdong.localhost")
    db.session.add(site)
    db.session.flush()
    world = World(site)
    _add_regions(world)
    _add_departments(world, at)
    _add_people(world, at)
    _add_enterprises(world, at)
    for folder in types.shipped_packages():
        types.install_package(folder, site, at)
    _add_calls(world, at)
    return world


def _add_regions(world: World) -> None:
    province = departments.add_region(world.site, "广东省", RegionKind.PROVINCE, code="440000")
    world.regions["广东省"] = province
    for city_name, (code, _bureau, _offices, counties) in CITIES.items():
        city = departments.add_region(world.site, city_name, RegionKind.CITY, province, code)
        world.regions[city_name] = city
        for county_name, (kind, county_code, *_rest) in counties.items():
            world.regions[county_name] = departments.add_region(world.site, county_name, kind, city, county_code)


def _add_departments(world: World, at: datetime) -> None:
    province = _bureau(world, None, "广东省", "广东省工业和信息化厅", ("装备工业处", "技术创新处", "信息化处"), at)
    for city_name, (_code, bureau, city_offices, counties) in CITIES.items():
        city = _bureau(world, province, city_name, bureau, city_offices, at)
        for county_name, (_kind, _county_code, county_bureau, county_offices) in counties.items():
            _bureau(world, city, county_name, county_bureau, county_offices, at)


def _bureau(
    world: World, parent: Department | None, region: str, name: str, office_names: tuple[str, ...], at: datetime
) -> Department:
    bureau = departments.add_department(
        parent,
        name,
        DepartmentKind.BUREAU,
        by=None,
        at=at,
        region=world.regions[region],
        position=len(world.departments),
    )
    world.departments[name] = bureau
    for position, office in enumerate(office_names, start=1):
        world.departments[f"{name}/{office}"] = departments.add_department(
            bureau, office, DepartmentKind.OFFICE, by=None, at=at, position=position
        )
    return bureau


def _add_people(world: World, at: datetime) -> None:
    for number, (username, (name, role, department)) in enumerate(OFFICIALS.items()):
        _official(world, username, name, role, world.departments[department], number, at)
    world.people["platform_operator"] = accounts.create_account(
        world.site, "platform_operator", "唐工", PASSWORD, [roles.PLATFORM_OPERATOR], by=None, at=at
    )
    for number, (county, (*_rest, bureau, county_offices)) in enumerate(_all_counties().items()):
        taken = {person.department_id for person in world.people.values()}
        if world.departments[bureau].id not in taken:
            _official(
                world,
                f"admin_{number:02d}",
                f"{county}管理员",
                roles.COUNTY_ADMINISTRATOR,
                world.departments[bureau],
                40 + number,
                at,
            )
            office = world.departments[f"{bureau}/{county_offices[0]}"]
            _official(world, f"officer_{number:02d}", f"{county}经办", roles.COUNTY_OFFICER, office, 60 + number, at)


def _all_counties() -> dict[str, tuple]:
    return {name: facts for _code, _bureau, _offices, counties in CITIES.values() for name, facts in counties.items()}


def _official(
    world: World, username: str, name: str, role: str, department: Department, number: int, at: datetime
) -> None:
    world.people[username] = accounts.create_account(
        world.site, username, name, PASSWORD, [role], by=None, at=at, department=department,
        mobile=f"1380000{number:04d}", id_kind=IdKind.GOVERNMENT_ACCOUNT, id_number=f"gov_{username}",
    )  # fmt: skip


def _add_enterprises(world: World, at: datetime) -> None:
    for number, (username, (person, name, short, county, industry)) in enumerate(ENTERPRISES.items(), start=1):
        region = world.regions[county]
        enterprise = enterprises.register_enterprise(
            world.site, credit_code(region.code or region.parent.code, number), name, by=None, at=at,
            short_name=short, industry=industry, kind="有限责任公司", legal_representative=person,
            legal_phone=f"1390000{number:04d}", contact=person, contact_phone=f"1390001{number:04d}",
            email=f"contact{number:02d}@example.com", address=f"{region.parent.name}{county}示范路 {number} 号",
            postcode="516000", established_on=date(2008 + number % 10, 1 + number % 12, 8),
            registered_capital=Decimal(20_000_000 + 1_500_000 * number),
            main_business=f"{industry}相关产品的研发、制造与服务",
        )  # fmt: skip
        enterprises.place(enterprise, region, by=None, at=at)
        enterprises.certify(enterprise, by=None, at=at)
        for year in (2021, 2022, 2023):
            revenue = Decimal(30_000_000 + 4_000_000 * number + 5_000_000 * (year - 2021))
            enterprises.record_year(enterprise, year, revenue, revenue * Decimal("0.06"))
        world.enterprises[username] = enterprise
        _member(world, username, person, enterprise, MembershipRole.ADMINISTRATOR, at)
    _member(world, "enterprise_employee", "彭晓雨", world.enterprises["enterprise_admin"], MembershipRole.EMPLOYEE, at)


def _member(world: World, username: str, name: str, enterprise: Enterprise, role: MembershipRole, at: datetime) -> None:
    account = accounts.create_account(world.site, username, name, PASSWORD, [], by=None, at=at)
    accounts.join_enterprise(account, enterprise, role, by=None, at=at)
    world.people[username] = account


def credit_code(region_code: str, number: int) -> str:
    """Return an invented credit code with the right check digit (GB 32100-2015)."""
    stem = f"91{region_code}MADEM{number:04d}"
    return stem + uscc.calc_check_digit(stem)


def _add_calls(world: World, at: datetime) -> None:
    version = db.session.scalars(select(DeclarationTypeVersion).order_by(DeclarationTypeVersion.id).limit(1)).one()
    definition = types.definition_of(version)
    _call(world, "open", definition.short_title or definition.title, definition.year, version, at, opens=-20, closes=15)
    _call(world, "coming", f"{definition.year + 1}年度预告", definition.year + 1, version, at, opens=12, closes=60)
    _call(
        world,
        "closed",
        f"{definition.year - 1}年度（已截止）",
        definition.year - 1,
        version,
        at,
        opens=-120,
        closes=-60,
    )


def _call(
    world: World,
    key: str,
    name: str,
    year: int,
    version: DeclarationTypeVersion,
    at: datetime,
    *,
    opens: int,
    closes: int,
) -> None:
    """Create a programme with one call, its guides and responsible offices; days are counted from today."""
    opens_at, closes_at, city_due_at = _at(at, opens, 9), _at(at, closes, 18), _at(at, closes + 25, 18)
    programme_name = (
        types.definition_of(version).title.split("（")[0].replace(str(types.definition_of(version).year), str(year))
    )
    programme = programmes.create_programme(
        world.site, programme_name, year, Funding.UNFUNDED, "省级", by=world.people["province_admin"], at=at,
        nature="认定类", business_area="装备工业", basis="粤工信装备函〔2024〕19号",
    )  # fmt: skip
    call = programmes.create_call(
        programme, name, version, opens_at=opens_at, closes_at=closes_at, city_due_at=city_due_at,
        by=world.people["province_admin"], at=at, group="认定类",
    )  # fmt: skip
    world.calls[key] = call
    _assign(world, call, "province_admin", "广东省工业和信息化厅/装备工业处", at)
    _assign(world, call, "city_admin", "惠州市工业和信息化局/技术改造与创新科", at)
    _assign(world, call, "gz_city_admin", "广州市工业和信息化局/装备与智能制造处", at)
    for county, (*_rest, bureau, county_offices) in _all_counties().items():
        if county not in WITHOUT_OFFICE:
            _assign(world, call, _administrator_of(world, bureau), f"{bureau}/{county_offices[0]}", at)
    for city, officer in (("惠州市", "city_officer"), ("广州市", "gz_city_officer")):
        programmes.publish_guide(
            call, world.regions[city], opens_at=opens_at, closes_at=closes_at, county_review=True,
            county_due_at=_at(at, closes + 10, 18), by=world.people[officer], at=at,
            note="请各单位在截止时间前完成填报，逾期不予受理。",
        )  # fmt: skip


def _assign(world: World, call: Call, username: str, department: str, at: datetime) -> None:
    offices.set_responsible_office(call, world.departments[department], by=world.people[username], at=at)


def _administrator_of(world: World, bureau: str) -> str:
    for username, person in world.people.items():
        if person.department_id == world.departments[bureau].id and roles.COUNTY_ADMINISTRATOR in person.role_names:
            return username
    raise LookupError(f"{bureau} has no administrator")


def _at(moment: datetime, days: int, hour: int) -> datetime:
    """Return the full hour on the Shanghai clock that many days from the moment."""
    day = to_local(moment) + timedelta(days=days)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)
