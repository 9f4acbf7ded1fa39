"""What is noted of every request first: the moment it arrived, its body, and which bureau's platform it is for."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from flask import Flask, abort, current_app, g, request
from sqlalchemy import select

from . import clock
from .extensions import db
from .models import Site

KEEP_SECONDS = 30.0
ARRIVAL = re.compile(r"(?:t=)?(\d{10}(?:\.\d{1,6})?)", re.ASCII)
LONGEST_WAIT = timedelta(minutes=10)
WITHOUT_SITE = frozenset({"static", "appbuilder.static", "HealthView.healthz", "HealthView.readyz"})


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What a request needs to know of its site."""

    id: int
    key: str
    name: str


def init_sites(app: Flask) -> None:
    """Note moment and site at the start of every request; nothing may touch the database before."""
    app.extensions["sites"] = {"read_at": -KEEP_SECONDS, "by_host": {}}
    app.before_request(_note_moment)
    app.before_request(_receive_body)
    app.before_request(_note_site)


def _note_moment() -> None:
    """Note when the request arrived: a proxy that is trusted to tell knows how long it has waited to be taken up."""
    g.arrived_at = _told_arrival(clock.now())


def _told_arrival(at: datetime) -> datetime:
    header = current_app.config["ARRIVAL_HEADER"]
    found = ARRIVAL.fullmatch(request.headers.get(header, "")) if header else None
    if found is None:
        return at
    told = datetime.fromtimestamp(float(found[1]), UTC)
    return told if at - LONGEST_WAIT <= told <= at else at


def _receive_body() -> None:
    """Take in the whole body while no transaction is open: a slow connection must not keep other writers waiting."""
    if request.is_json:
        request.max_content_length = current_app.config["MAX_FORM_MEMORY_SIZE"]  # JSON is held in memory
        request.get_data()
    else:
        request.form  # noqa: B018 - parsed and kept; large files go to disk


def _note_site() -> None:
    if request.endpoint in WITHOUT_SITE:
        return
    g.site = site_for(request.host)
    if g.site is None:
        abort(503)


def site_for(host: str) -> SiteFacts | None:
    """Return the site of a host name; an unknown host gets the default site."""
    by_host = _sites()
    default = by_host.get(current_app.config["DEFAULT_SITE"])
    return (
        by_host.get(host.lower())
        or by_host.get(host.split(":")[0].lower())
        or default
        or next(iter(by_host.values()), None)
    )


def _sites() -> dict[str, SiteFacts]:
    """Read the few sites at most twice a minute: they change when an operator adds one."""
    kept = current_app.extensions["sites"]
    if not kept["by_host"] or monotonic() - kept["read_at"] > KEEP_SECONDS:
        found = {}
        known = select(Site.id, Site.key, Site.name, Site.host).where(Site.rehearsal_of_id.is_(None))
        for site in db.session.execute(known.order_by(Site.id)):
            found[site.host.lower()] = found[site.key] = SiteFacts(site.id, site.key, site.name)
        kept.update(read_at=monotonic(), by_host=found)
    return kept["by_host"]
