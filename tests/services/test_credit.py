"""Dishonesty records: imported, ended, followed by enterprises, and asked about across regions."""

from io import BytesIO

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app.clock import now, to_local
from app.demo.world import credit_code
from app.errors import Forbidden, Invalid
from app.extensions import db
from app.models import CreditRecord, Enterprise
from app.services import credit, enterprises, files
from app.services.credit_query import answer_many, look_up
from app.services.imports import credit_query, credit_records

HEADS = [heading.label for heading in credit_records.HEADINGS]
UNKNOWN_CODE = credit_code("441302", 9001)


def workbook(heads, *rows):
    stream = BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        page = book.add_worksheet()
        for number, row in enumerate((heads, *rows)):
            page.write_row(number, 0, [str(cell) for cell in row])
    stream.seek(0)
    return stream


def enterprise_of(person, username):
    return db.session.get(Enterprise, next(iter(person(username).enterprise_ids)))


def line(enterprise, case_no="（2024）粤1302执1号", removed="", **changed):
    facts = {"reason": "拒不履行", "by": "惠城区人民法院", "on": "2024/5/1"} | changed
    return (enterprise.name, enterprise.credit_code, case_no, facts["reason"], facts["by"], facts["on"], removed)


def take_in(person, *rows, by="province_admin"):
    report = credit_records.import_records(workbook(HEADS, *rows), by=person(by), at=now())
    db.session.expire_all()
    return report


def test_records_go_in_and_the_enterprise_follows(person):
    own = enterprise_of(person, "company_03")
    assert take_in(person, line(own)) == {"read": 1, "done": 1, "problems": []}
    record = db.session.scalars(select(CreditRecord)).one()
    assert (record.case_no, record.published_on.isoformat()) == ("（2024）粤1302执1号", "2024-05-01")
    assert own.dishonest


def test_the_same_case_again_updates_and_may_end(person):
    own = enterprise_of(person, "company_03")
    take_in(person, line(own))
    take_in(person, line(own, removed="2024年6月1日", reason="已履行完毕"))
    record = db.session.scalars(select(CreditRecord)).one()
    assert (record.reason, record.removed_on.isoformat()) == ("已履行完毕", "2024-06-01")
    assert not own.dishonest


def test_an_enterprise_stays_dishonest_while_one_record_is_left(person):
    own = enterprise_of(person, "company_03")
    take_in(person, line(own, "甲"), line(own, "乙"))
    first, second = db.session.scalars(select(CreditRecord).order_by(CreditRecord.id))
    by = person("city_admin")
    credit.remove_record(first, by=by, at=now())
    db.session.refresh(own)
    assert own.dishonest
    assert first.removed_on == to_local(now()).date()
    credit.remove_record(second, by=by, at=now())
    db.session.refresh(own)
    assert not own.dishonest
    with pytest.raises(Invalid, match="移出"):
        credit.remove_record(second, by=by, at=now())


def test_an_enterprise_that_registers_later_follows_its_records(person):
    entry = credit.Entry("后来注册有限公司", UNKNOWN_CODE, "甲")
    credit.keep_records([entry], by=person("province_admin"), at=now())
    site = person("province_admin").site
    later = enterprises.register_enterprise(site, UNKNOWN_CODE, "后来注册有限公司", by=None, at=now())
    db.session.refresh(later)
    assert later.dishonest


def test_wrong_lines_are_named_and_nothing_is_kept(person):
    own, other = enterprise_of(person, "company_03"), enterprise_of(person, "company_04")
    rows = (
        line(own),
        line(own),
        ("某公司", "91441302MADEM00011", "甲", "", "", "2024-13-01", ""),
        (other.name, other.credit_code, "", "", "", "", ""),
        line(other, removed="2020-01-01"),
        line(other, "丙", on="2999-01-01"),
    )
    report = take_in(person, *rows)
    assert report["done"] == 0
    assert [(number, label) for number, label, _m in report["problems"]] == [
        (3, "案号"), (4, "统一社会信用代码"), (4, "公布日期"), (5, "案号"), (6, "移出日期"), (7, "公布日期"),
    ]  # fmt: skip
    assert db.session.scalars(select(CreditRecord)).all() == []
    assert not own.dishonest


