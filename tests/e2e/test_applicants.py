"""From a visitor to an enterprise at work: certification, its people, its unit, whom to act for, and bad input."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import PASSWORD
from tests.e2e.conftest import DESKTOP, PHONE, log_in, read_picture, set_own_password
from tests.e2e.hands import (
    answer,
    confirm,
    error,
    field,
    fits,
    go,
    heading,
    menu,
    paper,
    press,
    register,
    row_of,
    said,
    tab,
)
from tests.e2e.server import ROOT, environment
from tests.e2e.test_pages import look_at

COMPANY, CODE = "惠州市晴川微电机有限公司", "91441302MADEM90016"  # in the business register that is shipped
BOSS, EMPLOYEE = "boss_cheng", "staff_lu"
CALL = "个人登记（虚构）"
SCRIPT = "<script>window.wasRun = true</script>有限公司"


@pytest.fixture(scope="module", autouse=True)
def _call(server):
    """An open call of a form of one page, for enterprises and for individuals."""
    env = environment(server.folder, server.database)
    subprocess.run([sys.executable, "-m", "tests.e2e.open_call", "unit_note"], env=env, cwd=ROOT, check=True)


def fits_everywhere(page: Page) -> None:
    """Look at a page on a desk, and at its width on a phone."""
    before = page.viewport_size
    page.set_viewport_size(DESKTOP)
    fits(page)
    page.set_viewport_size(PHONE)
    assert not look_at(page, close=False)
    page.set_viewport_size(before)


# ---------------------------------------------------------------- certification, and the people of the new enterprise


def test_a_visitor_certifies_an_enterprise_and_gives_it_people(open_context, as_person, watch, scratch):
    watch.allow("status of 422", "status of 403")
    boss = open_context().new_page()
    register(boss, "enterprise", BOSS, "程一鸣", "13911110001")
    boss.wait_for_url("**/certification/**")
    see_the_doors(boss)
    name_it(boss)
    describe_it(boss)
    say_the_rest(boss)
    hand_in(boss, scratch)
    county = as_person("county_officer")
    send_back(county, "营业执照不清晰，请重新上传。")
    correct(boss, scratch)
    approve(county)
    begin_work(boss)

    employee = open_context().new_page()
    password = add_employee(boss)
    come_in(employee, password)
    declare_without_leave(employee)
    grant_submission(boss)
    submit(employee)
    remove_employee(boss, employee)


def see_the_doors(page: Page) -> None:
    """The first steps lead to the certification."""
    page.goto("/first-steps/")
    heading(page, "您好，程一鸣")
    page.get_by_role("link", name="开始认证").click()
    heading(page, "企业认证")


def name_it(page: Page) -> None:
    """A name that is certified leads to joining, another one to the next page."""
    expect(page.locator(".steps [aria-current=step]")).to_contain_text("名称查询")
    fits_everywhere(page)
    page.get_by_label("企业名称").fill(COMPANY)
    press(page, "下一步")
    expect(page.locator("#topic")).to_have_text("企业信息")


def describe_it(page: Page) -> None:
    """A wrong code is told at its place, the register fills in the rest, and one may stop at any time."""
    field(page, "contact").fill("温小禾")
    field(page, "credit_code").fill("91441302MADEM90017")
    press(page, "下一步")
    expect(error(page, "credit_code")).to_contain_text("统一社会信用代码")
    expect(field(page, "credit_code")).to_have_value("91441302MADEM90017")
    expect(field(page, "contact")).to_have_value("温小禾")
    fits_everywhere(page)
    field(page, "credit_code").fill(CODE)
    press(page, "获取基本信息")
    said(page, "已获取登记信息")
    expect(field(page, "legal_representative")).to_have_value("程一鸣")
    expect(field(page, "contact")).to_have_value("温小禾")  # what was typed stays
    press(page, "暂存")
    said(page, "已暂存")
    page.goto("/first-steps/")  # somebody who comes back goes on where it was left
    page.get_by_role("link", name="查看办理情况").click()
    expect(page.locator("#topic")).to_have_text("企业信息")
    field(page, "county").select_option(label="惠州市惠城区")
    field(page, "contact_phone").fill("13911110001")
    press(page, "下一步")


def say_the_rest(page: Page) -> None:
    """Two pages are left out, the third says what for."""
    for topic in ("法定代表人", "被授权人"):
        expect(page.locator("#topic")).to_have_text(topic)
        fits(page)
        page.get_by_role("button", name=re.compile("^跳过此步骤")).click()
    expect(page.locator("#topic")).to_have_text("平台授权")
    page.get_by_label("是", exact=True).check()
    press(page, "下一步")
    expect(error(page, "business_kinds")).to_be_visible()
    page.get_by_label("项目申报").check()
    fits_everywhere(page)
    press(page, "下一步")
    expect(page.locator("#topic")).to_have_text("上传材料")


def hand_in(page: Page, scratch: Path) -> None:
    """Nothing goes in without the licence and the promise."""
    page.get_by_role("link", name="下一步").click()
    expect(page.locator(".open-points")).to_contain_text("营业执照")
    expect(page.get_by_role("button", name="提交认证")).to_be_disabled()
    page.locator(".open-points a").click()
    attach(page, scratch)
    fits_everywhere(page)
    page.get_by_role("link", name="下一步").click()
    press(page, "提交认证")
    expect(error(page, "agreed")).to_be_visible()
    fits_everywhere(page)
    promise(page)


def attach(page: Page, scratch: Path) -> None:
    page.get_by_label("选择文件 营业执照").set_input_files(paper(scratch, "营业执照.pdf"))
    press(page, "上传 营业执照")
    said(page, "已上传")


def promise(page: Page) -> None:
    page.get_by_label("本人承诺").check()
    press(page, "提交认证")
    said(page, "已提交")
    fits(page)


def send_back(page: Page, reason: str) -> None:
    """The county reads it and wants a reason from itself, too."""
    menu(page, "企业认证审核")
    row_of(page, COMPANY).get_by_role("link", name=re.compile("^查看")).click()
    heading(page, COMPANY)
    fits_everywhere(page)
    press(page, "退回修改")
    expect(error(page, "opinion")).to_be_visible()
    page.get_by_label("退回原因").fill(reason)
    press(page, "退回修改")
    said(page, "已退回")


def correct(page: Page, scratch: Path) -> None:
    """The reason stands on the page; another licence takes the place of the first."""
    page.get_by_role("link", name=re.compile("^消息，")).click()
    page.get_by_role("button", name=re.compile("^(打开|查看) 企业认证")).first.click()
    expect(page.locator("main")).to_contain_text("营业执照不清晰，请重新上传。")
    page.goto("/certification/")
    page.get_by_role("link", name="修改并重新提交").click()
    page.locator(".steps").get_by_role("link", name="上传材料").click()
    expect(page.locator(".alert-warning")).to_contain_text("营业执照不清晰")
    page.get_by_role("button", name="删除 营业执照.pdf").click()
    confirm(page, "删除")
    said(page, "已删除")
    attach(page, scratch)
    page.get_by_role("link", name="下一步").click()
    promise(page)


def approve(page: Page) -> None:
    menu(page, "企业认证审核")
    row_of(page, COMPANY).get_by_role("link", name=re.compile("^查看")).click()
    press(page, "通过认证")
    confirm(page, "通过认证")
    said(page, "已通过")


def begin_work(page: Page) -> None:
    """The next click is at the workbench of the enterprise: what it is, and what it may declare."""
    page.goto("/")
    heading(page, COMPANY)
    identity = page.locator(".identity")
    for said_of_it in (CODE, "已认证", "惠州市惠城区", "电气机械和器材制造业"):
        expect(identity).to_contain_text(said_of_it)
    expect(page.locator("article.opening").filter(has_text=CALL)).to_contain_text("申报中")
    fits_everywhere(page)
    page.get_by_role("link", name=re.compile("^消息，")).click()
    expect(page.get_by_text(re.compile("企业认证.*通过")).first).to_be_visible()
    menu(page, "我要申报")
    reason = page.locator("article.opening").filter(has=page.locator("button[disabled]")).locator(".opening-reason")
    expect(reason.first).not_to_be_empty()
    fits_everywhere(page)


# ---------------------------------------------------------------- an employee


def add_employee(page: Page) -> str:
    """Open an account; the password is shown once."""
    menu(page, "人员管理")
    page.get_by_role("link", name="新增员工").click()
    press(page, "保存")
    expect(error(page, "username")).to_be_visible()
    page.get_by_label("姓名").fill("陆一帆")
    page.get_by_label("登录用户名").fill(EMPLOYEE)
    fits_everywhere(page)
    press(page, "保存")
    heading(page, "账号已创建")
    fits_everywhere(page)
    password = page.locator("code.secret").inner_text()
    page.get_by_role("link", name="已告知，继续").click()
    expect(row_of(page, BOSS)).not_to_contain_text("尚未登录")
    expect(row_of(page, EMPLOYEE)).to_contain_text("待修改初始密码")
    assert password not in page.content()
    fits_everywhere(page)
    return password


def come_in(page: Page, password: str) -> None:
    """Nothing opens before the drawn password is replaced."""
    page.goto("/login/")
    page.get_by_label("用户名").fill(EMPLOYEE)
    page.get_by_label("密码", exact=True).fill(password)
    read_picture(page)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/account/password")
    page.goto("/declare/")
    page.wait_for_url("**/account/password")
    set_own_password(page, password)
    heading(page, COMPANY)
    expect(page.get_by_role("navigation", name="菜单").get_by_role("link", name="人员管理")).to_have_count(0)
    assert page.goto("/staff/").status == 403


def declare_without_leave(page: Page) -> None:
    """Who may fill in but not submit is told so, and by whom it is changed."""
    page.goto("/declare/")
    page.locator("article.opening").filter(has_text=CALL).get_by_role("button", name="申报").click()
    heading(page, "登记")
    answer(page, "topic", "微电机产线登记")
    go(page, "保存并检查")
    page.goto(page.url.rpartition("/")[0] + "/submit")
    expect(page.locator("main")).to_contain_text("您没有“提交申报”的权限，请联系本单位的企业管理员")
    expect(page.locator(".bar").get_by_role("button", name="提交申报")).to_be_disabled()
    fits_everywhere(page)


def grant_submission(page: Page) -> None:
    menu(page, "人员管理")
    page.get_by_role("link", name="设置权限 陆一帆").click()
    expect(page.get_by_label("填报申报书")).to_be_checked()
    page.get_by_label("提交申报").check()
    fits_everywhere(page)
    press(page, "保存")
    said(page, "已保存“陆一帆”的权限")
    expect(row_of(page, EMPLOYEE)).to_contain_text("提交申报")


def submit(page: Page) -> None:
    page.reload()
    page.locator(".bar").get_by_role("button", name="提交申报").click()
    confirm(page, "提交申报")
    heading(page, "申报已提交")


def remove_employee(page: Page, employee: Page) -> None:
    """Who has been removed is out at the next click; what was handed in stays."""
    page.get_by_role("link", name="移出 陆一帆").click()
    heading(page, "移出人员：陆一帆")
    fits_everywhere(page)
    press(page, "移出")
    said(page, "已移出“陆一帆”")
    employee.goto("/my-projects/")
    employee.wait_for_url("**/login/**")
    menu(page, "我的项目")
    expect(page.locator("main")).to_contain_text("微电机产线登记")


# ---------------------------------------------------------------- individuals and people of several enterprises


def test_an_individual_finds_the_unit_and_is_let_in(open_context, as_person):
    own = open_context(PHONE).new_page()
    register(own, "individual", "person_ye", "叶知秋", "13911110002")
    own.wait_for_url("**/join/?as=individual")
    heading(own, "选择所在单位")
    ask_to_join(own, "云杉", "惠州市云杉智能装备有限公司", "选择该单位并提交申请")

    boss = as_person("enterprise_admin")
    boss.goto("/workbench/")
    boss.get_by_role("link", name="去办理").click()
    fits_everywhere(boss)
    boss.get_by_role("button", name="通过 叶知秋").click()
    confirm(boss, "通过")
    said(boss, "已通过“叶知秋”的申请")
    tab(boss, "个人用户")
    expect(row_of(boss, "叶知秋")).to_contain_text("139****0002")
    fits_everywhere(boss)

    own.goto("/")
    heading(own, "惠州市云杉智能装备有限公司")
    expect(own.locator(".identity")).to_contain_text("叶知秋 · 本单位个人用户")
    expect(own.locator("article.opening").filter(has_text=CALL)).to_contain_text("申报中")
    fits_everywhere(own)


def ask_to_join(page: Page, part: str, name: str, button: str) -> None:
    """Find a unit by a part of its name and ask; the request waits on the page."""
    page.get_by_label("单位名称").fill(part[0])
    press(page, "查询")
    expect(error(page, "q")).to_contain_text("至少输入")
    page.get_by_label("单位名称").fill(part)
    press(page, "查询")
    fits_everywhere(page)
    page.get_by_role("link", name=f"选择 {name}").click()
    page.get_by_label("申请说明").fill("研发部工程师")
    fits_everywhere(page)
    press(page, button)
    said(page, f"已向“{name}”提出申请")
    expect(row_of(page, name)).to_contain_text("待审核")
    fits_everywhere(page)


def test_who_belongs_to_two_enterprises_says_for_which(open_context, as_person):
    page = as_person("enterprise_employee")
    page.goto("/join/")
    heading(page, "加入企业")
    ask_to_join(page, "青岚", "惠州市青岚机器人有限公司", "申请加入")
    boss = as_person("company_03")
    boss.goto("/staff/?tab=joiners")
    boss.get_by_role("button", name="通过 彭晓雨").click()
    confirm(boss, "通过")
    said(boss, "已通过“彭晓雨”的申请，请核对其权限")

    page = open_context().new_page()
    log_in(page, "enterprise_employee")
    page.goto("/my-projects/")
    page.wait_for_url("**/acting/?next=**")
    heading(page, "选择企业")
    fits_everywhere(page)
    page.get_by_role("button", name="进入 惠州市青岚机器人有限公司").click()
    page.wait_for_url("**/my-projects/**")
    expect(page.locator("main")).to_contain_text("惠州市青岚机器人有限公司")
    theirs = own_rows(page)
    fits_everywhere(page)

    page.locator("a.acting").click()
    expect(row_of(page, "青岚机器人")).to_contain_text("当前")
    page.get_by_role("button", name="进入 惠州市云杉智能装备有限公司").click()
    heading(page, "惠州市云杉智能装备有限公司")
    expect(page.locator("a.acting")).to_contain_text("云杉智能装备")
    page.goto("/my-projects/")
    assert theirs
    assert not theirs & own_rows(page)


def own_rows(page: Page) -> set[str]:
    """Return where the lines of the own projects lead."""
    links = page.locator("main table a[href*='/declarations/'], main table a[href*='/declaration/']")
    return set(links.evaluate_all("links => links.map(link => link.getAttribute('href'))"))


# ---------------------------------------------------------------- bad input


def test_a_script_in_a_name_is_text_and_a_picture_with_scripts_is_no_file(as_person, watch, scratch):
    watch.allow("status of 422", "status of 400")
    page = as_person("newcomer")
    page.goto("/certification/name")
    page.get_by_label("企业名称").fill(SCRIPT)
    press(page, "下一步")
    page.goto("/certification/confirm")
    expect(page.get_by_text(SCRIPT).first).to_be_visible()
    page.goto("/first-steps/")
    expect(page.get_by_text(SCRIPT)).to_be_visible()
    page.goto("/join/?q=" + SCRIPT)
    expect(page.get_by_text(f"没有找到名称中含“{SCRIPT}”的单位")).to_be_visible()
    assert not page.evaluate("() => 'wasRun' in window")

    picture = scratch / "营业执照.svg"
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "utf-8")
    page.goto("/certification/files")
    page.get_by_label("选择文件 营业执照").set_input_files(picture)
    press(page, "上传 营业执照")
    expect(error(page, "business_licence")).to_contain_text(re.compile("PDF|pdf"))
    expect(page.locator(".evidence a")).to_have_count(0)
    fits_everywhere(page)


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/\\evil.example/"])
def test_a_log_in_leads_nowhere_else(open_context, target):
    page = open_context().new_page()
    page.goto(f"/login/?next={target}")
    page.get_by_label("用户名").fill("company_04")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    read_picture(page)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/workbench/")
    assert "evil" not in page.url


def test_the_declaration_of_somebody_else_is_not_there(as_person, watch):
    watch.allow("status of 404")
    theirs = as_person("company_03")
    theirs.goto("/my-projects/")
    (address, *_others) = own_rows(theirs)
    page = as_person("enterprise_admin")
    assert page.goto(address).status == 404
    fits_everywhere(page)
    page.get_by_role("link", name=re.compile("首页")).first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
