"""A province in full use: the demo site, more cities, calls and enterprises, and declarations at every stage.

The people, bureaus and calls go through the services; what comes in tens of thousands is written directly.
"""

import random
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, insert, literal, select
from stdnum.cn import uscc

from app.clock import now
from app.demo import world as demo
from app.demo.world import World
from app.extensions import db
from app.forms import samples
from app.models import (
    Call,
    Declaration,
    DeclarationState,
    Department,
    DepartmentKind,
    Enterprise,
    Funding,
    Region,
    RegionKind,
    ResponsibleOffice,
    RouteStep,
    Submission,
)
from app.services import departments, programmes, types
from app.services.handing_over import level_column
from app.workflow.definition import Step

from .loading import bulk_connection, load

SEED = 20240810
INDUSTRIES = (
    "专用设备制造业",
    "通用设备制造业",
    "仪器仪表制造业",
    "软件和信息技术服务业",
    "汽车制造业",
    "电气机械和器材制造业",
)
TRADES = (
    "智能装备",
    "工业软件",
    "机器人",
    "数控机床",
    "激光科技",
    "检测仪器",
    "自动化",
    "物联科技",
    "新材料",
    "系统集成",
)
PLAN_KINDS = (
    "生产线智能化改造",
    "数字化车间建设",
    "工业互联网平台应用",
    "关键工序数控化",
    "智能仓储与物流",
    "质量在线检测",
)

# How far declarations have come when the province's desk is busiest.
STATES = (
    ("draft", 6),
    ("county", 12),
    ("city_officer", 10),
    ("office_leader", 6),
    ("province", 40),
    ("returned", 4),
    ("declined", 5),
    ("approved", 17),
)
WAITING_SHARE = 0.4  # of a call's declarations that wait at the province


@dataclass(frozen=True)
class Place:
    """A county with the offices that its enterprises' declarations pass."""

    name: str
    city_id: int
    county_id: int
    county_office_id: int
    city_office_id: int


@dataclass(frozen=True)
class Province:
    """What the declarations are spread over; plain values, so that filling reads nothing in between."""

    site_id: int
    root_id: int
    version_id: int
    steps: Sequence[Step]
    places: Sequence[Place]
    desks: Mapping[int, int]  # call: office of the province

    @property
    def calls(self) -> list[int]:
        return list(self.desks)


# ---------------------------------------------------------------- bureaus and calls


def build_province(cities: int, counties: int, calls: int) -> Province:
    """Make the demo site, add invented cities until there are as many, each with its counties, and open calls."""
    at = now()
    world = demo.build(at)
    for number in range(len(world.data["cities"]) + 1, cities + 1):
        _add_city(world, number, counties, at)
    opened = [_open_call(world, number, at) for number in range(1, calls + 1)]
    desks = _province_desks(world, opened)
    offices = _first_offices()
    _make_responsible(world, desks, offices)
    version = opened[0].version
    province = Province(
        site_id=world.site.id,
        root_id=world.site.root_region_id,
        version_id=version.id,
        steps=types.workflow_of(version).steps,
        places=_places(offices),
        desks=desks,
    )
    db.session.commit()
    return province


def _places(offices: Mapping[int, int]) -> list[Place]:
    bureaus = {d.region_id: d.id for d in _departments(DepartmentKind.BUREAU)}
    kinds = (RegionKind.COUNTY, RegionKind.ZONE)
    counties = db.session.scalars(select(Region).where(Region.kind.in_(kinds)).order_by(Region.id))
    return [Place(r.name, r.parent_id, r.id, offices[bureaus[r.id]], offices[bureaus[r.parent_id]]) for r in counties]


def _departments(kind: DepartmentKind) -> list[Department]:
    return list(db.session.scalars(select(Department).where(Department.kind == kind).order_by(Department.id)))


def _first_offices() -> dict[int, int]:
    """Return {bureau: the office that handles its calls}."""
    found: dict[int, int] = {}
    for office in _departments(DepartmentKind.OFFICE):
        found.setdefault(office.parent_id, office.id)
    return found


def _add_city(world: World, number: int, counties: int, at: datetime) -> None:
    root = world.departments[world.data["province"]["bureau"]]
    name = f"第{number:02d}市"
    region = departments.add_region(world.site, name, RegionKind.CITY, world.regions[world.data["province"]["name"]])
    bureau = _add_bureau(root, f"{name}工业和信息化局", region, ("技术改造科", "信息化科"), at)
    for county_number in range(1, counties + 1):
        county = departments.add_region(world.site, f"{name}{county_number:02d}区", RegionKind.COUNTY, region)
        _add_bureau(bureau, f"{county.name}科技和工业信息化局", county, ("工业股",), at)


