"""身份办理: where people start who have registered, and what it tells of what they have asked for."""

import pytest
from sqlalchemy import select

from app import roles
from app.clock import now
from app.extensions import db
from app.models import (
    Certification,
    CertificationState,
    Enterprise,
    Expert,
    JoinRequest,
    MembershipRole,
    RequestState,
)
from app.services.accounts import ensure_roles

DOORS = ("企业认证", "加入企业", "选择所在单位（个人）", "专家登记")


@pytest.fixture
def newcomer(person):
    return person("newcomer")


def page(client, username="newcomer") -> str:
    return client(username).get("/first-steps/").text


def test_registered_people_start_here(client, newcomer):
    browser = client("newcomer")
    assert browser.get("/").location == "/first-steps/"
    shown = browser.get("/first-steps/").text
    for door in DOORS:
        assert door in shown
    for address in ("/certification/", "/join/", "/join/?as=individual", "/expert/"):
        assert f'href="{address}"' in shown


def test_who_has_become_something_starts_there(client, newcomer):
    newcomer.roles.append(ensure_roles()[roles.EXPERT])
    assert client("newcomer").get("/").location != "/first-steps/"


@pytest.mark.parametrize("username", ["enterprise_admin", "county_officer", "individual", "expert"])
def test_others_have_no_business_here(client, username):
    assert client(username).get("/first-steps/").status_code == 403
    assert "身份办理" not in client(username).get("/account/").text


@pytest.mark.parametrize(
    ("state", "texts"),
    [
        (CertificationState.DRAFT, ("填写中",)),
        (CertificationState.SUBMITTED, ("审核中",)),
        (CertificationState.RETURNED, ("退回修改", "执照不清晰")),
    ],
)
def test_it_tells_how_far_a_certification_is(client, newcomer, state, texts):
    row = Certification(
        site_id=newcomer.site_id, account_id=newcomer.id, name="惠州市<b>新</b>企业", state=state, saved_at=now(),
        opinion="执照不清晰",
    )  # fmt: skip
    db.session.add(row)
    shown = page(client)
    assert "惠州市&lt;b&gt;新" in shown
    for text in texts:
        assert text in shown


@pytest.mark.parametrize("role", [MembershipRole.EMPLOYEE, MembershipRole.INDIVIDUAL])
@pytest.mark.parametrize("state", [RequestState.OPEN, RequestState.REFUSED, RequestState.WITHDRAWN])
def test_it_tells_what_became_of_a_request_to_join(client, newcomer, role, state):
    company = db.session.scalars(select(Enterprise)).first()
    db.session.add(
        JoinRequest(
            site_id=newcomer.site_id, account_id=newcomer.id, enterprise_id=company.id, role=role, state=state,
            asked_at=now(), reason="查无此人",
        )
    )  # fmt: skip
    shown = page(client)
    assert (str(state.label) in shown) == (state is not RequestState.WITHDRAWN)
    assert (company.name in shown) == (state is not RequestState.WITHDRAWN)


def test_it_tells_whether_the_expert_is_confirmed_and_nothing_of_others(client, person, newcomer):
    other = person("expert")
    for account, name in ((newcomer, "新来的专家"), (other, "别的专家")):
        if not db.session.scalars(select(Expert).where(Expert.account_id == account.id)).first():
            db.session.add(
                Expert(
                    site_id=account.site_id, account_id=account.id, name=name, kind="x", fields=[],
                    state=RequestState.OPEN, asked_at=now(),
                )
            )  # fmt: skip
    shown = page(client)
    assert "新来的专家" in shown
    assert "别的专家" not in shown


def test_it_takes_few_statements(client, newcomer, statements):
    browser = client("newcomer")
    browser.get("/first-steps/")
    statements.clear()
    browser.get("/first-steps/")
    assert len(statements) <= 5
