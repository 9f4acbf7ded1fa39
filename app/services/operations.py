"""What operators look at first: work waiting, files kept, log-ins refused, events not sealed yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from ..extensions import db
from ..models import AuditEvent, DeliveryState, Job, JobState, LoginEvent, Outbox, StoredFile

LATELY = timedelta(days=1)
COUNTED = 100_000  # files are counted up to here: nobody acts on the exact number of a million


@dataclass(frozen=True)
class Overview:
    """Figures of the whole installation at one moment."""

    jobs: dict[JobState, int]
    files: int
    bytes: int
    failed_copies: int
    refused_log_ins: int
    unsealed: int

    @property
    def failed_jobs(self) -> int:
        return self.jobs.get(JobState.FAILED, 0)

    @property
    def open_jobs(self) -> int:
        return self.jobs.get(JobState.QUEUED, 0) + self.jobs.get(JobState.RUNNING, 0)


def overview(at: datetime) -> Overview:
    """Return the figures in five statements, none of which walks over a large table."""
    some = select(StoredFile.size).limit(COUNTED).subquery()
    count, size = db.session.execute(
        select(func.count(), func.coalesce(func.sum(some.c.size), 0)).select_from(some)
    ).one()
    open_jobs = select(Job.state, func.count()).where(Job.state != JobState.DONE).group_by(Job.state)
    failed_copies = select(func.count(Outbox.id)).where(Outbox.state == DeliveryState.FAILED)
    refused = select(func.count(LoginEvent.id)).where(LoginEvent.at > at - LATELY, LoginEvent.succeeded.is_(False))
    return Overview(
        jobs=dict(db.session.execute(open_jobs).all()),
        files=count,
        bytes=int(size),
        failed_copies=db.session.scalar(failed_copies),
        refused_log_ins=db.session.scalar(refused),
        unsealed=db.session.scalar(select(func.count(AuditEvent.id)).where(AuditEvent.sealed_no.is_(None))),
    )
