"""An enterprise forgot its account: the bureau finds it and resets the password, and the log says so."""

import re

import pytest
from sqlalchemy import select

from app import roles
from app.clock import now, to_local
from app.extensions import db
from app.models import Account, AuditEvent, Enterprise, MembershipRole
from app.services import accounts
from tests.conftest import PASSWORD


@pytest.fixture
def company(session) -> Enterprise:
    return session.scalars(select(Enterprise).where(Enterprise.name == "惠州市云杉智能装备有限公司")).one()


def reset_path(company: Enterprise, account: Account) -> str:
    """Return the address for an account: of its place in the company, or of one that it holds elsewhere."""
    held = [m.id for m in account.memberships if m.enterprise_id == company.id] or [m.id for m in account.memberships]
    return f"/enterprises/{company.public_id}/accounts/{held[0]}/password"


@pytest.mark.parametrize("username", ["county_admin", "county_officer", "city_officer", "city_admin"])
def test_the_bureau_sees_who_logs_in_for_an_enterprise(client, company, username):
    page = client(username).get(f"/enterprises/{company.public_id}/accounts")
    assert page.status_code == 200
    for text in ("陈安之", "enterprise_admin", "企业管理员", "彭晓雨", "企业员工"):
        assert text in page.text


def test_a_password_is_reset_shown_once_and_logged(client, company, person, session):
    owner, browser, seat = person("enterprise_admin"), client("county_officer"), client("enterprise_admin")
    path = reset_path(company, owner)
    assert "原密码立即失效" in browser.get(path).text
    drawn = re.search(r'class="secret">([^<]+)<', browser.post(path).text).group(1)
    visitor = client(None)
    assert visitor.post("/login/", data={"username": "enterprise_admin", "password": PASSWORD}).status_code == 401
    assert visitor.post("/login/", data={"username": "enterprise_admin", "password": drawn}).status_code == 302
    assert seat.get("/workbench/").status_code == 302  # logged out
    today = to_local(now()).strftime("%Y-%m-%d %H:")
    assert today in browser.get(f"/enterprises/{company.public_id}/accounts").text  # the last log-in, by our clock
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "reset_password")).one()
    assert (event.subject_id, event.account_name) == (owner.id, "邓子谦")
    assert event.detail == {"enterprise": company.id, "username": "enterprise_admin"}
    assert drawn not in str(event.detail)


def test_enterprises_of_other_regions_and_other_people_are_not_there(client, company, person):
    other = person("gz_enterprise_admin")
    for username in ("gz_county_officer", "gz_city_admin"):
        assert client(username).get(f"/enterprises/{company.public_id}/accounts").status_code == 404
        assert client(username).post(reset_path(company, person("enterprise_admin"))).status_code == 404
    browser = client("county_officer")
    neighbour = person("company_03")  # in sight, of another company
    for account in (other, neighbour):
        assert browser.post(reset_path(company, account)).status_code == 404
    assert client("enterprise_admin").get(f"/enterprises/{company.public_id}/accounts").status_code == 403


def test_who_is_somebody_elsewhere_too_is_not_this_bureau_s_to_reset(client, company, person, session):
    both, foreign = person("enterprise_employee"), person("gz_enterprise_admin").memberships[0].enterprise
    accounts.join_enterprise(both, foreign, MembershipRole.EMPLOYEE, by=None, at=now())
    official = person("gz_city_officer")
    accounts.join_enterprise(official, company, MembershipRole.EMPLOYEE, by=None, at=now())
    db.session.commit()
    before = {account.id: account.password for account in (both, official)}
    browser = client("county_officer")
    page = browser.get(f"/enterprises/{company.public_id}/accounts").text
    assert "同时代表其他辖区的企业" in page
    assert "还有其他身份" in page
    assert reset_path(company, person("enterprise_admin")) in page
    assert not [account for account in (both, official) if reset_path(company, account) in page]
    page = browser.post(reset_path(company, both))
    assert page.status_code == 403
    assert "同时代表其他辖区的企业" in page.text
    page = browser.post(reset_path(company, official))
    assert page.status_code == 403
    assert "还有其他身份" in page.text
    session.expire_all()
    assert before == {account.id: account.password for account in (both, official)}
    assert client("province_officer").post(reset_path(company, both)).status_code == 200
    assert official.role_names >= {roles.CITY_OFFICER}
