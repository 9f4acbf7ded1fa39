"""上传盖章版 on screen, and one list of what stands in the way on 检查 and 提交申报."""

from io import BytesIO

import pytest
from sqlalchemy import select

from app.demo.papers import make_paper
from app.extensions import db
from app.models import Enterprise, SealedCopy

pytestmark = pytest.mark.usefixtures("stand_in_documents")


@pytest.fixture
def applicant(client):
    return client("enterprise_admin")


@pytest.fixture
def printed(declaration_at, journey, person):
    """A complete draft with its document and no sealed version."""
    draft = declaration_at("filled")
    journey.render_document(draft, person("enterprise_admin"))
    return draft


def _url(draft, page=""):
    return f"/declarations/{draft.public_id}/{page}"


def _send(browser, draft, content: bytes | None = None, name="盖章版.pdf"):
    content = make_paper("盖章", "企业") if content is None else content
    return browser.post(_url(draft, "sealed"), data={"file": (BytesIO(content), name)}, follow_redirects=True)


def _copy():
    return db.session.scalars(select(SealedCopy)).one()


def _submit(browser, draft):
    data = {"seq": draft.seq, "confirmed": "1"}
    return browser.post(_url(draft, "submit"), data=data, follow_redirects=True)


def test_the_step_leads_from_the_document_to_the_submission(applicant, printed):
    assert "下一步：上传盖章版" in applicant.get(_url(printed, "document")).text
    page = applicant.get(_url(printed, "sealed")).text
    assert "未上传" in page
    assert "下一步：提交申报" not in page

    after = _send(applicant, printed).text

    assert "已上传盖章版“盖章版.pdf”，共 1 页" in after
    assert "下一步：提交申报" in after
    assert _submit(applicant, printed).request.path.endswith("/submitted")


def test_a_file_that_cannot_be_taken_says_why_at_its_place(applicant, printed):
    refused = _send(applicant, printed, b"%PDF-1.4 broken")

    assert refused.status_code == 422
    assert 'id="file-error"' in refused.text
    assert "无法打开" in refused.text
    nothing = applicant.post(_url(printed, "sealed"))
    assert nothing.status_code == 422
    assert "请选择盖章后的 PDF 文件" in nothing.text


def test_more_pages_than_the_document_has_are_pointed_out_to_both_sides(applicant, client, printed):
    assert "请确认没有漏页、多页" in _send(applicant, printed, make_paper("盖章", "企业", pages=3)).text
    _submit(applicant, printed)

    page = client("county_officer").get(f"/review/declaration/{printed.public_id}").text

    assert "盖章版共 3 页，系统生成的申报书共 1 页" in page


def test_the_submission_page_asks_for_it_with_a_link_and_the_server_insists(applicant, printed):
    page = applicant.get(_url(printed, "submit")).text
    assert "申报书（盖章版）" in page
    assert f'href="{_url(printed, "sealed")}"' in page
    assert 'aria-describedby="why-not"' in page

    assert "请先上传申报书的盖章版再提交" in _submit(applicant, printed).text


def test_what_was_submitted_is_shown_to_both_sides_and_to_nobody_else(applicant, client, printed):
    _send(applicant, printed)
    path = f"/sealed-copies/{_copy().public_id}"
    assert client("county_officer").get(path).status_code == 404
    _submit(applicant, printed)

    for username in ("enterprise_admin", "enterprise_employee", "county_officer"):
        answer = client(username).get(path)
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert client("gz_enterprise_admin").get(path).status_code == 404
    assert client("gz_county_officer").get(path).status_code == 404
    for page in (f"/review/declaration/{printed.public_id}", f"/project/{printed.public_id}"):
        assert path in client("county_officer").get(page, follow_redirects=True).text, page
    assert path in applicant.get(_url(printed)).text
    assert applicant.get(_url(printed, "sealed")).status_code == 302


def test_other_enterprises_and_types_without_a_seal_have_no_such_page(applicant, client, printed, quick):
    assert client("gz_enterprise_admin").get(_url(printed, "sealed")).status_code == 404
    assert _send(client("gz_enterprise_admin"), printed).status_code == 404
    assert applicant.get(_url(quick("filled"), "sealed")).status_code == 404


# ---------------------------------------------------------------- 检查


def test_the_check_page_counts_and_links_every_open_point(applicant, declaration_at):
    draft = declaration_at("draft")

    page = applicant.get(_url(draft, "check")).text

    assert 'href="#open-basic"' in page
    assert 'id="open-basic"' in page
    assert f'href="{_url(draft, "basic")}?check=1#staff"' in page
    assert "未填 " in page
    assert "尚未生成" in page


def test_check_and_submission_name_the_same_reasons(applicant, printed):
    _send(applicant, printed)
    own = db.session.scalars(select(Enterprise).where(Enterprise.id == printed.enterprise_id)).one()
    own.dishonest = True
    db.session.commit()

    for page in ("check", "submit"):
        assert "失信被执行人" in applicant.get(_url(printed, page)).text
    assert "失信被执行人" in _submit(applicant, printed).text
