"""统一身份认证: the identity providers of a site, as its province administrator sets them up."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from ...errors import Invalid, NotFound
from ...extensions import db
from ...models import Account, IdentityProvider
from .. import audit
from .addresses import require_safe
from .claims import STANDARD

_KEY = re.compile(r"[a-z0-9][a-z0-9-]{1,39}", re.ASCII)
_PATH = re.compile(r"[\w:/-]+(\.[\w:/-]+)*")
_FIELDS = ("key", "name", "issuer", "client_id", "audience", "enabled", "position")
LONGEST_SECRET = 300


def open_providers(site_id: int) -> Sequence[IdentityProvider]:
    """Return what the log-in page offers."""
    query = select(IdentityProvider).where(IdentityProvider.site_id == site_id, IdentityProvider.enabled)
    return db.session.scalars(query.order_by(IdentityProvider.position, IdentityProvider.id)).all()


def find_open(site_id: int, key: str) -> IdentityProvider:
    """Return the provider that the log-in page calls by that name; raises NotFound."""
    query = select(IdentityProvider).where(
        IdentityProvider.site_id == site_id, IdentityProvider.key == key, IdentityProvider.enabled
    )
    found = db.session.scalars(query).first()
    if found is None:
        raise NotFound(_("该登录方式不存在或已停用，请返回登录页选择其他方式。"))
    return found


def add_provider(typed: Mapping[str, Any], *, site_id: int, by: Account, at: datetime) -> IdentityProvider:
    """Set up a provider; raises Invalid at its fields."""
    if not typed.get("client_secret"):
        raise Invalid(_("请填写客户端密钥。"), fields={"client_secret": _("请填写客户端密钥。")})
    provider = IdentityProvider(site_id=site_id)
    _fill(provider, typed)
    db.session.add(provider)
    db.session.flush()
    audit.record("add", provider, by=by, at=at, detail=_facts(provider))
    return provider


def change_provider(provider: IdentityProvider, typed: Mapping[str, Any], *, by: Account, at: datetime) -> None:
    """Change a provider; an empty secret keeps the one that is there. Raises Invalid at its fields."""
    before, secret = _facts(provider), provider.client_secret
    _fill(provider, typed)
    db.session.flush()
    detail = {"before": before, "after": _facts(provider), "new_secret": provider.client_secret != secret}
    audit.record("change", provider, by=by, at=at, detail=detail)


def read_names(text: str) -> dict[str, str]:
    """Read lines such as `credit_code = corp.code`; raises Invalid at `claims`."""
    names = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        key, _sign, path = (part.strip() for part in line.partition("="))
        if key not in STANDARD or not _PATH.fullmatch(path) or len(path) > 120:
            message = _("“%(line)s”无法识别：每行应为“信息项 = 字段名”。", line=line[:60])
            raise Invalid(message, fields={"claims": message})
        names[key] = path
    return names


def write_names(names: Mapping[str, str] | None) -> str:
    """Return the lines that `read_names` reads."""
    return "\n".join(f"{key} = {path}" for key, path in (names or {}).items())


def _fill(provider: IdentityProvider, typed: Mapping[str, Any]) -> None:
    if not _KEY.fullmatch(typed["key"] or ""):
        message = _("标识为 2-40 位小写字母、数字或短横线。")
        raise Invalid(message, fields={"key": message})
    issuer = require_safe(typed["issuer"] or "", "issuer")
    names = read_names(typed.get("claims") or "")
    for name in _FIELDS:
        setattr(provider, name, typed[name])
    provider.issuer, provider.claims = issuer, names
    provider.client_id = typed["client_id"].strip()
    provider.position = typed["position"] or 0
    if typed.get("client_secret"):
        provider.client_secret = typed["client_secret"].strip()


def _facts(provider: IdentityProvider) -> dict[str, Any]:
    """Return what the log may know: everything but the secret."""
    facts = {name: getattr(provider, name) for name in _FIELDS if name != "audience"}
    return facts | {"audience": provider.audience.value, "claims": dict(provider.claims or {})}
