"""Passwords: how they are kept, what a typed one must hold, and how the platform draws one."""

import hashlib
import hmac
import random
import secrets

from flask import current_app
from flask_babel import lazy_gettext as _
from werkzeug.security import generate_password_hash

from ..errors import Invalid

SIGNS = "!@#$%^&*~"
_LETTERS, _DIGITS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"  # easy to read out: no 0, O, 1, l, I


def hash_password(password: str) -> str:
    """Return the hash that FAB's log-in checks."""
    return generate_password_hash(password, method=current_app.config.get("FAB_PASSWORD_HASH_METHOD", "scrypt"))


def hash_strong(password: str) -> str:
    """Return the hash of a password that is strong enough; raises Invalid."""
    require_strong(password)
    return hash_password(password)


def require_strong(password: str) -> None:
    """Raise Invalid unless the password is strong enough."""
    if not is_strong(password):
        message = _("密码为 8-19 位，须包含数字、小写字母、大写字母、符号（%(signs)s）中的至少两类。", signs=SIGNS)
        raise Invalid(message, fields={"initial_password": message})


def is_strong(password: str) -> bool:
    """Tell whether the password has 8-19 characters of at least two classes."""
    classes = (str.isdigit, str.islower, str.isupper, lambda c: c in SIGNS)
    known = sum(1 for of_class in classes if any(of_class(c) for c in password if c.isascii()))
    allowed = all(c.isascii() and (c.isalnum() or c in SIGNS) for c in password)
    return 8 <= len(password) <= 19 and known >= 2 and allowed


def new_password() -> str:
    """Return a random initial password."""
    return _draw(secrets.SystemRandom())


def derived_password(seed: str) -> str:
    """Return the initial password that belongs to a seed: it can be handed out later without being kept anywhere."""
    secret = current_app.config["SECRET_KEY"].encode()
    digest = hmac.new(secret, f"initial password {seed}".encode(), hashlib.sha256).digest()
    return _draw(random.Random(digest))  # noqa: S311 - seeded by 256 bits that only the platform can compute


def _draw(source: random.Random) -> str:
    drawn = [source.choice(_LETTERS) for _place in range(6)] + [source.choice(_DIGITS) for _place in range(4)]
    source.shuffle(drawn)
    return "".join(drawn) + "#"
