"""The whole way of declaring with the keyboard alone: from the log-in to the submission, without one click."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import PASSWORD
from tests.e2e.conftest import picture_of
from tests.e2e.hands import field, heading, paper
from tests.e2e.keyboard import Keyboard
from tests.e2e.server import ROOT, environment

APPLICANT = "enterprise_admin"
PLANT = "惠州市云杉智能装备有限公司"
CALL = "绿色工厂（虚构）申报表"
SAVED = re.compile(r"^已保存 \d\d:\d\d$")


@pytest.fixture(scope="module", autouse=True)
def _call(server):
    """An open call of a small type with every kind of question, a document and a sealed version."""
    env = environment(server.folder, server.database)
    subprocess.run([sys.executable, "-m", "tests.e2e.open_call", "green_factory"], env=env, cwd=ROOT, check=True)


def test_a_declaration_is_made_and_submitted_with_the_keyboard_alone(open_context, scratch):
    page = open_context().new_page()
    keys = Keyboard(page)
    log_in(page, keys)
    begin(page, keys)
    fill_in_the_plant(page, keys)
    fill_in_the_use(page, keys)
    fill_in_the_measures(page, keys)
    attach(page, keys, scratch)
    make_the_document(page, keys)
    hand_in_the_seal(page, keys, scratch)
    submit(page, keys)


def go_on(page: Page, keys: Keyboard, words: str = "保存并下一步") -> None:
    """Press the button at the foot of the form and wait for the next page."""
    before = page.url
    keys.push(page.locator(".bar").get_by_role("button", name=words, exact=True))
    page.wait_for_url(lambda url: url != before)
    page.wait_for_load_state("networkidle")


def log_in(page: Page, keys: Keyboard) -> None:
    """Type name, password and what the picture shows; Enter sends it."""
    page.goto("/login/")
    keys.type(page.get_by_label("用户名"), APPLICANT)
    keys.type(page.get_by_label("密码", exact=True), PASSWORD)
    keys.type(page.get_by_label("图片验证码", exact=True), picture_of(page))
    keys.press("Enter")
    heading(page, PLANT)


def begin(page: Page, keys: Keyboard) -> None:
    """The first stop of a page leads past the menu; the call is found by name and begun."""
    keys.press("Tab")
    keys.require_visible()
    keys.press("Enter")
    assert keys.read("() => location.hash") == "#content"
    keys.type(page.get_by_label("项目名称"), "绿色工厂")
    keys.press("Enter")
    heading(page, "我要申报")
    line = page.locator("article.opening").filter(has_text=CALL)
    keys.push(line.get_by_role("button", name="申报"), "Space")
    heading(page, "工厂概况")
    page.wait_for_load_state("networkidle")


def fill_in_the_plant(page: Page, keys: Keyboard) -> None:
    """Drop-downs, options, days; a wrong answer holds one back and says so at its place."""
    expect(field(page, "plant")).to_have_value(PLANT)
    choose(page, keys, "scale", "medium")
    choose(page, keys, "sector", "electronics")
    keys.type(field(page, "duty_phone"), "12")
    keys.day(field(page, "opened"), "2016", "05", "20")
    for option in ("grid", "solar"):
        keys.push(page.locator(f"#sources-{option}"), "Space")
    keys.type(field(page, "invested"), "1250000.5")
    keys.push(page.locator(".bar").get_by_role("button", name="保存并下一步", exact=True))
    wrong = page.locator('[data-error-for="duty_phone"]')
    expect(wrong).not_to_be_empty()
    expect(field(page, "duty_phone")).to_be_focused()
    keys.type(field(page, "duty_phone"), "0752-2800000")
    expect(wrong).to_be_empty()
    go_on(page, keys)


def choose(page: Page, keys: Keyboard, name: str, key: str) -> None:
    """Answer a choice, whether it is shown as a drop-down or as buttons."""
    if page.locator(f'select[name="{name}"]').count():
        label = page.locator(f'select[name="{name}"] option[value="{key}"]').inner_text()
        keys.pick(page.locator(f'select[name="{name}"]'), label)
        return
    buttons = page.locator(f'input[name="{name}"]')
    keys.to(buttons.first)
    keys.press("Space")
    for _option in range(buttons.count()):
        if page.locator(f"[id='{name}-{key}']").is_checked():
            return
        keys.press("ArrowDown")
    raise AssertionError(f"{key} is not reached by arrows")


def fill_in_the_use(page: Page, keys: Keyboard) -> None:
    """A table is filled cell by cell; the page that one answer asks for comes behind it."""
    heading(page, "用能与排放")
    for column, figures in (("p", ("820.5", "15200")), ("q", ("780", "16100"))):
        for row, figure in zip(("power", "output"), figures, strict=True):
            cell = field(page, f"use-{column}-{row}")
            keys.to(cell, back=column == "q" and row == "power")
            keys.press("Control+a")
            page.keyboard.type(figure)
    expect(page.locator("output[data-computed]")).to_contain_text("%")
    go_on(page, keys)
    heading(page, "光伏情况")
    keys.type(field(page, "solar_share"), "12.5")
    go_on(page, keys)


def fill_in_the_measures(page: Page, keys: Keyboard) -> None:
    """Records are added, deleted after being asked, and the focus stays where one works."""
    heading(page, "措施与计划")
    rows = page.locator('[data-repeat="measures"] [data-row]')
    first_record(keys, page)
    keys.push(page.locator('[data-repeat="measures"] [data-add-row]'), "Space")
    expect(rows).to_have_count(2)
    expect(rows.nth(1).locator('[name$="-what"]')).to_be_focused()
    page.keyboard.insert_text("填错的一条")
    delete = rows.nth(1).locator("[data-remove-row]")
    keys.push(delete)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("填错的一条")
    stay_inside(keys)
    keys.press("Escape")
    expect(dialog).to_have_count(0)
    expect(delete).to_be_focused()
    keys.press("Enter")
    keys.push(dialog.get_by_role("button", name=re.compile("^删除")))
    expect(rows).to_have_count(1)
    keys.require_visible()
    keys.type(field(page, "plan"), "两年内完成厂区照明与空调系统的智能化改造，电耗再降百分之五。")
    keys.push(field(page, "pledge"), "Space")
    expect(field(page, "pledge")).to_be_checked()
    expect(page.locator("[data-save-state]")).to_have_text(SAVED)
    go_on(page, keys)


def first_record(keys: Keyboard, page: Page) -> None:
    keys.type(page.locator('[data-repeat="measures"] [name$="-what"]').first, "空压机余热回收")
    keys.day(page.locator('[data-repeat="measures"] [name$="-since"]').first, "2022", "03")
    keys.type(page.locator('[data-repeat="measures"] [name$="-saved"]').first, "120000")


def stay_inside(keys: Keyboard) -> None:
    """Tab goes round in a dialog, or to the browser itself, and never to what lies behind."""
    for _press in range(6):
        keys.press("Tab")
        outside = "() => !document.activeElement.closest('dialog') && document.activeElement !== document.body"
        assert not keys.read(outside), "the focus has left the dialog"


def attach(page: Page, keys: Keyboard, scratch) -> None:
    """A file is chosen by a button that the keyboard reaches."""
    heading(page, "附件")
    box = page.locator('[data-files="meter_report"]')
    with page.expect_response(lambda answer: "/files/meter_report" in answer.url):
        keys.choose_file(box.locator("[data-upload-button]"), paper(scratch, "计量报告.pdf"))
    expect(box.locator("[data-file]")).to_have_count(1)
    keys.to(box.locator("[data-delete]"), back=True)
    go_on(page, keys, "保存并检查")


def make_the_document(page: Page, keys: Keyboard) -> None:
    """检查 leads on; when the document is there, the focus stands at 打开."""
    heading(page, "检查")
    expect(page.get_by_text("没有待处理的问题")).to_be_visible()
    keys.push(page.get_by_role("link", name="下一步：生成申报书"))
    heading(page, "生成申报书")
    keys.push(page.get_by_role("button", name="生成申报书"))
    expect(page.get_by_text("申报书已生成")).to_be_visible(timeout=60_000)
    expect(page.locator("[data-document-open]")).to_be_focused()
    keys.push(page.get_by_role("link", name="下一步：上传盖章版"))


def hand_in_the_seal(page: Page, keys: Keyboard, scratch) -> None:
    """The sealed version is chosen, sent, and confirmed."""
    heading(page, "上传申报书（盖章版）")
    keys.choose_file(page.get_by_label("盖章后的 PDF 文件"), paper(scratch, "盖章版.pdf"), "Space")
    keys.push(page.get_by_role("button", name="上传", exact=True), "Space")
    expect(page.locator(".alert-success")).to_contain_text("已上传盖章版")
    keys.push(page.get_by_role("link", name="下一步：提交申报"))


def submit(page: Page, keys: Keyboard) -> None:
    """The last question begins at 取消; it is answered, and the declaration is on its way."""
    heading(page, "提交申报")
    keys.push(page.locator(".bar").get_by_role("button", name="提交申报"))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(PLANT)
    expect(dialog.get_by_role("button", name="取消")).to_be_focused()
    keys.push(dialog.get_by_role("button", name="提交申报"))
    heading(page, "申报已提交")
    keys.push(page.get_by_role("link", name="查看我的项目"))
    heading(page, "我的项目")
    keys.push(page.get_by_role("link", name=re.compile(f"查看.*{PLANT}")).first)
    expect(page.locator("main")).to_contain_text("县级核实中")
