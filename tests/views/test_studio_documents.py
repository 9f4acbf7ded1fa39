"""文书与列表 of the studio: documents, list columns and texts are edited; the declaration document is previewed."""

import io
import re

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from app.extensions import db
from app.jobs import run_job
from app.models import DeclarationTypeVersion, Job, JobState, TypeDraft
from app.services import type_drafts
from app.services.files import open_file

NEW = {"title": "2026年人才项目", "key": "talent_2026", "year": "2026", "source": ""}
HOSTILE = "{{ config }} {% include 'declaration.html' %} <script>alert(1)</script> <img src=x onerror=alert(1)>"


@pytest.fixture
def author(client):
    return client("province_admin")


@pytest.fixture
def draft(author):
    author.post("/type-drafts/new", data=NEW)
    return db.session.scalars(select(TypeDraft)).one()


@pytest.fixture
def rich_draft(author):
    version = db.session.scalars(select(DeclarationTypeVersion)).first()
    author.post(f"/type-versions/{version.id}/change")
    return db.session.scalars(select(TypeDraft)).one()


def at(draft, path):
    return f"/type-drafts/{draft.public_id}/{path}"


def fresh(draft):
    db.session.expire_all()
    return draft.body


def filled_in(page):
    """Return what a browser would send of the form of a page, as it is shown."""
    form = re.search(r'<form method="post" class="card".*?</form>', page, re.S)[0]
    typed = {}
    for tag in re.findall(r"<input[^>]*>", form):
        names = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if names.get("type") != "checkbox" or " checked" in tag:
            typed.setdefault(names.get("name"), []).append(_plain(names.get("value", "")))
    for name, text in re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.S):
        typed[name] = [_plain(text).removeprefix("\r\n").removeprefix("\n")]
    for name, options in re.findall(r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        typed[name] = [chosen[1] if chosen else re.search(r'value="([^"]*)"', options)[1]]
    return typed


def _plain(text):
    for sign, char in (("&#34;", '"'), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(sign, char)
    return text


def test_every_document_of_a_shipped_type_is_saved_as_it_was_when_nothing_is_changed(author, rich_draft):
    before = rich_draft.body
    for document in before["documents"]:
        address = at(rich_draft, f"documents/{document['key']}")
        assert author.post(address, data=filled_in(author.get(address).text)).status_code == 302
        assert type_drafts.judge(rich_draft).problems == ()
    after = [{k: v for k, v in d.items() if k != "per"} for d in fresh(rich_draft)["documents"]]
    assert after == [{k: v for k, v in d.items() if k != "per"} for d in before["documents"]]
    address = at(rich_draft, "columns")
    assert author.post(address, data=filled_in(author.get(address).text)).status_code == 302
    assert fresh(rich_draft)["project"] == before["project"]


def test_a_letter_is_added_moved_and_deleted(author, draft):
    typed = {
        "label": "市级推荐函", "per": "call_and_region", "step": "county", "ext": ["pdf", "zip"], "max_mb": "20",
        "max_files": "3", "revision": "0",
    }  # fmt: skip
    assert author.post(at(draft, "documents/new/letter"), data=typed).status_code == 302
    letter = fresh(draft)["documents"][-1]
    assert (letter["key"], letter["step"], letter["ext"], letter["max_mb"]) == ("letter", "county", ["pdf", "zip"], 20)
    assert type_drafts.judge(draft).problems == ()
    author.post(at(draft, "documents/letter/move"), data={"to": "up", "revision": "1"})
    assert [d["key"] for d in fresh(draft)["documents"]] == ["letter", "declaration"]
    assert "删除文书" in author.get(at(draft, "documents/letter/delete")).text
    author.post(at(draft, "documents/letter/delete"), data={"revision": "2"})
    assert [d["key"] for d in fresh(draft)["documents"]] == ["declaration"]


def test_a_sheet_takes_listed_answers_in_the_order_that_is_typed(author, draft):
    page = author.get(at(draft, "documents/new/sheet")).text
    assert "推荐优先顺序" in page
    typed = filled_in(page) | {
        "label": "汇总表", "title": "推荐汇总表", "columns-0-label": "单位", "columns-0-source": "unit_name",
        "columns-0-place": "2", "columns-1-label": "序号", "columns-1-source": "number", "columns-1-place": "1",
        "columns-1-width": "8",
    }  # fmt: skip
    assert author.post(at(draft, "documents/new/sheet"), data=typed).status_code == 302
    sheet = fresh(draft)["documents"][-1]["sheet"]
    assert [(c["label"], c["from"]) for c in sheet["columns"]] == [("序号", "number"), ("单位", "unit_name")]
    assert type_drafts.judge(draft).problems == ()


def test_a_cover_is_written_with_values_to_choose_from(author, draft):
    address = at(draft, "documents/declaration")
    page = author.get(address).text
    assert "填写日期" in page
    assert "统一社会信用代码" in page
    typed = filled_in(page) | {
        "title": "人才项目\n申报书", "sealed": "required", "max_mb": "80",
        "lines-0-label": "报送单位", "lines-0-source": "unit_name", "lines-1-label": "推荐单位（盖章）",
    }  # fmt: skip
    assert author.post(address, data=typed).status_code == 302
    document = fresh(draft)["documents"][0]
    assert document["cover"] == {
        "title": ["人才项目", "申报书"],
        "lines": [{"label": "报送单位", "from": "unit_name"}, {"label": "推荐单位（盖章）"}],
    }
    assert type_drafts.judge(draft).problems == ()
    wrong = filled_in(author.get(address).text)
    del wrong["before"]
    answer = author.post(address, data=wrong)
    assert (answer.status_code, "请同时勾选" in answer.text) == (422, True)
    wrong = filled_in(author.get(address).text) | {"lines-0-label": ""}
    answer = author.post(address, data=wrong)
    assert (answer.status_code, "aria-invalid" in answer.text) == (422, True)


def test_a_list_column_offers_only_answers_that_fit_and_is_named_like_its_answer(author, rich_draft):
    address = at(rich_draft, "columns")
    page = author.get(address).text
    figures = re.search(r'<select[^>]* name="figure_8-source".*?</select>', page, re.S)[0]
    assert 'value="staff"' in figures
    assert 'value="unit_name"' not in figures
    typed = filled_in(page) | {"figure_8-source": "staff", "figure_1-source": ""}
    author.post(address, data=typed)
    project = fresh(rich_draft)["project"]
    assert project["figure_8"]["from"] == "staff"
    assert project["figure_8"]["label"]
    assert "figure_1" not in project
    assert author.post(address, data=typed | {"figure_2-source": "unit_name"}).status_code == 422


@pytest.mark.parametrize("path", ["documents/declaration", "columns", "texts/truth_statement.md"])
def test_what_is_typed_stays_when_somebody_was_faster(author, draft, path):
    typed = filled_in(author.get(at(draft, path)).text)
    author.put(at(draft, "parts/basis"), json={"revision": 0, "value": "另一人的修改"})
    name = {"columns": "text_1-label", "documents/declaration": "label"}.get(path, "text")
    late = author.post(at(draft, path), data=typed | {name: "更晚的文字"})
    assert late.status_code == 422
    assert "保存过该类型" in late.text
    assert "更晚的文字" in late.text
    assert "更晚的文字" not in str(fresh(draft))


def test_a_text_is_added_and_deleted_unless_a_field_shows_it(author, draft):
    author.post(at(draft, "texts/new"), data={"text": "第一段\r\n\r\n第二段", "revision": "0"})
    assert fresh(draft)["templates"]["statement.md"] == "第一段\n\n第二段"
    author.post(at(draft, "texts/statement.md/delete"), data={"revision": "1"})
    assert list(fresh(draft)["templates"]) == ["truth_statement.md"]
    answer = author.post(at(draft, "texts/truth_statement.md/delete"), data={"revision": "2"}, follow_redirects=True)
    assert "正在使用" in answer.text
    assert "truth_statement.md" in fresh(draft)["templates"]


def test_the_preview_is_a_pdf_in_which_code_is_only_text(author, draft):
    author.post(at(draft, "texts/truth_statement.md"), data={"text": HOSTILE, "revision": "0"})
    page = author.get(at(draft, "documents")).text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    answer = author.post(at(draft, "document-preview"))
    assert "/jobs/" in answer.location
    job_id = db.session.scalars(select(Job.id).where(Job.kind == "type_preview")).one()
    db.session.rollback()
    run_job(job_id)
    db.session.expire_all()
    job = db.session.scalars(select(Job).where(Job.kind == "type_preview")).one()
    assert (job.state, "各项均未填写" in job.message) == (JobState.DONE, True)
    with open_file(job.file) as stream:
        reader = PdfReader(io.BytesIO(stream.read()))
    text = "".join("".join(p.extract_text() for p in reader.pages).split())
    for piece in ("{{config}}", "{%include'declaration.html'%}", "<script>alert(1)</script>", "<imgsrc=xonerror"):
        assert piece in text
    assert "统一社会信用代码" in text


def test_a_draft_with_problems_says_so_instead_of_a_preview(author, draft):
    author.put(at(draft, "parts/checks"), json={"revision": 0, "value": [{"id": "c", "target": "nowhere"}]})
    assert "改正后才能预览" in author.get(at(draft, "documents")).text
    answer = author.post(at(draft, "document-preview"), follow_redirects=True)
    assert "改正后才能预览" in answer.text
    assert db.session.scalars(select(Job).where(Job.kind == "type_preview")).all() == []


@pytest.mark.parametrize("username", ["province_officer", "city_admin", "enterprise_admin", "platform_operator"])
def test_nobody_else_edits_documents(client, draft, username):
    browser = client(username)
    for path in ("documents", "documents/declaration", "documents/new/letter", "columns", "texts/new"):
        assert browser.get(at(draft, path)).status_code in (403, 404)
    assert browser.post(at(draft, "document-preview")).status_code in (403, 404)


def test_what_is_not_there_is_not_found(author, draft):
    for path in ("documents/nothing", "documents/new/nothing", "texts/nothing"):
        assert author.get(at(draft, path)).status_code == 404
