"""企业认证 in services: what is kept, who may hand in, what an approval makes of it."""

import pytest
from sqlalchemy import select

from app.clock import now
from app.errors import AlreadyActed, Closed, Conflict, Forbidden, Incomplete, Invalid, NotFound, StaleRevision
from app.extensions import db
from app.models import AuditEvent, CertificationState, Enterprise, Membership, MembershipRole
from app.permissions import get_visible
from app.services import accounts, certification_pages, certification_reviews, certifications, enterprises
from app.services.signs import sign_of
from tests.services.certifying import code_of, filled, handed_in, registered


@pytest.fixture
def newcomer(person):
    return person("newcomer")


def _approve(found, person, by="county_officer"):
    return certification_reviews.approve(found, found.revision, by=person(by), at=now())


def _legacy(newcomer, number=1, *, certified=False, **facts):
    """An enterprise that an earlier system knew."""
    found = enterprises.register_enterprise(
        newcomer.site, code_of(number), "旧系统里的名称", by=None, at=now(), website="https://old.example", **facts
    )
    if certified:
        enterprises.certify(found, by=None, at=now())
    return found


# ---------------------------------------------------------------- filling in


def test_what_another_system_knows_is_filled_in(newcomer):
    known = {"credit_code": code_of(1), "legal_representative": "乙", "county": "no number"}
    found = certifications.begin("测试有限公司", by=newcomer, at=now(), known=known)
    assert found.credit_code == code_of(1)
    assert certification_pages.values_of(found, "enterprise")["legal_representative"] == "乙"
    assert (found.county_id, found.city_id) == (None, None)
    assert certifications.begin("改名有限公司", by=newcomer, at=now()) is found
    assert found.name == "改名有限公司"


def test_wrong_text_is_kept_as_typed_but_never_beyond_all_measure(newcomer):
    found = certifications.begin("测试有限公司", by=newcomer, at=now())
    certifications.save_page(found, "enterprise", {"credit_code": " 9144 "}, None, by=newcomer, at=now())
    assert certification_pages.values_of(found, "enterprise")["credit_code"] == "9144"
    with pytest.raises(Invalid, match="请删减"):
        certifications.save_page(found, "enterprise", {"contact": "长" * 6000}, None, by=newcomer, at=now())


def test_an_old_sign_is_told_only_where_it_matters(newcomer):
    found = certifications.begin("测试有限公司", by=newcomer, at=now())
    seen = sign_of(certification_pages.values_of(found, "legal"))
    certifications.save_page(found, "agent", {"agent_name": "甲"}, None, by=newcomer, at=now())
    certifications.save_page(found, "legal", {"legal_name": "乙"}, seen, by=newcomer, at=now())
    with pytest.raises(StaleRevision) as refusal:
        certifications.save_page(found, "legal", {"legal_name": "丙"}, seen, by=newcomer, at=now())
    assert set(refusal.value.details["fields"]) == {"legal_name"}
    certifications.save_page(found, "legal", {"legal_name": "乙"}, seen, by=newcomer, at=now())


def test_a_skipped_page_keeps_what_stood_on_it_and_counts_no_more(newcomer):
    found = filled(newcomer, 1)
    certifications.save_page(found, "legal", {"legal_name": "只写了姓名"}, None, by=newcomer, at=now())
    assert "legal" in certifications.all_open_points(found, now())
    certifications.skip_page(found, "legal", by=newcomer, at=now())
    assert certifications.all_open_points(found, now()) == {}
    assert certification_pages.values_of(found, "legal")["legal_name"] == "只写了姓名"
    with pytest.raises(Invalid, match="不能跳过"):
        certifications.skip_page(found, "platform", by=newcomer, at=now())


def test_an_unfinished_one_is_not_handed_in(newcomer):
    found = certifications.begin("测试有限公司", by=newcomer, at=now())
    with pytest.raises(Incomplete, match="处需要完善"):
        certifications.submit(found, found.revision, agreed=True, by=newcomer, at=now())
    assert found.state is CertificationState.DRAFT


def test_brackets_make_no_second_name(newcomer, person):
    enterprise = person("enterprise_admin").memberships[0].enterprise
    enterprise.name = "测试（惠州）有限公司"
    db.session.flush()
    with pytest.raises(Conflict, match="已认证"):
        certifications.begin("测试(惠州)有限公司", by=newcomer, at=now())


