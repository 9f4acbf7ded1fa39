"""What hands do: typing into the declaration form, ticking, choosing files, answering dialogs."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from app.demo.papers import make_paper
from tests.e2e.answers import Pick
from tests.e2e.conftest import read_picture, serious_findings, server_of

OWN_PASSWORD = "Jinshan2026"
TYPED_KEY_BY_KEY = 30  # longer texts arrive as from an input method: in one piece
PICKERS = ("date", "month")


def field(page: Page, name: str) -> Locator:
    """Return the input of that name."""
    return page.locator(f'[name="{name}"]')


def answer(page: Page, name: str, value: Any) -> None:
    """Give an answer: a text is typed, options are ticked."""
    if isinstance(value, Pick):
        for key in value.keys:
            page.locator(f"[id='{name}-{key}']").check()
        return
    place = field(page, name)
    kind = place.first.get_attribute("type")
    if isinstance(value, tuple) and kind == "radio":
        page.locator(f"[id='{name}-{value[0]}']").check()
    elif isinstance(value, tuple):
        place.select_option(value[0])
    elif kind in PICKERS:
        place.fill(value)
    else:
        _type(page, place, value)


def _type(page: Page, place: Locator, text: str) -> None:
    place.fill("")
    if len(text) <= TYPED_KEY_BY_KEY:
        place.press_sequentially(text)
    else:
        place.focus()
        page.keyboard.insert_text(text)


def answer_all(page: Page, answers: dict[str, Any]) -> None:
    """Give answers one after the other."""
    for name, value in answers.items():
        answer(page, name, value)


def add_records(page: Page, name: str, records: list[dict[str, Any]]) -> None:
    """Fill a record list; the first record is there already."""
    box = page.locator(f'[data-repeat="{name}"]')
    for number, record in enumerate(records):
        if number >= box.locator("[data-row]").count():
            box.locator("[data-add-row]").click()
        row = box.locator("[data-row]").nth(number)
        for column, value in record.items():
            place = row.locator(f'[name$="-{column}"]').first
            answer(page, place.get_attribute("name"), value)


def go(page: Page, words: str = "保存并下一步") -> None:
    """Press a button at the foot of the form and wait for the next page."""
    before = page.url
    page.locator(".bar").get_by_role("button", name=words, exact=True).click()
    page.wait_for_url(lambda url: url != before)
    page.wait_for_load_state()


def heading(page: Page, words: str) -> None:
    """Expect the page of that title, with its scripts at work."""
    expect(page.get_by_role("heading", level=1)).to_have_text(words)
    page.wait_for_load_state()


def confirm(page: Page, words: str) -> None:
    """Answer a dialog."""
    page.get_by_role("dialog").get_by_role("button", name=words, exact=True).click()


def upload(page: Page, kind: str, *paths: Path) -> None:
    """Choose files for an attachment kind and wait for each answer."""
    box = page.locator(f'[data-files="{kind}"]')
    for path in paths:
        with page.expect_file_chooser() as chooser:
            box.locator("[data-upload-button]").click()
        with page.expect_response(lambda answer: f"/files/{kind}" in answer.url):
            chooser.value.set_files(path)
        expect(box.locator("[data-upload-progress]")).to_be_hidden()


def paper(folder: Path, name: str) -> Path:
    """Return a small real PDF."""
    path = folder / name
    path.write_bytes(make_paper(name, "惠州市云杉智能装备有限公司"))
    return path


def seal(page: Page, folder: Path) -> None:
    """Hand in the sealed version of the document that was just made, and go on to the submission."""
    page.get_by_role("link", name="下一步：上传盖章版").click()
    heading(page, "上传申报书（盖章版）")
    page.get_by_label("盖章后的 PDF 文件").set_input_files(paper(folder, "申报书盖章版.pdf"))
    page.get_by_role("button", name="上传", exact=True).click()
    expect(page.locator(".alert-success")).to_contain_text("已上传盖章版")
    page.get_by_role("link", name="下一步：提交申报").click()
    heading(page, "提交申报")


def follow_row(page: Page, text: str, link: str) -> None:
    """Press the link of the line that holds the text."""
    page.get_by_role("row").filter(has_text=text).get_by_role("link", name=link).first.click()


# ---------------------------------------------------------------- lists and menus


def menu(page: Page, name: str, title: str | None = None) -> None:
    """Choose an entry of the menu."""
    page.get_by_role("navigation", name="菜单").get_by_role("link", name=name, exact=True).click()
    heading(page, title or name)


def press(page: Page, name: str) -> None:
    """Press the button of that name once the scripts of its page are at work."""
    button = page.get_by_role("button", name=name, exact=True)
    button.wait_for()
    page.wait_for_load_state()
    button.click()


def said(page: Page, text: str) -> None:
    """Expect the sentence that tells what was done."""
    expect(page.locator(".alert-success").first).to_contain_text(text)


def row_of(page: Page, text: str) -> Locator:
    """Return the line of a list that holds the text."""
    return page.locator("main").get_by_role("row").filter(has_text=text).first


def tab(page: Page, name: str) -> None:
    """Choose a tab of a list."""
    page.locator("nav.tabs").get_by_role("link", name=re.compile(f"^{name}")).click()
    expect(page.locator("nav.tabs [aria-current]")).to_contain_text(name)
    page.wait_for_load_state()


def error(page: Page, name: str) -> Locator:
    """Return what is said at a field."""
    return page.locator(f"[id='{name}-error']")


# ---------------------------------------------------------------- registering


def fits(page: Page) -> None:
    """Nothing sticks out, and a machine can read the page."""
    assert page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert not serious_findings(page)


def ask_for_code(page: Page, mobile: str) -> str:
    """Answer the picture, have a code sent and return it."""
    sent = len(server_of(page).codes())
    page.get_by_label("手机号码").fill(mobile)
    read_picture(page)
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_role("status")).to_have_text("验证码已发送，5 分钟内有效。")
    return server_of(page).code_after(sent)


def fill_card(page: Page, username: str, name: str = "王海涛") -> None:
    """Fill in who one is and the password."""
    page.get_by_label("用户名").fill(username)
    page.get_by_label("姓名").fill(name)
    page.get_by_label("密码", exact=True).fill(OWN_PASSWORD)
    page.get_by_label("确认密码").fill(OWN_PASSWORD)


def register(page: Page, kind: str, username: str, name: str, mobile: str) -> None:
    """Register by phone as an enterprise, individual or expert."""
    page.goto(f"/register/?as={kind}")
    code = ask_for_code(page, mobile)
    fill_card(page, username, name)
    page.get_by_label("短信验证码").fill(code)
    page.get_by_label("阅读并同意").check()
    page.get_by_role("button", name="立即注册").click()
    expect(page.get_by_role("button", name="立即注册")).to_have_count(0)
