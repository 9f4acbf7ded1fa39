"""What reviewers see in lists: phases, counts, to-do, summary sheets, letters; each within the own rows."""

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select

from app.clock import now
from app.demo import papers
from app.errors import BadFile, Forbidden, NotFound
from app.extensions import db
from app.models import Declaration, ReviewAction
from app.permissions import visible
from app.services import letters, review_lists, reviews, summaries, todo, turns

pytestmark = pytest.mark.usefixtures("stand_in_documents")
OFFICIALS = (
    "county_officer",
    "county_admin",
    "city_officer",
    "office_leader",
    "city_admin",
    "province_officer",
    "province_admin",
)


@pytest.fixture
def everywhere(declaration_at):
    """One declaration at each step and in each end state, and one of another city."""
    stands = {
        "enterprise_admin": "county",
        "company_03": "city_officer",
        "company_04": "declined",
        "company_05": "office_leader",
        "company_06": "province",
        "company_07": "approved",
        "company_08": "returned",
        "gz_enterprise_admin": "city_officer",
    }
    return {company: declaration_at(state, company) for company, state in stands.items()}


def counted(user, condition):
    return db.session.scalar(select(func.count(Declaration.id)).where(visible(Declaration, user), condition))


def phases_of(user):
    return review_lists.phases_for(user, review_lists.workflows_of(user.site_id))


def lines_of(user):
    programmes = review_lists.programmes_for(user, review_lists.workflows_of(user.site_id))
    return {line.call.id: line for programme in programmes for line in programme.calls}


def test_every_declaration_in_scope_is_in_exactly_one_phase(everywhere, person):
    names = ("waiting", "passed", "under_way", "returned", "declined", "void")
    for username in OFFICIALS:
        user = person(username)
        phases = phases_of(user)
        total = db.session.scalar(select(func.count(Declaration.id)).where(visible(Declaration, user)))
        assert sum(counted(user, getattr(phases, name)) for name in names) == total > 0, username


def test_counts_are_those_of_the_own_office_and_step(everywhere, person):
    call_id = everywhere["enterprise_admin"].call_id
    lines = {username: lines_of(person(username))[call_id] for username in OFFICIALS}
    assert {username: (line.waiting, line.passed) for username, line in lines.items()} == {
        "county_officer": (1, 1),
        "county_admin": (1, 1),
        "city_officer": (1, 3),
        "office_leader": (1, 2),
        "city_admin": (2, 2),
        "province_officer": (1, 1),
        "province_admin": (1, 1),
    }
    city, call = lines["city_officer"], everywhere["enterprise_admin"].call
    assert (city.at_level, city.last_arrival) == (2, everywhere["company_03"].arrived_at)
    assert lines["county_officer"].due_at == everywhere["enterprise_admin"].due_at
    assert (city.due_at, lines["province_officer"].due_at) == (call.city_due_at, None)


def test_what_was_sent_back_to_an_earlier_step_is_under_way_elsewhere(everywhere, person):
    declaration, leader = everywhere["company_05"], person("office_leader")
    reviews.act(
        reviews.read_declaration(declaration.id, leader), ReviewAction.RETURN.value,
        by=leader, at=now(), seq=declaration.seq, opinion="请区县核实。", to="county",
    )  # fmt: skip
    assert counted(leader, phases_of(leader).under_way) == 2  # that one, and the one that stands at the officer


# ---------------------------------------------------------------- to-do


def test_a_reviewers_desk_starts_with_what_waits(everywhere, person):
    desk = todo.desk_for(person("county_officer"), now())
    assert [(task.kind, task.count) for task in desk.tasks] == [("review", 1)]
    assert {figure.tab: figure.value for figure in desk.figures} == {
        "waiting": 1, "passed": 1, "returned": 0, "declined": 1,
    }  # fmt: skip


def test_an_administrators_desk_names_what_lacks_an_office(declaration_at, person):
    declaration = declaration_at("county", "company_09")
    tasks = todo.desk_for(person("city_admin"), now()).tasks
    assert [(task.kind, task.call.id, task.count) for task in tasks] == [("unassigned_below", declaration.call_id, 1)]


def test_returns_that_run_out_are_on_the_desk(declaration_at, person):
    declaration, officer = declaration_at("county"), person("county_officer")
    reviews.act(
        reviews.read_declaration(declaration.id, officer), ReviewAction.RETURN.value, by=officer, at=now(),
        seq=declaration.seq, opinion="请补正。", to=turns.APPLICANT, due_at=now() + timedelta(days=2),
    )  # fmt: skip
    db.session.commit()
    assert [d.id for d in todo.desk_for(officer, now()).returns] == [declaration.id]
    assert todo.desk_for(person("gz_county_officer"), now()).returns == []


# ---------------------------------------------------------------- summary sheets


def names_on(tables):
    return sorted(row[1] for table in tables for part in table.parts for row in part.rows)


