"""个人申报审核 on screen: the administrator of a unit passes on, sends back and clears; others see nothing of it."""

import re

import pytest
from sqlalchemy import delete, select

from app.extensions import db
from app.models import Declaration, DeclarationState, Membership

LIST = "/unit-review/"


@pytest.fixture
def note(journey, call_of):
    """Return a function: state → a declaration of the individual (or another person) walked there."""
    calls_by_name = {}

    def walk(state: str, who: str = "individual") -> Declaration:
        call = calls_by_name.get("call") or calls_by_name.setdefault("call", call_of("unit_note"))
        return journey.walk_to(state, who, call)

    return walk


def post(browser, declaration, do, **form):
    form = {"do": do, "seq": declaration.seq, "opinion": "请核对。"} | form
    return browser.post(f"{LIST}{declaration.public_id}", data=form)


def test_the_queue_lists_what_waits_with_the_person_and_the_direction(note, client, person):
    declaration = note("unit")
    note("draft")
    note("county", "enterprise_admin")
    page = client("enterprise_admin").get(LIST).text
    assert page.count("青年人才登记") >= 1
    assert person("individual").name in page
    assert declaration.call.name in page
    assert "单位审核中" in page
    assert 'name="rowid"' in page
    assert page.count('name="rowid"') == 1
    assert "离开人员的草稿" not in page
    assert person("individual").name not in client("company_03").get(LIST).text


@pytest.mark.parametrize("who", ["individual", "enterprise_employee", "county_officer", "newcomer"])
def test_only_administrators_of_enterprises_open_it(client, who):
    assert client(who).get(LIST).status_code == 403


def test_the_reading_page_shows_what_officials_see_and_what_the_unit_may_do(note, client, person):
    declaration = note("unit")
    page = client("enterprise_admin").get(f"{LIST}{declaration.public_id}").text
    for words in ("通过并提交", "不予申报", "退回", "申报人", person("individual").name, "青年人才登记", "审核流程"):
        assert words in page, words
    assert "data-presence" not in page
    assert "失信情况" not in page
    assert "通过后，申报提交至区县审核" in page


def test_passing_on_leads_to_the_county_with_the_persons_name(note, client, person):
    declaration = note("unit")
    browser = client("enterprise_admin")
    answer = post(browser, declaration, "recommend")
    assert answer.status_code == 302
    db.session.expire_all()
    assert declaration.step == "county"
    page = browser.get(f"{LIST}?tab=passed").text
    assert "已通过并提交，送至区县审核" in page
    assert declaration.title in page
    queue = client("county_officer").get(f"/review/{declaration.call_id}/").text
    assert person("individual").name in queue
    reading = client("county_officer").get(f"/review/declaration/{declaration.public_id}").text
    assert person("individual").name in reading
    assert person("enterprise_admin").name in reading
    own = client("individual").get(f"/declarations/{declaration.public_id}/").text
    assert person("enterprise_admin").name in own
    assert "区县审核中" in own


def test_sending_back_needs_an_opinion_and_keeps_what_was_typed(note, client):
    declaration = note("unit")
    browser = client("enterprise_admin")
    answer = post(browser, declaration, "return", opinion="  ", to="applicant", due_at="2020")
    assert answer.status_code == 422
    assert "请填写" in answer.text or "请按" in answer.text
    assert post(browser, declaration, "return").status_code == 302
    db.session.expire_all()
    assert declaration.state is DeclarationState.RETURNED
    page = client("individual").get("/workbench/").text
    assert "请核对。" in page
    assert declaration.title in browser.get(f"{LIST}?tab=returned").text


def test_acting_on_a_page_that_is_out_of_date_is_a_sentence(note, client):
    declaration = note("unit")
    post(client("enterprise_admin"), declaration, "recommend", seq=declaration.seq)
    again = client("enterprise_admin").post(f"{LIST}{declaration.public_id}", data={"do": "return", "seq": 1, "to": ""})
    assert again.status_code == 409
    assert "本次操作没有执行" in again.text


def test_many_pass_with_a_result_per_row(note, client):
    waiting = [note("unit") for _ in range(3)]
    keys = [f"{d.id}:{d.seq}" for d in waiting[:2]] + [f"{waiting[2].id}:99"]
    browser = client("enterprise_admin")
    asked = browser.post(f"{LIST}action_post", data={"action": "recommend", "rowid": keys})
    assert "通过并提交 3 个项目" in asked.text
    assert 'action="/unit-review/action_post"' in asked.text
    done = browser.post(
        f"{LIST}action_post", data={"action": "recommend", "rowid": keys, "confirmed": "1", "opinion": "同意。"}
    )
    assert done.text.count("已通过并提交") == 2
    assert "刚刚已被他人处理" in done.text
    db.session.expire_all()
    assert [d.step for d in waiting] == ["county", "county", "unit"]


