"""The declaration form: saving by script and by hand, two hands on one section, attachments, refusals."""

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from app.clock import now
from app.demo.papers import make_paper
from app.extensions import db
from app.models import Attachment, CallGuide, Declaration, DeclarationSection, StoredFile
from app.services import files

SCRIPT = {"X-Requested-With": "XMLHttpRequest"}


@pytest.fixture
def draft(declaration_at):
    """A fresh draft of annex 2.1."""
    return declaration_at("draft")


@pytest.fixture
def applicant(client):
    """The enterprise administrator's browser."""
    return client("enterprise_admin")


def _url(declaration, section: str) -> str:
    return f"/declarations/{declaration.public_id}/{section}"


def _stored(declaration, section: str) -> DeclarationSection:
    db.session.expire_all()
    query = select(DeclarationSection).where(
        DeclarationSection.declaration_id == declaration.id, DeclarationSection.key == section
    )
    return db.session.scalars(query).one()


def _put(browser, declaration, section: str, answers: dict, revision: int | None = None):
    known = _stored(declaration, section).revision if revision is None else revision
    headers = {"If-Match": f'"{known}"'} | SCRIPT
    return browser.put(_url(declaration, section), json=answers, headers=headers)


def _post(browser, declaration, section: str, answers: dict, revision: int | None = None, **more):
    known = _stored(declaration, section).revision if revision is None else revision
    return browser.post(_url(declaration, section), data={"_revision": str(known)} | answers | more)


def _close(declaration) -> None:
    for guide in db.session.scalars(select(CallGuide).where(CallGuide.call_id == declaration.call_id)):
        guide.closes_at = now() - timedelta(seconds=1)
    db.session.commit()


# ---------------------------------------------------------------- saving with the script


def test_saving_answers_with_the_stored_revision_the_time_and_the_open_points(applicant, draft):
    answer = _put(applicant, draft, "basic", {"staff": "120", "rd_staff": "150"})

    assert answer.status_code == 200
    assert answer.json["revision"] == 1
    assert _stored(draft, "basic").revision == 1
    assert answer.json["saved_at"][2] == ":"
    messages = {p["path"]: p["message"] for p in answer.json["problems"] if p["kind"] == "check"}
    assert messages == {"rd_staff": "研发人员数不得大于职工总数，请核对"}
    assert answer.json["sections"]["basic"]["invalid"] == 1


def test_wrong_text_is_kept_as_typed_and_told_at_its_field(applicant, draft):
    answer = _put(applicant, draft, "economics", {"econ-y1-revenue": "12.34567", "econ-y2-revenue": "很多"})

    wrong = {p["path"]: p["message"] for p in answer.json["problems"] if p["kind"] == "invalid"}
    assert "最多4位小数" in wrong["econ.y1.revenue"]
    assert "请输入数字" in wrong["econ.y2.revenue"]
    assert _stored(draft, "economics").answers["econ"]["y2"]["revenue"] == "很多"
    assert 'value="很多"' in applicant.get(_url(draft, "economics")).text


def test_the_same_section_from_two_tabs_keeps_both_texts_and_says_what_differs(applicant, client, draft):
    _put(applicant, draft, "basic", {"address": "甲路 1 号"}, 0)

    second = _put(client("enterprise_employee"), draft, "basic", {"address": "乙路 2 号", "staff": "9"}, 0)

    assert second.status_code == 409
    assert second.json["revision"] == 1
    address = next(f for f in second.json["fields"] if f["key"] == "address")
    assert address["lines"] == [{"kind": "changed", "label": "地址", "theirs": "甲路 1 号", "mine": "乙路 2 号"}]
    assert _stored(draft, "basic").answers["address"] == "甲路 1 号"
    chosen = _put(applicant, draft, "basic", {"staff": "9"}, second.json["revision"])

    assert chosen.status_code == 200
    assert _stored(draft, "basic").answers["address"] == "甲路 1 号"
    assert _stored(draft, "basic").answers["staff"] == "9"


def test_the_same_text_sent_twice_is_no_conflict(applicant, draft):
    _put(applicant, draft, "basic", {"address": "甲路 1 号"}, 0)

    again = _put(applicant, draft, "basic", {"address": "甲路 1 号"}, 0)

    assert again.status_code == 200
    assert again.json["revision"] == 1


