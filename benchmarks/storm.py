"""Two thousand submissions in a burst at the deadline, against real servers: `make bench-storm`.

On SQLite the server is the one of `make run`, on PostgreSQL gunicorn with several workers beside `flask worker` on
Redis. Every enterprise has a filled draft with its document, a session of its own, and a connection of its own; posts
are sent at their moment whether those before have been answered or not, so they queue up as they would that evening.
The deadline falls into the burst. Each post carries the moment it was sent, as a proxy in front notes it
(`ARRIVAL_HEADER`). Nothing may be lost: every post is answered, none with 5xx; what was sent in time is submitted, what
came later is refused with the sentence of the deadline; the rows in the database say the same.
"""

import argparse
import os
import secrets
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from .burst import Post, Reply, send_all
from .parts import (
    DATABASES,
    POSTGRESQL,
    application,
    database,
    describe_machine,
    finish,
    percentile,
    say,
    scratch,
    table,
)
from .serving import Person, embedded, gunicorn, running

HEADER = "X-Request-Start"
REDIS = "redis://127.0.0.1:6379/13"
LATE_SHARE = 0.1  # of the posts, sent after the deadline
REFUSAL = "截止"


def main() -> None:
    """Let both installations stand the burst and print what became of it."""
    given = _options()
    describe_machine()
    found: dict[str, Any] = {"submissions": given.count}
    lines: list[tuple] = []
    with scratch() as folder:
        for kind in [given.database] if given.database else DATABASES:
            with database(kind, folder) as url:
                found[kind] = _storm(kind, url, folder, given, lines)
    headers = ("database", "submitted", "refused", "lost", "5xx", "statuses", "answered/s", "p50 s", "p99 s")
    table(headers, lines)
    finish(found)
    if any(found[kind]["lost"] or found[kind]["errors"] for kind in DATABASES if kind in found):
        sys.exit("something was lost or failed")


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--database", choices=DATABASES, help="one database only")
    options.add_argument("--count", type=int, default=2000, help="submissions")
    options.add_argument("--seconds", type=float, default=20, help="within which all are sent")
    options.add_argument("--workers", type=int, default=4, help="of gunicorn")
    return options.parse_args()


def _storm(kind: str, url: str, folder: Path, given: argparse.Namespace, lines: list[tuple]) -> dict[str, Any]:
    secret = secrets.token_hex()
    environment = {"DATABASE_URL": url, "SECRET_KEY": secret, "ARRIVAL_HEADER": HEADER}
    if kind == POSTGRESQL:
        environment |= {"REDIS_URL": os.environ.get("BENCH_REDIS_URL", REDIS), "QUEUE_NAME": f"bench-{os.getpid()}"}
    with application(url, SECRET_KEY=secret) as app:
        posts = _prepare(app, given)
        with _server(kind, folder, given.workers, environment) as port:
            Person(port).get("/login/")
            deadline = _begin(given)
            start = perf_counter()
            replies = send_all(port, posts, HEADER)
            spent = perf_counter() - start
        outcome = _judge(app, replies, deadline)
    seconds = [reply.seconds for reply in replies]
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(Counter(r.status for r in replies).items()))
    rate, middle, slowest = len(replies) / spent, median(seconds), percentile(seconds, 0.99)
    lines.append(
        (
            kind, outcome["submitted"], outcome["refused"], outcome["lost"], outcome["errors"], statuses,
            f"{rate:.0f}", f"{middle:.1f}", f"{slowest:.1f}",
        )
    )  # fmt: skip
    return outcome | {"per_second": round(rate), "p50_s": round(middle, 1), "p99_s": round(slowest, 1)}


# ---------------------------------------------------------------- before


