"""A new call without code: an official draws and publishes it, an enterprise declares, three levels decide."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page, expect

from tests.e2e.hands import add_records, answer, confirm, field, go, heading, menu, paper, press, row_of, said, tab
from tests.e2e.studio import (
    add_field,
    add_part,
    added,
    begin,
    card,
    control,
    name_first_column,
    open_form,
    opened,
    row,
    rules_of,
    save,
    save_form,
    settings,
)

TITLE = "2026年产业链协作项目申报书"
PROGRAMME = "2026年产业链协作项目"
CALL = "整机与零部件协作"
COMPANY = "惠州市云杉智能装备有限公司"
PARTNER, ABROAD_NOTE = "境外合作说明", "与境外研究机构联合开发控制器。"

FIELDS = (
    ("单行文字", "项目名称"),
    ("单选", "合作方式"),
    ("多行文字", PARTNER),
    ("金额", "项目总投资"),
    ("金额", "银行贷款"),
    ("整数", "研发人员数量"),
    ("百分比", "研发投入占比"),
    ("小数", "设备精度"),
    ("日期", "开工日期"),
    ("年月", "建成年月"),
    ("多选", "协作内容"),
    ("电子邮箱", "项目邮箱"),
)
OPTIONS = {"合作方式": ("境内合作", "境外合作"), "协作内容": ("联合研发", "零部件配套")}
ANSWERS = {
    "项目名称": "伺服驱动整机协作",
    "项目总投资": "800",
    "研发人员数量": "12",
    "设备精度": "0.5",
    "开工日期": "2026-01-15",
    "建成年月": "2026-12",
    "项目邮箱": "project@example.com",
}
PRODUCTS = (
    {"产品名称": "伺服驱动器", "年销量": "30", "销售收入": "120.5"},
    {"产品名称": "控制器", "年销量": "8", "销售收入": "60"},
)
VERDICTS = (("项目总投资", "500", "满足"), ("研发人员数量", "20", "不满足"), ("研发投入占比", "3", "无法判定"))


def test_a_call_is_made_without_code_and_a_declaration_is_approved(as_person, scratch):
    author = as_person("province_admin")
    address = begin(author, TITLE, "chain_2026")
    draw_form(author)
    set_conditions(author, address)
    set_steps(author, address)
    rehearse(author, address)
    publish(author, address)
    open_call(author)
    prepare(as_person, scratch)
    company = as_person("enterprise_admin")
    fill_in(company)
    read_verdicts(company)
    submit(company)
    for username, sentence in (
        ("county_officer", "已推荐，送至地市经办审核"),
        ("city_officer", "已推荐，送至省级审核"),
    ):
        decide(as_person(username), "推荐", sentence)
    decide(as_person("province_officer"), "通过", "已办结：通过")
    menu(company, "我的项目")
    expect(row_of(company, CALL)).to_contain_text("通过")


# ---------------------------------------------------------------- the author


def draw_form(page: Page) -> None:
    """Twelve fields, two of them under a condition, and a list of records."""
    open_form(page)
    page.get_by_role("button", name="添加栏目").click()
    control(page, "栏目名称").fill("项目情况")
    for kind, label in FIELDS:
        add_field(page, kind, label)
        for number, option in enumerate(OPTIONS.get(label, ()), 1):
            control(page, f"选项 {number}").fill(option)
        if label == "项目名称":
            control(page, "必填").check()
        if label == PARTNER:
            row(rules_of(settings(page), "显示条件"), "合作方式", "为", "境外合作")
        if label == "银行贷款":
            row(rules_of(settings(page), "显示条件"), "项目总投资", "不小于", "1000")
    add_field(page, "记录清单", "主要产品")
    name_first_column(page, "产品名称")
    add_part(page, "添加列", "名称", "年销量", "整数")
    add_part(page, "添加列", "名称", "销售收入", "金额")
    save_form(page)
    expect(page.locator(".d-points .problem")).to_have_count(0)


def set_conditions(page: Page, address: str) -> None:
    """Two declarations a unit, and three indicators."""
    page.goto(f"{address}conditions")
    quota = opened(card(page, "申报数量"), 0)
    quota.get_by_label("限报数量").fill("2")
    quota.get_by_label("说明").fill("每个单位限申报2项")
    for name, threshold, _verdict in VERDICTS:
        indicator = added(card(page, "量化指标"), "添加指标")
        indicator.get_by_label("指标名称").fill(f"{name}达标")
        indicator.locator("[data-at=value]").select_option(label=name)
        indicator.get_by_label("阈值").fill(threshold)
    save(page)


def set_steps(page: Page, address: str) -> None:
    """Of the four levels a type begins with, three stay."""
    page.goto(f"{address}workflow")
    steps = card(page, "审核环节")
    second = opened(steps, 1)
    second.get_by_label("环节名称").fill("地市经办审核")
    third = opened(steps, 2)
    third.get_by_role("button", name=re.compile("^删除")).click()
    expect(page.locator(".chain-step")).to_have_count(3)
    for number, name in enumerate(("区县初审", "地市经办审核", "省级审核")):
        expect(page.locator(".chain-step").nth(number)).to_contain_text(name)
    save(page)


def rehearse(page: Page, address: str) -> None:
    """Play the enterprise, see the call as it does, and be oneself again."""
    page.goto(address)
    press(page, "开始演练")
    page.get_by_role("row").filter(has_text="演练企业甲（企业管理员）").get_by_role(
        "button", name="以该身份进入"
    ).click()
    expect(page.get_by_role("region", name="演练环境")).to_be_visible()
    menu(page, "我要申报")
    expect(page.locator("article.opening").filter(has_text=TITLE).filter(has_text="申报中")).to_be_visible()
    press(page, "退出演练")
    heading(page, "类型设计")
    expect(page.get_by_role("region", name="演练环境")).to_have_count(0)


def publish(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="发布", exact=True).click()
    press(page, "发布")
    said(page, f"已发布“{TITLE}”v1")


def moment(days: float) -> str:
    """Return a moment that many days from now as its input takes it."""
    return (datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S")


def open_call(page: Page) -> None:
    """Announce a programme and its call on the new version, open from now on."""
    menu(page, "项目认定评定")
    page.get_by_role("link", name=re.compile("^新增")).first.click()
    page.get_by_label("项目认定评定名称").fill(PROGRAMME)
    page.get_by_label("年度").fill("2026")
    press(page, "保存")
    said(page, "已保存")
    menu(page, "申报方向")
    page.get_by_role("link", name=re.compile("^新增方向")).click()
    page.get_by_label("项目认定评定名称").select_option(label=PROGRAMME)
    page.locator("[name=name]").fill(CALL)
    page.get_by_label("申报类型版本").select_option(label=f"{TITLE} v1")
    page.get_by_label("申报开始时间").fill(moment(-0.01))
    page.get_by_label("申报结束时间").fill(moment(10))
    page.get_by_label("地市审核截止时间").fill(moment(30))
    press(page, "保存")
    said(page, "已保存")


# ---------------------------------------------------------------- offices and guide


def prepare(as_person, scratch: Path) -> None:
    """Each level says who works on the call; the city publishes its guide."""
    for username in ("province_admin", "city_admin", "county_admin"):
        give_office(as_person(username))
    publish_guide(as_person("city_officer"), scratch)


def give_office(page: Page) -> None:
    menu(page, "设置责任科室")
    tab(page, "未设置")
    row_of(page, CALL).get_by_role("link", name=re.compile("^设置责任科室")).click()
    page.get_by_role("radio").first.check()
    press(page, "设置责任科室")
    said(page, f"“{CALL}”的责任科室已设为")


def publish_guide(page: Page, scratch: Path) -> None:
    menu(page, "申报指南")
    tab(page, "待上传")
    row_of(page, CALL).get_by_role("link", name=re.compile("^上传申报指南")).click()
    heading(page, "编辑申报指南")
    page.locator("[name=file]").set_input_files(paper(scratch, "惠州市协作项目申报指南.pdf"))
    page.get_by_label("是否需要区县审核").select_option(label="需要")
    page.get_by_label("区县审核截止时间").fill(moment(20))
    press(page, "发布申报指南")
    said(page, f"已发布“{CALL}”的申报指南")


# ---------------------------------------------------------------- the enterprise


def box_of(page: Page, label: str) -> Locator:
    """Return the part of the form that asks for an answer."""
    return page.locator("[data-field]").filter(has_text=label).first


def key_of(page: Page, label: str) -> str:
    return box_of(page, label).get_attribute("data-field")


def fill_in(page: Page) -> None:
    """Fields under a condition come and go with what is answered."""
    menu(page, "我要申报")
    page.locator("article.opening").filter(has_text=CALL).get_by_role("button", name="申报").click()
    heading(page, "真实性承诺")  # what comes before it is known of the enterprise
    page.get_by_role("checkbox").check()
    go(page)
    heading(page, "项目情况")
    for label, value in ANSWERS.items():
        answer(page, key_of(page, label), value)
    box_of(page, "协作内容").get_by_label("联合研发").check()
    see_conditions(page)
    key = page.locator("[data-repeat]").get_attribute("data-repeat")
    columns = ("text_1", "text_2", "text_3")  # a column begins as a text
    add_records(page, key, [dict(zip(columns, product.values(), strict=True)) for product in PRODUCTS])
    go(page, "保存并检查")
    heading(page, "检查")


def see_conditions(page: Page) -> None:
    note, loan = box_of(page, PARTNER), box_of(page, "银行贷款")
    expect(note).to_be_hidden()
    expect(loan).to_be_hidden()
    box_of(page, "合作方式").get_by_label("境外合作").check()
    expect(note).to_be_visible()
    answer(page, key_of(page, PARTNER), ABROAD_NOTE)
    total = field(page, key_of(page, "项目总投资"))
    total.fill("1000")
    expect(loan).to_be_visible()
    total.fill(ANSWERS["项目总投资"])
    expect(loan).to_be_hidden()


def read_verdicts(page: Page) -> None:
    expect(page.get_by_text("没有待处理的问题")).to_be_visible()
    for name, threshold, verdict in VERDICTS:
        line = row_of(page, f"{name}达标")
        expect(line).to_contain_text(threshold)
        expect(line.locator(".tag")).to_have_text(verdict)


def submit(page: Page) -> None:
    page.get_by_role("link", name="下一步：生成申报书").click()
    heading(page, "生成申报书")
    page.get_by_role("button", name="生成申报书").click()
    expect(page.get_by_text("申报书已生成")).to_be_visible(timeout=120_000)
    page.get_by_role("link", name="下一步：提交申报").click()
    heading(page, "提交申报")
    page.locator(".bar").get_by_role("button", name="提交申报").click()
    confirm(page, "提交申报")
    heading(page, "申报已提交")
    expect(page.locator("main")).to_contain_text("区县审核中")


def use_up_quota(page: Page) -> None:
    """A second declaration may be begun, a third may not."""
    menu(page, "我要申报")
    line = page.locator("article.opening").filter(has_text=CALL)
    line.get_by_role("button", name="申报").click()
    heading(page, "真实性承诺")
    menu(page, "我要申报")
    expect(line.get_by_role("button", name="继续申报")).to_be_visible()
    expect(line.get_by_role("button", name="另行申报")).to_have_count(0)


# ---------------------------------------------------------------- the three levels


def decide(page: Page, words: str, sentence: str) -> None:
    """Read what was declared and say yes to it."""
    menu(page, "申报管理")
    page.locator("tbody").filter(has_text=CALL).get_by_role("link", name=re.compile("^(审核|推荐)项目")).click()
    page.wait_for_url(re.compile(r"/review/\d+/"))
    row_of(page, COMPANY).locator(".row-links a").first.click()
    for text in (ANSWERS["项目名称"], ABROAD_NOTE, PRODUCTS[0]["产品名称"]):
        expect(page.locator(".dossier-left")).to_contain_text(text)
    expect(page.locator(".dossier-left")).not_to_contain_text("银行贷款")
    page.get_by_label("审核意见", exact=True).fill("材料齐全，同意。")
    press(page, words)
    said(page, sentence)
