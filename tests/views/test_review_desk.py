"""The desk of reviewers beyond deciding: colleagues, ranking, funds, issuing, the project's materials."""

import re

import pytest
from sqlalchemy import select

from app.clock import now, to_local
from app.extensions import db
from app.models import CreditRecord, Declaration, DeclarationState, Enterprise, IdKind, Presence
from app.services import accounts, reviews

pytestmark = pytest.mark.usefixtures("stand_in_documents")
TODAY = to_local(now()).date().isoformat()


def fresh(declaration):
    db.session.expire_all()
    return db.session.get(Declaration, declaration.id)


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page).group(1)


@pytest.fixture
def colleague(person):
    """The user name of a second officer in the county officer's office."""
    first = person("county_officer")
    accounts.create_account(
        first.site, "county_colleague", "王小明", "Shenbao#2026", ["county_officer"], by=None, at=now(),
        department=first.department, id_kind=IdKind.GOVERNMENT_ACCOUNT, id_number="gov_colleague",
    )  # fmt: skip
    db.session.commit()
    return "county_colleague"


# ---------------------------------------------------------------- colleagues


def test_an_open_page_tells_the_colleague_and_leaving_takes_it_back(quick, client, colleague):
    declaration = quick("first")
    page, address = f"/review/declaration/{declaration.public_id}", f"/presence/{declaration.public_id}"
    other = client(colleague)
    assert f'data-presence="{address}"' in other.get(page).text
    assert other.post(address, data={"seq": declaration.seq}).get_json() == {"present": [], "news": None}
    officer = client("county_officer")
    sentence = f"王小明 正在办理本项目（{to_local(now()).strftime('%H:')}"
    assert sentence in officer.get(page).text
    assert officer.get(f"{address}?seq={declaration.seq}").get_json()["present"][0].startswith(sentence)
    other.post(address, data={"leaving": "1"})
    assert officer.get(address).get_json()["present"] == []


def test_an_open_page_hears_what_the_colleague_did(quick, client, colleague):
    declaration = quick("first")
    seen = declaration.seq
    client(colleague).post(f"/presence/{declaration.public_id}")
    sent = {"do": "recommend", "seq": seen}
    assert client(colleague).post(f"/review/declaration/{declaration.public_id}", data=sent).status_code == 302
    answer = client("county_officer").post(f"/presence/{declaration.public_id}", data={"seq": seen})
    assert answer.get_json()["present"] == []
    assert re.search(r"已由王小明于 .* 办理“推荐”", answer.get_json()["news"])
    assert db.session.scalars(select(Presence)).all() == []
    lost = client("county_officer").post(f"/review/declaration/{declaration.public_id}", data=sent)
    assert lost.status_code == 409
    assert "刚刚已由王小明于" in lost.text


def test_strangers_neither_see_nor_leave_a_trace(quick, client):
    declaration = quick("first")
    address = f"/presence/{declaration.public_id}"
    for stranger in ("gz_county_officer", "city_officer"):
        assert client(stranger).get(address).status_code == 404
        assert client(stranger).post(address).status_code == 404
    assert client("enterprise_admin").get(address).status_code == 403
    assert client("county_admin").post(address).status_code == 403
    assert db.session.scalars(select(Presence)).all() == []


# ---------------------------------------------------------------- deciding


def test_dishonesty_records_in_force_stand_beside_the_decision(quick, client):
    declaration = quick("first")
    enterprise = db.session.get(Enterprise, declaration.enterprise_id)
    for number, removed in (("粤1301执88号", None), ("粤1301执77号", now().date())):
        db.session.add(CreditRecord(
            site_id=declaration.site_id, credit_code=enterprise.credit_code, name=enterprise.name, case_no=number,
            reason="有履行能力而拒不履行", published_by="惠城区人民法院", published_on=now().date(), removed_on=removed,
        ))  # fmt: skip
    page = client("county_officer").get(f"/review/declaration/{declaration.public_id}").text
    assert all(word in page for word in ("粤1301执88号", "有履行能力而拒不履行", "惠城区人民法院"))
    assert "粤1301执77号" not in page


