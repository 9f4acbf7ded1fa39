"""A database in which every row of every model has an id of its own: a number on a page names exactly one row.

Two bureaus' platforms, two cities, declarations in every state, letters, guides, documents, previews and jobs.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import count
from pathlib import Path
from unittest.mock import patch

from flask_appbuilder import Model
from sqlalchemy import Table, event, inspect, select, update
from sqlalchemy.orm import Mapper

from app import roles
from app.clock import now
from app.demo import journeys, papers, world
from app.extensions import db
from app.jobs import run_job
from app.models import Account, Call, CallGuide, Declaration, Site
from app.services import accounts, declarations, documents, letters, log_in, programmes, types

FIRST_ID = 1_987_000_001  # ten digits that stand nowhere else on a page, and small enough for 32 bits
QUICK = Path(__file__).parents[1] / "types" / "quick_note"
STATES = ("draft", "filled", "first", "second", "third", "fourth", "returned", "declined", "approved")
NEIGHBOUR = "x_"


def build() -> None:
    """Fill the empty tables."""
    with _distinct_ids():
        own = world.build(now())
        _add_auditor(own)
        quick = _open_quick_call(own)
        with patch.object(world, "load_data", return_value=_neighbour_data()):
            other = world.build(now())
        db.session.commit()
        journey = journeys.Journey(now(), [*types.shipped_packages(), QUICK])
        for company in ("enterprise_admin", "company_03", "gz_enterprise_admin"):
            for state in STATES:
                journey.walk_to(state, company, quick)
        for company in ("enterprise_admin", "gz_enterprise_admin"):
            _fill_and_print(journey, company, own.calls["open"])
        for company, found in (("company_03", own), ("company_12", own), (f"{NEIGHBOUR}enterprise_admin", other)):
            journey.walk_to("county", company, found.calls["open"])
        _file_letters(own, quick)
        _file_guides(own.calls["open"])
        _log_some_in(own.site, other.site)
        db.session.commit()


def empty() -> None:
    """Delete every row of every table."""
    db.session.execute(update(Site).values(root_region_id=None))
    db.session.execute(update(Declaration).values(submission_id=None))
    for table in reversed(tables()):
        db.session.execute(table.delete())
    db.session.commit()


@contextmanager
def _distinct_ids() -> Iterator[None]:
    """Give every row made in here an id that no other row of any table has."""
    numbers = count(FIRST_ID)

    def give_id(mapper: Mapper, _connection, row) -> None:
        if "id" in mapper.columns and row.id is None:
            row.id = next(numbers)

    event.listen(Mapper, "before_insert", give_id)
    try:
        yield
    finally:
        event.remove(Mapper, "before_insert", give_id)


def _neighbour_data() -> dict:
    """Return a smaller platform of another bureau, with user names of its own."""
    data = copy.deepcopy(world.load_data())
    data["site"] = {"key": "neighbour", "name": "邻省项目申报平台", "host": "neighbour.localhost"}
    data["cities"] = data["cities"][:1]
    data["cities"][0]["counties"] = data["cities"][0]["counties"][:1]
    names = {"province_admin", "province_officer", "city_admin", "city_officer", "county_admin", "county_officer"}
    data["officials"] = [o for o in data["officials"] if o["username"] in names]
    data["enterprises"] = [e | {"name": f"邻省{e['short_name']}公司"} for e in data["enterprises"][:1]]
    data["employees"], data["programmes"] = [], data["programmes"][:1]
    bureaus = {data["province"]["bureau"], data["cities"][0]["bureau"], data["cities"][0]["counties"][0]["bureau"]}
    data["responsible"] = [name for name in data["responsible"] if name.split("/")[0] in bureaus]
    for person in (*data["officials"], *data["enterprises"]):
        person["username"] = NEIGHBOUR + person["username"]
    return data


def _add_auditor(found: world.World) -> None:
    found.people["auditor"] = accounts.create_account(
        found.site, "auditor", "审计员甲", world.PASSWORD, [roles.AUDITOR], by=None, at=now()
    )


def _open_quick_call(found: world.World) -> Call:
    version = types.install_package(QUICK, found.site, now())
    programme = {"key": "quick", "name": "快速登记", "year": 2025, "opens": -3, "closes": 10}
    world.open_call(found, version, programme, now())
    return found.calls["quick"]


def _fill_and_print(journey: journeys.Journey, company: str, call: Call) -> None:
    """Leave a draft with attachments, a document and a preview."""
    declaration, applicant = journey.walk_to("filled", company, call), journeys.find_person(company)
    journey.make_document(declaration, applicant)
    own = declarations.read_own(declaration.public_id, applicant)
    job_id = documents.request_preview(own, declarations.facts_of(own), by=applicant, at=now()).id
    db.session.commit()
    run_job(job_id)
    db.session.expire_all()


def _file_letters(found: world.World, quick: Call) -> None:
    for username in ("county_officer", "city_officer", "gz_county_officer", "gz_city_officer"):
        officer = found.people[username]
        for call in (found.calls["open"], quick):
            paper = BytesIO(papers.make_paper("推荐函.pdf", officer.department.name))
            letters.upload_letter(call, paper, f"{username}推荐函.pdf", by=officer, at=now())


def _file_guides(call: Call) -> None:
    for guide in db.session.scalars(select(CallGuide).where(CallGuide.call_id == call.id)):
        programmes.attach_guide(guide, BytesIO(papers.make_paper("申报指南.pdf", "")), "指南.pdf", by=None, at=now())


def _log_some_in(*sites: Site) -> None:
    for site in sites:
        for account in db.session.scalars(select(Account).where(Account.site_id == site.id).limit(2)):
            log_in.log_in(account.username, world.PASSWORD, site_id=site.id, at=now(), address="127.0.0.1")


def tables() -> list[Table]:
    """Return the tables of the database, each behind those that it refers to."""
    present = set(inspect(db.session.connection()).get_table_names())
    return [table for table in Model.metadata.sorted_tables if table.name in present]


def models() -> list[type]:
    """Return every mapped model of the platform."""
    found = {mapper.class_ for mapper in Model.registry.mappers}
    return sorted((m for m in found if m.__module__ == "app.models"), key=lambda m: m.__name__)


def tokens_of(model: type) -> list[str]:
    """Return the names of the columns by which strangers' addresses name rows."""
    return [name for name in ("public_id", "check_code") if name in inspect(model).columns]
