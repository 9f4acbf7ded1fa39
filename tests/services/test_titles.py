"""Lists of earlier winners: imported, matched by names, linked by hand, and read by the eligibility rules."""

from io import BytesIO

import pytest
import xlsxwriter
from sqlalchemy import select

from app.clock import now
from app.demo.about_enterprises import LISTS
from app.errors import BadFile, Invalid, NotEligible, NotFound
from app.extensions import db
from app.forms.package import read_yaml
from app.models import AuditEvent, Enterprise, Title
from app.services import calls, former_names, titles
from app.services.imports import titles as sheet
from app.services.name_keys import core_of, name_key

NAME = "广东省智能制造生态合作伙伴"
HEADS = ("序号", "地市", "单位名称", "所属领域", "批次")


def workbook(*rows, heads=HEADS):
    stream = BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        page = book.add_worksheet()
        for number, row in enumerate((heads, *rows)):
            page.write_row(number, 0, row)
    stream.seek(0)
    return stream


def line(holder, city="惠州市", cohort="第一批", fields="智能制造装备领域"):
    return ("1", city, holder, fields, cohort)


def keep(person, *holders, cohort="第一批"):
    by = person("province_admin")
    return titles.keep_titles(NAME, [titles.Entry(h, cohort, "惠州市") for h in holders], by=by, at=now())


def enterprise_of(person, username):
    return db.session.get(Enterprise, next(iter(person(username).enterprise_ids)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("TCL通力电子（惠州）有限公司", "ＴＣＬ通力电子(惠州)有限公司"),
        ("惠州 TCL 移动通信有限公司", "惠州tcl移动通信有限公司"),
        ("华显光电技术【惠州】有限公司", "华显光电技术(惠州)有限公司"),
    ],
)
def test_width_brackets_spaces_and_case_do_not_matter(one, other):
    assert name_key(one) == name_key(other)


def test_legal_forms_stay_apart():
    assert name_key("惠州云杉有限公司") != name_key("惠州云杉有限责任公司")


def test_the_core_of_a_name_is_what_is_peculiar_to_it():
    assert core_of("惠州市赢合科技有限公司", "惠州市") == "赢合科技"
    assert core_of("惠州视维新技术有限公司", "惠州市") == "视维新技术"
    assert core_of("华显光电技术（惠州）股份有限公司") == "华显光电技术"


def test_the_published_list_goes_in_as_it_is(person):
    rows = read_yaml((LISTS / "gd_smart_partner.yaml").read_text("utf-8"), "list")["rows"]
    lines = [(n, r["city"], r["holder"], "、".join(r["fields"]), r["cohort"]) for n, r in enumerate(rows, start=1)]
    report = sheet.import_titles(workbook(*lines), NAME, by=person("city_admin"), at=now())
    assert report == {"read": 34, "done": 34, "problems": [], "linked": 0}
    kept = db.session.scalars(select(Title).order_by(Title.id)).all()
    assert [sum(1 for t in kept if t.cohort == c) for c in ("第一批", "第二批", "第三批")] == [21, 4, 9]
    assert kept[0].fields == ["智能制造装备领域", "智能制造系统解决方案领域"]
    assert {t.city.name for t in kept} == {"惠州市"}


def test_the_same_list_again_changes_nothing_but_what_is_new(person):
    by = person("province_admin")
    sheet.import_titles(workbook(line("甲公司"), line("乙公司")), NAME, by=by, at=now())
    again = workbook(line("甲 公司", fields="关键软件领域"), line("丙公司"))
    sheet.import_titles(again, NAME, by=by, at=now())
    kept = {t.holder_key: t for t in db.session.scalars(select(Title))}
    assert set(kept) == {"甲公司", "乙公司", "丙公司"}
    assert kept["甲公司"].fields == ["关键软件领域"]


def test_one_wrong_line_keeps_all_out(person):
    rows = (line("甲公司"), line("甲公司"), line("", cohort="第二批"), line("乙公司", city="广州市"))
    report = sheet.import_titles(workbook(*rows), NAME, by=person("city_admin"), at=now())
    assert (report["read"], report["done"]) == (4, 0)
    assert [(number, label) for number, label, _m in report["problems"]] == [
        (3, "单位名称"), (4, "单位名称"), (5, "地市"),
    ]  # fmt: skip
    assert "第 2 行" in report["problems"][0][2]
    assert db.session.scalars(select(Title)).all() == []


