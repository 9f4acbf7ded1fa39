"""Guides, offices and extensions as their people use them, through HTTP."""

import io
import re
from datetime import timedelta

import pytest
import xlsxwriter
from sqlalchemy import select, update

from app.clock import now, to_local
from app.demo.papers import make_paper
from app.extensions import db
from app.models import (
    Account,
    Applicants,
    Call,
    CallGuide,
    Declaration,
    Enterprise,
    Extension,
    GuideApplicant,
    ResponsibleOffice,
    StoredFile,
)
from app.services import guides, offices, programmes
from app.services.applicants import HEADINGS

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
PAPER = make_paper("申报指南.pdf", "惠州市")


@pytest.fixture
def call(call_of) -> Call:
    return call_of("quick_note")


@pytest.fixture
def sisters(call, person) -> list[Call]:
    """The call and two more of its programme, handled by the same city office and without guides."""
    made = [call]
    for name in ("方向二", "方向三"):
        other = programmes.create_call(
            call.programme, name, call.version, opens_at=call.opens_at, closes_at=call.closes_at,
            city_due_at=call.city_due_at, by=person("province_admin"), at=now(),
        )  # fmt: skip
        offices.set_responsible_office(other, person("city_officer").department, by=person("city_admin"), at=now())
        made.append(other)
    db.session.commit()
    return made


def typed(moment) -> str:
    return to_local(moment).strftime("%Y-%m-%dT%H:%M:%S")


def form(call: Call, **changes) -> dict:
    """Return what a valid form sends, with some changes; None leaves a field out."""
    values = {
        "opens_at": typed(call.opens_at), "closes_at": typed(call.closes_at), "applicants": "all",
        "county_review": "1", "county_due_at": typed(call.city_due_at), "note": "请尽早填报",
        "file": (io.BytesIO(PAPER), "市指南.pdf"),
    } | changes  # fmt: skip
    return {name: value for name, value in values.items() if value is not None}


def guide_of(call: Call, person) -> CallGuide | None:
    db.session.expire_all()
    city_id = person("city_officer").department.region_id
    return guides.guides_of(city_id, [call.id]).get(call.id)


def workbook(*lines) -> io.BytesIO:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate([tuple(h.label for h in HEADINGS), *lines]):
            sheet.write_row(number, 0, line)
    target.seek(0)
    return target


# ---------------------------------------------------------------- the list


def test_calls_stand_numbered_below_their_programme(client, sisters):
    page = client("city_officer").get("/guides-admin/?name=quick_note").text
    numbers = re.findall(r'data-label="序号"[^>]*>([\d.]+)<', page)
    assert numbers == ["1", "1.1", "1.2", "1.3"]
    assert page.count(">上传申报指南</a>") == 2
    assert page.count(">编辑申报指南</a>") == 1


def test_the_list_is_narrowed_by_direction_and_by_what_is_missing(client, sisters):
    browser = client("city_officer")
    page = browser.get("/guides-admin/?call=方向三").text
    assert "方向三" in page
    assert "方向二" not in page
    waiting = browser.get("/guides-admin/?tab=waiting").text
    assert "方向二" in waiting
    assert "2023年广东省智能制造生态合作伙伴" not in waiting


# ---------------------------------------------------------------- the form


def test_what_was_typed_and_uploaded_survives_a_refusal(client, sisters, person):
    address, call = f"/guides-admin/edit/{sisters[1].id}", sisters[1]
    browser = client("city_officer")
    refused = browser.post(address, data=form(call, closes_at=typed(call.closes_at + SECOND)))
    assert refused.status_code == 422
    assert "结束时间须在省厅申报时间" in refused.text
    assert "请尽早填报" in refused.text
    token = re.search(r'name="file_kept" value="([^"]+)"', refused.text).group(1)
    assert guide_of(call, person) is None
    assert browser.post(address, data=form(call, file=None, file_kept=token)).status_code == 302
    assert guide_of(call, person).file_name == "市指南.pdf"


