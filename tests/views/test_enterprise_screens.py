"""What officials know of enterprises, through the browser's eyes."""

import re
from datetime import date
from io import BytesIO

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import func, insert, select

from app.clock import now
from app.demo import about_enterprises
from app.extensions import db
from app.jobs import run_job
from app.models import AuditEvent, CreditRecord, Enterprise, Job, Label, Material, Region, Title
from app.services import titles
from tests.conftest import known_world

ADMINISTRATORS = ("city_admin", "province_admin")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def told(app, person):
    """Return a function: user name → enterprise, once bureaus know more of it than it says itself."""
    found = known_world()

    def enterprise_of(username):
        return db.session.get(Enterprise, next(iter(person(username).enterprise_ids)))

    names = {e["username"] for e in found.data["enterprises"]}
    found.enterprises = {name: enterprise_of(name) for name in names}
    about_enterprises.tell(found, now())
    db.session.commit()
    return enterprise_of


def text_of(answer, status=200):
    assert answer.status_code == status, answer.status_code
    return answer.get_data(as_text=True)


def workbook(*rows):
    stream = BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, [str(cell) for cell in row])
    stream.seek(0)
    return stream


def upload(browser, address, stream, file_name="名单.xlsx", **fields):
    answer = browser.post(address, data={"file": (stream, file_name), **fields}, content_type="multipart/form-data")
    if answer.status_code == 302:
        job_id = db.session.scalar(select(func.max(Job.id)))
        db.session.commit()
        run_job(job_id)
        db.session.expire_all()
        return answer.headers["Location"], db.session.get(Job, job_id)
    return answer, None


# ---------------------------------------------------------------- list


def test_the_list_shows_what_bureaus_know(client, told):
    page = text_of(client("city_admin").get("/enterprises/"))
    for heading in ("所在市", "所在区", "统一社会信用代码", "历史扶持项目数", "失信情况", "企业类型", "企业标签"):
        assert heading in page
    assert "专精特新中小企业" in page
    assert "广州木棉工业软件有限公司" not in page


def test_the_list_filters_by_label_place_and_honesty(client, told):
    browser = client("city_admin")
    label = db.session.scalars(select(Label).where(Label.name == "产业链链主企业")).one()
    county = db.session.scalars(select(Region).where(Region.name == "大亚湾开发区")).one()
    found = text_of(browser.get(f"/enterprises/?labels={label.id}"))
    assert ("松涛数控" in found, "青岚" in found) == (True, False)
    found = text_of(browser.get(f"/enterprises/?county={county.id}&dishonest=1"))
    assert ("鲲鹏" in found, "青岚" in found) == (True, False)
    offered = browser.get("/enterprises/options/labels?q=重点").get_json()["results"]
    assert [option["text"] for option in offered] == ["重点培育企业"]
    offered = browser.get("/enterprises/options/city").get_json()["results"]
    assert [option["text"] for option in offered] == ["惠州市"]


def test_thousands_of_enterprises_cost_a_page_no_more(client, told, statements):
    city = db.session.scalars(select(Region).where(Region.name == "惠州市")).one()
    county = db.session.scalars(select(Region).where(Region.name == "惠城区")).one()
    own = db.session.scalars(select(Enterprise)).first()
    rows = [
        {
            "site_id": own.site_id, "public_id": f"many-{n}", "credit_code": f"MANY{n:014d}"[:18], "dishonest": False,
            "name": f"惠州市第{n}精密制造有限公司", "city_id": city.id, "county_id": county.id, "kind": "有限责任公司",
            "industry": "专用设备制造业", "established_on": date(2010, 1, 1), "contact": "张三",
        }
        for n in range(3000)
    ]  # fmt: skip
    db.session.execute(insert(Enterprise), rows)
    db.session.commit()
    label = db.session.scalars(select(Label)).first()
    browser = client("city_admin")
    for address in (
        "/enterprises/?size=100",
        "/enterprises/?size=100&last=1",
        "/enterprises/?name=精密&size=100",
        f"/enterprises/?county={county.id}&city={city.id}&labels={label.id}&size=100",
    ):
        statements.clear()
        page = browser.get(address)
        assert page.status_code == 200
        assert len(statements) <= 8, (address, len(statements), statements)
        assert len(page.data) < 150_000, (address, len(page.data))


