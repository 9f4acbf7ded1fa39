"""Signing on through an identity provider: authorization code, PKCE, state and nonce (OpenID Connect Core 1.0, 3.1).

Everything here speaks with the network and nothing with the database: call it while no transaction is open.
"""

from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask_babel import lazy_gettext as _

from ...errors import NotProven
from . import discovery, fetching
from .id_tokens import UnknownKey, read_id_token
from .settings import Attempt, Settings

SCOPE = "openid profile enterprise id_number"


def begin(settings: Settings, redirect_uri: str) -> tuple[str, Attempt]:
    """Return where to send the person, and what to keep until they are back; raises ProviderDown."""
    metadata = discovery.read_metadata(settings.issuer)
    attempt = Attempt(generate_token(40), generate_token(40), generate_token(64), redirect_uri)
    with _session(settings, metadata, redirect_uri) as session:
        address, _state = session.create_authorization_url(
            metadata.authorization_endpoint,
            state=attempt.state,
            nonce=attempt.nonce,
            code_challenge=create_s256_code_challenge(attempt.verifier),
            code_challenge_method="S256",
        )
    return address, attempt


def finish(settings: Settings, attempt: Attempt, code: str) -> dict[str, Any]:
    """Exchange the code and return the claims that the provider vouches for; raises NotProven or ProviderDown."""
    metadata = discovery.read_metadata(settings.issuer)
    token = _exchange(settings, metadata, attempt, code)
    claims = _judge(settings, metadata, attempt, token)
    if metadata.userinfo_endpoint is None:
        return claims
    told = fetching.read_json(metadata.userinfo_endpoint, token=token["access_token"])
    if told.get("sub") != claims["sub"]:
        raise NotProven(_("统一身份认证返回的信息前后不一致，未能登录，请重新登录。"))
    return told | claims


def _exchange(settings: Settings, metadata: discovery.Metadata, attempt: Attempt, code: str) -> dict[str, str]:
    try:
        with _session(settings, metadata, attempt.redirect_uri) as session:
            token = session.fetch_token(
                metadata.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=attempt.verifier,
                allow_redirects=False,
                timeout=fetching.TIMEOUT,
            )
    except AuthlibBaseError as error:
        raise NotProven(_("统一身份认证未确认本次登录，请重新登录。")) from error
    except (requests.RequestException, ValueError) as error:
        raise fetching.down() from error
    needed = {name: token.get(name) for name in ("id_token", "access_token")}
    if not all(isinstance(value, str) and value for value in needed.values()):
        raise NotProven(_("统一身份认证未确认本次登录，请重新登录。"))
    return needed


def _judge(settings: Settings, metadata: discovery.Metadata, attempt: Attempt, token: dict[str, str]) -> dict[str, Any]:
    known = {
        "issuer": metadata.issuer, "client_id": settings.client_id, "nonce": attempt.nonce,
        "access_token": token["access_token"],
    }  # fmt: skip
    try:
        return read_id_token(token["id_token"], discovery.read_keys(metadata), **known)
    except UnknownKey:
        return read_id_token(token["id_token"], discovery.read_keys(metadata, anew=True), **known)


def _session(settings: Settings, metadata: discovery.Metadata, redirect_uri: str) -> OAuth2Session:
    return OAuth2Session(
        settings.client_id,
        settings.client_secret,
        token_endpoint_auth_method="client_secret_post" if metadata.sends_secret_in_form else "client_secret_basic",
        scope=SCOPE,
        redirect_uri=redirect_uri,
    )
