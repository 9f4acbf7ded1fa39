"""关联系统: systems that sign people on through this platform."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from authlib.common.security import generate_token
from flask_babel import lazy_gettext as _

from ...errors import Invalid
from ...extensions import db
from ...models import Account, LinkedSystem
from .. import audit
from . import grants
from .addresses import require_safe

MOST_ADDRESSES = 10
SECRET_LENGTH = 48


def add_system(typed: Mapping[str, Any], *, site_id: int, by: Account, at: datetime) -> tuple[LinkedSystem, str]:
    """Register a system; returns it with its secret, which is not kept. Raises Invalid at its fields."""
    secret = generate_token(SECRET_LENGTH)
    system = LinkedSystem(site_id=site_id, client_id=generate_token(24), secret_hash=grants.hash_of(secret))
    _fill(system, typed)
    db.session.add(system)
    db.session.flush()
    audit.record("add", system, by=by, at=at, detail=_facts(system))
    return system, secret


def change_system(system: LinkedSystem, typed: Mapping[str, Any], *, by: Account, at: datetime) -> None:
    """Change a system; one that is switched off loses every code and token. Raises Invalid at its fields."""
    before = _facts(system)
    _fill(system, typed)
    if not system.enabled:
        grants.end_all(system)
    db.session.flush()
    audit.record("change", system, by=by, at=at, detail={"before": before, "after": _facts(system)})


def renew_secret(system: LinkedSystem, *, by: Account, at: datetime) -> str:
    """Give a system another secret, which is not kept; the old one and all codes and tokens end."""
    secret = generate_token(SECRET_LENGTH)
    system.secret_hash = grants.hash_of(secret)
    grants.end_all(system)
    db.session.flush()
    audit.record("renew_secret", system, by=by, at=at)
    return secret


def _fill(system: LinkedSystem, typed: Mapping[str, Any]) -> None:
    addresses = [require_safe(line, "redirect_uris") for line in (typed["redirect_uris"] or "").split()]
    if not 0 < len(addresses) <= MOST_ADDRESSES:
        message = _("请填写 1-%(most)s 个回调地址，每行一个。", most=MOST_ADDRESSES)
        raise Invalid(message, fields={"redirect_uris": message})
    start = (typed["start_url"] or "").strip()
    system.start_url = require_safe(start, "start_url") if start else None
    system.name = typed["name"].strip()
    system.redirect_uris = list(dict.fromkeys(addresses))
    system.enabled, system.reads_id_numbers = bool(typed["enabled"]), bool(typed["reads_id_numbers"])


def _facts(system: LinkedSystem) -> dict[str, Any]:
    names = ("name", "client_id", "redirect_uris", "start_url", "enabled", "reads_id_numbers")
    return {name: getattr(system, name) for name in names}
