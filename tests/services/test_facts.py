"""What a definition may name is what the services tell: neither more nor less."""

from decimal import Decimal

from app.demo.journeys import find_person
from app.extensions import db
from app.forms.vocabulary import NAMES
from app.models import Call, Enterprise
from app.services import calls, enterprise_years, terms


def test_every_name_a_definition_may_use_has_a_fact_behind_it(app):
    applicant = find_person("enterprise_admin")
    enterprise = db.session.get(Enterprise, next(iter(applicant.enterprise_ids)))
    call = db.session.query(Call).first()

    facts = calls.context_for(call, terms.terms_for(call, enterprise.city_id), enterprise)

    for root in NAMES.keys() - {"meta"}:
        assert set(facts[root]) == set(NAMES[root]), root


def test_rules_read_the_years_before_that_of_the_call_and_their_average(app):
    enterprise = db.session.get(Enterprise, next(iter(find_person("enterprise_admin").enterprise_ids)))
    figures = {row.year: row.revenue for row in enterprise.years}
    newest = max(figures)
    facts = enterprise_years.reported(enterprise, newest + 1)
    assert facts["revenue"] == figures[newest]
    assert facts["average_revenue"] == sum(figures[newest - age] for age in range(3)) / 3
    assert enterprise_years.reported(enterprise, newest + 2)["average_revenue"] is None
    in_units = calls.enterprise_facts(enterprise, "万元", facts)["revenue"]
    assert Decimal(in_units) == figures[newest] / 10_000
