"""Reviewing through the browser's eyes: queue, deciding page, batch, letters, sheets, and what each page costs."""

import html
import re
from io import BytesIO

import pytest
from sqlalchemy import select

from app.clock import now, show
from app.demo import papers
from app.extensions import db
from app.forms.fields import KINDS, display
from app.models import Declaration, DeclarationState, Enterprise, Letter, ReviewRecord
from app.services import batches, declarations
from app.services.types import definition_of

pytestmark = pytest.mark.usefixtures("stand_in_documents")
REVIEWERS = ("county_officer", "city_officer", "office_leader", "province_officer")
ADMINISTRATORS = ("county_admin", "city_admin", "province_admin")


def address(declaration):
    return f"/review/declaration/{declaration.public_id}"


def text_of(answer):
    return answer.get_data(as_text=True)


def fresh(declaration):
    db.session.expire_all()
    return db.session.get(Declaration, declaration.id)


@pytest.fixture
def decide(client):
    """Return a function: post a decision on a declaration as a person."""

    def post(declaration, who, do, **form):
        form.setdefault("seq", declaration.seq)
        return client(who).post(address(declaration), data={"do": do, **form})

    return post


# ---------------------------------------------------------------- 申报管理 and the queue


def test_the_overview_leads_to_the_queue_with_counts_and_deadline(declaration_at, client):
    declaration = declaration_at("county")
    page = text_of(client("county_officer").get("/review/"))
    assert f'href="/review/{declaration.call_id}/"' in page
    assert show(declaration.due_at) in page
    for word in ("待审核项目数", "已推荐项目数", "区县审核截止时间", "导出汇总表", "上传区推荐函", "查看区推荐函"):
        assert word in page


def test_a_city_sees_what_is_still_to_go_to_the_province(declaration_at, client):
    declaration_at("office_leader")
    page = text_of(client("city_officer").get("/review/"))
    assert "待提交省厅项目数" in page
    assert "最后送达时间" in page


def test_the_queue_holds_what_waits_for_the_own_office_and_role(declaration_at, client):
    declaration = declaration_at("city_officer")
    path = f"/review/{declaration.call_id}/"
    assert declaration.title in text_of(client("city_officer").get(path))
    for other in ("office_leader", "gz_city_officer", "county_officer", "province_officer"):
        assert declaration.title not in text_of(client(other).get(path)), other
    assert declaration.title in text_of(client("county_officer").get(f"{path}?tab=passed"))
    assert client("county_officer").get("/review/999999/").status_code == 404


def test_the_queue_points_out_a_dishonesty_record(declaration_at, client):
    declaration = declaration_at("county")
    db.session.get(Enterprise, declaration.enterprise_id).dishonest = True
    db.session.commit()
    page = text_of(client("county_officer").get(f"/review/{declaration.call_id}/"))
    assert '<span class="tag tag-stop">是</span>' in page
    assert "该单位有未解除的失信记录" in text_of(client("county_officer").get(address(declaration)))


def test_administrators_read_the_queue_without_acting(declaration_at, client):
    declaration = declaration_at("county")
    administrator = client("county_admin")
    page = text_of(administrator.get(f"/review/{declaration.call_id}/"))
    assert declaration.title in page
    assert 'name="rowid"' not in page
    reading = text_of(administrator.get(address(declaration)))
    assert declaration.enterprise.name in reading
    assert 'name="do"' not in reading
    assert administrator.post(address(declaration), data={"do": "recommend", "seq": 1}).status_code == 403
    batch = {"action": "recommend", "rowid": f"{declaration.id}:{declaration.seq}", "confirmed": "1"}
    assert administrator.post(f"/review/{declaration.call_id}/action_post", data=batch).status_code == 403
    assert fresh(declaration).step == "county"


# ---------------------------------------------------------------- reading and deciding


def shown_pieces(field, stored):
    """Yield every piece of an answer as people read it, tables cell by cell."""
    if field.rows:
        for column, row in KINDS[field.type].cells(field):
            yield display(row, stored.get(column.key, {}).get(row.key))
    elif field.columns:
        for record in stored:
            yield from (display(column, record.get(column.key)) for column in field.columns)
    elif field.type != "consent":
        yield display(field, stored)


def squeezed(text):
    return re.sub(r"\s+", "", html.unescape(text))


