"""A real server, a real browser, and people in front of it; whatever the browser complains about fails the test."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect, sync_playwright

from tests.conftest import PARTS, PASSWORD
from tests.e2e.server import ROOT, Server, World

RESULTS = ROOT / "test-results"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SERIOUS = ("serious", "critical")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser; on production parts only the backbone runs."""
    for item in items:
        if "tests/e2e/" not in item.nodeid:
            continue
        item.add_marker(pytest.mark.e2e)
        if PARTS == "production" and item.get_closest_marker("backbone") is None:
            item.add_marker(pytest.mark.skip(reason="only the backbone path runs on production parts"))


# ---------------------------------------------------------------- servers


@pytest.fixture(scope="session")
def _world(tmp_path_factory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("e2e") / "instance")
    try:
        world.make()
        yield world
    finally:
        world.drop()


@pytest.fixture(scope="module")
def server(_world, tmp_path_factory) -> Iterator[Server]:
    """A running server on a fresh copy of the demo site; the tests of one module share it."""
    running = _world.copy(tmp_path_factory.mktemp("server") / "instance").start()
    yield running
    running.stop()


# ---------------------------------------------------------------- the browser


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium: Debian's where it is, Playwright's own otherwise."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield chromium
        chromium.close()


class Watch:
    """Collects what a page complains about: console errors, policy violations, exceptions, failed answers."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.allowed: list[str] = []

    def follow(self, page: Page) -> None:
        """Listen to a page."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"exception on {page.url}: {error}"))
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text} ({message.location.get('url')})")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status} {response.request.method} {response.url}")

    def allow(self, *patterns: str) -> None:
        """Let the browser note what the test provokes, such as the status of a refused request."""
        self.allowed.extend(patterns)

    @property
    def unexpected(self) -> list[str]:
        """Return what nobody provoked."""
        return [fault for fault in self.faults if not any(re.search(pattern, fault) for pattern in self.allowed)]


@pytest.fixture
def watch() -> Watch:
    """What the pages of this test complain about; asked at its end."""
    return Watch()


@pytest.fixture
def open_context(request, browser, server, watch) -> Iterator[Callable[..., BrowserContext]]:
    """Return a function that opens a fresh browser window set; what fails leaves pictures in test-results/."""
    contexts: list[BrowserContext] = []

    def start(viewport: dict | None = None, **options) -> BrowserContext:
        context = browser.new_context(
            base_url=server.url, viewport=viewport or DESKTOP, locale="zh-CN", timezone_id="Asia/Shanghai", **options
        )
        context.set_default_timeout(15_000)
        context.on("page", watch.follow)
        contexts.append(context)
        return context

    yield start
    failed = getattr(request.node, "failed", False) or watch.unexpected
    for number, context in enumerate(contexts):
        if failed:
            _take_pictures(context, f"{request.node.name}-{number}")
        context.close()
    if failed:
        (RESULTS / f"{_file_name(request.node.name)}.log").write_text(server.log()[-20_000:], "utf-8")
    assert not watch.unexpected, "\n".join(watch.unexpected)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Let fixtures know that the test has failed."""
    report = yield
    if report.failed:
        item.failed = True
    return report


def _take_pictures(context: BrowserContext, name: str) -> None:
    RESULTS.mkdir(exist_ok=True)
    for number, page in enumerate(context.pages):
        try:
            page.screenshot(path=RESULTS / f"{_file_name(name)}-{number}.png", full_page=True)
        except Exception as error:  # noqa: BLE001 - a picture that cannot be taken must not hide why the test failed
            print(f"no picture of {page.url}: {error}")


def _file_name(name: str) -> str:
    return re.sub(r"[^\w-]+", "_", name)[:100]


# ---------------------------------------------------------------- people


@pytest.fixture(scope="module")
def _sessions() -> dict[str, dict]:
    """Cookies of people who have logged in to the module's server."""
    return {}


@pytest.fixture
def as_person(open_context, _sessions) -> Callable[..., Page]:
    """Return a function: user name → a page on which that person has logged in through the real form."""

    def arrive(username: str, viewport: dict | None = None) -> Page:
        known = {"storage_state": _sessions[username]} if username in _sessions else {}
        context = open_context(viewport, **known)
        page = context.new_page()
        if known:
            page.goto("/")
            return page
        log_in(page, username)
        _sessions[username] = context.storage_state()
        return page

    return arrive


def log_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """Fill in the log-in form as a person does, with the picture and, where one is asked for, the code by SMS."""
    if not page.url.partition("?")[0].endswith("/login/"):
        page.goto("/login/")
    server = server_of(page)
    sent = len(server.codes())
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码", exact=True).fill(password)
    read_picture(page)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("button", name="登录", exact=True)).to_have_count(0)
    if page.url.endswith("/login/code/"):
        page.get_by_label("短信验证码").fill(server.code_after(sent))
        page.get_by_role("button", name="确认登录").click()
        expect(page.get_by_role("button", name="确认登录")).to_have_count(0)
    if page.url.endswith("/account/password"):  # somebody else has set it
        set_own_password(page, password)


def server_of(page: Page) -> Server:
    """Return the server that a page is of."""
    parts = urlsplit(page.url)
    return Server.running[f"{parts.scheme}://{parts.netloc}"]


def read_picture(page: Page) -> None:
    """Type what the picture shows."""
    page.get_by_label("图片验证码", exact=True).fill(picture_of(page))


def picture_of(page: Page) -> str:
    """Return what the picture of a page shows."""
    expect(page.locator("[data-captcha] img")).to_be_visible()
    return server_of(page).answer_of(page.locator("[name=captcha_id]").input_value())


def set_own_password(page: Page, old: str) -> None:
    """Replace a password that an administrator has set, as the platform asks for."""
    page.get_by_label("旧密码").fill(old)
    for label in ("新密码", "确认密码"):
        page.get_by_label(label).fill(f"{old}Own")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".alert-success")).to_contain_text("密码已修改")
    page.goto("/")


# ---------------------------------------------------------------- looking at pages


def serious_findings(page: Page) -> list[str]:
    """Return what axe-core calls serious or critical on the page."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    results = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{found['impact']} {found['id']}: {found['help']} {[n['html'][:160] for n in found['nodes'][:3]]}"
        for found in results["violations"]
        if found["impact"] in SERIOUS
    ]


@pytest.fixture(scope="session")
def scratch(tmp_path_factory) -> Path:
    """A folder for files that people upload and download."""
    return tmp_path_factory.mktemp("files")