def test_void_is_offered_by_its_own_name_listed_and_told_to_the_enterprise(quick, client):
    declaration = quick("first")
    page = client("county_officer").get(f"/review/declaration/{declaration.public_id}").text
    assert 'name="do" value="void"' in page
    assert "视为无效" in page
    sent = {"do": "void", "seq": declaration.seq, "opinion": ""}
    officer = client("county_officer")
    assert officer.post(f"/review/declaration/{declaration.public_id}", data=sent).status_code == 422
    officer.post(f"/review/declaration/{declaration.public_id}", data=sent | {"opinion": "材料不清晰"})
    assert fresh(declaration).state is DeclarationState.VOID
    assert declaration.title in officer.get(f"/review/{declaration.call_id}/?tab=void").text
    assert declaration.title in officer.get("/projects/?tab=declined").text
    assert declaration.title in officer.get("/projects/?tab=declined&state=void").text
    assert declaration.title not in officer.get("/projects/?tab=declined&state=declined").text
    applicant = client("enterprise_admin")
    assert "无效申报" in applicant.get("/my-projects/?tab=ended").text
    reading = applicant.get(f"/declarations/{declaration.public_id}/").text
    assert "审核结果：无效申报" in reading
    assert "材料不清晰" in reading


def test_the_overview_is_narrowed_by_year_programme_and_call(quick, client):
    declaration = quick("first")
    officer, call = client("county_officer"), declaration.call
    queue = f'href="/review/{call.id}/"'
    assert queue in officer.get("/review/").text
    assert queue in officer.get(f"/review/?year=2025&programme=quick_note&call={call.name}").text
    for other in ("year=2024", "programme=别的项目", "call=别的方向", "year=x"):
        assert queue not in officer.get(f"/review/?{other}").text, other


# ---------------------------------------------------------------- ranking


def test_numbers_typed_without_a_script_make_the_order(quick, client):
    rows = [quick("second") for _ in range(3)]
    address, officer = f"/ranking/{rows[0].call_id}/", client("county_officer")
    assert f'href="{address}' in officer.get(f"/review/{rows[0].call_id}/").text
    page = officer.get(address).text
    sent = {"row": [r.id for r in rows], "mark": hidden(page, "mark"), f"number-{rows[2].id}": "1"}
    assert officer.post(address, data=sent).status_code == 302
    assert [fresh(r).county_priority for r in rows] == [2, 3, 1]
    assert "3 个项目的顺序有变化" in officer.get(address).text
    assert "推荐顺序 3" in officer.get(f"/review/{rows[0].call_id}/?tab=passed").text
    stale = officer.post(address, data=sent)
    assert stale.status_code == 409
    assert "请按最新名单重新排序" in stale.text


def test_who_does_not_rank_finds_no_way_there(quick, client):
    declaration = quick("fourth")
    address = f"/ranking/{declaration.call_id}/"
    for who in ("province_officer", "county_admin", "enterprise_admin"):
        assert client(who).get(address).status_code == 403, who
    assert "/ranking/" not in client("province_officer").get(f"/review/{declaration.call_id}/").text
    assert client("county_officer").get("/ranking/999999/").status_code == 404


# ---------------------------------------------------------------- funds and 下达


def test_funds_are_entered_for_several_and_reach_the_enterprise(quick, client):
    one, other = quick("approved"), quick("approved")
    officer = client("province_officer")
    assert one.title in officer.get("/awards/").text
    ticked = officer.post("/awards/action_post", data={"action": "award", "rowid": [one.id, other.id]})
    assert officer.get(ticked.location).status_code == 200
    wrong = {"rowid": [one.id, other.id], f"amount-{one.id}": "120.5", f"amount-{other.id}": "很多"}
    refused = officer.post("/awards/funds", data=wrong)
    assert refused.status_code == 422
    assert "120.5" in refused.text
    assert fresh(one).awarded is None
    assert officer.post("/awards/funds", data=wrong | {f"amount-{other.id}": ""}).status_code == 302
    assert fresh(one).awarded == 1_205_000
    assert "120.50" in client("enterprise_admin").get("/my-projects/").text
    assert "暂未获得资金" in client("enterprise_admin").get("/my-projects/").text
    assert "120.5" in client("county_officer").get("/projects/").text