def test_a_kept_upload_is_of_use_to_nobody_else(client, sisters, person):
    call = sisters[1]
    refused = client("city_officer").post(f"/guides-admin/edit/{call.id}", data=form(call, opens_at=""))
    token = re.search(r'name="file_kept" value="([^"]+)"', refused.text).group(1)
    offices.set_responsible_office(call, person("gz_city_officer").department, by=person("gz_city_admin"), at=now())
    db.session.commit()
    answer = client("gz_city_officer").post(
        f"/guides-admin/edit/{call.id}", data=form(call, file=None, file_kept=token)
    )
    assert "请上传本市申报指南" in answer.text


def test_the_oa_file_is_seen_by_the_own_office_and_nobody_else(client, call, person):
    secret = make_paper("OA附件.pdf", "内部")
    data = form(call, oa_file=(io.BytesIO(secret), "内部请示.pdf"))
    assert client("city_officer").post(f"/guides-admin/edit/{call.id}", data=data).status_code == 302
    guide_id = guide_of(call, person).id
    address = f"/guides-admin/oa/{guide_id}"
    assert client("city_officer").get(address).data == secret
    assert "内部请示" in client("city_officer").get(f"/guides-admin/edit/{call.id}").text
    for other in ("province_officer", "province_admin", "enterprise_admin", "county_officer", "city_admin"):
        assert client(other).get(address).status_code == 403
    assert client("gz_city_officer").get(address).status_code == 404
    assert client("province_officer").get(f"/guide-files/{guide_id}").data == PAPER
    for page in ("/declare/", f"/declare/{call.id}/"):
        assert "内部请示" not in client("enterprise_admin").get(page).text


def test_picked_enterprises_may_declare_and_others_read_why_not(client, call, person):
    company = person("company_03").memberships[0].enterprise
    data = form(call, applicants="picked", picked=[str(company.id)])
    assert client("city_officer").post(f"/guides-admin/edit/{call.id}", data=data).status_code == 302
    assert guide_of(call, person).applicants is Applicants.PICKED
    assert company.name in client("city_officer").get(f"/guides-admin/edit/{call.id}").text
    refused = client("company_04").get(f"/declare/{call.id}/").text
    assert "不在申报单位名单内" in refused
    assert "disabled" in refused
    assert client("company_04").post(f"/declare/{call.id}/").status_code == 422
    assert client("company_03").post(f"/declare/{call.id}/").status_code == 302


def test_an_enterprise_of_another_city_cannot_be_picked(client, call, person):
    foreign = person("gz_enterprise_admin").memberships[0].enterprise
    data = form(call, applicants="picked", picked=[str(foreign.id)])
    assert "请从列表中选择" in client("city_officer").post(f"/guides-admin/edit/{call.id}", data=data).text
    found = client("city_officer").get("/guides-admin/options/applicants?q=").get_json()["results"]
    assert str(foreign.name) not in str(found)


def test_a_list_with_wrong_lines_is_reported_line_by_line_and_changes_nothing(client, call, person):
    data = form(
        call, applicants="imported", list_file=(workbook(("甲", "123"), ("", "91441302MADEMA001D")), "名单.xlsx")
    )
    answer = client("city_officer").post(f"/guides-admin/edit/{call.id}", data=data)
    assert answer.status_code == 422
    assert "“123”不是有效的统一社会信用代码" in answer.text
    assert "名单中有 2 处有误" in answer.text
    assert guide_of(call, person).applicants is Applicants.ALL
    assert not db.session.scalars(select(GuideApplicant)).all()


def test_an_imported_list_is_looked_at_and_units_are_struck_off(client, call, person):
    browser, company = client("city_officer"), person("company_03").memberships[0].enterprise
    lines = workbook((company.name, company.credit_code), ("未注册公司", "91441302MADEMA001D"))
    data = form(call, applicants="imported", list_file=(lines, "名单.xlsx"))
    assert browser.post(f"/guides-admin/edit/{call.id}", data=data).status_code == 302
    guide_id = guide_of(call, person).id
    assert "已导入 2 家单位" in browser.get(f"/guides-admin/edit/{call.id}").text
    page = browser.get(f"/guide-applicants/?guide={guide_id}").text
    assert company.name in page
    assert "未注册" in page
    row = db.session.scalars(select(GuideApplicant).where(GuideApplicant.name == "未注册公司")).one()
    send = {"action": "strike", "rowid": row.id}
    assert "移出后" in browser.post("/guide-applicants/action_post", data=send).text
    browser.post("/guide-applicants/action_post", data=send | {"confirmed": "1"})
    assert [r.name for r in db.session.scalars(select(GuideApplicant))] == [company.name]
    assert client("gz_city_officer").post("/guide-applicants/action_post", data=send).status_code == 404


