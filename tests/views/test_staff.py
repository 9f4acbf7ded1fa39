"""An enterprise's people on screen, and joining from both sides."""

import re

import pytest
from sqlalchemy import select

from app import roles
from app.clock import now
from app.models import Account, AuditEvent, JoinRequest, Membership, MembershipRole, RequestState
from app.services import joining
from tests.conftest import PASSWORD


@pytest.fixture
def member(session):
    """Return a function: user name → the membership as it is stored."""

    def find(username: str = "enterprise_employee") -> Membership | None:
        query = select(Membership).join(Account).where(Account.username == username)
        return session.scalars(query.execution_options(populate_existing=True)).first()

    return find


@pytest.fixture
def asked(session, person):
    """Return a function: who asks the company of whom → the open request."""

    def ask(who: str = "newcomer", boss: str = "enterprise_admin", role=MembershipRole.EMPLOYEE) -> JoinRequest:
        enterprise = person(boss).memberships[0].enterprise
        request = joining.ask_to_join(enterprise, role, note="研发部 <b>甲</b>", by=person(who), at=now())
        session.commit()
        return request

    return ask


# ---------------------------------------------------------------- asking


def test_a_newcomer_finds_an_enterprise_asks_and_takes_it_back(client, person, session):
    browser = client("newcomer")
    page = browser.get("/join/?q=云杉")
    address = re.search(r'href="(/join/\?[^"]*enterprise=[^"]+)"', page.text).group(1).replace("&amp;", "&")
    assert "惠州市惠城区" in page.text
    assert "统一社会信用代码" not in page.text
    assert "惠州市云杉智能装备有限公司" in browser.get(address).text
    enterprise = person("enterprise_admin").memberships[0].enterprise
    form = {"enterprise": enterprise.public_id, "as": "employee", "note": "研发部"}
    answer = browser.post("/join/", data=form, follow_redirects=True)
    assert "请等待其企业管理员审核" in answer.text
    assert "待审核" in answer.text
    again = browser.post("/join/", data=form | {"note": "再来一次"})
    assert again.status_code == 409
    assert "再来一次" in again.text  # nothing typed is lost
    request = session.scalars(select(JoinRequest)).one()
    assert "已撤回" in browser.post(f"/join/requests/{request.id}/withdraw", follow_redirects=True).text


@pytest.mark.parametrize("asked_for", ["云", "%25", "%00%00"])
def test_a_search_needs_two_characters(client, asked_for):
    page = client("newcomer").get(f"/join/?q={asked_for}")
    assert page.status_code == 200
    assert "智能装备" not in page.text


def test_who_may_ask(client):
    assert client("individual").get("/join/?as=individual").status_code == 200
    assert client("county_officer").get("/join/").status_code == 403
    assert client("newcomer").post("/join/", data={"enterprise": "no-such-one"}).status_code == 404


def test_nobody_decides_or_withdraws_the_requests_of_others(client, asked, session):
    request = asked()
    for username, status in (("company_03", 404), ("enterprise_employee", 403), ("newcomer", 403)):
        assert client(username).post(f"/staff/requests/{request.id}/grant").status_code == status
        assert client(username).post(f"/staff/requests/{request.id}/refuse").status_code == status
    assert client("enterprise_admin").post(f"/join/requests/{request.id}/withdraw").status_code == 404
    session.expire_all()
    assert session.get(JoinRequest, request.id).state is RequestState.OPEN


# ---------------------------------------------------------------- letting in


def test_the_administrator_lets_somebody_in(client, asked, member, person):
    request, boss = asked(), client("enterprise_admin")
    assert "1 人申请加入本单位" in boss.get("/workbench/").text
    page = boss.get("/staff/?tab=joiners").text
    assert "温小禾" in page
    assert "<b>甲</b>" not in page
    answer = boss.post(f"/staff/requests/{request.id}/grant")
    assert answer.location == f"/staff/{member('newcomer').id}/grants"
    assert person("newcomer").role_names == {roles.ENTERPRISE_EMPLOYEE}
    assert client("newcomer").get("/workbench/").status_code == 200
    late = boss.post(f"/staff/requests/{request.id}/grant", follow_redirects=True)
    assert "不能再办理" in late.text


def test_the_administrator_turns_somebody_away_with_a_reason(client, asked, session):
    request, boss = asked(), client("enterprise_admin")
    path = f"/staff/requests/{request.id}/refuse"
    assert "温小禾" in boss.get(path).text
    assert boss.post(path, data={"opinion": " "}).status_code == 422
    assert "已拒绝" in boss.post(path, data={"opinion": "非本单位人员"}, follow_redirects=True).text
    assert "非本单位人员" in client("newcomer").get("/join/").text


# ---------------------------------------------------------------- employees


def test_an_employee_is_added_and_changes_the_password_first(client, session):
    boss = client("enterprise_admin")
    bad = boss.post("/staff/add", data={"name": "孟晚舟", "username": "enterprise_admin", "granted": ["fill"]})
    assert bad.status_code == 422
    assert "已被使用" in bad.text
    page = boss.post("/staff/add", data={"name": "孟晚舟", "username": "new_hand", "granted": ["fill"]})
    drawn = re.search(r'class="secret">([^<]+)<', page.text).group(1)
    assert drawn not in boss.get("/staff/").text
    added = session.scalars(select(Account).where(Account.username == "new_hand")).one()
    assert added.memberships[0].grants == ["fill"]
    browser = client("new_hand")
    assert browser.get("/workbench/").location == "/account/password"
    assert drawn not in str(session.scalars(select(AuditEvent.detail)).all())