def test_a_conflict_over_records_hands_out_the_stored_ones(applicant, draft):
    _put(applicant, draft, "business", {"products-0-row_id": "a1", "products-0-name": "产品甲"}, 0)

    second = _put(applicant, draft, "business", {"products-0-row_id": "b1", "products-0-name": "产品乙"}, 0)

    assert second.json["fields"][0]["rows"] == [{"_id": "a1", "name": "产品甲"}]


def test_after_log_out_saving_answers_401_and_nothing_is_stored(client, draft):
    refused = _put(client(), draft, "basic", {"address": "甲路 1 号"}, 0)

    assert refused.status_code == 401
    assert _stored(draft, "basic").revision == 0


def test_a_fresh_token_says_whose_it_is(applicant, client, person):
    answer = applicant.get("/declarations/token", headers=SCRIPT)

    assert answer.json["account"] == person("enterprise_admin").id
    assert client().get("/declarations/token", headers=SCRIPT).status_code == 401


def test_one_second_after_the_deadline_saving_is_closed(applicant, draft):
    _close(draft)

    refused = _put(applicant, draft, "basic", {"address": "甲路 1 号"}, 0)

    assert refused.status_code == 410
    assert "截止" in refused.json["message"]


def test_after_submitting_saving_is_closed(applicant, quick):
    declaration = quick("first")

    refused = _put(applicant, declaration, "note_page", {"topic": "改"})

    assert refused.status_code == 410
    assert "已提交" in refused.json["message"]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, {"address": "甲"}),
        ({"If-Match": "abc"}, {"address": "甲"}),
        ({"If-Match": "0"}, ["address"]),
        ({"If-Match": "0"}, {"address": {"deep": "甲"}}),
        ({"If-Match": "0"}, {"address": 7}),
    ],
)
def test_what_is_not_a_form_is_refused_and_changes_nothing(applicant, draft, headers, body):
    refused = applicant.put(_url(draft, "basic"), json=body, headers=headers | SCRIPT)

    assert refused.status_code == 422
    assert _stored(draft, "basic").revision == 0


def test_an_answer_for_a_hidden_field_is_not_taken(applicant, draft):
    answer = _put(
        applicant,
        draft,
        "route",
        {
            "admission_route": "selection",
            "direct_qualifications": ["robot_backbone"],
            "direct_qualifications-_posted": "1",
        },
    )

    assert answer.json["hidden"] == ["direct_qualifications"]
    assert "direct_qualifications" not in _stored(draft, "route").answers


def test_a_readonly_answer_comes_from_the_enterprise_whatever_is_sent(applicant, draft):
    _put(applicant, draft, "basic", {"unit_name": "别的公司", "region": "广州市/越秀区"})

    answers = _stored(draft, "basic").answers
    assert answers["unit_name"] == draft.enterprise.name
    assert answers["region"] == "惠州市/惠城区"


def test_a_section_that_does_not_exist_is_not_found(applicant, draft):
    assert applicant.get(_url(draft, "nowhere")).status_code == 404
    assert applicant.put(_url(draft, "nowhere"), json={}, headers={"If-Match": "0"}).status_code == 404
    assert applicant.put(_url(draft, "check"), json={}, headers={"If-Match": "0"}).status_code in (404, 405)


# ---------------------------------------------------------------- saving by hand


def test_without_script_saving_shows_what_is_open_at_the_fields(applicant, draft):
    saved = _post(applicant, draft, "basic", {"staff": "-3"}, _go="save")
    page = applicant.get(saved.location).text

    assert "已保存" in page
    assert "不得小于1" in page
    assert "请填写资产总额" in page
    assert 'value="-3"' in page


def test_a_fresh_section_does_not_scold_for_what_is_not_filled_in_yet(applicant, draft):
    assert "请填写资产总额" not in applicant.get(_url(draft, "basic")).text


def test_next_leads_on_when_something_is_missing_but_not_when_it_is_wrong(applicant, draft):
    assert _post(applicant, draft, "basic", {"staff": "12"}, _go="next").location == _url(draft, "economics")
    assert _post(applicant, draft, "basic", {"staff": "abc"}, _go="next").location == _url(draft, "basic") + "?check=1"
    assert _post(applicant, draft, "basic", {"staff": "12"}, _go="back").location == _url(draft, "route")
    assert _post(applicant, draft, "attachments", {}, _go="next").location == _url(draft, "check")


