"""企业认证 on screen: the wizard page by page, what it refuses, and the bureau's review."""

from io import BytesIO
from uuid import uuid4

import pytest
from lxml import html
from sqlalchemy import select
from stdnum.cn import uscc

from app import create_app
from app.clock import now
from app.demo.papers import make_paper
from app.extensions import db, limiter
from app.models import (
    Account,
    AuditEvent,
    Certification,
    CertificationState,
    Department,
    Enterprise,
    Material,
    Membership,
    MembershipRole,
    Message,
    Outbox,
    Region,
)
from app.services import accounts
from app.services.passwords import hash_password
from config import TestConfig
from tests.conftest import Browser

NAME = "惠州市晴川微电机有限公司"
CODE = "91441302MADEM90016"
ID_NUMBER = "11010519491231002X"


def _county(name="惠城区"):
    return db.session.scalars(select(Region).where(Region.name == name)).one()


def _enterprise(**more):
    return {
        "credit_code": CODE, "county": str(_county().id), "established_on": "2017-05-16",
        "legal_representative": "程一鸣", "contact": "温小禾", "contact_phone": "13800138000",
        "address": "惠州市惠城区虚构路 1 号",
        "registered_capital": "1200", "business_scope": "微电机的研发与制造",
    } | more  # fmt: skip


def _file(name="营业执照.pdf", content=None):
    return BytesIO(make_paper(name, NAME) if content is None else content), name


def _fill(browser, *, name=NAME, submit=True, **enterprise):
    """Walk the whole wizard as a person does."""
    assert browser.post("/certification/name", data={"name": name}).headers["Location"].endswith("/enterprise")
    saved = browser.post("/certification/enterprise", data=_enterprise(**enterprise))
    assert saved.headers["Location"].endswith("/legal"), saved.text
    assert browser.post("/certification/legal", data={"do": "skip"}).headers["Location"].endswith("/agent")
    assert browser.post("/certification/agent", data={"do": "skip"}).headers["Location"].endswith("/platform")
    kinds = {"wanted": "yes", "business_kinds": ["innovation_platform", "project_declaration"]}
    assert browser.post("/certification/platform", data=kinds).headers["Location"].endswith("/files")
    browser.post("/certification/files", data={"kind": "business_licence", "file": _file()})
    return _submit(browser) if submit else None


def _submit(browser, **more):
    page = html.fromstring(browser.get("/certification/confirm").text)
    revision = page.xpath('//input[@name="revision"]/@value')[0]
    return browser.post("/certification/confirm", data={"revision": revision, "agreed": "1"} | more)


def _own(username="newcomer"):
    db.session.expire_all()
    query = select(Certification).join(Certification.account).where(Certification.account.has(username=username))
    return db.session.scalars(query.order_by(Certification.id.desc())).first()


def _decide(browser, found, verb="approve", **more):
    return browser.post(
        f"/certifications/{verb}/{found.public_id}",
        data={"revision": str(found.revision)} | more,
        follow_redirects=True,
    )


@pytest.fixture
def newcomer(client):
    return client("newcomer")


@pytest.fixture
def second(person, client):
    """Somebody else who has just registered."""
    site = person("newcomer").site
    accounts.open_account(site, "second", "第二人", hash_password("x"), ["registered"], by=None, at=now())
    return client("second")


# ---------------------------------------------------------------- the whole way


