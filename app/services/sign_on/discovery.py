"""What an identity provider says of itself: its endpoints and keys, remembered for a while."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from . import fetching
from .addresses import is_safe

KEEP_SECONDS = 600.0
FRESH_SECONDS = 30.0  # keys so young are not asked for anew: forged tokens must not make us ask again and again
_kept: dict[str, tuple[float, Any]] = {}


@dataclass(frozen=True, slots=True)
class Metadata:
    """The endpoints of a provider."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    sends_secret_in_form: bool


def read_metadata(issuer: str) -> Metadata:
    """Return what the provider's discovery document says; raises ProviderDown."""
    return _remember(issuer, KEEP_SECONDS, lambda: _metadata(issuer))


def read_keys(metadata: Metadata, *, anew: bool = False) -> KeySet:
    """Return the provider's public keys, asked for anew after a key that was not among them; raises ProviderDown."""
    return _remember(metadata.jwks_uri, FRESH_SECONDS if anew else KEEP_SECONDS, lambda: _keys(metadata.jwks_uri))


def forget() -> None:
    """Forget everything that was read, as a new process would."""
    _kept.clear()


def _metadata(issuer: str) -> Metadata:
    found = fetching.read_json(issuer.rstrip("/") + "/.well-known/openid-configuration")
    needed = {name: found.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    optional = found.get("userinfo_endpoint")
    addresses = [*needed.values(), *([optional] if optional else [])]
    if found.get("issuer") != issuer or not all(isinstance(a, str) and is_safe(a) for a in addresses):
        raise fetching.down()
    methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Metadata(
        issuer=issuer, userinfo_endpoint=optional, sends_secret_in_form="client_secret_basic" not in methods, **needed
    )


def _keys(address: str) -> KeySet:
    try:
        return KeySet.import_key_set(fetching.read_json(address))
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise fetching.down() from error


def _remember(address: str, seconds: float, read: Callable[[], Any]) -> Any:
    read_at, found = _kept.get(address, (float("-inf"), None))
    if monotonic() - read_at > seconds:
        found = read()
        _kept[address] = monotonic(), found
    return found
