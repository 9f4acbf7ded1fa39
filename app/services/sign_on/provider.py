"""The platform as OpenID Connect provider of its linked systems, on Authlib's grants: one server object a request."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.common.security import generate_token
from authlib.oauth2 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import OAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode
from sqlalchemy import select

from ...extensions import db
from ...models import Account, LinkedSystem, SignOnGrant
from .. import audit
from . import grants, keys, subjects
from .registered import Client

ID_TOKEN_GOOD_FOR = 300  # seconds
SECRET_LENGTH = 48
logging.getLogger("authlib").setLevel(logging.INFO)  # at DEBUG it writes tokens down


class Asked(OAuth2Request):
    """A request as Authlib wants it, whatever framework it came in by; `lists` maps names to all values."""

    def __init__(
        self, method: str, uri: str, lists: Mapping[str, list[str]], headers: Mapping[str, str], *, posted: bool
    ) -> None:
        # whether plain HTTP will do is the deployment's to decide: TLS often ends at a proxy
        super().__init__(method, uri.replace("http://", "https://", 1), headers=headers)
        self.payload = _Payload(lists)
        self._posted = posted

    @property
    def form(self) -> dict[str, str]:
        return self.payload.data if self._posted else {}


class _Payload(OAuth2Payload):
    def __init__(self, lists: Mapping[str, list[str]]) -> None:
        self._lists = dict(lists)

    @property
    def data(self) -> dict[str, str]:
        return {name: values[0] for name, values in self._lists.items() if values}

    @property
    def datalist(self) -> dict[str, list[str]]:
        return self._lists


@dataclass(frozen=True)
class Answer:
    """What to answer with: JSON, or an address to send the person to."""

    status: int
    body: str
    headers: dict[str, str]

    @property
    def address(self) -> str | None:
        return self.headers.get("Location")


class SignOnServer(AuthorizationServer):
    """Answers the requests of one site at one moment."""

    def __init__(self, *, site_id: int, issuer: str, at: datetime, enterprise_id: int | None = None) -> None:
        super().__init__()
        self.site_id, self.issuer, self.at, self.enterprise_id = site_id, issuer, at, enterprise_id
        generator = BearerTokenGenerator(
            lambda **_known: generate_token(SECRET_LENGTH),
            expires_generator=lambda _client, _grant: int(grants.TOKEN_GOOD_FOR.total_seconds()),
        )
        self.register_token_generator("default", generator)
        self.register_grant(CodeGrant, [_StrictChallenge(required=True), _IdToken(require_nonce=False)])

    def authorize(self, asked: Asked, account: Account) -> Answer:
        """Give a code to the system that asks, for the person who is logged in; an error where it may not have one."""
        grant = self.get_consent_grant(asked, end_user=account)
        return self.create_authorization_response(asked, grant_user=account, grant=grant)

    def exchange(self, asked: Asked) -> Answer:
        """Exchange a code for tokens. Commit whatever the answer is: codes are used up."""
        return self.create_token_response(asked)

    # ------------------------------------------------------------ what Authlib asks for

    def query_client(self, client_id: str) -> Client | None:
        query = select(LinkedSystem).where(
            LinkedSystem.client_id == client_id, LinkedSystem.site_id == self.site_id, LinkedSystem.enabled
        )
        system = db.session.scalars(query).first()
        return Client(system, self.issuer) if system else None

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        code: SignOnGrant = request.authorization_code.row
        details = {"scope": token["scope"], "epoch": code.details["epoch"]}
        grants.keep(
            grants.TOKEN, token["access_token"], request.client.system, code.account, code.enterprise_id, details,
            at=self.at,
        )  # fmt: skip

    def create_oauth2_request(self, request: Asked) -> Asked:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Answer:
        text = json.dumps(body) if isinstance(body, dict) else body
        return Answer(status, text or "", dict(headers))

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""


@dataclass(frozen=True)
class Code:
    """A code as Authlib reads it."""

    row: SignOnGrant

    def get_redirect_uri(self) -> str:
        return self.row.details["redirect_uri"]

    def get_scope(self) -> str:
        return self.row.details["scope"]

    def get_nonce(self) -> str | None:
        return self.row.details.get("nonce")

    def get_auth_time(self) -> None:
        return None

    get_acr = get_amr = get_auth_time

    @property
    def code_challenge(self) -> str:
        return self.row.details["challenge"]

    @property
    def code_challenge_method(self) -> str:
        return "S256"


class CodeGrant(AuthorizationCodeGrant):
    """Authorization code, for systems with a secret."""

    def generate_authorization_code(self) -> str:
        return generate_token(SECRET_LENGTH)

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        asked = request.payload.data
        details = {
            "redirect_uri": asked["redirect_uri"],
            "scope": request.scope,
            "nonce": asked.get("nonce"),
            "challenge": asked["code_challenge"],
            "epoch": request.user.login_epoch,
        }
        grants.keep(
            grants.CODE, code, request.client.system, request.user, self.server.enterprise_id, details,
            at=self.server.at,
        )  # fmt: skip
        audit.record("sign_on", request.client.system, by=request.user, at=self.server.at)

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        taken = grants.take_code(code, client.system, at=self.server.at)
        return Code(taken) if taken else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Used up when it was looked for."""

    def authenticate_user(self, authorization_code: Code) -> Account:
        return authorization_code.row.account


class _StrictChallenge(CodeChallenge):
    """PKCE for every system, by SHA-256 only (RFC 9700, 2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str) -> None:
        asked = grant.request.payload.data
        if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with code_challenge_method S256 is required.")
        if not asked.get("redirect_uri") or subjects.OPENID not in (asked.get("scope") or "").split():
            raise InvalidRequestError("redirect_uri and the scope openid are required.")
        if len(asked.get("nonce") or "") > 200:
            raise InvalidRequestError("Invalid 'nonce'.")
        super().validate_code_challenge(grant, redirect_uri)


class _IdToken(OpenIDCode):
    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        return False  # the system that asked compares it

    def resolve_client_private_key(self, client: Client) -> Any:
        return keys.signing_key()

    def get_encode_header(self, client: Client) -> dict[str, str]:
        return {"alg": "RS256", "kid": keys.signing_key().kid}

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        return {"iss": client.issuer, "aud": [client.get_client_id()]}

    def encode_id_token(self, token: dict[str, Any], request: OAuth2Request) -> str:
        self.DEFAULT_EXPIRES_IN = ID_TOKEN_GOOD_FOR
        self._enterprise_id = request.authorization_code.row.enterprise_id
        return super().encode_id_token(token, request)

    def generate_user_info(self, user: Account, scope: str) -> dict[str, Any]:
        return subjects.claims_of(user, scope, self._enterprise_id)


def describe(issuer: str, addresses: Mapping[str, str]) -> dict[str, Any]:
    """Return the discovery document (OpenID Connect Discovery 1.0, 3)."""
    return {
        "issuer": issuer,
        **addresses,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": list(subjects.SCOPES),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "nonce", "name", "preferred_username", "enterprise", "id_kind",
            "id_number",
        ],
    }  # fmt: skip