@pytest.mark.parametrize("company", ["enterprise_admin", "company_03", "company_04", "company_05"])
def test_the_page_shows_everything_that_was_submitted(declaration_at, client, company):
    declaration = declaration_at("city_officer", company)
    page = text_of(client("city_officer").get(address(declaration)))
    submission, definition = declaration.submission, definition_of(declaration.version)
    found = squeezed(page)
    for section in definition.sections:
        for key, stored in submission.answers.get(section.key, {}).items():
            for piece in shown_pieces(section.field(key), stored):
                assert squeezed(piece) in found, (key, piece)
    assert all(facts["name"] in page for facts in submission.files)
    assert page.count(f"/submissions/{submission.id}/files/") >= len(submission.files)
    assert f"/documents/{submission.document.check_code}" in page


@pytest.mark.parametrize("who", ["gz_county_officer", "gz_city_officer", "province_officer", "city_officer"])
def test_a_declaration_outside_the_own_rows_does_not_exist(declaration_at, client, who):
    declaration = declaration_at("county")
    browser = client(who)
    assert browser.get(address(declaration)).status_code == 404
    assert browser.get(f"{address(declaration)}/records").status_code == 404
    assert browser.post(address(declaration), data={"do": "recommend", "seq": declaration.seq}).status_code == 404
    assert fresh(declaration).step == "county"


def test_enterprise_people_and_strangers_do_not_get_in(declaration_at, client):
    declaration = declaration_at("county")
    for path in ("/desk/", "/review/", f"/review/{declaration.call_id}/", address(declaration), "/projects/"):
        assert client("enterprise_admin").get(path).status_code == 403
        assert client(None).get(path).status_code == 302


def test_recommending_goes_back_to_the_queue_and_says_what_became_of_it(declaration_at, client):
    declaration = declaration_at("county")
    browser = client("county_officer")
    form = {"do": "recommend", "seq": declaration.seq, "opinion": "同意推荐。", "back": "/review/1/?title=x"}
    answer = browser.post(address(declaration), data=form)
    assert (answer.status_code, answer.location) == (302, "/review/1/?title=x")
    assert "送至市级经办审核" in text_of(browser.get("/review/"))
    assert fresh(declaration).step == "city_officer"


def test_going_on_leads_to_the_next_that_waits(declaration_at, decide):
    first, second = declaration_at("county"), declaration_at("county", "company_03")
    answer = decide(first, "county_officer", "recommend", go_on="1")
    assert answer.location.startswith(address(second))


def test_a_decision_without_its_reason_shows_the_page_again_with_everything_typed(declaration_at, decide):
    declaration = declaration_at("county")
    answer = decide(
        declaration, "county_officer", "return", to="applicant", due_at="2099-01-01T08:30", straight_back="1"
    )
    page = text_of(answer)
    assert answer.status_code == 422
    assert "请填写回退意见" in page
    assert 'value="2099-01-01T08:30"' in page
    assert '<details class="returning" open>' in page
    assert re.search(r'name="straight_back" value="1" checked', page)
    assert fresh(declaration).state is DeclarationState.IN_REVIEW


def test_a_due_time_that_is_none_is_refused_at_its_place(declaration_at, decide):
    declaration = declaration_at("county")
    for wrong in ("yesterday", "2020-01-01T08:00"):
        answer = decide(declaration, "county_officer", "return", to="applicant", due_at=wrong, opinion="请补正。")
        assert answer.status_code == 422
        assert 'id="due_at-error"' in text_of(answer)
        assert "请补正。" in text_of(answer)


def test_a_lost_race_is_a_clear_message_and_keeps_the_opinion(declaration_at, decide):
    declaration = declaration_at("county")
    seen = declaration.seq
    assert decide(declaration, "county_officer", "recommend", opinion="同意。").status_code == 302
    answer = decide(declaration, "county_officer", "decline", seq=seen, opinion="我写了很久的意见")
    page = text_of(answer)
    assert answer.status_code == 409
    assert "刚刚已由" in page
    assert "我写了很久的意见" in page
    assert fresh(declaration).step == "city_officer"


def test_a_page_without_a_seq_acts_on_nothing(declaration_at, decide):
    declaration = declaration_at("county")
    for broken in ("", "x", "-1"):
        assert decide(declaration, "county_officer", "recommend", seq=broken).status_code == 409
    assert fresh(declaration).step == "county"


def test_after_the_deadline_the_page_says_so_instead_of_offering_buttons(declaration_at, client, monkeypatch):
    declaration = declaration_at("county")
    due = declaration.due_at
    monkeypatch.setattr("app.sites.clock.now", lambda: due.replace(year=due.year + 1))
    browser = client("county_officer")
    page = text_of(browser.get(address(declaration)))
    assert "已于" in page
    assert "截止" in page
    assert 'name="do" value="recommend"' not in page
    answer = browser.post(address(declaration), data={"do": "recommend", "seq": declaration.seq, "opinion": "同意。"})
    assert answer.status_code == 422
    assert fresh(declaration).step == "county"