def test_a_city_keeps_and_ends_records_of_its_own_enterprises_and_of_strangers(person):
    elsewhere = enterprise_of(person, "gz_enterprise_admin")
    report = take_in(person, line(elsewhere), by="city_admin")
    assert (report["done"], report["problems"][0][1]) == (0, "统一社会信用代码")
    assert "省级管理员" in report["problems"][0][2]
    assert take_in(person, ("外地公司", UNKNOWN_CODE, "甲", "", "", "", ""), by="city_admin")["done"] == 1
    take_in(person, line(elsewhere))
    record = db.session.scalars(select(CreditRecord).where(CreditRecord.credit_code == elsewhere.credit_code)).one()
    with pytest.raises(Forbidden, match="省级管理员"):
        credit.remove_record(record, by=person("city_admin"), at=now())


# ---------------------------------------------------------------- asking


def test_one_may_be_asked_about_by_name_or_code_in_all_regions(person):
    near, far = enterprise_of(person, "company_03"), enterprise_of(person, "gz_enterprise_admin")
    take_in(person, line(near), line(far, "乙"))
    officer = person("county_officer")
    (found,) = look_up(near.credit_code.lower(), officer)
    assert (found.dishonest, found.public_id, [r.case_no for r in found.records]) == (
        True, near.public_id, ["（2024）粤1302执1号"],
    )  # fmt: skip
    (found,) = look_up(far.name, officer)
    assert (found.name, found.dishonest, found.public_id, list(found.records)) == (far.name, True, None, [])
    assert {f.name for f in look_up("机器人", officer)} == {"惠州市青岚机器人有限公司", "广州黄埔长风机器人有限公司"}
    assert look_up("不存在的公司", officer) == []
    with pytest.raises(Invalid, match="2 个字"):
        look_up("云", officer)


def test_a_stranger_is_known_by_its_records(person):
    entry = credit.Entry("外地公司", UNKNOWN_CODE, "甲")
    credit.keep_records([entry], by=person("province_admin"), at=now())
    (found,) = look_up(UNKNOWN_CODE, person("county_officer"))
    assert (found.name, found.registered, found.dishonest) == ("外地公司", False, True)


def test_many_are_answered_line_by_line_with_remarks(person):
    near, far = enterprise_of(person, "company_03"), enterprise_of(person, "gz_enterprise_admin")
    take_in(person, line(near), line(far, "乙"))
    nobody = credit_code("441302", 9002)
    asked = [(near.name, near.credit_code), ("别名公司", far.credit_code), ("", nobody), ("", "123"), ("", "")]
    answers = answer_many(asked, person("county_officer"))
    assert [a.dishonest for a in answers] == [True, True, False, None, None]
    assert answers[0].records.startswith("（2024）粤1302执1号，惠城区人民法院，2024-05-01")
    assert answers[1].records == ""
    assert far.name in str(answers[1].remark)
    assert "未在平台注册" in str(answers[2].remark)
    assert "有误" in str(answers[3].remark)


def test_a_sheet_comes_back_answered(person):
    near = enterprise_of(person, "company_03")
    take_in(person, line(near))
    heads = [heading.label for heading in credit_query.HEADINGS]
    stream = workbook(heads, ("", near.credit_code), ("", credit_code("441302", 9002)))
    stored, report = credit_query.answer_sheet(stream, by=person("county_officer"), at=now())
    assert (report["read"], report["done"]) == (2, 2)
    rows = CalamineWorkbook.from_filelike(BytesIO(files.read_file(stored))).get_sheet_by_index(0).to_python()
    heads_at = next(n for n, row in enumerate(rows) if "是否失信" in row)
    assert rows[heads_at] == ["企业名称", "统一社会信用代码", "是否失信", "失信记录", "备注"]
    assert [row[2] for row in rows[heads_at + 1 :]] == ["是", "否"]


def test_a_sheet_with_a_missing_code_is_not_answered(person):
    heads = [heading.label for heading in credit_query.HEADINGS]
    stored, report = credit_query.answer_sheet(workbook(heads, ("某公司", "")), by=person("county_officer"), at=now())
    assert stored is None
    assert report["problems"] == [[2, "统一社会信用代码", "必填，请填写。"]]