def test_issuing_asks_for_day_and_number_names_what_it_is_about_and_can_be_undone(quick, client):
    rows = [quick("approved") for _ in range(6)]
    ids, officer = [r.id for r in rows], client("province_officer")
    page = officer.post("/awards/action_post", data={"action": "issue", "rowid": ids}, follow_redirects=True).text
    assert "共 6 项" in page
    assert officer.post("/awards/issue", data={"rowid": ids, "issue_day": TODAY}).status_code == 422
    sent = {"rowid": ids, "issue_day": TODAY, "issued_no": "粤工信函〔2024〕88号"}
    assert "成功 6 项" in officer.post("/awards/issue", data=sent).text
    assert rows[0].title in officer.get("/awards/?tab=issued").text
    assert "粤工信函〔2024〕88号" in client("county_officer").get(f"/project/{rows[0].public_id}").text
    assert officer.post("/awards/take-back", data={"rowid": ids}).status_code == 422
    assert "成功 6 项" in officer.post("/awards/take-back", data={"rowid": ids, "reason": "文号有误"}).text
    assert fresh(rows[0]).issued_at is None


def test_only_the_province_gives_funds_and_rows_of_others_do_not_exist(quick, client):
    passed, waiting = quick("approved"), quick("fourth")
    for who in ("city_officer", "county_officer", "province_admin"):
        for path in ("funds", "issue", "take-back"):
            assert client(who).post(f"/awards/{path}", data={"rowid": passed.id}).status_code == 403, (who, path)
    officer = client("province_officer")
    assert officer.get(f"/awards/funds?rowid={waiting.id}").status_code == 404
    assert officer.get("/awards/funds").status_code == 404
    assert officer.get("/awards/funds?rowid=x").status_code == 400
    mixed = {"rowid": [passed.id, waiting.id], f"amount-{passed.id}": "1", f"amount-{waiting.id}": "1"}
    refused = officer.post("/awards/funds", data=mixed)
    assert refused.status_code == 422
    assert "只有审核通过的项目" in refused.text
    assert fresh(passed).awarded is None


# ---------------------------------------------------------------- 项目中心


def test_a_project_shows_its_materials_and_takes_the_last_act_back(declaration_at, client, person):
    declaration = declaration_at("county")
    officer = client("county_officer")
    listing = officer.get("/projects/?tab=waiting").text
    assert f'href="/project/{declaration.public_id}?back=' in listing
    page = officer.get(f"/project/{declaration.public_id}").text
    numbers = range(1, len(declaration.submission.files) + 1)
    assert numbers
    for number in numbers:
        address = f"/submissions/{declaration.submission_id}/files/{number}?download=1"
        assert address in page
        assert officer.get(address).status_code == 200
    assert "下载申报书" in page
    assert ">撤回<" not in page
    user = person("county_officer")
    found = reviews.read_declaration(declaration.id, user)
    reviews.act(found, "recommend", by=user, at=now(), seq=found.seq)
    db.session.commit()
    page = officer.get(f"/project/{declaration.public_id}").text
    assert ">撤回<" in page
    sent = {"do": "withdraw", "seq": hidden(page, "seq"), "back": f"/project/{declaration.public_id}"}
    back = officer.post(f"/review/declaration/{declaration.public_id}", data=sent)
    assert back.location == f"/project/{declaration.public_id}"
    assert fresh(declaration).step == "county"
    assert client("gz_county_officer").get(f"/project/{declaration.public_id}").status_code == 404