def test_the_template_of_a_list_is_handed_out(client):
    answer = client("city_officer").get("/guide-applicants/template")
    assert answer.data[:2] == b"PK"


# ---------------------------------------------------------------- several at once


def test_several_calls_are_edited_together_after_being_shown(client, sisters, person):
    browser, keys = client("city_officer"), [c.id for c in sisters]
    answer = browser.post("/guides-admin/action_post", data={"action": "batch_edit", "rowid": keys})
    page = browser.get(answer.location).text
    assert "已选 3 个方向" in page
    assert "全部被覆盖" in page
    saved = browser.post("/guides-admin/batch", data=form(sisters[0], rowid=keys, county_review="0"))
    assert saved.status_code == 302
    assert [guide_of(c, person).county_review for c in sisters] == [False] * 3


def test_a_ticked_programme_stands_for_its_calls(client, sisters):
    key = f"all-{sisters[0].programme_id}"
    answer = client("city_officer").post("/guides-admin/action_post", data={"action": "batch_edit", "rowid": key})
    assert answer.location.count("rowid=") == 3


def test_calls_of_different_programmes_and_of_other_offices_are_refused(client, sisters, person):
    browser = client("city_officer")
    other = db.session.scalars(select(Call).where(Call.programme_id != sisters[0].programme_id)).first()
    mixed = {"action": "batch_edit", "rowid": [sisters[0].id, other.id]}
    assert browser.post("/guides-admin/action_post", data=mixed).status_code == 302
    assert "同一个项目认定评定名称" in browser.get("/guides-admin/").text
    db.session.execute(
        update(ResponsibleOffice)
        .where(ResponsibleOffice.call_id == sisters[2].id)
        .values(office_id=offices.offices_of(person("city_officer").department.parent)[1].id)
    )
    db.session.commit()
    keys = [c.id for c in sisters]
    assert browser.get("/guides-admin/batch", query_string={"rowid": keys}).status_code == 404
    assert browser.post("/guides-admin/batch", data=form(sisters[0], rowid=keys)).status_code == 404
    assert guide_of(sisters[1], person) is None


def test_a_batch_outside_the_bounds_changes_nothing(client, sisters, person):
    keys, late = [c.id for c in sisters], typed(sisters[0].city_due_at + SECOND)
    answer = client("city_officer").post("/guides-admin/batch", data=form(sisters[0], rowid=keys, county_due_at=late))
    assert answer.status_code == 422
    assert "不能晚于地市审核截止时间" in answer.text
    assert guide_of(sisters[1], person) is None


# ---------------------------------------------------------------- responsible offices


def test_offices_are_searched_by_name(client, call):
    address = f"/responsible-offices/set?rowid={call.id}&name=电子"
    page = client("city_admin").get(address).text
    assert "电子信息科" in page
    assert page.count('type="radio"') == 1
    assert "没有名称包含" in client("city_admin").get(f"/responsible-offices/set?rowid={call.id}&name=无此科").text


def test_an_office_that_lacks_people_stands_out_in_list_and_to_do(client, call, person):
    browser = client("city_admin")
    assert call.name not in browser.get("/responsible-offices/?tab=unready").text
    db.session.execute(update(Account).where(Account.username == "office_leader").values(active=False))
    db.session.commit()
    assert "缺少地市-处室-领导" in browser.get("/responsible-offices/?tab=unready").text
    desk = browser.get("/desk/").text
    assert "责任科室尚不能办理" in desk
    assert "缺少地市-处室-领导" in desk


