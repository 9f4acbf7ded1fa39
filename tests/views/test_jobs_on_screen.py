"""Long work on screen: progress, report, file, retry - and nobody else's."""

from typing import NamedTuple

import pytest
from sqlalchemy import select

from app import jobs as runner
from app.clock import now
from app.errors import Invalid
from app.extensions import db
from app.jobs import run_job
from app.models import Job, JobState
from app.services import files, jobs


class Asked(NamedTuple):
    """What a test keeps of a job: reading the row itself would begin a transaction beside the worker's."""

    id: int
    public_id: str


@pytest.fixture
def ask(person, monkeypatch):
    """Return a function: username, handler → queued job of that person with this handler."""

    def queue(username: str, handler, title: str = "导入人员") -> Asked:
        by = person(username)
        monkeypatch.setitem(runner.HANDLERS, "trial", handler)
        job = jobs.queue("trial", jobs.own_key("trial", by), {}, site_id=by.site_id, by=by, at=now(), title=title)
        asked = Asked(job.id, job.public_id)
        db.session.commit()
        return asked

    return queue


def makes_a_sheet(_payload, _progress, finish):
    stored = files.store_bytes(b"sheet", "application/vnd.ms-excel", site_id=_payload["site_id"])
    finish(file=stored, file_name="汇总表.xls", message="共 3 行")
    db.session.commit()


def finds_problems(_payload, _progress, finish):
    finish(result={"read": 3, "done": 0, "problems": [[2, "身份证号", "校验位不正确，请核对。"]]})
    db.session.commit()


def refuses(_payload, _progress, _finish):
    raise Invalid("名单超过 5,000 行，请分次导入。")


def test_waiting_shows_progress_and_a_way_without_scripts(client, ask):
    job = ask("city_admin", makes_a_sheet)
    page = client("city_admin").get(f"/jobs/{job.public_id}/").text
    assert "导入人员" in page
    assert "<progress" in page
    assert "刷新进度" in page
    state = client("city_admin").get(f"/jobs/{job.public_id}/state").json
    assert state == {"state": "queued", "busy": True, "progress": 0, "label": "排队中", "reason": None}


def test_done_offers_the_file_under_its_name(client, ask):
    job = ask("city_admin", makes_a_sheet)
    run_job(job.id)
    browser = client("city_admin")
    page = browser.get(f"/jobs/{job.public_id}/").text
    assert "共 3 行" in page
    assert "下载文件" in page
    assert "<progress" not in page
    answer = browser.get(f"/jobs/{job.public_id}/file?download=1")
    assert answer.data == b"sheet"
    assert "%E6%B1%87%E6%80%BB%E8%A1%A8.xls" in answer.headers["Content-Disposition"]
    assert "导入人员" in browser.get("/jobs/").text


def test_a_report_names_line_column_and_what_to_do(client, ask):
    job = ask("city_admin", finds_problems)
    run_job(job.id)
    page = client("city_admin").get(f"/jobs/{job.public_id}/").text
    assert "共读取 3 行，导入 0 行" in page
    assert "校验位不正确，请核对。" in page
    assert "身份证号" in page


def test_a_failure_says_why_and_can_be_tried_again(client, ask):
    job = ask("city_admin", refuses)
    run_job(job.id)
    browser = client("city_admin")
    page = browser.get(f"/jobs/{job.public_id}/")
    assert "名单超过 5,000 行，请分次导入。" in page.text
    answer = browser.post(f"/jobs/{job.public_id}/retry")
    assert answer.status_code == 302
    db.session.expire_all()
    assert db.session.scalar(select(Job.state).where(Job.id == job.id)) is JobState.QUEUED
    assert browser.post(f"/jobs/{job.public_id}/retry").status_code == 422


@pytest.mark.parametrize("other", ["county_officer", "city_officer", "province_admin"])
def test_somebody_elses_job_does_not_exist(client, ask, other):
    job = ask("city_admin", makes_a_sheet)
    run_job(job.id)
    browser = client(other)
    for path in ("", "state", "file"):
        assert browser.get(f"/jobs/{job.public_id}/{path}").status_code == 404
    assert browser.post(f"/jobs/{job.public_id}/retry").status_code == 404
    assert job.public_id not in browser.get("/jobs/").text
