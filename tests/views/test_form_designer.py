"""表单 of the studio: what the page is given, what it may save, what it shows."""

import json
import re

import pytest
from sqlalchemy import select

from app.clock import now
from app.extensions import db
from app.forms.fields import KINDS
from app.forms.package import load_package, shipped_packages
from app.models import DeclarationTypeVersion, TypeDraft
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


def data_of(page):
    return json.loads(re.search(r"data-designer-data[^>]*>(.*?)</script>", page, re.S).group(1))


def preview(browser, draft, section, **parts):
    return browser.post(f"/type-drafts/{draft.public_id}/form/preview", json={"section": section, **parts})


def test_every_shipped_type_is_saved_untouched_as_it_was(author, person):
    by = person("province_admin")
    site = by.site
    for folder in shipped_packages():
        shipped = load_package(folder)
        body = {**shipped, "key": f"{shipped['key'][-20:]}_copy".lstrip("_0123456789")}
        draft = type_drafts.begin_from_body(site, body, by=by, at=now())
        db.session.commit()
        given = data_of(author.get(f"/type-drafts/{draft.public_id}/form").text)
        revision = given["revision"]
        for part, value in given["parts"].items():
            saved = author.put(
                f"/type-drafts/{draft.public_id}/parts/{part}", json={"revision": revision, "value": value}
            )
            revision = saved.json["revision"]
            assert saved.json["problems"] == given["problems"]
        db.session.expire_all()
        assert draft.body == body
        for section in body["sections"]:
            shown = preview(author, draft, section)
            assert (shown.status_code, section["title"] in shown.text) == (200, True), shown.text


def test_every_kind_is_offered_with_its_options(author, draft):
    kinds = data_of(author.get(f"/type-drafts/{draft.public_id}/form").text)["kinds"]
    assert set(kinds) == set(KINDS)
    assert set(kinds["file"]["options"]) == {"ext", "max_mb", "min_files", "max_files", "name_rule"}
    assert kinds["repeat"]["needs"] == ["columns", "max_rows"]
    assert not kinds["matrix"]["inTables"]


def test_rules_are_told_in_words(author):
    version = db.session.scalars(select(DeclarationTypeVersion)).first()
    author.post(f"/type-versions/{version.id}/change")
    draft = db.session.scalars(select(TypeDraft)).one()
    said = data_of(author.get(f"/type-drafts/{draft.public_id}/form").text)["said"]
    assert said
    assert all(re.search(r"[\u4e00-\u9fff]", sentence) for sentence in said.values())


@pytest.mark.parametrize(
    "smuggled",
    [
        {"$FN": "return alert(1)"},
        {"on": {"click": "alert(1)"}},
        {"style": "color: red"},
        {"props": {"innerHTML": "<b>x</b>"}},
        {"label": "<script>alert(1)</script>"},
        {"validate": [{"pattern": "(a+)+$"}]},
    ],
)
def test_what_the_format_does_not_know_is_refused_at_its_place(author, draft, smuggled):
    field = {"key": "name", "type": "text", "label": "名称", **smuggled}
    section = {"key": "more", "title": "其他", "fields": [field]}
    address = f"/type-drafts/{draft.public_id}/parts/sections"
    value = [*draft.body["sections"], section]
    saved = author.put(address, json={"revision": draft.revision, "value": value}).json
    assert any(f"sections[{len(value) - 1}].fields[0]" in problem for problem in saved["problems"])
    page = author.get(f"/type-drafts/{draft.public_id}/form").text
    assert "<script>alert(1)" not in page
    refused = preview(author, draft, section)
    assert "sections[0].fields[0]" in refused.json["problems"][0]
    author.post(f"/type-drafts/{draft.public_id}/publish", data={"confirmed": "1"})
    assert db.session.scalars(select(TypeDraft)).one()


def test_a_section_is_shown_before_it_is_saved_with_every_field(author, draft):
    hidden = {"==": [{"var": "elsewhere"}, 1]}
    section = {
        "key": "s", "title": "新的栏目",
        "fields": [
            {"key": "scale", "type": "choice", "label": "规模", "choices": "scale", "show": hidden},
            {"key": "sum", "type": "computed", "label": "合计", "value": {"+": [{"var": "elsewhere"}, 1]}},
            {"key": "agreed", "type": "consent", "label": "承诺", "text_template": "own.md"},
            {"key": "papers", "type": "file", "label": "材料", "ext": ["pdf"], "max_mb": 5},
        ],
    }  # fmt: skip
    shown = preview(author, draft, section, choices={"scale": [{"s": "小型"}]}, templates={"own.md": "本单位承诺。"})
    assert shown.status_code == 200
    for word in ("新的栏目", "规模", "小型", "合计", "本单位承诺。", "上传材料"):
        assert word in shown.text
    db.session.expire_all()
    assert draft.revision == 0


@pytest.mark.parametrize("sent", [[], 1, "x"])
def test_nonsense_is_refused(author, draft, sent):
    assert author.post(f"/type-drafts/{draft.public_id}/form/preview", json=sent).status_code == 422


@pytest.mark.parametrize(
    "sent",
    [{}, {"section": "x"}, {"section": {"fields": 3}}, {"section": {"fields": [7]}, "choices": 4, "templates": [1]}],
)
def test_what_cannot_be_shown_is_told(author, draft, sent):
    answer = author.post(f"/type-drafts/{draft.public_id}/form/preview", json=sent)
    assert answer.status_code == 200
    assert answer.json["problems"]


@pytest.mark.parametrize("username", ["province_officer", "city_admin", "enterprise_admin", "platform_operator"])
def test_nobody_else_edits_forms(client, draft, username):
    browser = client(username)
    assert browser.get(f"/type-drafts/{draft.public_id}/form").status_code in (403, 404)
    assert preview(browser, draft, {}).status_code in (403, 404)


def test_a_draft_that_is_not_there_is_not_found(author):
    assert author.get("/type-drafts/00000000-0000-0000-0000-000000000000/form").status_code == 404
    assert author.post("/type-drafts/nothing/form/preview", json={"section": {}}).status_code == 404
