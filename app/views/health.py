"""Answers for machines: alive, and ready to work."""

import logging
from datetime import datetime

from flask import current_app, jsonify
from flask_appbuilder import BaseView, expose
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from .. import clock
from ..extensions import db
from ..jobs import SIGN_OF_LIFE
from ..services import files

log = logging.getLogger(__name__)

WORKER_SILENT_SECONDS = 60


class HealthView(BaseView):
    """`/healthz` touches nothing; `/readyz` looks at database, worker and storage."""

    route_base = ""
    default_view = "healthz"

    @expose("/healthz")
    def healthz(self):
        """Tell that the process answers."""
        return jsonify(status="ok")

    @expose("/readyz")
    def readyz(self):
        """Tell whether database, worker and storage are there; 503 names what is missing."""
        checks = {"database": _database_answers(), "worker": worker_is_alive(), "storage": _storage_answers()}
        return jsonify(checks), 200 if all(checks.values()) else 503


def _database_answers() -> bool:
    try:
        return db.session.scalar(text("select 1")) == 1
    except SQLAlchemyError:
        log.exception("the database does not answer")
        db.session.rollback()
        return False


def _storage_answers() -> bool:
    try:
        return files.storage_answers()
    except OSError:
        log.exception("the storage does not answer")
        return False


def worker_is_alive() -> bool:
    """Tell whether a worker has left a sign of life lately."""
    seen_at = worker_seen_at()
    return seen_at is not None and (clock.now() - seen_at).total_seconds() < WORKER_SILENT_SECONDS


def worker_seen_at() -> datetime | None:
    """Return when a worker left its last sign of life; it lies where the queue does, whatever machine that is on."""
    try:
        seen = current_app.extensions["huey"].get(SIGN_OF_LIFE, peek=True)
    except Exception:  # whatever the queue's store raises when it is away, there is no sign then
        log.exception("the queue does not answer")
        return None
    return datetime.fromisoformat(seen) if seen else None
