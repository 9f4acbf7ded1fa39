"""The screens of enterprise people: calls, workbench, lists, submitting, reading."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.clock import now
from app.extensions import db
from app.jobs import run_job
from app.models import (
    CallGuide,
    Declaration,
    DeclarationState,
    Document,
    Enterprise,
    Job,
    JobState,
    Region,
    ReviewAction,
    Submission,
)
from app.services import declarations

pytestmark = pytest.mark.usefixtures("stand_in_documents")
STATEMENTS = 12


@pytest.fixture
def applicant(client):
    """The enterprise administrator's browser."""
    return client("enterprise_admin")


def _enterprise() -> Enterprise:
    return db.session.scalars(select(Enterprise).where(Enterprise.name.contains("云杉"))).one()


def _guides(declaration: Declaration) -> list[CallGuide]:
    return list(db.session.scalars(select(CallGuide).where(CallGuide.call_id == declaration.call_id)))


def _close(declaration: Declaration) -> None:
    for guide in _guides(declaration):
        guide.closes_at = now() - timedelta(seconds=1)
    db.session.commit()


def _url(declaration: Declaration, page: str = "") -> str:
    return f"/declarations/{declaration.public_id}/{page}"


def _asked() -> Sequence[Job]:
    """Return the work that people asked for; what tells others of calls and moves is nobody's."""
    return db.session.scalars(select(Job).where(Job.created_by_id.is_not(None))).all()


def _work() -> None:
    """Let the worker do the one job that was asked for."""
    (job_id,) = [job.id for job in _asked()]
    db.session.commit()
    run_job(job_id)


# ---------------------------------------------------------------- calls


def test_the_calls_show_window_days_left_and_what_can_be_done(applicant):
    page = applicant.get("/declare/").text

    assert "申报中" in page
    assert "还剩 1" in page
    assert "申报将于" in page
    assert "申报已于" in page


def test_calls_are_found_by_name_and_by_kind_of_funding(applicant):
    assert "申报中" in applicant.get("/declare/?q=生态 伙伴").text
    assert "没有符合条件的项目" in applicant.get("/declare/?q=不存在的项目").text
    assert "没有符合条件的项目" in applicant.get("/declare/?funding=funded").text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"certified_at": None}, "尚未通过企业认证"),
        ({"county_id": None}, "请先在“企业信息”中选择所属市和所属县（区）"),
        ({"dishonest": True}, "失信被执行人"),
    ],
)
def test_a_call_that_cannot_be_declared_says_why_and_starts_nothing(applicant, change, reason):
    for name, value in change.items():
        setattr(_enterprise(), name, value)
    db.session.commit()

    assert reason in applicant.get("/declare/").text
    call_id = db.session.scalars(select(CallGuide.call_id).order_by(CallGuide.id)).first()
    refused = applicant.post(f"/declare/{call_id}/")

    assert refused.status_code == 422
    assert reason in refused.text
    assert db.session.scalars(select(Declaration)).all() == []


def test_starting_twice_leads_to_the_same_draft(applicant, client, journey):
    call_id = db.session.scalars(select(CallGuide.call_id).order_by(CallGuide.id)).first()

    first = applicant.post(f"/declare/{call_id}/")
    second = client("enterprise_employee").post(f"/declare/{call_id}/")

    assert first.location == second.location
    assert len(db.session.scalars(select(Declaration)).all()) == 1


def test_another_declaration_beyond_the_quota_is_refused_with_the_rule(applicant, declaration_at):
    draft = declaration_at("draft")

    refused = applicant.post(f"/declare/{draft.call_id}/", data={"another": "1"})

    assert refused.status_code == 422
    assert "每个单位限申报1项" in refused.text


def test_where_the_quota_allows_several_one_may_start_another(applicant, quick):
    draft = quick("draft")

    assert "另行申报" in applicant.get("/declare/").text
    applicant.post(f"/declare/{draft.call_id}/", data={"another": "1"})

    assert len(db.session.scalars(select(Declaration)).all()) == 2


def test_the_page_of_a_call_names_conditions_and_materials(applicant, declaration_at):
    page = applicant.get(f"/declare/{declaration_at('draft').call_id}/").text

    assert "近3年审计报告" in page
    assert "未被列入失信被执行人" in page


def test_a_call_of_nobody_is_not_found(applicant):
    assert applicant.get("/declare/999999/").status_code == 404
    assert applicant.post("/declare/999999/").status_code == 404


