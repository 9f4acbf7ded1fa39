"""The government desk as each of its people: from offices and guides to funds, publicity and the operators' console."""

import re
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from stdnum.cn import ric

from app.demo.world import credit_code
from tests.conftest import PASSWORD
from tests.e2e.conftest import PHONE
from tests.e2e.hands import confirm, error, heading, menu, paper, press, row_of, said, tab
from tests.e2e.sheets import cells_of, fill_template, take_home, wait_for_job

OPEN = "2024年广东省智能制造生态合作伙伴"
COMING = "2025年广东省智能制造生态合作伙伴（预告）"
OWN_OFFICE = "技术改造与创新科"


# ---------------------------------------------------------------- small movements


def find(page: Page, label: str, text: str) -> None:
    """Narrow a list."""
    page.locator("form.filters").get_by_label(label, exact=True).fill(text)
    page.locator("form.filters").get_by_role("button", name="查询").click()
    page.wait_for_url(re.compile(r"\?"))


def id_number(stem: str) -> str:
    """Return an invented ID number with the right check digit."""
    return stem + ric.calc_check_digit(stem + "0")


def moment(days: float) -> str:
    """Return a moment that many days from now as its input takes it."""
    return (datetime.now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S")  # noqa: DTZ005


# ---------------------------------------------------------------- offices, people and who is responsible

IMPORTED = [
    {"身份证明": "身份证号", "证件号码": "441302198807151239", "用户姓名": "骆一帆", "手机号码": "13700020001"},
    {"身份证明": "粤政易账号", "证件号码": "gov_luyt", "用户姓名": "陆雨桐", "手机号码": "13700020002"},
]


def test_a_city_administrator_arranges_offices_people_and_responsibilities(as_person, watch, scratch):
    watch.allow("status of 422")
    page = as_person("city_admin")
    add_offices(page)
    delete_offices(page)
    add_person(page, "莫怀远", "green_leader", "绿色制造科")
    switch_role(page, "莫怀远")
    set_many(page, "绿色制造科", 2)
    see_what_is_not_ready(page)
    import_people(page, scratch)
    see_what_is_ready(page)
    set_many(page, OWN_OFFICE, 2)


def add_offices(page: Page) -> None:
    """Two one after the other; the same name twice is refused."""
    menu(page, "部门管理")
    page.get_by_role("link", name="添加子部门").click()
    for name in ("绿色制造科", "临时工作组"):
        page.get_by_label("部门名称").fill(name)
        press(page, "保存并新增")
        said(page, "已保存")
        expect(page.get_by_label("部门名称")).to_have_value("")
    page.get_by_label("部门名称").fill("绿色制造科")
    press(page, "保存")
    expect(error(page, "name")).to_contain_text("同级已有名为“绿色制造科”的部门")
    page.get_by_role("link", name="取消").click()


def delete_offices(page: Page) -> None:
    """An empty office goes after being asked about, a used one stays and says why."""
    tree = page.get_by_role("navigation", name="部门")
    tree.get_by_role("link", name="临时工作组").click()
    page.locator("#chosen").get_by_role("link", name="删除").click()
    expect(page.locator("main")).to_contain_text("确定删除部门“临时工作组”？")
    press(page, "删除")
    said(page, "已删除“临时工作组”")
    expect(tree.get_by_role("link", name="临时工作组")).to_have_count(0)
    tree.get_by_role("link", name=OWN_OFFICE).click()
    page.locator("#chosen").get_by_role("link", name="删除").click()
    expect(page.get_by_role("alert").or_(page.locator(".alert-danger")).first).to_contain_text("不能删除，请先调整")
    expect(tree.get_by_role("link", name=OWN_OFFICE)).to_have_count(1)


def add_person(page: Page, name: str, username: str, office: str) -> None:
    """Open an account for somebody of an office; a mistyped number is refused at its place and mended."""
    menu(page, "人员管理")
    page.get_by_role("link", name="创建用户").click()
    right = id_number(f"4413021985{sum(map(ord, username)) % 9 + 1:02d}{sum(map(ord, username)) % 28 + 1:02d}101")
    page.get_by_label("身份证明").select_option(label="身份证号")
    page.get_by_label("证件号码").fill(right[:-1] + ("1" if right[-1] != "1" else "2"))
    page.get_by_label("用户姓名").fill(name)
    page.get_by_label("手机号码").fill(f"1360000{sum(map(ord, username)) % 9000 + 1000}")
    page.get_by_label("用户类型").select_option(label="地市科室成员")
    pick_in_tree(page, office)
    page.get_by_label("登录用户名").fill(username)
    page.get_by_label("初始密码").fill(PASSWORD)
    press(page, "保存")
    expect(error(page, "id_number")).to_contain_text("身份证号有误")
    page.get_by_label("证件号码").fill(right)
    page.get_by_label("初始密码").fill(PASSWORD)
    press(page, "保存")
    said(page, "已保存")
    expect(row_of(page, name)).to_contain_text("地市科室成员")
    expect(row_of(page, name)).not_to_contain_text(right)


def pick_in_tree(page: Page, office: str) -> None:
    press(page, "在部门树中选择")
    box = page.get_by_role("dialog")
    box.get_by_role("button", name=office, exact=True).last.click()
    expect(box).to_have_count(0)


def switch_role(page: Page, name: str) -> None:
    row_of(page, name).get_by_role("link", name="分配角色").click()
    page.get_by_label("地市-处室-领导").check()
    press(page, "保存")
    said(page, f"已为“{name}”分配角色")
    expect(row_of(page, name)).to_contain_text("地市科室领导")


def set_many(page: Page, office: str, count: int) -> None:
    """Give calls to an office; those whose declarations are under way stay where they are."""
    menu(page, "设置责任科室")
    for name in (COMING, "2023年"):
        row_of(page, name).get_by_role("checkbox").check()
    expect(page.locator("[data-selection-count]")).to_have_text(f"已选 {count} 项")
    press(page, "批量设置责任科室")
    heading(page, "批量设置责任科室")
    page.get_by_role("radio", name=re.compile(office)).check()
    press(page, "设置责任科室")
    expect(page.locator("main")).to_contain_text(f"成功 {count} 项，未成功 0 项")
    page.get_by_role("link", name="返回列表").click()
    heading(page, "设置责任科室")


def see_what_is_not_ready(page: Page) -> None:
    """An office without somebody to do the work stands out, on the list and on the desk."""
    tab(page, "人员未配齐")
    expect(row_of(page, COMING)).to_contain_text("绿色制造科")
    expect(row_of(page, COMING)).to_contain_text("经办")
    menu(page, "工作台", "何嘉明，您好")
    expect(page.locator(".tasks li").filter(has_text=COMING)).to_contain_text("责任科室尚不能办理")


def import_people(page: Page, scratch: Path) -> None:
    """Two wrong lines of three: all or nothing, with the lines named; then the mended workbook."""
    kind = {"用户类型": "地市科室成员", "部门": "绿色制造科"}
    good = [line | kind for line in IMPORTED]
    good[0]["证件号码"] = id_number("44130219880715123")
    wrong = [good[0] | {"证件号码": "441302198807151230"}, good[1] | {"部门": "没有的科"}, good[1]]
    menu(page, "人员管理")
    page.get_by_role("link", name="从 Excel 导入").click()
    send(page, fill_template(page, "下载模板", scratch / "科室人员（有误）.xlsx", wrong))
    report = wait_for_job(page)
    expect(report).to_contain_text("共读取 3 行，导入 0 行")
    lines = report.locator("tbody tr")
    expect(lines.filter(has_text="证件号码")).to_contain_text("2")
    expect(lines.filter(has_text="部门")).to_contain_text("3")
    page.locator("a.crumb").click()
    send(page, fill_template(page, "下载模板", scratch / "科室人员.xlsx", good))
    expect(wait_for_job(page)).to_contain_text("共读取 2 行，导入 2 行")
    menu(page, "人员管理")
    expect(row_of(page, "陆雨桐")).to_contain_text("绿色制造科")


def send(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name=re.compile("^上传并(导入|查询)$")).click()
    page.wait_for_url("**/jobs/**")


def see_what_is_ready(page: Page) -> None:
    menu(page, "设置责任科室")
    tab(page, "已就绪")
    expect(row_of(page, COMING)).to_contain_text("绿色制造科")


# ---------------------------------------------------------------- guides and extensions


def test_a_city_officer_completes_guides_and_gives_an_extension(as_person, watch, scratch):
    watch.allow("status of 422")
    add_second_call(as_person("province_admin"))
    give_second_call(as_person("city_admin"))
    page = as_person("city_officer")
    complete_guide(page, scratch)
    edit_many(page, scratch)
    extend(page)
    see_extension(as_person("company_03"))


SECOND = "第二方向（装备应用）"


def add_second_call(page: Page) -> None:
    """The province announces a second call of the programme to come."""
    menu(page, "申报方向")
    row = row_of(page, COMING)
    row.get_by_role("link", name=re.compile("^编辑")).click()
    opens, closes, due = (
        page.get_by_label(f"{name}时间").input_value() for name in ("申报开始", "申报结束", "地市审核截止")
    )
    menu(page, "申报方向")
    page.get_by_role("link", name=re.compile("^新增方向")).click()
    page.get_by_label("项目认定评定名称").select_option(label=COMING)
    page.get_by_label("方向", exact=False).and_(page.locator("[name=name]")).fill(SECOND)
    page.get_by_label("申报类型版本").select_option(index=1)
    page.get_by_label("申报开始时间").fill(opens)
    page.get_by_label("申报结束时间").fill(closes)
    page.get_by_label("地市审核截止时间").fill(due)
    press(page, "保存")
    said(page, "已保存")


def give_second_call(page: Page) -> None:
    menu(page, "设置责任科室")
    tab(page, "未设置")
    row_of(page, SECOND).get_by_role("link", name=re.compile("^设置责任科室")).click()
    page.get_by_role("radio", name=re.compile(OWN_OFFICE)).check()
    press(page, "设置责任科室")
    said(page, f"“{SECOND}”的责任科室已设为{OWN_OFFICE}")


def complete_guide(page: Page, scratch: Path) -> None:
    """Every bound is said at its own field, what was uploaded stays, and only the office sees the OA file."""
    menu(page, "申报指南")
    tab(page, "待上传")
    row_of(page, SECOND).get_by_role("link", name=re.compile("^上传申报指南")).click()
    heading(page, "编辑申报指南")
    opens, closes = page.get_by_label("开始时间"), page.get_by_label("结束时间")
    first, last = opens.input_value(), closes.input_value()
    page.locator("[name=file]").set_input_files(paper(scratch, "惠州市申报指南（第二方向）.pdf"))
    page.locator("[name=oa_file]").set_input_files(paper(scratch, "局务会纪要.pdf"))
    opens.fill("2020-01-01T09:00:00")
    closes.fill("2099-01-01T18:00:00")
    page.get_by_label("是否需要区县审核").select_option(label="需要")
    page.get_by_label("区县审核截止时间").fill(last)
    press(page, "发布申报指南")
    expect(error(page, "opens_at")).to_contain_text("开始时间须在省厅申报时间")
    expect(error(page, "closes_at")).to_contain_text("结束时间须在省厅申报时间")
    expect(error(page, "county_due_at")).to_contain_text("区县审核截止时间须晚于本市申报结束时间")
    expect(page.locator("main")).to_contain_text("局务会纪要.pdf")
    opens.fill(first)
    closes.fill(last)
    page.get_by_label("区县审核截止时间").fill(_later(last, 5))
    page.get_by_label("选择单位").or_(page.locator("input[name=applicants][value=picked]")).first.check()
    pick_applicants(page, "海石激光", "青岚机器人")
    press(page, "发布申报指南")
    said(page, f"已发布“{SECOND}”的申报指南")
    tab(page, "全部")
    expect(row_of(page, SECOND)).to_contain_text("惠州市申报指南（第二方向）.pdf")
    row_of(page, SECOND).get_by_role("link", name=re.compile("^编辑申报指南")).click()
    for name in ("海石激光", "青岚机器人", "局务会纪要.pdf"):
        expect(page.locator("form[data-guide-form]")).to_contain_text(name)


def _later(text: str, days: int) -> str:
    return (datetime.fromisoformat(text) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S")


def pick_applicants(page: Page, *names: str) -> None:
    for name in names:
        page.locator("[data-applicants-of=picked] .select2-search__field").fill(name)
        page.locator(".select2-results__option").filter(has_text=name).click()


def edit_many(page: Page, scratch: Path) -> None:
    """What stood in several calls is named before it is overwritten."""
    menu(page, "申报指南")
    row_of(page, COMING).get_by_role("checkbox").check()
    press(page, "批量编辑申报指南")
    heading(page, "批量编辑申报指南")
    expect(page.locator("main")).to_contain_text("已选 2 个方向")
    expect(row_of(page, SECOND)).to_contain_text("惠州市申报指南（第二方向）.pdf")
    page.locator("[name=file]").set_input_files(paper(scratch, "惠州市申报指南（合并）.pdf"))
    page.get_by_label("是否需要区县审核").select_option(label="不需要")
    expect(page.get_by_label("区县审核截止时间")).to_be_hidden()
    press(page, "覆盖并发布 2 个方向")
    said(page, "已发布 2 个方向的申报指南")
    expect(page.get_by_role("row").filter(has_text="惠州市申报指南（合并）.pdf")).to_have_count(2)
    expect(row_of(page, SECOND)).to_contain_text("不需要区县审核")


def extend(page: Page) -> None:
    """More time for one enterprise: not before the deadline, then until after it."""
    menu(page, "补报管理")
    page.get_by_role("link", name="新增补报").click()
    call = page.get_by_label("方向", exact=False).and_(page.locator("select[name=call]"))
    call.select_option(label=call.locator("option").filter(has_text=OPEN).first.inner_text())
    page.get_by_label("补报截止时间").fill(moment(2))
    page.get_by_label("补报理由").fill("企业所在园区停电两日，经科室会议同意。")
    choose(page, "enterprise", "青岚机器人")
    press(page, "办理补报")
    expect(error(page, "until")).to_contain_text("补报截止时间须晚于申报截止时间")
    page.get_by_label("补报截止时间").fill(moment(20))
    press(page, "办理补报")
    said(page, "已保存")
    expect(row_of(page, "青岚机器人")).to_contain_text("停电两日")


def choose(page: Page, name: str, text: str) -> None:
    """Pick a row in a list, whether it is short or searched on the server."""
    place = page.locator(f"select[name={name}]")
    if place.get_attribute("data-options"):
        page.locator(f"#{place.get_attribute('id')} + .select2").click()
        page.locator(".select2-search__field").last.fill(text)
        page.locator(".select2-results__option").filter(has_text=text).click()
    else:
        place.select_option(label=place.locator("option").filter(has_text=text).first.inner_text())


def see_extension(page: Page) -> None:
    menu(page, "我要申报")
    expect(page.locator("article.opening").filter(has_text=OPEN)).to_contain_text("补报")


# ---------------------------------------------------------------- from the county to the money


def test_declarations_go_from_counties_to_the_money(as_person, watch, scratch):
    watch.allow("status of 422", "status of 409")
    set_missing_office(as_person("admin_04"))
    recommend_in_queue(as_person("officer_04"), "竹溪智能", "材料齐全，同意推荐。")
    work_at_county(as_person("county_officer"), scratch)
    keep_county_people(as_person("county_admin"))
    review_at_city(as_person, scratch)
    lead(as_person("office_leader"), scratch)
    rank_and_export(as_person("city_officer"))
    make_letter(as_person("city_officer"))
    decide_at_province(as_person("province_officer"))
    award(as_person("province_officer"))
    see_money(as_person("company_07"))


def set_missing_office(page: Page) -> None:
    """A declaration that waits for want of an office goes on as soon as there is one."""
    expect(waiting_on_desk(page)).to_contain_text("个项目待设置责任科室")
    menu(page, "设置责任科室")
    expect(page.locator("main")).to_contain_text("有 1 个申报项目因未设置责任科室而等待")
    row_of(page, OPEN).get_by_role("link", name=re.compile("^设置责任科室")).click()
    page.get_by_role("radio", name="工业股").check()
    press(page, "设置责任科室")
    said(page, "已设为工业股，1 个等待的项目已转入")


def waiting_on_desk(page: Page) -> Locator:
    """Return what the desk says of the open call."""
    return page.locator(".tasks li").filter(has_text=OPEN).first


def open_queue(page: Page) -> None:
    """Go to what waits in the open call."""
    menu(page, "申报管理")
    page.locator("tbody").filter(has_text=OPEN).get_by_role("link", name=re.compile("^(审核|推荐)项目")).click()
    page.wait_for_url(re.compile(r"/review/\d+/"))


def open_declaration(page: Page, company: str) -> None:
    row_of(page, company).locator(".row-links a").first.click()
    expect(page.locator("#records")).to_be_visible()


def recommend_in_queue(page: Page, company: str, opinion: str) -> None:
    open_queue(page)
    open_declaration(page, company)
    page.get_by_label("审核意见", exact=True).fill(opinion)
    press(page, "推荐")
    said(page, "已推荐，送至")


def work_at_county(page: Page, scratch: Path) -> None:
    """Recommend, take it back in 项目中心, recommend again, read the record, and file the county's letter."""
    expect(waiting_on_desk(page)).to_contain_text("个项目待审核")
    recommend_in_queue(page, "海石激光", "材料齐全，同意推荐。")
    menu(page, "项目中心")
    for name in ("审核中项目", "退回待提交项目", "不受理项目", "已推荐项目"):
        tab(page, name)
    row_of(page, "海石激光").get_by_role("link", name=re.compile("^查看办理记录")).click()
    record = page.get_by_role("dialog")
    expect(record.get_by_role("row").filter(has_text="邓子谦")).to_contain_text("材料齐全，同意推荐。")
    record.get_by_role("button", name="关闭").click()
    row_of(page, "海石激光").locator("td.subject a").click()
    expect(page.locator("#materials")).to_contain_text("申报书")
    press(page, "撤回")
    confirm(page, "撤回")
    said(page, "已撤回，现在区县初审环节")
    recommend_in_queue(page, "海石激光", "补核原件后同意推荐。")
    menu(page, "申报管理")
    page.locator("tbody").filter(has_text=OPEN).get_by_role("link", name=re.compile("上传区推荐函")).click()
    box = page.get_by_role("dialog")
    box.locator("input[type=file]").set_input_files(paper(scratch, "惠城区推荐函.pdf"))
    box.get_by_role("button", name="上传推荐函").click()
    said(page, "已上传 1 个文件")


def keep_county_people(page: Page) -> None:
    """A county keeps offices and people of its own, who are all officers, and its card has 删除."""
    menu(page, "部门管理")
    page.get_by_role("link", name="添加科室").click()
    page.get_by_label("部门名称").fill("企业服务股")
    press(page, "保存")
    menu(page, "人员管理")
    expect(page.locator("main")).not_to_contain_text("黄思齐")
    page.get_by_role("link", name="创建科室用户").click()
    expect(page.get_by_label("用户类型")).to_have_count(0)
    page.get_by_label("身份证明").select_option(label="粤政易账号")
    page.get_by_label("证件号码").fill("gov_shenyiran")
    page.get_by_label("用户姓名").fill("沈亦然")
    page.get_by_label("手机号码").fill("13500030001")
    pick_in_tree(page, "企业服务股")
    press(page, "保存")
    expect(page.locator("code.secret")).to_be_visible()
    page.get_by_role("link", name="已告知，继续").click()
    row_of(page, "沈亦然").get_by_role("link", name=re.compile("^编辑")).click()
    page.get_by_role("link", name="删除").click()
    press(page, "删除")
    said(page, "已删除“沈亦然”")


def review_at_city(as_person, scratch: Path) -> None:
    """Two colleagues on one declaration see each other; one returns it straight back, many go on together."""
    add_person(as_person("city_admin"), "莫怀瑾", "second_officer", OWN_OFFICE)
    officer, colleague = as_person("city_officer"), as_person("second_officer")
    expect(waiting_on_desk(colleague)).to_contain_text("个项目待审核")
    open_queue(colleague)
    open_declaration(colleague, "北斗星")
    open_queue(officer)
    open_declaration(officer, "北斗星")
    expect(officer.locator("[data-present]")).to_contain_text("莫怀瑾")
    send_back(officer)
    colleague.get_by_label("审核意见", exact=True).fill("我也看过了，同意。")
    press(colleague, "推荐")
    expect(colleague.get_by_role("alert")).to_be_visible()
    expect(colleague.locator("main")).to_contain_text("我也看过了，同意。")
    submit_again(as_person("company_05"))
    recommend_many(officer)


def send_back(page: Page) -> None:
    page.locator("details.returning summary").click()
    page.get_by_label("申报单位", exact=True).check()
    page.get_by_label("处理后直接送回本环节").check()
    page.get_by_label("审核意见", exact=True).fill("请补充说明后重新提交。")
    press(page, "确认回退")
    said(page, "已退回至申报单位")


def submit_again(page: Page) -> None:
    """The enterprise reads why, corrects and submits; the city has it at once, the county is not asked again."""
    expect(page.locator("main")).to_contain_text("请补充说明后重新提交。")
    page.get_by_role("link", name=re.compile("修改并重新提交")).first.click()
    form = page.url.rpartition("/")[0]
    page.goto(f"{form}/submit")
    page.locator(".bar").get_by_role("button", name="提交申报").click()
    confirm(page, "提交申报")
    heading(page, "申报已提交")
    expect(page.locator("main")).to_contain_text("市级审核中")


def recommend_many(page: Page) -> None:
    open_queue(page)
    for company in ("海石激光", "竹溪智能", "北斗星"):
        row_of(page, company).get_by_role("checkbox").check()
    press(page, "批量推荐")
    heading(page, "批量推荐")
    expect(page.locator(".subjects li")).to_have_count(3)
    page.get_by_label("审核意见（适用于以上全部项目）").fill("同意推荐。")
    press(page, "推荐 3 个项目")
    heading(page, "批量办理结果")
    expect(page.locator("main")).to_contain_text("成功 3 项，未成功 0 项")


def lead(page: Page, scratch: Path) -> None:
    """The leader reads the counties' letters, recommends together, and files the city's letter."""
    expect(waiting_on_desk(page)).to_contain_text("个项目待审核")
    menu(page, "申报管理")
    line = page.locator("tbody").filter(has_text=OPEN)
    line.get_by_role("link", name=re.compile("^查看区推荐函")).click()
    box = page.get_by_role("dialog")
    expect(box).to_contain_text("惠城区推荐函.pdf")
    box.get_by_role("button", name="关闭").click()
    open_queue(page)
    page.get_by_label("全选本页").check()
    press(page, "批量推荐")
    page.get_by_role("button", name=re.compile(r"^推荐 \d 个项目$")).click()
    expect(page.locator("main")).to_contain_text("未成功 0 项")
    menu(page, "申报管理")
    line.get_by_role("link", name=re.compile("^上传市推荐函")).click()
    box.locator("input[type=file]").set_input_files(paper(scratch, "惠州市推荐函.pdf"))
    box.get_by_role("button", name="上传推荐函").click()
    said(page, "已上传 1 个文件")


def rank_and_export(page: Page) -> None:
    """Typed numbers put the lines into order; sheet and archive follow it."""
    menu(page, "申报管理")
    line = page.locator("tbody").filter(has_text=OPEN)
    line.get_by_role("link", name=re.compile("^推荐优先顺序")).click()
    heading(page, "推荐优先顺序")
    numbers = page.locator("tr[data-row] input[type=number]")
    for company, number in (("竹溪智能", "1"), ("北斗星", "2"), ("海石激光", "3")):
        place = page.locator("tr[data-row]").filter(has_text=company).locator("input[type=number]")
        place.fill(number)
        place.press("Tab")
    expect(page.locator("[data-unsaved]")).to_be_visible()
    expect(numbers.nth(0)).to_have_value("1")
    press(page, "保存推荐优先顺序")
    said(page, "推荐优先顺序")
    page.goto(page.url)
    menu(page, "申报管理")
    line.get_by_role("link", name=re.compile("^推荐优先顺序")).click()
    ranked = page.locator("tr[data-row] td.subject").all_inner_texts()
    assert "竹溪" in ranked[0], ranked
    assert "北斗星" in ranked[1], ranked
    read_sheet(page, ranked)
    read_archive(page, ranked)


def read_sheet(page: Page, ranked: list[str]) -> None:
    """Within each part of the sheet, units stand in the order of the ranking."""
    menu(page, "申报管理")
    page.locator("tbody").filter(has_text=OPEN).get_by_role("button", name=re.compile(r"^导出汇总表 .*\.xlsx$")).click()
    download = take_home(page)
    assert download.suggested_filename.endswith(".xlsx")
    rows = cells_of(download)
    part = next(n for n, row in enumerate(rows) if "直接认定" in row[0])
    found: list[list[str]] = [[], []]
    for number, row in enumerate(rows):
        if len(row) > 1 and row[1] in ranked:
            found[number > part].append(row[1])
    assert sorted(found[0] + found[1]) == sorted(ranked)
    for units in found:
        assert units == [unit for unit in ranked if unit in units]


def read_archive(page: Page, ranked: list[str]) -> None:
    """Each declaration has a numbered folder, and each file says what it is."""
    menu(page, "申报管理")
    page.locator("tbody").filter(has_text=OPEN).get_by_role("button", name=re.compile("^打包下载附件")).click()
    with zipfile.ZipFile(take_home(page).path()) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
    folders = list(dict.fromkeys(name.partition("/")[0] for name in names))
    assert [re.match(r"(\d{3})_", folder)[1] for folder in folders] == [f"{n:03d}" for n in range(1, len(folders) + 1)]
    assert [unit for unit in ranked if unit in folders[ranked.index(unit)]] == ranked
    for folder in folders:
        inside = [name.partition("/")[2] for name in names if name.startswith(f"{folder}/")]
        assert inside[0].startswith("00_申报书_")
        assert all(re.match(r"\d\d_[^/]+_[^/]+\.\w+$", name) for name in inside), inside


def make_letter(page: Page) -> None:
    """A letter from the template shows the recommended in their order; a preview keeps nothing, the letter is filed."""
    menu(page, "申报管理")
    line = page.locator("tbody").filter(has_text=OPEN)
    line.get_by_role("link", name=re.compile("^上传市推荐函")).click()
    page.get_by_role("dialog").get_by_role("link", name="按模板生成推荐函").click()
    heading(page, "生成推荐函")
    expect(page.locator("input[name=unit]").first).to_have_value(re.compile("竹溪"))
    page.get_by_label("标题").fill("关于推荐 2024 年生态合作伙伴的函")
    with page.expect_popup() as popup:
        press(page, "预览")
    preview = popup.value
    expect(preview.locator("[data-job-state]")).to_have_attribute("data-job-state", "", timeout=60_000)
    expect(preview.locator("iframe.job-preview")).to_have_count(1)
    preview.close()
    press(page, "生成推荐函")
    wait_for_job(page)
    menu(page, "申报管理")
    line.get_by_role("link", name=re.compile("^上传市推荐函")).click()
    expect(page.get_by_role("dialog")).to_contain_text("关于推荐 2024 年生态合作伙伴的函")


def decide_at_province(page: Page) -> None:
    """One passes, one does not: that needs an opinion and a second look."""
    open_queue(page)
    open_declaration(page, "松涛数控")
    expect(page.locator("#records")).to_contain_text("梁启文")
    page.get_by_label("审核意见", exact=True).fill("符合条件，通过。")
    press(page, "通过")
    said(page, "已办结：通过")
    open_queue(page)
    open_declaration(page, "远帆")
    page.get_by_label("审核意见", exact=True).fill("案例不足三个，不通过。")
    press(page, "不通过")
    confirm(page, "不通过")
    said(page, "已办结：不通过")


def award(page: Page) -> None:
    """Funds, then the document; undone with a reason and issued again."""
    menu(page, "资金与下达")
    row_of(page, "松涛数控").get_by_role("link", name=re.compile("^登记资金")).click()
    amount = page.get_by_label(re.compile("^获得资金"))
    amount.fill("八十")
    press(page, "保存 1 个项目的获得资金")
    expect(page.locator(".error").first).to_be_visible()
    amount.fill("88.5")
    press(page, "保存 1 个项目的获得资金")
    said(page, "已登记 1 个项目的获得资金")
    issue(page, "粤工信装备函〔2026〕17号")
    tab(page, "已下达")
    row_of(page, "松涛数控").get_by_role("checkbox").check()
    press(page, "撤销下达")
    page.get_by_label("撤销原因").fill("文号有误")
    press(page, "撤销 1 个项目的下达")
    expect(page.locator("main")).to_contain_text("成功 1 项，未成功 0 项")
    page.get_by_role("link", name="返回列表").click()
    tab(page, "未下达")
    issue(page, "粤工信装备函〔2026〕18号")


def issue(page: Page, number: str) -> None:
    row_of(page, "松涛数控").get_by_role("checkbox").check()
    press(page, "下达")
    page.get_by_label("下达文号").fill(number)
    press(page, "下达 1 个项目")
    expect(page.locator("main")).to_contain_text("成功 1 项，未成功 0 项")
    page.get_by_role("link", name="返回列表").click()
    heading(page, "资金与下达")


def see_money(page: Page) -> None:
    """The enterprise sees what it gets, and was told."""
    menu(page, "我的项目")
    expect(row_of(page, "松涛数控")).to_contain_text("88.5")
    page.get_by_role("link", name=re.compile("^消息，")).click()
    for text in ("项目通过审核", "获得资金", "项目已下达"):
        expect(page.locator("main")).to_contain_text(text)
    press_message(page, "获得资金：")
    expect(page.locator("main")).to_contain_text("松涛数控")


def press_message(page: Page, title: str) -> None:
    page.get_by_role("button", name=re.compile(f"^打开 {title}")).first.click()


# ---------------------------------------------------------------- what the province knows of enterprises

CHARGED = "惠州市青岚机器人有限公司"
CASE = "（2026）粤1302执777号"


def test_the_province_imports_what_it_knows_of_enterprises(as_person, scratch):
    page = as_person("province_admin")
    code = look_up_code(page, CHARGED)
    import_dishonesty(page, scratch, code)
    import_winners(page, scratch)
    ask_credit(as_person("city_officer"), scratch, code)


def look_up_code(page: Page, name: str) -> str:
    menu(page, "企业管理")
    find(page, "企业名称", name)
    row = row_of(page, name)
    expect(row).to_contain_text("441302")
    return re.search(r"91[0-9A-Z]{16}", row.inner_text())[0]


def import_dishonesty(page: Page, scratch: Path, code: str) -> None:
    menu(page, "失信名单")
    page.get_by_role("link", name="导入失信名单").click()
    line = {"企业名称": CHARGED, "统一社会信用代码": code, "案号": CASE, "公布日期": "2026-10-08"}
    send(page, fill_template(page, "下载模板", scratch / "失信名单.xlsx", [line]))
    expect(wait_for_job(page)).to_contain_text("共读取 1 行，导入 1 行")
    menu(page, "企业管理")
    find(page, "企业名称", CHARGED)
    row_of(page, CHARGED).get_by_role("link", name=re.compile("^查看")).click()
    expect(page.locator("main")).to_contain_text(CASE)


def import_winners(page: Page, scratch: Path) -> None:
    """A name that nobody has is linked by hand, with a reason."""
    menu(page, "历年入选名单")
    page.get_by_role("link", name="导入名单").click()
    page.get_by_label("称号名称").fill("广东省服务型制造示范企业")
    lines = [
        {"地市": "惠州市", "单位名称": "惠州市北斗星自动化有限公司", "批次": "第一批", "所属领域": "仪器仪表、机器人"},
        {"地市": "惠州市", "单位名称": "惠州市远帆软件技术公司", "批次": "第一批"},
    ]
    send(page, fill_template(page, "下载模板", scratch / "入选名单.xlsx", lines))
    expect(wait_for_job(page)).to_contain_text("导入 2 行")
    menu(page, "历年入选名单")
    tab(page, "待关联")
    find(page, "单位名称", "远帆软件技术")
    row_of(page, "远帆软件技术").get_by_role("link", name=re.compile("^关联企业")).click()
    near = page.get_by_role("radio", name=re.compile("惠州远帆工业软件有限公司"))
    if near.count():
        near.check()
    else:
        choose(page, "enterprise", "惠州远帆工业软件")
    page.get_by_label("关联理由").fill("简称，经核对营业执照为同一单位。")
    press(page, "关联企业")
    said(page, "关联到惠州远帆工业软件有限公司")


def ask_credit(page: Page, scratch: Path, code: str) -> None:
    """Many codes go in as a workbook and come back with 是否失信; one is asked on the page."""
    menu(page, "信用查询")
    lines = [{"统一社会信用代码": one} for one in (code, credit_code("440104", 2))]
    send(page, fill_template(page, "信用查询模板", scratch / "信用查询.xlsx", lines))
    rows = cells_of(take_home(page))
    head = next(number for number, row in enumerate(rows) if "是否失信" in row)
    place = rows[head].index("是否失信")
    assert [row[place] for row in rows[head + 1 :]] == ["是", "否"]
    menu(page, "信用查询")
    page.get_by_label("企业名称或统一社会信用代码").fill("木棉工业软件")
    page.get_by_role("button", name="查询", exact=True).click()
    expect(row_of(page, "广州木棉工业软件有限公司")).to_contain_text("否")


# ---------------------------------------------------------------- telling people


def word_message(page: Page) -> None:
    """A word that the kind does not know is refused at its field; the preview reads as it will be sent."""
    menu(page, "消息模板")
    page.get_by_role("link", name="编辑 收到公示异议（告知公示单位）").click()
    page.locator("[name=title]").fill("请核实{单位名}对公示的异议")
    press(page, "保存")
    expect(error(page, "title")).to_contain_text("不能使用 {单位名}")
    page.locator("[name=title]").fill("请三日内核实{姓名}对公示的异议")
    press(page, "预览")
    expect(page.locator(".preview-subject")).to_contain_text("请三日内核实")
    press(page, "保存")
    expect(row_of(page, "收到公示异议")).to_contain_text("已修改")


def test_results_are_published_objected_to_and_answered(as_person, open_context, watch):
    watch.allow("status of 422")
    word_message(as_person("province_admin"))
    page = as_person("province_officer")
    menu(page, "栏目文章")
    page.get_by_role("link", name=re.compile("^新增文章")).click()
    page.get_by_label("栏目").select_option(label="结果公示")
    title = "2024 年生态合作伙伴拟入选名单公示"
    page.get_by_label("标题", exact=False).and_(page.locator("[name=title]")).fill(title)
    page.get_by_label("正文").fill("## 拟入选名单\n\n1. 惠东县晨曦物联科技有限公司\n2. 博罗县松涛数控机床有限公司")
    page.get_by_label("异议截止时间").fill(moment(7))
    press(page, "保存")
    press(page, "立即发布")
    confirm(page, "立即发布")
    said(page, "已发布 1 篇文章")

    visitor = open_context().new_page()
    visitor.goto("/publicity/")
    visitor.get_by_role("link", name=title).click()
    expect(visitor.locator(".article-body")).to_contain_text("松涛数控")
    visitor.get_by_role("link", name="提出异议").click()
    visitor.get_by_label("姓名").fill("柳时安")
    visitor.get_by_label("联系电话").fill("13900090001")
    visitor.get_by_label("异议内容和理由").fill("第二家单位的典型案例不足三个，请核实。")
    press(visitor, "提交异议")
    expect(visitor.locator("main")).to_contain_text(re.compile("已收到|已提交"))

    page.reload()
    page.get_by_role("link", name=re.compile("^消息，")).click()
    page.get_by_role("button", name=re.compile("^打开 请三日内核实柳时安对公示的异议")).click()
    menu(page, "公示异议")
    row_of(page, "柳时安").get_by_role("link", name=re.compile("^查看")).click()
    press(page, "提交答复")
    expect(error(page, "answer")).to_be_visible()
    page.get_by_label("答复内容").fill("经核实，该单位共有四个案例，材料齐全。")
    press(page, "提交答复")
    said(page, "已答复")
    press(page, "办结")
    confirm(page, "办结")
    said(page, "已办结")

    operator = as_person("platform_operator")
    operator.goto("/ops/outbox/")
    for words in ("您的公示异议已答复", "您的公示异议已办结"):
        expect(row_of(operator, words)).to_contain_text("13900090001")


# ---------------------------------------------------------------- operators


def test_an_operator_mends_what_failed_and_an_auditor_only_reads(as_person, server, watch):
    watch.allow("status of 403", "status of 404")
    lost = lose_a_file(server.folder)
    officer = as_person("gz_city_officer")
    menu(officer, "申报管理")
    officer.locator("tbody").filter(has_text=OPEN).get_by_role("button", name=re.compile("^打包下载附件")).click()
    expect(wait_for_job(officer)).to_contain_text("暂时无法读取，请联系平台运维人员")
    for path in lost:
        path.with_suffix(".lost").rename(path)

    page = as_person("platform_operator")
    page.goto("/ops/jobs/")
    row = page.get_by_role("row").filter(has_text="打包申报材料").filter(has_text="失败")
    row.get_by_role("checkbox").check()
    press_action(page, "重试")
    expect(page.locator("main, body").first).to_contain_text("已重新提交 1 个任务")
    officer.reload()
    wait_for_job(officer)
    expect(officer.get_by_role("link", name="下载文件")).to_be_visible()

    page.goto("/ops/holidays/")
    edit_holiday(page)
    read_only(as_person("platform_auditor"))


def lose_a_file(folder: Path) -> list[Path]:
    """Take the contents away as a failing disk would."""
    kept = [path for path in (folder / "files").rglob("*") if path.is_file()]
    for path in kept:
        path.rename(path.with_suffix(".lost"))
    return kept


def press_action(page: Page, name: str) -> None:
    toggle = page.locator("[data-toggle=dropdown]").filter(has_text=re.compile("操作|选中|With selected"))
    if toggle.count():
        toggle.first.click()
    page.get_by_role("button", name=name, exact=True).or_(
        page.locator("[data-ops-action]").filter(has_text=name)
    ).first.click()
    confirm(page, name)


def edit_holiday(page: Page) -> None:
    page.get_by_role("link", name=re.compile("新增|创建|Create")).first.click()
    page.locator("[name=day]").fill("2027-01-01")
    page.locator("[name=name]").fill("元旦")
    page.locator("[type=submit]").first.click()
    page.wait_for_url(re.compile(r"/ops/holidays/(\?|$)"))
    cell = page.get_by_role("row").filter(has_text="2027-01-01").locator("[data-ops-cell][name=name]")
    cell.fill("元旦假期")
    cell.press("Tab")
    expect(page.get_by_role("row").filter(has_text="2027-01-01").locator("output").first).to_have_text("已保存")
    page.reload()
    expect(cell).to_have_value("元旦假期")


def read_only(page: Page) -> None:
    """An auditor sees logs and lists, and nothing to press in them."""
    page.goto("/ops/audit/")
    expect(page.locator("tbody")).to_contain_text("黄思齐")
    page.goto("/ops/holidays/")
    expect(page.locator("[data-ops-cell]")).to_have_count(0)
    assert page.goto("/ops/jobs/").status in (403, 404)


# ---------------------------------------------------------------- the desk


@pytest.mark.parametrize(
    ("username", "waits"),
    [
        ("province_admin", None),
        ("province_officer", "待审核"),
        ("city_admin", None),
        ("city_officer", None),
        ("office_leader", None),
        ("county_admin", None),
        ("gz_county_officer", "个项目待审核"),
    ],
)
def test_the_desk_shows_what_waits_and_draws_it(as_person, username, waits):
    page = as_person(username, PHONE if username == "gz_county_officer" else None)
    page.goto("/desk/")
    expect(page.get_by_role("heading", name="待办事项")).to_be_visible()
    if waits:
        expect(page.locator(".tasks").first).to_contain_text(waits)
    drawn = page.locator("[data-plots] section").filter(has=page.locator("canvas"))
    expect(drawn.first).to_be_visible()
    for plot in drawn.all():
        plot.get_by_text("查看数据表").click()
        expect(plot.locator("tbody tr").first).to_be_visible()
