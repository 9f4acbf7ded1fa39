"""Generated screens for setting up: what they do, whose rows they show, what they cost."""

import io
import re

import pytest
from sqlalchemy import func, select, update

from app.clock import now, to_local
from app.models import (
    Account,
    AuditEvent,
    Call,
    CallGuide,
    DeclarationTypeVersion,
    Department,
    Enterprise,
    Job,
    JobState,
    LoginEvent,
    Programme,
    ResponsibleOffice,
    StoredFile,
)
from app.services import audit, offices
from tests.conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("stand_in_documents")

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
ID_NUMBER = "11010519491231002X"  # the example of GB 11643

LISTS = [
    ("city_admin", "/departments/"),
    ("province_admin", "/departments/"),
    ("city_admin", "/people/"),
    ("county_admin", "/people/"),
    ("city_admin", "/responsible-offices/"),
    ("county_admin", "/responsible-offices/?tab=unset"),
    ("city_officer", "/enterprises/"),
    ("province_admin", "/programmes/"),
    ("province_admin", "/calls-admin/"),
    ("province_admin", "/types/"),
    ("city_officer", "/guides-admin/"),
    ("platform_operator", "/ops/"),
    ("platform_operator", "/ops/jobs/"),
    ("platform_operator", "/ops/files/"),
    ("platform_operator", "/ops/audit/"),
    ("platform_operator", "/ops/logins/"),
]


@pytest.fixture
def department(session):
    """Return a function: name → department."""

    def find(name: str) -> Department:
        return session.scalars(select(Department).where(Department.name == name)).one()

    return find


@pytest.fixture
def call(session) -> Call:
    """The call that is open now."""
    return session.scalars(select(Call).where(Call.opens_at < now(), Call.closes_at > now())).one()


def moment(value) -> str:
    """Return a moment as the browser sends it."""
    return to_local(value).strftime("%Y-%m-%dT%H:%M:%S")


