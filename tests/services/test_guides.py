"""What a city may add to a call: times within bounds, applicants by list, several calls at once or none of them."""

from datetime import timedelta
from io import BytesIO

import pytest
import xlsxwriter
from sqlalchemy import select

from app.clock import now
from app.demo.papers import make_paper
from app.errors import BadFile, Forbidden, Invalid, NotListed
from app.extensions import db
from app.models import Applicants, AuditEvent, Call, CallGuide, Enterprise, GuideApplicant
from app.services import applicants, calls, declarations, guides, offices, programmes
from app.services.applicants import HEADINGS, Unit

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def officer(person):
    return person("city_officer")


@pytest.fixture
def call(call_of) -> Call:
    return call_of("quick_note")


@pytest.fixture
def sisters(call, person) -> list[Call]:
    """The call and two more of its programme, handled by the same offices."""
    province, city = person("province_admin"), person("city_admin")
    office = person("city_officer").department
    made = [call]
    for name in ("方向二", "方向三"):
        other = programmes.create_call(
            call.programme, name, call.version, opens_at=call.opens_at, closes_at=call.closes_at - DAY,
            city_due_at=call.city_due_at, by=province, at=now(),
        )  # fmt: skip
        offices.set_responsible_office(other, office, by=city, at=now())
        made.append(other)
    db.session.commit()
    return made


def content(call: Call, **changes):
    paper = BytesIO(make_paper("申报指南.pdf", "惠州市"))
    return {
        "opens_at": call.opens_at, "closes_at": call.closes_at - 2 * DAY, "county_review": True,
        "county_due_at": call.closes_at - DAY, "note": "请尽早填报", "applicants": Applicants.ALL, "units": None,
        "file": guides.keep_guide_file(paper, "市指南.pdf", site_id=call.site_id), "oa_file": None,
    } | changes  # fmt: skip


@pytest.fixture
def publish(call, officer):
    """Return a function: publish the city's guide of the call with some changes."""

    def do(**changes) -> CallGuide:
        return guides.publish_guide(call, officer.department.region, by=officer, at=now(), **content(call, **changes))

    return do


# ---------------------------------------------------------------- bounds


@pytest.mark.parametrize(
    ("field", "move"),
    [
        ("opens_at", lambda call: {"opens_at": call.opens_at - SECOND}),
        ("closes_at", lambda call: {"closes_at": call.closes_at + SECOND, "county_review": False}),
        ("closes_at", lambda call: {"closes_at": call.opens_at}),
        ("county_due_at", lambda call: {"county_due_at": call.closes_at - 2 * DAY}),
        ("county_due_at", lambda call: {"county_due_at": call.city_due_at + SECOND}),
        ("county_due_at", lambda call: {"county_due_at": None}),
    ],
)
def test_a_time_outside_its_bounds_is_refused_at_its_field(publish, call, field, move):
    with pytest.raises(Invalid) as refusal:
        publish(**move(call))
    assert list(refusal.value.details["fields"]) == [field]


def test_the_bounds_themselves_are_allowed(publish, call):
    guide = publish(opens_at=call.opens_at, closes_at=call.closes_at, county_due_at=call.city_due_at)
    assert (guide.opens_at, guide.closes_at, guide.county_due_at) == (call.opens_at, call.closes_at, call.city_due_at)


def test_without_county_review_its_deadline_is_dropped(publish):
    guide = publish(county_review=False)
    assert not guide.county_review
    assert guide.county_due_at is None


def test_a_guide_needs_a_file_once(publish, call, officer):
    db.session.delete(guides.guides_of(officer.department.region_id, [call.id])[call.id])
    db.session.flush()
    with pytest.raises(Invalid, match="请上传本市申报指南"):
        publish(file=None)
    kept = publish().file_id
    assert publish(file=None).file_id == kept


def test_only_the_office_in_charge_publishes(call, person):
    for username in ("city_admin", "gz_city_officer"):
        other = person(username)
        with pytest.raises(Forbidden):
            guides.publish_guide(call, person("city_officer").department.region, by=other, at=now(), **content(call))


# ---------------------------------------------------------------- several calls at once


def test_several_calls_of_a_programme_get_the_same_guide_and_lose_what_they_had(sisters, officer):
    call = sisters[0]
    oa = guides.keep_oa_file(BytesIO(make_paper("OA.pdf", "")), "OA.pdf", site_id=call.site_id)
    guides.publish_guide(
        call, officer.department.region, by=officer, at=now(),
        **content(call, oa_file=oa, applicants=Applicants.PICKED, units=[Unit("91441302MADEMA001D", "某公司")]),
    )  # fmt: skip
    assert guides.publish_guides(sisters, officer.department.region, by=officer, at=now(), **content(call)) == 3
    found = guides.guides_of(officer.department.region_id, [c.id for c in sisters])
    assert {(g.closes_at, g.note, g.applicants, g.oa_file_id) for g in found.values()} == {
        (call.closes_at - 2 * DAY, "请尽早填报", Applicants.ALL, None)
    }
    assert not db.session.scalars(select(GuideApplicant)).all()


