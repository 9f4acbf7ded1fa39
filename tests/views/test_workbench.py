"""企业工作台 and 我要申报: what waits with its seal, labels, new messages; choosing among several drafts."""

import pytest
from sqlalchemy import select

from app.clock import now
from app.extensions import db
from app.models import Declaration, Enterprise, Label, Message, SealedCopy
from app.services import messages

pytestmark = pytest.mark.usefixtures("stand_in_documents")


@pytest.fixture
def applicant(client):
    return client("enterprise_admin")


def test_a_draft_says_whether_its_sealed_version_is_there(applicant, declaration_at, journey, person):
    draft = declaration_at("filled")
    assert "盖章版未上传" in applicant.get("/workbench/").text

    journey.make_document(draft, person("enterprise_admin"))

    assert "盖章版已上传" in applicant.get("/workbench/").text


def test_a_type_without_seal_has_no_such_state(applicant, quick):
    quick("draft")
    assert "盖章状态" not in applicant.get("/workbench/").text


def test_labels_stand_below_the_name(applicant, person):
    own = db.session.get_one(Enterprise, next(iter(person("enterprise_admin").enterprise_ids)))
    own.labels = [Label(site_id=own.site_id, name="专精特新中小企业")]
    db.session.commit()

    assert "专精特新中小企业" in applicant.get("/workbench/").text


def test_new_messages_are_shown_until_they_are_read(applicant, client, person):
    assert "未读消息" not in applicant.get("/workbench/").text
    messages.tell("returned", [person("enterprise_admin")], {"project": "某项目", "opinion": "请补充"}, at=now())
    db.session.commit()
    message = db.session.scalars(select(Message)).one()

    assert message.title in applicant.get("/workbench/").text
    assert message.title not in client("gz_enterprise_admin").get("/workbench/").text
    applicant.post(f"/messages/open/{message.public_id}")
    assert "未读消息" not in applicant.get("/workbench/").text


def test_among_several_drafts_one_chooses(applicant, quick):
    first = quick("draft")
    applicant.post(f"/declare/{first.call_id}/", data={"another": "1"})
    quick("first")

    assert "选择草稿继续申报" in applicant.get("/declare/").text
    page = applicant.get(f"/declare/{first.call_id}/").text

    for draft in db.session.scalars(select(Declaration)):
        assert f"/declarations/{draft.public_id}/" in page
    assert page.count("继续申报<span") == 3  # two drafts, and the way to choose
    assert ">查看<span" in page


def test_documents_lead_to_their_sealed_versions(applicant, declaration_at, journey, person):
    draft = declaration_at("filled")
    journey.make_document(draft, person("enterprise_admin"))
    copy = db.session.scalars(select(SealedCopy)).one()

    assert f"/sealed-copies/{copy.public_id}?download=1" in applicant.get("/my-documents/").text
