"""Passwords that people bring from an earlier system: its hash is accepted once, and then replaced by ours.

`Account.legacy_password` holds `scheme$salt$hash`, the salt as it stands in the earlier system (it may be empty) and
the hash in hexadecimal:

| scheme | hash of |
|---|---|
| `md5`, `sha1`, `sha256`, `sha512` | salt + password |
| `md5-after`, `sha1-after`, `sha256-after`, `sha512-after` | password + salt |
| `md5-md5` | hexadecimal MD5 of the password + salt |
| `pbkdf2:…`, `scrypt:…` | as Werkzeug and Flask write them |

bcrypt needs a library that the platform does not carry: such people reset their password by phone.
"""

import hashlib
import hmac
import logging

from werkzeug.security import check_password_hash

log = logging.getLogger(__name__)
PLAIN = ("md5", "sha1", "sha256", "sha512")
AFTER = "-after"
SLOW = ("pbkdf2", "scrypt")


def is_known(kept: str) -> bool:
    """Tell whether a kept hash is of a form that can be checked; what brings accounts in asks this first."""
    scheme, salt_found, rest = kept.partition("$")
    if not salt_found or "$" not in rest:
        return False
    return scheme.partition(":")[0] in SLOW or scheme == "md5-md5" or scheme.removesuffix(AFTER) in PLAIN


def is_slow(kept: str) -> bool:
    """Tell whether checking the hash takes as long as checking one of ours."""
    return kept.partition("$")[0].partition(":")[0] in SLOW


def matches(kept: str, password: str) -> bool:
    """Tell whether the password is the one whose hash is kept; a hash of an unknown form matches nothing."""
    if not is_known(kept):
        return False
    if is_slow(kept):
        return _matches_slow(kept, password)
    scheme, salt, expected = kept.split("$", 2)
    return hmac.compare_digest(_digest(scheme, salt, password).encode(), expected.strip().lower().encode())


def _matches_slow(kept: str, password: str) -> bool:
    try:
        return check_password_hash(kept, password)
    except ValueError as error:  # parameters that nobody can compute with
        log.warning("a legacy password cannot be checked: %s", error)
        return False


def _digest(scheme: str, salt: str, password: str) -> str:
    if scheme == "md5-md5":
        return _hash("md5", _hash("md5", password) + salt)
    algorithm = scheme.removesuffix(AFTER)
    return _hash(algorithm, password + salt if scheme.endswith(AFTER) else salt + password)


def _hash(algorithm: str, text: str) -> str:
    return hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()
