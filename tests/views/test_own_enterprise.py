"""企业信息 on screen: every particular, figures of years, the business register, two tabs, what is missing."""

import pytest
from lxml import html

from app.extensions import db
from app.models import Enterprise
from app.services.particulars import PARTICULARS
from app.services.register import NotReachable


@pytest.fixture
def applicant(client):
    return client("enterprise_admin")


@pytest.fixture
def own(person):
    (enterprise_id,) = person("enterprise_admin").enterprise_ids
    return db.session.get(Enterprise, enterprise_id)


class Silent:
    """A register that is down."""

    def __init__(self, config):
        pass

    def look_up(self, credit_code):
        raise NotReachable("timeout")


def _form(browser, path="/enterprise/edit", data=None):
    answer = browser.post(path, data=data) if data else browser.get(path)
    page = html.fromstring(answer.text)
    form = next(f for f in page.forms if "shown" in f.fields)
    return dict(form.form_values()), answer


# ---------------------------------------------------------------- particulars


def test_every_particular_is_shown_edited_and_read_by_the_bureau(applicant, client, own):
    values, _answer = _form(applicant)
    typed = values | {"registry_authority": "惠城区市场监督管理局", "website": "https://example.com", "kind": "民营"}
    assert applicant.post("/enterprise/edit", data=typed).status_code == 302
    page = applicant.get("/enterprise/").text
    for field in PARTICULARS:
        assert str(field.label) in page
    for said in ("惠城区市场监督管理局", "企业是否失信", "企业标签", "企业资质", "营业收入"):
        assert said in page
    read = client("county_officer").get(f"/enterprises/show/{own.public_id}").text
    for said in ("惠城区市场监督管理局", "登记机关", "业务类型", "https://example.com"):
        assert said in read


def test_name_and_credit_code_are_not_edited_here(applicant, own):
    name, code = own.name, own.credit_code
    values, _answer = _form(applicant)
    applicant.post("/enterprise/edit", data=values | {"name": "冒名公司", "credit_code": "91441302MADEM90016"})
    db.session.expire_all()
    assert (own.name, own.credit_code) == (name, code)


def test_of_two_tabs_the_second_is_told_and_loses_nothing(applicant, own):
    seen, _answer = _form(applicant)
    assert applicant.post("/enterprise/edit", data=seen | {"contact": "第一个窗口"}).status_code == 302
    again, refused = _form(applicant, data=seen | {"contact": "第二个窗口"})
    assert refused.status_code == 409
    assert "已将此项改为“第一个窗口”" in refused.text
    assert again["contact"] == "第二个窗口"
    assert applicant.post("/enterprise/edit", data=again).status_code == 302
    db.session.expire_all()
    assert own.contact == "第二个窗口"


# ---------------------------------------------------------------- 获取基本信息


def test_the_register_fills_what_is_empty_and_overwrites_only_when_told(applicant, own):
    values, _answer = _form(applicant)
    values |= {"business_scope": "", "address": "自己的地址"}
    filled, answer = _form(applicant, "/enterprise/fetch", values)
    assert "研发、制造、销售" in filled["business_scope"]
    assert filled["address"] == "自己的地址"
    assert "登记信息：" in answer.text
    filled, _answer = _form(applicant, "/enterprise/fetch", values | {"overwrite": "1"})
    assert filled["address"] == "惠州市惠城区示范路 1 号"
    db.session.expire_all()
    assert own.business_scope is None, "nothing is kept until it is saved"
    assert applicant.post("/enterprise/edit", data=filled).status_code == 302


def test_a_register_that_does_not_answer_loses_nothing(applicant, app, monkeypatch):
    monkeypatch.setitem(app.config, "REGISTER", f"{__name__}:Silent")
    values, _answer = _form(applicant)
    kept, answer = _form(applicant, "/enterprise/fetch", values | {"contact": "已填写"})
    assert answer.status_code == 404
    assert "暂时无法获取登记信息" in answer.text
    assert "timeout" not in answer.text
    assert kept["contact"] == "已填写"


def test_employees_neither_fetch_nor_fill_in_years(client):
    employee = client("enterprise_employee")
    assert employee.post("/enterprise/fetch").status_code == 403
    assert employee.get("/enterprise/years").status_code == 403
    assert employee.post("/enterprise/years").status_code == 403


# ---------------------------------------------------------------- figures of the years


def test_figures_of_years_are_added_changed_and_removed(applicant, own):
    values, _answer = _form(applicant, "/enterprise/years")
    years = sorted({int(name.split("-")[1]) for name in values if "-" in name})
    assert len(years) == 5
    typed = values | {
        f"revenue-{years[0]}": "1,234.5",
        f"rd_spend-{years[0]}": "",
        f"revenue-{years[-1]}": "",
        f"rd_spend-{years[-1]}": "",
    }
    assert applicant.post("/enterprise/years", data=typed).status_code == 302
    assert "1,234.50" in applicant.get("/enterprise/").text
    db.session.expire_all()
    kept = {row.year: row for row in own.years}
    assert (kept[years[0]].revenue, kept[years[0]].rd_spend) == (12_345_000, None)
    assert years[-1] not in kept


def test_wrong_figures_are_told_at_their_place_and_of_two_tabs_the_second_is_told(applicant):
    values, _answer = _form(applicant, "/enterprise/years")
    name = next(name for name in values if name.startswith("revenue-"))
    for wrong in ("一千", "-5", "1e9", "١٢"):
        kept, refused = _form(applicant, "/enterprise/years", values | {name: wrong})
        assert refused.status_code == 422
        assert kept[name] == wrong
        assert "最多 4 位小数" in refused.text
    applicant.post("/enterprise/years", data=values | {name: "1"})
    kept, refused = _form(applicant, "/enterprise/years", values | {name: "2"})
    assert (refused.status_code, kept[name]) == (409, "2")
    assert applicant.post("/enterprise/years", data=kept).status_code == 302


# ---------------------------------------------------------------- what an earlier system left open


def test_who_came_from_an_earlier_system_is_asked_to_complete_what_is_missing(applicant, own):
    assert "未完善" not in applicant.get("/workbench/").text
    own.contact, own.address = None, None
    for path in ("/workbench/", "/enterprise/"):
        page = applicant.get(path).text
        assert "企业信息还有 2 项未完善：联系人、单位注册地址" in page
    own.county = own.city = None
    assert "所属市、县（区）" in applicant.get("/enterprise/").text