def test_when_one_call_cannot_take_it_none_is_changed(sisters, officer, person):
    electronics = next(o for o in offices.offices_of(officer.department.parent) if o.id != officer.department_id)
    offices.set_responsible_office(sisters[2], electronics, by=person("city_admin"), at=now())
    db.session.commit()
    before = [asdict_of(g) for g in db.session.scalars(select(CallGuide).order_by(CallGuide.id))]
    with pytest.raises(Forbidden, match="方向三"):
        guides.publish_guides(sisters, officer.department.region, by=officer, at=now(), **content(sisters[0]))
    db.session.rollback()
    assert [asdict_of(g) for g in db.session.scalars(select(CallGuide).order_by(CallGuide.id))] == before


def asdict_of(guide: CallGuide) -> dict:
    return {column.key: getattr(guide, column.key) for column in CallGuide.__mapper__.column_attrs}


def test_the_narrowest_window_of_the_calls_binds_all(sisters, officer):
    with pytest.raises(Invalid) as refusal:
        guides.publish_guides(
            sisters, officer.department.region, by=officer, at=now(),
            **content(sisters[0], closes_at=sisters[0].closes_at, county_due_at=sisters[0].city_due_at),
        )  # fmt: skip
    assert list(refusal.value.details["fields"]) == ["closes_at"]


def test_calls_of_two_programmes_are_refused(call, officer):
    other = db.session.scalars(select(Call).where(Call.programme_id != call.programme_id)).first()
    with pytest.raises(Invalid, match="同一个项目认定评定名称"):
        guides.publish_guides([call, other], officer.department.region, by=officer, at=now(), **content(call))


# ---------------------------------------------------------------- applicants


def workbook(*lines: tuple[str, str]) -> BytesIO:
    target = BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate([tuple(h.label for h in HEADINGS), *lines]):
            sheet.write_row(number, 0, line)
    target.seek(0)
    return target


def enterprise_of(person, username: str) -> Enterprise:
    return person(username).memberships[0].enterprise


def test_a_unit_that_is_not_listed_can_neither_start_nor_submit(publish, journey, call, person):
    draft = journey.walk_to("filled", "company_03", call)
    listed, other = enterprise_of(person, "company_04"), enterprise_of(person, "company_03")
    publish(applicants=Applicants.PICKED, units=applicants.units_of([listed]))
    db.session.commit()

    assert calls.opening_of(call, listed, now()).is_open
    opening = calls.opening_of(call, other, now())
    assert "不在申报单位名单内" in str(opening.reason)
    assert "技术改造与创新科" in str(opening.reason)
    with pytest.raises(NotListed):
        declarations.start_declaration(call, other, by=person("company_03"), at=now())
    with pytest.raises(NotListed):
        declarations.submit_declaration(draft, draft.seq, by=person("company_03"), at=now())
    assert draft.submission_id is None


def test_a_unit_of_an_imported_list_may_declare_once_it_is_registered(publish, call, person):
    company = enterprise_of(person, "company_04")
    units = applicants.read_list(
        workbook((company.name, company.credit_code.lower()), ("未注册", "91441302MADEMA001D"))
    )
    publish(applicants=Applicants.IMPORTED, units=units)
    assert calls.opening_of(call, company, now()).is_open
    assert not calls.opening_of(call, enterprise_of(person, "company_05"), now()).is_open


def test_an_imported_list_stays_until_another_one_replaces_it(publish):
    first = publish(applicants=Applicants.IMPORTED, units=[Unit("91441302MADEMA001D", "甲")])
    publish(applicants=Applicants.IMPORTED, units=None)
    assert applicants.counts_of([first.id]) == {first.id: 1}
    publish(applicants=Applicants.ALL, units=None)
    assert applicants.counts_of([first.id]) == {}
    with pytest.raises(Invalid, match="名单"):
        publish(applicants=Applicants.IMPORTED, units=None)


def test_every_wrong_line_of_a_list_is_named_and_nothing_is_read():
    good = ("甲公司", "91441302MADEMA001D")
    with pytest.raises(Invalid) as refusal:
        applicants.read_list(workbook(good, ("乙公司", "91441302MADEMA001X"), ("", "x"), good))
    problems = [(p.line, p.label) for p in refusal.value.details["problems"]]
    code = "统一社会信用代码"
    assert problems == [(3, code), (4, "企业名称"), (4, code), (5, code)]


def test_a_list_with_other_headings_is_refused():
    target = BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        book.add_worksheet().write_row(0, 0, ["单位", "代码"])
    target.seek(0)
    with pytest.raises(BadFile):
        applicants.read_list(target)


def test_units_are_struck_off_with_a_trace_but_never_the_last(publish, officer):
    guide = publish(
        applicants=Applicants.IMPORTED, units=[Unit("91441302MADEMA001D", "甲"), Unit("91441302MADEMA0026", "乙")]
    )
    rows = db.session.scalars(select(GuideApplicant).where(GuideApplicant.guide_id == guide.id)).all()
    assert applicants.remove_applicants(guide, [rows[0].id], by=officer, at=now()) == 1
    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.detail["name"]) == ("remove_applicant", "甲")
    with pytest.raises(Invalid, match="至少保留一家"):
        applicants.remove_applicants(guide, [rows[1].id], by=officer, at=now())
