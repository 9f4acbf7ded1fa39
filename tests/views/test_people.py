"""人员管理 on screen: cards, kinds of user, roles, passwords, locking, and nobody outside the own area."""

import html
import re

import pytest
from sqlalchemy import func, select

from app.models import Account, Department
from tests.conftest import PASSWORD

ID_NUMBER = "11010519491231002X"  # the example of GB 11643


@pytest.fixture
def department(session):
    """Return a function: name → department."""

    def find(name: str) -> Department:
        return session.scalars(select(Department).where(Department.name == name)).one()

    return find


def texts(page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def new_person(department: Department, **changes) -> dict:
    return {
        "id_kind": "id_number", "id_number": ID_NUMBER, "first_name": "陆明", "mobile": "13912345678",
        "role": "city_officer", "department": department.id, "username": "luming", "active": "y",
    } | changes  # fmt: skip


def test_a_person_is_created_and_the_drawn_password_is_shown_once(client, department, session):
    office = department("电子信息科")
    page = client("city_admin").post("/people/add", data=new_person(office))
    assert page.status_code == 200
    drawn = re.search(r'class="secret">([^<]+)<', page.text).group(1)
    person = session.scalars(select(Account).where(Account.username == "luming")).one()
    assert person.role_names == {"city_officer"}
    assert person.department_id == office.id
    assert drawn not in client("city_admin").get("/people/").text
    visitor = client(None)
    assert visitor.post("/login/", data={"username": "luming", "password": drawn}).location == "/"


def test_a_typed_password_is_not_shown_again(client, department):
    answer = client("city_admin").post(
        "/people/add", data=new_person(department("电子信息科"), initial_password="Kaixin#2026")
    )
    assert answer.status_code == 302
    assert client(None).post("/login/", data={"username": "luming", "password": "Kaixin#2026"}).location == "/"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"id_number": "110105194912310021"}, "身份证号有误"),
        ({"id_kind": "government_account", "id_number": "gov_city_officer"}, "该证件号码已登记过账号"),
        ({"id_number": "1101051949123100"}, "身份证号有误"),
        ({"mobile": "1234"}, "手机号码应为 11 位数字"),
        ({"username": "a b"}, "用户名为 2-30 位"),
        ({"username": "city_officer"}, "已被使用"),
        ({"initial_password": "12345678"}, "至少两类"),
        ({"role": "county_administrator"}, "须选择主管部门本身"),
        ({"role": "province_officer"}, "不是有效的选择"),
        ({"first_name": ""}, "请填写此项"),
    ],
)
def test_a_wrong_card_is_refused_at_its_place(client, department, session, changes, sentence):
    before = session.scalar(select(func.count(Account.id)))
    client_page = client("city_admin").post("/people/add", data=new_person(department("电子信息科"), **changes))
    assert client_page.status_code == 422
    assert sentence in client_page.text
    assert session.scalar(select(func.count(Account.id))) == before


def test_a_county_administrator_sits_in_the_bureau_itself(client, department, session):
    bureau = department("惠城区科技和工业信息化局")
    page = client("city_admin").post("/people/add", data=new_person(bureau, role="county_administrator"))
    assert page.status_code == 200
    person = session.scalars(select(Account).where(Account.username == "luming")).one()
    assert person.role_names == {"county_administrator"}


def test_a_county_administrator_is_not_asked_for_the_kind_of_user(client, department, session):
    browser = client("county_admin")
    assert 'name="role"' not in browser.get("/people/add").text
    card = new_person(department("信息化股"), role="city_administrator")
    assert browser.post("/people/add", data=card).status_code == 200
    person = session.scalars(select(Account).where(Account.username == "luming")).one()
    assert person.role_names == {"county_officer"}


def test_nobody_is_placed_outside_the_own_area(client, department, session):
    foreign = department("装备与智能制造处")
    answer = client("city_admin").post("/people/add", data=new_person(foreign))
    assert answer.status_code == 422
    assert "请从列表中选择" in answer.text
    own = session.scalars(select(Account).where(Account.username == "city_officer")).one()
    moved = client("city_admin").post(f"/people/edit/{own.id}", data=new_person(foreign))
    assert moved.status_code == 422
    session.refresh(own)
    assert own.department.name == "技术改造与创新科"


def test_the_list_shows_those_whom_the_administrator_manages(client):
    page = texts(client("city_admin").get("/people/"))
    assert "黄思齐" in page
    assert "叶文静" in page
    for other in ("邓子谦", "谢雨桐", "林致远"):
        assert other not in page
    assert "邓子谦" in texts(client("county_admin").get("/people/"))


@pytest.mark.parametrize("path", ["edit", "role", "password", "delete"])
@pytest.mark.parametrize("username", ["gz_city_officer", "county_officer", "city_admin", "enterprise_admin"])
def test_people_of_others_are_not_there(client, person, path, username):
    assert client("city_admin").get(f"/people/{path}/{person(username).id}").status_code == 404


