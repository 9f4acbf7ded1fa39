"""Declaring through the services: what is refused, what is frozen, what stays."""

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from app.clock import now
from app.demo.journeys import find_person
from app.demo.papers import make_paper
from app.errors import BadFile, Closed, DeadlinePassed, DocumentMissing, Incomplete, NotFound, StaleRevision
from app.extensions import db
from app.models import CallGuide, Declaration, DeclarationState, Document, Enterprise, Job, ReviewAction, Submission
from app.services import calls, declarations, documents, terms, turns
from app.services.types import definition_of


@pytest.fixture
def applicant(app):
    """The enterprise administrator of the demo."""
    return find_person("enterprise_admin")


def _closes(declaration: Declaration):
    return terms.terms_for(declaration.call, declaration.city_id).closes_at


def test_an_invented_type_with_other_keys_is_declared_and_approved_without_a_change_in_python(call_of, journey):
    call = call_of("green_factory")

    declaration = journey.walk_to("approved", call=call)

    assert declaration.state is DeclarationState.APPROVED
    assert declaration.text_1
    assert declaration.submission.document.pages >= 2


def test_submitting_one_second_after_the_deadline_is_refused_and_nothing_is_lost(quick, applicant):
    draft = quick("filled")
    after = _closes(draft) + timedelta(seconds=1)

    with pytest.raises(DeadlinePassed, match="截止"):
        declarations.submit_declaration(draft, draft.seq, by=applicant, at=after)

    db.session.rollback()
    assert db.session.get(Declaration, draft.id).state is DeclarationState.DRAFT
    assert declarations.answers_of(draft)


def test_submitting_in_the_very_second_of_the_deadline_counts(quick, applicant):
    draft = quick("filled")

    declarations.submit_declaration(draft, draft.seq, by=applicant, at=_closes(draft))

    assert draft.state is DeclarationState.IN_REVIEW


def test_a_city_that_shortens_its_window_shortens_it_for_drafts_too(quick, applicant):
    draft = quick("filled")
    guide = db.session.scalars(
        select(CallGuide).where(CallGuide.call_id == draft.call_id, CallGuide.city_id == draft.city_id)
    ).one()
    guide.closes_at = now() - timedelta(seconds=1)
    db.session.commit()

    with pytest.raises(Closed):
        declarations.save_section(draft, draft.sections[0].key, {}, 1, by=applicant, at=now())


def test_an_incomplete_declaration_says_how_many_points_are_open(quick, applicant):
    draft = quick("draft")

    with pytest.raises(Incomplete, match="1 处"):
        declarations.submit_declaration(draft, draft.seq, by=applicant, at=now())


def test_a_declaration_without_its_document_is_refused(declaration_at, applicant):
    draft = declaration_at("filled")

    with pytest.raises(DocumentMissing, match="生成申报书"):
        declarations.submit_declaration(draft, draft.seq, by=applicant, at=now())


def test_an_edit_makes_the_document_stale_and_undoing_it_makes_it_current_again(declaration_at, journey, applicant):
    draft = declaration_at("filled")
    journey.make_document(draft, applicant)
    section = next(s for s in draft.sections if any(isinstance(v, str) and v.isdigit() for v in s.answers.values()))
    key, old = next((k, v) for k, v in section.answers.items() if isinstance(v, str) and v.isdigit() and len(v) == 3)

    declarations.save_section(draft, section.key, {key: str(int(old) + 1)}, section.revision, by=applicant, at=now())
    assert documents.current_document(draft, declarations.facts_of(draft)) is None
    assert documents.latest_document(draft) is not None

    declarations.save_section(draft, section.key, {key: old}, section.revision, by=applicant, at=now())
    assert documents.current_document(draft, declarations.facts_of(draft)) is not None


def test_editing_while_the_document_is_made_fails_the_job_with_a_reason(declaration_at, applicant):
    from app.jobs import run_job

    draft = declaration_at("filled")
    facts = declarations.facts_of(draft)
    job = documents.request_document(
        draft, declarations.check_declaration(draft, now(), facts), facts, by=applicant, at=now()
    )
    job_id = job.id
    draft.enterprise.name += "（更名）"
    db.session.commit()

    run_job(job_id)

    db.session.expire_all()
    assert db.session.get(Job, job_id).state.value == "failed"
    assert "修改" in db.session.get(Job, job_id).message
    assert db.session.scalars(select(Document)).all() == []


def test_a_submission_is_frozen_and_a_returned_one_is_corrected_with_both_versions_kept(quick, journey, applicant):
    declaration = quick("returned")
    own = declarations.read_own(declaration.public_id, applicant)
    section = own.sections[0]
    first_answers = declaration.submission.answers

    declarations.save_section(own, section.key, {"topic": "更正后的事项"}, section.revision, by=applicant, at=now())
    journey.submit(own, applicant)

    versions = db.session.scalars(
        select(Submission).where(Submission.declaration_id == declaration.id).order_by(Submission.number)
    ).all()
    assert [v.number for v in versions] == [1, 2]
    assert versions[0].answers == first_answers
    assert versions[1].answers != first_answers
    with pytest.raises(Closed):
        declarations.save_section(own, section.key, {"topic": "x"}, section.revision, by=applicant, at=now())


