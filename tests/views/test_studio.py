"""The studio of types: begin, look, change the head, publish, adopt, rehearse - as the province does it."""

from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app.extensions import db
from app.models import Call, DeclarationTypeVersion, TypeDraft
from app.services import type_drafts

pytestmark = pytest.mark.usefixtures("stand_in_documents")
NEW = {"title": "2026年人才项目申报书", "key": "talent_2026", "year": "2026", "source": ""}


@pytest.fixture
def author(client):
    return client("province_admin")


@pytest.fixture
def draft(author):
    author.post("/type-drafts/new", data=NEW)
    return db.session.scalars(select(TypeDraft)).one()


def begin_change(author, call):
    author.post(f"/type-versions/{call.version_id}/change")
    return db.session.scalars(select(TypeDraft)).one()


def test_a_type_is_begun_and_shown(author, draft):
    page = author.get(f"/type-drafts/{draft.public_id}/").text
    assert "没有必须改正的问题" in page
    assert draft.title in author.get("/type-drafts/").text


def test_a_copy_begins_with_what_the_other_asks(author):
    version = db.session.scalars(select(DeclarationTypeVersion)).first()
    author.post("/type-drafts/new", data=NEW | {"source": str(version.id)})
    draft = db.session.scalars(select(TypeDraft)).one()
    assert draft.body["sections"] == version.body["sections"]
    assert (draft.key, draft.body["year"]) == ("talent_2026", 2026)


@pytest.mark.parametrize(("name", "value"), [("key", "Talent 2026"), ("title", ""), ("year", "26")])
def test_what_is_typed_wrong_stands_at_its_field_and_stays(author, name, value):
    answer = author.post("/type-drafts/new", data=NEW | {name: value})
    assert answer.status_code == 422
    assert "aria-invalid" in answer.text
    assert f'value="{value}"' in answer.text or not value
    assert db.session.scalars(select(TypeDraft)).all() == []


def test_the_head_is_changed_once_and_not_over_somebody_elses_change(author, draft):
    address = f"/type-drafts/{draft.public_id}/basics"
    typed = {"title": "新名称", "year": "2027", "money_unit": "yuan", "subject": "{unit_name}", "revision": "0"}
    assert author.post(address, data=typed).status_code == 302
    db.session.expire_all()
    assert (draft.title, draft.body["year"], draft.body["money_unit"]) == ("新名称", 2027, "yuan")
    late = author.post(address, data=typed | {"title": "更晚的名称"})
    assert late.status_code == 422
    assert "保存过该类型" in late.text
    assert 'value="更晚的名称"' in late.text


def test_scripts_save_parts_with_the_revision_they_have_read(author, draft):
    address = f"/type-drafts/{draft.public_id}/parts/checks"
    read = author.get(address).json
    check = {"id": "c", "target": "nowhere", "rule": True, "message": "请核对"}
    saved = author.put(address, json={"revision": read["revision"], "value": [check]})
    assert saved.status_code == 200
    assert any("nowhere" in problem for problem in saved.json["problems"])
    assert author.put(address, json={"revision": read["revision"], "value": []}).status_code == 409
    assert author.put(address, json=[1]).status_code == 422
    assert author.put(f"/type-drafts/{draft.public_id}/parts/schema", json={"revision": 1}).status_code == 422
    page = author.get(f"/type-drafts/{draft.public_id}/").text
    assert "nowhere" in page
    refused = author.post(f"/type-drafts/{draft.public_id}/publish", data={"confirmed": "1"}, follow_redirects=True)
    assert "不能发布" in refused.text


PAGES = ("", "basics", "form", "checks", "conditions", "workflow", "documents", "columns", "texts", "reach")


