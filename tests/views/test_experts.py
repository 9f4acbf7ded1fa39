"""专家登记 on screen, and 专家管理 of the bureaus: card, list with filters, deciding one and many, workbook."""

import re

import pytest
from sqlalchemy import select

from app.clock import now
from app.extensions import db
from app.models import Expert, Job, Region, RequestState
from app.services import expert_reviews, experts


def city_id(name="惠州市"):
    return db.session.scalars(select(Region.id).where(Region.name == name)).one()


def typed(**changes):
    return {
        "kind": "technology", "name": "顾明哲", "phone": "13800001234", "email": "gu@example.com", "unit": "惠州学院",
        "rank": "教授", "city_id": city_id(), "fields": ["robot", "new_energy"],
    } | changes  # fmt: skip


@pytest.fixture
def expert(app, person):
    """A card that waits in one city, with another one beside it."""
    facts = typed()
    facts["fields"] = tuple(facts["fields"])
    card = experts.Card(**facts)
    other = experts.Card(**facts | {"name": "钟一鸣", "kind": "finance", "fields": ("finance_tax",)})
    experts.hand_in(other, by=person("expert"), at=now())
    found = experts.hand_in(card, by=person("newcomer"), at=now())
    db.session.commit()
    return found


def key_of(expert):
    return f"{expert.id}:{expert_reviews.mark_of(expert)}"


def decide(browser, *cards, action="confirm", **more):
    data = {"action": action, "rowid": [key_of(card) for card in cards], **more}
    return browser.post("/experts/action_post", data=data)


def all_cards():
    return db.session.scalars(select(Expert).order_by(Expert.id)).all()


def test_somebody_who_has_registered_hands_in_the_card_and_sees_it(client):
    browser = client("newcomer")
    assert browser.get("/expert/").headers["Location"] == "/expert/edit"
    form = browser.get("/expert/edit").text
    assert 'value="温小禾"' in form
    assert "工业互联网与数字化转型" in form
    assert browser.post("/expert/edit", data=typed()).headers["Location"] == "/expert/"
    page = browser.get("/expert/").text
    for words in ("待审核", "技术专家", "机器人与自动控制、新能源与储能", "惠州市", "正在等待主管部门审核"):
        assert words in page
    assert browser.get("/messages/").status_code == 200


def test_what_was_typed_stays_and_the_problem_stands_at_its_field(client):
    answer = client("newcomer").post("/expert/edit", data=typed(email="nobody", unit="广东<b>大学"))
    assert answer.status_code == 422
    assert "邮箱格式有误" in answer.text
    assert "广东&lt;b&gt;大学" in answer.text
    assert re.search(r'value="robot"[^>]*checked|checked[^>]*value="robot"', answer.text)
    assert all_cards() == []


def test_nobody_else_has_a_card(client):
    for username in ("enterprise_admin", "city_admin", "individual"):
        assert client(username).get("/expert/").status_code == 403
    assert client().get("/expert/").status_code == 302


def test_the_list_is_filtered_by_field_kind_city_and_state(client, expert):
    browser = client("province_admin")
    assert "顾明哲" in browser.get("/experts/").text
    for address, found in (
        ("?fields=robot", ["顾明哲"]),
        ("?kind=finance", ["钟一鸣"]),
        (f"?city={city_id()}", ["顾明哲", "钟一鸣"]),
        (f"?city={city_id('广州市')}", []),
        ("?tab=granted", []),
        ("?name=钟", ["钟一鸣"]),
        ("?fields=%22&kind=%25", []),
    ):
        page = browser.get(f"/experts/{address}").text
        assert [name for name in ("顾明哲", "钟一鸣") if name in page] == found, address


def test_a_bureau_of_another_city_sees_nothing(client, expert):
    assert "顾明哲" not in client("gz_city_officer").get("/experts/?tab=all").text
    assert client("gz_city_officer").get(f"/experts/show/{expert.id}").status_code == 404
    assert client("county_admin").get("/experts/").status_code == 403


def test_one_is_confirmed_from_the_reading_page(client, expert):
    browser = client("city_officer")
    page = browser.get(f"/experts/show/{expert.id}").text
    assert key_of(expert) in page
    assert "gu@example.com" in page
    asked = decide(browser, expert).text
    assert "顾明哲" in asked
    assert all_cards()[1].state is RequestState.OPEN
    answer = decide(browser, expert, confirmed="1", back=f"/experts/show/{expert.id}")
    assert answer.headers["Location"] == f"/experts/show/{expert.id}"
    db.session.expire_all()
    assert expert.state is RequestState.GRANTED
    assert "已通过" in client("newcomer").get("/expert/").text


def test_several_are_refused_with_one_reason_and_a_result_each(client, expert):
    browser, cards = client("city_admin"), all_cards()
    empty = decide(browser, *cards, action="refuse", confirmed="1", opinion=" ")
    assert empty.status_code == 422
    assert "请填写不通过的原因" in empty.text
    results = decide(browser, *cards, action="refuse", confirmed="1", opinion="材料不全").text
    assert "成功 2 项" in results
    assert "材料不全" in client("newcomer").get("/expert/").text


def test_what_changed_meanwhile_and_broken_keys_are_not_decided(client, expert):
    browser, seen = client("city_officer"), key_of(expert)
    client("newcomer").post("/expert/edit", data=typed(rank="副教授"))
    data = {"action": "confirm", "rowid": seen, "confirmed": "1"}
    assert "重新查看" in browser.post("/experts/action_post", data=data, follow_redirects=True).text
    db.session.expire_all()
    assert expert.state is RequestState.OPEN
    assert browser.post("/experts/action_post", data=data | {"rowid": "x"}).status_code == 400


def test_the_list_is_taken_along_as_a_workbook(client, app, expert):
    from app.jobs import run_job

    browser = client("city_officer")
    assert browser.post("/experts/export?tab=all&fields=robot", data={"ending": "xlsx"}).status_code == 302
    job = db.session.scalars(select(Job).order_by(Job.id.desc())).first()
    job_id = job.id
    db.session.commit()
    run_job(job_id)
    db.session.expire_all()
    assert job.message == "共 1 条记录。"


def test_pages_cost_few_statements(client, expert, statements):
    browser = client("city_officer")
    statements.clear()
    browser.get("/experts/")
    assert len(statements) <= 8, statements