def texts(page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


# ---------------------------------------------------------------- every list


@pytest.mark.parametrize(("username", "path"), LISTS)
def test_a_list_costs_at_most_eight_statements_and_150_kilobytes(client, statements, username, path):
    browser = client(username)
    statements.clear()
    page = browser.get(path)
    assert page.status_code == 200
    assert len(statements) <= 8, "\n".join(statements)
    assert len(page.data) < 150 * 1024


@pytest.mark.parametrize(("username", "path"), LISTS)
def test_a_list_is_closed_to_visitors_and_to_enterprises(client, username, path):
    assert client(None).get(path).status_code == 302
    assert client("enterprise_admin").get(path).status_code == 403


def test_the_menu_shows_only_what_the_person_may_open(client):
    page = client("county_admin").get("/departments/").text
    for address in ("/departments/", "/people/", "/responsible-offices/", "/enterprises/"):
        assert f'href="{address}"' in page
    for address in ("/programmes/", "/calls-admin/", "/types/", "/guides-admin/", "/ops/"):
        assert f'href="{address}"' not in page


# ---------------------------------------------------------------- start page and stray routes


def test_visitors_see_open_calls_and_the_way_in(client, call):
    page = client(None).get("/")
    assert page.status_code == 200
    assert call.name in page.text
    assert 'href="/login/"' in page.text
    assert "还剩" in page.text


@pytest.mark.parametrize(
    ("username", "start"),
    [("enterprise_admin", "/workbench/"), ("city_officer", "/desk/"), ("platform_operator", "/ops/")],
)
def test_people_who_are_logged_in_go_on_to_their_own_desk(client, username, start):
    answer = client(username).get("/")
    assert answer.status_code == 302
    assert answer.location == start


@pytest.mark.parametrize("path", ["/back", "/lang/en", "/api/v1/menu/", "/users/list/", "/api/v1/security/login"])
def test_the_framework_s_own_pages_are_not_there(client, path):
    assert client("city_admin").get(path).status_code == 404


# ---------------------------------------------------------------- responsible offices


def test_calls_without_an_office_stand_out_and_say_what_is_missing(client, session, department):
    bureau = department("惠州市工业和信息化局")
    session.execute(ResponsibleOffice.__table__.delete().where(ResponsibleOffice.bureau_id == bureau.id))
    page = texts(client("city_admin").get("/responsible-offices/?tab=unset"))
    assert "未设置" in page
    assert "未开放申报" in page


def test_an_office_that_lacks_people_is_not_ready(client, session, call, department):
    office = department("电子信息科")
    answer = client("city_admin").post("/responsible-offices/set", data={"rowid": call.id, "office": office.id})
    assert answer.status_code == 302
    assignment = session.scalars(
        select(ResponsibleOffice).where(
            ResponsibleOffice.call_id == call.id, ResponsibleOffice.bureau_id == office.parent_id
        )
    ).one()
    assert assignment.office_id == office.id
    page = texts(client("city_admin").get("/responsible-offices/"))
    assert "缺少地市-处室-领导" in page
    assert "缺少地市-处室-经办" in page


def test_several_calls_are_previewed_and_set_at_once(client, session, department):
    office = department("电子信息科")
    calls = session.scalars(select(Call)).all()
    browser = client("city_admin")
    chosen = browser.post(
        "/responsible-offices/action_post", data={"action": "set_many", "rowid": [c.id for c in calls]}
    )
    preview = browser.get(chosen.location)
    for call in calls:
        assert call.name in preview.text
    assert "技术改造与创新科" in preview.text
    result = browser.post("/responsible-offices/set", data={"rowid": [c.id for c in calls], "office": office.id})
    assert f"成功 {len(calls)} 项" in result.text
    assert {o.id for o in offices.assigned_offices(office.parent).values()} == {office.id}


def test_an_office_of_another_bureau_cannot_be_forged(client, session, call, department):
    foreign = department("装备与智能制造处")
    answer = client("city_admin").post("/responsible-offices/set", data={"rowid": call.id, "office": foreign.id})
    assert answer.status_code == 422
    assert not session.scalars(
        select(ResponsibleOffice.id).where(
            ResponsibleOffice.office_id == foreign.id,
            ResponsibleOffice.bureau_id == department("惠州市工业和信息化局").id,
        )
    ).first()


def test_waiting_declarations_are_counted_and_move_on_when_the_office_is_set(
    client, session, department, journey, declaration_at
):
    bureau = department("龙门县科技和工业信息化局")
    session.execute(ResponsibleOffice.__table__.delete().where(ResponsibleOffice.bureau_id == bureau.id))
    waiting = declaration_at("county", company="company_09")
    assert waiting.office_id is None
    assert offices.waiting_counts(bureau) == {waiting.call_id: 1}
    administrator = session.scalars(select(Account).where(Account.department_id == bureau.id)).one()
    browser = client(administrator.username)
    assert "有 1 个申报项目因未设置责任科室而等待" in browser.get("/responsible-offices/").text
    office = session.scalars(select(Department).where(Department.parent_id == bureau.id)).first()
    page = browser.post(
        "/responsible-offices/set", data={"rowid": waiting.call_id, "office": office.id}, follow_redirects=True
    )
    assert "1 个等待的项目已转入" in page.text
    session.expire_all()
    assert waiting.office_id == office.id


# ---------------------------------------------------------------- enterprises


def test_enterprises_are_those_of_the_own_region(client):
    city = client("city_officer").get("/enterprises/").text
    assert "惠州市云杉智能装备有限公司" in city
    assert "广州木棉工业软件有限公司" not in city
    county = client("county_officer").get("/enterprises/").text
    assert "惠州市云杉智能装备有限公司" in county
    assert "惠州市北斗星自动化有限公司" not in county
    assert "广州木棉工业软件有限公司" in client("province_officer").get("/enterprises/").text


def test_the_page_of_an_enterprise_shows_people_and_years_and_stays_in_the_region(client, session):
    own = session.scalars(select(Enterprise).where(Enterprise.name == "惠州市云杉智能装备有限公司")).one()
    officer, address = client("city_officer"), f"/enterprises/show/{own.public_id}"
    page = texts(officer.get(address))
    for text in (own.credit_code, "经营情况", "2023"):
        assert text in page
    people = texts(officer.get(f"{address}?tab=users"))
    for text in (own.name, "陈安之", "企业管理员"):
        assert text in people
    foreign = session.scalars(select(Enterprise.public_id).where(Enterprise.name == "广州木棉工业软件有限公司")).one()
    assert client("city_officer").get(f"/enterprises/show/{foreign}").status_code == 404


def test_past_awards_are_counted(client, declaration_at):
    declaration_at("approved")
    page = texts(client("city_officer").get("/enterprises/?name=云杉"))
    assert re.search(r"\d{4}-\d\d-\d\d 1 正常", page)


# ---------------------------------------------------------------- programmes, calls, types


def test_a_programme_and_its_call_are_set_up_on_screen(client, session):
    browser = client("province_admin")
    answer = browser.post(
        "/programmes/add",
        data={"name": "专精特新企业认定", "year": "2027", "funding": "unfunded", "level": "省级", "nature": "认定类"},
    )
    programme = session.scalars(select(Programme).where(Programme.name == "专精特新企业认定")).one()
    assert answer.location == f"/programmes/show/{programme.id}"
    version = session.scalars(select(DeclarationTypeVersion)).first()
    form = {
        "programme": programme.id, "name": "第一批", "version_id": version.id, "opens_at": "2027-03-01T09:00:01",
        "closes_at": "2027-04-01T18:00:59", "city_due_at": "2027-05-01T18:00:00",
        "guide": (io.BytesIO(PDF), "省厅申报指南.pdf"),
    }  # fmt: skip
    assert browser.post("/calls-admin/add", data=form).status_code == 302
    call = session.scalars(select(Call).where(Call.programme_id == programme.id)).one()
    assert moment(call.opens_at) == "2027-03-01T09:00:01"
    assert moment(call.closes_at) == "2027-04-01T18:00:59"
    page = browser.get(f"/calls-admin/show/{call.id}").text
    assert "2027-04-01 18:00:59" in page
    guide = client("enterprise_admin").get(f"/guide-files/calls/{call.id}")
    assert guide.data == PDF
    assert guide.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"closes_at": "2027-02-01T18:00:00"}, "结束时间须晚于开始时间"),
        ({"city_due_at": "2027-03-02T18:00:00"}, "地市审核截止时间不能早于申报结束时间"),
        ({"version_id": "999999"}, None),
        ({"guide": (io.BytesIO(b"MZ\x90\x00 not a pdf"), "x.pdf")}, "的内容不是 PDF 文件"),
        ({"opens_at": "next week"}, "请填写日期和时间"),
    ],
)
def test_contradicting_times_and_wrong_files_of_a_call_are_refused(client, session, changes, sentence):
    programme, version = (
        session.scalars(select(Programme)).first(),
        session.scalars(select(DeclarationTypeVersion)).first(),
    )
    form = {
        "programme": programme.id, "name": "新方向", "version_id": version.id, "opens_at": "2027-03-01T09:00:00",
        "closes_at": "2027-04-01T18:00:00", "city_due_at": "2027-05-01T18:00:00",
    } | changes  # fmt: skip
    answer = client("province_admin").post("/calls-admin/add", data=form)
    assert answer.status_code == 422
    if sentence:
        assert sentence in answer.text
    assert not session.scalars(select(Call).where(Call.name == "新方向")).first()


