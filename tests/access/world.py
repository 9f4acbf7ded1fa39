"""A database in which every row of every model has an id of its own: a number on a page names exactly one row.

Two bureaus' platforms, two cities, declarations in every state, letters, guides, documents, previews and jobs.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from io import BytesIO
from itertools import count
from pathlib import Path
from unittest.mock import patch
from zipfile import ZipFile

from flask_appbuilder import Model
from openpyxl import Workbook
from sqlalchemy import Insert, Table, delete, event, inspect, select, update
from sqlalchemy.orm import Mapper

from app import roles
from app.clock import now
from app.demo import about_enterprises, experts, journeys, papers, world
from app.extensions import db
from app.jobs import run_job
from app.models import (
    Account,
    Applicants,
    ArticleKind,
    Call,
    Declaration,
    GuideApplicant,
    LetterTemplate,
    Membership,
    MembershipRole,
    MessageTemplate,
    ProviderAudience,
    Site,
)
from app.services import (
    accounts,
    applicants,
    articles,
    certification_reviews,
    declarations,
    documents,
    extensions,
    guides,
    holidays,
    joining,
    letter_templates,
    letters,
    log_in,
    messages,
    objections,
    presences,
    rehearsals,
    rendering,
    summaries,
    terms,
    type_drafts,
    types,
)
from app.services.imports import people as import_people
from app.services.imports.uploads import queue_upload
from app.services.sign_on import identities, linked_systems, providers
from app.services.sign_on.claims import Proven
from tests.services import certifying

FIRST_ID = 1_987_000_001  # ten digits that stand nowhere else on a page, and small enough for 32 bits
QUICK = Path(__file__).parents[1] / "types" / "quick_note"
IN_UNIT = Path(__file__).parents[1] / "types" / "unit_note"
STATES = ("draft", "filled", "first", "second", "third", "fourth", "returned", "declined", "void", "approved")
NEIGHBOUR = "x_"
DRAFTS = 4  # of one author
IN_TWO = "in_two_enterprises"


def build() -> None:
    """Fill the empty tables; what stands in documents is not looked at, so a stand-in is enough."""
    with _distinct_ids(), patch.object(rendering, "render", return_value=(papers.make_paper("申报书.pdf", ""), 1)):
        own = world.build(now())
        _add_auditor(own)
        quick = _open_quick_call(own)
        with patch.object(world, "load_data", return_value=_neighbour_data()):
            other = world.build(now())
        db.session.commit()
        journey = journeys.Journey(now(), [*types.shipped_packages(), QUICK])
        for company in ("enterprise_admin", "company_03", "gz_enterprise_admin"):
            for state in STATES:
                _note_presence(journey.walk_to(state, company, quick))
            _throw_away(journey.walk_to("draft", company, quick), company)
        for company in ("enterprise_admin", "gz_enterprise_admin"):
            _fill_and_print(journey, company, own.calls["open"])
        for company, found in (("company_03", own), ("company_12", own), (f"{NEIGHBOUR}enterprise_admin", other)):
            journey.walk_to("county", company, found.calls["open"])
        _declare_inside_units(own)
        _file_letters(own, quick)
        _tell_of_enterprises(own, other)
        for found in (own, other):
            experts.register(found, now())
        _certify(own, other)
        _restrict_and_extend(own, quick)
        _log_some_in(own.site, other.site)
        _keep_holidays(own, other)
        _publish_and_object(own, other)
        _tell_outside(own, other)
        _write_types(own, other)
        _tie_systems(own, other)
        _ask_to_join(own, other)
        db.session.commit()
        _import_people(own)
        _make_outputs(own)


def _declare_inside_units(found: world.World) -> None:
    """Individuals of two units hand in, are sent back and draft; one has left a draft behind."""
    version = types.install_package(IN_UNIT, found.site, now())
    programme = {"key": "in unit", "name": "个人登记", "year": 2025, "opens": -3, "closes": 10}
    world.open_call(found, version, programme, now())
    journey = journeys.Journey(now(), [IN_UNIT])
    for company, username in (("company_03", "neighbour_individual"), ("enterprise_admin", "left_individual")):
        person = accounts.create_account(found.site, username, username, world.PASSWORD, [], by=None, at=now())
        accounts.join_enterprise(person, found.enterprises[company], MembershipRole.INDIVIDUAL, by=None, at=now())
    for who, states in (
        ("individual", ("draft", "filled", "unit", "returned", "county", "declined")),
        ("neighbour_individual", ("draft", "unit", "county")),
        ("left_individual", ("filled",)),
    ):
        for state in states:
            journey.walk_to(state, who, found.calls["in unit"])
    gone = journeys.find_person("left_individual")
    db.session.execute(delete(Membership).where(Membership.account_id == gone.id))
    db.session.expire_all()
    accounts.follow_memberships(gone)
    db.session.commit()


def _ask_to_join(own: world.World, other: world.World) -> None:
    """Let people wait before three enterprises of one platform and one of the other; one person belongs to two."""
    outsider = other.enterprises[f"{NEIGHBOUR}enterprise_admin"]
    for found, username, companies in (
        (own, "newcomer", [own.enterprises["company_03"], own.enterprises["gz_enterprise_admin"]]),
        (own, "asker", [own.enterprises["enterprise_admin"]]),
        (other, f"{NEIGHBOUR}asker", [outsider]),
    ):
        asker = found.people.get(username) or _register(found, username)
        for enterprise in companies:
            joining.ask_to_join(enterprise, MembershipRole.EMPLOYEE, note="研发部", by=asker, at=now())
    both = _register(own, IN_TWO)
    for company in ("enterprise_admin", "gz_enterprise_admin"):
        accounts.join_enterprise(both, own.enterprises[company], MembershipRole.EMPLOYEE, by=None, at=now())


def _register(found: world.World, username: str) -> Account:
    registered = [roles.REGISTERED]
    return accounts.create_account(found.site, username, username, world.PASSWORD, registered, by=None, at=now())


def _write_types(own: world.World, other: world.World) -> None:
    """Let the authors of both platforms begin types, enough that one thrown away leaves others; one is rehearsed."""
    for found, keys in ((own, [f"written_{number}" for number in range(DRAFTS)]), (other, ["written_there"])):
        author = next(person for name, person in found.people.items() if name.endswith("province_admin"))
        for key in keys:
            draft = type_drafts.begin(found.site, key, f"{found.site.name}新类型", 2026, by=author, at=now())
        if found is own:
            rehearsals.rehearse(draft, by=author, at=now())


def _publish_and_object(own: world.World, other: world.World) -> None:
    """Let bureaus of two cities and of two platforms publish, draft and be objected to; one words messages anew."""
    said = {"name": "王五", "phone": "13900000001", "text": "公示名单中的企业名称有误，请核实更正。"}
    authors = (
        (own, "city_officer"),
        (own, "gz_city_officer"),
        (own, "county_officer"),
        (other, f"{NEIGHBOUR}city_officer"),
    )
    for found, username in authors:
        by, at = found.people[username], now()
        typed = {"kind": ArticleKind.PUBLICITY, "title": f"{username}的公示", "body": "正文", "published_at": at}
        shown = articles.write_article(typed | {"objections_until": at + timedelta(days=5)}, by=by, at=at)
        draft = articles.write_article(typed | {"title": f"{username}的草稿", "published_at": None}, by=by, at=at)
        for article in (shown, draft):
            articles.attach(article, BytesIO(papers.make_paper("名单.pdf", article.title)), "名单.pdf", by=by, at=at)
        objector = found.people.get("enterprise_admin", found.people.get(f"{NEIGHBOUR}enterprise_admin"))
        objections.object_to(shown, said, by=objector, at=at)
        db.session.add(MessageTemplate(site_id=by.site_id, kind=f"returned_{username}"[:40], title="请改", body="请改"))


def _tell_outside(*worlds: world.World) -> None:
    """Send an e-mail and an SMS about a return on both platforms."""
    for found, username in zip(worlds, ("enterprise_admin", f"{NEIGHBOUR}enterprise_admin"), strict=True):
        boss = found.people[username]
        boss.email, boss.mobile = f"{username}@example.com", "13900000002"
        messages.tell("returned", [boss], {"project": "测试项目", "opinion": "请补充"}, at=now())


def _tie_systems(*worlds: world.World) -> None:
    """Let both platforms rely on a provider that one of their people is bound to, and be relied on by a system."""
    for found, prefix in zip(worlds, ("", NEIGHBOUR), strict=True):
        by, boss = found.people[f"{prefix}province_admin"], found.people[f"{prefix}enterprise_admin"]
        known = {"site_id": found.site.id, "by": by, "at": now()}
        provider = {
            "key": "corp", "name": "统一身份", "issuer": "https://id.example", "client_id": "us", "claims": "",
            "client_secret": "hush", "audience": ProviderAudience.ENTERPRISE, "enabled": True, "position": 0,
        }  # fmt: skip
        providers.add_provider(provider, **known)
        system = {"name": "兄弟系统", "redirect_uris": "https://system.example/back", "start_url": "", "enabled": True}
        linked_systems.add_system(system | {"reads_id_numbers": False}, **known)
        identities.bind(boss, Proven("https://id.example", boss.username), at=now())


def _make_outputs(found: world.World) -> None:
    """Let two counties export a sheet and keep a wording of their own; an archive lies among the letters of each."""
    call_id = found.calls["open"].id
    for username in ("county_officer", "gz_county_officer"):
        by, call = db.session.get_one(Account, found.people[username].id), db.session.get_one(Call, call_id)
        letters.upload_letter(call, _archive(username), f"{username}佐证材料.zip", by=by, at=now())
        wording = letter_templates.DEFAULTS[0] | {"name": f"{username}模板"}
        db.session.add(LetterTemplate(site_id=by.site_id, bureau_id=by.department.parent_id, **wording))
        job_id = summaries.request_sheet([call], username, "xlsx", by=by, at=now()).id
        db.session.commit()
        run_job(job_id)
        db.session.expire_all()


def _archive(name: str) -> BytesIO:
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        archive.writestr(f"{name}.pdf", papers.make_paper("佐证.pdf", name))
    content.seek(0)
    return content


def _import_people(found: world.World) -> None:
    """Let two counties import an officer each; the initial passwords wait for whoever asked for them."""
    for number, username in enumerate(("county_admin", "gz_county_admin")):
        by = db.session.get_one(Account, found.people[username].id)
        book, office = Workbook(), next(d for d in found.departments.values() if d.parent_id == by.department_id)
        book.active.append(["身份证明", "证件号码", "用户姓名", "手机号码", "部门"])
        book.active.append(["粤政易账号", f"new_{username}", f"新人{number}", f"1390000000{number}", office.name])
        sheet = BytesIO()
        book.save(sheet)
        sheet.seek(0)
        kind, facts = import_people.JOB_KIND, {"seed": username}
        job_id = queue_upload(kind, sheet, "名单.xlsx", title="导入人员", by=by, at=now(), facts=facts).id
        db.session.commit()
        run_job(job_id)
        db.session.expire_all()


def _restrict_and_extend(found: world.World, quick: Call) -> None:
    """Give both cities' guides an OA file and a list of applicants, and an enterprise of each more time."""
    for officer, company in (("city_officer", "company_03"), ("gz_city_officer", "gz_enterprise_admin")):
        by, enterprise = found.people[officer], found.enterprises[company]
        guide = terms.find_guide(quick, by.department.region_id)
        secret = BytesIO(papers.make_paper("OA.pdf", by.name))
        oa = guides.keep_oa_file(secret, f"{officer}内部请示.pdf", site_id=quick.site_id)
        guide.oa_file_id, guide.oa_file_name, guide.applicants = oa.file_id, oa.name, Applicants.IMPORTED
        for unit in applicants.units_of([enterprise]):
            guide.named.append(GuideApplicant(credit_code=unit.credit_code, name=unit.name))
        extensions.give_extension(quick, enterprise, quick.closes_at + timedelta(days=1), "补报", by=by, at=now())