def test_the_workbench_says_what_waits_for_the_unit(note, client):
    declaration = note("unit")
    assert "1 项个人申报待本单位审核" in client("enterprise_admin").get("/workbench/").text
    assert "个人申报待本单位审核" not in client("enterprise_employee").get("/workbench/").text
    own = client("individual").get("/workbench/").text
    assert "本单位个人用户" in own
    assert declaration.enterprise.name in own


def test_rows_of_others_do_not_exist(note, client):
    theirs, draft, own = note("unit"), note("filled"), note("county", "enterprise_admin")
    for who, address in (
        ("company_03", f"{LIST}{theirs.public_id}"),
        ("enterprise_admin", f"{LIST}{draft.public_id}"),
        ("enterprise_admin", f"{LIST}{own.public_id}"),
        ("enterprise_admin", f"{LIST}{draft.public_id}/discard"),
        ("enterprise_admin", f"/declarations/{theirs.public_id}/"),
        ("enterprise_employee", f"/declarations/{theirs.public_id}/"),
        ("individual", f"/declarations/{own.public_id}/"),
        ("county_officer", f"/review/declaration/{theirs.public_id}"),
    ):
        assert client(who).get(address).status_code == 404, (who, address)
    assert post(client("company_03"), theirs, "recommend").status_code == 404
    mine = client("individual").get("/my-projects/").text
    assert theirs.public_id in mine
    assert own.public_id not in mine
    assert theirs.public_id not in client("enterprise_admin").get("/my-projects/").text


def test_an_individual_reads_why_a_type_is_not_for_them(note, call_of, client):
    call = call_of("quick_note")
    browser = client("individual")
    assert "须以单位名义申报" in browser.get(f"/declare/{call.id}/").text
    assert "须以单位名义申报" in browser.get("/declare/").text
    refused = browser.post(f"/declare/{call.id}/")
    assert refused.status_code >= 400
    assert not db.session.scalars(select(Declaration).where(Declaration.call_id == call.id)).all()


def test_an_individual_declares_from_the_first_click_to_the_last(call_of, client):
    call = call_of("unit_note")
    browser = client("individual")
    started = browser.post(f"/declare/{call.id}/")
    declaration = db.session.scalars(select(Declaration).where(Declaration.call_id == call.id)).one()
    assert declaration.public_id in started.location
    page = browser.get(f"/declarations/{declaration.public_id}/note_page").text
    assert "陶思远" in page
    revision = re.search(r'name="_revision"[^>]*value="(\d+)"', page)[1]
    data = {"topic": "青年人才登记", "_revision": revision}
    assert browser.post(f"/declarations/{declaration.public_id}/note_page", data=data).status_code == 302
    sent = browser.post(f"/declarations/{declaration.public_id}/submit", data={"seq": 0, "confirmed": "1"})
    assert sent.status_code == 302, sent.text
    db.session.expire_all()
    assert declaration.stage == "单位审核中"


def test_the_library_is_read_by_individuals_and_kept_by_the_unit(client):
    page = client("individual").get("/materials/")
    assert page.status_code == 200
    assert "上传材料" not in page.text.replace("点击“上传材料”添加第一个文件。", "")
    assert client("individual").get("/materials/add").status_code == 403


def test_what_somebody_left_behind_can_be_discarded(note, client, person):
    draft, handed_in = note("filled"), note("unit")
    public_id = draft.public_id
    db.session.execute(delete(Membership).where(Membership.account_id == person("individual").id))
    db.session.commit()
    browser = client("enterprise_admin")
    page = browser.get(f"{LIST}?tab=left").text
    assert f"{public_id}/discard" in page
    asked = browser.get(f"{LIST}{public_id}/discard")
    assert "申报人已离开本单位" in asked.text
    assert browser.post(f"{LIST}{public_id}/discard", data={"confirmed": "1"}).status_code == 302
    assert "离开人员的草稿" not in browser.get(LIST).text
    assert handed_in.title in browser.get(LIST).text
    assert client("individual").get(f"/declarations/{public_id}/").status_code in (302, 403, 404)


def test_a_unit_without_an_administrator_is_said(note, client, person):
    declaration = note("unit")
    db.session.execute(delete(Membership).where(Membership.account_id == person("enterprise_admin").id))
    db.session.commit()
    for address in ("/workbench/", f"/declarations/{declaration.public_id}/"):
        assert "没有可以审核的企业管理员" in client("individual").get(address).text


def test_a_kind_of_attachment_that_the_type_does_not_have_is_not_found(note, client):
    draft = note("filled")
    file_id = draft.attachments[0].public_id
    answer = client("individual").get(f"/declarations/{draft.public_id}/files/no_such_kind/{file_id}/delete")
    assert answer.status_code == 404