def test_a_call_on_which_something_hangs_is_kept(client, call, session):
    page = client("province_admin").post(
        f"/calls-admin/delete/{call.id}", data={"confirmed": "1"}, follow_redirects=True
    )
    assert "不能删除" in page.text
    programme = client("province_admin").post(
        f"/programmes/delete/{call.programme_id}", data={"confirmed": "1"}, follow_redirects=True
    )
    assert "请先删除方向" in programme.text
    assert session.get(Call, call.id) is not None


def test_a_declaration_type_shows_its_versions_form_and_chain(client, session):
    version = session.scalars(select(DeclarationTypeVersion)).first()
    page = texts(client("province_admin").get(f"/types/show/{version.type_id}"))
    assert version.sha[:12] in page
    assert "区县初审" in page
    assert client("city_admin").get("/types/").status_code == 403


# ---------------------------------------------------------------- guides


def guide_form(call: Call, **changes) -> dict:
    return {
        "opens_at": moment(call.opens_at), "closes_at": moment(call.closes_at), "county_review": "0",
        "file": (io.BytesIO(PDF), "惠州市申报指南.pdf"),
    } | changes  # fmt: skip


def test_a_city_publishes_its_guide_and_its_enterprises_download_it(client, call, session, person):
    answer = client("city_officer").post(f"/guides-admin/edit/{call.id}", data=guide_form(call))
    assert answer.status_code == 302
    city = person("city_officer").department.region_id
    guide = session.scalars(select(CallGuide).where(CallGuide.call_id == call.id, CallGuide.city_id == city)).one()
    assert guide.file_name == "惠州市申报指南.pdf"
    assert not guide.county_review
    assert client("enterprise_admin").get(f"/guide-files/{guide.id}").data == PDF
    assert client("enterprise_admin").get(f"/declare/{call.id}/guide").data == PDF
    assert client("gz_enterprise_admin").get(f"/guide-files/{guide.id}").status_code == 404