def test_a_newcomer_becomes_the_administrator_of_a_certified_enterprise(newcomer, client, person):
    person("newcomer").email = "newcomer@example.com"
    assert _fill(newcomer).headers["Location"].endswith("/certification/")
    assert "审核中" in newcomer.get("/certification/").text
    found = _own()
    assert (found.state, found.city.name) == (CertificationState.SUBMITTED, "惠州市")

    officer = client("county_officer")
    assert NAME in officer.get("/certifications/").text
    shown = officer.get(f"/certifications/show/{found.public_id}").text
    for said in (CODE, "程一鸣", "科技创新服务平台", "营业执照.pdf", "通过认证"):
        assert said in shown
    assert "已通过" in _decide(officer, found).text

    enterprise = db.session.scalars(select(Enterprise).where(Enterprise.credit_code == CODE)).one()
    assert (enterprise.name, enterprise.county.name, enterprise.legal_representative) == (NAME, "惠城区", "程一鸣")
    assert enterprise.certified_at
    assert enterprise.business_kinds == ["innovation_platform", "project_declaration"]
    membership = db.session.scalars(select(Membership).where(Membership.enterprise_id == enterprise.id)).one()
    assert (membership.role, membership.account.username) == (MembershipRole.ADMINISTRATOR, "newcomer")
    assert person("newcomer").role_names == {"enterprise_administrator"}
    assert db.session.scalars(select(Material.kind).where(Material.enterprise_id == enterprise.id)).all() == [
        "营业执照"
    ]
    told = db.session.scalars(select(Message).where(Message.account_id == person("newcomer").id)).all()
    assert any(NAME in message.title for message in told)
    ways = {
        row.channel.value for row in db.session.scalars(select(Outbox).where(Outbox.kind == "certification_approved"))
    }
    assert ways == {"email", "sms"}
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.action == "approve")).first()
    assert newcomer.get("/enterprise/").status_code == 200


def test_a_returned_certification_is_corrected_and_handed_in_again(newcomer, client):
    _fill(newcomer)
    officer, found = client("county_officer"), _own()
    empty = _decide(officer, found, "return", opinion="  ")
    assert "请填写退回原因" in empty.text
    assert "已退回" in _decide(officer, found, "return", opinion="营业执照不清晰<b>").text
    page = newcomer.get("/certification/").text
    assert "营业执照不清晰&lt;b&gt;" in page
    assert "退回修改" in page
    assert newcomer.post("/certification/enterprise", data=_enterprise(contact="新联系人")).status_code == 302
    assert _submit(newcomer).status_code == 302
    assert _own().state is CertificationState.SUBMITTED
    assert "请刷新后查看" in _decide(officer, found, "approve", revision="3").text


# ---------------------------------------------------------------- 名称查询


def test_a_certified_name_can_only_be_joined_and_says_nothing_more(newcomer, person):
    enterprise = person("enterprise_admin").memberships[0].enterprise
    answer = newcomer.post("/certification/name", data={"name": f" {enterprise.name} "})
    assert answer.status_code == 409
    (address,) = html.fromstring(answer.text).xpath('//a[contains(., "申请加入该企业")]/@href')
    assert enterprise.name in newcomer.get(address).text
    for secret in (enterprise.credit_code, enterprise.public_id, person("enterprise_admin").name):
        assert secret not in answer.text
    assert _own() is None


@pytest.fixture
def limited(app):
    """A newcomer on the same platform with limits switched on."""

    class Limited(TestConfig):
        RATELIMIT_ENABLED = True
        RATELIMIT_KEY_PREFIX = uuid4().hex  # Redis remembers an earlier run for an hour
        NAME_CHECK_RATE_LIMIT = "2 per hour"
        REGISTER_RATE_LIMIT = "1 per hour"

    strict = create_app(Limited)
    strict.test_client_class = Browser
    browser = strict.test_client()
    account = db.session.scalars(select(Account).where(Account.username == "newcomer")).one()
    with browser.session_transaction() as cookies:
        cookies["_user_id"], cookies["_fresh"], cookies["login_epoch"] = str(account.id), True, account.login_epoch
    yield browser
    limiter.enabled = False
    with strict.app_context():
        db.session.remove()
        db.engine.dispose()


