"""The trash of drafts: who sees it, restoring, what a deleted draft no longer counts for, and its end."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.clock import now
from app.demo.papers import make_paper
from app.errors import NotFound
from app.extensions import db
from app.models import Attachment, Declaration, DeclarationSection, Enterprise, StoredFile
from app.permissions import visible
from app.services import calls, declarations, files, materials, retention, trash


@pytest.fixture
def deleted(declaration_at, person):
    """A draft with an upload, deleted."""
    draft, applicant = declaration_at("draft"), person("enterprise_admin")
    field = next(f for f in declarations.definition_of(draft.version).file_fields if "pdf" in f.ext)
    paper = io.BytesIO(make_paper("甲.pdf", "只此一份"))
    declarations.attach(draft, field.key, paper, "甲.pdf", by=applicant, at=now())
    declarations.delete_draft(draft, by=applicant, at=now())
    db.session.commit()
    return draft


def test_nobody_sees_a_deleted_draft_but_its_enterprise_in_the_trash(deleted, person):
    for who in ("enterprise_admin", "enterprise_employee", "county_officer", "gz_enterprise_admin"):
        assert db.session.scalars(select(Declaration).where(visible(Declaration, person(who)))).all() == []
    assert [row for row, _name in trash.deleted_drafts(person("enterprise_employee"))] == [deleted]
    assert trash.count_deleted(person("gz_enterprise_admin")) == 0
    with pytest.raises(NotFound):
        trash.restore_draft(deleted.public_id, by=person("gz_enterprise_admin"), at=now())


def test_a_deleted_draft_is_not_resumed_and_comes_back_whole(deleted, person):
    applicant = person("enterprise_admin")
    own = db.session.get(Enterprise, deleted.enterprise_id)
    assert calls.opening_of(deleted.call, own, now()).resumable is None

    trash.restore_draft(deleted.public_id, by=applicant, at=now())

    assert calls.opening_of(deleted.call, own, now()).resumable == deleted
    assert [a.name for a in declarations.read_own(deleted.public_id, applicant).attachments] == ["甲.pdf"]
    with pytest.raises(NotFound):
        trash.restore_draft(deleted.public_id, by=applicant, at=now())


def test_it_goes_for_good_after_its_time_with_the_files_that_only_it_had(deleted, person):
    stored = deleted.attachments[0].file
    sha, file_id, row_id = stored.sha256, stored.id, deleted.id
    assert retention.forget_deleted_drafts(now() + trash.KEPT - timedelta(minutes=5)) == 0
    with pytest.raises(NotFound):
        trash.restore_draft(deleted.public_id, by=person("enterprise_admin"), at=deleted.deleted_at + trash.KEPT)

    assert retention.forget_deleted_drafts(deleted.deleted_at + trash.KEPT) == 1
    db.session.commit()

    assert db.session.get(Declaration, row_id) is None
    for model in (DeclarationSection, Attachment):
        assert db.session.scalars(select(model).where(model.declaration_id == row_id)).all() == []
    assert db.session.get(StoredFile, file_id) is None
    with pytest.raises(FileNotFoundError):
        files.open_content(1, sha)


def test_a_file_that_somebody_else_has_stays(deleted, person, app):
    own, file_id = db.session.get(Enterprise, deleted.enterprise_id), deleted.attachments[0].file_id
    content = files.open_content(deleted.site_id, deleted.attachments[0].file.sha256)
    materials.add_material(own, "证照", io.BytesIO(content.read()), "甲.pdf", by=person("enterprise_admin"), at=now())
    assert retention.forget_deleted_drafts(deleted.deleted_at + trash.KEPT) == 1
    assert db.session.get(StoredFile, file_id) is not None
