"""Somebody who belongs to several enterprises acts for exactly one of them at a time."""

import re

import pytest
from sqlalchemy import delete

from app.clock import now
from app.models import Membership, MembershipRole
from app.services import accounts, grants


@pytest.fixture
def both(session, person):
    """Let the administrator of one enterprise be an employee of another one; returns the two names."""
    boss, other = person("company_03"), person("gz_enterprise_admin").memberships[0].enterprise
    own = boss.memberships[0].enterprise
    accounts.join_enterprise(boss, other, MembershipRole.EMPLOYEE, by=None, at=now(), granted=grants.LABELS)
    session.commit()
    return own, other


def _choose(browser, enterprise, **more):
    page = browser.get("/acting/").text
    row = re.search(rf'{enterprise.name}.*?name="membership" value="(\d+)"', page, re.S)
    return browser.post("/acting/", data={"membership": row.group(1), **more})


def test_nothing_is_shown_before_one_is_chosen(client, both):
    browser = client("company_03")
    assert browser.get("/workbench/").location == "/acting/?next=/workbench/"
    assert browser.post("/staff/add").location == "/acting/"
    refused = browser.put("/declarations/x/note_page", json={})
    assert refused.status_code == 403
    assert "请先选择" in refused.json["message"]
    assert browser.get("/account/").status_code == 200  # belongs to no enterprise
    assert browser.get("/portal/").status_code == 200
    assert _choose(browser, both[0], next="/declare/").location == "/declare/"
    assert browser.get("/workbench/").status_code == 200


def test_rows_and_screens_are_those_of_the_enterprise_acted_for(client, quick, request):
    ours, theirs = quick("draft", "company_03"), quick("draft", "gz_enterprise_admin")
    own, other = request.getfixturevalue("both")
    browser = client("company_03")
    _choose(browser, own)
    page = browser.get("/workbench/").text
    assert own.name in page
    assert browser.get("/staff/").status_code == 200
    assert browser.get(f"/declarations/{ours.public_id}/note_page").status_code == 200
    assert browser.get(f"/declarations/{theirs.public_id}/note_page").status_code == 404
    _choose(browser, other)
    page = browser.get("/workbench/").text
    assert other.name in page
    assert own.name not in page
    assert browser.get("/staff/").status_code == 403  # an employee here
    assert browser.get(f"/declarations/{ours.public_id}/note_page").status_code == 404
    assert browser.get(f"/declarations/{theirs.public_id}/note_page").status_code == 200


def test_the_top_bar_shows_whom_one_acts_for(client, both):
    browser = client("company_03")
    _choose(browser, both[1])
    assert re.search(rf'class="acting"[^>]*><span>{both[1].name}', browser.get("/portal/").text)
    assert 'class="acting"' not in client("enterprise_admin").get("/workbench/").text


@pytest.mark.parametrize("typed", ["", "0", "999999999", "x", "１"])
def test_only_own_enterprises_are_chosen(client, both, typed):
    browser = client("company_03")
    assert browser.post("/acting/", data={"membership": typed}).status_code == 404


def test_a_forged_or_outdated_choice_counts_for_nothing(client, both, person, session):
    browser = client("company_03")
    with browser.session_transaction() as cookies:
        cookies["acting_for"] = person("company_04").memberships[0].enterprise_id
    assert browser.get("/workbench/").location == "/acting/?next=/workbench/"
    _choose(browser, both[1])
    session.execute(delete(Membership).where(Membership.enterprise_id == both[1].id, Membership.role == "employee"))
    session.commit()
    assert both[0].name in browser.get("/workbench/").text  # one is left: nothing to choose


def test_open_redirects_are_not_followed(client, both):
    assert _choose(client("company_03"), both[0], next="//evil.example").location == "/"


def test_who_belongs_to_one_or_none_is_not_asked(client):
    assert client("enterprise_admin").get("/workbench/").status_code == 200
    assert client("county_officer").get("/desk/").status_code == 200
    assert client("newcomer").get("/join/").status_code == 200
