"""The operators' console: code lists, holidays, messages, what goes out, the audit log as a file."""

import csv
import io

import pytest
from sqlalchemy import event, func, select

from app.clock import now
from app.extensions import db
from app.models import (
    AuditEvent,
    Channel,
    CodeListItem,
    DeliveryState,
    Holiday,
    Message,
    Outbox,
    Site,
)
from app.services import audit, holidays
from app.services.imports.holidays import HEADINGS, holiday_template
from app.services.imports.reading import template

PAGES = ("codes", "holidays", "messages", "outbox", "jobs", "files", "audit", "logins")


@pytest.fixture
def operator(client):
    return client("platform_operator")


@pytest.fixture
def auditor(client, make_auditor):
    return client(make_auditor.username)


@pytest.fixture
def make_auditor(session, person):
    """The operator's account with the auditor's role alone."""
    from flask_appbuilder.security.sqla.models import Role

    from app import roles

    account = person("city_admin")
    account.roles = [session.scalars(select(Role).where(Role.name == roles.AUDITOR)).one()]
    session.commit()
    return account


@pytest.fixture
def site_id(session):
    return session.scalar(select(Site.id))


@pytest.fixture
def day_off(session, site_id, person):
    from datetime import date

    added = holidays.add_holiday(
        site_id, date(2024, 10, 1), "国庆节", works=False, by=person("platform_operator"), at=now()
    )
    session.commit()
    return added.id


@pytest.fixture
def copies(session, site_id, person):
    """A failed e-mail and one that was sent."""
    account = person("city_officer")
    session.add(
        Message(site_id=site_id, account=account, kind="submitted", title="申报已提交", body="内容", created_at=now())
    )
    rows = [
        Outbox(
            site_id=site_id, account=account, channel=Channel.EMAIL, address="a@example.com", kind="submitted",
            subject="申报已提交", body="内容", state=state, attempts=3, problem=problem, created_at=now(),
        )
        for state, problem in ((DeliveryState.FAILED, "连接被拒绝"), (DeliveryState.SENT, None))
    ]  # fmt: skip
    session.add_all(rows)
    session.commit()
    return [row.id for row in rows]


def cell(browser, page, pk, **values):
    return browser.post(
        f"/ops/{page}/ajax/update/",
        data={"list_form_pk": pk} | values,
        headers={"X-Requested-With": "XMLHttpRequest"},
    )


# ---------------------------------------------------------------- all of them


