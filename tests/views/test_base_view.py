"""Generated screens: whose rows they show and change, what they cost, and what they refuse at start-up."""

import re
from datetime import date, timedelta

import pytest
from flask_appbuilder import Model
from sqlalchemy import event, select
from sqlalchemy.orm import Mapped, mapped_column
from stdnum.cn import uscc

from app.extensions import db
from app.models import Department, Enterprise, Region
from app.views.base import ScopedInterface, ScopedModelView
from app.views.listing import read_place
from app.views.paging import Order, Place, cursor_of, read_cursor, read_page
from tests.views.conftest import UnitScreen


def named(model, name):
    return db.session.scalars(select(model).where(model.name == name)).one()


def subjects(page):
    return re.findall(r'class="subject">(?:<a [^>]*>)?([^<]+)', page.text)


def make_companies(count):
    """Add enterprises of 惠城区; every fifth has no founding date and many share one."""
    like = db.session.scalars(select(Enterprise)).first()
    county = named(Region, "惠城区")
    for number in range(count):
        body = f"91440300M{number:08d}"
        db.session.add(
            Enterprise(
                site_id=like.site_id,
                name=f"测试企业{number:04d}",
                credit_code=body + uscc.calc_check_digit(body),
                city_id=county.parent_id,
                county_id=county.id,
                established_on=None if number % 5 == 0 else date(2000, 1, 1) + timedelta(days=number % 37),
            )
        )
    db.session.commit()


# ---------------------------------------------------------------- whose rows


def test_a_list_shows_only_rows_within_scope(screens):
    huizhou = subjects(screens("city_admin").get("/units/?size=100"))
    county = subjects(screens("county_admin").get("/units/?size=100"))
    assert "惠州市工业和信息化局" in huizhou
    assert "惠城区科技和工业信息化局" in huizhou
    assert "惠城区科技和工业信息化局" in county
    assert "惠州市工业和信息化局" not in county
    assert not [name for name in huizhou + county if "广州" in name]


@pytest.mark.parametrize("path", ["show", "edit", "delete"])
def test_a_row_outside_the_scope_does_not_exist(screens, path):
    foreign = named(Department, "广州市工业和信息化局").id
    own = named(Department, "惠城区科技和工业信息化局").id
    browser = screens("county_admin")
    assert browser.get(f"/units/{path}/{foreign}").status_code == 404
    assert browser.get(f"/units/{path}/{own}").status_code == 200


@pytest.mark.parametrize("key", ["0", "-1", "x", "9" * 30, "1%00", "1.5", "²"])
def test_a_key_that_cannot_be_one_does_not_exist(screens, key):
    assert screens("county_admin").get(f"/units/show/{key}").status_code == 404


def test_a_foreign_row_is_not_changed_by_an_edit(screens, token):
    foreign = named(Department, "广州市工业和信息化局")
    browser = screens("county_admin")
    answer = browser.post(f"/units/edit/{foreign.id}", data={"csrf_token": token(browser), "name": "改名"})
    assert answer.status_code == 404
    assert named(Department, "广州市工业和信息化局") is not None


def test_an_action_with_a_foreign_row_among_its_rows_does_nothing(screens, token):
    own, foreign = named(Department, "惠城区科技和工业信息化局").id, named(Department, "惠州市工业和信息化局").id
    browser = screens("county_admin")
    data = {"csrf_token": token(browser), "action": "rename", "confirmed": "1", "rowid": [own, foreign]}
    assert browser.post("/units/action_post", data=data).status_code == 404
    assert db.session.get(Department, own).head != "新负责人"
    single = browser.post(f"/units/action/rename/{foreign}", data={"csrf_token": token(browser), "confirmed": "1"})
    assert single.status_code == 404


def test_an_action_names_what_it_is_about_before_it_runs(screens, token):
    own = named(Department, "惠城区科技和工业信息化局").id
    browser = screens("county_admin")
    data = {"csrf_token": token(browser), "action": "rename", "rowid": [own]}
    asked = browser.post("/units/action_post", data=data)
    assert "惠城区科技和工业信息化局" in asked.text
    assert db.session.get(Department, own).head != "新负责人"
    done = browser.post("/units/action_post", data=data | {"confirmed": "1"})
    assert done.status_code == 302
    assert db.session.get(Department, own).head == "新负责人"


def test_an_action_that_is_not_granted_is_refused(screens, token):
    own = named(Department, "惠城区科技和工业信息化局").id
    browser = screens("county_admin")
    data = {"csrf_token": token(browser), "action": "nothing", "rowid": [own]}
    assert browser.post("/units/action_post", data=data).status_code == 404
    stranger = screens("enterprise_admin")
    data = {"csrf_token": token(stranger, "/nowhere"), "action": "rename", "rowid": [own]}
    assert stranger.post("/units/action_post", data=data).status_code == 403


