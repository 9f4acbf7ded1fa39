"""What the worker does about messages: tell of batches, arrivals and guides, and remind of deadlines once a day."""

from collections.abc import Callable
from datetime import datetime

from .clock import now
from .extensions import db
from .jobs import Progress, handler
from .services import digest, notices


@handler(notices.MOVES_JOB)
def tell_moves(payload: dict, progress: Progress, finish: Callable[..., bool]) -> None:
    """Tell enterprises and offices what became of a batch."""
    told = notices.tell_batch(dict(payload["moved"]), at=datetime.fromisoformat(payload["at"]))
    _end(finish(result={"told": told}))


@handler(notices.ARRIVALS_JOB)
def tell_arrivals(payload: dict, progress: Progress, finish: Callable[..., bool]) -> None:
    """Tell an office what reached it in a span of time."""
    _end(finish(result={"told": notices.tell_arrivals(payload, at=now())}))


@handler(notices.GUIDE_JOB)
def tell_guide(payload: dict, progress: Progress, finish: Callable[..., bool]) -> None:
    """Tell the enterprises of a city about its guide."""
    told = notices.tell_guide(payload["kind"], payload["guide"], at=datetime.fromisoformat(payload["at"]))
    _end(finish(result={"told": told}))


@handler(digest.JOB_KIND)
def send_digest(payload: dict, progress: Progress, finish: Callable[..., bool]) -> None:
    """Remind everybody of a site; messages and the job's end are one transaction."""
    _end(finish(result={"told": digest.send_digest(payload["site_id"], at=now())}))


def _end(still_ours: bool) -> None:
    if still_ours:
        db.session.commit()
    else:
        db.session.rollback()
