"""影响范围: the page on which an author sees whom a draft lets in, and tries other figures."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import TypeDraft

pytestmark = pytest.mark.usefixtures("stand_in_documents")
GATE = {
    "id": "g",
    "label": "营业收入达标",
    "rule": {">=": [{"var": "enterprise.revenue"}, 999999]},
    "message": "未达标",
}


@pytest.fixture
def author(client):
    return client("province_admin")


@pytest.fixture
def draft(author):
    author.post("/type-drafts/new", data={"title": "人才项目", "key": "talent_2026", "year": "2026", "source": ""})
    return db.session.scalars(select(TypeDraft)).one()


def with_gates(author, draft, *gates):
    address = f"/type-drafts/{draft.public_id}/parts/eligibility"
    read = author.get(address).json
    author.put(address, json={"revision": read["revision"], "value": {"gates": list(gates)}})
    return f"/type-drafts/{draft.public_id}/reach"


def test_nobody_is_kept_out_without_gates(author, draft):
    page = author.get(f"/type-drafts/{draft.public_id}/reach").text
    assert "没有设置申报条件" in page
    assert "影响范围" in page


def test_figures_are_tried_without_saving(author, draft):
    address = with_gates(author, draft, GATE)
    page = author.get(address).text
    assert "营业收入达标" in page
    assert "草稿中为 999999" in page
    assert "试算 " not in page
    tried = author.get(address, query_string={"0.>=.1": "1,000"}).text
    assert "试算 " in tried
    assert 'value="1,000"' in tried
    db.session.expire_all()
    assert draft.body["eligibility"]["gates"] == [GATE]


def test_what_is_no_figure_stands_at_its_field(author, draft):
    answer = author.get(with_gates(author, draft, GATE), query_string={"0.>=.1": "很多"})
    assert answer.status_code == 422
    assert "请填写数字" in answer.text
    assert 'value="很多"' in answer.text


def test_a_draft_with_problems_says_so(author, draft):
    address = with_gates(author, draft, {"id": "g", "label": "条件", "rule": {"nonsense": 1}, "message": "不符合"})
    assert "暂不能计算影响范围" in author.get(address).text


def test_others_do_not_see_it(client, author, draft):
    assert client("city_officer").get(f"/type-drafts/{draft.public_id}/reach").status_code in (302, 403, 404)
