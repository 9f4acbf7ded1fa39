"""Hands of an author of types: drawing forms, building rules from rows, adding entries, saving."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.hands import heading

# ---------------------------------------------------------------- drafts, their pages and entries


def begin(page: Page, title: str, key: str) -> str:
    """Begin a type and return the address of its draft."""
    page.goto("/type-drafts/new")
    page.get_by_label(re.compile("^名称")).fill(title)
    page.get_by_label(re.compile("^标识")).fill(key)
    page.get_by_role("button", name="创建草稿").click()
    heading(page, title)
    return page.url


def card(page: Page, name: str) -> Locator:
    """Return the part of a page under a heading."""
    return page.locator("section.card").filter(has=page.get_by_role("heading", name=name, exact=True))


def added(where: Locator, button: str) -> Locator:
    """Press the button that adds an entry, and return the entry, which has the focus."""
    where.get_by_role("button", name=button).press("Enter")
    entry = where.locator("details.entry[open]").last
    expect(entry.locator("input, select, textarea").first).to_be_focused()
    return entry


def opened(where: Locator, number: int) -> Locator:
    """Open an entry and return it."""
    entry = where.locator("details.entry").nth(number)
    entry.locator("summary").first.click()
    return entry


def rules_of(entry: Locator, label: str) -> Locator:
    """Return the rows of a rule of an entry."""
    return entry.get_by_role("group", name=label)


def row(rules: Locator, field: str, operator: str, value: str = "") -> None:
    """Add a condition: field, comparison, value."""
    rules.get_by_role("button", name="添加条件", exact=False).first.press("Enter")
    line = rules.locator(".rule-row").last
    line.get_by_label("字段", exact=False).first.select_option(label=field)
    line = rules.locator(".rule-row").last
    line.get_by_label("比较", exact=False).first.select_option(label=operator)
    value_of = rules.locator(".rule-row").last.locator("[data-at$=value]")
    if value and value_of.evaluate("node => node.tagName") == "SELECT":
        value_of.select_option(label=value)
    elif value:
        value_of.fill(value)


def save(page: Page) -> None:
    """Save with the keyboard."""
    page.keyboard.press("Control+s")
    expect(page.locator(".studio-status")).to_have_text("已保存")
    expect(page.locator(".studio-problems .studio-stop")).to_have_count(0)


# ---------------------------------------------------------------- the form


def open_form(page: Page) -> None:
    """Go to the form of the draft in hand."""
    page.get_by_role("link", name="表单", exact=True).click()
    expect(page.get_by_role("button", name="添加栏目")).to_be_visible()


def settings(page: Page) -> Locator:
    """Return what can be set of the section, field, column or row in hand."""
    return page.get_by_label("设置", exact=True)


def control(page: Page, name: str) -> Locator:
    """Return the input of the settings that has this label."""
    return settings(page).get_by_label(name, exact=True)


def add_field(page: Page, kind: str, label: str) -> None:
    """Add a field and name it."""
    page.get_by_label("字段", exact=True).get_by_role("button", name=kind, exact=True).click()
    expect(control(page, "名称")).to_be_focused()
    control(page, "名称").fill(label)


def add_part(page: Page, button: str, name: str, label: str, kind: str | None = None) -> None:
    """Add a column or row, name it and say its kind."""
    page.get_by_role("button", name=button, exact=True).click()
    control(page, name).fill(label)
    if kind is not None:
        control(page, "类型").select_option(label=kind)
    page.get_by_role("button", name=re.compile("^← 返回")).click()


def name_first_column(page: Page, label: str, name: str = "名称") -> None:
    """Give the column that a table begins with its name."""
    settings(page).get_by_role("button", name="列1", exact=True).click()
    control(page, name).fill(label)
    page.get_by_role("button", name=re.compile("^← 返回")).click()


def save_form(page: Page) -> None:
    """Save and wait for the answer."""
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("status").get_by_text("保存成功")).to_be_visible()