def _prepare(app: Any, given: argparse.Namespace) -> list[Post]:
    """Fill the drafts and write down what each of their owners sends, and when."""
    from sqlalchemy import select

    from app.clock import now
    from app.extensions import db
    from app.models import Account, Declaration

    from . import crowd
    from .sessions import sessions_of

    start = perf_counter()
    owned = crowd.gather(given.count, now())
    people = sessions_of(app, db.session.scalars(select(Account).where(Account.id.in_(owned))).unique())
    addresses = dict(db.session.execute(select(Declaration.id, Declaration.public_id)).all())
    db.session.commit()
    say(f"{given.count:,} filled drafts with documents in {perf_counter() - start:.0f} s")
    return [
        Post(
            key=declaration,
            delay=given.seconds * number / given.count,
            path=f"/declarations/{addresses[declaration]}/submit",
            cookie=people[account].cookie,
            body=urlencode({"csrf_token": people[account].token, "seq": 0, "confirmed": 1}),
        )
        for number, (account, declaration) in enumerate(owned.items())
    ]


def _begin(given: argparse.Namespace) -> datetime:
    """Set the deadline so that it falls into the burst that begins now."""
    from app.clock import now
    from app.extensions import db

    from . import crowd

    deadline = now() + timedelta(seconds=given.seconds * (1 - LATE_SHARE))
    crowd.set_deadline(deadline)
    db.session.remove()
    return deadline


@contextmanager
def _server(kind: str, folder: Path, workers: int, environment: Mapping[str, str]) -> Iterator[int]:
    if kind != POSTGRESQL:
        with embedded(folder, environment) as port:
            yield port
        return
    command = [sys.executable, "-m", "flask", "--app", "run:app", "worker"]
    with running(command, folder / "worker.log", environment), gunicorn("run", folder, workers, environment) as port:
        yield port


# ---------------------------------------------------------------- afterwards


def _judge(app: Any, replies: Sequence[Reply], deadline: datetime) -> dict[str, int]:
    """Compare what people were told with what the database holds, and both with when they sent it."""
    stored = _stored()
    submitted = {reply.key for reply in replies if reply.status == 302 and reply.location.endswith("/submitted")}
    refused = {reply.key for reply in replies if reply.status == 302 and REFUSAL in _flashed(app, reply)}
    in_time = {reply.key for reply in replies if reply.sent_at <= deadline.timestamp()}
    wrong = [reply for reply in replies if reply.key not in submitted | refused]
    for reply in wrong[:5]:
        say(f"answered {reply.status} {_flashed(app, reply)} {reply.failure} after {reply.seconds:.1f} s")
    lost = (in_time - submitted) | (submitted - stored) | (stored - submitted) | (submitted - in_time)
    lost |= {reply.key for reply in replies} - submitted - refused
    return {
        "submitted": len(submitted & stored),
        "refused": len(refused - stored),
        "lost": len(lost),
        "errors": sum(reply.status == 0 or reply.status >= 500 for reply in replies),
    }


def _stored() -> set[int]:
    """Return the declarations that have been submitted wholly: moved on once, frozen once, with their route."""
    from sqlalchemy import func, select

    from app.extensions import db
    from app.models import Declaration, DeclarationState, ReviewRecord, RouteStep, Submission

    def one(model: type) -> Any:
        own = select(func.count(model.id)).where(model.declaration_id == Declaration.id)
        return own.scalar_subquery() == 1

    route = select(RouteStep.id).where(RouteStep.submission_id == Declaration.submission_id).exists()
    moved = (
        Declaration.state == DeclarationState.IN_REVIEW,
        Declaration.seq == 1,
        Declaration.submitted_at.is_not(None),
    )
    query = select(Declaration.id).where(*moved, route, one(Submission), one(ReviewRecord))
    return set(db.session.scalars(query))


def _flashed(app: Any, reply: Reply) -> str:
    """Return the sentence that the next page will show."""
    if not reply.cookie:
        return ""
    kept = app.session_interface.get_signing_serializer(app).loads(reply.cookie)
    return " ".join(text for _tone, text in kept.get("_flashes", []))


if __name__ == "__main__":
    main()
