"""可申报方向: everything that stands against declaring, at once."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from app.clock import now
from app.extensions import db
from app.models import Call, CallGuide, DeclarationTypeVersion, EnterpriseYear
from app.services import calls, matching
from app.services.matching import Remedy
from app.services.types import body_sha

pytestmark = pytest.mark.usefixtures("stand_in_documents")


@pytest.fixture
def applicant(person):
    return person("enterprise_admin")


@pytest.fixture
def enterprise(applicant):
    return applicant.memberships[0].enterprise


@pytest.fixture
def found(enterprise, applicant):
    """Return a function: the match of one call, by default of the one that is open."""

    def find(call=None):
        matches = matching.matches_for(enterprise, now(), by=applicant)
        return next(m for m in matches if (m.opening.call is call if call else m.is_open or m.obstacles))

    return find


@pytest.fixture
def call(enterprise, applicant):
    openings = calls.openings_for(enterprise, now(), by=applicant)
    return next(o.call for o in openings if o.is_open)


def ask(call, gates, **more):
    """Give a call another version with these gates."""
    eligibility = call.version.body["eligibility"] | {"gates": gates} | more
    body = call.version.body | {"eligibility": eligibility}
    version = DeclarationTypeVersion(
        type_id=call.version.type_id, number=9, sha=body_sha(body), body=body, status=call.version.status
    )
    db.session.add(version)
    call.version = version
    db.session.flush()


def sentences(rows):
    return [str(row.sentence) for row in rows]


def test_what_may_be_declared_has_no_obstacles(found, call):
    match = found(call)
    assert match.is_open
    assert match.obstacles == ()


def test_every_unmet_gate_is_named_and_not_the_first_alone(found, call, enterprise):
    enterprise.dishonest = True
    more = {"id": "kind", "label": "类型", "rule": {"==": [{"var": "enterprise.kind"}, "没有"]}, "message": "类型不符"}
    ask(call, [*call.version.body["eligibility"]["gates"], more])
    match = found(call)
    assert not match.is_open
    assert len(match.obstacles) == 2
    assert "失信被执行人" in sentences(match.obstacles)[0]
    assert [o.remedy for o in match.obstacles] == [None, Remedy.ENTERPRISE]


def test_what_cannot_be_told_names_the_missing_data(found, call, enterprise):
    db.session.execute(delete(EnterpriseYear).where(EnterpriseYear.enterprise_id == enterprise.id))
    db.session.expire(enterprise, ["years"])
    ask(call, [{"id": "r", "label": "营收", "rule": {">": [{"var": "enterprise.revenue"}, 1]}, "message": "营收不足"}])
    match = found(call)
    assert match.is_open
    assert "“营收”无法判定" in sentences(match.hints)
    lacking = match.hints[-1]
    assert f"{call.programme.year - 1}年营业收入" in str(lacking.sentence)
    assert lacking.remedy is Remedy.ENTERPRISE


def test_figures_of_years_decide_gates(found, call, enterprise):
    rows = [(call.programme.year - 1, 30_000_000)]
    db.session.execute(delete(EnterpriseYear).where(EnterpriseYear.enterprise_id == enterprise.id))
    db.session.add_all(EnterpriseYear(enterprise_id=enterprise.id, year=y, revenue=r) for y, r in rows)
    db.session.flush()
    db.session.expire(enterprise, ["years"])
    ask(
        call,
        [{"id": "r", "label": "营收", "rule": {">": [{"var": "enterprise.revenue"}, 3001]}, "message": "营收不足"}],
    )
    assert sentences(found(call).obstacles) == ["营收不足"]


def test_an_uncertified_enterprise_without_a_county_hears_both_once(found, enterprise, call):
    enterprise.certified_at, enterprise.county_id = None, None
    match = found(call)
    assert [o.remedy for o in match.obstacles] == [Remedy.CERTIFY, Remedy.ENTERPRISE]
    assert not match.is_open


def test_missing_prefilled_answers_are_named(found, enterprise, call):
    enterprise.contact = None
    assert "企业信息尚缺：" in "".join(sentences(found(call).hints))


def test_an_unfinished_draft_goes_on(found, declaration_at):
    assert found(declaration_at("draft").call).is_open


def test_a_spent_quota_is_named(found, declaration_at):
    match = found(declaration_at("county").call)
    assert not match.is_open
    assert "申报数量已达上限" in "".join(sentences(match.obstacles))


def test_what_is_past_is_left_out_and_what_comes_is_named(found, enterprise, applicant, call):
    guides = db.session.scalars(select(CallGuide).where(CallGuide.call_id == call.id)).all()
    for guide in guides:
        guide.opens_at, guide.closes_at = now() + timedelta(days=1), call.closes_at
    db.session.flush()
    assert "申报将于" in sentences(found(call).obstacles)[0]
    for guide in guides:
        guide.opens_at, guide.closes_at = now() - timedelta(days=2), now() - timedelta(days=1)
    db.session.flush()
    assert call not in [m.opening.call for m in matching.matches_for(enterprise, now(), by=applicant)]
    assert db.session.scalars(select(Call)).all()
