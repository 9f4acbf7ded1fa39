"""Whose account a proven person has: bound ones, officials by their 身份证明 and 证件号码."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ... import roles
from ...database import add_or_get
from ...errors import Conflict, Forbidden, NotFound, NotProven
from ...extensions import db
from ...models import (
    Account,
    Enterprise,
    ExternalIdentity,
    IdentityProvider,
    IdKind,
    Membership,
    ProviderAudience,
)
from ...permissions import visible
from .. import audit, log_in
from . import first_passwords
from .claims import Proven
from .settings import Settings


def find_account(proven: Proven, settings: Settings, site_id: int) -> Account | None:
    """Return the account of a proven person, None for one who comes for the first time; raises NotProven, Forbidden."""
    if settings.audience is ProviderAudience.GOVERNMENT:
        return _official(proven, site_id)
    query = select(ExternalIdentity).where(
        ExternalIdentity.site_id == site_id,
        ExternalIdentity.issuer == proven.issuer,
        ExternalIdentity.subject == proven.subject,
    )
    bound = db.session.scalars(query.options(joinedload(ExternalIdentity.account))).first()
    if bound is None:
        return None
    require_bindable(bound.account)
    return bound.account


def enterprise_meant(account: Account, proven: Proven) -> int | None:
    """Return the enterprise that the provider says the person has chosen there, if it is one of the person's here."""
    if len(proven.enterprises) != 1:
        return None
    (chosen,) = proven.enterprises
    query = select(Membership.enterprise_id).join(Enterprise).where(Membership.account_id == account.id)
    return db.session.scalars(query.where(Enterprise.credit_code == chosen.credit_code)).first()


def require_bindable(account: Account) -> None:
    """Raise Forbidden unless the account may be entered through a provider of enterprises and individuals.

    Officials, operators and auditors prove more than that: their own provider, or the password and a code.
    """
    if not account.active or account.locked:
        raise Forbidden(_("该账号已停用或被锁定，请联系本单位管理员"))
    if account.department_id is not None or not account.role_names <= roles.SELF_REGISTERED:
        raise Forbidden(_("政务用户和平台管理账号不能使用该登录方式，请使用政务用户登录方式或账号密码登录。"))


def note_log_in(account: Account, settings: Settings, *, site_id: int, at: datetime, address: str | None) -> None:
    """Note that the person is in through a provider."""
    log_in.note_log_in(account, f"{settings.key}:{account.username}", site_id=site_id, at=at, address=address)


def note_refusal(settings: Settings, reason: str, *, site_id: int, at: datetime, address: str | None) -> None:
    """Note an attempt that failed."""
    log_in.note_attempt(None, f"{settings.key}:", reason, site_id=site_id, at=at, address=address)


def bind(account: Account, proven: Proven, *, at: datetime) -> ExternalIdentity:
    """Let the provider's person in as this account from now on; raises Forbidden, or Conflict when bound elsewhere."""
    require_bindable(account)
    key = {"site_id": account.site_id, "issuer": proven.issuer, "subject": proven.subject}
    identity = ExternalIdentity(account_id=account.id, bound_at=at, **key)
    kept = add_or_get(identity, select(ExternalIdentity).filter_by(**key))
    if kept.account_id != account.id:
        raise Conflict(_("该统一身份已绑定其他账号，请重新登录。"))
    audit.record("bind", kept, by=account, at=at, detail={"issuer": proven.issuer})
    return kept


def identities_of(account: Account) -> Sequence[tuple[ExternalIdentity, str]]:
    """Return what is bound to the person's account, with the name of the provider."""
    query = select(ExternalIdentity).where(
        visible(ExternalIdentity, account), ExternalIdentity.account_id == account.id
    )
    bound = db.session.scalars(query.order_by(ExternalIdentity.id)).all()
    names = dict(
        db.session.execute(
            select(IdentityProvider.issuer, IdentityProvider.name)
            .where(IdentityProvider.site_id == account.site_id)
            .order_by(IdentityProvider.position.desc(), IdentityProvider.id.desc())
        ).all()
    )
    return [(identity, names.get(identity.issuer, identity.issuer)) for identity in bound]


def get_identity(account: Account, identity_id: int) -> ExternalIdentity:
    """Return what is bound to the person's own account; raises NotFound."""
    query = select(ExternalIdentity).where(ExternalIdentity.id == identity_id, visible(ExternalIdentity, account))
    identity = db.session.scalars(query).first()
    if identity is None:
        raise NotFound(_("没有找到该绑定，可能已经解除。"))
    return identity


def unbind(identity: ExternalIdentity, password: str, *, by: Account, at: datetime) -> None:
    """Let the provider's person in no longer. A wrong password counts as a failed log-in: commit it."""
    if first_passwords.has_none(by):
        raise Forbidden(_("您还没有设置登录密码，解除绑定后将无法登录，请先设置登录密码。"))
    log_in.confirm_password(by, password, at=at)
    audit.record("unbind", identity, by=by, at=at, detail={"issuer": identity.issuer})
    db.session.delete(identity)
    db.session.flush()


def _official(proven: Proven, site_id: int) -> Account:
    """Return the one enabled official with this kind and number; raises NotProven, and makes no account."""
    kinds = {kind.value: kind for kind in IdKind}
    kind = kinds.get(proven.id_kind)
    if kind is None or not proven.id_number:
        raise NotProven(_("统一身份认证没有提供您的身份证明和证件号码，无法识别您的政务账号，请联系平台运维。"))
    query = select(Account).where(
        Account.site_id == site_id,
        Account.department_id.is_not(None),
        Account.active,
        Account.locked.is_(False),
        Account.id_kind == kind,
        Account.id_number.in_({proven.id_number, proven.id_number.upper()}),
    )
    found = db.session.scalars(query.limit(2)).all()
    if len(found) != 1:
        raise NotProven(_("没有与您的身份证明、证件号码一致的已启用账号，请联系本单位管理员在人员管理中核对后再登录。"))
    return found[0]
