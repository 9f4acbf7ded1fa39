"""The public portal: a visitor reads, searches and objects, an officer writes and answers; on a desk and on a phone."""

import re
import time
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.clock import now, to_local
from tests.e2e.conftest import DESKTOP, PHONE, serious_findings
from tests.e2e.hands import confirm, heading, menu, paper, press, row_of, said, tab
from tests.e2e.test_pages import look_at, walk_with_keyboard

NOTICE = "2024年智能制造生态合作伙伴申报通知"
PROGRAMME = "2024年广东省智能制造生态合作伙伴"
LIST_OF_CITY = "惠州市工业和信息化局关于拟推荐项目名单的公示"
SECTIONS = ("申报通知", "政策文件", "结果公示", "服务指南", "常见问题")
PATIENCE = 20_000


@pytest.fixture
def visitor(open_context) -> Page:
    """A page on which nobody has logged in, at the home of the portal."""
    page = open_context().new_page()
    page.goto("/")
    return page


def section(page: Page, name: str) -> None:
    """Choose a section in the top bar."""
    page.get_by_role("navigation", name="栏目").get_by_role("link", name=name, exact=True).click()
    heading(page, name)


def search(page: Page, words: str) -> None:
    """Ask the site search from wherever its box is."""
    box = page.get_by_role("search").get_by_label("站内搜索")
    box.fill(words)
    box.press("Enter")
    page.wait_for_url(re.compile(r"/search/\?.*q="))


def saves(page: Page, name: str) -> int:
    """Press a link that hands out a file and return the file's size."""
    with page.expect_download() as download:
        page.get_by_role("link", name=name, exact=True).click()
    assert download.value.suggested_filename == name
    return download.value.path().stat().st_size


