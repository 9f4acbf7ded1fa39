"""Every page that a person's menu leads to: it fits, it can be used without a mouse and read by a machine."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.conftest import PASSWORD
from tests.e2e.conftest import DESKTOP, PHONE, picture_of, serious_findings
from tests.e2e.hands import heading

PEOPLE = (
    "enterprise_admin",
    "enterprise_employee",
    "company_03",  # with a draft
    "company_11",  # with a declaration that was returned
    "newcomer",
    "county_officer",
    "county_admin",
    "city_officer",
    "office_leader",
    "city_admin",
    "province_officer",
    "province_admin",
    "platform_operator",
)
STEPS = 10  # of the Tab key on each page
FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const style = getComputedStyle(at);
  const outline = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const box = at.getBoundingClientRect();
  return {
    what: at.outerHTML.slice(0, 120),
    marked: outline || style.boxShadow !== "none",
    seen: box.width > 1 && box.height > 1 && box.bottom > 0 && box.right > 0,
  };
}"""
WIDEST = """() => {
  const width = document.documentElement.clientWidth;
  const wide = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > width + 1);
  const scroll = document.documentElement.scrollWidth;
  return { scroll, width, wide: wide.slice(-1).map((e) => e.outerHTML.slice(0, 160)) };
}"""


@pytest.fixture(scope="module")
def seen_before() -> set[str]:
    """Kinds of pages that somebody has already looked at closely."""
    return set()


@pytest.mark.parametrize("username", PEOPLE)
def test_every_page_fits_and_reads_well(as_person, seen_before, username):
    page = as_person(username)
    problems, visited = [], 0
    for address in pages_of(page, seen_before):
        kind, visited = kind_of(page.url), visited + 1
        is_new = kind not in seen_before
        problems += [f"{address}: {fault}" for fault in look_at(page, close=is_new or visited == 1)]
        problems += [f"{address}: {fault}" for fault in (walk_with_keyboard(page) if is_new else ())]
        page.set_viewport_size(PHONE)
        problems += [f"{address} on a phone: {fault}" for fault in look_at(page, close=is_new)]
        page.set_viewport_size(DESKTOP)
        seen_before |= {kind, kind_of(address)}
    print(f"{username}: {visited} pages")
    assert not problems, "\n".join(problems)
    assert visited >= 2


def pages_of(page: Page, seen_before: set[str]) -> Iterator[str]:
    """Open pages of the menu, and by their links one page of every kind, that nobody has seen yet; yield each.

    The first two entries of a menu are opened in any case.
    """
    page.goto("/")
    menu = addresses(page.get_by_role("navigation", name="菜单").first)
    waiting = menu[:2] + [address for address in menu[2:] if kind_of(address) not in seen_before]
    planned = {kind_of(address) for address in waiting}
    while waiting:
        address = waiting.pop(0)
        if not is_page(page, address):
            continue
        page.goto(address)
        links = addresses(page.locator("main"))
        yield address
        for link in links:
            if kind_of(link) not in planned | seen_before:
                planned.add(kind_of(link))
                waiting.append(link)


def is_page(page: Page, address: str) -> bool:
    """Tell whether an address shows a page; others are files to keep."""
    headers = page.request.head(address).headers
    return "text/html" in headers.get("content-type", "") and "attachment" not in headers.get("content-disposition", "")


def addresses(place: Locator) -> list[str]:
    """Return where the links of a place lead."""
    links = place.locator("a[href^='/']:not([target]):not([download])")
    return list(dict.fromkeys(links.evaluate_all("links => links.map(link => link.getAttribute('href'))")))


def kind_of(address: str) -> str:
    """Return the path with ids left out."""
    return re.sub(r"/(?:\d+|[\w-]{20,})(?=/|$)", "/…", urlsplit(address).path)


def look_at(page: Page, *, close: bool) -> list[str]:
    """Return what is wrong with the page as it is shown: too wide, or hard to read for a machine."""
    size = page.evaluate(WIDEST)
    faults = [f"is {size['scroll']} wide, {size['wide']}"] if size["scroll"] > size["width"] else []
    return faults + (serious_findings(page) if close else [])


def walk_with_keyboard(page: Page) -> list[str]:
    """Return where the focus cannot be seen on the first steps through the page."""
    faults = []
    for _step in range(STEPS):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus is None:
            break
        if not focus["marked"] or not focus["seen"]:
            faults.append(f"no visible focus on {focus['what']}")
    return faults


# ---------------------------------------------------------------- without a mouse


def test_a_declaration_is_begun_and_saved_without_a_mouse(open_context):
    page = open_context().new_page()
    page.goto("/login/")
    tab_to(page, page.get_by_label("用户名"))
    page.keyboard.type("enterprise_admin")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.type(picture_of(page))
    page.keyboard.press("Enter")
    page.wait_for_url("**/workbench/")
    press(page, page.get_by_role("navigation", name="菜单").get_by_role("link", name="我要申报"))
    heading(page, "我要申报")
    press(page, page.locator("article.opening").filter(has_text="申报中").get_by_role("button", name="申报").first)
    heading(page, "加入方式")
    tab_to(page, page.locator("[name=admission_route]").first)
    page.keyboard.press("Space")
    expect(page.locator("#admission_route-selection")).to_be_checked()
    press(page, page.get_by_role("button", name="保存并下一步"))
    heading(page, "（一）基本情况")
    tab_to(page, page.locator("[name=address]"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("不用鼠标填写的地址 9 号")
    press(page, page.locator(".bar").get_by_role("button", name="保存", exact=True))
    expect(page.locator("[data-save-state]")).to_contain_text(re.compile(r"已保存 \d\d:\d\d"))
    page.reload()
    expect(page.locator("[name=address]")).to_have_value("不用鼠标填写的地址 9 号")


def tab_to(page: Page, target: Locator, most: int = 120) -> None:
    """Press Tab until the target has the focus."""
    expect(target).to_be_visible()
    for _step in range(most):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} is out of reach of the Tab key")


def press(page: Page, target: Locator) -> None:
    """Go to a link or button and press Enter."""
    tab_to(page, target)
    page.keyboard.press("Enter")