def test_the_guide_file_is_required_and_bounds_hold(client, call, session):
    browser = client("city_officer")
    address = f"/guides-admin/edit/{call.id}"
    before = session.scalars(select(CallGuide.closes_at).where(CallGuide.call_id == call.id)).all()
    late = guide_form(call, closes_at="2099-01-01T00:00:00")
    assert "结束时间须在省厅申报时间" in browser.post(address, data=late).text
    without_due = guide_form(call, county_review="1")
    assert "请填写区县审核截止时间" in browser.post(address, data=without_due).text
    assert session.scalars(select(CallGuide.closes_at).where(CallGuide.call_id == call.id)).all() == before
    session.execute(update(CallGuide).values(file_id=None))
    session.commit()
    form = guide_form(call)
    form.pop("file")
    assert "请上传本市申报指南" in browser.post(address, data=form).text


def test_an_officer_edits_guides_of_the_own_office_only(client, call, department):
    office = department("电子信息科")
    client("city_admin").post("/responsible-offices/set", data={"rowid": call.id, "office": office.id})
    assert client("city_officer").get(f"/guides-admin/edit/{call.id}").status_code == 404
    assert client("city_officer").post(f"/guides-admin/edit/{call.id}", data=guide_form(call)).status_code == 404


# ---------------------------------------------------------------- operators' console


@pytest.fixture
def failed_job(session) -> Job:
    """A job that has failed."""
    site = session.scalars(select(Department.site_id)).first()
    job = Job(
        site_id=site, kind="declaration_document", key="test:1", state=JobState.FAILED, attempts=3, message="坏了"
    )
    session.add(job)
    session.commit()
    return job


def test_operators_start_a_failed_job_again_and_it_is_noted(client, session, person, failed_job):
    operator = person("platform_operator").name
    browser = client("platform_operator")
    listed = browser.get("/ops/jobs/").text
    assert "坏了" in listed
    assert '<span class="tag tag-stop">失败</span>' in listed
    answer = browser.post("/ops/jobs/action/", data={"action": "retry", "rowid": failed_job.id})
    assert answer.status_code == 302
    session.expire_all()
    assert failed_job.state is JobState.QUEUED
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (event.action, event.subject_id, event.account_name) == ("retry", failed_job.id, operator)


def test_a_job_that_did_not_fail_is_left_alone(client, session, failed_job):
    failed_job.state = JobState.RUNNING
    session.commit()
    browser = client("platform_operator")
    browser.post("/ops/jobs/action/", data={"action": "retry", "rowid": failed_job.id})
    assert "只有失败的任务可以重试" in browser.get("/ops/jobs/").text
    session.expire_all()
    assert failed_job.state is JobState.RUNNING


