"""Look-ups that a person may do a few times an hour only, so that nobody finds credit codes or names by trying."""

from flask import current_app, g
from flask_babel import gettext
from flask_limiter.errors import RateLimitExceeded

from ..errors import NotFound, TooManyAttempts
from ..extensions import db, limiter
from ..services.particulars import BY_NAME
from ..services.register import Entry, NotReachable, adapter_for


def count_lookup(setting: str) -> None:
    """Count one look-up of the person of this request; raises TooManyAttempts beyond what the setting allows."""
    rate = current_app.config[setting]
    try:
        with limiter.shared_limit(rate, scope=setting, key_func=lambda: str(g.user.id)):
            pass
    except RateLimitExceeded:
        raise TooManyAttempts(gettext("查询过于频繁，请一小时后再试；已填写的内容不受影响。")) from None


def ask_register(credit_code: str) -> Entry:
    """Return what the business register says; raises TooManyAttempts or NotFound. Ends the transaction before."""
    count_lookup("REGISTER_RATE_LIMIT")
    db.session.commit()  # a register may take seconds, and nobody waits for a lock meanwhile
    try:
        entry = adapter_for(current_app.config).look_up(credit_code)
    except NotReachable:
        current_app.logger.exception("the business register does not answer")
        raise NotFound(gettext("暂时无法获取登记信息，请稍后再试，或直接填写。")) from None
    if entry is None:
        raise NotFound(gettext("登记信息中没有该统一社会信用代码，请核对代码，或直接填写。"))
    return entry


def fill_from(entry: Entry, typed: dict[str, str], *, overwrite: bool) -> tuple[dict[str, str], dict[str, str]]:
    """Return what to show, and {field: registered value} where something else was typed and stays."""
    filled, differing = dict(typed), {}
    for name in BY_NAME:
        registered, stands = getattr(entry, name, ""), typed.get(name, "")
        if not registered or registered == stands:
            continue
        if stands and not overwrite:
            differing[name] = registered
        else:
            filled[name] = registered
    return filled, differing