# ---------------------------------------------------------------- handing in


def test_the_code_of_a_led_enterprise_is_refused_under_any_name(newcomer, person):
    enterprise = _legacy(newcomer)
    accounts.join_enterprise(person("company_03"), enterprise, MembershipRole.ADMINISTRATOR, by=None, at=now())
    found = filled(newcomer, 1)
    with pytest.raises(Conflict, match="已有企业管理员"):
        certifications.submit(found, found.revision, agreed=True, by=newcomer, at=now())


def test_what_was_handed_in_stays_as_it_is(newcomer):
    found = handed_in(newcomer, 1)
    with pytest.raises(Closed):
        certifications.save_page(found, "enterprise", {}, None, by=newcomer, at=now())
    with pytest.raises(Closed):
        certifications.remove_file(found.files[0].public_id, by=newcomer, at=now())
    with pytest.raises(Closed):
        certifications.submit(found, found.revision, agreed=True, by=newcomer, at=now())


def test_a_returned_one_may_lose_its_code_to_somebody_faster(newcomer, person):
    found = handed_in(newcomer, 1)
    certification_reviews.send_back(found, found.revision, "请补充", by=person("county_officer"), at=now())
    handed_in(registered(newcomer.site, "faster"), 1, name="另一家有限公司")
    with pytest.raises(Conflict, match="正由其他用户申请认证"):
        certifications.submit(found, found.revision, agreed=True, by=newcomer, at=now())
    assert found.state is CertificationState.RETURNED


# ---------------------------------------------------------------- deciding


def test_an_enterprise_of_an_earlier_system_is_completed_not_doubled(newcomer, person):
    legacy = _legacy(newcomer, certified=True)
    found = handed_in(newcomer, 1, name="现在的名称有限公司")
    assert _approve(found, person) is legacy
    assert (legacy.name, legacy.website, legacy.contact) == ("现在的名称有限公司", "https://old.example", "甲")
    assert len(db.session.scalars(select(Enterprise).where(Enterprise.credit_code == code_of(1))).all()) == 1


def test_an_employee_of_an_enterprise_without_administrator_becomes_it(newcomer, person):
    legacy = _legacy(newcomer)
    accounts.join_enterprise(newcomer, legacy, MembershipRole.EMPLOYEE, by=None, at=now())
    _approve(handed_in(newcomer, 1), person)
    held = db.session.scalars(select(Membership).where(Membership.enterprise_id == legacy.id)).one()
    assert (held.role, newcomer.role_names) == (MembershipRole.ADMINISTRATOR, {"enterprise_administrator"})


def test_an_enterprise_has_one_administrator(newcomer, person):
    found = handed_in(newcomer, 1)
    legacy = _legacy(newcomer)
    accounts.join_enterprise(person("company_03"), legacy, MembershipRole.ADMINISTRATOR, by=None, at=now())
    with pytest.raises(Conflict, match="已有企业管理员"):
        _approve(found, person)
    db.session.rollback()


def test_who_decides_what_they_have_not_read_is_told(newcomer, person):
    found = handed_in(newcomer, 1)
    with pytest.raises(AlreadyActed):
        certification_reviews.approve(found, found.revision - 1, by=person("county_officer"), at=now())
    with pytest.raises(Forbidden):
        _approve(found, person, "gz_county_admin")
    with pytest.raises(Forbidden):
        _approve(found, person, "office_leader")
    with pytest.raises(NotFound):
        get_visible(type(found), found.public_id, person("gz_county_admin"))
    certification_reviews.send_back(found, found.revision, "请补充", by=person("county_admin"), at=now())
    with pytest.raises(AlreadyActed):
        _approve(found, person)
    actions = db.session.scalars(select(AuditEvent.action).where(AuditEvent.subject == "Certification")).all()
    assert {"begin", "submit", "return", "add_file"} <= set(actions)


def test_who_left_the_enterprise_begins_anew(newcomer, person):
    found = handed_in(newcomer, 1)
    enterprise = _approve(found, person)
    assert certifications.own_certification(newcomer) is found
    db.session.delete(db.session.scalars(select(Membership).where(Membership.enterprise_id == enterprise.id)).one())
    db.session.flush()
    db.session.expire_all()
    assert certifications.own_certification(newcomer) is None