def clock(seconds: float) -> str:
    """Return a moment that many seconds from now as its input takes it, on the clock in Shanghai."""
    return to_local(now() + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")


# ---------------------------------------------------------------- reading


def test_a_visitor_finds_the_open_call_and_where_to_declare(visitor):
    for way in ("企业用户登录", "专家用户登录", "政务用户登录", "个人用户登录"):
        expect(visitor.get_by_role("link", name=way)).to_be_visible()
    calls = visitor.get_by_role("region", name="申报通知")
    expect(calls).to_contain_text(re.compile(r"共计 \d+ 个项目"))
    expect(calls.get_by_role("row").filter(has_text=NOTICE)).to_contain_text("申报中")
    calls.get_by_role("link", name="更多申报通知").click()
    heading(visitor, "申报通知")

    visitor.get_by_role("group", name="申报状态").get_by_role("link", name="未开始").click()
    lines = visitor.locator(".article-list li")
    expect(lines).to_have_count(1)
    expect(lines).to_contain_text("2025年")
    visitor.get_by_role("group", name="申报状态").get_by_role("link", name="申报中").click()
    visitor.get_by_label("业务领域").select_option("装备工业")
    visitor.get_by_label("项目类型").select_option("认定类")
    visitor.get_by_label("标题中的文字").fill("生态合作")
    press(visitor, "查询")
    expect(lines).to_have_count(1)
    expect(lines).to_contain_text("还剩")
    visitor.get_by_label("标题中的文字").fill("没有这样的通知")
    press(visitor, "查询")
    expect(visitor.locator("main")).to_contain_text("没有符合条件的内容")
    visitor.get_by_role("link", name="清除条件").first.click()

    visitor.get_by_role("link", name=re.compile("关于组织开展2024年")).click()
    expect(visitor.get_by_role("navigation", name="当前位置")).to_contain_text("申报通知")
    expect(visitor.locator(".article-facts")).to_contain_text("发布机构：广东省工业和信息化厅")
    assert saves(visitor, "申报书格式说明.pdf") > 500
    visitor.get_by_role("region", name="申报方向").get_by_role("link", name=PROGRAMME).click()
    heading(visitor, PROGRAMME)
    expect(visitor.get_by_role("region", name="各市申报时间")).to_contain_text("惠州市")
    visitor.get_by_role("link", name="我要申报").click()
    expect(visitor).to_have_url(re.compile(r"/login/\?next="))


def test_a_visitor_reads_policies_guides_and_answers(visitor):
    visitor.get_by_role("region", name="政策文件").get_by_role("link", name="更多 政策文件").click()
    heading(visitor, "政策文件")
    days = visitor.locator(".article-list .muted").all_inner_texts()
    assert [d[-10:] for d in days] == sorted((d[-10:] for d in days), reverse=True)
    visitor.get_by_role("link", name="关于推进智能制造发展的若干措施").click()
    heading(visitor, "关于推进智能制造发展的若干措施")
    visitor.get_by_role("link", name="关闭").click()
    heading(visitor, "政策文件")

    section(visitor, "服务指南")
    visitor.get_by_label("标题中的文字").fill("手册")
    press(visitor, "查询")
    visitor.get_by_role("link", name="申报单位用户操作手册").click()
    name = visitor.get_by_role("region", name="附件").get_by_role("link").inner_text()
    assert saves(visitor, name) > 500

    section(visitor, "常见问题")
    visitor.get_by_role("link", name="忘记密码怎么办？").click()
    expect(visitor.locator(".article-body")).not_to_be_empty()

    visitor.goto("/")
    links = visitor.get_by_role("region", name="快速链接")
    expect(links.get_by_role("link", name="技术改造监测系统")).to_have_attribute("rel", "noopener noreferrer")
    visitor.get_by_role("navigation", name="栏目").get_by_role("link", name="企业工作台").click()
    expect(visitor).to_have_url(re.compile(r"/login/"))


def test_one_character_two_and_several_words_are_searched(visitor):
    for words, title in (
        ("盖", "推荐函和申报书盖章指引"),
        ("密码", "忘记密码怎么办？"),
        ("加计 研发", "研发费用加计扣除"),
    ):
        search(visitor, words)
        first = visitor.locator(".found-list li").first
        expect(first).to_contain_text(title)
        expect(first.locator("mark").first).to_have_text(re.compile(f"[{words}]+"))
    visitor.get_by_role("group", name="栏目").get_by_role("link", name="政策文件").click()
    expect(visitor.locator(".found-list li .tag")).to_have_text(["政策文件"])
    visitor.locator(".found-list a").first.click()
    heading(visitor, "高新技术企业研发费用加计扣除政策要点")
    visitor.goto("/")
    search(visitor, "<script>alert(1)</script>鬯")
    expect(visitor.locator("main")).to_contain_text("没有找到相关内容")


def test_policies_are_recommended_by_the_labels_of_the_enterprise(as_person, visitor):
    page = as_person("enterprise_admin")
    page.goto("/policies/")
    recommended = page.get_by_role("region", name="为您推荐")
    recommended.get_by_role("link", name="专精特新中小企业培育政策解读").click()
    heading(page, "专精特新中小企业培育政策解读")
    page.get_by_role("navigation", name="栏目").get_by_role("link", name="企业工作台").click()
    expect(page).to_have_url(re.compile(r"/workbench/"))
    visitor.goto("/policies/")
    expect(visitor.get_by_role("region", name="为您推荐")).to_have_count(0)


# ---------------------------------------------------------------- objecting


def test_an_objection_is_answered_and_read_by_who_raised_it(as_person, visitor, server, watch):
    watch.allow("status of 422")
    object_to(visitor, "王以宁", "13900090011")
    enterprise = as_person("company_12")
    object_to(enterprise, "赵临川", "13900090012")

    officer = as_person("city_officer")
    menu(officer, "公示异议")
    for name in ("王以宁", "赵临川"):
        row_of(officer, name).get_by_role("link", name=re.compile("^查看")).click()
        expect(officer.locator("main")).to_contain_text("与营业执照不一致")
        officer.get_by_label("答复内容").fill(f"{name}：经核实，已更正企业名称。")
        press(officer, "提交答复")
        said(officer, "已答复")
        press(officer, "办结")
        confirm(officer, "办结")
        said(officer, "已办结")
        menu(officer, "公示异议")
    tab(officer, "已办结")
    expect(row_of(officer, "王以宁")).to_be_visible()

    enterprise.goto("/messages/")
    expect(row_of(enterprise, "您的公示异议已答复")).to_contain_text("赵临川：经核实，已更正企业名称。")
    enterprise.get_by_role("button", name=re.compile("^打开 您的公示异议已答复")).click()
    heading(enterprise, LIST_OF_CITY)
    wait_for_sms(server, "王以宁：经核实，已更正企业名称。")


def object_to(page: Page, name: str, phone: str) -> None:
    """Object to the city's list, after a first try without a reason."""
    page.goto("/publicity/")
    page.get_by_label("标题中的文字").fill("拟推荐")
    press(page, "查询")
    page.get_by_role("link", name=LIST_OF_CITY).click()
    assert saves(page, "拟推荐项目名单.pdf") > 500
    page.get_by_role("link", name="提出异议").click()
    page.get_by_label("姓名").fill(name)
    page.get_by_label("联系电话").fill(phone)
    press(page, "提交异议")
    expect(page.locator("#text-error")).to_be_visible()
    expect(page.get_by_label("姓名")).to_have_value(name)
    page.get_by_label("异议内容和理由").fill("名单第一项的企业名称与营业执照不一致，请核实。")
    press(page, "提交异议")
    said(page, "已收到您的异议")


def wait_for_sms(server, words: str) -> None:
    """Wait until a text message with these words has been sent."""
    end = time.time() + PATIENCE / 1000
    while time.time() < end:
        if any(words in path.read_text("utf-8") for path in (server.folder / "outbox" / "sms").glob("*.txt")):
            return
        time.sleep(0.2)
    raise AssertionError(f"no text message says {words!r}")


# ---------------------------------------------------------------- writing

FORBIDDEN = "script, img, [href^=javascript]"
TITLE = "关于数字化车间建设的政策问答"
BODY = """## 一、适用范围

**工业企业**均可参加，详见[平台](javascript:alert(1))。

<script>document.title = "taken over"</script><img src=x onerror="document.title='taken over'">

| 类别 | 标准 |
| --- | --- |
| 数字化车间 | 100 分 |
"""


def test_an_officer_writes_previews_plans_and_takes_down(as_person, visitor, scratch, watch):
    watch.allow("status of 404")
    page = as_person("province_officer")
    write(page)
    hand_in_file(page, scratch)
    visitor.goto("/policies/")
    expect(visitor.get_by_role("link", name=TITLE)).to_have_count(0)

    plan(page)
    appears(visitor)
    visitor.get_by_role("link", name=TITLE).click()
    heading(visitor, TITLE)
    public = visitor.url
    expect(visitor.locator(".article-body").get_by_role("heading", name="一、适用范围")).to_be_visible()
    expect(visitor.locator(".article-body").locator(FORBIDDEN)).to_have_count(0)
    assert visitor.title() != "taken over"
    assert saves(visitor, "问答附件.pdf") > 500
    search(home(visitor), "车间建设")
    expect(visitor.locator(".found-list li").first).to_contain_text(TITLE)

    page.reload()
    press(page, "撤下")
    confirm(page, "撤下")
    said(page, "已撤下 1 篇文章")
    assert visitor.goto(public).status == 404
    visitor.goto("/policies/")
    expect(visitor.get_by_role("link", name=TITLE)).to_have_count(0)
    search(home(visitor), "车间建设")
    expect(visitor.locator("main")).not_to_contain_text(TITLE)


def home(page: Page) -> Page:
    """Go to the home of the portal."""
    page.goto("/portal/")
    return page


def write(page: Page) -> None:
    """Write a draft and look at it before it is kept."""
    menu(page, "栏目文章")
    page.get_by_role("link", name=re.compile("^新增文章")).click()
    page.get_by_label("栏目").select_option(label="政策文件")
    page.locator("[name=title]").fill(TITLE)
    page.get_by_label("正文").fill(BODY)
    press(page, "预览")
    preview = page.locator(".rich-preview")
    expect(preview.get_by_role("table")).to_contain_text("100 分")
    expect(preview.locator(FORBIDDEN)).to_have_count(0)
    press(page, "保存")
    said(page, "已保存")
    expect(page.locator(".alert-info").first).to_contain_text("门户目前不显示本文，以下为预览")
    assert page.title() != "taken over"


def hand_in_file(page: Page, scratch) -> None:
    """Add a file to the draft; what only calls itself one is refused."""
    (scratch / "图片.svg").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "utf-8"
    )
    page.get_by_label("选择附件").set_input_files(scratch / "图片.svg")
    press(page, "上传附件")
    expect(page.locator(".alert-danger")).to_be_visible()
    page.get_by_label("选择附件").set_input_files(paper(scratch, "问答附件.pdf"))
    press(page, "上传附件")
    expect(page.locator(".file-list")).to_contain_text("问答附件.pdf")


