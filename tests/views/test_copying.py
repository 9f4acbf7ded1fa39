"""复制以往申报: asked when a draft is started, what is taken over, and what is not."""

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.models import Declaration, DeclarationState
from app.services.types import definition_of

pytestmark = pytest.mark.usefixtures("stand_in_documents")


@pytest.fixture
def applicant(client):
    return client("enterprise_admin")


@pytest.fixture
def earlier(declaration_at):
    """A declaration of the same call that no longer counts for the quota."""
    return declaration_at("filled")


@pytest.fixture
def fresh(applicant, earlier, monkeypatch):
    """A draft started beside the earlier one, with where its start led."""
    monkeypatch.setattr("app.services.calls.quota_refusal", lambda *_args: None)
    answer = applicant.post(f"/declare/{earlier.call_id}/", data={"another": "1"})
    newest = db.session.scalars(select(Declaration).order_by(Declaration.id.desc())).first()
    assert newest.id != earlier.id
    return newest, answer


def _answers(declaration):
    db.session.expire_all()
    return {key: value for section in declaration.sections for key, value in section.answers.items()}


def test_whoever_declared_the_same_before_is_asked_and_others_are_not(client, applicant, earlier, fresh):
    draft, answer = fresh
    assert answer.location == f"/declarations/{draft.public_id}/copy"
    page = applicant.get(answer.location).text
    assert earlier.public_id in page
    assert draft.public_id not in page.split('name="source"', 1)[1].split("</tbody>", 1)[0]
    assert applicant.post(f"/declare/{earlier.call_id}/").location.endswith("/form")


def test_a_first_declaration_leads_straight_to_the_form(applicant, declaration_at, monkeypatch):
    gone = declaration_at("draft")
    call_id = gone.call_id
    db.session.delete(gone)
    db.session.commit()
    assert applicant.post(f"/declare/{call_id}/").location.endswith("/form")


def test_answers_are_taken_over_but_neither_files_nor_statements(applicant, earlier, fresh):
    draft, _answer = fresh
    definition, old = definition_of(draft.version), _answers(earlier)

    told = applicant.post(
        f"/declarations/{draft.public_id}/copy", data={"source": earlier.public_id}, follow_redirects=True
    )

    assert "请逐页核对更新" in told.text
    new = _answers(draft)
    kinds = {field.key: field.type for field in definition.fields}
    assert any(kinds[key] == "consent" for key in old)
    assert not any(kinds[key] == "consent" for key in new)
    plain = [key for key in old if kinds[key] not in ("consent", "file") and key not in (definition.prefill or {})]
    readonly = {field.key for field in definition.fields if field.readonly}
    assert {key: new.get(key) for key in plain if key not in readonly} == {
        key: old[key] for key in plain if key not in readonly
    }
    assert draft.attachments == []


def test_nothing_is_copied_over_what_was_typed_or_from_strangers(client, applicant, earlier, fresh, declaration_at):
    draft, _answer = fresh
    address = f"/declarations/{draft.public_id}/copy"
    foreign = declaration_at("filled", "gz_enterprise_admin")
    assert applicant.post(address, data={"source": foreign.public_id}).status_code == 404
    assert client("gz_enterprise_admin").post(address, data={"source": earlier.public_id}).status_code == 404

    applicant.post(f"/declarations/{draft.public_id}/basic", data={"_revision": "0", "address": "已填"})
    refused = applicant.post(address, data={"source": earlier.public_id})

    assert refused.status_code == 409
    assert "不能再复制" in refused.text
    assert applicant.get(address).location.endswith("/form")


def test_a_closed_call_is_not_copied_into(applicant, earlier, fresh):
    draft, _answer = fresh
    state = update(Declaration).where(Declaration.id == draft.id).values(state=DeclarationState.IN_REVIEW)
    db.session.execute(state)
    db.session.commit()
    refused = applicant.post(f"/declarations/{draft.public_id}/copy", data={"source": earlier.public_id})
    assert refused.status_code == 410
