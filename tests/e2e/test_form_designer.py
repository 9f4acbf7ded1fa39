"""An author of the province draws a form on screen: with the mouse, with the keyboard alone, and beside a colleague."""

from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, serious_findings
from tests.e2e.hands import fits
from tests.e2e.studio import add_field, add_part, begin, control, name_first_column, open_form, save_form


def begin_form(page: Page, title: str, key: str) -> None:
    """Begin a type and open its form."""
    begin(page, title, key)
    open_form(page)


def fields(page: Page):
    """Return the cards of the fields."""
    return page.locator(".d-card > .d-pick")


def test_a_form_is_drawn_saved_and_shown(as_person):
    page = as_person("province_admin")
    begin_form(page, "2026年人才项目申报书", "drawn_2026")
    page.get_by_role("button", name="添加栏目").click()
    control(page, "栏目名称").fill("项目情况")
    add_field(page, "单行文字", "项目负责人")
    control(page, "必填").check()
    add_field(page, "金额", "项目总投资")
    control(page, "不小于").fill("100")
    add_field(page, "单选", "企业规模")
    for number, label in ((1, "大型"), (2, "中型")):
        control(page, f"选项 {number}").fill(label)
    page.get_by_text("批量添加").click()
    control(page, "每行一个选项").fill("小型\n微型")
    page.get_by_role("button", name="添加到清单").click()
    expect(control(page, "选项 4")).to_have_value("微型")
    add_field(page, "记录清单", "主要产品")
    name_first_column(page, "产品名称")
    add_part(page, "添加列", "名称", "销售收入")
    add_field(page, "固定表格", "近两年经营情况")
    name_first_column(page, "2024年", "列名")
    add_part(page, "添加列", "列名", "2025年")
    add_part(page, "添加行", "行名", "利润总额")
    assert serious_findings(page) == []
    shown = page.locator(".d-preview")
    for word in (
        "项目情况",
        "项目负责人",
        "万元",
        "大型",
        "微型",
        "产品名称",
        "销售收入",
        "2024年",
        "2025年",
        "利润总额",
    ):
        expect(shown.get_by_text(word).first).to_be_visible()
    save_form(page)
    page.reload()
    expect(page.get_by_text("可以发布")).to_be_visible()
    page.locator(".d-outline").get_by_role("button", name="项目情况", exact=True).click()
    expect(fields(page)).to_have_count(5)
    expect(page.locator(".d-points .problem")).to_have_count(0)


def test_a_form_is_changed_with_the_keyboard_and_taken_back(as_person):
    page = as_person("province_admin")
    begin_form(page, "2026年键盘申报书", "keyboard_2026")
    labels = fields(page).locator(".d-label")
    expect(labels.nth(0)).to_contain_text("单位名称")
    fields(page).first.focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(labels.nth(1)).to_contain_text("单位名称")
    expect(fields(page).nth(1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Delete")
    expect(fields(page)).to_have_count(4)
    page.keyboard.press("Control+z")
    expect(fields(page)).to_have_count(5)
    page.keyboard.press("Control+z")
    expect(labels.nth(0)).to_contain_text("单位名称")
    expect(page.get_by_text("已保存", exact=True)).to_be_visible()
    page.keyboard.press("Control+y")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("status").get_by_text("保存成功")).to_be_visible()


def test_a_colleague_was_faster_and_nothing_is_lost(as_person, watch):
    watch.allow("status of 409")
    page = as_person("province_admin")
    begin_form(page, "2026年两人申报书", "shared_2026")
    other = page.context.new_page()
    other.goto(page.url)
    control(other, "栏目名称").fill("同事改的名称")
    save_form(other)
    control(page, "栏目名称").fill("我改的名称")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("alert").get_by_text("保存过该类型")).to_be_visible()
    expect(control(page, "栏目名称")).to_have_value("我改的名称")
    page.get_by_role("button", name="仍以我的内容保存").click()
    expect(page.get_by_role("status").get_by_text("保存成功")).to_be_visible()


def test_a_problem_leads_to_its_field_on_a_phone(as_person):
    option = "标识"
    page = as_person("province_admin", PHONE)
    begin_form(page, "2026年手机申报书", "phone_2026")
    add_field(page, "单行文字", "备注")
    page.get_by_label("设置", exact=True).get_by_text(option, exact=True).first.click()
    control(page, option).fill("不是标识")
    save_form(page)
    point = page.locator(".d-points .problem").first
    expect(point).to_contain_text("备注")
    page.locator(".d-outline .d-pick").first.click()
    point.get_by_role("button").click()
    expect(control(page, option)).to_be_focused()
    expect(control(page, option)).to_have_attribute("aria-invalid", "true")
    fits(page)