def test_a_record_is_added_and_deleted_without_script(applicant, draft):
    answers = {"products-0-name": "甲", "products-1-name": "乙", "products-_posted": "1"}
    added = _post(applicant, draft, "business", answers, _add="products")
    assert added.location.endswith("#products")
    assert applicant.get(added.location).text.count("data-row=") >= 3

    _post(applicant, draft, "business", answers, _remove="products-0")

    assert [row["name"] for row in _stored(draft, "business").answers["products"]] == ["乙"]


def test_without_script_a_second_tab_sees_both_texts_keeps_its_own_and_may_save_it(applicant, draft):
    _post(applicant, draft, "basic", {"address": "甲路 1 号"}, 0)

    refused = _post(applicant, draft, "basic", {"address": "乙路 2 号"}, 0)

    assert refused.status_code == 409
    assert "甲路 1 号" in refused.text
    assert 'value="乙路 2 号"' in refused.text
    assert 'name="_revision" value="1"' in refused.text
    _post(applicant, draft, "basic", {"address": "乙路 2 号"}, 1)
    assert _stored(draft, "basic").answers["address"] == "乙路 2 号"


def test_what_was_typed_when_the_time_ran_out_is_shown_for_copying(applicant, draft):
    _close(draft)

    refused = _post(applicant, draft, "basic", {"address": "乙路 2 号"}, 0)

    assert refused.status_code == 410
    assert 'value="乙路 2 号"' in refused.text
    assert "没有保存" in refused.text
    assert 'value="next"' not in refused.text


def test_the_check_lists_open_points_with_links_to_their_fields(applicant, draft):
    _put(applicant, draft, "economics", {"econ-y3-revenue": "100", "econ-y3-rd_spend": "200"})

    page = applicant.get(_url(draft, "check")).text

    assert f"{_url(draft, 'economics')}?check=1#econ-y3-rd_spend" in page
    assert "研发投入（2023年）不得大于营业收入" in page
    assert "未被列入失信被执行人" in page


def test_the_check_judges_the_indicators_of_the_chosen_field(applicant, draft):
    _put(applicant, draft, "route", {"admission_route": "selection"})
    _put(applicant, draft, "basic", {"apply_field": "equipment", "staff": "100", "rd_staff": "8"})

    page = applicant.get(_url(draft, "check")).text

    assert "不满足" in page
    assert "无法判定" in page


def test_every_page_of_the_form_carries_its_labels_errors_and_no_inline_script(applicant, draft):
    for section in draft.sections:
        answer = applicant.get(_url(draft, section.key) + "?check=1")
        if answer.status_code == 404:
            continue
        assert "<script>" not in answer.text
        assert " onclick=" not in answer.text
        assert 'name="csrf_token"' in answer.text


# ---------------------------------------------------------------- attachments


def _upload(browser, declaration, kind: str, *named: tuple[bytes, str], script: bool = True):
    data = {"file": [(BytesIO(content), name) for content, name in named]}
    headers = SCRIPT if script else {}
    return browser.post(f"{_url(declaration, 'files')}/{kind}", data=data, headers=headers)


def _kept(declaration, kind: str) -> list[Attachment]:
    db.session.expire_all()
    query = select(Attachment).where(Attachment.declaration_id == declaration.id, Attachment.field_key == kind)
    return list(db.session.scalars(query.order_by(Attachment.position)))


@pytest.fixture
def paper():
    """A small real PDF."""
    return make_paper("审计报告", "示例公司")


def test_files_are_taken_or_refused_one_by_one(applicant, draft, paper):
    answer = _upload(applicant, draft, "audits", (paper, "2021.pdf"), (b"MZ" + bytes(900), "2022.pdf"), (b"x", "a.exe"))

    assert answer.status_code == 422
    assert answer.json["count"] == 1
    assert any("不是 PDF 文件" in r for r in answer.json["refusals"])
    assert any("只接受 pdf 文件" in r for r in answer.json["refusals"])
    assert [a.name for a in _kept(draft, "audits")] == ["2021.pdf"]


def test_a_file_too_large_is_refused_with_the_limit(applicant, draft):
    before = db.session.scalars(select(StoredFile.id)).all()

    answer = _upload(applicant, draft, "licence", (b"%PDF-1.4\n" + bytes(10 * 1024 * 1024), "执照.pdf"))

    assert "超过 10 MB" in answer.json["refusals"][0]
    assert db.session.scalars(select(StoredFile.id)).all() == before


