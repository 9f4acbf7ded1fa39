"""Logging in through an identity provider: back in, bound for the first time, completed, matched, or refused."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update

from app.clock import now
from app.errors import NotProven, ProviderDown
from app.extensions import db
from app.models import (
    Account,
    Certification,
    ExternalIdentity,
    IdentityProvider,
    LoginEvent,
    MembershipRole,
    PendingSignOn,
    ProviderAudience,
)
from app.services import accounts
from app.services.sign_on import client as provider_client
from app.services.sign_on import fetching, providers
from app.services.sign_on.settings import Attempt
from tests.conftest import PASSWORD

ISSUER = "https://id.example"
COMPANY = {
    "credit_code": "91110000802100433B", "name": "惠州市新芽精密制造有限公司", "legal_representative": "温小禾",
    "established_on": "2018-01-01", "address": "惠州市惠城区演达大道 1 号",
    "registry_authority": "惠州市市场监督管理局",
    "business_scope": "精密零部件制造、销售。",
}  # fmt: skip


@pytest.fixture
def provider(person, monkeypatch):
    """Return what the provider will say of whoever comes; the network is left out."""
    for audience in ProviderAudience:
        typed = {
            "key": audience.value, "name": f"统一身份 {audience.value}", "issuer": f"{ISSUER}/{audience.value}",
            "client_id": "us", "client_secret": "hush", "audience": audience, "claims": "", "enabled": True,
            "position": 0,
        }  # fmt: skip
        admin = person("province_admin")
        providers.add_provider(typed, site_id=admin.site_id, by=admin, at=now())
    db.session.commit()
    told = {"sub": "person-1", "name": "陈安之"}

    def begin(settings, redirect_uri):
        attempt = Attempt(f"state-{len(begun)}", "nonce", "verifier", redirect_uri)
        begun.append(attempt)
        return f"{settings.issuer}/authorize", attempt

    def finish(settings, attempt, code):
        assert not db.session().in_transaction(), "the network is asked with a transaction open"
        if code == "bad":
            raise NotProven("未通过校验")
        return {"iss": settings.issuer, **told}

    begun = []
    monkeypatch.setattr(provider_client, "begin", begin)
    monkeypatch.setattr(provider_client, "finish", finish)
    return told


def come_back(browser, key="enterprise", code="good", **changes):
    """Go to the provider and come back from it."""
    page = browser.get(f"/sign-on/{key}/", query_string={"next": changes.pop("next", "")})
    assert page.location == f"{ISSUER}/{key}/authorize"
    with browser.session_transaction() as cookies:
        state = list(cookies["sign_on"])[-1]
    return browser.get(f"/sign-on/{key}/back", query_string={"state": state, "code": code} | changes)


def who(browser):
    with browser.session_transaction() as cookies:
        return cookies.get("_user_id")


def bind(browser, username="enterprise_admin", password=PASSWORD):
    return browser.post("/first-sign-on/bind", data={"username": username, "password": password})


def newest_log_in():
    return db.session.scalars(select(LoginEvent).order_by(LoginEvent.id.desc())).first()


# ---------------------------------------------------------------- binding


def test_binding_once_lets_the_person_in_ever_after(client, person, provider):
    browser = client()
    assert come_back(browser, next="/my-projects/").location == "/first-sign-on/"
    assert "陈安之" in browser.get("/first-sign-on/").text
    assert bind(browser).location == "/my-projects/"
    assert who(browser) == str(person("enterprise_admin").id)
    again = client()
    assert come_back(again, next="/my-projects/").location == "/my-projects/"
    assert who(again) == str(person("enterprise_admin").id)
    assert (newest_log_in().succeeded, newest_log_in().username) == (True, "enterprise:enterprise_admin")
    assert not db.session.scalars(select(PendingSignOn)).all()


def test_wrong_passwords_count_and_lock_as_at_the_log_in(client, person, provider):
    browser = client()
    come_back(browser)
    for _try in range(5):
        assert "用户名或密码不正确" in bind(browser, password="wrong").text
    assert "连续多次登录失败" in bind(browser).text
    assert who(browser) is None
    assert db.session.scalars(select(ExternalIdentity)).all() == []


def test_the_picture_is_asked_for_when_binding(app, client, provider, monkeypatch):
    monkeypatch.setitem(app.config, "LOGIN_CAPTCHA", True)
    browser = client()
    come_back(browser)
    assert "data-captcha" in browser.get("/first-sign-on/").text
    assert "请输入图片验证码" in bind(browser).text


@pytest.mark.parametrize("username", ["city_officer", "platform_operator", "province_admin"])
def test_officials_and_operators_are_not_bound_to_a_provider_of_enterprises(client, provider, username):
    browser = client()
    come_back(browser)
    assert "政务用户和平台管理账号不能使用该登录方式" in bind(browser, username).text
    assert who(browser) is None
    assert db.session.scalars(select(ExternalIdentity)).all() == []
    assert newest_log_in().succeeded is False


def test_who_was_bound_and_is_switched_off_stays_out(client, person, provider):
    browser = client()
    come_back(browser)
    bind(browser)
    person("enterprise_admin").active = False
    page = come_back(client())
    assert page.status_code == 403
    assert "已停用" in page.text


def test_the_page_of_the_first_time_belongs_to_one_browser_and_ends(client, provider):
    browser = client()
    come_back(browser)
    assert urlsplit(client().get("/first-sign-on/").location).path == "/login/"
    assert urlsplit(bind(client()).location).path == "/login/"
    db.session.execute(update(PendingSignOn).values(expires_at=now() - timedelta(seconds=1)))
    assert urlsplit(bind(browser).location).path == "/login/"
    assert who(browser) is None


def test_unbinding_asks_for_the_password(client, person, provider):
    browser = client()
    come_back(browser)
    bind(browser)
    address = re.search(r'href="(/bound-identities/\d+/unbind)"', browser.get("/account/").text).group(1)
    assert client("gz_enterprise_admin").get(address).status_code == 404
    assert browser.post(address, data={"old_password": "wrong"}).status_code == 422
    assert browser.post(address, data={"old_password": PASSWORD}).location == "/account/"
    assert come_back(client()).location == "/first-sign-on/"


def test_who_belongs_to_several_acts_for_the_one_chosen_there_or_chooses_here(client, person, provider):
    boss = person("enterprise_admin")
    other = person("gz_enterprise_admin").memberships[0].enterprise
    accounts.join_enterprise(boss, other, MembershipRole.EMPLOYEE, by=None, at=now())
    browser = client()
    come_back(browser)
    bind(browser)
    assert urlsplit(browser.get("/workbench/").location).path == "/acting/"
    provider["enterprises"] = [{"credit_code": e.credit_code} for e in (other, boss.memberships[0].enterprise)]
    both = client()
    come_back(both)
    assert urlsplit(both.get("/workbench/").location).path == "/acting/"
    provider["enterprises"] = [{"credit_code": other.credit_code}]
    one = client()
    come_back(one)
    with one.session_transaction() as cookies:
        assert cookies["acting_for"] == other.id


# ---------------------------------------------------------------- completing


def test_completing_opens_an_account_and_begins_the_certification(client, provider):
    provider["enterprises"] = [COMPANY | {"role": "法定代表人"}]
    browser = client()
    come_back(browser)
    page = browser.get("/first-sign-on/").text
    assert COMPANY["credit_code"] in page
    assert COMPANY["registry_authority"] in page
    assert browser.post("/first-sign-on/complete", data=COMPANY).location == "/certification/"
    account = db.session.get(Account, int(who(browser)))
    assert (account.role_names, account.name) == ({"registered"}, "陈安之")
    begun = db.session.scalars(select(Certification)).one()
    assert (begun.account_id, begun.name, begun.credit_code) == (account.id, COMPANY["name"], COMPANY["credit_code"])
    assert COMPANY["business_scope"] in str(begun.answers)
    assert come_back(client()).location != "/first-sign-on/"


def test_who_came_without_a_password_sets_one_before_unbinding(client, provider):
    browser = client()
    come_back(browser)
    browser.post("/first-sign-on/join")
    account = db.session.get(Account, int(who(browser)))
    page = browser.get("/account/").text
    assert "/bound-identities/password" in page
    unbinding = re.search(r'href="(/bound-identities/\d+/unbind)"', page).group(1)
    assert "请先设置登录密码" in browser.post(unbinding, data={"old_password": "!"}).text
    assert client().post("/login/", data={"username": account.username, "password": "!"}).status_code == 401
    assert browser.get("/account/password").location == "/bound-identities/password"
    weak = {"new_password": "short", "again": "short"}
    assert browser.post("/bound-identities/password", data=weak).status_code == 422
    good = {"new_password": PASSWORD, "again": PASSWORD}
    assert browser.post("/bound-identities/password", data=good).location == "/account/"
    assert browser.post("/bound-identities/password", data=good).location == "/account/password"
    assert "/bound-identities/password" not in browser.get("/account/").text
    assert browser.post(unbinding, data={"old_password": PASSWORD}).location == "/account/"


def test_what_is_missing_is_said_at_its_place_and_nothing_typed_is_lost(client, provider):
    browser = client()
    come_back(browser)
    typed = COMPANY | {"credit_code": "91110000802100433C", "registry_authority": "", "established_on": "2999-01-01"}
    page = browser.post("/first-sign-on/complete", data=typed)
    assert page.status_code == 422
    for sentence in ("统一社会信用代码有误", "此项必填", "成立日期不能晚于今天", COMPANY["business_scope"]):
        assert sentence in page.text
    assert who(browser) is None
    assert browser.post("/first-sign-on/complete", data=COMPANY).location == "/certification/"


def test_a_certified_enterprise_is_not_handed_over_whatever_the_provider_says(client, person, provider):
    enterprise = person("enterprise_admin").memberships[0].enterprise
    known = {"credit_code": enterprise.credit_code, "name": "换了名字的公司"}
    provider["enterprises"] = [known]
    accounts = len(db.session.scalars(select(Account.id)).all())
    for membership in list(db.session.scalars(select(type(person("enterprise_admin").memberships[0])))):
        db.session.delete(membership)  # nobody administers it
    browser = client()
    come_back(browser)
    page = browser.post("/first-sign-on/complete", data=COMPANY | known)
    assert page.status_code == 409
    assert "已在本平台认证" in page.text
    assert who(browser) is None
    assert len(db.session.scalars(select(Account.id)).all()) == accounts
    assert browser.post("/first-sign-on/join").location == "/join/"
    assert db.session.get(Account, int(who(browser))).memberships == []


def test_of_several_enterprises_the_person_picks_the_one_to_complete(client, provider):
    provider["enterprises"] = [{"credit_code": "A" * 18, "name": "甲公司"}, {"credit_code": "B" * 18, "name": "乙公司"}]
    browser = client()
    come_back(browser)
    page = browser.get("/first-sign-on/").text
    assert "甲公司" in page
    assert 'value="乙公司"' not in page
    assert 'value="乙公司"' in browser.get(f"/first-sign-on/?enterprise={'B' * 18}").text


def test_an_individual_goes_on_to_choose_a_unit(client, provider):
    browser = client()
    come_back(browser, "individual")
    assert "补全企业信息" not in browser.get("/first-sign-on/").text
    assert browser.post("/first-sign-on/complete", data=COMPANY).status_code == 422
    assert browser.post("/first-sign-on/join").location == "/join/?as=individual"


def test_two_tabs_open_one_account(client, provider):
    browser = client()
    come_back(browser)
    browser.post("/first-sign-on/join")
    with browser.session_transaction() as cookies:
        first = cookies["_user_id"]
    assert urlsplit(browser.post("/first-sign-on/join").location).path == "/login/"
    assert who(browser) == first


# ---------------------------------------------------------------- officials


def test_an_official_is_matched_by_kind_and_number(client, person, provider):
    officer = person("city_officer")
    provider |= {"id_kind": officer.id_kind.value, "id_number": officer.id_number}
    browser = client()
    assert come_back(browser, "government").status_code == 302
    assert who(browser) == str(officer.id)
    assert db.session.scalars(select(ExternalIdentity)).all() == []


@pytest.mark.parametrize(
    "changes", [{"id_number": "nobody"}, {"id_kind": "id_number"}, {"id_kind": "x"}, {"id_number": ""}], ids=str
)
def test_an_official_without_a_match_gets_no_account(client, person, provider, changes):
    officer = person("city_officer")
    provider |= {"id_kind": officer.id_kind.value, "id_number": officer.id_number} | changes
    accounts = len(db.session.scalars(select(Account.id)).all())
    browser = client()
    page = come_back(browser, "government")
    assert page.status_code == 403
    assert "请联系" in page.text
    assert who(browser) is None
    assert len(db.session.scalars(select(Account.id)).all()) == accounts


@pytest.mark.parametrize(
    "change", [{"active": False}, {"locked": True}, {"site_id": 2}, {"department_id": None}], ids=str
)
def test_only_enabled_officials_of_this_site_are_matched(client, person, provider, change, monkeypatch):
    officer = person("city_officer")
    provider |= {"id_kind": officer.id_kind.value, "id_number": officer.id_number}
    if "site_id" in change:
        from app.models import Site

        other = Site(key="other", name="别处", host="other.example")
        db.session.add(other)
        db.session.flush()
        change = {"site_id": other.id}
    for name, value in change.items():
        setattr(officer, name, value)
    assert come_back(client(), "government").status_code == 403


# ---------------------------------------------------------------- what is not believed


def test_a_state_is_good_once_and_in_its_own_browser(client, provider):
    browser = client()
    come_back(browser)
    replay = browser.get("/sign-on/enterprise/back", query_string={"state": "state-0", "code": "good"})
    assert replay.status_code == 403
    assert "不是从这里发起的" in replay.text
    forged = client().get("/sign-on/enterprise/back", query_string={"state": "state-0", "code": "good"})
    assert forged.status_code == 403
    assert newest_log_in().reason == "NotProven"


def test_an_answer_of_another_provider_is_not_taken(client, provider):
    browser = client()
    browser.get("/sign-on/enterprise/")
    crossed = browser.get("/sign-on/individual/back", query_string={"state": "state-0", "code": "good"})
    assert crossed.status_code == 403
    assert come_back(browser, iss="https://other.example").status_code == 403


@pytest.mark.parametrize("changes", [{"error": "access_denied"}, {"code": ""}, {"code": "bad"}, {"state": ""}], ids=str)
def test_an_answer_that_proves_nobody_is_a_clear_message(client, provider, changes):
    browser = client()
    page = come_back(browser, **changes)
    assert page.status_code == 403
    assert "返回登录页" in page.text
    assert who(browser) is None
    assert (newest_log_in().succeeded, newest_log_in().username) == (False, "enterprise:")


def test_an_answer_comes_in_time(client, provider):
    browser = client()
    browser.get("/sign-on/enterprise/")
    with browser.session_transaction() as cookies:
        begun = cookies["sign_on"]["state-0"]
        cookies["sign_on"] = {"state-0": begun | {"at": begun["at"] - 601}}
    assert browser.get("/sign-on/enterprise/back?state=state-0&code=good").status_code == 403


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_out_of_the_platform_by_next(client, provider, target):
    browser = client()
    come_back(browser, next=target)
    assert "evil" not in bind(browser).location
    assert "evil" not in come_back(client(), next=target).location


def test_a_provider_that_is_down_is_a_clear_message(client, provider, monkeypatch):
    def fail(*_known):
        raise fetching.down()

    monkeypatch.setattr(provider_client, "begin", fail)
    page = client().get("/sign-on/enterprise/")
    assert page.status_code == 503
    assert "暂时无法连接" in page.text
    assert newest_log_in().reason == ProviderDown.__name__


def test_a_provider_that_is_switched_off_is_not_offered(client, provider):
    assert "使用“统一身份 enterprise”登录" in client().get("/login/").text
    db.session.execute(update(IdentityProvider).values(enabled=False))
    assert "使用“" not in client().get("/login/").text
    assert client().get("/sign-on/enterprise/").status_code == 404
    assert client().get("/sign-on/enterprise/back?state=x&code=y").status_code == 404


def test_many_tabs_keep_the_cookie_small(client, provider):
    browser = client()
    for _tab in range(9):
        browser.get("/sign-on/enterprise/")
    with browser.session_transaction() as cookies:
        assert len(cookies["sign_on"]) == 4


# ---------------------------------------------------------------- setting it up


def test_a_secret_is_never_shown_back(client, provider, caplog):
    browser = client("province_admin")
    row = db.session.scalars(select(IdentityProvider).where(IdentityProvider.key == "enterprise")).one()
    pages = [browser.get("/identity-providers/").text, browser.get(f"/identity-providers/edit/{row.id}").text]
    assert not any("hush" in page for page in pages)
    assert "hush" not in caplog.text
    form = {
        "name": "新名称", "key": "enterprise", "audience": "enterprise", "issuer": row.issuer, "client_id": "us",
        "client_secret": "", "claims": "credit_code = corp.code", "enabled": "y", "position": "1",
    }  # fmt: skip
    assert browser.post(f"/identity-providers/edit/{row.id}", data=form).status_code == 302
    db.session.refresh(row)
    assert (row.name, row.client_secret, row.claims) == ("新名称", "hush", {"credit_code": "corp.code"})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"issuer": "javascript:alert(1)"}, "不是有效的网址"),
        ({"key": "Ä"}, "标识为 2-40 位"),
        ({"claims": "password = x"}, "无法识别"),
        ({"client_secret": ""}, "请填写客户端密钥"),
    ],
)
def test_a_provider_that_cannot_work_is_not_kept(client, changes, sentence):
    form = {
        "name": "某平台", "key": "some", "audience": "enterprise", "issuer": ISSUER, "client_id": "us",
        "client_secret": "x", "claims": "", "enabled": "y", "position": "0",
    } | changes  # fmt: skip
    page = client("province_admin").post("/identity-providers/add", data=form)
    assert page.status_code == 422
    assert sentence in page.text
    assert db.session.scalars(select(IdentityProvider)).all() == []


@pytest.mark.parametrize("username", ["city_admin", "province_officer", "enterprise_admin", "platform_auditor"])
def test_others_set_up_neither_providers_nor_systems(client, username):
    for address in ("/identity-providers/", "/linked-systems/", "/identity-providers/add", "/linked-systems/add"):
        assert client(username).get(address).status_code == 403
