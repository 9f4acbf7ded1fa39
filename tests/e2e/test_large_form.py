"""A page of a form with a hundred rules and a list of two hundred records, in a browser."""

import json
import re
import statistics
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.hands import heading
from tests.e2e.server import ROOT, environment

RULES, RECORDS = 100, 200
TITLE = "大表单（虚构）"

TIMED = """([name, value]) => new Promise((done) => {
  const input = document.querySelector(`[name="${name}"]`);
  const start = performance.now();
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  document.body.getBoundingClientRect();
  const settled = performance.now() - start;
  requestAnimationFrame(() => setTimeout(() => done([settled, performance.now() - start])));
})"""
"""Types an answer; returns the milliseconds until rules and layout have followed, and until the picture is drawn."""


@pytest.fixture
def call(server, tmp_path) -> None:
    """An open call of a type that is larger than any real one."""
    package = tmp_path / "large_form"
    package.mkdir()
    (package / "type.yaml").write_text(json.dumps(large_type(), ensure_ascii=False), "utf-8")
    env = environment(server.folder, server.database)
    subprocess.run([sys.executable, "-m", "tests.e2e.open_call", str(package)], env=env, cwd=ROOT, check=True)


def large_type() -> dict:
    """Return a type whose one page has a list and fields under a condition each, half of them over the list."""
    columns = [
        {"key": "item", "type": "text", "label": "名称", "max": 40},
        {"key": "amount", "type": "int", "label": "数量"},
        {"key": "price", "type": "money", "label": "金额"},
    ]
    size = {"key": "size", "type": "int", "label": "规模", "required": True}
    listed = {"key": "lines", "type": "repeat", "label": "明细", "columns": columns, "max_rows": RECORDS}
    return {
        "schema": "declare/call/1", "key": "invented_large_form", "title": TITLE, "year": 2025, "subject": "大表单",
        "sections": [
            {"key": "large_page", "title": "填报", "fields": [size, listed, *(asked(n) for n in range(1, RULES + 1))]}
        ],
        "eligibility": {"quota": {"rows": [{"then": 9, "why": "不限"}]}},
        "workflow": {
            "steps": [
                {"key": "only", "label": "省级审核", "role": "province_officer", "scope": "province",
                 "office": "responsible", "public_label": "省级审核中", "actions": ["recommend", "decline", "return"]}
            ],
            "withdraw": "until_next_acts", "return_to": ["applicant"], "decline": "final",
        },
    }  # fmt: skip


def asked(number: int) -> dict:
    """Return a field that shows from a size on, or from a sum over the records on."""
    figure = {"sum": [{"var": "lines.amount"}]} if number % 2 else {"var": "size"}
    rule = {">=": [figure, number]}
    return {"key": f"asked_{number}", "type": "text", "label": f"说明{number}", "max": 60, "span": 6, "show": rule}


def test_a_page_of_a_hundred_rules_and_two_hundred_records_stays_usable(call, as_person):
    page = as_person("enterprise_admin")
    page.goto("/declare/")
    page.locator("article.opening").filter(has_text=TITLE).get_by_role("button", name="申报").click()
    heading(page, "填报")
    fill_list(page)
    shown = page.locator('[data-field^="asked_"]:visible')
    expect(shown).to_have_count(0)
    settled, drawn = [], []
    for round_ in range(10):
        for name, value in (("size", "100"), ("lines-150-amount", "100"), ("size", "0"), ("lines-150-amount", "0")):
            times = page.evaluate(TIMED, [name, value])
            settled.append(times[0])
            drawn.append(times[1])
            if round_ == 0 and name == "lines-150-amount":
                expect(shown).to_have_count(RULES if value == "100" else 0)
    for what, times in (("rules and layout", settled), ("picture", drawn)):
        print(
            f"{what}: median {statistics.median(times):.0f} ms, {min(times):.0f}-{max(times):.0f}, {len(times)} inputs"
        )
    page.reload()
    expect(page.locator('[data-repeat="lines"] [data-row]')).to_have_count(RECORDS)


def fill_list(page: Page) -> None:
    """Add the records as quickly as a script can, and wait until they are kept."""
    page.evaluate(
        """(most) => {
          const list = document.querySelector('[data-repeat="lines"]');
          const rows = () => list.querySelectorAll("[data-row]");
          while (rows().length < most) list.querySelector("[data-add-row]").click();
          rows().forEach((row, n) => {
            row.querySelector('[name$="-item"]').value = `设备${n + 1}`;
            row.querySelector('[name$="-amount"]').value = "0";
            row.querySelector('[name$="-price"]').value = "12.5";
          });
        }""",
        RECORDS,
    )
    page.locator("[name=size]").fill("0")
    wait_until_kept(page)


def wait_until_kept(page: Page) -> None:
    expect(page.locator("[data-save-state]")).to_have_text(re.compile("^已保存"), timeout=60_000)