def test_a_relation_offers_only_rows_within_scope(screens):
    browser = screens("county_admin")
    form = browser.get("/units/add").text
    offered = re.search(r'<select name="parent".*?</select>', form, re.S).group(0)
    assert "惠城区科技和工业信息化局" in offered
    assert "广州市工业和信息化局" not in offered
    names = [o["text"] for o in browser.get("/units/options/parent?q=局").get_json()["results"]]
    assert names == ["惠城区科技和工业信息化局"]


def test_a_relation_takes_no_row_outside_the_scope(screens, token):
    browser = screens("county_admin")
    data = {
        "csrf_token": token(browser),
        "name": "新科室",
        "kind": "office",
        "region": named(Region, "惠城区").id,
        "parent": named(Department, "惠州市工业和信息化局").id,
        "enabled": "y",
    }
    answer = browser.post("/units/add", data=data)
    assert answer.status_code == 422
    assert "请从列表中选择" in answer.text
    assert 'value="新科室"' in answer.text
    assert db.session.scalars(select(Department).where(Department.name == "新科室")).first() is None


def test_a_row_cannot_be_saved_outside_the_own_scope(screens, token):
    browser = screens("county_admin")
    data = {"csrf_token": token(browser), "name": "新局", "kind": "bureau", "region": named(Region, "惠城区").id}
    answer = browser.post("/units/add", data=data)
    assert answer.status_code == 422
    assert "管理范围" in answer.text
    assert db.session.scalars(select(Department).where(Department.name == "新局")).first() is None


def test_a_row_within_scope_is_added_edited_and_deleted(screens, token):
    browser = screens("county_admin")
    bureau = named(Department, "惠城区科技和工业信息化局")
    data = {
        "csrf_token": token(browser),
        "name": "新科室",
        "kind": "office",
        "region": bureau.region_id,
        "parent": bureau.id,
        "enabled": "y",
    }
    assert browser.post("/units/add", data=data).status_code == 302
    made = named(Department, "新科室")
    assert made.site_id == bureau.site_id
    assert browser.post(f"/units/edit/{made.id}", data=data | {"head": "张三", "back": "/units/?size=10"}).location == (
        "/units/?size=10"
    )
    assert named(Department, "新科室").head == "张三"
    assert browser.get(f"/units/delete/{made.id}").status_code == 200
    assert named(Department, "新科室") is not None
    assert browser.post(f"/units/delete/{made.id}", data={"csrf_token": token(browser)}).status_code == 302
    assert db.session.scalars(select(Department).where(Department.name == "新科室")).first() is None


def test_deleting_what_others_hang_on_is_refused_with_a_reason(screens, token):
    browser = screens("city_admin")
    bureau = named(Department, "惠城区科技和工业信息化局").id
    answer = browser.post(f"/units/delete/{bureau}", data={"csrf_token": token(browser)}, follow_redirects=True)
    assert "仍有其他数据引用" in answer.text
    assert db.session.get(Department, bureau) is not None


def test_a_clash_keeps_what_was_typed(screens, token):
    browser = screens("county_admin")
    bureau = named(Department, "惠城区科技和工业信息化局")
    data = {
        "csrf_token": token(browser),
        "name": "工业发展股",
        "kind": "office",
        "region": bureau.region_id,
        "parent": bureau.id,
        "head": "李四",
    }
    answer = browser.post("/units/add", data=data)
    assert answer.status_code == 422
    assert "已有相同的部门" in answer.text
    assert 'value="李四"' in answer.text


def test_returning_leads_to_this_site_only(screens, token):
    browser = screens("county_admin")
    bureau = named(Department, "惠城区科技和工业信息化局")
    data = {"csrf_token": token(browser), "name": bureau.name, "kind": "bureau", "region": bureau.region_id}
    data |= {"parent": bureau.parent_id or "", "back": "//evil.example/"}
    if bureau.parent_id:
        data.pop("parent")
    assert browser.post(f"/units/edit/{bureau.id}", data=data).location == "/units/"


# ---------------------------------------------------------------- what the URL may ask for


@pytest.mark.parametrize(
    "query",
    [
        "order=password&dir=asc",
        "order=__class__&dir=desc",
        "order=name&dir=sideways",
        "size=100000",
        "size=-1",
        "page=0",
        "page=99999999999999",
        "after=nonsense&before=%00",
        "after=WzEsMl0",
        "last=1",
        "_oc_UnitScreen=evil&_od_UnitScreen=asc&psize_UnitScreen=100000",
        "kind=nothing",
        "region=abc",
        "region=" + "9" * 40,
        "enabled=maybe",
        "name=%25%27%5C%00",
    ],
)
def test_an_address_that_asks_for_nonsense_is_answered(screens, query):
    answer = screens("city_admin").get(f"/units/?{query}")
    assert answer.status_code == 200
    assert len(subjects(answer)) <= 25