def test_grants_are_set_and_shown(client, member):
    boss = client("enterprise_admin")
    path = f"/staff/{member().id}/grants"
    assert boss.post(path, data={"granted": ["enterprise"]}).status_code == 302
    assert member().grants == ["enterprise"]
    assert boss.post(path, data={"granted": ["root"]}).status_code == 422
    employee = client("enterprise_employee")
    assert employee.get("/enterprise/edit").status_code == 200
    assert "/materials/add" not in employee.get("/materials/").text
    assert employee.get("/materials/add").status_code == 200
    assert boss.post(path, data={"csrf_token": "-"}).status_code == 302  # none at all
    assert member().grants == []
    assert employee.get("/enterprise/edit").status_code == 403
    assert employee.get("/workbench/").status_code == 200  # may look


def test_who_may_not_fill_in_reads_why(client, quick, member):
    draft = quick("draft")
    client("enterprise_admin").post(f"/staff/{member().id}/grants", data={"granted": ["submit"]})
    employee = client("enterprise_employee")
    page = employee.get(f"/declare/{draft.call_id}/")
    assert "没有“填报申报书”的权限" in page.text
    refused = employee.post(f"/declarations/{draft.public_id}/note_page", data={"_revision": "0", "topic": "甲路 1 号"})
    assert refused.status_code == 403
    assert "甲路 1 号" in refused.text  # nothing typed is lost
    put = employee.put(f"/declarations/{draft.public_id}/note_page", json={}, headers={"If-Match": "0"})
    assert put.status_code == 403
    assert "填报申报书" in put.json["message"]
    section = employee.get(f"/declarations/{draft.public_id}/note_page", follow_redirects=True)
    assert "没有“填报申报书”的权限" in section.text


def test_who_may_only_look_reads_and_changes_nothing(client, quick, member):
    draft = quick("filled")
    client("enterprise_admin").post(f"/staff/{member().id}/grants", data={"csrf_token": "-"})
    employee = client("enterprise_employee")
    page = employee.get(f"/declarations/{draft.public_id}/form", follow_redirects=True)
    assert page.request.path == f"/declarations/{draft.public_id}/"
    assert "没有“填报申报书”的权限" in page.text
    assert "继续申报" not in page.text
    listed = employee.get("/my-projects/").text
    assert draft.title in listed
    assert f"/declarations/{draft.public_id}/delete" not in listed
    assert employee.post(f"/declarations/{draft.public_id}/delete", data={"confirmed": "1"}).status_code == 403


def test_who_may_not_submit_reads_why(client, quick, member):
    draft = quick("filled")
    client("enterprise_admin").post(f"/staff/{member().id}/grants", data={"granted": ["fill"]})
    page = client("enterprise_employee").get(f"/declarations/{draft.public_id}/submit")
    assert "没有“提交申报”的权限" in page.text
    assert re.search(r"<button[^>]*disabled[^>]*>提交申报", page.text)


def test_a_password_is_reset_shown_once_and_ends_sessions(client, member):
    boss, employee = client("enterprise_admin"), client("enterprise_employee")
    path = f"/staff/{member().id}/password"
    assert "原密码立即失效" in boss.get(path).text
    assert employee.get("/workbench/").status_code == 200
    assert 'class="secret"' in boss.post(path).text
    assert employee.get("/workbench/").status_code == 302
    refused = boss.post(f"/staff/{member('individual').id}/password", follow_redirects=True)
    assert "忘记密码" in refused.text


def test_an_employee_who_left_is_out_at_once(client, quick, member):
    draft = quick("draft")
    boss, employee = client("enterprise_admin"), client("enterprise_employee")
    assert employee.get(f"/declarations/{draft.public_id}/note_page").status_code == 200
    path = f"/staff/{member().id}/remove"
    assert "立即退出登录" in boss.get(path).text
    assert "已移出" in boss.post(path, data={"confirmed": "1"}, follow_redirects=True).text
    assert employee.get(f"/declarations/{draft.public_id}/note_page").status_code == 302  # logged out
    back = client("enterprise_employee")
    assert back.get(f"/declarations/{draft.public_id}/note_page").status_code in (403, 404)
    assert back.get("/workbench/").status_code == 403
    assert boss.get(f"/declarations/{draft.public_id}/note_page").status_code == 200
    assert boss.post(path).status_code == 404


def test_rows_of_other_enterprises_are_not_there(client, member):
    stranger = client("company_03")
    for verb in ("grants", "password", "remove"):
        assert stranger.get(f"/staff/{member().id}/{verb}").status_code == 404
        assert stranger.post(f"/staff/{member().id}/{verb}", data={"confirmed": "1"}).status_code == 404
    assert client("enterprise_employee").get("/staff/").status_code == 403
    assert client("individual").get("/staff/").status_code == 403


def test_the_administrator_hands_over(client, member):
    boss = client("enterprise_admin")
    form = {"successor": str(member().id), "password": "wrong"}
    wrong = boss.post("/staff/hand-over", data=form)
    assert wrong.status_code == 422
    assert "登录密码不正确" in wrong.text
    assert boss.post("/staff/hand-over", data={"successor": str(member("individual").id)}).status_code == 422
    assert boss.post("/staff/hand-over", data=form | {"password": PASSWORD}).location == "/workbench/"
    assert member().role is MembershipRole.ADMINISTRATOR
    assert boss.get("/staff/").status_code == 403
    assert client("enterprise_employee").get("/staff/").status_code == 200
