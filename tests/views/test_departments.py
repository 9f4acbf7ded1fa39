"""部门管理 on screen: the tree, the chosen department, moving, deleting with the reason when it is refused."""

import re

import pytest
from sqlalchemy import insert, select

from app.models import Article, ArticleKind, AuditEvent, Department, DepartmentKind, Region


@pytest.fixture
def department(session):
    """Return a function: name → department."""

    def find(name: str) -> Department:
        return session.scalars(select(Department).where(Department.name == name)).one()

    return find


def nodes(page) -> list[str]:
    """Return the names in the tree in their order."""
    return [name.strip() for name in re.findall(r'class="node[^"]*">([^<]+)<', page.text)]


def buttons(page) -> list[str]:
    chosen = page.text[page.text.index('id="chosen"') :]
    return re.findall(r'<a class="btn[^"]*" href="[^"]+">([^<]+)</a>', chosen)


# ---------------------------------------------------------------- the tree


def test_the_tree_opens_at_the_own_bureau(client):
    page = client("city_admin").get("/departments/")
    names = nodes(page)
    assert names[:4] == ["惠州市工业和信息化局", "技术改造与创新科", "电子信息科", "综合规划科"]
    assert "惠城区科技和工业信息化局" in names
    assert "工业发展股" not in names  # below a county that nobody opened
    assert "广州市工业和信息化局" not in page.text
    assert buttons(page) == ["添加子部门", "编辑"]  # nobody deletes the own bureau


def test_a_chosen_department_is_shown_beside_its_open_branch(client, department):
    office = department("工业发展股")
    page = client("city_admin").get(f"/departments/?at={office.id}")
    names = nodes(page)
    assert names.index("惠城区科技和工业信息化局") + 1 == names.index("工业发展股")
    assert re.search(r'aria-current="true" class="node[^"]*">工业发展股<', page.text)
    assert buttons(page) == ["编辑", "删除"]  # nothing stands under an office
    assert f'href="/people/?department={office.id}"' in page.text


def test_a_county_administrator_adds_offices(client):
    page = client("county_admin").get("/departments/")
    assert nodes(page)[0] == "惠城区科技和工业信息化局"
    assert buttons(page) == ["添加科室", "编辑"]


def test_departments_are_found_by_a_part_of_their_name(client):
    browser = client("city_admin")
    page = browser.get("/departments/?q=信息化股")
    assert nodes(page) == ["信息化股"] * nodes(page).count("信息化股")
    assert "惠城区科技和工业信息化局" in page.text
    assert "没有找到" in browser.get("/departments/?q=装备与智能制造处").text  # another city's
    assert "没有找到" in browser.get("/departments/?q=%25").text


def test_what_is_not_in_sight_is_not_there(client, department):
    foreign, browser = department("广州市工业和信息化局"), client("city_admin")
    for path in (f"/departments/?at={foreign.id}", "/departments/?at=x", f"/departments/branch/{foreign.id}"):
        assert browser.get(path).status_code == 404


def test_five_thousand_departments_cost_what_few_do(client, session, department, statements):
    bureau, first = department("惠州市工业和信息化局"), 5_000_000
    rows = [
        {
            "id": first + n, "site_id": bureau.site_id, "region_id": bureau.region_id, "parent_id": bureau.id,
            "path": f"{bureau.path}{first + n}/", "name": f"第{n}科", "kind": DepartmentKind.OFFICE, "position": n,
            "enabled": True,
        }
        for n in range(5000)
    ]  # fmt: skip
    session.execute(insert(Department), rows)
    session.commit()
    browser = client("city_admin")
    for path in ("/departments/", f"/departments/?at={first + 4999}", "/departments/?q=科", "/departments/add"):
        statements.clear()
        page = browser.get(path)
        assert len(statements) <= 8, "\n".join(statements)
        assert len(page.data) < 150 * 1024
    names = nodes(browser.get(f"/departments/?at={first + 4999}"))
    assert "第4999科" in names
    assert len(names) < 120
    assert "个，请按名称查找" in browser.get("/departments/").text


