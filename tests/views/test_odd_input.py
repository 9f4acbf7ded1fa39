"""What nobody types but anybody may send: numbers beyond every column, NUL, half characters, impossible moments.

SQLite takes much of it silently, PostgreSQL nothing; both have to answer alike.
"""

import base64
import io
import json
import sqlite3
import time

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.clock import now
from app.extensions import db
from app.models import Call, Department, DepartmentKind, LoginEvent, ReviewRecord
from app.services import enterprises, files
from app.views import health

HUGE = "9" * 30


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("person", "path"),
    [
        ("enterprise_admin", f"/declare/{HUGE}/"),
        ("enterprise_admin", f"/submissions/{HUGE}/files/1"),
        ("enterprise_admin", f"/submissions/{'9' * 5000}/files/1"),
        ("county_officer", f"/review/{HUGE}/"),
        ("county_officer", f"/letters/{HUGE}/make"),
        ("county_officer", f"/letters/{HUGE}/"),
        ("county_officer", f"/guide-files/{HUGE}"),
        ("city_admin", f"/people/edit/{'9' * 12}"),
        ("enterprise_admin", "/declarations/a%00b/"),
        ("enterprise_admin", "/documents/a%00b"),
        ("enterprise_admin", "/attachments/a%00b"),
        ("county_officer", "/review/declaration/a%00b"),
        ("county_officer", "/letters/file/a%00b"),
        (None, "/language/en%00"),
    ],
)
def test_an_address_no_row_can_have_is_not_found(client, person, path):
    assert client(person).get(path).status_code == 404


@pytest.mark.parametrize(
    ("person", "path"),
    [
        ("county_officer", f"/projects/?call.programme.year={'9' * 11}"),
        ("county_officer", f"/projects/?county={HUGE}"),
        ("county_officer", "/enterprises/?order=name&dir=asc&after=" + cursor('["\\ud800", 1]')),
        (
            "enterprise_admin",
            "/my-projects/?order=submitted_at&dir=desc&after=" + cursor('["0001-01-01T00:00+08:00", 1]'),
        ),
        ("enterprise_admin", "/my-projects/?after=" + cursor("[" * 20_000)),
        ("province_admin", "/programmes/?order=year&dir=desc&after=" + cursor("[999999999999, 1]")),
        ("platform_operator", "/ops/jobs/?search=a%00b"),
        ("platform_operator", f"/ops/jobs/?page={HUGE}"),
        ("platform_operator", "/ops/jobs/?page=-5"),
        ("platform_operator", f"/ops/files/?flt0_7={HUGE}"),
        ("platform_operator", "/ops/jobs/?flt1_11=a%00b"),
    ],
)
def test_a_list_asked_for_the_impossible_still_answers(client, person, path):
    assert client(person).get(path).status_code == 200


def test_a_submission_that_cannot_exist_is_not_found(client, quick):
    address = f"/review/declaration/{quick('first').public_id}?submission="
    browser = client("county_officer")
    assert [browser.get(address + number).status_code for number in ("7", HUGE, "9" * 5000)] == [404] * 3
    assert browser.get(address + "x").status_code == 200


# ---------------------------------------------------------------- NUL in forms


def test_nul_in_a_user_name_is_as_good_as_not_typed(client):
    answer = client().post("/login/", data={"username": "nobo\x00dy", "password": "x"})
    assert answer.status_code == 401
    assert db.session.scalars(select(LoginEvent.username)).all() == ["nobody"]


def test_nul_in_an_opinion_is_left_out(client, quick):
    waiting = quick("first")
    row_id, path, seq = waiting.id, f"/review/declaration/{waiting.public_id}", waiting.seq
    client("county_officer").post(path, data={"do": "recommend", "seq": seq, "opinion": "同\x00意"})
    newest = select(ReviewRecord.opinion).where(ReviewRecord.declaration_id == row_id).order_by(ReviewRecord.id.desc())
    assert db.session.scalars(newest).first() == "同意"


def test_nul_on_a_persons_card_is_left_out(client, person):
    office = db.session.scalars(
        select(Department.id).where(
            Department.parent_id == person("city_admin").department_id, Department.kind == DepartmentKind.OFFICE
        )
    ).first()
    card = {
        "id_kind": "government_account", "id_number": "h\x00z9", "first_name": "李\x00四", "mobile": "13800000000",
        "role": "city_officer", "department": office, "username": "lisi", "initial_password": "Abc12345#",
        "email": "l\x00@example.com", "active": "y",
    }  # fmt: skip
    assert client("city_admin").post("/people/add", data=card).status_code == 302
    assert (person("lisi").first_name, person("lisi").id_number) == ("李四", "hz9")


# ---------------------------------------------------------------- what a draft is sent as JSON