def test_what_happened_is_never_rewritten(quick):
    declaration = quick("first")
    record = turns.last_record(declaration)

    record.opinion = "改写"
    with pytest.raises(RuntimeError, match="appended"):
        db.session.flush()
    db.session.rollback()
    declaration.submission.answers = {}
    with pytest.raises(RuntimeError, match="appended"):
        db.session.flush()
    db.session.rollback()
    db.session.delete(turns.last_record(declaration))
    with pytest.raises(RuntimeError, match="appended"):
        db.session.flush()
    db.session.rollback()


def test_saving_with_an_old_revision_keeps_what_is_stored_and_returns_it(quick, applicant):
    draft = quick("draft")
    key = draft.sections[0].key
    declarations.save_section(draft, key, {"topic": "先保存的"}, 0, by=applicant, at=now())

    with pytest.raises(StaleRevision) as refusal:
        declarations.save_section(draft, key, {"topic": "后保存的"}, 0, by=applicant, at=now())

    assert refusal.value.details["answers"]["topic"] == "先保存的"
    assert refusal.value.details["revision"] == 1


def test_a_foreign_declaration_is_not_found(quick):
    declaration = quick("draft")

    with pytest.raises(NotFound):
        declarations.read_own(declaration.public_id, find_person("gz_enterprise_admin"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("工具.pdf", b"MZ\x90\x00" + b"\x00" * 400, "不是 PDF"),
        ("setup.exe", b"MZ\x90\x00" + b"\x00" * 400, "只接受"),
        ("空.pdf", b"", "空文件"),
        ("网页.pdf", b"<html><script>alert(1)</script></html>", "不是 PDF"),
    ],
)
def test_an_upload_that_is_not_what_it_says_is_refused(declaration_at, applicant, name, content, message):
    draft = declaration_at("draft")
    field = definition_of(draft.version).file_fields[1]

    with pytest.raises(BadFile, match=message):
        declarations.attach(draft, field.key, BytesIO(content), name, by=applicant, at=now())


def test_a_file_over_its_limit_and_one_too_many_are_refused(declaration_at, applicant):
    draft = declaration_at("draft")
    single = next(f for f in definition_of(draft.version).file_fields if f.max_files == 1 and f.max_mb <= 10)
    large = make_paper("大文件", "示例") + b"\n%" + b"0" * (single.max_mb * 1024 * 1024)

    with pytest.raises(BadFile, match="超过 10 MB"):
        declarations.attach(draft, single.key, BytesIO(large), "大文件.pdf", by=applicant, at=now())
    paper = make_paper("证照", "示例")
    declarations.attach(draft, single.key, BytesIO(paper), "证照.pdf", by=applicant, at=now())
    with pytest.raises(BadFile, match="最多上传 1 个"):
        declarations.attach(draft, single.key, BytesIO(paper), "证照2.pdf", by=applicant, at=now())


def test_a_file_name_cannot_leave_its_folder(declaration_at, applicant):
    draft = declaration_at("draft")
    field = definition_of(draft.version).file_fields[1]

    kept = declarations.attach(
        draft, field.key, BytesIO(make_paper("a", "b")), "..\\..\\etc/pass\x00wd<1>.pdf", by=applicant, at=now()
    )

    assert "/" not in kept.name
    assert "\\" not in kept.name
    assert kept.name == "passwd1.pdf"


def test_an_uncertified_or_unplaced_enterprise_is_told_why_it_cannot_declare(app, applicant):
    enterprise = db.session.get(Enterprise, next(iter(applicant.enterprise_ids)))
    enterprise.county_id = None
    assert "所属县" in str(calls.openings_for(enterprise, now())[0].refusal)
    enterprise.certified_at = None
    assert "认证" in str(calls.openings_for(enterprise, now())[0].refusal)


def test_a_dishonest_enterprise_is_stopped_at_the_start_and_again_at_submit(declaration_at, journey, applicant):
    draft = declaration_at("filled")
    journey.make_document(draft, applicant)
    draft.enterprise.dishonest = True
    db.session.flush()

    with pytest.raises(Exception, match="失信"):
        declarations.submit_declaration(draft, draft.seq, by=applicant, at=now())


def test_a_second_declaration_over_the_quota_is_refused(declaration_at, applicant):
    declaration = declaration_at("county")
    enterprise = db.session.get(Enterprise, declaration.enterprise_id)

    opening = calls.opening_of(declaration.call, enterprise, now())

    assert "上限" in str(opening.refusal)


def test_a_returned_declaration_goes_on_after_the_window_has_closed(quick, journey, applicant):
    declaration = quick("second")
    late = _closes(declaration) + timedelta(days=12)  # the county's own deadline has passed, the city's has not
    journey.at = late
    journey.act(declaration, ReviewAction.RETURN, to=turns.APPLICANT)
    own = declarations.read_own(declaration.public_id, applicant)

    declarations.submit_declaration(own, own.seq, by=applicant, at=late + timedelta(hours=2))
    db.session.commit()

    assert own.step == "first"
    journey.at = late + timedelta(hours=3)
    journey.act(own, ReviewAction.RECOMMEND)
    assert own.step == "second"