def test_asking_for_names_and_codes_is_limited_and_loses_nothing(limited):
    for name in ("某某公司", NAME):
        assert limited.post("/certification/name", data={"name": name}).status_code == 302
    refused = limited.post("/certification/name", data={"name": "第三个名称"})
    assert refused.status_code == 429
    assert "查询过于频繁" in refused.text
    assert "第三个名称" in refused.text
    fetch = {"do": "fetch"} | _enterprise(contact="已经填写")
    assert limited.post("/certification/enterprise", data=fetch).status_code == 200
    refused = limited.post("/certification/enterprise", data=fetch)
    assert refused.status_code == 429
    assert "已经填写" in refused.text


def test_a_name_is_needed(newcomer):
    answer = newcomer.post("/certification/name", data={"name": " "})
    assert answer.status_code == 422
    assert "此项必填" in answer.text


# ---------------------------------------------------------------- filling in


def test_what_is_typed_stays_at_any_step_right_or_wrong(newcomer):
    newcomer.post("/certification/name", data={"name": NAME})
    wrong = _enterprise(
        credit_code="123", contact_phone="12", established_on="2999-01-01", contact="<script>alert(1)</script>"
    )
    assert newcomer.post("/certification/enterprise", data=wrong | {"do": "save"}).status_code == 302
    page = newcomer.get("/certification/enterprise").text
    assert 'value="123"' in page
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;" in page
    answer = newcomer.post("/certification/enterprise", data=wrong | {"do": "next"})
    assert answer.status_code == 422
    for sentence in ("请核对 18 位代码", "11 位手机号码", "不能晚于今天"):
        assert sentence in answer.text
    assert newcomer.get("/certification/").headers["Location"].endswith("/certification/enterprise")


@pytest.mark.parametrize(
    ("page", "typed", "sentence"),
    [
        (
            "legal",
            {"legal_name": "程一鸣", "legal_id_number": "110105194912310021", "legal_mobile": "13800138000"},
            "身份证号有误",
        ),
        ("legal", {"legal_name": "别人", "legal_id_number": ID_NUMBER, "legal_mobile": "13800138000"}, "不一致"),
        ("agent", {"agent_name": "甲", "agent_id_number": ID_NUMBER, "agent_mobile": "0752-2808000"}, "手机号码应为"),
        ("platform", {}, "请选择“是”或“否”"),
        ("platform", {"wanted": "yes"}, "至少勾选一项"),
        ("platform", {"wanted": "yes", "business_kinds": ["forged"]}, "请重新勾选"),
        ("enterprise", {"county": "999999999"}, "请选择企业所属市"),
    ],
)
def test_every_page_says_what_is_wrong(newcomer, page, typed, sentence):
    _fill(newcomer, submit=False)
    if page == "enterprise":
        typed = _enterprise(**typed)
    answer = newcomer.post(f"/certification/{page}", data=typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert sentence in newcomer.get("/certification/confirm").text
    assert _submit(newcomer).status_code == 422
    assert _own().state is CertificationState.DRAFT


def test_of_two_tabs_the_second_is_told_and_then_overwrites_knowingly(newcomer):
    newcomer.post("/certification/name", data={"name": NAME})
    first = html.fromstring(newcomer.get("/certification/enterprise").text)
    sign = first.xpath('//input[@name="shown"]/@value')[0]
    assert (
        newcomer.post("/certification/enterprise", data=_enterprise(shown=sign, contact="第一个窗口")).status_code
        == 302
    )
    refused = newcomer.post("/certification/enterprise", data=_enterprise(shown=sign, contact="第二个窗口"))
    assert refused.status_code == 409
    assert "第二个窗口" in refused.text
    assert "已将此项改为“第一个窗口”" in refused.text
    again = html.fromstring(refused.text).xpath('//input[@name="shown"]/@value')[0]
    assert (
        newcomer.post("/certification/enterprise", data=_enterprise(shown=again, contact="第二个窗口")).status_code
        == 302
    )
    assert _own().answers["enterprise"]["contact"] == "第二个窗口"


def test_nothing_is_handed_in_that_was_changed_after_reading_or_without_the_pledge(newcomer):
    _fill(newcomer, submit=False)
    assert "勾选承诺" in _submit(newcomer, agreed="").text
    assert _submit(newcomer, revision="1").status_code == 409
    assert _submit(newcomer, revision="x").status_code == 400
    assert _own().state is CertificationState.DRAFT


def test_a_named_agent_needs_an_authorisation(newcomer):
    _fill(newcomer, submit=False)
    agent = {"agent_name": "甲", "agent_id_number": ID_NUMBER, "agent_mobile": "13800138000"}
    assert newcomer.post("/certification/agent", data=agent).status_code == 302
    assert "请上传授权委托书" in _submit(newcomer).text
    newcomer.post("/certification/files", data={"kind": "authorisation", "file": _file("委托书.pdf")})
    assert _submit(newcomer).status_code == 302


def test_nothing_changes_while_the_bureau_reads(newcomer):
    _fill(newcomer)
    evidence = _own().files[0].public_id
    for path in ("name", "enterprise", "files", "confirm"):
        assert newcomer.get(f"/certification/{path}").headers["Location"].endswith("/certification/")
    assert newcomer.post("/certification/enterprise", data=_enterprise(contact="晚了")).status_code == 302
    assert newcomer.post(f"/certification/files/{evidence}/remove").status_code == 410
    assert _own().answers["enterprise"]["contact"] == "温小禾"
    assert len(_own().files) == 1


# ---------------------------------------------------------------- evidence


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("图.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "格式不支持"),
        ("页.html", b"<html><script>alert(1)</script></html>", "格式不支持"),
        ("执照.pdf", b"<html><script>alert(1)</script></html>", "内容不是"),
        ("执照.pdf", b"", "空文件"),
        ("压缩.zip", b"PK\x05\x06" + b"\0" * 18, "格式不支持"),
        ("", b"", "请先选择"),
    ],
)
def test_bad_evidence_is_refused_at_its_place(newcomer, name, content, said):
    newcomer.post("/certification/name", data={"name": NAME})
    answer = newcomer.post("/certification/files", data={"kind": "business_licence", "file": _file(name, content)})
    assert answer.status_code == 422
    assert said in answer.text
    assert _own().files == []


