"""The key that this platform signs ID tokens with: one for all hosts, made by `flask setup` in the instance folder."""

from functools import cache
from pathlib import Path
from typing import Any

from flask import current_app
from joserfc.jwk import RSAKey

BITS = 2048


def make_signing_key(path: Path) -> None:
    """Make the key, readable by the owner only; one that is there already stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            path.chmod(0o600)
            file.write(RSAKey.generate_key(BITS, private=True).as_pem(private=True))
    except FileExistsError:
        pass


def signing_key() -> RSAKey:
    """Return the private key; a missing one is made where people develop, and an error in production."""
    given = current_app.config["SIGNING_KEY"]
    if given:
        return _load(given)
    path = Path(current_app.config["SIGNING_KEY_FILE"])
    if not path.exists():
        if not current_app.config["SIGN_ON_OVER_HTTP"]:
            raise RuntimeError("set SIGNING_KEY or SIGNING_KEY_FILE, or run `flask setup` once to make a key")
        make_signing_key(path)
    return _load(path.read_text())


def public_keys() -> dict[str, Any]:
    """Return what others check our signatures with (RFC 7517)."""
    key = signing_key()
    return {"keys": [key.as_dict(private=False) | {"use": "sig", "alg": "RS256", "kid": key.kid}]}


@cache
def _load(pem: str) -> RSAKey:
    key = RSAKey.import_key(pem)
    key.ensure_kid()
    return key