# ---------------------------------------------------------------- reading page


def test_the_three_tabs_show_what_the_manual_lists(client, told):
    browser, own = client("county_officer"), told("company_04")
    page = text_of(browser.get(f"/enterprises/show/{own.public_id}"))
    order = [
        "企业性质", "所属行业", "所属市", "所属区", "成立日期", "注册资金", "法人代表", "法人电话", "联系人",
        "联系电话", "公司邮箱", "公司网址", "单位注册地址", "企业是否失信", "主营业务", "经营范围", "企业资质",
    ]  # fmt: skip
    places = [page.index(f">{label}<") for label in order]
    assert places == sorted(places)
    assert "省级企业技术中心" in page
    assert "2022-12-20" in page
    assert "惠州海石激光设备有限公司" in page
    assert "维护曾用名" not in page

    page = text_of(browser.get(f"/enterprises/show/{own.public_id}?tab=users"))
    assert "赖明哲" in page
    assert "企业资质" not in page
    assert "暂无附件材料" in text_of(browser.get(f"/enterprises/show/{own.public_id}?tab=materials"))
    assert browser.get(f"/enterprises/show/{told('company_12').public_id}").status_code == 404


def test_each_tab_costs_a_few_statements(client, told, statements):
    browser, own = client("city_admin"), told("company_03")
    browser.get("/enterprises/")
    for tab in ("basic", "users", "materials"):
        address = f"/enterprises/show/{own.public_id}?tab={tab}"
        statements.clear()
        assert browser.get(address).status_code == 200
        assert len(statements) <= 8, (tab, statements)


def test_materials_are_handed_out_within_the_region(client, told):
    own = told("enterprise_admin")
    page = text_of(client("county_officer").get(f"/enterprises/show/{own.public_id}?tab=materials"))
    assert "2023年度审计报告.pdf" in page
    material = db.session.scalars(select(Material).where(Material.enterprise_id == own.id)).first()
    answer = client("county_officer").get(f"/materials/{material.public_id}?download=1")
    assert answer.data.startswith(b"%PDF")
    assert client("gz_county_officer").get(f"/materials/{material.public_id}").status_code == 404


def test_former_names_are_noted_and_struck(client, told):
    own, browser = told("company_03"), client("county_admin")
    address = f"/former-names/{own.public_id}"
    assert "现用名称" in text_of(browser.post(address, data={"name": own.name}), 422)
    assert browser.post(address, data={"name": "青岚机械厂", "used_until": "2015-01-01"}).status_code == 302
    db.session.expire_all()
    (former,) = own.former_names
    assert "青岚机械厂" in text_of(browser.get(f"/former-names/{former.id}/remove"))
    assert browser.post(f"/former-names/{former.id}/remove").status_code == 302
    db.session.expire_all()
    assert own.former_names == []
    assert client("county_officer").get(address).status_code == 403


# ---------------------------------------------------------------- labels


def test_a_label_is_hung_on_many_after_a_preview_and_each_says_what_came_of_it(client, told):
    browser, chosen = client("city_admin"), [told("company_03"), told("company_06")]
    label = db.session.scalars(select(Label).where(Label.name == "重点培育企业")).one()
    keys = [e.public_id for e in chosen]
    answer = browser.post("/enterprises/action_post", data={"action": "label", "rowid": keys})
    preview = text_of(browser.get(answer.headers["Location"]))
    assert all(e.name in preview for e in chosen)
    page = text_of(browser.post("/enterprise-labels/", data={"rowid": keys, "label": label.id, "verb": "hang"}))
    assert "成功 1 项，未成功 1 项" in page
    assert "未重复添加" in page
    db.session.expire_all()
    assert label in chosen[1].labels