@pytest.mark.parametrize("value", [1, "x", [], [1], {"a": [1]}, {"a": {"b": {}}}, [{"key": {}}], {"steps": [1]}])
def test_whatever_a_script_saves_every_page_still_opens(author, draft, value):
    known = {rule.rule for rule in author.application.url_map.iter_rules()}
    for part, shape in sorted(type_drafts.SHAPES.items()):
        address = f"/type-drafts/{draft.public_id}/parts/{part}"
        sent = {"revision": author.get(address).json["revision"], "value": value}
        assert author.put(address, json=sent).status_code == (200 if type(value) is shape else 422), part
        for page in PAGES:
            if f"/type-drafts/<public_id>/{page}" in known:
                answer = author.get(f"/type-drafts/{draft.public_id}/{page}")
                assert answer.status_code == 200, (part, page)


def test_publishing_asks_first_and_leads_to_the_version(author, draft):
    asked = author.get(f"/type-drafts/{draft.public_id}/publish")
    assert "发布后的版本不可更改" in asked.text
    shown = author.post(f"/type-drafts/{draft.public_id}/publish", data={"confirmed": "1"}, follow_redirects=True)
    assert "已发布" in shown.text
    assert db.session.scalars(select(TypeDraft)).all() == []


def test_a_call_takes_the_next_version_of_its_type(author, declaration_at):
    declaration = declaration_at("draft")
    call = declaration.call
    draft = begin_change(author, call)
    typed = {"title": draft.title, "year": "2025", "money_unit": "wan_yuan", "subject": draft.body["subject"]}
    author.post(f"/type-drafts/{draft.public_id}/basics", data=typed | {"revision": "0", "basis": "新依据"})
    page = author.get(f"/type-drafts/{draft.public_id}/").text
    assert "年度由“2024”改为“2025”" in page
    author.post(f"/type-drafts/{draft.public_id}/publish", data={"confirmed": "1"})
    version = db.session.scalars(select(DeclarationTypeVersion).order_by(DeclarationTypeVersion.id.desc())).first()
    assert call.name in author.get(f"/type-versions/{version.id}/").text
    asked = author.get(f"/type-versions/{version.id}/adopt/{call.id}").text
    assert "1 份正在填写的申报随之改用新版本" in asked
    author.post(f"/type-versions/{version.id}/adopt/{call.id}", data={"confirmed": "1"})
    db.session.expire_all()
    assert (call.version_id, declaration.version_id) == (version.id, version.id)
    refused = author.post(f"/type-versions/{version.id}/retire", follow_redirects=True)
    assert "不能停用" in refused.text


def test_a_draft_is_thrown_away_after_asking(author, draft):
    assert "全部丢失" in author.get(f"/type-drafts/{draft.public_id}/discard").text
    assert len(db.session.scalars(select(TypeDraft)).all()) == 1
    author.post(f"/type-drafts/{draft.public_id}/discard", data={"confirmed": "1"})
    assert db.session.scalars(select(TypeDraft)).all() == []


def test_a_version_is_handed_out_as_package_and_schema(author):
    call = db.session.scalars(select(Call)).first()
    assert author.get(f"/type-versions/{call.version_id}/package.zip").data[:2] == b"PK"
    assert author.get(f"/type-versions/{call.version_id}/schema.json").json["type"] == "object"


@pytest.mark.parametrize("username", ["province_officer", "city_admin", "enterprise_admin", "platform_operator"])
def test_nobody_else_writes_types(client, draft, username):
    browser = client(username)
    for address in (
        "/type-drafts/",
        f"/type-drafts/{draft.public_id}/",
        f"/type-drafts/{draft.public_id}/parts/checks",
    ):
        assert browser.get(address).status_code in (403, 404)


# ---------------------------------------------------------------- workbooks


def workbook_of(browser, address):
    return BytesIO(browser.get(address).data)


