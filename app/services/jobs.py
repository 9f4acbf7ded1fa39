"""The job table: long work is queued, claimed, kept alive by a heartbeat, and taken up again when a worker dies."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, Connection, and_, or_, select, update
from sqlalchemy.orm import joinedload

from ..database import add_or_get
from ..errors import Invalid, NotFound
from ..extensions import db
from ..models import Account, Job, JobState, StoredFile, new_public_id
from ..permissions import visible
from . import audit

MAX_ATTEMPTS = 3
TITLE_LENGTH = 160  # characters of the column


def queue(
    kind: str,
    key: str,
    payload: dict[str, Any],
    *,
    site_id: int,
    by: Account | None,
    at: datetime,
    title: object = None,
) -> Job:
    """Ask for work, once per key: an open or finished job is returned as it is, a failed one starts again.

    `title` tells the person on the job's page what is being made.
    """
    keyed = select(Job).where(Job.key == key)
    job = db.session.scalars(keyed).first()
    if job is None:
        asked = Job(
            site_id=site_id, kind=kind, key=key, payload=payload, created_at=at,
            created_by_id=by.id if by else None, title=str(title)[:TITLE_LENGTH] if title else None,
        )  # fmt: skip
        job = add_or_get(asked, keyed)
        _announce(job.id)
    elif job.state is JobState.FAILED:
        restart(job, at=at)
    return job


def queue_later(
    kind: str, key: str, payload: dict[str, Any], *, site_id: int, not_before: datetime, title: object
) -> None:
    """Ask for work that begins only then, once per key; the watch delivers it when its time has come."""
    keyed = select(Job).where(Job.key == key)
    if db.session.scalars(keyed).first() is None:
        asked = Job(site_id=site_id, kind=kind, key=key, payload=payload, created_at=not_before, title=str(title))
        add_or_get(asked, keyed)


def own_key(kind: str, by: Account) -> str:
    """Return a key for work that is done anew each time it is asked for."""
    return f"{kind}:{by.id}:{new_public_id()}"


def recent(user: Account, limit: int = 50) -> Sequence[Job]:
    """Return what a person asked for, newest first."""
    query = select(Job).where(_asked_by(user)).order_by(Job.id.desc()).limit(limit)
    return db.session.scalars(query).all()


def find_own(public_id: str, user: Account) -> Job:
    """Return a job that the person asked for; raises NotFound."""
    query = select(Job).where(Job.public_id == public_id, _asked_by(user)).options(joinedload(Job.file))
    job = db.session.scalars(query).first()
    if job is None:
        raise NotFound(_("没有找到该任务，或它不是您发起的。"))
    return job


def _asked_by(user: Account) -> ColumnElement[bool]:
    return and_(visible(Job, user), Job.created_by_id == user.id)


def restart(job: Job, *, at: datetime) -> None:
    """Put a job back into the queue from the beginning."""
    job.state, job.progress, job.attempts, job.message, job.worker = JobState.QUEUED, 0, 0, None, None
    job.heartbeat_at, job.finished_at, job.created_at = None, None, at
    job.file_id, job.file_name, job.result = None, None, None
    db.session.flush()
    _announce(job.id)


def retry(job: Job, *, by: Account, at: datetime) -> None:
    """Start a failed job again on an operator's word; raises Invalid for one that did not fail."""
    if job.state is not JobState.FAILED:
        raise Invalid(_("只有失败的任务可以重试；该任务当前为“%(state)s”。", state=job.state.label))
    restart(job, at=at)
    audit.record("retry", job, by=by, at=at, detail={"kind": job.kind, "key": job.key})


def _announce(job_id: int) -> None:
    """Note the id; it is handed to the runner after the commit, never before."""
    db.session.info.setdefault("announced_jobs", []).append(job_id)


def claim(job_id: int, worker: str, at: datetime) -> Job | None:
    """Take a queued job for `worker`; None when somebody else has it or it is finished."""
    won = db.session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.QUEUED)
        .values(state=JobState.RUNNING, worker=worker, heartbeat_at=at, attempts=Job.attempts + 1, progress=0)
    ).rowcount
    return db.session.get(Job, job_id, populate_existing=True) if won else None


def beat(connection: Connection, job_id: int, worker: str, at: datetime, progress: int) -> None:
    """Show on a connection of its own that the worker is alive, with the progress in percent."""
    connection.execute(update(Job).where(*_held_by(job_id, worker)).values(heartbeat_at=at, progress=progress))


def finish(
    job_id: int,
    worker: str,
    at: datetime,
    *,
    message: object = None,
    file: StoredFile | None = None,
    file_name: str | None = None,
    result: Any = None,
) -> bool:
    """Mark the job done if `worker` still holds it; `result` is the report that its page shows line by line."""
    values = {
        "state": JobState.DONE,
        "progress": 100,
        "finished_at": at,
        "message": None if message is None else str(message),
        "file_id": file.id if file else None,
        "file_name": file_name,
        "result": result,
    }
    return bool(db.session.execute(update(Job).where(*_held_by(job_id, worker)).values(values)).rowcount)


def fail(job_id: int, worker: str, at: datetime, reason: str) -> bool:
    """Mark the job failed with a reason that a person can act on."""
    values = {"state": JobState.FAILED, "finished_at": at, "message": reason}
    return bool(db.session.execute(update(Job).where(*_held_by(job_id, worker)).values(values)).rowcount)


def _held_by(job_id: int, worker: str) -> tuple:
    return Job.id == job_id, Job.worker == worker, Job.state == JobState.RUNNING


def take_up_abandoned(at: datetime, stale_seconds: float) -> list[int]:
    """Queue again what a dead worker held and announce what was never delivered; returns the announced ids.

    The heartbeat of a queued job is its last delivery, so that a long queue is not delivered over and over.
    """
    limit = at - timedelta(seconds=stale_seconds)
    stale = and_(Job.state == JobState.RUNNING, Job.heartbeat_at < limit)
    db.session.execute(
        update(Job)
        .where(stale, Job.attempts >= MAX_ATTEMPTS)
        .values(state=JobState.FAILED, finished_at=at, message="处理多次中断，请重试；如仍失败请联系平台运维人员。")
    )
    db.session.execute(update(Job).where(stale).values(state=JobState.QUEUED, worker=None, heartbeat_at=None))
    never_delivered = and_(Job.heartbeat_at.is_(None), or_(Job.created_at < limit, Job.attempts > 0))
    undelivered = and_(Job.state == JobState.QUEUED, or_(never_delivered, Job.heartbeat_at < limit))
    found = list(db.session.scalars(select(Job.id).where(undelivered).order_by(Job.id).limit(100)))
    db.session.execute(update(Job).where(Job.id.in_(found), Job.state == JobState.QUEUED).values(heartbeat_at=at))
    for job_id in found:
        _announce(job_id)
    return found