def test_id_numbers_are_masked_in_the_list(client, department):
    browser = client("city_admin")
    browser.post("/people/add", data=new_person(department("电子信息科")))
    page = browser.get("/people/?first_name=陆明").text
    assert ID_NUMBER not in page
    assert "1101**********002X" in page


def test_switching_the_role_ends_the_person_s_sessions(client, person, session):
    officer = person("city_officer")
    seat = client("city_officer")
    assert seat.get("/guides-admin/").status_code == 200
    answer = client("city_admin").post(f"/people/role/{officer.id}", data={"role": "office_leader"})
    assert answer.status_code == 302
    session.expire_all()
    assert officer.role_names == {"office_leader"}
    assert seat.get("/guides-admin/").status_code == 302


def test_a_role_of_another_level_cannot_be_forged(client, person, session):
    officer = person("city_officer")
    answer = client("city_admin").post(f"/people/role/{officer.id}", data={"role": "province_administrator"})
    assert answer.status_code == 422
    session.expire_all()
    assert officer.role_names == {"city_officer"}


@pytest.mark.parametrize(("action", "column", "value"), [("lock", "locked", True), ("disable", "active", False)])
def test_locking_and_switching_off_end_the_person_s_sessions(client, person, session, action, column, value):
    officer = person("city_officer")
    seat, browser = client("city_officer"), client("city_admin")
    assert seat.get("/desk/").status_code == 200
    data = {"action": action, "rowid": officer.id}
    assert "黄思齐" in browser.post("/people/action_post", data=data).text  # asks first
    assert browser.post("/people/action_post", data=data | {"confirmed": "1"}).status_code == 302
    session.expire_all()
    assert getattr(officer, column) is value
    assert seat.get("/desk/").status_code == 302
    back = {"lock": "unlock", "disable": "enable"}[action]
    browser.post("/people/action_post", data={"action": back, "rowid": officer.id, "confirmed": "1"})
    assert seat.get("/desk/").status_code == 302  # the old session stays over
    assert client("city_officer").get("/desk/").status_code == 200


def test_an_action_with_one_foreign_row_does_nothing(client, person, session):
    own, foreign = person("city_officer"), person("gz_city_officer")
    answer = client("city_admin").post(
        "/people/action_post", data={"action": "lock", "rowid": [own.id, foreign.id], "confirmed": "1"}
    )
    assert answer.status_code == 404
    session.expire_all()
    assert not own.locked
    assert not foreign.locked


def test_a_password_is_reset_and_the_old_one_is_void(client, person):
    officer = person("city_officer")
    page = client("city_admin").post(f"/people/password/{officer.id}", data={})
    drawn = re.search(r'class="secret">([^<]+)<', page.text).group(1)
    visitor = client(None)
    assert visitor.post("/login/", data={"username": "city_officer", "password": PASSWORD}).status_code == 401
    assert visitor.post("/login/", data={"username": "city_officer", "password": drawn}).status_code == 302


def test_people_with_a_past_are_kept_and_others_are_deleted(client, person, session, department):
    officer = person("city_officer")
    browser = client("city_admin")
    client(None).post("/login/", data={"username": "city_officer", "password": PASSWORD})
    page = browser.post(f"/people/delete/{officer.id}", data={"confirmed": "1"}, follow_redirects=True)
    assert "已有登录或办理记录" in page.text
    browser.post("/people/add", data=new_person(department("电子信息科")))
    fresh = session.scalars(select(Account).where(Account.username == "luming")).one()
    key = fresh.id
    browser.post(f"/people/delete/{key}", data={"confirmed": "1"})
    session.expire_all()
    assert session.get(Account, key) is None


def test_without_a_user_name_the_mobile_number_is_one(client, department, session):
    answer = client("city_admin").post(
        "/people/add", data=new_person(department("电子信息科"), username="", initial_password="Kaixin#2026")
    )
    assert answer.status_code == 302
    assert session.scalars(select(Account.id).where(Account.username == "13912345678")).one()
    page = client("city_admin").post(
        "/people/add", data=new_person(department("电子信息科"), username="", id_number="440101199001011233")
    )
    assert "“13912345678”已被使用" in page.text


def test_the_card_asks_what_the_manual_asks_in_its_order(client):
    page = client("city_admin").get("/people/add").text
    asked = re.findall(r'<label for="[^"]+">([^<]+?)(?: <|<)', page)
    assert asked[:12] == [
        "身份证明", "证件号码", "用户姓名", "手机号码", "用户类型", "选择部门", "座机号码", "邮箱", "职务", "是否启用",
        "是否锁定", "备注",
    ]  # fmt: skip
    for kind in ("地市科室领导", "地市科室成员", "区县/镇街管理员"):
        assert kind in page
    assert "data-pick-in-tree" in page
    assert "保存并新增" in page


