"""The stage of a platform: a site of its own on which authors try out types, with one person for every part.

Nobody logs in there: its people have no password and no phone, authors step into their parts. What happens there stands
in no list and in no figure of the platform, because sites share nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import joinedload
from stdnum.cn import uscc

from .. import roles
from ..clock import to_local
from ..database import add_or_get
from ..extensions import db
from ..models import (
    Account,
    Department,
    DepartmentKind,
    Enterprise,
    MembershipRole,
    Region,
    RegionKind,
    Site,
)
from . import accounts, departments, enterprises, letter_templates

NO_PASSWORD = "!"  # noqa: S105 - no hash, so nothing matches it
LEVELS = (
    (RegionKind.PROVINCE, "演练省", "000000"),
    (RegionKind.CITY, "演练市", "000100"),
    (RegionKind.COUNTY, "演练县", "000102"),
)


@dataclass(frozen=True)
class Part:
    """A part that somebody plays on the stage; `level` says in whose bureau, empty for applicants."""

    key: str
    label: str
    role: str
    level: RegionKind | None = None
    enterprise: int = 0
    membership: MembershipRole | None = None


PARTS = (
    Part("first", "演练企业甲（企业管理员）", "", enterprise=1, membership=MembershipRole.ADMINISTRATOR),
    Part("employee", "演练企业甲（企业员工）", "", enterprise=1, membership=MembershipRole.EMPLOYEE),
    Part("individual", "演练企业甲（个人用户）", "", enterprise=1, membership=MembershipRole.INDIVIDUAL),
    Part("second", "演练企业乙（企业管理员）", "", enterprise=2, membership=MembershipRole.ADMINISTRATOR),
    Part("county_officer", "区县经办", roles.COUNTY_OFFICER, RegionKind.COUNTY),
    Part("city_officer", "地市经办", roles.CITY_OFFICER, RegionKind.CITY),
    Part("office_leader", "地市科室领导", roles.OFFICE_LEADER, RegionKind.CITY),
    Part("province_officer", "省厅经办", roles.PROVINCE_OFFICER, RegionKind.PROVINCE),
)


def find_stage(site_id: int) -> Site | None:
    """Return the stage of a platform, or None when nobody has rehearsed there yet."""
    return db.session.scalars(_of(site_id)).first()


def _of(site_id: int):
    return select(Site).where(Site.rehearsal_of_id == site_id).order_by(Site.id).limit(1)


def ensure_stage(site: Site, *, by: Account, at: datetime) -> Site:
    """Return the stage of a platform, built when there is none."""
    found = find_stage(site.id)
    if found is not None:
        return found
    stage = Site(
        key=f"{site.key}-stage"[:40], name=f"{site.name}（演练）"[:80], host=f"stage-{site.id}.invalid",
        rehearsal_of_id=site.id,
    )  # fmt: skip
    kept = add_or_get(stage, _of(site.id))
    if kept is stage:
        _build(stage, at)
    return kept


def _build(stage: Site, at: datetime) -> None:
    offices = _bureaus(stage, at)
    companies = {number: _enterprise(stage, number, at) for number in (1, 2)}
    for part in PARTS:
        account = accounts.open_account(
            stage, _user_name(part), part.label, NO_PASSWORD, [part.role] if part.role else [], by=None, at=at,
            department=offices.get(part.level),
        )  # fmt: skip
        if part.membership is not None:
            accounts.join_enterprise(account, companies[part.enterprise], part.membership, by=None, at=at)
    letter_templates.add_defaults(stage.id)


def _bureaus(stage: Site, at: datetime) -> dict[RegionKind, Department]:
    """Build one bureau with one office at each level; returns the offices."""
    offices: dict[RegionKind, Department] = {}
    region: Region | None = None
    bureau: Department | None = None
    for kind, name, code in LEVELS:
        region = departments.add_region(stage, name, kind, region, code)
        bureau = departments.add_department(
            bureau, f"{name}主管部门", DepartmentKind.BUREAU, by=None, at=at, region=region
        )
        offices[kind] = departments.add_department(bureau, "责任科室", DepartmentKind.OFFICE, by=None, at=at)
    return offices


def _enterprise(stage: Site, number: int, at: datetime) -> Enterprise:
    stem = f"91000000MADREHE0{number}"
    name = "演练企业甲" if number == 1 else "演练企业乙"
    enterprise = enterprises.register_enterprise(
        stage, stem + uscc.calc_check_digit(stem), name, by=None, at=at, short_name=name, industry="制造业",
        kind="有限责任公司", legal_representative="张三", legal_phone="13800000001",
        contact="李四", contact_phone="13800000002", address="演练路 1 号", postcode="000000",
        established_on=to_local(at).date() - timedelta(days=3650), registered_capital=Decimal(50_000_000),
        main_business="产品的研发、制造与服务",
    )  # fmt: skip
    county = db.session.scalars(
        select(Region).where(Region.site_id == stage.id, Region.kind == RegionKind.COUNTY)
    ).one()
    enterprises.place(enterprise, county, by=None, at=at)
    enterprises.certify(enterprise, by=None, at=at)
    for age in (3, 2, 1):
        year = to_local(at).year - age
        enterprises.record_year(enterprise, year, Decimal(60_000_000) * number, Decimal(4_000_000))
    return enterprise


def people_of(stage: Site) -> list[tuple[Part, Account]]:
    """Return the parts of the stage with the accounts that stand for them, in the order of a declaration's way."""
    found = {account.username: account for account in db.session.scalars(_people(stage))}
    return [(part, found[_user_name(part)]) for part in PARTS if _user_name(part) in found]


def _user_name(part: Part) -> str:
    return f"stage_{part.key}"


def _people(stage: Site):
    return (
        select(Account)
        .where(Account.site_id == stage.id)
        .options(joinedload(Account.department).joinedload(Department.parent))
    )