def put(browser, draft, body: str):
    section = draft.sections[0]
    headers = {"If-Match": f'"{section.revision}"', "Content-Type": "application/json"}
    return browser.put(f"/declarations/{draft.public_id}/{section.key}", data=body, headers=headers)


def test_half_a_character_is_left_out(client, quick):
    draft, browser = quick("draft"), client("enterprise_admin")
    assert put(browser, draft, json.dumps({"topic": "节能\ud83d改造"})).status_code == 200
    section = db.session.get(type(draft.sections[0]), draft.sections[0].id, populate_existing=True)
    assert section.answers["topic"] == "节能改造"
    assert browser.get(f"/declarations/{draft.public_id}/{section.key}").status_code == 200


def test_json_nested_without_end_is_refused_in_words(client, quick):
    answer = put(client("enterprise_admin"), quick("draft"), '{"topic":' + "[" * 100_000 + "]" * 100_000 + "}")
    assert answer.status_code == 422
    assert "无法识别" in answer.json["message"]


def test_a_huge_json_body_is_refused(app, client, quick):
    body = json.dumps({"topic": "长" * (app.config["MAX_FORM_MEMORY_SIZE"] // 6 + 1)})
    assert put(client("enterprise_admin"), quick("draft"), body).status_code == 413


def test_endless_combining_marks_cost_no_time():
    began = time.monotonic()
    assert len(files.clean_name("a" + "\u0301\u0316" * 100_000 + ".pdf")) <= 120
    assert time.monotonic() - began < 1


# ---------------------------------------------------------------- moments


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59", "3000-01-01T00:00", "9999-12-31T23:59Z"])
def test_a_deadline_out_of_the_calendar_is_refused_at_its_field(client, quick, moment):
    waiting = quick("first")
    form = {"do": "return", "to": "applicant", "seq": waiting.seq, "opinion": "请补充", "due_at": moment}
    answer = client("county_officer").post(f"/review/declaration/{waiting.public_id}", data=form)
    assert answer.status_code == 422
    assert "填写截止时间" in answer.text


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59Z", "9999-12-31T23:59-12:00"])
def test_a_call_cannot_end_out_of_the_calendar(client, moment):
    call = db.session.scalars(select(Call)).first()
    form = {
        "programme": call.programme_id, "name": call.name, "version_id": call.version_id,
        "opens_at": "2024-01-01T00:00", "closes_at": moment, "city_due_at": "",
    }  # fmt: skip
    browser = client("province_admin")
    answer = browser.post(f"/calls-admin/edit/{call.id}", data=form)
    assert answer.status_code == 422
    assert "请填写日期和时间" in answer.text
    assert browser.get("/calls-admin/").status_code == 200


# ---------------------------------------------------------------- names end up in headings and file names


def test_a_name_typed_over_several_lines_becomes_one(person):
    enterprise = person("enterprise_admin").memberships[0].enterprise
    typed = {
        "county": str(enterprise.county_id), "legal_representative": "张三", "contact": "李四",
        "contact_phone": "13800000000", "address": "惠州大道 1 号", "short_name": "惠州\r\n智造",
    }  # fmt: skip
    enterprises.update_enterprise(enterprise, typed, by=person("enterprise_admin"), at=now())
    assert enterprise.short_name == "惠州 智造"


# ---------------------------------------------------------------- slow senders, and parts that are down


class SlowBody(io.BytesIO):
    """A body during whose arrival somebody else wants to write."""

    def __init__(self, body: bytes, database: str) -> None:
        super().__init__(body)
        self.database, self.heard = database, None

    def _listen(self) -> None:
        if self.heard is None:
            other = sqlite3.connect(self.database, timeout=0.2, isolation_level=None)
            self.heard = "locked"
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
            other.close()
            self.heard = "free"

    def read(self, *args):
        self._listen()
        return super().read(*args)

    def readinto(self, buffer):
        self._listen()
        return super().readinto(buffer)


def test_others_can_write_while_a_body_arrives(client, quick):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has no lock over the whole database")
    draft = quick("draft")
    body = SlowBody(json.dumps({"topic": "慢"}).encode(), db.engine.url.database)
    section = draft.sections[0]
    answer = client("enterprise_admin").put(
        f"/declarations/{draft.public_id}/{section.key}",
        input_stream=body,
        content_length=len(body.getvalue()),
        headers={"If-Match": f'"{section.revision}"', "Content-Type": "application/json"},
    )
    assert (answer.status_code, body.heard) == (200, "free")


def test_readyz_says_which_part_is_down(client, monkeypatch):
    def refuse(*_args):
        raise OperationalError("select 1", {}, Exception("down"))

    monkeypatch.setattr(health.db.session, "scalar", refuse)
    monkeypatch.setattr(health.files, "storage_answers", lambda: (_ for _ in ()).throw(PermissionError("read-only")))
    answer = client().get("/readyz")
    assert answer.status_code == 503
    assert (answer.json["database"], answer.json["storage"]) == (False, False)
