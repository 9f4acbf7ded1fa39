"""导入Excel and 导出Excel of a record list: out and back again, all lines or none, within the limits of the list."""

from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook

from app.extensions import db


@pytest.fixture
def applicant(client):
    return client("enterprise_admin")


@pytest.fixture
def draft(declaration_at):
    return declaration_at("filled")


def _stored(draft, section, key):
    db.session.expire_all()
    return next(s for s in draft.sections if s.key == section).answers.get(key) or []


def _sheet(*lines):
    book, content = Workbook(), BytesIO()
    for line in lines:
        book.active.append(list(line))
    book.save(content)
    content.seek(0)
    return content


def _send(browser, draft, key, content, mode="append"):
    data = {"file": (content, "名单.xlsx"), "mode": mode}
    return browser.post(f"/declarations/{draft.public_id}/lists/{key}/import", data=data)


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("business", "products"),
        ("qualifications", "certificates"),
        ("intellectual_property", "ip"),
        ("services", "cases"),
    ],
)
def test_a_list_that_was_taken_out_comes_back_the_same(applicant, draft, section, key):
    before = [{k: v for k, v in row.items() if k != "_id"} for row in _stored(draft, section, key)]
    assert before
    exported = applicant.get(f"/declarations/{draft.public_id}/lists/{key}/export").data

    answer = _send(applicant, draft, key, BytesIO(exported), "replace")

    assert answer.status_code == 302, answer.text
    assert [{k: v for k, v in row.items() if k != "_id"} for row in _stored(draft, section, key)] == before


def test_lines_are_added_behind_those_that_stand_there(applicant, draft):
    before = _stored(draft, "business", "products")
    exported = load_workbook(BytesIO(applicant.get(f"/declarations/{draft.public_id}/lists/products/export").data))
    head = [cell.value for cell in exported.worksheets[0][1]]

    answer = _send(applicant, draft, "products", _sheet(head, ["新产品", "12.5", "13", "说明"]))

    after = _stored(draft, "business", "products")
    assert answer.location.endswith("/business#products")
    assert after[: len(before)] == before
    assert after[-1]["name"] == "新产品"


def test_one_wrong_line_keeps_all_out_and_says_where(applicant, draft):
    before = _stored(draft, "business", "products")
    exported = load_workbook(BytesIO(applicant.get(f"/declarations/{draft.public_id}/lists/products/export").data))
    head = [cell.value for cell in exported.worksheets[0][1]]

    answer = _send(applicant, draft, "products", _sheet(head, ["甲", "1", "2", "好"], ["乙", "很多", "2", "坏"]))

    assert answer.status_code == 422
    assert "没有导入任何一行" in answer.text
    assert '<td class="figures">3</td>' in answer.text
    assert "请输入数字" in answer.text
    assert _stored(draft, "business", "products") == before


def test_the_limit_of_the_list_and_a_missing_or_broken_file_are_refused(applicant, draft):
    before = _stored(draft, "business", "products")
    exported = load_workbook(BytesIO(applicant.get(f"/declarations/{draft.public_id}/lists/products/export").data))
    head = [cell.value for cell in exported.worksheets[0][1]]

    many = _send(applicant, draft, "products", _sheet(head, *([f"产品{n}", "1", "2", "好"] for n in range(31))))
    assert many.status_code == 422
    assert "最多 30 条" in many.text
    assert _send(applicant, draft, "products", BytesIO(b"PK no workbook")).status_code == 422
    nothing = applicant.post(f"/declarations/{draft.public_id}/lists/products/import")
    assert "请选择要上传" in nothing.text
    assert _stored(draft, "business", "products") == before


def test_other_enterprises_and_other_fields_are_not_found(client, applicant, draft):
    for page in ("import", "export", "template"):
        assert client("gz_enterprise_admin").get(f"/declarations/{draft.public_id}/lists/ip/{page}").status_code == 404
        assert applicant.get(f"/declarations/{draft.public_id}/lists/address/{page}").status_code == 404


def test_the_template_has_the_columns_of_the_list(applicant, draft):
    book = load_workbook(BytesIO(applicant.get(f"/declarations/{draft.public_id}/lists/ip/template").data))
    assert len(list(book.worksheets[0][1])) == 3


def test_the_form_offers_both_at_each_list(applicant, draft):
    page = applicant.get(f"/declarations/{draft.public_id}/intellectual_property").text
    assert f"/declarations/{draft.public_id}/lists/ip/import" in page
    assert f"/declarations/{draft.public_id}/lists/ip/export" in page