# ---------------------------------------------------------------- workbench


def test_the_workbench_shows_what_waits_with_its_deadline(applicant, declaration_at):
    draft = declaration_at("draft")

    page = applicant.get("/workbench/").text

    assert draft.title in page
    assert "继续申报" in page
    assert "还剩 1" in page


def test_the_workbench_shows_a_return_with_its_opinion_and_who_returned_it(applicant, declaration_at):
    declaration_at("returned")

    page = applicant.get("/workbench/").text

    assert "审计报告页码不全" in page
    assert "惠城区科技和工业信息化局" in page
    assert "修改并重新提交" in page


def test_an_empty_workbench_says_what_would_appear(applicant):
    page = applicant.get("/workbench/").text

    assert "暂无待处理事项" in page


def test_a_draft_whose_window_is_over_no_longer_waits(applicant, declaration_at):
    draft = declaration_at("draft")
    _close(draft)

    assert "暂无待处理事项" in applicant.get("/workbench/").text


# ---------------------------------------------------------------- own projects and documents


def test_my_projects_shows_the_columns_of_the_manual(applicant, declaration_at):
    declaration = declaration_at("county")

    page = applicant.get("/my-projects/").text

    for text in (
        "年度",
        "资金类型",
        "方向",
        "申报截止时间",
        "区县审核中",
        "暂未获得资金",
        "下载申报书",
        declaration.title,
    ):
        assert text in page


def test_my_projects_is_narrowed_by_tab_and_filter(applicant, declaration_at):
    title = declaration_at("county").title

    assert title in applicant.get("/my-projects/?tab=review").text
    assert title not in applicant.get("/my-projects/?tab=ended").text
    assert title not in applicant.get("/my-projects/?call.programme.year=1999").text


def test_a_stranger_sees_neither_project_nor_document(client, declaration_at):
    declaration = declaration_at("county")
    stranger = client("gz_enterprise_admin")

    assert declaration.title not in stranger.get("/my-projects/").text
    assert declaration.title not in stranger.get("/my-documents/").text
    for page in ("", "form", "basic", "check", "document", "document/status", "submit", "submitted", "preview"):
        assert stranger.get(_url(declaration, page)).status_code == 404
    for page in ("basic", "document", "preview", "submit", "delete"):
        assert stranger.post(_url(declaration, page), data={"_revision": "0"}).status_code == 404
    assert stranger.put(_url(declaration, "basic"), json={}, headers={"If-Match": "0"}).status_code == 404


def test_a_draft_is_deleted_after_asking(applicant, declaration_at):
    draft = declaration_at("filled")

    assert "30 天内可在" in applicant.post(_url(draft, "delete")).text
    assert "没有已删除的草稿" in applicant.get("/my-projects/deleted/").text
    deleted = applicant.post(_url(draft, "delete"), data={"confirmed": "1"})

    assert deleted.location == "/my-projects/"
    assert draft.title not in applicant.get("/my-projects/").text.split("<main", 1)[-1].split("</form>", 1)[-1]
    for page in ("", "form", "basic", "check", "submit"):
        assert applicant.get(_url(draft, page)).status_code == 404


def test_a_deleted_draft_is_restored_by_its_enterprise_alone(applicant, client, declaration_at):
    draft = declaration_at("filled")
    applicant.post(_url(draft, "delete"), data={"confirmed": "1"})
    address = f"/my-projects/deleted/{draft.public_id}/restore"

    assert client("gz_enterprise_admin").post(address).status_code == 404
    assert draft.title in applicant.get("/my-projects/deleted/").text
    assert applicant.get("/my-projects/deleted/restore").status_code == 404
    applicant.post(address)

    assert applicant.get(_url(draft, "basic")).status_code == 200
    assert applicant.post(address).status_code == 404


def test_what_was_submitted_cannot_be_deleted(applicant, declaration_at):
    declaration = declaration_at("returned")

    assert applicant.post(_url(declaration, "delete"), data={"confirmed": "1"}).status_code == 404


# ---------------------------------------------------------------- document


def test_an_incomplete_draft_gets_no_document_and_hears_why(applicant, declaration_at):
    draft = declaration_at("draft")

    refused = applicant.post(_url(draft, "document"), headers={"X-Requested-With": "XMLHttpRequest"})

    assert refused.status_code == 422
    assert "检查" in refused.json["message"]
    assert _asked() == []