def test_a_file_name_is_no_path_and_no_script_and_is_handed_out_safely(newcomer, client, second):
    newcomer.post("/certification/name", data={"name": NAME})
    for name in ("../../etc/<script>x</script>.pdf", "..\\..\\a.pdf"):
        newcomer.post(
            "/certification/files", data={"kind": "other_evidence", "file": _file(name, make_paper("x", "y"))}
        )
    names = [file.name for file in _own().files]
    assert names == ["script.pdf", "a.pdf"]
    address = f"/certification/evidence/{_own().files[0].public_id}"
    answer = newcomer.get(address)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.data.startswith(b"%PDF")
    for stranger in (second, client("county_officer"), client("enterprise_admin")):
        assert stranger.get(address).status_code == 404
    assert second.post(f"/certification/files/{_own().files[0].public_id}/remove").status_code == 404
    assert newcomer.post(f"/certification/files/{_own().files[0].public_id}/remove").status_code == 302
    assert len(_own().files) == 1


def test_a_kind_takes_so_many_files(newcomer):
    newcomer.post("/certification/name", data={"name": NAME})
    for _time in range(2):
        answer = newcomer.post("/certification/files", data={"kind": "business_licence", "file": _file()})
    assert "最多 1 个" in answer.text
    assert newcomer.post("/certification/files", data={"kind": "forged", "file": _file()}).status_code == 422


# ---------------------------------------------------------------- 获取基本信息


