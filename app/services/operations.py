"""What operators look at first: work waiting, files kept, log-ins refused, events not sealed yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from ..extensions import db
from ..models import AuditEvent, Job, JobState, LoginEvent, StoredFile

LATELY = timedelta(days=1)


@dataclass(frozen=True)
class Overview:
    """Figures of the whole installation at one moment."""

    jobs: dict[JobState, int]
    files: int
    bytes: int
    refused_log_ins: int
    unsealed: int

    @property
    def failed_jobs(self) -> int:
        return self.jobs.get(JobState.FAILED, 0)

    @property
    def open_jobs(self) -> int:
        return self.jobs.get(JobState.QUEUED, 0) + self.jobs.get(JobState.RUNNING, 0)


def overview(at: datetime) -> Overview:
    """Return the figures in four statements."""
    count, size = db.session.execute(select(func.count(), func.coalesce(func.sum(StoredFile.size), 0))).one()
    refused = select(func.count(LoginEvent.id)).where(LoginEvent.at > at - LATELY, LoginEvent.succeeded.is_(False))
    return Overview(
        jobs=dict(db.session.execute(select(Job.state, func.count()).group_by(Job.state)).all()),
        files=count,
        bytes=int(size),
        refused_log_ins=db.session.scalar(refused),
        unsealed=db.session.scalar(select(func.count(AuditEvent.id)).where(AuditEvent.sealed_no.is_(None))),
    )