def test_the_document_is_made_in_the_background_and_its_progress_can_be_read(applicant, declaration_at):
    draft = declaration_at("filled")

    asked = applicant.post(_url(draft, "document"), headers={"X-Requested-With": "XMLHttpRequest"})
    assert asked.json["document"]["state"] == "queued"
    _work()
    state = applicant.get(_url(draft, "document/status")).json["document"]

    assert state["state"] == "done"
    assert applicant.get(state["url"]).data.startswith(b"%PDF")
    assert "申报书已生成" in applicant.get(_url(draft, "document")).text


def test_a_failed_document_says_why_and_can_be_made_again(applicant, declaration_at):
    draft = declaration_at("filled")
    applicant.post(_url(draft, "document"))
    (job,) = _asked()
    job.state, job.message = JobState.FAILED, "附件“审计报告.pdf”已损坏，请重新上传。"
    db.session.commit()

    page = applicant.get(_url(draft, "document")).text
    assert "附件“审计报告.pdf”已损坏" in page
    assert "重试" in page
    again = applicant.post(_url(draft, "document"), headers={"X-Requested-With": "XMLHttpRequest"})

    assert again.json["document"]["state"] == "queued"


def test_a_document_is_stale_after_an_edit(applicant, declaration_at, journey, person):
    draft = declaration_at("filled")
    journey.make_document(draft, person("enterprise_admin"))
    section = declarations.stored_section(draft, "basic")

    applicant.put(_url(draft, "basic"), json={"address": "新地址 1 号"}, headers={"If-Match": str(section.revision)})

    assert "内容已修改，请重新生成" in applicant.get(_url(draft, "document")).text
    assert "内容已修改，请重新生成" in applicant.get(_url(draft, "submit")).text


def test_a_preview_is_made_of_an_incomplete_draft(applicant, declaration_at):
    draft = declaration_at("draft")
    assert applicant.get(_url(draft, "preview")).status_code == 404

    applicant.post(_url(draft, "preview"))
    _work()
    preview = applicant.get(_url(draft, "preview"))

    assert preview.status_code == 200
    assert preview.mimetype == "application/pdf"
    assert preview.headers["X-Content-Type-Options"] == "nosniff"


def test_a_type_without_a_document_goes_from_check_to_submit(applicant, quick):
    draft = quick("filled")

    assert "下一步：提交申报" in applicant.get(_url(draft, "check")).text
    assert "生成申报书" not in applicant.get(_url(draft, "submit")).text
    assert applicant.get(_url(draft, "document")).status_code == 404


# ---------------------------------------------------------------- submitting


@pytest.fixture
def ready(declaration_at, journey, person):
    """A complete draft with its document."""
    draft = declaration_at("filled")
    journey.make_document(draft, person("enterprise_admin"))
    return draft


def _submit(browser, declaration, **more):
    data = {"seq": declaration.seq, "confirmed": "1"} | more
    return browser.post(_url(declaration, "submit"), data=data, follow_redirects=True)


def test_submitting_asks_first_and_then_says_where_it_went(applicant, ready):
    asked = applicant.post(_url(ready, "submit"), data={"seq": "0"})
    assert "提交后不能再修改" in asked.text
    assert ready.state is DeclarationState.DRAFT

    page = _submit(applicant, ready)

    assert "申报已提交" in page.text
    assert "惠城区科技和工业信息化局" in page.text
    assert "区县审核中" in page.text


def test_a_second_submit_opens_what_was_submitted(applicant, ready):
    _submit(applicant, ready)

    again = _submit(applicant, ready)

    assert "请勿重复提交" in again.text
    assert "申报已提交" in again.text
    assert len(db.session.scalars(select(Submission)).all()) == 1


def test_submitting_what_a_colleague_has_changed_meanwhile_is_refused(applicant, ready):
    refused = _submit(applicant, ready, seq="7")

    assert "该项目刚刚已有变化，本次操作没有执行" in refused.text
    assert db.session.scalars(select(Submission)).all() == []


def test_an_incomplete_draft_is_led_to_the_check(applicant, declaration_at):
    refused = _submit(applicant, declaration_at("draft"))

    assert "需要填写或更正" in refused.text
    assert refused.request.path.endswith("/check")


