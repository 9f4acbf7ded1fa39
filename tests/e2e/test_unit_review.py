"""An individual declares inside the unit, its administrator sends it back and passes it on, the county receives it."""

import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE
from tests.e2e.hands import answer, confirm, go, heading
from tests.e2e.server import ROOT, environment

CALL = "个人登记（虚构）"


@pytest.fixture
def call(server):
    """A call that individuals may declare for."""
    env = environment(server.folder, server.database)
    subprocess.run([sys.executable, "-m", "tests.e2e.open_call", "unit_note"], env=env, cwd=ROOT, check=True)


def test_an_individuals_declaration_passes_through_the_unit(call, as_person):
    own = as_person("individual", PHONE)
    declare(own, "青年人才登记")
    expect(own.locator("main")).to_contain_text("单位审核中")

    boss = as_person("enterprise_admin")
    send_back(boss, "请写明登记事项的年度。")
    own.goto("/workbench/")
    expect(own.locator("main")).to_contain_text("请写明登记事项的年度。")
    own.get_by_role("link", name="修改并重新提交").first.click()
    own.get_by_role("link", name="修改并重新提交").first.click()
    write(own, "2025年青年人才登记")

    boss.goto("/unit-review/")
    boss.get_by_role("link", name="审核 2025年青年人才登记").click()
    heading(boss, "2025年青年人才登记")
    boss.get_by_role("button", name="通过并提交").click()
    confirm(boss, "通过并提交")
    expect(boss.locator(".alert-success")).to_contain_text("送至区县审核")

    county = as_person("county_officer")
    county.goto("/review/")
    county.get_by_role("link", name=CALL).first.click()
    expect(county.locator("main table")).to_contain_text("申报人：陶思远")
    own.goto("/my-projects/")
    expect(own.locator("main")).to_contain_text("区县审核中")


def declare(page: Page, topic: str) -> None:
    """Begin, fill in the one page and submit."""
    page.goto("/declare/")
    line = page.locator("article.opening").filter(has_text=CALL)
    line.get_by_role("button", name="申报").click()
    write(page, topic)


def write(page: Page, topic: str) -> None:
    """Fill in the one page of the form and submit it."""
    heading(page, "登记")
    answer(page, "topic", topic)
    go(page, "保存并检查")
    page.goto(page.url.rpartition("/")[0] + "/submit")
    page.locator(".bar").get_by_role("button", name="提交申报").click()
    confirm(page, "提交申报")
    heading(page, "申报已提交")


def send_back(page: Page, opinion: str) -> None:
    """Open what waits from the workbench and return it to the person."""
    page.goto("/workbench/")
    page.get_by_role("link", name="去审核").click()
    page.get_by_role("link", name="审核 青年人才登记").click()
    heading(page, "青年人才登记")
    page.get_by_label("审核意见").fill(opinion)
    page.locator("details.returning summary").click()
    page.get_by_role("button", name="确认退回").click()
    expect(page.locator(".alert-success")).to_contain_text("已退回至申报人")