def test_other_headings_are_refused(person):
    with pytest.raises(BadFile, match="批次"):
        sheet.import_titles(workbook(line("甲公司")[:4], heads=HEADS[:4]), NAME, by=person("province_admin"), at=now())


def test_a_name_links_when_exactly_one_enterprise_answers_to_it(person):
    own = enterprise_of(person, "company_03")
    loose, linked = keep(person, "惠州市不存在科技有限公司", f" {own.name} ")
    assert (linked.enterprise_id, linked.matched_by) == (own.id, "name")
    assert (loose.enterprise_id, loose.matched_by) == (None, None)


def test_two_of_the_same_name_are_left_to_a_person(person):
    one, other = enterprise_of(person, "company_03"), enterprise_of(person, "company_04")
    other.name = one.name.replace("青岚", "青 岚")
    (title,) = keep(person, one.name)
    assert title.enterprise_id is None


def test_a_former_name_links_too_and_later_ones_on_asking(person):
    own = enterprise_of(person, "company_04")
    (title,) = keep(person, "惠州海石激光设备有限公司")
    assert title.enterprise_id is None
    by = person("city_admin")
    former_names.add_former_name(own, "惠州海石激光设备有限公司", by=by, at=now())
    assert titles.match_again(by=by, at=now()) == 0  # the row is in no city's list that the city could see
    title.city_id = own.city_id
    assert titles.match_again(by=by, at=now()) == 1
    assert (title.enterprise_id, title.matched_by) == (own.id, "former_name")


def test_a_city_links_with_its_own_enterprises_only(person):
    own = enterprise_of(person, "company_03")
    elsewhere = enterprise_of(person, "gz_enterprise_admin")
    (title,) = keep(person, "惠州青岚")
    with pytest.raises(NotFound):
        titles.link(title, elsewhere, "同一单位", by=person("city_admin"), at=now())
    with pytest.raises(Invalid, match="理由"):
        titles.link(title, own, "  ", by=person("city_admin"), at=now())
    titles.link(title, own, "经核对为同一单位", by=person("city_admin"), at=now())
    assert (title.enterprise_id, title.matched_by) == (own.id, "hand")
    entry = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "link")).one()
    assert entry.detail["reason"] == "经核对为同一单位"


def test_candidates_are_alike_and_within_the_region(person):
    (title,) = keep(person, "惠州青岚机器人股份有限公司")
    alike = titles.candidates_for([title], person("city_admin"))[title.id]
    assert [e.name for e in alike] == ["惠州市青岚机器人有限公司"]
    assert titles.candidates_for([title], person("gz_city_admin"))[title.id] == []


@pytest.mark.parametrize("holder", ["惠州市TCL松涛数控（惠州）有限公司", "惠州松涛数控股份有限公司"])
def test_letters_and_legal_forms_hide_no_candidate(person, holder):
    (title,) = keep(person, holder)
    alike = titles.candidates_for([title], person("city_admin"))[title.id]
    assert [e.name for e in alike] == ["博罗县松涛数控机床有限公司"]


# ---------------------------------------------------------------- eligibility


def refusal_for(enterprise):
    return next(o.refusal for o in calls.openings_for(enterprise, now()) if o.call.programme.year == 2024)


def test_a_winner_may_not_declare_again_however_it_is_known(person):
    by = person("province_admin")
    own = enterprise_of(person, "company_03")
    assert refusal_for(own) is None
    (by_name,) = keep(person, own.name)
    assert isinstance(refusal_for(own), NotEligible)
    titles.unlink(by_name, "同名不同单位", by=by, at=now())
    assert refusal_for(own) is None

    (by_hand,) = keep(person, "青岚（旧）", cohort="第三批")
    titles.link(by_hand, own, "更名", by=by, at=now())
    assert isinstance(refusal_for(own), NotEligible)


def test_an_unlinked_row_counts_by_present_and_former_names(person):
    own = enterprise_of(person, "company_04")
    keep(person, "惠州海石激光设备有限公司")
    assert refusal_for(own) is None
    former_names.add_former_name(own, "惠州海石激光设备有限公司", by=None, at=now())
    assert isinstance(refusal_for(own), NotEligible)


def test_a_later_cohort_and_another_title_do_not_count(person):
    own = enterprise_of(person, "company_03")
    keep(person, own.name, cohort="第四批")
    titles.keep_titles("其他称号", [titles.Entry(own.name, "第一批")], by=person("province_admin"), at=now())
    assert refusal_for(own) is None