def test_withdrawing_is_offered_in_the_project_centre_until_the_next_step_acts(declaration_at, client, decide):
    declaration = declaration_at("city_officer")
    assert address(declaration) in text_of(client("county_officer").get("/projects/"))
    assert 'value="withdraw"' in text_of(client("county_officer").get(address(declaration)))
    assert decide(declaration, "city_officer", "recommend").status_code == 302
    page = text_of(client("county_officer").get(address(declaration)))
    assert 'value="withdraw"' not in page
    assert "下一环节已处理，无法撤回" in page
    late = decide(fresh(declaration), "county_officer", "withdraw")
    assert late.status_code == 409


def test_a_resubmission_shows_what_changed_and_the_version_before(declaration_at, decide, client, person, journey):
    declaration = declaration_at("county")
    former = declaration.submission.answers["basic"]["address"]
    decide(declaration, "county_officer", "return", to="applicant", opinion="地址有误，请更正。")
    applicant = person("enterprise_admin")
    own = declarations.read_own(declaration.public_id, applicant)
    section = next(s for s in own.sections if s.key == "basic")
    declarations.save_section(own, "basic", {"address": "更正后的地址 8 号"}, section.revision, by=applicant, at=now())
    journey.make_document(own, applicant)
    declarations.submit_declaration(own, own.seq, by=applicant, at=now())
    db.session.commit()
    page = text_of(client("county_officer").get(address(declaration)))
    assert "与上次提交相比的修改（1 处）" in page
    assert f'<del class="prose">{former}</del>' in page
    assert '<ins class="prose">更正后的地址 8 号</ins>' in page
    old = client("county_officer").get(f"{address(declaration)}?submission=1")
    assert "正在查看第 1 次提交的内容" in text_of(old)
    assert former in text_of(old)
    assert 'name="do" value="recommend"' not in text_of(old)
    assert client("county_officer").get(f"{address(declaration)}?submission=9").status_code == 404


def test_the_record_shows_step_person_time_and_opinion(declaration_at, client):
    declaration = declaration_at("city_officer")
    page = text_of(client("city_officer").get(f"{address(declaration)}/records"))
    record = db.session.scalars(select(ReviewRecord).where(ReviewRecord.step == "county")).one()
    for word in (record.step_label, record.by_name, show(record.at), record.opinion, record.department_name):
        assert word in page


# ---------------------------------------------------------------- recommending many


@pytest.fixture
def batch(client):
    """Return a function: post ticked rows of a call's queue as a person."""

    def post(call_id, who, keys, **form):
        data = {"action": "recommend", "rowid": keys, **form}
        return client(who).post(f"/review/{call_id}/action_post", data=data)

    return post


def test_a_batch_shows_what_is_selected_then_a_result_per_row(declaration_at, batch):
    good, stale = declaration_at("county"), declaration_at("county", "company_03")
    foreign = declaration_at("county", "gz_enterprise_admin")
    keys = [f"{good.id}:{good.seq}", f"{stale.id}:{stale.seq - 1}", f"{foreign.id}:{foreign.seq}"]
    preview = text_of(batch(good.call_id, "county_officer", keys))
    assert "推荐 3 个项目" in preview
    assert "其中 2 项" in preview
    assert all(f'value="{key}"' in preview for key in keys)
    assert foreign.title not in preview
    assert fresh(good).step == "county"
    results = text_of(batch(good.call_id, "county_officer", keys, confirmed="1", opinion="同意推荐。"))
    assert "成功 1 项，未成功 2 项" in results
    assert str(batches.STALE) in results
    assert str(batches.FOREIGN) in results
    assert foreign.title not in results
    assert [fresh(d).step for d in (good, stale, foreign)] == ["city_officer", "county", "county"]


def test_a_batch_names_the_first_five_and_the_total(declaration_at, batch):
    companies = ("enterprise_admin", "company_03", "company_04")
    rows = [declaration_at("county", company) for company in companies]
    keys = [f"{d.id}:{d.seq}" for d in rows] + [f"{10**6 + n}:1" for n in range(4)]
    preview = text_of(batch(rows[0].call_id, "county_officer", keys))
    assert all(d.title in preview for d in rows)
    assert "……共 7 项" in preview


def test_a_batch_keeps_an_opinion_that_is_too_long(declaration_at, batch):
    declaration = declaration_at("county")
    key = f"{declaration.id}:{declaration.seq}"
    answer = batch(declaration.call_id, "county_officer", [key], confirmed="1", opinion="长" * 2001)
    assert answer.status_code == 422
    assert "长" * 2001 in text_of(answer)


