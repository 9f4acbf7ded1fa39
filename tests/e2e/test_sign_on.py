"""Two platforms: people of one sign on to the other, which relies on it as its identity provider."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import PASSWORD
from tests.e2e.conftest import PHONE, log_in, read_picture, serious_findings
from tests.e2e.server import Server

PROVIDER_NAME = "省统一身份认证平台"
OFFICIALS_NAME = "政务统一登录"


@dataclass
class Two:
    """The platform that proves people, and the one that relies on it; cookies go by host name, so each has its own."""

    provider: Server
    client: Server

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.provider.port}"

    @property
    def home(self) -> str:
        return f"http://localhost:{self.client.port}"


@pytest.fixture(scope="module")
def server(_world, tmp_path_factory) -> Iterator[Server]:
    """The platform that relies on the other one."""
    running = _world.copy(tmp_path_factory.mktemp("client") / "instance").start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def two(_world, server, tmp_path_factory) -> Iterator[Two]:
    """Both platforms."""
    provider = _world.copy(tmp_path_factory.mktemp("provider") / "instance").start()
    both = Two(provider, server)
    Server.running[both.issuer] = provider
    yield both
    provider.stop()


@pytest.fixture(scope="module")
def _tied() -> set[str]:
    """Which platforms were tied already."""
    return set()


@pytest.fixture
def tied(two, _tied, open_context) -> Two:
    """Both platforms, each told of the other by its administrator."""
    if _tied:
        return two
    at_provider, at_client = open_context().new_page(), open_context().new_page()
    enter(at_provider, two.issuer, "province_admin")
    enter(at_client, two.home, "province_admin")
    for key, name, audience in (("corp", PROVIDER_NAME, "企业用户"), ("gov", OFFICIALS_NAME, "政务用户")):
        client_id, secret = register_system(at_provider, two, key)
        at_client.goto("/identity-providers/add")
        at_client.locator("#name").fill(name)
        at_client.locator("#key").fill(key)
        at_client.get_by_label("适用对象").select_option(label=audience)
        at_client.get_by_label("签发地址（Issuer）").fill(two.issuer)
        at_client.get_by_label("客户端标识").fill(client_id)
        at_client.get_by_label("客户端密钥").fill(secret)
        at_client.get_by_role("button", name="保存").click()
        expect(
            at_client.get_by_role("link", name=re.compile(name)).or_(at_client.get_by_text(name)).first
        ).to_be_visible()
        assert secret not in at_client.content()
    write_link(at_provider)
    _tied.add("both")
    return two


def enter(page: Page, where: str, username: str) -> None:
    """Log in at one of the platforms."""
    page.goto(f"{where}/login/")
    log_in(page, username)


def register_system(page: Page, two: Two, key: str) -> tuple[str, str]:
    """Register the other platform at the provider; return its id and secret."""
    page.goto(f"{two.issuer}/linked-systems/add")
    page.get_by_label("系统名称").fill(f"申报平台 {key}")
    page.get_by_label("回调地址").fill(f"{two.home}/sign-on/{key}/back")
    page.get_by_label("登录入口").fill(f"{two.home}/sign-on/{key}/")
    page.get_by_label("提供证件号码").set_checked(key == "gov")
    page.get_by_role("button", name="保存").click()
    client_id, secret = page.locator("code.client-id").inner_text(), page.locator("code.secret").inner_text()
    page.get_by_role("link", name="已记录，继续").click()
    assert secret not in page.content()
    return client_id, secret


def write_link(page: Page) -> None:
    """Publish a quick link that leads into the other platform."""
    origin = re.match(r"https?://[^/]+", page.url).group()
    page.goto(f"{origin}/articles/add")
    page.get_by_label("栏目").select_option(label="快速链接")
    page.get_by_label("标题", exact=True).or_(page.locator("#title")).first.fill("兄弟平台")
    page.locator("#system").select_option(label="申报平台 corp")
    page.get_by_role("button", name="保存").click()
    page.get_by_role("button", name="立即发布").click()
    page.get_by_role("dialog").get_by_role("button", name="立即发布").click()
    expect(page.locator(".alert-success")).to_contain_text("已发布")


def go_through(page: Page, name: str, username: str) -> None:
    """Choose the provider at the client's log-in, and log in there."""
    page.goto("/login/")
    page.get_by_role("link", name=re.compile(name)).click()
    expect(page).to_have_url(re.compile(r"http://127\.0\.0\.1:"))
    log_in(page, username)


def test_an_enterprise_binds_its_account_once_and_then_walks_straight_in(tied, open_context):
    page = open_context().new_page()
    go_through(page, PROVIDER_NAME, "enterprise_admin")
    expect(page.get_by_role("heading", name="账号绑定")).to_be_visible()
    assert page.url.startswith(tied.home)
    assert serious_findings(page) == []
    page.get_by_label("用户名", exact=False).fill("enterprise_admin")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    read_picture(page)
    page.get_by_role("button", name="绑定并登录").click()
    expect(page).to_have_url(re.compile("/workbench/"))

    again = open_context().new_page()
    go_through(again, PROVIDER_NAME, "enterprise_admin")
    expect(again).to_have_url(re.compile(f"{tied.home}/workbench/"))


def test_a_person_without_an_account_completes_the_enterprise_and_goes_on_to_its_certification(
    tied, open_context, watch
):
    watch.allow(r"422.*/first-sign-on/complete")
    page = open_context(PHONE).new_page()
    go_through(page, PROVIDER_NAME, "newcomer")
    card = page.locator("#complete")
    card.get_by_label("统一社会信用代码").fill("91440000000000000X")
    card.get_by_role("button", name="提交并进入企业认证").click()
    expect(card.get_by_text("此项必填，请填写。").first).to_be_visible()
    for label, text in (
        ("统一社会信用代码", "91110000802100433B"),
        ("企业名称", "惠州市新芽精密制造有限公司"),
        ("法定代表人或负责人", "温小禾"),
        ("成立日期", "2018-01-01"),
        ("企业所在地", "惠州市惠城区演达大道 1 号"),
        ("登记机关", "惠州市市场监督管理局"),
        ("经营范围", "精密零部件制造、销售。"),
    ):
        card.get_by_label(label).fill(text)
    card.get_by_role("button", name="提交并进入企业认证").click()
    expect(page).to_have_url(re.compile(r"/certification/"))
    expect(
        page.get_by_text("惠州市新芽精密制造有限公司").or_(page.locator("[value='惠州市新芽精密制造有限公司']")).first
    ).to_be_visible()


def test_an_official_is_known_by_the_number_of_the_identity_document(tied, open_context, watch):
    watch.allow(r"403.*/sign-on/gov/back")
    page = open_context().new_page()
    go_through(page, OFFICIALS_NAME, "city_officer")
    expect(page).to_have_url(re.compile(f"{tied.home}/desk/"))

    stranger = open_context().new_page()
    go_through(stranger, OFFICIALS_NAME, "company_03")
    expect(stranger.get_by_role("alert")).to_contain_text("无法识别您的政务账号")


def test_a_quick_link_leads_into_the_other_platform_without_another_log_in(tied, open_context):
    page = open_context().new_page()
    enter(page, tied.issuer, "enterprise_admin")
    page.goto(f"{tied.issuer}/links/")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="兄弟平台").click()
    expect(opened.value).to_have_url(re.compile(f"{tied.home}/(workbench/|first-sign-on/)"))
