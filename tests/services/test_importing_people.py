"""Importing people and departments: all or nothing, every problem by its line, passwords handed out once."""

from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select
from werkzeug.security import check_password_hash

from app.clock import now
from app.errors import Conflict, Invalid, NotFound
from app.extensions import db
from app.jobs import run_job
from app.models import Account, AuditEvent, Department, DepartmentKind, Job, JobState
from app.services import departments, initial_passwords
from app.services.imports import departments as department_sheets
from app.services.imports import people as people_sheets
from app.services.imports.uploads import queue_upload

NUMBERS = ("11010519491231002X", "440101199001011233")
CITY_HEAD = ("身份证明", "证件号码", "用户姓名", "手机号码", "用户类型", "部门", "职务", "登录用户名")
OFFICE = "惠州市工业和信息化局/电子信息科"


def sheet(*rows) -> BytesIO:
    book = Workbook()
    for row in rows:
        book.active.append([*row])
    target = BytesIO()
    book.save(target)
    target.seek(0)
    return target


def run(sheets, stream: BytesIO, by: Account) -> Job:
    facts = {"seed": "a seed"}
    job_id = queue_upload(sheets.JOB_KIND, stream, "名单.xlsx", title="导入", by=by, at=now(), facts=facts).id
    db.session.commit()
    run_job(job_id)
    return db.session.get(Job, job_id, populate_existing=True)


def problems(job: Job) -> list[tuple]:
    assert job.state is JobState.DONE, job.message
    return [(line, label) for line, label, _sentence in job.result["problems"]]


def sentences(job: Job) -> str:
    return "\n".join(sentence for _line, _label, sentence in job.result["problems"])


def count(model: type) -> int:
    return db.session.scalar(select(func.count(model.id)))


# ---------------------------------------------------------------- people


def test_people_are_opened_with_passwords_handed_out_once(person):
    by = person("city_admin")
    job = run(people_sheets, sheet(
        CITY_HEAD,
        ("身份证号", NUMBERS[0], "陆　明", "13912345678", "地市科室成员", OFFICE, "科员", ""),
        ("粤政易账号", "luxiao", "陆晓", "13912345679", "区县/镇街管理员", "惠城区科技和工业信息化局", "", "luxiao"),
    ), by)  # fmt: skip
    assert problems(job) == []
    assert (job.result["read"], job.result["done"]) == (2, 2)
    first, second = person("13912345678"), person("luxiao")
    assert (first.role_names, first.department.name, first.position) == ({"city_officer"}, "电子信息科", "科员")
    assert (second.role_names, second.department.kind) == ({"county_administrator"}, DepartmentKind.BUREAU)
    assert db.session.scalars(select(AuditEvent.id).where(AuditEvent.subject_id == first.id)).first()

    by = person("city_admin")
    book = load_workbook(BytesIO(initial_passwords.hand_out(job.public_id, by=by, at=now())))
    db.session.commit()
    handed = {row[3]: row[4] for row in book.active.iter_rows(values_only=True) if row[3] in ("13912345678", "luxiao")}
    assert check_password_hash(first.password, handed["13912345678"])
    assert check_password_hash(second.password, handed["luxiao"])
    assert handed["luxiao"] != handed["13912345678"]
    with pytest.raises(Conflict):
        initial_passwords.hand_out(job.public_id, by=by, at=now())
    with pytest.raises(NotFound):
        initial_passwords.hand_out(job.public_id, by=person("gz_city_admin"), at=now())


def test_one_wrong_line_keeps_all_out_and_every_problem_is_told(person):
    before = count(Account)
    good = ("身份证号", NUMBERS[0], "陆明", "13912345678", "地市科室成员", OFFICE, "", "")
    job = run(people_sheets, sheet(
        CITY_HEAD,
        good,
        ("身份证号", "440101199001011234", "甲", "13912345670", "地市科室成员", OFFICE, "", ""),
        ("护照", "x", "乙", "13912345671", "省厅经办", OFFICE, "", ""),
        ("粤政易账号", "c", "丙", "139", "地市科室领导", OFFICE, "", "丙丙"),
        ("粤政易账号", "d", "丁", "13912345673", "地市科室领导", "广州市工业和信息化局", "", ""),
        ("粤政易账号", "e", "戊", "13912345674", "区县/镇街管理员", OFFICE, "", ""),
        ("粤政易账号", "", "己", "13912345675", "地市科室成员", "工业股", "", "a b-c"),
        ("身份证号", NUMBERS[0], "庚", "13912345678", "地市科室成员", OFFICE, "职" * 41, ""),
        ("粤政易账号", "gov_city_officer", "辛", "13912345676", "地市科室成员", OFFICE, "", "city_officer"),
    ), person("city_admin"))  # fmt: skip
    assert job.result["done"] == 0
    told = problems(job)
    for expected in [
        (3, "证件号码"), (4, "身份证明"), (4, "用户类型"), (5, "手机号码"), (6, "部门"), (7, "部门"), (8, "证件号码"),
        (8, "部门"), (9, "职务"), (10, "证件号码"), (10, "登录用户名"),
    ]:  # fmt: skip
        assert expected in told
    assert not [line for line, _label in told if line == 2]
    for sentence in ("在您的管理范围内没有找到“广州市工业和信息化局”", "有多个部门名为“工业股”", "须选择主管部门本身"):
        assert sentence in sentences(job)
    assert count(Account) == before