def test_each_office_exports_the_rows_that_it_recommended(everywhere, person):
    call = everywhere["enterprise_admin"].call
    expected = {
        "county_officer": ["company_03"],
        "county_admin": ["company_03"],
        "city_officer": ["company_05", "company_06", "company_07"],
        "office_leader": ["company_05", "company_06", "company_07"],
        "province_officer": ["company_06", "company_07"],
        "gz_city_officer": [],
    }
    for username, companies in expected.items():
        tables = summaries.summary_tables([call], person(username), now())
        assert names_on(tables) == sorted(everywhere[company].enterprise.name for company in companies), username


def test_the_sheet_has_both_parts_and_names_who_recommends(declaration_at, person):
    declaration = declaration_at("city_officer")
    (table,) = summaries.summary_tables([declaration.call], person("county_officer"), now())
    assert [part.heading for part in table.parts] == ["遴选加入单位", "直接认定单位"]
    assert table.above == ["推荐单位：惠城区科技和工业信息化局（盖章）"]
    assert [column.label for column in table.columns] == ["序号", "申报单位名称", "申报领域", "企业联系人", "联系电话"]
    (row,) = [row for part in table.parts for row in part.rows]
    assert (row[0], row[2]) == (1, declaration.text_2)


def test_the_province_gets_a_sheet_for_each_recommending_city(declaration_at, person):
    call = declaration_at("province").call
    declaration_at("province", "gz_enterprise_admin")
    tables = summaries.summary_tables([call], person("province_officer"), now())
    assert [table.above[0] for table in tables] == [
        "推荐单位：惠州市工业和信息化局（盖章）", "推荐单位：广州市工业和信息化局（盖章）",
    ]  # fmt: skip


def test_calls_with_the_same_layout_share_one_sheet(declaration_at, person):
    first = declaration_at("city_officer")
    calls = [line.call for line in lines_of(person("county_officer")).values()]
    assert len(calls) > 1
    (table,) = summaries.summary_tables(calls, person("county_officer"), now())
    assert names_on([table]) == [first.enterprise.name]


def test_rows_of_a_sheet_are_read_in_one_statement(declaration_at, person, statements):
    call, officer = declaration_at("office_leader").call, person("city_officer")
    summaries.summary_tables([call], officer, now())
    statements.clear()
    summaries.summary_tables([call], officer, now())
    assert sum("FROM declaration " in s.replace("\n", " ") for s in statements) == 1
    assert not any("submission.answers" in s for s in statements)


# ---------------------------------------------------------------- letters


def letter(name="推荐函.pdf"):
    return BytesIO(papers.make_paper("推荐函", "惠城区")), name


def test_a_countys_letter_is_seen_by_its_city_and_the_province_and_nobody_else(declaration_at, person):
    call = declaration_at("county").call
    letters.upload_letter(call, *letter(), by=person("county_officer"), at=now())
    for reader in ("county_officer", "county_admin", "city_officer", "office_leader", "province_officer"):
        assert [found.name for found in letters.letters_for(call, person(reader))] == ["推荐函.pdf"]
    for stranger in ("gz_city_officer", "gz_county_officer", "officer_01"):
        assert letters.letters_for(call, person(stranger)) == []
    assert lines_of(person("city_officer"))[call.id].letters_below == 1
    assert lines_of(person("county_officer"))[call.id].own_letters == 1


def test_only_the_bureau_that_filed_a_letter_may_take_it_back(declaration_at, person):
    call = declaration_at("county").call
    filed = letters.upload_letter(call, *letter(), by=person("county_officer"), at=now())
    with pytest.raises(NotFound):
        letters.remove_letter(filed.public_id, by=person("city_officer"), at=now())
    letters.remove_letter(filed.public_id, by=person("county_officer"), at=now())
    assert letters.letters_for(call, person("city_officer")) == []


def test_a_letter_is_judged_by_its_content_and_its_ending(declaration_at, person):
    call, officer = declaration_at("county").call, person("county_officer")
    with pytest.raises(BadFile):
        letters.upload_letter(call, BytesIO(b"MZ not a letter"), "推荐函.pdf", by=officer, at=now())
    with pytest.raises(BadFile):
        letters.upload_letter(call, *letter("推荐函.exe"), by=officer, at=now())


def test_an_office_that_has_nothing_to_do_with_a_call_files_no_letter(declaration_at, person):
    call, stranger = declaration_at("county").call, person("county_admin")
    stranger.department = next(d for d in db.session.scalars(select(type(stranger.department))) if d.name == "信息化股")
    stranger.roles = person("county_officer").roles
    db.session.flush()
    with pytest.raises(Forbidden):
        letters.upload_letter(call, *letter(), by=stranger, at=now())


def test_recommending_never_waits_for_a_letter(declaration_at, person):
    declaration, officer = declaration_at("county"), person("county_officer")
    assert letters.letters_for(declaration.call, officer) == []
    found = reviews.read_declaration(declaration.id, officer)
    assert reviews.act(found, "recommend", by=officer, at=now(), seq=found.seq).to_step == "city_officer"
