"""First log-in through a provider: an account of one's own, with the enterprise's data where somebody comes for one."""

from collections.abc import Mapping
from datetime import datetime

from authlib.common.security import generate_token
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from ... import roles
from ...errors import Conflict, Invalid
from ...extensions import db
from ...models import Account, Enterprise, PendingSignOn, Site
from .. import accounts, certifications
from ..particulars import BY_NAME, Particular, problems_of, required, tidy_all
from . import first_passwords, identities, pending
from .claims import Proven

NAME = Particular("name", _("企业名称"), limit=120, required=True)
FIELDS = (
    Particular("credit_code", _("统一社会信用代码"), "credit_code", required=True),
    NAME,
    *map(
        required,
        (
            BY_NAME["legal_representative"], BY_NAME["established_on"], BY_NAME["address"],
            BY_NAME["registry_authority"], BY_NAME["business_scope"],
        ),
    ),
)  # fmt: skip


def complete(waiting: PendingSignOn, typed: Mapping[str, str], *, at: datetime) -> Account:
    """Open an account with a certification that is filled in as far as it is known; raises Invalid or Conflict."""
    values = tidy_all(FIELDS, typed)
    problems = problems_of(FIELDS, values, at)
    if problems:
        raise Invalid(next(iter(problems.values())), fields=problems)
    _require_unknown(waiting.site_id, values["credit_code"])
    account = open_account(waiting, at=at)
    certifications.begin(values["name"], by=account, at=at, known=values)
    return account


def open_account(waiting: PendingSignOn, *, at: datetime) -> Account:
    """Open an account that is entered through the provider; its person is a registered user and nothing else yet."""
    proven = Proven.from_json(waiting.facts)
    pending.use_up(waiting)
    account = accounts.open_account(
        db.session.get(Site, waiting.site_id),
        f"u_{generate_token(12).lower()}",
        proven.name or waiting.provider.name,
        first_passwords.NONE,
        [roles.REGISTERED],
        by=None,
        at=at,
    )
    identities.bind(account, proven, at=at)
    return account


def known_of(proven: Proven, credit_code: str | None) -> dict[str, str]:
    """Return what the provider tells of one of the person's enterprises, as it stands in the inputs."""
    chosen = next((e for e in proven.enterprises if e.credit_code == credit_code), None)
    if chosen is None:
        return {}
    return {"credit_code": chosen.credit_code, "name": chosen.name, **chosen.particulars}


def _require_unknown(site_id: int, credit_code: str) -> None:
    """An enterprise that is certified here is never handed over, whatever a provider says."""
    query = select(Enterprise.id).where(
        Enterprise.site_id == site_id, Enterprise.credit_code == credit_code, Enterprise.certified_at.is_not(None)
    )
    if db.session.scalars(query.limit(1)).first() is not None:
        message = _("该企业已在本平台认证：已有账号的请绑定账号，没有账号的请申请加入该企业。")
        raise Conflict(message, fields={"credit_code": message})