def test_page_sizes_are_those_offered():
    assert read_place({"size": "100000"}, 25).size == 25
    assert read_place({"size": "50"}, 25).size == 50


def test_filters_narrow_by_text_choice_relation_and_day(screens):
    browser = screens("city_admin")
    assert subjects(browser.get("/units/?name=惠东")) == ["惠东县科技和工业信息化局"]
    assert "惠东县科技和工业信息化局" not in subjects(browser.get("/units/?kind=office&size=100"))
    county = named(Region, "惠东县")
    found = browser.get(f"/units/?region={county.id}&size=100")
    assert "惠东县科技和工业信息化局" in subjects(found)
    assert "惠州市工业和信息化局" not in subjects(found)
    assert f'<option value="{county.id}" selected>惠东县</option>' in found.text
    make_companies(12)
    day = browser.get("/companies/?established_on.from=2000-01-02&established_on.to=2000-01-02")
    assert subjects(day) == ["测试企业0001"]
    assert subjects(browser.get("/companies/?established_on.from=2000-13-99&name=测试企业0002")) == ["测试企业0002"]


def test_a_percent_sign_is_a_letter_like_any_other(screens):
    assert subjects(screens("city_admin").get("/units/?name=%25")) == []


def test_options_exist_only_for_relations_of_the_screen(screens):
    browser = screens("city_admin")
    assert browser.get("/units/options/name").status_code == 404
    assert browser.get("/units/options/password").status_code == 404


def test_options_stop_at_twenty(screens):
    make_companies(30)
    answer = screens("city_admin").get("/members/options/enterprise").get_json()
    assert len(answer["results"]) == 20
    assert answer["more"] is True


def test_long_lists_are_picked_in_a_select_that_asks_the_server(screens):
    make_companies(230)
    page = screens("city_admin").get("/members/add").text
    assert page.count("<option") < 20
    assert 'data-options="/members/options/enterprise"' in page


# ---------------------------------------------------------------- paging


def order_by_founding(*, descending):
    return Order(Enterprise.established_on, Enterprise.id, descending, nullable=True)


@pytest.mark.parametrize("descending", [True, False])
def test_the_cursor_walks_in_the_order_of_the_numbers(app, monkeypatch, descending):
    make_companies(83)
    statement = select(Enterprise).where(Enterprise.name.startswith("测试企业"))
    order = order_by_founding(descending=descending)
    by_number = []
    for number in range(1, 10):
        by_number += [r.id for r in read_page(db.session, statement, order, Place(number=number, size=10)).rows]
    assert len(by_number) == len(set(by_number)) == 83

    monkeypatch.setattr("app.views.paging.BOUND", 20)
    walked, pages, place = [], [], Place(size=10)
    while True:
        page = read_page(db.session, statement, order, place)
        pages.append([r.id for r in page.rows])
        walked += pages[-1]
        if page.next is None:
            break
        place = Place(size=10, after=page.next)
    assert walked == by_number

    backwards = [pages[-1]]
    while page.previous:
        page = read_page(db.session, statement, order, Place(size=10, before=page.previous))
        backwards.insert(0, [r.id for r in page.rows])
    assert [row for rows in backwards for row in rows] == by_number
    assert page.has_previous is False

    last = read_page(db.session, statement, order, Place(size=10, last=True))
    assert [r.id for r in last.rows] == by_number[-10:]
    assert last.next is None


def test_totals_are_exact_up_to_the_bound_and_open_beyond(screens):
    browser = screens("city_admin")
    make_companies(990)
    page = browser.get("/companies/?name=测试企业")
    assert "共 990 条" in page.text
    assert "1 / 40" in page.text
    assert 'name="page"' in page.text
    make_more = select(Enterprise).where(Enterprise.name.startswith("测试企业"))
    like = db.session.scalars(make_more).first()
    for number in range(60):
        body = f"91440300N{number:08d}"
        db.session.add(
            Enterprise(
                site_id=like.site_id,
                name=f"测试企业{number:04d}乙",
                credit_code=body + uscc.calc_check_digit(body),
                city_id=like.city_id,
                county_id=like.county_id,
            )
        )
    db.session.commit()
    page = browser.get("/companies/?name=测试企业")
    assert "共 1000+ 条" in page.text
    following = re.search(r'rel="next" href="([^"]+)"', page.text).group(1).replace("&amp;", "&")
    assert "after=" in following
    assert "name=" in following
    second = browser.get(following)
    assert len(subjects(second)) == 25
    assert not set(subjects(second)) & set(subjects(page))