def test_people_repeated_in_the_sheet_name_the_first_line(person):
    job = run(people_sheets, sheet(
        CITY_HEAD,
        ("身份证号", NUMBERS[0], "陆明", "13912345678", "地市科室成员", OFFICE, "", ""),
        ("身份证号", "1101 0519 4912 31002x", "陆明", "13912345678", "地市科室成员", OFFICE, "", ""),
    ), person("city_admin"))  # fmt: skip
    assert problems(job) == [(3, "证件号码"), (3, "手机号码")]
    assert sentences(job).count("与第 2 行重复") == 2


def test_a_county_s_sheet_has_no_kind_of_user(person):
    assert "用户类型" not in [str(h.label) for h in people_sheets.headings_for(person("county_admin"))]
    head = tuple(label for label in CITY_HEAD if label != "用户类型")
    line = ("身份证号", NUMBERS[0], "陆明", "13912345678", "信息化股", "", "")
    assert problems(run(people_sheets, sheet(head, line), person("county_admin"))) == []
    assert person("13912345678").role_names == {"county_officer"}


def test_a_wrong_sheet_fails_with_its_sentence(person):
    job = run(people_sheets, sheet(("姓名", "电话"), ("陆明", "1")), person("city_admin"))
    assert job.state is JobState.FAILED
    assert "没有找到表头" in job.message


def test_the_template_reads_back_once_it_is_filled(person):
    by = person("city_admin")
    book = load_workbook(BytesIO(people_sheets.make_template(by)))
    example = [cell.value for cell in book.worksheets[1][2]]
    assert example[:2] == ["身份证号", NUMBERS[0]]
    assert book.worksheets[0]["A1"].value == "*身份证明"


# ---------------------------------------------------------------- departments


DEPARTMENT_HEAD = ("部门名称", "上级部门", "所属地区", "负责人", "排序号", "是否启用", "描述")


def test_departments_are_added_below_those_of_earlier_lines(person):
    by = person("province_admin")
    city = departments.add_region(by.site, "河源市", by.department.region.kind.__class__("city"), by.department.region)
    db.session.commit()
    job = run(department_sheets, sheet(
        DEPARTMENT_HEAD,
        ("河源市工业和信息化局", "广东省工业和信息化厅", "河源市", "王局长", 3, "", ""),
        ("技术改造科", "河源市工业和信息化局", "", "", "2", "否", "负责技术改造"),
    ), person("province_admin"))  # fmt: skip
    assert problems(job) == []
    office = db.session.scalars(select(Department).where(Department.name == "技术改造科")).one()
    assert (office.parent.name, office.region_id, office.position) == ("河源市工业和信息化局", city.id, 2)
    assert (office.parent.position, office.enabled, office.description) == (3, False, "负责技术改造")


def test_no_department_is_added_when_one_line_is_wrong(person):
    before = count(Department)
    job = run(department_sheets, sheet(
        DEPARTMENT_HEAD,
        ("软件科", "惠州市工业和信息化局", "", "", "", "", ""),
        ("电子信息科", "惠州市工业和信息化局", "", "", "", "", ""),
        ("软件科", "惠州市工业和信息化局", "", "", "", "", ""),
        ("数据科", "广州市工业和信息化局", "", "", "", "", ""),
        ("网络科", "惠州市工业和信息化局", "越秀区", "", "一", "也许", ""),
        ("惠城区新局", "惠州市工业和信息化局", "惠城区", "", "", "", ""),
        ("", "惠州市工业和信息化局", "", "", "", "", ""),
    ), person("city_admin"))  # fmt: skip
    assert job.result["done"] == 0
    assert set(problems(job)) == {
        (3, "部门名称"), (4, "部门名称"), (5, "上级部门"), (6, "所属地区"), (6, "排序号"), (6, "是否启用"),
        (7, "所属地区"), (8, "部门名称"),
    }  # fmt: skip
    assert "同级已有名为“电子信息科”的部门" in sentences(job)
    assert count(Department) == before


def test_a_county_adds_offices_of_its_own_bureau(person):
    head = ("部门名称", "负责人", "排序号", "是否启用", "描述")
    assert problems(run(department_sheets, sheet(head, ("综合股", "", "3", "是", "")), person("county_admin"))) == []
    added = db.session.scalars(select(Department).where(Department.name == "综合股")).one()
    assert added.parent.name == "惠城区科技和工业信息化局"


# ---------------------------------------------------------------- moving


@pytest.fixture
def department(session):
    def find(name: str) -> Department:
        return session.scalars(select(Department).where(Department.name == name)).one()

    return find


def move(department: Department, parent: Department, by: Account) -> None:
    departments.change_department(
        department, name=department.name, head=None, position=1, enabled=True, description=None, parent=parent,
        by=by, at=now(),
    )  # fmt: skip


def test_moving_a_bureau_takes_everything_below_along(person, department):
    by = person("province_admin")
    bureau, county = department("惠州市工业和信息化局"), department("惠城区科技和工业信息化局")
    other = departments.add_region(by.site, "新市", bureau.region.kind, by.department.region)
    added = departments.add_department(
        by.department, "新市工业和信息化局", DepartmentKind.BUREAU, by=by, at=now(), region=other
    )
    with pytest.raises(Invalid) as refused:
        move(county, added, by)  # its region lies elsewhere
    assert list(refused.value.details["fields"]) == ["parent"]
    county.region.parent_id = other.id
    db.session.commit()
    move(county, added, by)
    db.session.commit()
    office = department("工业发展股")
    assert office.path == f"{added.path}{county.id}/{office.id}/"
    assert person("county_officer").department.path.startswith(added.path)


def test_nothing_moves_out_of_the_area(person, department):
    with pytest.raises(NotFound):
        move(department("综合规划科"), department("广州市工业和信息化局"), person("city_admin"))
    with pytest.raises(Invalid):
        move(department("综合规划科"), department("电子信息科"), person("city_admin"))