def _add_bureau(parent: Department, name: str, region: Region, offices: Sequence[str], at: datetime) -> Department:
    bureau = departments.add_department(parent, name, DepartmentKind.BUREAU, by=None, at=at, region=region)
    for position, office in enumerate(offices):
        departments.add_department(bureau, office, DepartmentKind.OFFICE, by=None, at=at, position=position)
    return bureau


def _open_call(world: World, number: int, at: datetime) -> Call:
    programme = programmes.create_programme(
        world.site, f"第{number:02d}专题", 2024, Funding.FUNDED, "省级", by=None, at=at, nature="认定类"
    )
    version = types.install_package(types.shipped_packages()[0], world.site, at)
    return programmes.create_call(
        programme, f"第{number:02d}方向", version, opens_at=at - timedelta(days=60), closes_at=at - timedelta(days=5),
        city_due_at=at + timedelta(days=20), by=None, at=at,
    )  # fmt: skip


def _province_desks(world: World, calls: Sequence[Call]) -> dict[int, int]:
    """Return {call: office of the province}: the offices take the calls in turn, beginning with the officer's."""
    bureau = world.departments[world.data["province"]["bureau"]]
    first = world.people["province_officer"].department_id
    others = [d.id for d in _departments(DepartmentKind.OFFICE) if d.parent_id == bureau.id and d.id != first]
    desks = [first, *others]
    return {call.id: desks[i % len(desks)] for i, call in enumerate(calls)}


def _make_responsible(world: World, desks: Mapping[int, int], offices: Mapping[int, int]) -> None:
    root = world.departments[world.data["province"]["bureau"]].id
    rows = [
        {"site_id": world.site.id, "call_id": call, "bureau_id": bureau, "office_id": office}
        for call, desk in desks.items()
        for bureau, office in (offices | {root: desk}).items()
    ]
    db.session.execute(insert(ResponsibleOffice), rows)


# ---------------------------------------------------------------- enterprises and declarations


def fill(province: Province, *, enterprises: int, declarations: Iterator[tuple[int, str]]) -> None:
    """Write enterprises, declarations with their submissions, and the statistics the planner works with."""
    tables = (Enterprise.__table__, Declaration.__table__, Submission.__table__)
    shape = random.Random(SEED)
    owners = _owners(province, enterprises, shape)
    with bulk_connection(db.engine, *tables) as connection:
        load(connection, Enterprise.__table__, (_enterprise(province, *owner, shape) for owner in owners))
        load(connection, Declaration.__table__, _declarations(province, owners, declarations, shape))
        _add_submissions(connection)


def spread(calls: Sequence[int], count: int, first_share: float) -> Iterator[tuple[int, str]]:
    """Yield (call, stage) for as many declarations: the first call has a share of its own, later ones get fewer."""
    shape = random.Random(SEED)
    weights = [1 / n for n in range(1, len(calls))]
    rest = [(1 - first_share) * weight / sum(weights) for weight in weights]
    chosen = shape.choices(calls, [first_share, *rest], k=count)
    stages = shape.choices([s for s, _share in STATES], [share for _s, share in STATES], k=count)
    return zip(chosen, stages, strict=True)


def _owners(province: Province, count: int, shape: random.Random) -> list[tuple[int, Place]]:
    """Return (id, place) of the enterprises; some counties have many times as many as others."""
    first = db.session.scalar(select(func.max(Enterprise.id))) + 1
    weights = [shape.lognormvariate(0, 0.8) for _place in province.places]
    places = shape.choices(province.places, weights, k=count)
    db.session.commit()
    return list(enumerate(places, start=first))


def _enterprise(province: Province, row_id: int, place: Place, shape: random.Random) -> dict[str, Any]:
    stem = f"91440000MBN{row_id:06d}"
    name = f"{shape.choice('云海青北远松晨竹鲲澄长木')}{shape.choice('杉石岚斗帆涛曦溪鹏江风棉')}{row_id}"
    return {
        "id": row_id,
        "site_id": province.site_id,
        "public_id": _public_id(shape),
        "credit_code": stem + uscc.calc_check_digit(stem),
        "name": f"广东{name}{shape.choice(TRADES)}有限公司",
        "city_id": place.city_id,
        "county_id": place.county_id,
        "industry": shape.choice(INDUSTRIES),
        "contact": "张三",
        "contact_phone": f"139{row_id:08d}",
        "dishonest": shape.random() < 0.01,
        "main_business": "智能制造装备与系统的研发、生产、销售和技术服务" * 4,
    }


