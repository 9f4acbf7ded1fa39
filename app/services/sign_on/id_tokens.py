"""Judging an ID token: who signed it, for whom, for which request, and whether it is still good."""

import time
from typing import Any

from authlib.oidc.core import CodeIDToken
from flask_babel import lazy_gettext as _
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from ...errors import NotProven

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384")  # signatures by public keys only
LEEWAY = 60  # seconds that clocks may differ
OLDEST = 3600  # seconds since it was issued


class UnknownKey(NotProven):
    """The token names a key that the provider did not publish when it was asked last."""


def read_id_token(
    token: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str, access_token: str
) -> dict[str, Any]:
    """Return the claims of a token that proves somebody for this very request; raises NotProven."""
    try:
        decoded = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
    except InvalidKeyIdError as error:
        raise UnknownKey(_refusal()) from error
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise NotProven(_refusal()) from error
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        options={
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
        },
        params={"client_id": client_id, "nonce": nonce, "access_token": access_token},
    )
    try:
        claims.validate(now=int(time.time()), leeway=LEEWAY)
    except (JoseError, TypeError, ValueError) as error:
        raise NotProven(_refusal()) from error
    subject, issued = claims["sub"], claims["iat"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 200 or issued < time.time() - OLDEST:
        raise NotProven(_refusal())
    return dict(claims)


def _refusal() -> Any:
    return _("统一身份认证返回的信息未通过校验，未能登录，请重新登录；多次出现请联系平台运维。")
