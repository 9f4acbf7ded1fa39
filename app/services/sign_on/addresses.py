"""Addresses of other systems: what may be asked or sent to."""

import re
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import lazy_gettext as _

from ...errors import Invalid

LONGEST = 200
_PLAIN = re.compile(r"[\x21-\x7e]+", re.ASCII)


def is_safe(address: str) -> bool:
    """Tell whether an address is absolute, encrypted unless the deployment allows plain HTTP, and without a secret."""
    if len(address) > LONGEST or not _PLAIN.fullmatch(address):
        return False
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - raises for one that is no number
    except ValueError:
        return False
    schemes = ("https", "http") if current_app.config["SIGN_ON_OVER_HTTP"] else ("https",)
    return parts.scheme in schemes and bool(parts.hostname) and "@" not in parts.netloc and not parts.fragment


def require_safe(address: str, field: str) -> str:
    """Return the address without blanks around it; raises Invalid at the field."""
    address = address.strip()
    if not is_safe(address):
        message = _("“%(address)s”不是有效的网址：须以 https:// 开头，不含账号和 # 号。", address=address[:80])
        raise Invalid(message, fields={field: message})
    return address