@pytest.mark.parametrize("page", PAGES)
def test_a_list_costs_few_statements_and_stays_small(operator, copies, day_off, page):
    statements = []
    event.listen(db.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    answer = operator.get(f"/ops/{page}/")
    assert answer.status_code == 200
    assert len(statements) <= 8, statements
    assert len(answer.data) <= 150 * 1024
    assert not any(s.lower().startswith("select count(") for s in statements), "no exact counts"


@pytest.mark.parametrize("page", ["codes", "holidays", "outbox", "audit", "logins"])
def test_an_auditor_reads_and_changes_nothing(auditor, session, copies, day_off, page):
    listed = auditor.get(f"/ops/{page}/")
    assert listed.status_code == 200
    assert "data-ops-cell" not in listed.text
    assert "take_in" not in listed.text
    for address in ("ajax/update/", "new/", "delete/"):
        assert auditor.post(f"/ops/{page}/{address}", data={"id": day_off, "list_form_pk": day_off}).status_code == 403
    assert session.get(Holiday, day_off).name == "国庆节"


def test_an_auditor_resends_nothing(auditor, session, copies):
    auditor.post("/ops/outbox/action/", data={"action": "resend", "rowid": copies[0]})
    assert session.get(Outbox, copies[0]).state is DeliveryState.FAILED


@pytest.mark.parametrize("username", ["city_officer", "province_admin", "enterprise_admin"])
@pytest.mark.parametrize("page", ["codes", "holidays", "messages", "outbox"])
def test_others_do_not_get_in(client, username, page):
    assert client(username).get(f"/ops/{page}/").status_code == 403


# ---------------------------------------------------------------- code lists


@pytest.fixture
def item(session):
    return session.scalars(select(CodeListItem).order_by(CodeListItem.id)).first()


def test_a_label_is_changed_in_its_cell_and_noted(operator, session, item):
    assert "data-ops-cell" in operator.get("/ops/codes/").text
    was = item.label
    assert cell(operator, "codes", item.id, label="新的名称").status_code == 200
    session.expire_all()
    assert (item.label, item.enabled) == ("新的名称", True)
    noted = session.scalars(select(AuditEvent).where(AuditEvent.subject == "CodeListItem")).one()
    assert noted.detail["before"]["label"] == was


def test_a_choice_is_taken_away_and_given_back(operator, session, item):
    cell(operator, "codes", item.id, enabled="")
    session.expire_all()
    assert not item.enabled
    cell(operator, "codes", item.id, enabled="1")
    session.expire_all()
    assert item.enabled


@pytest.mark.parametrize("values", [{"label": "  "}, {"position": "-3"}, {"position": "abc"}, {"code": "other"}])
def test_wrong_cells_are_refused_with_a_reason(operator, session, item, values):
    was = (item.label, item.position, item.code)
    answer = cell(operator, "codes", item.id, **values)
    session.expire_all()
    assert (item.label, item.position, item.code) == was
    if "code" not in values:
        assert answer.status_code >= 400


def test_codes_are_found_by_list_and_by_word(operator, item):
    assert item.label in operator.get(f"/ops/codes/?search={item.code}").text


# ---------------------------------------------------------------- holidays


def test_a_day_is_added_renamed_and_taken_out(operator, session, site_id):
    assert 'type="date"' in operator.get("/ops/holidays/new/").text
    operator.post("/ops/holidays/new/", data={"day": "2024-10-12", "name": "国庆节调休", "works": "y"})
    day = session.scalars(select(Holiday)).one()
    assert (day.day.isoformat(), day.name, day.works, day.site_id) == ("2024-10-12", "国庆节调休", True, site_id)
    cell(operator, "holidays", day.id, name="调休上班")
    session.expire_all()
    assert day.name == "调休上班"
    operator.post("/ops/holidays/delete/", data={"id": day.id})
    assert session.scalar(select(func.count(Holiday.id))) == 0
    assert session.scalars(select(AuditEvent.action).where(AuditEvent.subject == "Holiday")).all() == [
        "add", "change", "remove",
    ]  # fmt: skip


def test_a_day_that_is_there_is_refused(operator, session, day_off):
    answer = operator.post("/ops/holidays/new/", data={"day": "2024-10-01", "name": "国庆节"})
    assert "已在节假日表中" in answer.text
    assert session.scalar(select(func.count(Holiday.id))) == 1


def upload(browser, content, name="节假日.xlsx"):
    return browser.post("/ops/holidays/take_in", data={"file": (io.BytesIO(content), name)})


def sheet(*lines):
    book = template("节假日", HEADINGS, lines)
    from openpyxl import load_workbook

    workbook, target = load_workbook(io.BytesIO(book)), io.BytesIO()
    for line in lines:
        workbook.worksheets[0].append(list(line))
    workbook.save(target)
    return target.getvalue()


def test_a_year_is_imported_and_importing_again_updates(operator, session, day_off):
    lines = [("2024-10-01", "国庆", "放假"), ("2024/10/2", "国庆节", "放假"), ("2024年10月12日", "调休", "上班")]
    assert upload(operator, sheet(*lines)).status_code == 302
    assert "新增或更新 3 天" in operator.get("/ops/holidays/").text
    found = {h.day.isoformat(): (h.name, h.works) for h in session.scalars(select(Holiday))}
    assert found == {
        "2024-10-01": ("国庆", False), "2024-10-02": ("国庆节", False), "2024-10-12": ("调休", True),
    }  # fmt: skip
    upload(operator, sheet(*lines))
    assert "新增或更新 0 天" in operator.get("/ops/holidays/").text


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (("2024-13-01", "国庆节", "放假"), "第 3 行日期"),
        (("2024-10-01", "国庆节", "放假"), "同一日期只能出现一次"),
        (("1900-10-01", "国庆节", "放假"), "2000 年至 2099 年"),
        (("2024-10-03", "国庆节", "休息"), "请填写“放假”或“上班”"),
        (("2024-10-03", "", "放假"), "必填"),
        (("2024-10-03", "长" * 41, "放假"), "不超过 40 个字"),
    ],
)
def test_one_wrong_line_imports_nothing(operator, session, line, reason):
    answer = upload(operator, sheet(("2024-10-01", "国庆节", "放假"), line))
    assert answer.status_code == 422
    assert reason in answer.text
    assert session.scalar(select(func.count(Holiday.id))) == 0


