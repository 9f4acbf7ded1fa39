"""The worker: huey carries ids of `Job` rows, the rows hold the truth. Handlers are thin calls into services."""

import gc
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from uuid import uuid4

from flask import Flask, current_app
from huey import RedisHuey, SqliteHuey
from huey.api import Huey
from huey.consumer import Consumer
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config import chosen

from .clock import now
from .errors import DomainError
from .extensions import db
from .rounds import start_rounds
from .services import audit, jobs, presences, retention

log = logging.getLogger(__name__)
APOLOGY = "处理时发生意外错误，请稍后重试；如仍失败请联系平台运维人员。"

HOST_PART = 30  # characters of a host name that fit beside process and number
SIGN_OF_LIFE = "worker.alive"
PROGRESS_PAUSE = 0.3  # seconds between two written progress figures

Progress = Callable[..., None]
Handler = Callable[[dict, Progress, Callable[..., bool]], None]
HANDLERS: dict[str, Handler] = {}


def build_huey(config: type) -> Huey:
    """Return the queue: Redis when REDIS_URL is set, otherwise a small SQLite file in the instance folder."""
    if config.REDIS_URL:
        return RedisHuey(config.QUEUE_NAME, url=config.REDIS_URL)
    Path(config.INSTANCE).mkdir(parents=True, exist_ok=True)
    return SqliteHuey(config.QUEUE_NAME, filename=str(Path(config.INSTANCE) / "queue.db"))


huey = build_huey(chosen())


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register what does the jobs of a kind."""

    def register(function: Handler) -> Handler:
        HANDLERS[kind] = function
        return function

    return register


@huey.task()
def carry(job_id: int) -> None:
    """Run one job inside the application the worker was started with."""
    run_job(job_id)


def init_jobs(app: Flask) -> None:
    """Hand announced jobs to the queue after each commit."""
    app.extensions["huey"] = huey
    huey.flask_app = app
    if not event.contains(Session, "after_commit", _deliver):
        event.listen(Session, "after_commit", _deliver)
        event.listen(Session, "after_rollback", _forget)


def _deliver(session: Session) -> None:
    """Hand the announced jobs over once they are committed; a savepoint is no commit."""
    if session.in_nested_transaction():
        return
    for job_id in session.info.pop("announced_jobs", []):
        try:
            carry(job_id)
        except Exception:  # the row is committed: the watch delivers it when the queue is back
            log.exception("job %s was not delivered", job_id)


def _forget(session: Session) -> None:
    """A rollback takes the announced jobs with it; one to a savepoint keeps those announced before."""
    if not session.in_nested_transaction():
        session.info.pop("announced_jobs", None)


# ---------------------------------------------------------------- running one job


def run_job(job_id: int) -> None:
    """Claim a job and do it; whatever happens, the row says so. A second delivery of the same id does nothing."""
    with _context():
        worker = f"{socket.gethostname()[:HOST_PART]}:{os.getpid()}:{uuid4().hex[:8]}"
        job = jobs.claim(job_id, worker, now())
        if job is None:
            db.session.rollback()
            return
        kind, payload = job.kind, dict(job.payload) | {"site_id": job.site_id, "job_id": job.id}
        db.session.commit()
        with heartbeat(job_id, worker) as progress:
            _do(kind, payload, job_id, worker, progress)


@contextmanager
def _context() -> Iterator[None]:
    """Give the job an application context of its own."""
    app = huey.flask_app if not current_app else current_app._get_current_object()
    with app.app_context():
        yield


def _do(kind: str, payload: dict, job_id: int, worker: str, progress: Progress) -> None:
    def finish(**result) -> bool:
        """Mark the job done in the handler's own transaction; False tells the handler to give up its result."""
        return jobs.finish(job_id, worker, now(), **result)

    try:
        HANDLERS[kind](payload, progress, finish)
    except DomainError as refusal:
        db.session.rollback()
        jobs.fail(job_id, worker, now(), str(refusal))
    except Exception:
        db.session.rollback()
        log.exception("job %s (%s) failed", job_id, kind)
        jobs.fail(job_id, worker, now(), APOLOGY)
    db.session.commit()


@contextmanager
def heartbeat(job_id: int, worker: str) -> Iterator[Progress]:
    """Keep the job's heartbeat going from a thread of its own, and let the work report its progress in percent."""
    engine, seconds = db.engine, current_app.config["JOB_HEARTBEAT_SECONDS"]
    state, stop = {"progress": 0, "written": 0.0}, threading.Event()

    def beat() -> None:
        state["written"] = monotonic()
        try:
            with engine.begin() as connection:
                jobs.beat(connection, job_id, worker, now(), state["progress"])
        except SQLAlchemyError:
            log.exception("heartbeat of job %s failed", job_id)

    def keep_beating() -> None:
        while not stop.wait(seconds):
            beat()

    def progress(percent: int, message: object = None) -> None:
        state["progress"] = percent
        if monotonic() - state["written"] > PROGRESS_PAUSE:
            beat()

    thread = threading.Thread(target=keep_beating, daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        stop.set()
        thread.join()


# ---------------------------------------------------------------- the worker process


class EmbeddedConsumer(Consumer):
    """A consumer that lives in a thread of the web process and leaves the process's signals alone."""

    def _set_signal_handlers(self) -> None:
        return


class Watch(threading.Thread):
    """Takes up abandoned and undelivered jobs, seals the audit chain and forgets who left a page, every few seconds."""

    def __init__(self, app: Flask) -> None:
        super().__init__(name="job-watch", daemon=True)
        self.app = app
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.wait(self.app.config["JOB_HEARTBEAT_SECONDS"]):
            try:
                watch_once(self.app)
            except Exception:
                log.exception("job watch failed")


def watch_once(app: Flask) -> None:
    """Do one round of the watch."""
    with app.app_context():
        jobs.take_up_abandoned(now(), app.config["JOB_STALE_SECONDS"])
        db.session.commit()
        audit.seal()
        presences.forget_gone(now())
        db.session.commit()
        retention.forget_old(now())
        db.session.commit()
        retention.forget_deleted_drafts(now())
        db.session.commit()
        touch_worker(app)
        db.session.remove()


def touch_worker(app: Flask) -> None:
    """Leave a sign of life for /readyz beside the queue, which web and worker share wherever they run."""
    app.extensions["huey"].put(SIGN_OF_LIFE, now().isoformat())


def start_embedded(app: Flask) -> EmbeddedConsumer:
    """Start the worker inside the web process."""
    huey.flask_app = app
    consumer = EmbeddedConsumer(huey, workers=1, periodic=False, initial_delay=0.05, max_delay=0.5)
    consumer.start()
    Watch(app).start()
    start_rounds(app)
    return consumer


def run_worker(app: Flask, *, workers: int = 2) -> None:
    """Run the worker as a process of its own until it is interrupted."""
    huey.flask_app = app
    gc.freeze()  # what is loaded now stays: collections during a rendering need not walk over it
    Watch(app).start()
    start_rounds(app)
    Consumer(huey, workers=workers, periodic=False, initial_delay=0.05, max_delay=0.5).run()


from . import job_handlers, message_jobs, output_handlers  # noqa: E402, F401 - they register the handlers above
