"""What the worker does by itself every few seconds: send what waits in the outbox, ask for the daily reminder."""

import logging
import threading

from flask import Flask

from .clock import now
from .extensions import db
from .sending import send_due
from .services import digest

log = logging.getLogger(__name__)


class Rounds(threading.Thread):
    """A thread of its own: a mail server that answers slowly holds up neither jobs nor their watch."""

    def __init__(self, app: Flask) -> None:
        super().__init__(name="rounds", daemon=True)
        self.app = app
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.wait(self.app.config["OUTBOX_SECONDS"]):
            try:
                go_round(self.app)
            except Exception:
                log.exception("a round failed")


def go_round(app: Flask) -> None:
    """Do one round."""
    with app.app_context():
        digest.ask_when_due(now())
        db.session.commit()
        send_due(now)
        db.session.remove()