@pytest.mark.parametrize(("username", "label"), [("city_admin", "创建用户"), ("county_admin", "创建科室用户")])
def test_the_button_names_whom_it_creates(client, username, label):
    assert f">{label}</a>" in client(username).get("/people/").text


def test_the_edit_dialog_has_the_kind_of_user_and_deleting(client, person, session, department):
    officer, browser = person("city_officer"), client("city_admin")
    page = browser.get(f"/people/edit/{officer.id}").text
    assert '<option selected value="city_officer">' in page
    assert f'href="/people/delete/{officer.id}' in page
    assert 'name="role"' not in client("county_admin").get(f"/people/edit/{person('county_officer').id}").text
    seat = client("city_officer")
    card = new_person(department("技术改造与创新科"), role="office_leader")
    assert browser.post(f"/people/edit/{officer.id}", data=card).status_code == 302
    session.expire_all()
    assert officer.role_names == {"office_leader"}
    assert seat.get("/desk/").status_code == 302  # has to log in again
    card = new_person(department("技术改造与创新科"), role="county_administrator")
    page = browser.post(f"/people/edit/{officer.id}", data=card)
    assert page.status_code == 422
    assert "须选择主管部门本身" in page.text


def test_people_are_found_by_their_kind(client):
    page = texts(client("city_admin").get("/people/?kind=office_leader"))
    assert "黄思齐" not in page
    assert "叶文静" in page or "地市科室领导" in page


# ---------------------------------------------------------------- two administrators at one card


def opened(browser, path: str) -> dict:
    """Return what a browser would send back of a form, unchanged."""
    page = browser.get(path).text
    form = page[page.index('<form method="post" class="card"') :]
    inputs = re.findall(r'<input(?=[^>]* name="([^"]+)")(?=[^>]* value="([^"]*)")[^>]*>', form)
    data = {name: html.unescape(value) for name, value in inputs if 'type="checkbox"' not in name}
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option(?=[^>]* selected)[^>]* value="([^"]*)"|<option selected value="([^"]*)"', options)
        data[name] = next((v for v in chosen.groups() if v), "") if chosen else ""
    return {name: value for name, value in data.items() if name not in ("locked", "csrf_token")}


def test_whoever_saves_second_is_shown_what_the_first_one_changed(client, person, session):
    officer, browser = person("city_officer"), client("city_admin")
    path = f"/people/edit/{officer.id}"
    mine, theirs = opened(browser, path), opened(browser, path)
    assert mine["as_shown"]
    assert browser.post(path, data=theirs | {"mobile": "13900000001", "role": "office_leader"}).status_code == 302
    page = browser.post(path, data=mine | {"mobile": "13900000002", "position": "科长"})
    assert page.status_code == 409
    assert "他人已将此项改为“13900000001”" in page.text
    assert "他人已将此项改为“地市科室领导”" in page.text
    assert page.text.count("他人已将此项改为") == 2
    assert 'value="13900000002"' in page.text  # what was typed stays
    assert 'value="科长"' in page.text
    session.expire_all()
    assert (officer.mobile, officer.position) == ("13900000001", None)

    again = mine | {"mobile": "13900000002", "role": "office_leader"}
    again["as_shown"] = re.search(r'name="as_shown" value="([^"]+)"', page.text).group(1)
    assert browser.post(path, data=again).status_code == 302
    session.expire_all()
    assert (officer.mobile, officer.role_names) == ("13900000002", {"office_leader"})


def test_what_both_changed_alike_stands_against_nobody(client, person, session):
    officer, browser = person("city_officer"), client("city_admin")
    path = f"/people/edit/{officer.id}"
    mine, theirs = opened(browser, path), opened(browser, path)
    assert browser.post(path, data=theirs | {"position": "科长"}).status_code == 302
    assert browser.post(path, data=mine | {"position": "科长", "landline": "0752-1234567"}).status_code == 302
    session.expire_all()
    assert (officer.position, officer.landline) == ("科长", "0752-1234567")


def test_a_refused_card_still_knows_what_it_had_shown(client, person):
    officer, browser = person("city_officer"), client("city_admin")
    path = f"/people/edit/{officer.id}"
    mine, theirs = opened(browser, path), opened(browser, path)
    page = browser.post(path, data=mine | {"mobile": "12"})
    assert page.status_code == 422
    assert mine["as_shown"] in page.text
    browser.post(path, data=theirs | {"position": "科长"})
    assert browser.post(path, data=mine | {"position": "科员"}).status_code == 409


def test_made_up_signs_do_no_harm(client, person):
    officer, browser = person("city_officer"), client("city_admin")
    path = f"/people/edit/{officer.id}"
    for signs in ("x", ":", "mobile:", "mobile", "no_such:1 " * 50, "password:1"):
        assert browser.post(path, data=opened(browser, path) | {"as_shown": signs}).status_code in (302, 409)
