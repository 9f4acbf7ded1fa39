"""Workbooks that people fill in, send and take home."""

from io import BytesIO
from pathlib import Path

import openpyxl
from playwright.sync_api import Download, Locator, Page, expect
from python_calamine import CalamineWorkbook

JOB_PATIENCE = 60_000


def fill_template(page: Page, link: str, path: Path, lines: list[dict[str, str]]) -> Path:
    """Take the template of a page home, write the lines below its headings, and return where it is kept."""
    with page.expect_download() as download:
        page.get_by_role("link", name=link, exact=True).click()
    book = openpyxl.load_workbook(BytesIO(Path(download.value.path()).read_bytes()))
    sheet = book.worksheets[0]
    places = {str(cell.value).lstrip("*"): cell.column for cell in sheet[1]}
    for number, line in enumerate(lines, start=2):
        for heading, text in line.items():
            sheet.cell(number, places[heading], text)
    book.save(path)
    return path


def wait_for_job(page: Page) -> Locator:
    """Follow a piece of work on its page until it has ended; return what is said of it."""
    expect(page.locator("[data-job-state]")).to_have_attribute("data-job-state", "", timeout=JOB_PATIENCE)
    page.wait_for_load_state()
    return page.locator("main")


def take_home(page: Page) -> Download:
    """Take the file of a finished piece of work home."""
    wait_for_job(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="下载文件").click()
    return download.value


def cells_of(download: Download) -> list[list[str]]:
    """Return the first sheet of a workbook as texts."""
    rows = CalamineWorkbook.from_filelike(BytesIO(Path(download.path()).read_bytes())).get_sheet_by_index(0).to_python()
    return [[str(cell).removesuffix(".0") for cell in row] for row in rows]
