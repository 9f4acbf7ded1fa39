"""What the worker does by itself every few seconds: send what waits in the outbox, ask for the daily reminder."""

import logging
import threading
from collections.abc import Callable

from flask import Flask

from .clock import now
from .extensions import db
from .sending import send_codes, send_due
from .services import digest

log = logging.getLogger(__name__)


class Rounds(threading.Thread):
    """A thread of its own: a mail server that answers slowly holds up neither jobs nor their watch."""

    def __init__(self, app: Flask, seconds: float, go_round: Callable[[Flask], None], name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.app, self.seconds, self.go_round = app, seconds, go_round
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.wait(self.seconds):
            try:
                self.go_round(self.app)
            except Exception:
                log.exception("a round failed")


def start_rounds(app: Flask) -> None:
    """Start both threads: people who wait for a one-time code do not wait behind hundreds of e-mails."""
    Rounds(app, app.config["OUTBOX_SECONDS"], go_round, "rounds").start()
    Rounds(app, app.config["CODES_SECONDS"], send_waiting_codes, "codes").start()


def go_round(app: Flask) -> None:
    """Do one round."""
    with app.app_context():
        digest.ask_when_due(now())
        db.session.commit()
        send_due(now)
        db.session.remove()


def send_waiting_codes(app: Flask) -> None:
    """Send the one-time codes that wait."""
    with app.app_context():
        send_codes(now)
        db.session.remove()
