"""People whom a provider has proven and who have no account here yet; the browser holds the secret of the row."""

from datetime import datetime, timedelta

from authlib.common.security import generate_token
from flask_babel import lazy_gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from ...errors import NotProven
from ...extensions import db
from ...models import PendingSignOn
from .claims import Proven
from .grants import hash_of
from .settings import Settings

GOOD_FOR = timedelta(minutes=30)  # time to look an old password up, or to copy a licence


def keep(proven: Proven, settings: Settings, *, site_id: int, at: datetime) -> str:
    """Keep a proven person for a while and return the secret; those who never came back go."""
    db.session.execute(delete(PendingSignOn).where(PendingSignOn.expires_at < at))
    secret = generate_token(48)
    db.session.add(
        PendingSignOn(
            site_id=site_id, provider_id=settings.id, secret_hash=hash_of(secret), facts=proven.to_json(),
            expires_at=at + GOOD_FOR,
        )
    )  # fmt: skip
    db.session.flush()
    return secret


def get_pending(secret: str | None, *, site_id: int, at: datetime) -> PendingSignOn:
    """Return who is kept under the secret; raises NotProven."""
    query = select(PendingSignOn).where(
        PendingSignOn.secret_hash == hash_of(secret or ""),
        PendingSignOn.site_id == site_id,
        PendingSignOn.expires_at > at,
    )
    found = db.session.scalars(query.options(joinedload(PendingSignOn.provider))).first()
    if found is None or not found.provider.enabled:
        raise _over()
    return found


def use_up(pending: PendingSignOn) -> None:
    """Take the person off the list; raises NotProven when another page was faster."""
    gone = delete(PendingSignOn).where(PendingSignOn.id == pending.id)
    if db.session.execute(gone.execution_options(synchronize_session=False)).rowcount != 1:
        raise _over()


def _over() -> NotProven:
    return NotProven(_("统一身份认证的登录已超时或已完成，请返回登录页重新登录。"))
