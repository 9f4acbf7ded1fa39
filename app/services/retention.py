"""What is made for a while only: previews go after a day, exports after a week, with their jobs and files."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from flask_appbuilder import Model
from sqlalchemy import Column, and_, exists, or_, select

from ..extensions import db
from ..models import Job, StoredFile
from . import bundles, documents, draft_previews, exports, files, letter_making, summaries, trash

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
KEPT_FOR = {
    documents.PREVIEW_JOB_KIND: DAY,
    letter_making.PREVIEW_JOB_KIND: DAY,
    draft_previews.JOB_KIND: DAY,
    summaries.JOB_KIND: 7 * DAY,
    bundles.JOB_KIND: 7 * DAY,
    exports.JOB_KIND: 7 * DAY,
}
AT_ONCE = 20


def forget_old(at: datetime) -> int:
    """Delete jobs whose time is over, and their files unless something else refers to them; returns how many jobs."""
    over = or_(*(and_(Job.kind == kind, Job.finished_at < at - kept) for kind, kept in KEPT_FOR.items()))
    jobs = db.session.scalars(select(Job).where(over).order_by(Job.id).limit(AT_ONCE)).all()
    stored = {job.file_id: job.finished_at for job in jobs if job.file_id is not None}
    for job in jobs:
        db.session.delete(job)
    db.session.flush()
    for file_id, made_at in stored.items():
        _forget_file(file_id, made_at)
    return len(jobs)


def forget_deleted_drafts(at: datetime) -> int:
    """Remove the drafts whose time in the trash is over, with files that nobody else has; returns how many."""
    drafts = trash.drafts_over(at, AT_ONCE)
    stored = {file_id: draft.deleted_at for draft in drafts for file_id in trash.files_of(draft)}
    for draft in drafts:
        trash.remove_for_good(draft, at=at)
    for file_id, deleted_at in stored.items():
        _forget_file(file_id, deleted_at)
    return len(drafts)


def _forget_file(file_id: int, made_at: datetime) -> None:
    """Delete a file that nobody refers to and nobody has stored again since it was made.

    The row is held until the commit: whoever stores the same content meanwhile waits, and then writes it anew.
    """
    held = select(StoredFile).where(StoredFile.id == file_id).with_for_update()
    stored = db.session.scalars(held.execution_options(populate_existing=True)).first()
    if stored is None or stored.stored_at > made_at or _is_referred_to(file_id):
        return
    db.session.delete(stored)
    db.session.flush()
    files.remove_content(stored)
    log.info("file %s of an old job was removed", file_id)


def _is_referred_to(file_id: int) -> bool:
    found = select(or_(*(exists().where(column == file_id) for column in _references())))
    return bool(db.session.scalar(found))


def _references() -> Iterator[Column]:
    """Yield every column of every table that refers to stored files."""
    for table in Model.metadata.tables.values():
        for key in table.foreign_keys:
            if key.column is StoredFile.__table__.c.id:
                yield key.parent