@pytest.mark.parametrize("key", ["", "1", "x:1", "1:x", "1:-1", "٣:1", f"{10**30}:1"])
def test_a_batch_of_broken_keys_is_refused(declaration_at, batch, key):
    declaration = declaration_at("county")
    assert batch(declaration.call_id, "county_officer", [key], confirmed="1").status_code == 400


# ---------------------------------------------------------------- project centre


def test_the_county_sorts_projects_into_its_four_tabs(declaration_at, client):
    waiting, gone = declaration_at("county"), declaration_at("city_officer", "company_03")
    declined = declaration_at("declined", "company_04")
    browser = client("county_officer")
    pages = {
        tab: text_of(browser.get(f"/projects/?tab={tab}")) for tab in ("passed", "waiting", "returned", "declined")
    }
    assert [t for t in ("已推荐项目", "审核中项目", "退回待提交项目", "不受理项目") if t not in pages["passed"]] == []
    where = {d.title: [tab for tab, page in pages.items() if d.title in page] for d in (waiting, gone, declined)}
    assert where == {waiting.title: ["waiting"], gone.title: ["passed"], declined.title: ["declined"]}


def test_the_project_centre_has_the_columns_and_links_of_the_manual(declaration_at, client):
    declaration = declaration_at("city_officer")
    page = text_of(client("city_officer").get("/projects/"))
    labels = ["年度", "资金级别", "项目性质", "项目认定评定名称", "方向", "项目名称", "申报单位", "所属区", "申报状态"]
    headings = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', page)
    assert [re.sub("<.*?>", "", h).strip(" ↓↑") for h in headings] == [*labels, "获得资金(万元)"]
    assert f"/documents/{declaration.submission.document.check_code}?download=1" in page
    assert f"{address(declaration)}/records" in page


# ---------------------------------------------------------------- sheets and letters


def test_letters_are_filed_several_at_once_and_bad_ones_say_why(declaration_at, client):
    declaration = declaration_at("county")
    path = f"/letters/{declaration.call_id}/"
    paper = papers.make_paper("推荐函", "惠城区")
    good, bad = (BytesIO(paper), "惠城区推荐函.pdf"), (BytesIO(b"MZ"), "其他.pdf")
    browser = client("county_officer")
    answer = browser.post(path, data={"files": [good, bad]}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "其他.pdf" in text_of(answer)
    page = text_of(client("city_officer").get(path))
    for word in ("惠城区推荐函.pdf", "惠城区科技和工业信息化局", "文件名称", "文件大小", "上传时间", "推荐部门"):
        assert word in page
    assert "/delete" not in page
    letter = db.session.scalars(select(Letter)).one()
    got = client("province_officer").get(f"/letters/file/{letter.public_id}?download=1")
    assert got.data == paper
    assert "attachment" in got.headers["Content-Disposition"]
    assert client("gz_city_officer").get(f"/letters/file/{letter.public_id}").status_code == 404


def test_an_own_letter_is_deleted_after_confirmation_only(declaration_at, client):
    declaration = declaration_at("county")
    browser = client("county_officer")
    upload = {"files": [(BytesIO(papers.make_paper("推荐函", "惠城区")), "推荐函.pdf")]}
    browser.post(f"/letters/{declaration.call_id}/", data=upload, content_type="multipart/form-data")
    path = f"/letters/file/{db.session.scalars(select(Letter)).one().public_id}/delete"
    assert client("city_officer").get(path).status_code == 404
    assert client("county_admin").post(path).status_code == 403
    assert "确定删除推荐函“推荐函.pdf”" in text_of(browser.get(path))
    assert db.session.scalars(select(Letter)).first() is not None
    assert browser.post(path).status_code == 302
    assert db.session.scalars(select(Letter)).first() is None


# ---------------------------------------------------------------- desk and cost


@pytest.mark.parametrize("who", [*REVIEWERS, *ADMINISTRATORS])
def test_every_official_has_a_desk(client, who):
    answer = client(who).get("/desk/")
    assert answer.status_code == 200
    assert "待办事项" in text_of(answer)


def test_pages_cost_few_statements(declaration_at, client, statements):
    declaration = declaration_at("county")
    declaration_at("city_officer", "company_03")
    limits = {
        "/desk/": 8,
        "/review/": 8,
        f"/review/{declaration.call_id}/": 8,
        "/projects/": 8,
        f"/letters/{declaration.call_id}/": 8,
        address(declaration): 12,
    }
    browser = client("county_officer")
    for path in limits:
        browser.get(path)  # types and sites are read once per process
    spent = {}
    for path in limits:
        statements.clear()
        assert browser.get(path).status_code == 200
        spent[path] = len(statements)
    assert {path: n for path, n in spent.items() if n > limits[path]} == {}