def test_a_cursor_is_read_back_as_it_was_written(app):
    make_companies(2)
    row = db.session.scalars(select(Enterprise).where(Enterprise.name == "测试企业0001")).one()
    order = order_by_founding(descending=True)
    assert read_cursor(cursor_of(row, order), order) == (row.established_on, row.id)
    assert read_cursor("%%%", order) is None
    assert read_cursor(cursor_of(row, order), Order(Enterprise.dishonest, Enterprise.id)) in (None, (True, row.id))


# ---------------------------------------------------------------- what a page costs


@pytest.fixture
def cost(_screens):
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
            seen.append(statement)

    with _screens.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    "path", ["/units/", "/companies/", "/companies/?county={county}&name=企业", "/companies/?last=1"]
)
def test_a_list_page_needs_at_most_eight_statements_with_forty_menu_entries(screens, cost, path):
    make_companies(60)
    county = named(Region, "惠城区").id
    browser = screens("city_admin")
    browser.get("/units/")
    cost.clear()
    page = browser.get(path.format(county=county))
    assert page.text.count('href="/link/') == 40
    assert 3 <= len(cost) <= 8, "\n".join(cost)
    assert len(page.data) < 150_000


def test_a_list_page_costs_the_same_however_many_rows_it_shows(screens, cost):
    make_companies(120)
    browser = screens("city_admin")
    browser.get("/companies/")
    counts = []
    for size in (10, 100):
        cost.clear()
        assert len(subjects(browser.get(f"/companies/?size={size}&name=测试企业"))) == size
        counts.append(len(cost))
    assert counts[0] == counts[1]


def test_big_columns_stay_in_the_database(screens, cost):
    browser = screens("city_admin")
    browser.get("/companies/")
    assert not any("business_scope" in statement for statement in cost)


# ---------------------------------------------------------------- how it reads


def test_nothing_known_reads_as_a_dash_and_yes_as_a_word(screens):
    page = screens("city_admin").get("/units/?name=惠东").text
    assert "None" not in page
    assert "True" not in page
    assert '<td data-label="启用" class="nowrap">是</td>' in page
    assert "—" in page


def test_an_empty_list_says_what_to_do(screens):
    page = screens("city_admin").get("/units/?name=没有这个部门").text
    assert "没有符合条件的记录" in page
    assert "清除条件" in page


def test_strangers_are_sent_to_log_in_and_back(screens):
    answer = screens(None).get("/units/?name=惠")
    assert answer.status_code == 302
    assert answer.location.startswith("/login/?next=/units/")


def test_people_without_the_screen_are_refused(screens):
    assert screens("enterprise_admin").get("/units/").status_code == 403
    assert "/units/" not in screens("enterprise_admin").get("/nowhere").text


# ---------------------------------------------------------------- start-up


class Unruled(Model):
    """A model that nobody wrote a scope rule for."""

    __tablename__ = "unruled_for_test"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column()


def test_a_model_without_a_rule_stops_the_start():
    with pytest.raises(LookupError, match="Unruled has no scope rule"):
        ScopedInterface(Unruled)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"list_columns": None}, "must declare list_columns"),
        ({"show_columns": None}, "must declare show_columns"),
        ({"search_columns": None}, "must declare search_columns"),
        ({"base_permissions": None}, "must declare base_permissions"),
        ({"add_columns": None}, "must declare add_columns"),
        ({"noun": None}, "must declare noun"),
        ({"label_columns": {"name": "名称"}}, "without a label"),
        ({"base_filters": [["name", None, ""]]}, "base_filters"),
    ],
)
def test_a_screen_that_leaves_something_to_guessing_stops_the_start(app, change, message):
    careless = type("Careless", (UnitScreen,), change)
    with pytest.raises(TypeError, match=message):
        careless()


def test_a_password_is_never_a_column(app):
    from app.models import Account

    class People(ScopedModelView):
        datamodel = ScopedInterface(Account)
        noun = purpose = "人员"
        base_permissions = ["can_list"]
        list_columns = show_columns = ["username", "password"]
        search_columns = ["username"]
        label_columns = {"username": "用户名", "password": "密码"}

    with pytest.raises(TypeError, match="may not be shown"):
        People()


def test_asking_for_the_head_of_a_page_changes_nothing(client, session):
    address = "/letter-templates/delete/1"
    browser = client("province_admin")
    assert browser.head(address).status_code == 200
    assert browser.get(address).status_code == 200