def test_without_document_the_submit_page_says_so(applicant, declaration_at):
    refused = _submit(applicant, declaration_at("filled"))

    assert "请先生成申报书再提交" in refused.text


def test_after_the_deadline_submitting_is_refused_and_what_was_filled_in_stays(applicant, ready):
    _close(ready)

    refused = _submit(applicant, ready)

    assert "截止，未能提交" in refused.text
    assert db.session.get(Declaration, ready.id).state is DeclarationState.DRAFT


def test_an_office_that_is_not_set_is_named_as_the_reason_to_wait(client, declaration_at):
    declaration = declaration_at("county", "company_09")

    page = client("company_09").get(_url(declaration, "submitted")).text

    assert declaration.office_id is None
    assert "龙门县科技和工业信息化局" in page
    assert "尚未设置本项目的责任科室" in page


# ---------------------------------------------------------------- reading


def test_a_submitted_declaration_is_read_with_answers_files_and_record(applicant, declaration_at):
    declaration = declaration_at("city_officer")

    page = applicant.get(_url(declaration)).text

    assert "主要经济指标" in page
    assert "审计报告" in page
    assert "提交申报" in page
    assert "审核通过，转下一环节" in page
    assert "市级审核中" in page


def test_opinions_between_offices_stay_inside(applicant, declaration_at):
    declaration = declaration_at("city_officer")

    assert "材料齐全，符合申报条件" not in applicant.get(_url(declaration)).text


def test_a_return_between_offices_is_told_without_its_opinion(applicant, declaration_at, journey):
    declaration = declaration_at("city_officer")
    journey.act(declaration, ReviewAction.RETURN, to="county")

    page = applicant.get(_url(declaration)).text

    assert "退回前一环节重新审核" in page
    assert "审计报告页码不全" not in page


def test_a_returned_declaration_shows_the_opinion_on_top_and_leads_to_the_form(applicant, declaration_at):
    declaration = declaration_at("returned")

    page = applicant.get(_url(declaration)).text

    assert page.index("退回意见") < page.index("主要经济指标")
    assert "审计报告页码不全" in page
    assert applicant.get(_url(declaration, "form")).status_code == 302
    assert applicant.get(_url(declaration, "basic")).status_code == 200


def test_both_versions_of_a_resubmitted_declaration_stay(applicant, declaration_at, journey, person):
    declaration = declaration_at("returned")
    first = declaration.submission.answers["basic"]["address"]
    section = declarations.stored_section(declaration, "basic")
    applicant.put(
        _url(declaration, "basic"), json={"address": "更正后的地址 9 号"}, headers={"If-Match": str(section.revision)}
    )
    db.session.expire_all()
    journey.make_document(declaration, person("enterprise_admin"))
    db.session.expire_all()
    assert "申报已提交" in _submit(applicant, declaration).text

    assert "更正后的地址 9 号" in applicant.get(_url(declaration)).text
    assert first in applicant.get(_url(declaration, "?version=1")).text
    assert "重新提交申报" in applicant.get(_url(declaration)).text
    assert applicant.get(_url(declaration, "?version=3")).status_code == 404


def test_an_open_draft_leads_to_its_form(applicant, declaration_at):
    draft = declaration_at("draft")

    assert applicant.get(_url(draft)).location == _url(draft, "form")
    assert applicant.get(_url(draft, "form")).location == _url(draft, "route")


def test_a_draft_that_came_too_late_is_still_readable(applicant, declaration_at):
    draft = declaration_at("filled")
    _close(draft)

    page = applicant.get(_url(draft)).text

    assert "截止，不能再修改" in page
    assert "主要经济指标" in page


# ---------------------------------------------------------------- downloads


def test_the_document_opens_for_the_enterprise_and_the_offices_that_have_it(client, declaration_at):
    declaration = declaration_at("county")
    code = declaration.submission.document.check_code

    for name in ("enterprise_admin", "enterprise_employee", "county_officer"):
        answer = client(name).get(f"/documents/{code}")
        assert answer.status_code == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("inline")
    assert (
        client("county_officer")
        .get(f"/documents/{code}?download=1")
        .headers["Content-Disposition"]
        .startswith("attachment")
    )
    for name in ("gz_enterprise_admin", "gz_county_officer", "city_officer", "gz_city_officer"):
        assert client(name).get(f"/documents/{code}").status_code == 404
    assert client().get(f"/documents/{code}").status_code == 302