def test_one_file_too_many_is_refused(applicant, draft, paper):
    _upload(applicant, draft, "licence", (paper, "一.pdf"))

    answer = _upload(applicant, draft, "licence", (paper, "二.pdf"))

    assert "最多上传 1 个文件" in answer.json["refusals"][0]


def test_files_are_ordered_and_deleted(applicant, draft, paper):
    for year in ("2021", "2022", "2023"):
        _upload(applicant, draft, "audits", (paper + year.encode(), f"{year}.pdf"))
    first = _kept(draft, "audits")[0]
    address = f"{_url(draft, 'files')}/audits/{first.public_id}"

    applicant.post(f"{address}/down", headers=SCRIPT)
    assert [a.name for a in _kept(draft, "audits")] == ["2022.pdf", "2021.pdf", "2023.pdf"]
    asked = applicant.post(f"{address}/delete")
    assert "2021.pdf" in asked.text
    assert len(_kept(draft, "audits")) == 3
    applicant.post(f"{address}/delete", data={"confirmed": "1"}, headers=SCRIPT)

    assert [a.name for a in _kept(draft, "audits")] == ["2022.pdf", "2023.pdf"]


def test_a_name_with_a_path_is_cut_to_the_file(applicant, draft, paper):
    _upload(applicant, draft, "licence", (paper, "../../etc/执照.pdf"))

    assert [a.name for a in _kept(draft, "licence")] == ["执照.pdf"]


def test_nobody_else_uploads_orders_or_deletes(client, draft, applicant, paper):
    _upload(applicant, draft, "licence", (paper, "执照.pdf"))
    stranger, own = client("gz_enterprise_admin"), _kept(draft, "licence")[0].public_id

    assert _upload(stranger, draft, "licence", (paper, "别的.pdf")).status_code == 404
    assert stranger.post(f"{_url(draft, 'files')}/licence/{own}/delete", data={"confirmed": "1"}).status_code == 404
    assert client("county_officer").post(f"{_url(draft, 'files')}/licence/{own}/up").status_code == 403
    assert len(_kept(draft, "licence")) == 1


def test_an_unknown_kind_is_not_found_and_an_empty_choice_is_told(applicant, draft, paper):
    assert _upload(applicant, draft, "nothing", (paper, "执照.pdf")).status_code == 404
    empty = applicant.post(f"{_url(draft, 'files')}/licence", headers=SCRIPT)

    assert empty.status_code == 422
    assert "请先选择要上传的文件" in empty.json["message"]


def test_after_the_deadline_nothing_is_uploaded(applicant, draft, paper):
    _close(draft)

    assert _upload(applicant, draft, "licence", (paper, "执照.pdf")).status_code == 410


def test_without_script_text_is_saved_together_with_the_upload(applicant, draft, paper):
    data = {"_upload": "case_media", "_file-case_media": (BytesIO(paper), "图.pdf"), "cases-0-name": "案例一"}
    page = applicant.get(_post(applicant, draft, "services", data).location).text

    assert "只接受 jpg、png、mp4 文件" in page
    assert _stored(draft, "services").answers["cases"][0]["name"] == "案例一"
    data = {"_upload": "licence", "_file-licence": (BytesIO(paper), "执照.pdf")}
    _post(applicant, draft, "attachments", data)
    kept = _kept(draft, "licence")[0]
    deleting = _post(applicant, draft, "attachments", {"_delete_file": kept.public_id})

    assert "执照.pdf" in applicant.get(deleting.location).text


def test_equal_files_are_kept_once_and_deleting_one_leaves_the_other(applicant, draft, paper):
    _upload(applicant, draft, "audits", (paper, "一.pdf"), (paper, "二.pdf"))
    first, second = _kept(draft, "audits")
    assert first.file_id == second.file_id

    applicant.post(f"{_url(draft, 'files')}/audits/{first.public_id}/delete", data={"confirmed": "1"}, headers=SCRIPT)

    assert files.is_intact(_kept(draft, "audits")[0].file)


def test_a_draft_keeps_its_title_in_step_with_its_answers(applicant, draft):
    answer = _put(applicant, draft, "basic", {"apply_field": "software"})

    assert answer.json["title"] == f"{draft.enterprise.name}（关键软件）"
    db.session.expire_all()
    assert db.session.get(Declaration, draft.id).title == answer.json["title"]