def _tell_of_enterprises(*found: world.World) -> None:
    """Labels, former names, titles, credit records and files, without the long list of winners that ships."""
    with patch.object(about_enterprises, "LISTS", QUICK / "no lists"):
        for one in found:
            about_enterprises.tell(one, now())


def _note_presence(declaration: Declaration) -> None:
    """Leave the page of who must act open."""
    if declaration.office_id is not None:
        presences.note_presence(declaration, by=journeys.find_officer(declaration), at=now())


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

    def give_ids(_connection, statement, rows, values, _options):
        """Rows that are written directly, many at once, get theirs here."""
        if isinstance(statement, Insert) and "id" in statement.table.c:
            rows = [row if "id" in row else row | {"id": next(numbers)} for row in rows]
            values = values if not values or "id" in values else values | {"id": next(numbers)}  # a single one
        return statement, rows, values

    event.listen(Mapper, "before_insert", give_id)
    event.listen(db.engine, "before_execute", give_ids, retval=True)
    try:
        yield
    finally:
        event.remove(Mapper, "before_insert", give_id)
        event.remove(db.engine, "before_execute", give_ids)


def _neighbour_data() -> dict:
    """Return a smaller platform of another bureau, with user names of its own."""
    data = copy.deepcopy(world.load_data())
    data["site"] = {"key": "neighbour", "name": "邻省项目申报平台", "host": "neighbour.localhost"}
    data["cities"] = data["cities"][:1]
    data["cities"][0]["counties"] = data["cities"][0]["counties"][:1]
    names = {"province_admin", "province_officer", "city_admin", "city_officer", "county_admin", "county_officer"}
    data["officials"] = [o for o in data["officials"] if o["username"] in names]
    data["enterprises"] = [e | {"name": f"邻省{e['short_name']}公司"} for e in data["enterprises"][:1]]
    data["employees"], data["individuals"], data["newcomers"] = [], [], []
    data["programmes"] = data["programmes"][:1]
    bureaus = {data["province"]["bureau"], data["cities"][0]["bureau"], data["cities"][0]["counties"][0]["bureau"]}
    data["responsible"] = [name for name in data["responsible"] if name.split("/")[0] in bureaus]
    for line in (*data["former_names"], *data["credit_records"], *data["materials"]):
        line["company"] = f"{NEIGHBOUR}enterprise_admin"
    data["experts"] = data["experts"][:1]
    for person in (*data["officials"], *data["enterprises"], *data["experts"]):
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