def test_drafts_stay_with_the_enterprise_but_submitted_files_go_along(client, declaration_at):
    declaration = declaration_at("county")
    attachment = declaration.attachments[0]
    submitted = f"/submissions/{declaration.submission_id}/files/1"

    assert client("enterprise_employee").get(f"/attachments/{attachment.public_id}").status_code == 200
    assert client("county_officer").get(f"/attachments/{attachment.public_id}").status_code == 404
    assert client("county_officer").get(submitted).status_code == 200
    assert client("gz_county_officer").get(submitted).status_code == 404
    assert client("county_officer").get(f"/submissions/{declaration.submission_id}/files/99").status_code == 404


def test_a_file_that_storage_has_lost_says_so_without_its_path(client, declaration_at, app):
    declaration = declaration_at("county")
    document = db.session.get(Document, declaration.submission.document_id)
    document.file.sha256 = "0" * 64
    db.session.commit()

    lost = client("enterprise_admin").get(f"/documents/{document.check_code}")

    assert lost.status_code == 404
    assert "暂时无法读取" in lost.text
    assert "0" * 64 not in lost.text


# ---------------------------------------------------------------- enterprise


def _particulars(**more):
    county = db.session.scalars(select(Region).where(Region.name == "博罗县")).one()
    return {
        "county": str(county.id), "legal_representative": "王一", "contact": "王一", "contact_phone": "13800138000",
        "address": "示范路 9 号", "registered_capital": "1,250.5", "postcode": "516000",
    } | more  # fmt: skip


def test_the_administrator_keeps_the_particulars_and_open_drafts_move_with_the_county(applicant, declaration_at):
    draft = declaration_at("draft")

    saved = applicant.post("/enterprise/edit", data=_particulars(), follow_redirects=True)

    assert "企业信息已保存" in saved.text
    assert "博罗县" in saved.text
    assert "1250.5" in saved.text
    db.session.expire_all()
    assert db.session.get(Declaration, draft.id).county_id == _enterprise().county_id


def test_what_is_under_review_stays_where_it_is_when_the_enterprise_moves(applicant, declaration_at):
    declaration = declaration_at("county")
    county = declaration.county_id

    applicant.post("/enterprise/edit", data=_particulars())

    db.session.expire_all()
    assert db.session.get(Declaration, declaration.id).county_id == county


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"contact_phone": "12345"}, "11 位手机号码"),
        ({"registered_capital": "一千"}, "最多 4 位小数"),
        ({"county": "999999"}, "请选择企业所属市"),
        ({"address": " "}, "此项必填"),
        ({"established_on": "2015-02-30"}, "存在的日期"),
        ({"website": "javascript:alert(1)"}, "http://"),
    ],
)
def test_wrong_particulars_are_told_at_their_field_and_nothing_typed_is_lost(applicant, wrong, sentence):
    refused = applicant.post("/enterprise/edit", data=_particulars(main_business="机器人本体") | wrong)

    assert refused.status_code == 422
    assert sentence in refused.text
    assert "机器人本体" in refused.text
    assert _enterprise().main_business != "机器人本体"


def test_employees_read_the_particulars_but_cannot_change_them(client):
    employee = client("enterprise_employee")

    assert "企业管理员" in employee.get("/enterprise/").text
    assert employee.get("/enterprise/edit").status_code == 403
    assert employee.post("/enterprise/edit", data=_particulars()).status_code == 403


# ---------------------------------------------------------------- whose screens, and what they cost


def test_officers_and_visitors_have_no_business_here(client):
    for path in ("/workbench/", "/declare/", "/my-projects/", "/my-documents/", "/enterprise/"):
        assert client("county_officer").get(path).status_code == 403
        assert client().get(path).status_code == 302


@pytest.mark.parametrize("state", ["filled", "returned", "approved"])
def test_no_page_takes_more_than_twelve_statements(applicant, declaration_at, statements, state):
    declaration = declaration_at(state)
    pages = [
        _url(declaration, p) for p in ("", "basic", "attachments", "check", "document", "document/status", "submit")
    ]
    pages += [_url(declaration, "submitted"), f"/declare/{declaration.call_id}/"]
    for path in [*pages, "/workbench/", "/declare/", "/my-projects/", "/my-documents/", "/enterprise/"]:
        statements.clear()
        assert applicant.get(path).status_code in (200, 302)
        assert len(statements) <= STATEMENTS, (path, statements)
