"""A linked system as Authlib reads it: what it may ask for, where it may send people, how it proves itself."""

import secrets
from dataclasses import dataclass

from authlib.oauth2.rfc6749 import ClientMixin

from ...models import LinkedSystem
from . import grants, subjects


@dataclass
class Client(ClientMixin):
    """A registered first-party system with a secret; nobody is asked for consent, everybody for a log-in."""

    system: LinkedSystem
    issuer: str = ""

    def get_client_id(self) -> str:
        return self.system.client_id

    def get_default_redirect_uri(self) -> None:
        return None  # it says where to, each time

    def get_allowed_scope(self, scope: str | None) -> str:
        allowed = set(subjects.SCOPES) - (set() if self.system.reads_id_numbers else {subjects.ID_NUMBER})
        return " ".join(word for word in dict.fromkeys((scope or "").split()) if word in allowed)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in (self.system.redirect_uris or [])

    def check_client_secret(self, client_secret: str) -> bool:
        return secrets.compare_digest(self.system.secret_hash, grants.hash_of(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"
