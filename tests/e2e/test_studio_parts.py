"""The author's pages of checks, conditions and review steps, in a real browser and with the keyboard."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, serious_findings
from tests.e2e.hands import heading
from tests.e2e.studio import added, begin, card, row, rules_of, save


def test_an_author_adds_checks_conditions_and_steps_and_may_publish(as_person):
    page = as_person("province_admin")
    address = begin(page, "2026年绿色工厂申报书", "green_2026")
    add_a_check(page, address)
    add_conditions(page, address)
    add_a_step(page, address)
    page.goto(address)
    expect(page.get_by_text("没有必须改正的问题")).to_be_visible()
    expect(page.get_by_role("link", name="发布", exact=True)).to_be_visible()


def add_a_check(page: Page, address: str) -> None:
    page.goto(f"{address}checks")
    entry = added(card(page, "字段之间的校验"), "添加校验")
    entry.get_by_label("提示位置").select_option(label="联系人")
    entry.get_by_label("不满足时的提示").fill("联系人不能是法定代表人")
    row(rules_of(entry, "应满足的规则"), "联系人", "不为", "张三")
    row(rules_of(entry, "适用条件（满足时才检查）"), "申报主体", "为", "单位")
    assert serious_findings(page) == []
    save(page)
    page.reload()
    page.get_by_text("联系人不能是法定代表人").click()
    expect(page.locator(".rule-row")).to_have_count(2)
    expect(page.locator(".studio-status")).to_have_text("没有未保存的修改")


def add_conditions(page: Page, address: str) -> None:
    page.goto(f"{address}conditions")
    gate = added(card(page, "准入条件"), "添加准入条件")
    gate.get_by_label("条件名称").fill("未被列入失信名单")
    gate.get_by_label("不满足时的提示").fill("贵单位已被列入失信名单")
    row(rules_of(gate, "应满足的规则"), "企业信息·被列入失信名单", "不为", "是")
    quota = added(card(page, "申报数量"), "添加一档")
    quota.get_by_label("限报数量").fill("2")
    quota.get_by_label("说明").fill("集团公司可报2项")
    row(rules_of(quota, "条件（无条件则为其余单位）"), "企业信息·企业类型", "为", "集团公司")
    quota.get_by_role("button", name="上移").press("Enter")
    expect(card(page, "申报数量").locator("summary").first).to_contain_text("集团公司可报2项")
    indicator = added(card(page, "量化指标"), "添加指标")
    indicator.get_by_label("指标名称").fill("注册资本")
    indicator.locator("[data-at=value]").select_option(label="企业信息·注册资本")
    indicator.get_by_label("阈值").fill("500")
    indicator.get_by_label("单位", exact=True).fill("万元")
    assert serious_findings(page) == []
    save(page)


def add_a_step(page: Page, address: str) -> None:
    page.goto(f"{address}workflow")
    steps = card(page, "审核环节")
    entry = added(steps, "添加环节")
    entry.get_by_label("环节名称").fill("省级复核")
    entry.get_by_label("角色").select_option(label="地市-处室-经办")
    expect(entry.get_by_label("层级")).to_have_value("enterprise.city")
    entry.get_by_label("截止时间").select_option(label="地市审核截止")
    expect(page.locator(".chain-step").last).to_contain_text("省级复核")
    entry.get_by_role("checkbox", name="推荐", exact=True).press("Space")
    expect(entry.get_by_text("没有“推荐”操作")).to_be_visible()
    page.keyboard.press("Control+s")
    expect(steps.locator(".studio-stop")).to_contain_text("没有“推荐”操作")
    expect(page.get_by_role("link", name="1 处问题待处理")).to_be_visible()
    entry.get_by_role("checkbox", name="推荐", exact=True).press("Space")
    entry.get_by_label("“推荐”的按钮文字").fill("同意")
    entry.get_by_role("button", name="上移").press("Enter")
    expect(page.locator(".chain-step").nth(3)).to_contain_text("同意")
    assert serious_findings(page) == []
    save(page)


def test_a_slower_author_keeps_what_was_typed_and_reads_who_was_faster(as_person, watch):
    watch.allow("status of 409")
    page = as_person("province_admin")
    address = begin(page, "2026年示范工厂申报书", "model_2026")
    page.goto(f"{address}checks")
    other = page.context.new_page()
    other.goto(f"{address}workflow")
    card(other, "审核环节").locator("summary").first.click()
    other.get_by_label("环节名称").fill("县级审核")
    save(other)
    entry = added(card(page, "字段之间的校验"), "添加校验")
    entry.get_by_label("不满足时的提示").fill("请核对联系人")
    page.keyboard.press("Control+s")
    expect(page.locator(".studio-status")).to_contain_text("保存过该类型")
    expect(entry.get_by_label("不满足时的提示")).to_have_value("请核对联系人")
    page.get_by_role("button", name="以本页内容覆盖").click()
    expect(page.locator(".studio-status")).to_have_text("已保存")
    expect(page.locator(".studio-problems .studio-stop").first).to_be_visible()


def test_opening_every_entry_of_a_large_type_changes_nothing(as_person):
    page = as_person("province_admin", PHONE)
    page.goto("/type-drafts/new")
    page.get_by_label(re.compile("^名称")).fill("服务领域申报书")
    page.get_by_label(re.compile("^标识")).fill("services_2026")
    option = page.locator("option", has_text="智能制造人才").first
    page.get_by_label("从哪里开始").select_option(option.get_attribute("value"))
    page.get_by_role("button", name="创建草稿").click()
    heading(page, "服务领域申报书")
    address = page.url
    for name in ("checks", "conditions", "workflow"):
        page.goto(f"{address}{name}")
        page.evaluate("document.querySelectorAll('details.entry').forEach((entry) => (entry.open = true))")
        expect(page.locator(".entry-buttons").last).to_be_visible()
        expect(page.locator(".studio-status")).to_have_text("没有未保存的修改")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert serious_findings(page) == []
        if name == "conditions":
            expect(page.get_by_text("此规则较复杂").first).to_be_visible()