def test_an_enterprise_of_another_city_is_never_among_them(client, told):
    keys = [told("company_03").public_id, told("company_12").public_id]
    label = db.session.scalars(select(Label)).first()
    answer = client("city_admin").post("/enterprise-labels/", data={"rowid": keys, "label": label.id, "verb": "hang"})
    assert answer.status_code == 404


def test_labels_are_added_renamed_and_deleted_with_the_count_of_uses(client, told):
    browser = client("province_admin")
    assert browser.post("/labels/add", data={"name": "单项冠军"}).status_code == 302
    assert "已有标签" in text_of(browser.post("/labels/add", data={"name": "单项冠军"}), 422)
    label = db.session.scalars(select(Label).where(Label.name == "专精特新中小企业")).one()
    assert "4 家企业" in text_of(browser.get(f"/labels/delete/{label.id}"))
    assert browser.post(f"/labels/delete/{label.id}").status_code == 302
    db.session.expire_all()
    assert told("company_03").labels != []
    assert "专精特新中小企业" not in {item.name for item in told("company_03").labels}
    recorded = db.session.scalars(
        select(AuditEvent).where(AuditEvent.subject == "Label", AuditEvent.action == "remove")
    )
    assert recorded.one().detail == {"name": "专精特新中小企业", "uses": 4}
    assert client("county_admin").get("/labels/").status_code == 403


# ---------------------------------------------------------------- credit


def test_a_unit_elsewhere_is_told_by_name_code_and_honesty_alone(client, told):
    far = told("company_10")
    page = text_of(client("gz_county_officer").get("/credit/", query_string={"q": far.credit_code}))
    assert far.name in page
    assert "粤1303执2187号" not in page
    assert far.public_id not in page
    near = text_of(client("city_officer").get("/credit/", query_string={"q": "鲲鹏"}))
    assert "粤1303执2187号" in near
    assert f"/enterprises/show/{far.public_id}" in near
    assert "至少 2 个字" in text_of(client("city_officer").get("/credit/?q=鲲"))


def test_many_are_asked_about_with_a_workbook(client, told):
    browser, dishonest = client("county_officer"), told("company_10")
    template = CalamineWorkbook.from_filelike(BytesIO(browser.get("/credit/template").data)).get_sheet_by_index(0)
    assert template.to_python()[0] == ["企业名称", "*统一社会信用代码"]
    sheet = workbook(["企业名称", "*统一社会信用代码"], ["", dishonest.credit_code], ["", "12345"])
    location, job = upload(browser, "/credit/", sheet)
    assert "下载文件" in text_of(browser.get(location))
    answered = browser.get(f"/jobs/{job.public_id}/file?download=1")
    rows = CalamineWorkbook.from_filelike(BytesIO(answered.data)).get_sheet_by_index(0).to_python()
    assert [row[2] for row in rows if row[1] in (dishonest.credit_code, "12345")] == ["是", ""]
    assert client("city_admin").get(f"/jobs/{job.public_id}/file").status_code == 404


def test_what_is_no_workbook_is_refused_at_once(client, told):
    for stream, name in (
        (BytesIO(b"a,b"), "名单.csv"),
        (BytesIO(b"PK no zip"), "名单.xlsx"),
        (BytesIO(b""), "空.xlsx"),
    ):
        answer, _job = upload(client("city_admin"), "/credit/", stream, name)
        assert "alert-danger" in text_of(answer, 422), name
    assert "请选择要上传" in text_of(client("city_admin").post("/credit/"), 422)


