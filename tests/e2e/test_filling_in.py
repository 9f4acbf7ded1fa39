"""Filling in a declaration in a browser: honest saving, lost networks and sessions, two windows, rules, no script."""

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from app.demo.papers import make_paper
from tests.conftest import PASSWORD

pytestmark = pytest.mark.e2e
CHROMIUM = Path("/usr/bin/chromium")
ROOT = Path(__file__).resolve().parents[2]
SAVED = re.compile(r"^已保存 \d\d:\d\d$")
WORLD = """
from app import create_app
from app.clock import now
from app.demo import world
from app.extensions import db
with create_app().app_context():
    world.build(now())
    db.session.commit()
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A server of its own on the demo world without declarations; it lives as long as the module."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    instance = tmp_path_factory.mktemp("instance")
    environment = os.environ | {"SHENBAO_INSTANCE": str(instance), "SHENBAO_CONFIG": "dev", "PORT": str(port)}
    environment |= {
        "LOGIN_CAPTCHA": "off",
        "LOGIN_SECOND_FACTOR": "off",
    }  # logs in often, without scripts too
    for name in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)
    for command in (["-m", "flask", "--app", "run:app", "setup"], ["-c", WORLD]):
        subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=True)
    server = subprocess.Popen([sys.executable, "run.py"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    _wait(f"http://127.0.0.1:{port}/healthz")
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait(20)


def _wait(url: str) -> None:
    for _attempt in range(100):
        try:
            with urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(url)


@pytest.fixture(scope="module")
def chromium():
    """One browser for the module."""
    with sync_playwright() as playwright:
        executable = str(CHROMIUM) if CHROMIUM.exists() else None
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def window(chromium, address):
    """Return a function: user name → page of a browser of its own in which that person has logged in."""
    contexts = []

    def open_window(username: str, **options) -> Page:
        context = chromium.new_context(base_url=address, locale="zh-CN", **options)
        contexts.append(context)
        page = context.new_page()
        log_in(page, username)
        return page

    yield open_window
    for context in contexts:
        context.close()


def log_in(page: Page, username: str) -> None:
    """Log in on whatever page asks for it."""
    if not page.url.endswith("/login/") and "/login/" not in page.url:
        page.goto("/login/")
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.click("form .btn-primary")
    expect(page.locator(".menu summary")).to_be_visible()


def begin(page: Page) -> str:
    """Start or resume the declaration of the open call and return the address of its form."""
    page.goto("/declare/")
    page.locator(".opening form button").first.click()
    page.wait_for_url("**/declarations/*/*")
    return page.url.rsplit("/", 1)[0]


def go(page: Page, form: str, section: str) -> None:
    """Open a section and wait until its script has taken over."""
    page.goto(f"{form}/{section}")
    page.wait_for_load_state("networkidle")


def stored(page: Page, form: str, section: str, selector: str) -> str:
    """Return what is stored for an input, read on a page of its own."""
    other = page.context.new_page()
    other.goto(f"{form}/{section}")
    value = other.locator(selector).input_value()
    other.close()
    return value


def state(page: Page):
    """Return the place that says whether all is saved."""
    return page.locator("[data-save-state]")


def names(page: Page) -> list[str]:
    """Return the names of the products on the page."""
    return [box.input_value() for box in page.locator("[data-rows] [data-path$='.name']").all()]


def test_saved_is_shown_only_after_the_server_has_answered(window):
    page = window("company_03")
    form = begin(page)
    go(page, form, "basic")
    held = []
    page.route("**/basic", lambda route: held.append(route) if route.request.method == "PUT" else route.continue_())

    page.fill("#address", "甲路 1 号")
    expect(state(page)).to_have_text("正在保存…")
    page.wait_for_timeout(1500)
    expect(state(page)).to_have_text("正在保存…")
    assert stored(page, form, "basic", "#address") != "甲路 1 号"
    held[0].continue_()

    expect(state(page)).to_have_text(SAVED)
    assert stored(page, form, "basic", "#address") == "甲路 1 号"


def test_without_network_it_says_so_and_saves_as_soon_as_it_is_back(window):
    page = window("company_03")
    form = begin(page)
    go(page, form, "basic")
    page.context.set_offline(True)

    page.fill("#address", "乙路 2 号")
    expect(state(page)).to_contain_text("未保存：网络不通")
    page.context.set_offline(False)

    expect(state(page)).to_have_text(SAVED, timeout=15000)
    assert stored(page, form, "basic", "#address") == "乙路 2 号"


def test_a_lost_session_keeps_the_text_in_the_browser_until_log_in(window):
    page = window("company_03")
    form = begin(page)
    go(page, form, "basic")
    page.context.clear_cookies()

    page.fill("#address", "丙路 3 号")
    expect(state(page)).to_contain_text("登录已失效")
    page.click("[data-save-state] a")
    log_in(page, "company_03")

    expect(page.locator("#address")).to_have_value("丙路 3 号")
    expect(state(page)).to_have_text(SAVED)
    assert stored(page, form, "basic", "#address") == "丙路 3 号"
    assert page.evaluate("Object.keys(localStorage)") == []


def test_after_a_log_in_elsewhere_saving_goes_on_by_itself(window):
    page = window("company_03")
    form = begin(page)
    go(page, form, "basic")
    page.context.clear_cookies()
    other = page.context.new_page()
    log_in(other, "company_03")

    page.bring_to_front()
    page.fill("#address", "己路 6 号")

    expect(state(page)).to_have_text(SAVED)
    assert stored(page, form, "basic", "#address") == "己路 6 号"


def test_what_one_person_typed_is_never_saved_in_the_name_of_another(window):
    page = window("company_03")
    form = begin(page)
    go(page, form, "basic")
    before = stored(page, form, "basic", "#address")
    page.wait_for_load_state("networkidle")  # an answer under way would bring the session back
    page.context.clear_cookies()
    other = page.context.new_page()
    log_in(other, "company_04")

    page.bring_to_front()
    page.fill("#address", "庚路 7 号")

    expect(state(page)).to_contain_text("已换用其他账号登录")
    again = window("company_03")
    assert stored(again, form, "basic", "#address") == before


def test_logging_out_leaves_no_copy_behind(window):
    page = window("company_03")
    go(page, begin(page), "basic")
    page.route("**/basic", lambda route: route.abort() if route.request.method == "PUT" else route.continue_())
    page.fill("#address", "丁路 4 号")
    expect(state(page)).to_contain_text("未保存：")
    assert page.evaluate("Object.keys(localStorage).length") == 1

    page.on("dialog", lambda dialog: dialog.accept())
    page.click(".menu summary")
    page.click(".menu form button")
    expect(page.locator("#username")).to_be_visible()

    assert page.evaluate("Object.keys(localStorage)") == []


def test_two_people_on_one_list_lose_no_record(window):
    one, other = window("enterprise_admin"), window("enterprise_employee")
    form = begin(one)
    go(one, form, "business")
    go(other, form, "business")
    one.fill("#products-0-name", "产品甲")
    expect(state(one)).to_have_text(SAVED)

    other.fill("#products-0-name", "产品乙")
    dialog = other.locator("dialog")
    expect(dialog).to_contain_text("产品甲")
    expect(dialog).to_contain_text("产品乙")
    dialog.get_by_role("button", name="按选择保存").click()
    expect(dialog).to_have_count(0)
    expect(other.locator("#products-1-name")).to_be_visible()
    other.wait_for_load_state("networkidle")

    assert sorted(names(other)) == ["产品乙", "产品甲"]


def test_of_two_texts_the_person_chooses_and_may_put_it_off(window):
    one, other = window("enterprise_admin"), window("enterprise_employee")
    form = begin(one)
    go(one, form, "basic")
    go(other, form, "basic")
    one.fill("#address", "甲路 1 号")
    expect(state(one)).to_have_text(SAVED)

    other.fill("#address", "乙路 2 号")
    other.get_by_role("button", name="稍后处理").click()
    expect(state(other)).to_contain_text("冲突")
    assert stored(one, form, "basic", "#address") == "甲路 1 号"
    other.get_by_role("button", name="处理冲突").click()
    other.get_by_label("我填写的内容").check()
    other.get_by_role("button", name="按选择保存").click()
    expect(other.locator("dialog")).to_have_count(0)
    expect(other.locator("#address")).to_have_value("乙路 2 号")

    assert stored(one, form, "basic", "#address") == "乙路 2 号"


def test_conditions_and_computed_values_follow_at_once_without_the_server(window):
    page = window("company_04")
    form = begin(page)
    go(page, form, "route")
    page.route("**/declarations/**", lambda r: r.abort() if r.request.method == "PUT" else r.continue_())
    page.on("dialog", lambda dialog: dialog.accept())
    asked = page.locator("[data-field=direct_qualifications]")

    expect(asked).to_be_hidden()
    page.check("#admission_route-direct")
    expect(asked).to_be_visible()
    page.check("#admission_route-selection")
    expect(asked).to_be_hidden()
    go(page, form, "economics")
    for column, figure in (("y1", "1,000"), ("y2", "2000.5"), ("y3", "３０００万元")):
        page.fill(f"#econ-{column}-main_revenue", figure)

    expect(page.locator("output")).to_have_text("2,000.17 万元")


def test_records_are_added_pasted_from_a_sheet_and_deleted_after_asking(window):
    page = window("company_05")
    form = begin(page)
    go(page, form, "business")
    page.locator("#products-0-name").evaluate(
        """(box, text) => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        "产品甲\t10\t20\n产品乙\t30\t40",
    )
    page.get_by_role("button", name="新增产品/服务").click()
    page.keyboard.type("产品丙")
    assert names(page) == ["产品甲", "产品乙", "产品丙"]

    page.locator("[data-remove-row]").first.click()
    expect(page.locator("dialog")).to_contain_text("产品甲")
    page.locator("dialog .btn-danger").click()
    expect(state(page)).to_have_text(SAVED)
    go(page, form, "business")

    assert names(page) == ["产品乙", "产品丙"]
    expect(page.locator("#products-0-revenue_y3")).to_have_value("40")


