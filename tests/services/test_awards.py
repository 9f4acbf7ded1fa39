"""获得资金 and 下达: only on what has passed, exact to the yuan, corrected with a reason, audited."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.clock import now, to_local
from app.errors import Forbidden, Invalid
from app.extensions import db
from app.models import AuditEvent
from app.services import awards
from app.services.awards import Entry

pytestmark = pytest.mark.usefixtures("stand_in_documents")
TODAY = to_local(now()).date()


@pytest.fixture
def give(person):
    """Return a function: record funds as a person."""

    def write(entries, who="province_officer", reason=""):
        count = awards.award_many(entries, by=person(who), at=now(), reason=reason)
        db.session.commit()
        return count

    return write


@pytest.fixture
def issue(person):
    """Return a function: issue rows as a person and return the reasons, empty for success."""

    def write(rows, number="粤工信函〔2024〕88号", day=TODAY, who="province_officer"):
        outcomes = awards.issue_many([r.id for r in rows], day, number, by=person(who), at=now())
        db.session.commit()
        return [str(o.reason) for o in outcomes]

    return write


def details(action):
    return db.session.scalars(
        select(AuditEvent.detail).where(AuditEvent.action == action).order_by(AuditEvent.id)
    ).all()


def test_funds_are_kept_to_the_yuan_and_audited(quick, give):
    one, other = quick("approved"), quick("approved")
    assert give({one.id: Entry("1,200.5678万元", ""), other.id: Entry("", "")}) == 1
    assert (one.awarded, other.awarded) == (Decimal("12005678"), None)
    assert details("award") == [{"from": "", "to": "1200.5678", "reason": ""}]


@pytest.mark.parametrize("text", ["0", "-1", "1000000.0001", "1.23456", "1e3", "NaN", "很多", "1.2.3", "9" * 40])
def test_figures_that_cannot_be_funds_are_refused_and_nothing_is_saved(quick, give, text):
    good, bad = quick("approved"), quick("approved")
    with pytest.raises(Invalid) as refusal:
        give({good.id: Entry("10", ""), bad.id: Entry(text, "")})
    db.session.rollback()
    assert list(refusal.value.details["fields"]) == [f"amount-{bad.id}"]
    assert (good.awarded, bad.awarded) == (None, None)


def test_the_bounds_themselves_and_full_width_digits_are_taken(quick, give):
    rows = [quick("approved") for _ in range(2)]
    give({rows[0].id: Entry("1000000", ""), rows[1].id: Entry("０.０００１", "")})
    assert [r.awarded for r in rows] == [Decimal(10_000_000_000), Decimal(1)]


def test_a_correction_needs_its_reason_and_what_stood_there(quick, give):
    row = quick("approved")
    give({row.id: Entry("10", "")})
    with pytest.raises(Invalid) as refusal:
        give({row.id: Entry("12", "10")})
    assert list(refusal.value.details["fields"]) == ["reason"]
    with pytest.raises(Invalid, match="需要修改") as refusal:
        give({row.id: Entry("12", "")}, reason="录入有误")
    assert "已被他人改为 10" in str(refusal.value.details["fields"][f"amount-{row.id}"])
    assert give({row.id: Entry("10", "10")}) == 0
    give({row.id: Entry("", "10")}, reason="录入有误")
    assert row.awarded is None
    assert details("award")[-1] == {"from": "10", "to": "", "reason": "录入有误"}


def test_only_the_provinces_office_gives_funds_and_only_to_what_has_passed(quick, give, issue):
    row, waiting = quick("approved"), quick("fourth")
    for who in ("city_officer", "office_leader", "county_officer", "province_admin"):
        with pytest.raises(Forbidden):
            give({row.id: Entry("10", "")}, who)
        with pytest.raises(Forbidden):
            issue([row], who=who)
    with pytest.raises(Invalid) as refusal:
        give({row.id: Entry("10", ""), waiting.id: Entry("10", ""), 987654: Entry("10", "")})
    assert set(refusal.value.details["fields"]) == {f"amount-{waiting.id}", "amount-987654"}
    db.session.rollback()
    assert row.awarded is None


def test_issuing_gives_a_result_per_row(quick, issue):
    row, waiting = quick("approved"), quick("fourth")
    assert issue([row, waiting]) == ["", "只有审核通过的项目可以登记资金和下达。"]
    assert (to_local(row.issued_at).date(), row.issued_no) == (TODAY, "粤工信函〔2024〕88号")
    assert issue([row], number="另一文号") == ["已以粤工信函〔2024〕88号下达。"]
    assert details("issue") == [{"on": TODAY.isoformat(), "number": "粤工信函〔2024〕88号"}]


@pytest.mark.parametrize(
    ("number", "day", "field"),
    [
        ("  ", TODAY, "issued_no"),
        ("长" * 81, TODAY, "issued_no"),
        ("文号", TODAY + timedelta(days=2), "issue_day"),
        ("文号", date.max, "issue_day"),
    ],
)
def test_day_and_number_of_the_document_are_checked(quick, issue, number, day, field):
    with pytest.raises(Invalid) as refusal:
        issue([quick("approved")], number=number, day=day)
    assert field in refusal.value.details["fields"]


def test_an_issue_is_taken_back_with_its_reason(quick, issue, person):
    row, officer = quick("approved"), person("province_officer")
    issue([row])
    with pytest.raises(Invalid):
        awards.take_back_issue([row.id], " ", by=officer, at=now())
    outcomes = awards.take_back_issue([row.id, row.id + 1], "文号有误", by=officer, at=now())
    db.session.commit()
    assert [o.done for o in outcomes] == [True, False]
    assert (row.issued_at, row.issued_no) == (None, None)
    assert details("take_back_issue") == [{"number": "粤工信函〔2024〕88号", "reason": "文号有误"}]