def test_files_of_another_kind_are_refused(operator, session):
    assert upload(operator, b"day,name", "days.csv").status_code == 422
    assert operator.post("/ops/holidays/take_in", data={}).status_code == 422


def test_the_template_can_be_filled_in(operator):
    answer = operator.get("/ops/holidays/template")
    assert answer.status_code == 200
    assert answer.data[:2] == holiday_template()[:2] == b"PK"


# ---------------------------------------------------------------- messages


def test_who_was_told_what_and_when(operator, copies, person):
    page = operator.get("/ops/messages/").text
    assert "申报已提交" in page
    assert person("city_officer").name in page
    page = operator.get("/ops/outbox/").text
    assert "a@example.com" in page
    assert "连接被拒绝" in page
    assert "发送失败" in operator.get("/ops/").text or "需要查看原因并重发" in operator.get("/ops/").text


def test_a_failed_copy_is_sent_again_and_others_are_not(operator, session, copies):
    failed, sent = copies
    operator.post("/ops/outbox/action/", data={"action": "resend", "rowid": [failed, sent]})
    page = operator.get("/ops/outbox/").text
    assert "已重新排队 1 条" in page
    assert "只有发送失败的消息可以重发" in page
    session.expire_all()
    again = session.get(Outbox, failed)
    assert (again.state, again.attempts, again.problem) == (DeliveryState.WAITING, 0, None)
    assert session.get(Outbox, sent).state is DeliveryState.SENT
    assert session.scalars(select(AuditEvent).where(AuditEvent.action == "resend")).one().subject_id == failed


# ---------------------------------------------------------------- the audit log as a file


@pytest.mark.parametrize("who", ["operator", "auditor"])
def test_the_filtered_log_is_handed_out_without_formulas(request, session, person, who):
    browser = request.getfixturevalue(who)
    account = person("city_officer")
    account.first_name = '=HYPERLINK("http://evil")'
    audit.record("submit", account, by=account, at=now(), detail={"note": "-1+1|cmd"})
    session.commit()
    answer = browser.get("/ops/audit/export/csv/?search=HYPERLINK")
    assert answer.mimetype == "text/csv"
    text = answer.data.decode("utf-8-sig")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    head, line = csv.reader(io.StringIO(text))
    assert head[:3] == ["编号", "时间", "操作人"]
    assert line[2] == '\'=HYPERLINK("http://evil")'
    assert line[3] == "提交申报"
    assert session.scalars(select(AuditEvent).where(AuditEvent.action == "export_audit")).one().detail == {"rows": 1}


def test_the_log_is_narrowed_by_time(operator, session, person):
    from datetime import timedelta

    for days, word in ((5, "旧的"), (0, "新的")):
        audit.record("submit", person("city_officer"), by=None, at=now() - timedelta(days=days), detail={"词": word})
    session.commit()
    since = (now() - timedelta(days=2)).date().isoformat()
    page = operator.get(f"/ops/audit/?flt0_0={since}").text
    assert "新的" in page
    assert "旧的" not in page
    assert operator.get("/ops/audit/?flt0_0=nonsense").status_code == 200


def test_nothing_else_is_exported(operator):
    assert operator.get("/ops/jobs/export/csv/").status_code == 403