def plan(page: Page) -> None:
    """Let the draft appear by itself in a few seconds."""
    page.get_by_role("link", name="编辑", exact=True).click()
    page.get_by_label("发布时间").fill(clock(4))
    page.get_by_label("撤下时间").fill(clock(3600))
    press(page, "保存")
    said(page, "已保存")
    expect(page.locator("main")).to_contain_text(re.compile("待发布|已发布"))


def appears(page: Page) -> None:
    """Reload the policies until the planned one is there."""
    link, end = page.get_by_role("link", name=TITLE), time.time() + PATIENCE / 1000
    while time.time() < end and not link.count():
        page.wait_for_timeout(500)
        page.reload()
    expect(link).to_be_visible()


# ---------------------------------------------------------------- looking


def test_every_public_page_fits_and_reads_well_on_desk_and_phone(visitor):
    problems = []
    for address in public_pages(visitor):
        visitor.goto(address)
        problems += [f"{address}: {fault}" for fault in look_at(visitor, close=True)]
        problems += [f"{address}: {fault}" for fault in walk_with_keyboard(visitor)]
        visitor.set_viewport_size(PHONE)
        problems += [f"{address} on a phone: {fault}" for fault in look_at(visitor, close=True)]
        visitor.set_viewport_size(DESKTOP)
    assert not problems, "\n".join(problems)


def public_pages(page: Page) -> list[str]:
    """Return the home, every section, the first article of each, a call, the form of an objection and the search."""
    found = ["/", "/links/", "/search/?q=政策", "/search/"]
    for name in SECTIONS:
        section(page, name)
        found += [page.url, page.locator(".article-list a").first.evaluate("link => link.href")]
    page.goto("/publicity/")
    page.get_by_role("link", name=LIST_OF_CITY).click()
    found += [page.get_by_role("link", name="提出异议").evaluate("link => link.href")]
    page.goto("/notices/")
    page.get_by_role("link", name=re.compile("关于组织开展2024年")).click()
    found += [page.get_by_role("link", name=PROGRAMME).evaluate("link => link.href")]
    return found


def test_a_visitor_gets_about_on_a_phone(open_context):
    page = open_context(PHONE).new_page()
    page.goto("/")
    expect(page.get_by_role("link", name="企业用户登录")).to_be_visible()
    page.get_by_role("navigation", name="栏目").get_by_role("link", name="结果公示").click()
    heading(page, "结果公示")
    assert not serious_findings(page)
