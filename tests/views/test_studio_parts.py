"""The pages of checks, conditions and review steps: what they are given and give back, who opens them."""

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import select

from app.extensions import db
from app.forms.definition import body_sha
from app.forms.package import load_package
from app.models import TypeDraft

pytestmark = pytest.mark.usefixtures("stand_in_documents")
PAGES = {"checks": ("checks",), "conditions": ("lists", "applicants", "eligibility"), "workflow": ("workflow",)}
ROOT = Path(__file__).parents[2]
TYPES = sorted(path.parent for path in ROOT.glob("app/declaration_types/*/type.yaml"))


@pytest.fixture
def author(client):
    return client("province_admin")


@pytest.fixture
def draft(author):
    author.post("/type-drafts/new", data={"title": "人才项目", "key": "talent_2026", "year": "2026", "source": ""})
    return db.session.scalars(select(TypeDraft)).one()


def keep(draft, **parts):
    """Store parts as if somebody had saved them."""
    draft.body = {**draft.body, **parts}
    db.session.commit()


def data_of(answer):
    """Return what a page hands to its script."""
    return json.loads(re.search(r"data-studio-data[^>]*>(.*?)</script>", answer.text, re.DOTALL)[1])


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_given_its_parts_and_what_rules_may_read(author, draft, page):
    answer = author.get(f"/type-drafts/{draft.public_id}/{page}")
    assert answer.status_code == 200
    data = data_of(answer)
    assert data["revision"] == 0
    assert data["parts"] == {name: draft.body.get(name) for name in PAGES[page]}
    assert {"contact", "enterprise.credit_code", "applicant.kind", "today"} <= {
        field["path"] for field in data["fields"]
    }


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("username", ["city_admin", "province_officer", "enterprise_admin"])
def test_nobody_else_opens_it(client, draft, page, username):
    assert client(username).get(f"/type-drafts/{draft.public_id}/{page}").status_code in (403, 404)


@pytest.mark.parametrize("page", PAGES)
def test_a_draft_that_is_not_there_is_not_found(author, page):
    assert author.get(f"/type-drafts/nowhere/{page}").status_code == 404


@pytest.mark.parametrize("folder", TYPES, ids=lambda folder: folder.name)
def test_what_a_page_is_given_and_sends_back_changes_nothing(author, draft, folder):
    body = {**load_package(folder), "key": draft.key}
    keep(draft, **body)
    before = body_sha(draft.body)
    for page, parts in PAGES.items():
        data = data_of(author.get(f"/type-drafts/{draft.public_id}/{page}"))
        for part in parts:
            sent = {"revision": draft.revision, "value": data["parts"][part]}
            assert author.put(f"{data['address']}{part}", json=sent).status_code == 200
            db.session.expire_all()
    assert body_sha(draft.body) == before


def test_rules_are_said_in_words_for_those_that_rows_cannot_show(author, draft):
    rule = {">=": [{"+": [{"var": "enterprise.registered_capital"}, 1]}, 2]}
    keep(draft, checks=[{"id": "a", "target": "contact", "message": "请核对", "rule": rule}])
    said = data_of(author.get(f"/type-drafts/{draft.public_id}/checks"))["said"]
    assert said == [[rule, "企业信息中的注册资本 + 1不小于2"]]


@pytest.mark.parametrize("rule", [{"==": 1}, {"nonsense": [1]}, [], {"var": {"a": 1}}, {">=": [{"var": []}, None]}])
def test_a_draft_with_nonsense_in_it_still_opens(author, draft, rule):
    keep(draft, checks=[{"rule": rule}, 3], eligibility=[rule], workflow={"steps": [{"when": rule}, "x"]}, lists=3)
    for page in PAGES:
        assert author.get(f"/type-drafts/{draft.public_id}/{page}").status_code == 200


def test_only_those_who_can_review_are_offered_for_a_step(author, draft):
    offered = data_of(author.get(f"/type-drafts/{draft.public_id}/workflow"))["roles"]
    assert [role["label"] for role in offered] == [
        "企业管理员",
        "区县经办",
        "地市-处室-经办",
        "地市-处室-领导",
        "省厅经办",
    ]
    assert offered[1]["scope"] == "enterprise.county"


@pytest.mark.parametrize(
    "steps", [["x"], [{"key": "a"}], {"a": 1}, [{"key": "a", "label": "甲", "role": "x", "actions": [3]}]]
)
def test_a_malformed_chain_is_a_problem_and_no_crash(author, draft, steps):
    address = f"/type-drafts/{draft.public_id}/parts/workflow"
    answer = author.put(address, json={"revision": 0, "value": {"steps": steps}})
    assert answer.status_code == 200
    assert answer.json["problems"]


@pytest.mark.parametrize("actions", [3, "recommend", {"do": "recommend"}, [["recommend"]], [{"do": 3}], [{"do": []}]])
def test_malformed_actions_are_no_crash(author, draft, actions):
    steps = [{"key": "a", "label": "甲", "role": "province_officer", "actions": actions}]
    address = f"/type-drafts/{draft.public_id}/parts/workflow"
    assert author.put(address, json={"revision": 0, "value": {"steps": steps}}).status_code == 200