def test_credit_records_are_imported_and_taken_out(client, told):
    browser, own = client("city_admin"), told("company_03")
    heads = ["企业名称", "统一社会信用代码", "案号", "失信事由", "公布机关", "公布日期", "移出日期"]
    line = [own.name, own.credit_code, "（2025）粤1302执9号", "拒不履行", "惠城区人民法院", "2025-01-02", ""]
    location, _job = upload(browser, "/credit-records/add", workbook(heads, line, [*line[:2], "", *line[3:]]))
    page = text_of(browser.get(location))
    assert "共读取 2 行，导入 0 行" in page
    assert "必填" in page
    location, _job = upload(browser, "/credit-records/add", workbook(heads, line))
    assert "导入 1 行" in text_of(browser.get(location))
    assert db.session.get(Enterprise, own.id).dishonest
    assert "（2025）粤1302执9号" in text_of(browser.get(f"/enterprises/show/{own.public_id}"))

    record = db.session.scalars(select(CreditRecord).where(CreditRecord.credit_code == own.credit_code)).one()
    data = {"action": "take_out", "rowid": [record.id]}
    assert "移出后" in text_of(browser.post("/credit-records/action_post", data=data))
    assert browser.post("/credit-records/action_post", data=data | {"confirmed": "1"}).status_code == 302
    db.session.expire_all()
    assert not db.session.get(Enterprise, own.id).dishonest
    assert client("county_admin").get("/credit-records/").status_code == 403


# ---------------------------------------------------------------- winners


def test_a_list_of_winners_is_imported_under_its_title(client, told):
    browser = client("province_admin")
    heads = ["序号", "地市", "单位名称", "所属领域", "批次"]
    sheet = workbook(heads, [1, "惠州市", told("company_05").name, "甲领域、乙领域", "第一批"])
    fields = {"name": "省级绿色工厂", "granted_on": "2023-11-01"}
    assert "请填写此项" in text_of(upload(browser, "/titles/add", workbook(heads))[0], 422)
    location, _job = upload(browser, "/titles/add", sheet, **fields)
    assert "导入 1 行" in text_of(browser.get(location))
    kept = db.session.scalars(select(Title).where(Title.name == "省级绿色工厂")).one()
    assert (kept.enterprise_id, kept.fields, kept.granted_on) == (
        told("company_05").id, ["甲领域", "乙领域"], date(2023, 11, 1),
    )  # fmt: skip


def test_unsure_rows_are_linked_by_hand_with_a_reason(client, told):
    browser, own = client("city_admin"), told("company_07")
    page = text_of(browser.get("/titles/", query_string={"tab": "loose", "name": "省级企业技术中心"}))
    assert f"可能是：{own.name}" in page
    row = db.session.scalars(select(Title).where(Title.holder == "惠州松涛数控机床有限公司")).one()
    address = f"/titles/link/{row.id}"
    assert own.credit_code in text_of(browser.get(address))
    assert "请填写此项" in text_of(browser.post(address, data={"candidate": own.id}), 422)
    assert "请选择一家企业" in text_of(browser.post(address, data={"reason": "同一单位"}), 422)
    answer = browser.post(address, data={"enterprise": told("company_12").id, "reason": "外市"})
    assert answer.status_code == 422
    assert browser.post(address, data={"candidate": own.id, "reason": "同一单位"}).status_code == 302
    db.session.expire_all()
    assert (row.enterprise_id, row.matched_by) == (own.id, titles.BY_HAND)
    assert "省级企业技术中心" in text_of(browser.get(f"/enterprises/show/{own.public_id}"))

    assert browser.post(f"/titles/unlink/{row.id}", data={"reason": "核对有误"}).status_code == 302
    db.session.expire_all()
    assert (row.enterprise_id, row.matched_by) == (None, titles.BY_HAND)
    assert "无对应企业" in text_of(browser.get("/titles/?tab=none"))


def test_others_read_the_lists_of_their_city_and_change_nothing(client, told):
    row = db.session.scalars(select(Title).where(Title.holder == "惠州松涛数控机床有限公司")).one()
    officer = client("city_officer")
    assert not re.search(r"/titles/(link|add)", text_of(officer.get("/titles/")))
    assert officer.get(f"/titles/link/{row.id}").status_code == 403
    assert client("gz_city_admin").get(f"/titles/link/{row.id}").status_code == 404
    assert row.holder not in text_of(client("gz_city_admin").get("/titles/?size=100"))
