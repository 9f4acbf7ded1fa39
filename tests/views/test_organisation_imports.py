"""Importing people and departments on screen: template, upload, job, initial passwords."""

import re
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app.extensions import db
from app.jobs import run_job
from app.models import Account, Department, Job

VALUES = {
    "身份证明": "身份证号", "证件号码": "11010519491231002X", "用户姓名": "陆明", "手机号码": "13912345678",
    "用户类型": "地市科室成员", "部门": "惠州市工业和信息化局/电子信息科",
}  # fmt: skip


def filled(template: bytes, *lines: dict) -> BytesIO:
    """Return a template with lines filled in by heading."""
    book = load_workbook(BytesIO(template))
    head = [cell.value.lstrip("*") for cell in book.worksheets[0][1]]
    for line in lines:
        book.worksheets[0].append([line.get(label) for label in head])
    target = BytesIO()
    book.save(target)
    target.seek(0)
    return target


def upload(browser, path: str, stream: BytesIO, name: str = "名单.xlsx"):
    return browser.post(path, data={"sheet": (stream, name)}, content_type="multipart/form-data")


def finished(answer) -> str:
    """Run the job that an upload asked for; returns its page."""
    assert answer.status_code == 302, answer.text
    public_id = re.match(r"/jobs/([^/]+)/", answer.location).group(1)
    job_id = db.session.scalar(select(Job.id).where(Job.public_id == public_id))
    db.session.commit()
    run_job(job_id)
    db.session.expire_all()
    return public_id


def test_people_come_in_from_the_template_and_log_in_with_the_password_handed_out(client, session):
    browser = client("city_admin")
    template = browser.get("/people-import/template").data
    public_id = finished(upload(browser, "/people-import/", filled(template, VALUES)))
    page = browser.get(f"/jobs/{public_id}/").text
    assert "共读取 1 行，导入 1 行" in page
    assert "领取初始密码" in browser.get("/people-import/").text

    answer = browser.post(f"/people-import/{public_id}/passwords")
    assert answer.headers["Cache-Control"] == "no-store"
    rows = list(load_workbook(BytesIO(answer.data)).active.iter_rows(values_only=True))
    password = next(row[4] for row in rows if row[3] == "13912345678")
    assert client(None).post("/login/", data={"username": "13912345678", "password": password}).location == "/"
    assert browser.post(f"/people-import/{public_id}/passwords").status_code == 409
    assert "已领取" in browser.get("/people-import/").text
    assert client("county_admin").post(f"/people-import/{public_id}/passwords").status_code == 404


def test_a_wrong_line_is_shown_with_its_number_and_nobody_comes_in(client, session):
    browser = client("city_admin")
    template = browser.get("/people-import/template").data
    wrong = VALUES | {"证件号码": "110105194912310021"}
    public_id = finished(upload(browser, "/people-import/", filled(template, VALUES, wrong)))
    page = browser.get(f"/jobs/{public_id}/").text
    assert "共读取 2 行，导入 0 行" in page
    assert "身份证号有误" in page
    assert session.scalar(select(Account.id).where(Account.username == "13912345678")) is None


def test_departments_come_in_from_the_template(client, session):
    browser = client("county_admin")
    template = browser.get("/departments-import/template").data
    finished(upload(browser, "/departments-import/", filled(template, {"部门名称": "综合股", "排序号": 3})))
    added = session.scalars(select(Department).where(Department.name == "综合股")).one()
    assert (added.parent.name, added.position) == ("惠城区科技和工业信息化局", 3)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("名单.csv", b"a,b", "请上传 .xlsx 文件"),
        ("名单.xls", b"\xd0\xcf\x11\xe0", "请上传 .xlsx 文件"),
        ("名单.xlsx", b"a,b", "内容不是 XLSX 文件"),
        ("名单.xlsx", b"", "是空文件"),
    ],
)
def test_other_files_are_refused_at_the_upload(client, name, content, sentence):
    for path in ("/people-import/", "/departments-import/"):
        page = upload(client("city_admin"), path, BytesIO(content), name)
        assert page.status_code == 422
        assert sentence in page.text
    assert "请选择填写好的 .xlsx 文件" in client("city_admin").post("/people-import/", data={}).text


@pytest.mark.parametrize("path", ["/people-import/", "/departments-import/", "/people-import/template"])
def test_imports_are_the_administrators_own(client, path):
    assert client("city_officer").get(path).status_code == 403
    assert client("enterprise_admin").get(path).status_code == 403
    assert client(None).get(path).status_code == 302


def test_a_template_taken_from_the_english_screen_fits(client, session):
    browser = client("city_admin")
    browser.get("/language/en?next=/")
    template = browser.get("/people-import/template").data
    assert load_workbook(BytesIO(template)).worksheets[0]["A1"].value.lstrip("*") in VALUES
    finished(upload(browser, "/people-import/", filled(template, VALUES)))
    assert session.scalar(select(Account).where(Account.mobile == VALUES["手机号码"])) is not None
