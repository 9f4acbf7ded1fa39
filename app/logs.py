"""One line per event: plain for people, JSON in production, never with personal numbers or answers."""

import json
import logging
import secrets
from time import perf_counter

from flask import Flask, Response, g, request
from flask_login import current_user

log = logging.getLogger("app.request")
CHATTY = ("flask_appbuilder", "fontTools", "xhtml2pdf", "huey", "alembic.runtime.plugins")
QUIET_ENDPOINTS = frozenset({"static", "appbuilder.static", "HealthView.healthz"})


class JsonLines(logging.Formatter):
    """Writes an event as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def init_logs(app: Flask) -> None:
    """Set up the log and note every request with its id, person, status and duration."""
    handler = logging.StreamHandler()
    plain = logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")
    handler.setFormatter(JsonLines() if app.config["LOG_JSON"] else plain)
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(handler)
        root.setLevel(logging.INFO)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    if app.config["LOG_REQUESTS"]:
        app.before_request(_start)
        app.after_request(_note)


def _start() -> None:
    g.started = perf_counter()
    g.request_id = secrets.token_hex(8)


def _note(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if request.endpoint not in QUIET_ENDPOINTS:
        milliseconds = round((perf_counter() - g.get("started", perf_counter())) * 1000)
        person = current_user.id if current_user.is_authenticated else None
        facts = {
            "request": g.get("request_id"),
            "person": person,
            "method": request.method,
            "endpoint": request.endpoint,
            "status": response.status_code,
            "ms": milliseconds,
        }
        log.info("%(method)s %(endpoint)s %(status)s %(ms)s ms", facts, extra={"facts": facts})
    return response
