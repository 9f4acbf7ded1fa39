"""Asking another system over the network: in bounded time and size, following no redirects, outside any transaction."""

import json
from typing import Any

import requests
from flask_babel import lazy_gettext as _

from ...errors import ProviderDown
from .addresses import is_safe

TIMEOUT = (3.05, 8.0)  # seconds to connect and to wait for an answer
LARGEST = 256 * 1024
HEADERS = {"Accept": "application/json"}


def read_json(address: str, *, token: str | None = None) -> dict[str, Any]:
    """Return the JSON object at an address; raises ProviderDown."""
    headers = HEADERS | ({"Authorization": f"Bearer {token}"} if token else {})
    if not is_safe(address):
        raise down()
    try:
        with requests.get(address, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
            body = answer.raw.read(LARGEST + 1, decode_content=True)
            found = json.loads(body) if answer.status_code == 200 and len(body) <= LARGEST else None
    except (requests.RequestException, OSError, ValueError) as error:
        raise down() from error
    if not isinstance(found, dict):
        raise down()
    return found


def down() -> ProviderDown:
    """Return the refusal for a provider that does not answer as it should."""
    return ProviderDown(_("统一身份认证暂时无法连接，请稍后再试，或使用本平台账号登录。"))
