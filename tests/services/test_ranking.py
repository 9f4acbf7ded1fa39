"""推荐优先顺序: county and city each their own, stale pages are refused, the order leads the sheets."""

import pytest
from sqlalchemy import select

from app.clock import now
from app.errors import AlreadyActed, Forbidden, Invalid
from app.extensions import db
from app.models import AuditEvent, Declaration
from app.services import ranking, review_lists

pytestmark = pytest.mark.usefixtures("stand_in_documents")


@pytest.fixture
def ranked(person):
    """Return a function: what a person's office recommends of the call of a declaration, in its order."""

    def read(declaration, who):
        user = person(who)
        call, workflows = review_lists.read_call(declaration.call_id, user)
        return ranking.ranking_of(call, user, workflows)

    return read


@pytest.fixture
def save(person):
    """Return a function: save an order as a person."""

    def write(declaration, who, ids, mark):
        user = person(who)
        call, workflows = review_lists.read_call(declaration.call_id, user)
        count = ranking.save_ranking(call, ids, mark, workflows, by=user, at=now())
        db.session.commit()
        db.session.expire_all()
        return count

    return write


def ids_of(found):
    return [row.id for row in found.rows]


def test_county_and_city_order_each_their_own(quick, ranked, save):
    rows = [quick("third") for _ in range(3)]
    county, city = ranked(rows[0], "county_officer"), ranked(rows[0], "office_leader")
    assert ids_of(county) == ids_of(city) == [r.id for r in rows]
    assert save(rows[0], "county_officer", ids_of(county)[::-1], county.mark) == 3
    assert ids_of(ranked(rows[0], "county_officer")) == [r.id for r in rows][::-1]
    assert ids_of(ranked(rows[0], "city_officer")) == [r.id for r in rows]
    assert save(rows[0], "city_officer", [rows[1].id, rows[0].id, rows[2].id], city.mark) == 3
    assert [r.city_priority for r in rows] == [2, 1, 3]
    assert [r.county_priority for r in rows] == [3, 2, 1]
    assert db.session.scalars(select(AuditEvent.subject).where(AuditEvent.action == "rank")).all() == ["Call", "Call"]


def test_only_what_has_been_recommended_is_ranked_and_late_comers_stand_last(quick, ranked, save):
    waiting, first = quick("first"), quick("second")
    assert ids_of(ranked(first, "county_officer")) == [first.id]
    save(first, "county_officer", [first.id], ranked(first, "county_officer").mark)
    second = quick("second")
    assert ids_of(ranked(first, "county_officer")) == [first.id, second.id]
    assert waiting.county_priority is None


def test_a_page_that_has_grown_old_is_refused_and_nothing_is_written(quick, ranked, save):
    rows = [quick("second") for _ in range(2)]
    old = ranked(rows[0], "county_officer")
    save(rows[0], "county_officer", ids_of(old)[::-1], old.mark)
    for ids in (ids_of(old), ids_of(old)[::-1]):
        with pytest.raises(AlreadyActed):
            save(rows[0], "county_officer", ids, old.mark)
        db.session.rollback()
    now_marked = ranked(rows[0], "county_officer")
    quick("second")
    with pytest.raises(AlreadyActed):
        save(rows[0], "county_officer", ids_of(now_marked), now_marked.mark)
    db.session.rollback()
    assert [r.county_priority for r in rows] == [2, 1]


def test_rows_of_others_missing_or_double_rows_are_refused(quick, ranked, save):
    rows = [quick("second") for _ in range(2)]
    foreign = quick("second", "gz_enterprise_admin")
    found = ranked(rows[0], "county_officer")
    one, other = ids_of(found)
    for ids in ([one], [one, one], [one, other, foreign.id], [one, foreign.id]):
        with pytest.raises(Invalid):
            save(rows[0], "county_officer", ids, found.mark)
        db.session.rollback()
    assert db.session.scalars(select(Declaration.county_priority)).all() == [None, None, None]


def test_who_has_no_ranking_at_the_own_level_cannot_rank(quick, save):
    rows = [quick("fourth")]
    for who in ("province_officer", "county_admin", "city_admin"):
        with pytest.raises(Forbidden):
            save(rows[0], who, [rows[0].id], "")


def test_typed_numbers_push_the_others_aside():
    ids = [11, 12, 13, 14, 15]
    assert ranking.arranged(ids, {}) == ids
    assert ranking.arranged(ids, {15: 2}) == [11, 15, 12, 13, 14]
    assert ranking.arranged(ids, {12: 5}) == [11, 13, 14, 15, 12]
    assert ranking.arranged(ids, {11: 5, 15: 1, 12: 4, 14: 2, 13: 3}) == [15, 14, 13, 12, 11]
    assert ranking.arranged(ids, {13: 99}) == [11, 12, 14, 15, 13]


def test_sheets_order_by_the_own_level_then_as_submitted(quick, person, ranked, save):
    rows = [quick("third") for _ in range(3)]
    found = ranked(rows[0], "county_officer")
    save(rows[0], "county_officer", [rows[2].id, rows[0].id, rows[1].id], found.mark)
    late = quick("third")
    order = {
        who: db.session.scalars(select(Declaration.id).order_by(*ranking.order_for(person(who)))).all()
        for who in ("county_officer", "city_officer", "province_officer")
    }
    assert order["county_officer"] == [rows[2].id, rows[0].id, rows[1].id, late.id]
    assert order["city_officer"] == order["province_officer"] == [*(r.id for r in rows), late.id]
