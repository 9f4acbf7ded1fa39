"""What a definition may name is what the services tell: neither more nor less."""

from app.demo.journeys import find_person
from app.extensions import db
from app.forms.vocabulary import NAMES
from app.models import Call, Enterprise
from app.services import calls, terms


def test_every_name_a_definition_may_use_has_a_fact_behind_it(app):
    applicant = find_person("enterprise_admin")
    enterprise = db.session.get(Enterprise, next(iter(applicant.enterprise_ids)))
    call = db.session.query(Call).first()

    facts = calls.context_for(call, terms.terms_for(call, enterprise.city_id), enterprise)

    for root in NAMES.keys() - {"meta"}:
        assert set(facts[root]) == set(NAMES[root]), root