def test_a_version_goes_out_as_a_workbook_and_comes_back_as_a_draft_of_it(author):
    version = db.session.scalars(select(DeclarationTypeVersion)).first()
    book = workbook_of(author, f"/type-drafts/versions/{version.id}/workbook.xlsx").getvalue()
    answer = author.post("/type-drafts/import", data={"file": (BytesIO(book), "类型.xlsx")})
    draft = db.session.scalars(select(TypeDraft)).one()
    assert answer.location.endswith(f"/type-drafts/{draft.public_id}/")
    assert (draft.base_id, draft.body) == (version.id, version.body)
    again = author.post("/type-drafts/import", data={"file": (BytesIO(book), "类型.xlsx")})
    assert again.status_code == 422
    assert "正在编辑的草稿" in again.text


def test_a_draft_is_replaced_by_its_workbook_unless_somebody_was_faster(author, draft):
    content = author.get(f"/type-drafts/{draft.public_id}/workbook.xlsx").data
    book = load_workbook(BytesIO(content))
    book["基本信息"]["B3"] = "表格里改的名称"
    stream = BytesIO()
    book.save(stream)
    address = f"/type-drafts/{draft.public_id}/import"
    send = {"file": (BytesIO(stream.getvalue()), "类型.xlsx"), "revision": "0"}
    assert author.post(address, data=send).status_code == 302
    db.session.expire_all()
    assert "表格里改的名称" in (draft.title, draft.body.get("title"))
    late = author.post(address, data={"file": (BytesIO(stream.getvalue()), "类型.xlsx"), "revision": "0"})
    assert (late.status_code, "保存过该类型" in late.text) == (422, True)


def test_a_workbook_with_mistakes_is_refused_with_every_one_of_them(author, draft):
    book = load_workbook(workbook_of(author, f"/type-drafts/{draft.public_id}/workbook.xlsx"))
    book["字段"]["G2"], book["步骤"]["F2"] = "也许", "十二"
    stream = BytesIO()
    book.save(stream)
    stream.seek(0)
    answer = author.post("/type-drafts/import", data={"file": (stream, "类型.xlsx")})
    assert answer.status_code == 422
    assert "第 2 行“必填”" in answer.text
    assert "请填写整数" in answer.text
    assert author.post("/type-drafts/import", data={"file": (BytesIO(b"x"), "类型.xlsx")}).status_code == 422


# ---------------------------------------------------------------- rehearsals


@pytest.fixture
def rehearsed(author, draft):
    author.post(f"/type-drafts/{draft.public_id}/rehearse")
    return author


def test_an_author_plays_one_part_after_the_other(rehearsed):
    assert "演练企业甲" in rehearsed.get("/rehearsal/").text
    page = rehearsed.post("/rehearsal/step-into", data={"part": "first"}, follow_redirects=True).text
    assert "当前身份：演练企业甲（企业管理员）" in page
    assert "2026年人才项目申报书" in rehearsed.get("/declare/").text
    page = rehearsed.post("/rehearsal/switch", data={"part": "county_officer"}, follow_redirects=True).text
    assert "当前身份：区县经办" in page
    assert rehearsed.get("/type-drafts/").status_code == 403
    rehearsed.post("/rehearsal/leave")
    assert rehearsed.get("/type-drafts/").status_code == 200
    assert "演练环境</strong>" not in rehearsed.get("/type-drafts/").text


def test_a_rehearsal_ends_when_its_author_is_logged_out_everywhere(rehearsed, person):
    rehearsed.post("/rehearsal/step-into", data={"part": "first"})
    assert rehearsed.get("/declare/").status_code == 200
    person("province_admin").login_epoch += 1
    db.session.commit()
    assert rehearsed.get("/declare/").status_code == 302


def test_outside_a_rehearsal_there_is_no_way_into_a_part(rehearsed, client):
    officer = client("county_officer")
    for address in ("/rehearsal/switch", "/rehearsal/leave"):
        assert officer.post(address, data={"part": "first"}).status_code == 404
    assert officer.post("/rehearsal/step-into", data={"part": "first"}).status_code == 403
    visitor = client()
    assert visitor.post("/login/", data={"username": "stage_first", "password": "!"}).status_code != 302