def test_taking_an_office_away_asks_first_and_leaves_declarations_waiting(client, quick):
    waiting = quick("second")
    browser, send = client("city_admin"), {"action": "clear_many", "rowid": waiting.call_id}
    assert "等待重新设置" in browser.post("/responsible-offices/action_post", data=send).text
    page = browser.post("/responsible-offices/action_post", data=send | {"confirmed": "1"}).text
    assert "1 个项目等待重新设置责任科室" in page
    db.session.expire_all()
    assert db.session.get(Declaration, waiting.id).office_id is None
    assert "待设置责任科室" in browser.get("/desk/").text
    assert "尚未设置本项目的责任科室" in client("company_04").get(f"/declare/{waiting.call_id}/").text


# ---------------------------------------------------------------- extensions


def close(call: Call) -> None:
    """Let the declaring end an hour ago."""
    ended = now() - timedelta(hours=1)
    db.session.execute(update(Call).where(Call.id == call.id).values(closes_at=ended))
    db.session.execute(update(CallGuide).where(CallGuide.call_id == call.id).values(closes_at=ended))
    db.session.commit()


def extend(call: Call, company: Enterprise, until) -> dict:
    return {"call": call.id, "enterprise": company.id, "until": typed(until), "reason": "平台故障"}


def test_an_officer_gives_one_enterprise_more_time_and_takes_it_back(client, call, person):
    close(call)
    company = person("company_03").memberships[0].enterprise
    browser, address = client("city_officer"), f"/declare/{call.id}/"
    assert "如需补报请联系" in client("company_03").get(address).text
    assert browser.post("/extensions/add", data=extend(call, company, now() + DAY)).status_code == 302
    listed = browser.get("/extensions/").text
    assert company.name in listed
    assert "还剩" in listed
    assert "补报截止" in client("company_03").get(address).text
    assert "贵单位可补报至" in client("company_03").get("/declare/").text
    assert client("company_03").post(address).status_code == 302
    assert client("company_04").post(address).status_code == 422
    assert (
        "补报截止" in client("company_03").get(client("company_03").post(address).location, follow_redirects=True).text
    )

    given = db.session.scalars(select(Extension)).one()
    send = {"action": "revoke", "rowid": given.id, "confirmed": "1"}
    assert browser.post("/extensions/action_post", data=send).status_code == 302
    assert "撤销" in browser.get("/extensions/").text
    assert "如需补报请联系" in client("company_03").get(address).text


def test_bounds_of_an_extension_are_said_at_their_field(client, call, person):
    company = person("company_03").memberships[0].enterprise
    browser = client("city_officer")
    late = browser.post("/extensions/add", data=extend(call, company, call.city_due_at))
    assert late.status_code == 422
    assert "须早于地市审核截止时间" in late.text
    assert "平台故障" in late.text
    early = browser.post("/extensions/add", data=extend(call, company, call.closes_at))
    assert "须晚于申报截止时间" in early.text
    assert not db.session.scalars(select(Extension)).all()


def test_enterprises_and_calls_of_others_cannot_be_extended(client, call, person):
    company = person("company_03").memberships[0].enterprise
    foreign = person("gz_enterprise_admin").memberships[0].enterprise
    assert (
        client("city_officer").post("/extensions/add", data=extend(call, foreign, call.closes_at + DAY)).status_code
        == 422
    )
    assert (
        client("gz_city_officer").post("/extensions/add", data=extend(call, company, call.closes_at + DAY)).status_code
        == 422
    )
    assert client("county_officer").get("/extensions/").status_code == 403
    assert not db.session.scalars(select(Extension)).all()


def test_files_kept_for_a_refused_form_are_stored_once(client, sisters):
    before = db.session.scalars(select(StoredFile.id)).all()
    for _ in range(2):
        client("city_officer").post(f"/guides-admin/edit/{sisters[1].id}", data=form(sisters[1], opens_at=""))
    assert len(db.session.scalars(select(StoredFile.id)).all()) <= len(before) + 1


@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("city_officer", "/guides-admin/"),
        ("city_officer", "/guide-applicants/"),
        ("city_officer", "/extensions/"),
        ("province_officer", "/extensions/add"),
        ("city_admin", "/responsible-offices/"),
        ("city_admin", "/responsible-offices/?tab=unready"),
    ],
)
def test_no_list_takes_more_than_eight_statements(client, call, person, statements, who, address):
    browser = client(who)
    browser.get(address)
    statements.clear()
    assert browser.get(address).status_code == 200
    assert len(statements) <= 8, statements