def test_the_content_of_files_is_checked_against_their_hash(client, session, call, app):
    from app.services import files

    client("city_officer").post(f"/guides-admin/edit/{call.id}", data=guide_form(call))
    stored = session.scalars(select(StoredFile).order_by(StoredFile.id.desc())).first()
    browser = client("platform_operator")
    browser.post("/ops/files/action/", data={"action": "check", "rowid": stored.id})
    assert "完好 1 个" in browser.get("/ops/files/").text
    filesystem, path = files._address(stored.site_id, stored.sha256)
    filesystem.pipe_file(path, b"something else")
    browser.post("/ops/files/action/", data={"action": "check", "rowid": stored.id})
    assert "缺失或已损坏" in browser.get("/ops/files/").text
    filesystem.rm(path)
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "check_file").order_by(AuditEvent.id)).all()
    assert [e.detail["intact"] for e in events] == [True, False]


def test_a_changed_audit_event_breaks_the_chain(client, session):
    audit.seal(limit=10_000)
    session.commit()
    browser = client("platform_operator")
    browser.post("/ops/audit/verify")
    assert "审计日志完整" in browser.get("/ops/audit/").text
    noted = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (noted.action, noted.subject, noted.detail["intact"]) == ("verify_audit_chain", "Account", True)
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id).offset(3).limit(1)).one()
    session.execute(
        AuditEvent.__table__.update().where(AuditEvent.__table__.c.id == event.id).values(account_name="别人")
    )
    session.commit()
    browser.post("/ops/audit/verify")
    assert f"编号 {event.id} 的审计日志与封存时不一致" in browser.get("/ops/audit/").text


def test_a_refused_log_in_stands_in_the_log_with_its_reason_in_words(client):
    client().post("/login/", data={"username": "city_admin", "password": "wrong"})
    assert "用户名或密码错误" in client("platform_operator").get("/ops/logins/").text


def test_an_auditor_reads_events_and_log_ins_and_nothing_else(client, person, session):
    from app.services.accounts import create_account

    operator = person("platform_operator")
    create_account(operator.site, "auditor", "审计员", PASSWORD, ["auditor"], by=None, at=now())
    session.commit()
    browser = client("auditor")
    for path in ("/ops/", "/ops/audit/", "/ops/logins/"):
        assert browser.get(path).status_code == 200
    for path in ("/ops/jobs/", "/ops/files/", "/departments/"):
        assert browser.get(path).status_code == 403
    assert browser.post("/ops/jobs/action/", data={"action": "retry", "rowid": "1"}).status_code == 403


@pytest.mark.parametrize("path", ["/ops/jobs/", "/ops/audit/", "/ops/logins/", "/ops/files/"])
def test_the_console_changes_nothing_but_by_its_actions(client, session, failed_job, path):
    browser = client("platform_operator")
    session.add(LoginEvent(username="x", succeeded=False, at=now()))
    session.commit()
    for verb in ("new/", "edit/?id=1", "delete/"):
        answer = browser.post(path + verb, data={"id": "1", "url": path})
        assert answer.status_code in (302, 403, 404)
    assert browser.post(path + "action/", data={"action": "delete", "rowid": failed_job.id}).status_code == 302
    session.expire_all()
    assert session.get(Job, failed_job.id) is not None
    assert session.scalar(select(func.count(LoginEvent.id))) == 1


def test_no_page_of_the_console_names_a_password(client, session, failed_job):
    browser = client("platform_operator")
    for path in ("/ops/jobs/", f"/ops/jobs/details/?id={failed_job.id}", "/ops/logins/", "/ops/audit/"):
        assert "password" not in browser.get(path).text.replace('"/account/password"', "")


def test_jobs_are_filtered_by_state(client, failed_job):
    browser = client("platform_operator")
    assert "坏了" in browser.get("/ops/jobs/?flt0_0=FAILED").text
    assert "坏了" not in browser.get("/ops/jobs/?flt0_0=DONE").text


def test_a_filter_that_cannot_be_read_is_left_out(client, failed_job):
    assert client("platform_operator").get("/ops/jobs/?flt0_0=nonsense&flt9_99=x").status_code == 200
    assert client("platform_operator").get("/ops/jobs/details/?id=nonsense").status_code == 404