def test_scripts_read_the_tree_level_by_level(client, department):
    bureau, county = department("惠州市工业和信息化局"), department("惠城区科技和工业信息化局")
    browser = client("city_admin")
    level = browser.get(f"/departments/branch/{bureau.id}?purpose=person").get_json()
    picked = {child["name"]: (child["pickable"], child["open"]) for child in level["children"]}
    assert (level["pickable"], picked["电子信息科"], picked[county.name]) == (False, (True, False), (True, True))
    level = browser.get(f"/departments/branch/{county.id}?purpose=person").get_json()
    assert not any(child["pickable"] for child in level["children"])  # the county's own administrator places there
    level = browser.get(f"/departments/branch/{bureau.id}?purpose=parent").get_json()
    assert level["pickable"]
    assert {c["name"] for c in level["children"] if c["pickable"]} >= {county.name}
    assert "电子信息科" not in {c["name"] for c in level["children"] if c["pickable"]}


# ---------------------------------------------------------------- adding, changing, moving, deleting


def test_an_office_is_added_and_the_next_form_follows(client, department):
    bureau = department("惠州市工业和信息化局")
    answer = client("city_admin").post(
        "/departments/add",
        data={
            "name": "数字产业科",
            "parent": bureau.id,
            "kind": "office",
            "position": "9",
            "enabled": "y",
            "again": "1",
        },
    )
    assert answer.status_code == 302
    assert answer.location.startswith(f"/departments/add?parent={bureau.id}")
    added = department("数字产业科")
    assert added.path == f"{bureau.path}{added.id}/"
    assert added.region_id == bureau.region_id


def test_a_second_office_of_the_same_name_is_refused_at_the_field(client, department):
    bureau = department("惠州市工业和信息化局")
    answer = client("city_admin").post(
        "/departments/add", data={"name": "电子信息科", "parent": bureau.id, "kind": "office", "position": "9"}
    )
    assert answer.status_code == 422
    assert "同级已有名为“电子信息科”的部门" in answer.text
    assert 'value="电子信息科"' in answer.text


def test_a_bureau_needs_a_region_right_below_that_has_none_yet(client, department, session):
    bureau = department("惠州市工业和信息化局")
    county = department("惠城区科技和工业信息化局").region_id
    form = {"name": "新的主管部门", "parent": bureau.id, "kind": "bureau", "position": "9"}
    browser = client("city_admin")
    assert "请选择该主管部门所属的地区" in browser.post("/departments/add", data=form).text
    assert browser.post("/departments/add", data=form | {"region": county}).status_code == 422
    foreign = session.scalars(select(Region.id).where(Region.name == "越秀区")).one()
    assert browser.post("/departments/add", data=form | {"region": foreign}).status_code == 422


def test_a_county_administrator_adds_offices_of_the_own_bureau_only(client, department):
    browser = client("county_admin")
    page = browser.get("/departments/add").text
    assert 'name="kind"' not in page
    assert 'name="region"' not in page
    own, foreign = department("惠城区科技和工业信息化局"), department("惠州市工业和信息化局")
    assert (
        browser.post("/departments/add", data={"name": "综合股", "parent": own.id, "position": "3"}).status_code == 302
    )
    refused = browser.post("/departments/add", data={"name": "混入科", "parent": foreign.id, "position": "3"})
    assert refused.status_code == 422


def test_a_department_is_renamed_and_switched_off(client, department, session):
    office = department("综合规划科")
    answer = client("city_admin").post(
        f"/departments/edit/{office.id}",
        data={"name": "综合科", "parent": office.parent_id, "head": "王科长", "position": "5"},
    )
    assert answer.status_code == 302
    session.refresh(office)
    assert (office.name, office.head, office.position, office.enabled) == ("综合科", "王科长", 5, False)
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (event.action, event.subject, event.subject_id) == ("change", "Department", office.id)


def test_nobody_switches_off_the_own_bureau(client, department, session):
    bureau = department("惠州市工业和信息化局")
    answer = client("city_admin").post(f"/departments/edit/{bureau.id}", data={"name": bureau.name, "position": "1"})
    assert answer.status_code == 422
    session.refresh(bureau)
    assert bureau.enabled


@pytest.mark.parametrize(
    ("name", "reason"), [("技术改造与创新科", "名人员"), ("惠城区科技和工业信息化局", "个下级部门")]
)
def test_a_department_in_use_is_not_deleted_and_says_why(client, department, session, name, reason):
    used = department(name)
    browser = client("city_admin")
    for method in (browser.get, browser.post):
        page = method(f"/departments/delete/{used.id}", follow_redirects=True)
        assert reason in page.text
    assert session.get(Department, used.id) is not None


