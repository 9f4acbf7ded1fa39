"""An expert registers, is let in at once, hands in the card, and the bureau of the city confirms it."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE
from tests.e2e.hands import fits, heading, menu, press, register, row_of, said, tab

NAME = "江予安"


def hand_in(page: Page) -> None:
    """Fill in the card; what is missing is said at its field, what was typed stays."""
    page.get_by_label("专家类别").select_option(label="技术专家")
    page.get_by_label("电子邮箱").fill("jiang@example.com")
    page.get_by_label("所在单位").fill("惠州示范研究院")
    page.get_by_label("所在地市").select_option(label="惠州市")
    for name in ("机器人与自动控制", "新材料"):
        page.get_by_label(name).check()
    press(page, "提交")
    expect(page.locator("#rank-error")).to_be_visible()
    expect(page.get_by_label("机器人与自动控制")).to_be_checked()
    page.get_by_label("职称").fill("研究员")
    press(page, "提交")
    said(page, "专家登记信息已提交")


def decide(page: Page, name: str, reason: str | None = None) -> None:
    """Decide on the reading page of the card."""
    menu(page, "专家管理")
    tab(page, "待审核")
    row_of(page, NAME).get_by_role("link", name=re.compile("^查看")).click()
    heading(page, NAME)
    press(page, name)
    if reason:
        page.get_by_label("不通过原因").fill(reason)
    press(page, name)


def test_an_expert_registers_is_let_in_and_confirmed(open_context, as_person, watch):
    watch.allow("status of 422")
    page = open_context(PHONE).new_page()
    register(page, "expert", "expert_jiang", NAME, "13600000077")
    page.wait_for_url("**/expert/edit")
    expect(page.get_by_label("姓名")).to_have_value(NAME)
    fits(page)
    hand_in(page)
    expect(page.locator("main")).to_contain_text("正在等待主管部门审核")
    fits(page)

    officer = as_person("city_admin")
    officer.get_by_role("link", name=re.compile("^消息，")).click()
    officer.get_by_role("button", name=re.compile(f"^打开 专家登记待审核：{NAME}")).click()
    heading(officer, "专家管理")
    fits(officer)
    decide(officer, "通过")
    said(officer, "已通过")

    page.goto("/")  # the card is where an expert starts
    heading(page, "专家登记")
    expect(page.locator("main")).to_contain_text("已通过")
    page.get_by_role("link", name=re.compile("^消息")).click()
    expect(page.get_by_text("专家登记已通过审核").first).to_be_visible()

    page.goto("/expert/edit")
    page.get_by_label("新材料").uncheck()
    press(page, "提交")
    expect(page.locator("main")).to_contain_text("待审核")
    decide(officer, "不通过", "请注明研究方向")
    expect(officer.locator(".alert-success")).to_contain_text("不通过")
    page.reload()
    expect(page.locator("main")).to_contain_text("审核未通过。原因：请注明研究方向")
    expect(page.get_by_role("link", name="修改后重新提交")).to_be_visible()


def test_several_are_decided_at_once_and_the_list_is_taken_along(as_person):
    page = as_person("province_admin")
    menu(page, "专家管理")
    page.locator("form.filters").get_by_label("擅长领域").select_option(label="财务、税务与审计")
    press(page, "查询")
    tab(page, "待审核")
    row_of(page, "沈知微").get_by_role("checkbox").check()
    page.locator("[data-selection-bar]").get_by_role("button", name="通过", exact=True).click()
    expect(page.locator("main")).to_contain_text("沈知微")
    press(page, "通过")
    said(page, "沈知微")
    tab(page, "已通过")
    page.get_by_role("button", name="导出Excel", exact=True).click()
    expect(page.get_by_role("link", name="下载文件")).to_be_visible(timeout=30_000)
