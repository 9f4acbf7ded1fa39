"""Coming in: a visitor registers with picture and SMS and logs in by phone; an official confirms with a code."""

import re

import pytest
from playwright.sync_api import expect

from tests.conftest import PASSWORD
from tests.e2e.conftest import DESKTOP, PHONE, log_in, picture_of, read_picture, server_of
from tests.e2e.hands import OWN_PASSWORD, ask_for_code, fill_card, fits, heading

SIDES = pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])


@SIDES
def test_a_visitor_registers_logs_out_and_logs_in_by_phone(open_context, watch, viewport):
    watch.allow("422")
    mobile = f"139{viewport['width']:08d}"
    page = open_context(viewport).new_page()
    page.goto("/portal/")
    page.get_by_role("link", name="免费注册").last.click()
    heading(page, "用户注册")
    fits(page)

    page.get_by_role("button", name="获取验证码").click()  # too early: each open point at its field
    expect(page.locator("#captcha-error")).to_have_text("请输入图片验证码")
    code = ask_for_code(page, mobile)
    expect(page.get_by_role("button", name=re.compile("秒后可重新获取"))).to_be_disabled()
    expect(page.get_by_label("短信验证码")).to_be_focused()

    fill_card(page, f"云杉_{viewport['width']}", "<script>alert(1)</script>")
    page.get_by_label("短信验证码").fill(code)
    page.get_by_role("button", name="立即注册").click()
    expect(page.locator("#agreed-error")).to_be_visible()
    expect(page.get_by_label("手机号码")).to_have_value(mobile)  # nothing typed is lost but the passwords
    expect(page.get_by_label("短信验证码")).to_have_value(code)
    fits(page)
    page.get_by_label("阅读并同意").check()
    for label in ("密码", "确认密码"):
        page.get_by_label(label, exact=True).fill(OWN_PASSWORD)
    page.get_by_role("button", name="立即注册").click()
    expect(page.locator("#name-error")).to_contain_text("不能含其他符号")
    page.get_by_label("姓名").fill("王海涛")
    for label in ("密码", "确认密码"):
        page.get_by_label(label, exact=True).fill(OWN_PASSWORD)
    page.get_by_role("button", name="立即注册").click()
    page.wait_for_url("**/first-steps/")
    heading(page, "您好，王海涛")
    fits(page)

    page.locator(".menu summary").click()
    page.get_by_role("button", name="切换账号").click()
    expect(page.locator(".alert")).to_contain_text("请用另一账号登录")
    fits(page)
    log_in(page, mobile, OWN_PASSWORD)
    page.wait_for_url("**/first-steps/")
    page.get_by_role("link", name=re.compile("^消息")).click()
    expect(page.get_by_text("注册成功").first).to_be_visible()


def test_everything_goes_without_a_mouse(open_context):
    page = open_context().new_page()
    page.goto("/register/?as=individual")
    picture = picture_of(page)
    page.get_by_label("手机号码").focus()
    sent = len(server_of(page).codes())

    def type_on(text: str, tabs: int = 1) -> None:
        for _time in range(tabs):
            page.keyboard.press("Tab")
        page.keyboard.insert_text(text)

    page.keyboard.insert_text("13977770001")
    type_on(picture)
    for _button in range(2):  # another picture, listen to it
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # the code
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="获取验证码")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("短信验证码")).to_be_focused()
    page.keyboard.insert_text(server_of(page).code_after(sent))
    type_on("nobody_clicks")
    type_on("李思敏")
    type_on(OWN_PASSWORD)
    type_on(OWN_PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label("阅读并同意")).to_be_checked()
    for _place in range(2):  # the agreement, the button
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/join/?as=individual")


def test_a_phone_that_has_an_account_is_told_to_its_holder_only(open_context, watch):
    watch.allow("409")
    page = open_context().new_page()
    page.goto("/register/")
    code = ask_for_code(page, "13800000006")  # of an official
    fill_card(page, "second_account")
    page.get_by_label("短信验证码").fill(code)
    page.get_by_label("阅读并同意").check()
    page.get_by_role("button", name="立即注册").click()
    expect(page.locator("#mobile-error")).to_contain_text("该手机号码已有账号")


@SIDES
def test_an_official_confirms_with_a_code(open_context, watch, viewport):
    watch.allow("422", "401")
    username = "city_officer" if viewport is DESKTOP else "county_admin"
    page = open_context(viewport).new_page()
    page.goto("/login/?next=/account/")
    fits(page)
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_label("图片验证码", exact=True).fill("????")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.locator("#captcha-error")).to_contain_text("图片验证码不正确或已失效")
    expect(page.get_by_label("用户名")).to_have_value(username)

    sent = len(server_of(page).codes())
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    read_picture(page)
    page.get_by_role("button", name="登录", exact=True).click()
    heading(page, "登录短信验证")
    fits(page)
    code = server_of(page).code_after(sent)
    page.get_by_label("短信验证码").fill(f"{(int(code) + 1) % 1_000_000:06d}")
    page.get_by_role("button", name="确认登录").click()
    expect(page.locator("#code-error")).to_contain_text("短信验证码不正确或已失效")
    expect(page.get_by_role("button", name=re.compile("秒后可重新获取"))).to_be_disabled()
    page.goto("/desk/")  # the password alone opens nothing
    page.wait_for_url("**/login/?next=**")
    page.goto("/login/code/")
    page.get_by_label("短信验证码").fill(code)
    page.get_by_role("button", name="确认登录").click()
    page.wait_for_url("**/account/")
    fits(page)

    other = open_context(viewport).new_page()  # a code that was used opens nothing more
    other.goto("/login/")
    other.get_by_label("用户名").fill(username)
    other.get_by_label("密码", exact=True).fill(PASSWORD)
    read_picture(other)
    other.get_by_role("button", name="登录", exact=True).click()
    heading(other, "登录短信验证")
    if server_of(other).code_after(sent + 1) != code:
        other.get_by_label("短信验证码").fill(code)
        other.get_by_role("button", name="确认登录").click()
        expect(other.locator("#code-error")).to_be_visible()


def test_a_picture_can_be_changed_and_listened_to(open_context):
    page = open_context().new_page()
    page.goto("/login/")
    first = picture_of(page)
    page.get_by_role("button", name="看不清，换一张").click()
    expect(page.get_by_label("图片验证码", exact=True)).to_be_focused()
    assert picture_of(page) != first
    with page.expect_response("**/captcha/spoken") as answered:
        page.get_by_role("button", name="听取验证码").click()
    assert answered.value.json()["sound"].startswith("data:audio/wav;base64,")
    expect(page.locator("[name=captcha_id]")).to_have_value(answered.value.json()["id"])
    assert re.fullmatch(r"\d{4}", picture_of(page))