def _throw_away(draft: Declaration, company: str) -> None:
    applicant = journeys.find_person(company)
    declarations.delete_draft(declarations.read_own(draft.public_id, applicant), by=applicant, at=now())


def _certify(own: world.World, other: world.World) -> None:
    """Let people of two counties and of two platforms hand certifications in; one is returned, one still a draft."""
    for number, (found, county) in enumerate(((own, "惠城区"), (own, "惠城区"), (own, "越秀区"), (other, "惠城区"))):
        certification = certifying.handed_in(
            certifying.registered(found.site, f"applicant_{number}"), 100 + number, county=county
        )
        if number == 1:
            officer = found.people["county_officer"]
            certification_reviews.send_back(certification, certification.revision, "请补充", by=officer, at=now())
    certifying.filled(own.people["newcomer"], 200)


def _file_letters(found: world.World, quick: Call) -> None:
    for username in ("county_officer", "city_officer", "gz_county_officer", "gz_city_officer"):
        officer = found.people[username]
        for call in (found.calls["open"], quick):
            paper = BytesIO(papers.make_paper("推荐函.pdf", officer.department.name))
            letters.upload_letter(call, paper, f"{username}推荐函.pdf", by=officer, at=now())


def _log_some_in(*sites: Site) -> None:
    for site in sites:
        for account in db.session.scalars(select(Account).where(Account.site_id == site.id).limit(2)):
            log_in.log_in(account.username, world.PASSWORD, site_id=site.id, at=now(), address="127.0.0.1")


def _keep_holidays(*worlds: world.World) -> None:
    for found in worlds:
        officer = next(iter(found.people.values()))
        holidays.add_holiday(found.site.id, date(2024, 10, 1), "国庆节", works=False, by=officer, at=now())


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
