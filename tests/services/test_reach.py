"""Whom a type lets in: counted for many enterprises at once as each one alone would be judged."""

import time
from decimal import Decimal

import pytest
from sqlalchemy import delete, event, select

from app.clock import now
from app.extensions import db
from app.forms.definition import parse_type
from app.models import Call, Enterprise, EnterpriseYear, FormerName, Region
from app.services import calls, enterprise_years, reach, titles
from app.services.name_keys import name_key
from app.services.types import definition_of

TITLE = "测试称号"
GATES = [
    {"id": "revenue", "label": "营业收入", "rule": {">=": [{"var": "enterprise.revenue"}, 2000]}, "message": "未达标"},
    {
        "id": "titles", "label": "称号不超过一个", "message": "称号过多",
        "rule": {"<": [{"count": [{"var": "enterprise.titles"}, {"==": [{"var": "row.name"}, TITLE]}]}, 1]},
    },
]  # fmt: skip


@pytest.fixture
def author(person):
    return person("province_admin")


def defined(gates):
    body = db.session.scalars(select(Call)).first().version.body
    return parse_type(body | {"eligibility": body.get("eligibility", {}) | {"gates": gates}})


@pytest.fixture
def definition(app):
    return defined(GATES)


def certified(author):
    query = select(Enterprise).where(Enterprise.certified_at.is_not(None), Enterprise.site_id == author.site_id)
    return db.session.scalars(query.order_by(Enterprise.id)).all()


def report(enterprise, year, revenue):
    db.session.execute(delete(EnterpriseYear).where(EnterpriseYear.enterprise_id == enterprise.id))
    db.session.add(EnterpriseYear(enterprise_id=enterprise.id, year=year, revenue=Decimal(revenue)))
    db.session.flush()
    db.session.expire(enterprise, ["years"])


def as_one_by_one(definition, found):
    """Judge every enterprise as /declare/ does."""
    admitted = 0
    for enterprise in found:
        years = enterprise_years.reported(enterprise, definition.year)
        facts = {"enterprise": calls.enterprise_facts(enterprise, definition.money_unit, years)}
        verdicts = calls.judge_gates(definition, facts, titles.held_by(enterprise))
        admitted += all(verdict.result is not False for verdict in verdicts)
    return admitted


def test_many_at_once_are_judged_as_each_alone(author, definition):
    rich, poor, former = certified(author)[:3]
    report(rich, definition.year - 1, 30_000_000)
    report(poor, definition.year - 1, 10_000_000)
    db.session.add(FormerName(enterprise_id=former.id, name="旧名厂", name_key=name_key("旧名厂")))
    entries = [titles.Entry(holder, "第一批") for holder in (rich.name, "旧名厂")]
    titles.keep_titles(TITLE, entries, by=author, at=now())
    (found,) = reach.reach_of([definition], author)
    all_of_them = certified(author)
    assert found.judged == len(all_of_them) == reach.candidates(author)
    assert found.admitted == as_one_by_one(definition, all_of_them)
    revenue, held = found.gates
    assert revenue.unmet >= 1
    assert revenue.met + revenue.unmet + revenue.unknown == found.judged
    assert held.unmet == 2


def test_titles_are_the_same_for_many_as_for_one(author):
    found = certified(author)
    titles.keep_titles(TITLE, [titles.Entry(e.name, "第一批") for e in found[:3]], by=author, at=now())
    many = titles.held_by_many([(e.id, e.name) for e in found], author.site_id)
    for enterprise in found[:8]:
        assert many.get(enterprise.id, []) == titles.held_by(enterprise)


def test_figures_are_found_with_their_place_and_others_are_tried(author, definition):
    revenue, held = reach.thresholds(definition)
    assert (revenue.name, revenue.figure) == ("0.>=.1", 2000)
    assert "上年营业收入" in revenue.words
    assert held.figure == 1
    one = certified(author)[0]
    report(one, definition.year - 1, 10_000_000)
    tried = reach.with_figures(definition, {revenue.name: Decimal(500)})
    now_, then = reach.reach_of([definition, tried], author)
    assert then.gates[0].met == now_.gates[0].met + 1
    assert definition.eligibility.gates[0].rule == GATES[0]["rule"]


def test_figures_within_rows_lists_and_round_have_their_places(app):
    inside = {"some": [{"var": "enterprise.titles"}, {"==": [{"len": [{"var": "row.name"}]}, 7]}]}
    rule = {"and": [{"in": [{"var": "call.year"}, [2024, 2025]]}, {"!": inside}, {"==": [{"round": [2.5, 1]}, 3]}]}
    found = reach.thresholds(defined([{"id": "g", "label": "条件", "rule": rule, "message": "不符合"}]))
    assert [t.figure for t in found] == [2024, 2025, 7, Decimal("2.5"), 3]
    assert len({t.name for t in found}) == 5


def test_only_certified_ones_in_sight_and_no_more_than_asked(author, definition):
    certified(author)[0].certified_at = None
    db.session.flush()
    assert reach.reach_of([definition], author, most=3)[0].judged == 3
    assert reach.reach_of([definition], author)[0].judged == len(certified(author))


def counted(act):
    """Return how many statements something takes."""
    statements = []
    listen = lambda *args: statements.append(args[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listen)
    act()
    event.remove(db.engine, "before_cursor_execute", listen)
    return len(statements)


def test_five_thousand_take_few_statements_and_little_time(author, definition):
    city = db.session.scalars(select(Region).where(Region.site_id == author.site_id)).first()
    rows = [
        {
            "site_id": author.site_id, "public_id": f"many{n}", "credit_code": f"M{n:017}", "name": f"众多企业{n}",
            "city_id": city.id, "dishonest": False, "certified_at": now(),
        }
        for n in range(5000)
    ]  # fmt: skip
    db.session.execute(Enterprise.__table__.insert(), rows)
    reach.reach_of([definition], author, most=1)  # who asks and the regions are known from here on
    few = counted(lambda: reach.reach_of([definition], author, most=10))
    start = time.perf_counter()
    many = counted(lambda: reach.reach_of([definition], author))
    assert many == few <= 8
    assert time.perf_counter() - start < 3  # about 0.6 s on a quiet machine
    assert reach.candidates(author) > 5000


def test_a_shipped_type_is_judged(author):
    definition = definition_of(db.session.scalars(select(Call)).first().version)
    (found,) = reach.reach_of([definition], author)
    assert found.admitted == as_one_by_one(definition, certified(author))
    assert reach.thresholds(definition) == []
