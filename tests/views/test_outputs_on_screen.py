"""Asking for sheets, archives, exports and letters on screen; the worker is run by hand."""

import io
import re
import zipfile
from urllib.parse import unquote

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app.extensions import db
from app.jobs import run_job
from app.models import Job, Letter, LetterTemplate

pytestmark = pytest.mark.usefixtures("stand_in_documents")


def result_of(browser, answer):
    """Follow to the job's page, let the worker do the job, and return its page and what it offers to download."""
    assert answer.status_code == 302, answer.text
    page_url = answer.headers["Location"].split("?")[0]
    public_id = page_url.strip("/").split("/")[1]
    job_id = db.session.scalar(select(Job.id).where(Job.public_id == public_id))
    db.session.remove()
    run_job(job_id)
    return browser.get(page_url).text, browser.get(f"{page_url}file?download=1")


def rows_of(answer) -> list[list[str]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    return [[str(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python()]


@pytest.mark.parametrize("ending", ["xls", "xlsx"])
def test_the_summary_sheet_is_exported_under_a_chinese_name(declaration_at, client, ending):
    declaration = declaration_at("city_officer")
    text, path = declaration.text_1, f"/outputs/calls/{declaration.call_id}/sheet"
    browser = client("county_officer")
    page, answer = result_of(browser, browser.post(path, data={"ending": ending}))
    assert "导出汇总表" in page
    assert f"推荐汇总表-惠城区科技和工业信息化局.{ending}" in unquote(answer.headers["Content-Disposition"])
    cells = [cell for row in rows_of(answer) for cell in row]
    for word in ("遴选加入单位", "直接认定单位", "推荐单位：惠城区科技和工业信息化局（盖章）", text):
        assert word in cells


def test_a_sheet_over_all_calls_of_a_programme_is_scoped_too(declaration_at, client):
    declaration = declaration_at("city_officer")
    text, path = declaration.text_1, f"/outputs/programmes/{declaration.call.programme_id}/sheet"
    for who, there in (("county_officer", True), ("gz_county_officer", False)):
        browser = client(who)
        _page, answer = result_of(browser, browser.post(path, data={"ending": "xlsx"}))
        assert any(text in row for row in rows_of(answer)) is there


def test_the_review_page_offers_sheets_and_archives(declaration_at, client):
    call_id = declaration_at("city_officer").call_id
    page = client("county_officer").get("/review/").text
    assert f"/outputs/calls/{call_id}/sheet" in page
    assert f"/outputs/calls/{call_id}/files" in page


def test_all_files_of_a_call_come_as_one_archive(declaration_at, client):
    declaration = declaration_at("city_officer")
    enterprise, path = declaration.enterprise.name, f"/outputs/calls/{declaration.call_id}/files"
    browser = client("county_officer")
    _page, answer = result_of(browser, browser.post(path))
    names = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert names[0].startswith(f"001_{enterprise}_")
    assert "/00_申报书_" in names[0]


def test_ticked_projects_come_as_one_archive_and_foreign_ones_do_not(declaration_at, client):
    row_id = declaration_at("city_officer").id
    data = {"action": "bundle", "rowid": str(row_id)}
    browser = client("county_officer")
    _page, answer = result_of(browser, browser.post("/projects/action_post", data=data))
    assert zipfile.is_zipfile(io.BytesIO(answer.data))
    assert client("gz_county_officer").post("/projects/action_post", data=data).status_code == 404


@pytest.mark.parametrize("ending", ["xls", "xlsx"])
def test_the_project_list_is_taken_along_as_it_is_narrowed(declaration_at, client, ending):
    first, second = declaration_at("city_officer"), declaration_at("city_officer", "company_03")
    wanted, other = first.enterprise.name, second.enterprise.name
    code = first.enterprise.credit_code
    browser = client("city_officer")
    path = f"/projects/export?tab=all&enterprise.name={wanted}"
    page, answer = result_of(browser, browser.post(path, data={"ending": ending}))
    assert "共 1 条记录" in page
    cells = [cell for row in rows_of(answer) for cell in row]
    assert wanted in cells
    assert code in cells
    assert other not in cells


def test_the_enterprise_list_stays_within_the_region(declaration_at, client):
    browser = client("gz_city_officer")
    _page, answer = result_of(browser, browser.post("/enterprises/export", data={"ending": "xlsx"}))
    names = {row[0] for row in rows_of(answer)}
    assert "广州木棉工业软件有限公司" in names
    assert "惠州市云杉智能装备有限公司" not in names


def test_an_export_of_another_kind_is_refused_in_words(client):
    answer = client("city_officer").post("/projects/export", data={"ending": "csv"}, follow_redirects=True)
    assert "列表只能导出为 .xls 或 .xlsx 格式" in answer.text


# ---------------------------------------------------------------- letters


def typed(page: str) -> dict:
    """Return what the letter's form would send."""
    fields = dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', page))
    fields["body"] = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)[1]
    for name in ("unit", "project", "area"):
        fields[name] = re.findall(rf'name="{name}"[^>]*? value="([^"]*)"', page)
    return {key: value for key, value in fields.items() if key != "csrf_token"}


def test_a_letter_is_made_from_a_template_and_filed(declaration_at, client):
    declaration = declaration_at("city_officer")
    enterprise, letters = declaration.enterprise.name, f"/letters/{declaration.call_id}/"
    path = f"{letters}make"
    browser = client("county_officer")
    page = browser.get(path).text
    form = typed(page)
    assert enterprise in form["unit"]
    form["heading"] = "关于推荐“示范”项目的函"
    job_page, preview = result_of(browser, browser.post(path, data=form | {"do": "preview"}))
    assert preview.data.startswith(b"%PDF")
    assert "<iframe" in job_page
    _page, letter = result_of(browser, browser.post(path, data=form | {"do": "make"}))
    assert letter.data.startswith(b"%PDF")
    assert db.session.scalars(select(Letter.name)).all() == ["关于推荐“示范”项目的函.pdf"]
    listed = client("city_officer").get(letters).text
    assert "关于推荐“示范”项目的函.pdf" in listed
    assert "惠城区科技和工业信息化局" in listed


def test_a_refused_letter_keeps_what_was_typed(declaration_at, client):
    path = f"/letters/{declaration_at('city_officer').call_id}/make"
    browser = client("county_officer")
    form = typed(browser.get(path).text) | {"body": "请{局长}审阅", "signer": "", "do": "make"}
    answer = browser.post(path, data=form)
    assert answer.status_code == 422
    assert "请填写落款单位" in answer.text
    assert "请{局长}审阅" in answer.text
    answer = browser.post(path, data=form | {"signer": "惠城区"})
    assert "不能识别 {局长}" in answer.text
    assert db.session.scalars(select(Letter)).all() == []


def test_an_archive_among_letters_shows_what_it_holds(declaration_at, client):
    call_id = declaration_at("city_officer").call_id
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("材料/审核意见.pdf", b"%PDF-1.4")
    stream.seek(0)
    browser = client("county_officer")
    data = {"files": (stream, "佐证材料.zip")}
    assert browser.post(f"/letters/{call_id}/", data=data, content_type="multipart/form-data").status_code == 302
    public_id = db.session.scalars(select(Letter.public_id)).one()
    assert "材料/审核意见.pdf" in client("city_officer").get(f"/letters/file/{public_id}/contents").text
    assert client("gz_city_officer").get(f"/letters/file/{public_id}/contents").status_code == 404


def test_wordings_are_kept_by_whose_they_are(client):
    shared = db.session.scalars(select(LetterTemplate.id)).first()
    form = {"name": "本区模板", "heading": "关于{方向}的函", "addressee": "{上级单位}：", "body": "请审阅。"}
    county, city = client("county_admin"), client("city_admin")
    assert "全平台" in county.get("/letter-templates/").text
    assert f"/letter-templates/edit/{shared}" not in county.get("/letter-templates/").text
    answer = county.post("/letter-templates/add", data=form | {"body": "{市长}"})
    assert "不能识别 {市长}" in answer.text
    assert county.post("/letter-templates/add", data=form).status_code == 302
    own = db.session.scalars(select(LetterTemplate.id).where(LetterTemplate.name == "本区模板")).one()
    assert f"/letter-templates/edit/{own}" in county.get("/letter-templates/").text
    refused = city.post(f"/letter-templates/edit/{own}", data=form | {"name": "改名"})
    assert "由其他单位维护" in refused.text
