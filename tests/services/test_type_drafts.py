"""Types written on screen: begun, saved by two hands, judged, published, adopted by calls, retired."""

import copy

import pytest
from sqlalchemy import select

from app.authoring.changes import Weight
from app.clock import now
from app.errors import Conflict, Invalid, StaleRevision
from app.models import AuditEvent, DeclarationTypeVersion, Site, TypeDraft, VersionStatus
from app.permissions import visible
from app.services import adoption, programmes, type_drafts, types

pytestmark = pytest.mark.usefixtures("stand_in_documents")


@pytest.fixture
def author(session, person):
    return person("province_admin")


@pytest.fixture
def site(session, author):
    return session.get_one(Site, author.site_id)


@pytest.fixture
def draft(site, author):
    return type_drafts.begin(site, "talent_2026", "2026年人才项目申报书", 2026, by=author, at=now())


@pytest.fixture
def declaration(declaration_at):
    return declaration_at("draft")


@pytest.fixture
def call(declaration):
    return declaration.call


@pytest.fixture
def change(site, author, call):
    return type_drafts.begin_change(site, call.version, by=author, at=now())


def save(draft, part, value, author, revision=None):
    revision = draft.revision if revision is None else revision
    return type_drafts.save_part(draft, part, value, revision=revision, by=author, at=now())


def with_first_field(body, **more):
    sections = copy.deepcopy(body["sections"])
    sections[0]["fields"][0] |= more
    return sections


def test_a_new_type_begins_ready_to_be_published(draft, author):
    judged = type_drafts.judge(draft)
    assert (judged.problems, judged.hints) == ((), ())
    version = type_drafts.publish(draft, by=author, at=now())
    assert (version.number, version.status, version.type.title) == (1, VersionStatus.PUBLISHED, "2026年人才项目申报书")
    assert types.definition_of(version).year == 2026


def test_publishing_leaves_no_draft_and_says_who_did_it(session, draft, author):
    version = type_drafts.publish(draft, by=author, at=now())
    assert session.scalars(select(TypeDraft)).all() == []
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "publish_draft")).one()
    assert (event.account_id, event.subject_id) == (author.id, version.id)


@pytest.mark.parametrize("key", ["", "Talent", "1st", "a b", "x" * 41])
def test_a_malformed_key_is_refused_at_its_field(site, author, key):
    with pytest.raises(Invalid) as refused:
        type_drafts.begin(site, key, "名称", 2026, by=author, at=now())
    assert "key" in refused.value.details["fields"]


def test_a_taken_key_is_refused(site, author, draft, call):
    for key in (draft.key, call.version.type.key):
        with pytest.raises(Invalid, match="已被使用"):
            type_drafts.begin(site, key, "名称", 2026, by=author, at=now())


def test_two_authors_who_save_at_once_do_not_overwrite_each_other(session, draft, author):
    revision = draft.revision
    save(draft, "title", "先保存的", author)
    with pytest.raises(StaleRevision, match="保存过该类型"):
        save(draft, "title", "后保存的", author, revision=revision)
    assert session.get_one(TypeDraft, draft.id).title == "先保存的"


def test_what_is_wrong_is_kept_and_keeps_the_draft_from_being_published(draft, author):
    save(draft, "sections", with_first_field(draft.body, requierd=True), author)
    assert any("requierd" in problem for problem in type_drafts.judge(draft).problems)
    with pytest.raises(Invalid) as refused:
        type_drafts.publish(draft, by=author, at=now())
    assert refused.value.details["problems"]


def test_parts_that_no_type_has_and_bodies_that_are_too_large_are_refused(draft, author):
    with pytest.raises(Invalid):
        save(draft, "schema", "x", author)
    with pytest.raises(Invalid, match="过大"):
        save(draft, "basis", "长" * type_drafts.LARGEST_BODY, author)


def test_the_key_of_a_draft_stays(draft, author):
    type_drafts.save_body(draft, {**draft.body, "key": "other"}, revision=0, by=author, at=now())
    assert draft.body["key"] == "talent_2026"


def test_one_draft_of_a_type_at_a_time(site, author, change, call):
    with pytest.raises(Conflict, match="正在编辑的草稿") as refused:
        type_drafts.begin_change(site, call.version, by=author, at=now())
    assert refused.value.details["draft"] == change.public_id


def test_an_unchanged_draft_is_not_published(change, author):
    with pytest.raises(Invalid, match="没有差别"):
        type_drafts.publish(change, by=author, at=now())


def test_a_draft_that_was_overtaken_is_not_published(site, author, change, call):
    save(change, "basis", "新依据", author)
    types.install_body({**call.version.body, "basis": "另一依据"}, site, now())
    with pytest.raises(Conflict, match="已发布过新的版本"):
        type_drafts.publish(change, by=author, at=now())


def test_authors_of_another_platform_and_other_people_see_no_draft(session, draft, person):
    for username in ("province_officer", "city_admin", "enterprise_admin", "platform_operator"):
        assert session.scalars(select(TypeDraft).where(visible(TypeDraft, person(username)))).all() == []
    assert session.scalars(select(TypeDraft).where(visible(TypeDraft, person("province_admin")))).all() == [draft]


# ---------------------------------------------------------------- calls take a new version


def test_drafts_move_to_a_version_that_only_says_it_better(change, call, author, declaration, declaration_at):
    submitted = declaration_at("county", "company_03")
    before = submitted.version_id
    save(change, "sections", with_first_field(change.body, help="新的说明"), author)
    version = type_drafts.publish(change, by=author, at=now())
    (use,) = [use for use in adoption.uses(version, by=author) if use.call.id == call.id]
    assert use.weight is Weight.COSMETIC
    assert adoption.adopt(version, call, by=author, at=now()) == use.drafts >= 1
    assert declaration.version_id == call.version_id == version.id
    assert submitted.version_id == before


def test_a_version_that_would_lose_answers_leaves_drafts_behind(change, call, author, declaration):
    sections = copy.deepcopy(change.body["sections"])
    sections[-1]["fields"].pop()
    save(change, "sections", sections, author)
    before, version = call.version_id, type_drafts.publish(change, by=author, at=now())
    with pytest.raises(Conflict, match="继续使用原版本"):
        adoption.adopt(version, call, by=author, at=now())
    assert call.version_id == before
    assert adoption.adopt(version, call, leave_drafts=True, by=author, at=now()) == 0
    assert (call.version_id, declaration.version_id) == (version.id, before)


def test_a_version_in_use_is_not_retired_and_a_retired_one_is_not_taken(site, change, call, author):
    with pytest.raises(Conflict, match="不能停用"):
        adoption.retire(call.version, by=author, at=now())
    save(change, "basis", "新依据", author)
    version = type_drafts.publish(change, by=author, at=now())
    adoption.retire(version, by=author, at=now())
    with pytest.raises(Invalid, match="已停用"):
        adoption.adopt(version, call, by=author, at=now())
    with pytest.raises(Invalid):
        programmes.change_call(
            call, programme=call.programme, name=call.name, group=call.group, version=version, opens_at=call.opens_at,
            closes_at=call.closes_at, city_due_at=call.city_due_at, by=author, at=now(),
        )  # fmt: skip
    adoption.bring_back(version, by=author, at=now())
    adoption.adopt(version, call, by=author, at=now())
    assert call.version_id == version.id


def test_a_published_version_never_changes(session, draft, author):
    version = type_drafts.publish(draft, by=author, at=now())
    version.body = {**version.body, "title": "改"}
    with pytest.raises(RuntimeError, match="never changes"):
        session.flush()
    session.rollback()
    assert DeclarationTypeVersion.__tablename__