def test_an_empty_office_is_deleted_after_confirmation(client, department, session):
    office = department("综合规划科")
    browser = client("city_admin")
    assert "确定删除部门“综合规划科”" in browser.get(f"/departments/delete/{office.id}").text
    key = office.id
    parent, back = office.parent_id, f"/departments/?at={key}"
    answer = browser.post(f"/departments/delete/{key}", data={"confirmed": "1", "back": back})
    assert answer.location == f"/departments/?at={parent}"  # where the person came from is no more
    assert browser.get(answer.location).status_code == 200
    session.expire_all()
    assert session.get(Department, key) is None


def test_departments_of_another_city_are_not_there(client, department):
    foreign = department("广州市工业和信息化局")
    browser = client("city_admin")
    for path in (f"/departments/edit/{foreign.id}", f"/departments/delete/{foreign.id}"):
        assert browser.get(path).status_code == 404
        assert browser.post(path, data={"name": "x", "position": "1"}).status_code == 404


def edited(department: Department, **changes) -> dict:
    return {"name": department.name, "parent": department.parent_id, "position": "1", "enabled": "y"} | changes


def test_an_office_moves_under_another_bureau_of_the_area(client, department, session):
    office, county = department("综合规划科"), department("惠城区科技和工业信息化局")
    browser = client("city_admin")
    answer = browser.post(f"/departments/edit/{office.id}", data=edited(office, parent=county.id))
    assert answer.location == f"/departments/?at={office.id}"
    session.expire_all()
    assert (office.parent_id, office.region_id) == (county.id, county.region_id)
    assert office.path == f"{county.path}{office.id}/"
    assert "综合规划科" in nodes(client("county_admin").get("/departments/"))


def test_nothing_moves_under_its_own_child_or_out_of_the_area(client, department, session):
    county, bureau = department("惠城区科技和工业信息化局"), department("惠州市工业和信息化局")
    below = department("工业发展股")
    browser = client("city_admin")
    for parent, sentence in (
        (county.id, "不能移到“惠城区科技和工业信息化局”自己或它的下级部门之下"),
        (below.id, "请从列表中选择"),
        (department("广州市工业和信息化局").id, "请从列表中选择"),
        ("", "请填写此项"),
    ):
        page = browser.post(f"/departments/edit/{county.id}", data=edited(county, parent=parent))
        assert page.status_code == 422
        assert sentence in page.text
    session.expire_all()
    assert county.parent_id == bureau.id
    assert 'name="parent"' not in browser.get(f"/departments/edit/{bureau.id}").text  # the own bureau stays


def test_an_office_with_work_or_people_of_this_level_stays(client, department, session):
    office, county = department("技术改造与创新科"), department("惠城区科技和工业信息化局")
    page = client("city_admin").post(f"/departments/edit/{office.id}", data=edited(office, parent=county.id))
    assert page.status_code == 422
    assert "其用户类型与新的层级不符" in page.text
    zone = department("惠阳区科技和工业信息化局")
    office = department("工业发展股")
    page = client("city_admin").post(f"/departments/edit/{office.id}", data=edited(office, parent=zone.id))
    assert "仍是责任科室或有在办项目" in page.text


def test_a_department_with_articles_stays(client, department, session):
    office = department("综合规划科")
    session.add(Article(site_id=office.site_id, bureau_id=office.id, title="通知", kind=next(iter(ArticleKind))))
    session.commit()
    page = client("city_admin").post(f"/departments/delete/{office.id}", data={}, follow_redirects=True)
    assert "篇通知公告" in page.text


def test_a_department_that_moved_meanwhile_is_not_moved_back_unseen(client, department, session):
    office, county = department("综合规划科"), department("惠城区科技和工业信息化局")
    browser, path = client("city_admin"), f"/departments/edit/{office.id}"
    shown = re.search(r'name="as_shown" value="([^"]+)"', browser.get(path).text).group(1)
    mine = edited(office, name="综合科", as_shown=shown)
    assert browser.post(path, data=edited(office, parent=county.id)).status_code == 302
    page = browser.post(path, data=mine)
    assert page.status_code == 409
    assert "他人已将此项改为“惠城区科技和工业信息化局”" in page.text
    session.expire_all()
    assert (office.name, office.parent_id) == ("综合规划科", county.id)