def test_the_register_fills_what_is_empty_and_overwrites_only_when_told(newcomer):
    newcomer.post("/certification/name", data={"name": NAME})
    typed = {"credit_code": CODE.lower(), "address": "自己填写的地址", "do": "fetch"}
    page = newcomer.post("/certification/enterprise", data=typed).text
    form = html.fromstring(page)
    assert form.xpath('//input[@name="legal_representative"]/@value') == ["程一鸣"]
    assert form.xpath('//input[@name="established_on"]/@value') == ["2017-05-16"]
    assert form.xpath('//input[@name="address"]/@value') == ["自己填写的地址"]
    assert "登记信息：" in page
    assert "虚构路 1 号" in page
    form = html.fromstring(newcomer.post("/certification/enterprise", data=typed | {"do": "overwrite"}).text)
    assert form.xpath('//input[@name="address"]/@value') == ["惠州市惠城区虚构路 1 号"]


@pytest.mark.parametrize(
    ("code", "status", "said"), [("123", 422, "18 位统一社会信用代码"), ("91441302MADEM9999", 404, "登记信息中没有")]
)
def test_an_unknown_code_is_told_at_its_field(newcomer, code, status, said):
    newcomer.post("/certification/name", data={"name": NAME})
    code = code + uscc.calc_check_digit(code) if len(code) == 17 else code
    answer = newcomer.post("/certification/enterprise", data={"credit_code": code, "contact": "仍在", "do": "fetch"})
    assert answer.status_code == status
    assert said in answer.text
    assert 'value="仍在"' in answer.text


# ---------------------------------------------------------------- two people, and who decides


def test_of_two_people_with_one_code_the_second_is_told(newcomer, second, client):
    _fill(newcomer)
    answer = _fill(second, name="另一个名称有限公司")
    assert answer.status_code == 409
    assert "正由其他用户申请认证" in answer.text
    _decide(client("county_officer"), _own())
    answer = _submit(second)
    assert answer.status_code == 409
    assert "已有企业管理员" in answer.text


def test_only_the_bureau_in_charge_decides(newcomer, client):
    _fill(newcomer)
    found = _own()
    for username in ("gz_county_officer", "gz_city_admin", "officer_01"):
        assert client(username).get(f"/certifications/show/{found.public_id}").status_code == 404
    for username in ("city_admin", "province_admin"):
        browser = client(username)
        assert "通过认证" not in browser.get(f"/certifications/show/{found.public_id}").text
        assert "主管部门审核" in _decide(browser, found).text
    assert client("province_officer").post(f"/certifications/approve/{found.public_id}").status_code == 403
    assert client("enterprise_admin").get("/certifications/").status_code == 403
    assert _own().state is CertificationState.SUBMITTED


def test_the_city_decides_where_the_county_has_no_bureau(newcomer, client):
    _fill(newcomer)
    bureau = select(Department).where(Department.region_id == _county().id, Department.parent_id.is_not(None))
    for found in db.session.scalars(bureau.where(Department.name == "惠城区科技和工业信息化局")):
        found.enabled = False
    db.session.commit()
    assert "个企业认证待审核" in client("city_officer").get("/desk/").text
    assert "已通过" in _decide(client("city_officer"), _own()).text


def test_drafts_are_nobody_elses(newcomer, client):
    _fill(newcomer, submit=False)
    assert NAME not in client("county_officer").get("/certifications/?tab=all").text
    assert client("county_officer").get(f"/certifications/show/{_own().public_id}").status_code == 404


def test_officials_and_visitors_have_no_wizard(client):
    assert client("county_officer").get("/certification/").status_code == 403
    assert client().get("/certification/").status_code == 302


def test_no_page_costs_more_than_a_dozen_statements(newcomer, client, statements):
    _fill(newcomer, submit=False)
    for page in ("", "name", "enterprise", "legal", "agent", "platform", "files", "confirm"):
        statements.clear()
        newcomer.get(f"/certification/{page}")
        assert len(statements) <= 12, (page, len(statements), statements)
    _submit(newcomer)
    for path in ("/certifications/", f"/certifications/show/{_own().public_id}"):
        statements.clear()
        assert client("county_officer").get(path).status_code == 200
        assert len(statements) <= 12, (path, len(statements), statements)