def test_saving_leads_the_focus_to_the_first_error(window):
    page = window("company_06")
    go(page, begin(page), "economics")
    page.fill("#econ-y1-revenue", "100")
    page.fill("#econ-y1-rd_spend", "500")

    page.get_by_role("button", name="保存并下一步").click()

    expect(page.locator("#econ-y1-rd_spend")).to_be_focused()
    expect(page.locator("#econ-y1-rd_spend-error")).to_contain_text("不得大于营业收入")
    expect(page.locator("[data-rail-section=economics] .mark-stop")).to_be_visible()


def test_uploads_show_refusals_at_their_place(window, tmp_path):
    page = window("company_06")
    go(page, begin(page), "attachments")
    good, disguised = tmp_path / "2021.pdf", tmp_path / "2022.pdf"
    good.write_bytes(make_paper("2021", "示例公司"))
    disguised.write_bytes(b"MZ" + bytes(2000))

    page.locator("[data-files=audits] input[type=file]").set_input_files([good, disguised])

    box = page.locator("[data-files=audits]")
    expect(box.locator(".file-list")).to_contain_text("2021.pdf")
    expect(box.locator("[data-refusals]")).to_contain_text("“2022.pdf”的内容不是 PDF 文件")


def test_a_preview_is_made_with_visible_progress(window):
    page = window("company_06")
    page.goto(f"{begin(page)}/document")

    page.get_by_role("button", name="草稿预览").click()
    expect(page.locator(".job[data-job=preview] progress")).to_be_visible()
    link = page.get_by_role("link", name="打开草稿预览")
    expect(link).to_be_visible(timeout=30000)

    assert page.request.get(link.get_attribute("href")).body().startswith(b"%PDF")


def test_without_script_the_form_saves_all_the_same(window):
    page = window("company_07", java_script_enabled=False)
    form = begin(page)
    page.goto(f"{form}/basic")

    page.fill("#address", "戊路 5 号")
    page.fill("#staff", "不知道")
    page.get_by_role("button", name="保存", exact=True).last.click()

    expect(page.locator("#staff-error")).to_contain_text("请输入整数")
    expect(page.locator("#staff")).to_have_value("不知道")
    assert stored(page, form, "basic", "#address") == "戊路 5 号"


def test_the_form_fits_a_phone(window):
    page = window("company_08", viewport={"width": 390, "height": 844})
    form = begin(page)
    for section in (
        "basic",
        "economics",
        "business",
        "services",
        "attachments",
        "check",
        "document",
        "sealed",
        "submit",
        "lists/ip/paste",
    ):
        page.goto(f"{form}/{section}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, section