def _declarations(
    province: Province,
    owners: Sequence[tuple[int, Place]],
    chosen: Iterator[tuple[int, str]],
    shape: random.Random,
) -> Iterator[dict[str, Any]]:
    at = now().replace(microsecond=0)
    for row_id, (call, stage) in enumerate(chosen, start=1):
        owner, place = shape.choice(owners)
        arrived = at - timedelta(seconds=shape.randrange(60 * 86_400))
        trade = shape.choice(TRADES)
        yield {
            "id": row_id,
            "site_id": province.site_id,
            "public_id": _public_id(shape),
            "call_id": call,
            "version_id": province.version_id,
            "enterprise_id": owner,
            "city_id": place.city_id,
            "county_id": place.county_id,
            "title": f"{trade}{shape.choice(PLAN_KINDS)}项目（{row_id}）",
            "created_at": arrived - timedelta(days=9),
            "submitted_at": None if stage == "draft" else arrived - timedelta(days=2),
            "arrived_at": None if stage == "draft" else arrived,
            "submission_id": None if stage == "draft" else row_id,
            "figure_1": Decimal(shape.randrange(10_000_000)) / 100,
            "figure_2": Decimal(shape.randrange(1_000_000)) / 100,
            "text_1": trade,
        } | _standing(stage, province.steps, place, province.desks[call], at)


def _standing(stage: str, steps: Sequence[Step], place: Place, desk: int, at: datetime) -> dict[str, Any]:
    """Return state, step and offices of a stage; every office that has had a declaration stays noted."""
    keys = [step.key for step in steps]
    reached = {"draft": -1, "returned": 1, "declined": 2}.get(stage, keys.index(stage) if stage in keys else len(keys))
    offices = {"county": place.county_office_id, "city": place.city_office_id, "province": desk}
    passed = {step.level for step in steps[: reached + 1]}
    step = steps[reached] if stage in keys else None
    return {
        "state": DeclarationState.IN_REVIEW if step else DeclarationState(stage),
        "step": step.key if step else None,
        "step_role": step.role if step else None,
        "public_label": step.public_label if step else None,
        "seq": reached + 1,
        "office_id": offices[step.level] if step else None,
        **{level_column(level): office if level in passed else None for level, office in offices.items()},
        "due_at": at + timedelta(days=20) if step and step.due else None,
        "return_from": keys[1] if stage == "returned" else None,
        "return_straight": False,
    }


def _public_id(shape: random.Random) -> str:
    return urlsafe_b64encode(shape.randbytes(16)).decode().rstrip("=")


def _add_submissions(connection: Connection) -> None:
    """Give every submitted declaration the answers of one of the type's samples."""
    answers = [sample["answers"] for sample in samples.load_samples(types.shipped_packages()[0])]
    for number, given in enumerate(answers):
        chosen = (
            select(
                Declaration.id, Declaration.id, literal(1), literal(given, Submission.answers.type),
                literal([], Submission.files.type), literal({}, Submission.verdicts.type), literal("0" * 64),
                Declaration.submitted_at,
            )
            .where(Declaration.submission_id.is_not(None), Declaration.id % len(answers) == number)
        )  # fmt: skip
        names = ["id", "declaration_id", "number", "answers", "files", "verdicts", "sha", "submitted_at"]
        connection.execute(insert(Submission).from_select(names, chosen, include_defaults=False))


def add_routes(connection: Connection, province: Province) -> None:
    """Plan the whole route of every submitted declaration, each bureau of its own region."""
    region = {"county": Declaration.county_id, "city": Declaration.city_id, "province": literal(province.root_id)}
    names = ["submission_id", "position", "step", "label", "public_label", "role", "level", "bureau_id", "due_at"]
    for position, step in enumerate(province.steps):
        chosen = (
            select(
                Declaration.submission_id, literal(position), literal(step.key), literal(step.label),
                literal(step.public_label), literal(step.role), literal(step.level), Department.id, Declaration.due_at,
            )
            .join(Department, Department.region_id == region[step.level])
            .where(Declaration.submission_id.is_not(None), Department.kind == DepartmentKind.BUREAU)
        )  # fmt: skip
        connection.execute(insert(RouteStep).from_select(names, chosen))
