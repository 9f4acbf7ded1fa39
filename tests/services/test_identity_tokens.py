"""Proving people by an identity provider: which tokens and answers are believed, and which are not."""

import base64
import hmac
import json
import time

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from app.errors import NotProven, ProviderDown
from app.models import ProviderAudience
from app.services.sign_on import addresses, client, discovery, fetching
from app.services.sign_on.claims import Proven, read_claims
from app.services.sign_on.settings import Attempt, Settings

ISSUER = "https://id.example"
SETTINGS = Settings(1, "corp", "统一身份", ISSUER, "us", "hush", ProviderAudience.ENTERPRISE, {})
ATTEMPT = Attempt("state", "nonce", "verifier", "https://us.example/sign-on/corp/back")
DOCUMENT = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
}


class Provider:
    """A provider whose every answer a test may spoil; it answers without a network."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one"}, private=True)
        self.claims = {
            "iss": ISSUER, "aud": "us", "sub": "person-1", "nonce": "nonce",
            "iat": int(time.time()), "exp": int(time.time()) + 300, "name": "陈安之",
        }  # fmt: skip
        self.document = dict(DOCUMENT)
        self.published = [self.key]
        self.told = None
        self.asked: list[str] = []
        self.id_token = None

    def read_json(self, address: str, *, token: str | None = None) -> dict:
        self.asked.append(address)
        if address.endswith("openid-configuration"):
            return self.document
        if address.endswith("/keys"):
            return KeySet(self.published).as_dict(private=False)
        return self.told

    def exchange(self, *_known) -> dict[str, str]:
        token = self.id_token or jwt.encode({"alg": "RS256", "kid": self.key.kid}, self.claims, self.key)
        return {"id_token": token, "access_token": "access"}


@pytest.fixture
def provider(app, monkeypatch):
    """A provider that answers as it should."""
    discovery.forget()
    answering = Provider()
    monkeypatch.setattr(fetching, "read_json", answering.read_json)
    monkeypatch.setattr(client, "_exchange", answering.exchange)
    yield answering
    discovery.forget()


def finish():
    return client.finish(SETTINGS, ATTEMPT, "code")


def unsigned(claims: dict, algorithm: str = "none") -> str:
    parts = ({"alg": algorithm, "kid": "one"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts) + "."


def test_a_token_that_fits_is_believed(provider):
    assert finish()["name"] == "陈安之"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"aud": "somebody-else"},
        {"aud": ["us", "somebody-else"]},
        {"exp": int(time.time()) - 3600},
        {"iat": int(time.time()) - 90_000},
        {"iat": int(time.time()) + 3600},
        {"nonce": "of another request"},
        {"nonce": None},
        {"sub": ""},
        {"sub": 5},
        {"azp": "somebody-else"},
        {"at_hash": "of another token"},
        {"exp": "soon"},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_a_token_for_somebody_or_something_else_is_refused(provider, changes):
    provider.claims |= changes
    with pytest.raises(NotProven):
        finish()


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "exp", "iat", "nonce"])
def test_a_token_that_leaves_something_out_is_refused(provider, missing):
    del provider.claims[missing]
    with pytest.raises(NotProven):
        finish()


def test_an_unsigned_token_is_refused(provider):
    provider.id_token = unsigned(provider.claims)
    with pytest.raises(NotProven):
        finish()


def test_a_token_signed_with_the_public_key_as_a_password_is_refused(provider):
    head, body, _none = unsigned(provider.claims, "HS256").split(".")
    seal = hmac.digest(provider.key.as_pem(private=False), f"{head}.{body}".encode(), "sha256")
    provider.id_token = f"{head}.{body}.{base64.urlsafe_b64encode(seal).rstrip(b'=').decode()}"
    with pytest.raises(NotProven):
        finish()


def test_a_token_signed_by_another_key_is_refused(provider):
    other = RSAKey.generate_key(2048, parameters={"kid": "one"}, private=True)
    provider.id_token = jwt.encode({"alg": "RS256", "kid": "one"}, provider.claims, other)
    with pytest.raises(NotProven):
        finish()


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é.é.é"])
def test_what_is_no_token_is_refused(provider, token):
    provider.id_token = token or "."
    with pytest.raises(NotProven):
        finish()


def test_a_new_key_of_the_provider_is_asked_for_once_and_a_forged_one_not_again(provider, monkeypatch):
    finish()
    provider.key = RSAKey.generate_key(2048, parameters={"kid": "two"}, private=True)
    provider.published = [provider.key]
    with pytest.raises(NotProven):
        finish()  # asked a moment ago
    monkeypatch.setattr(discovery, "FRESH_SECONDS", -1.0)
    assert finish()["sub"] == "person-1"


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://other.example"},
        {"token_endpoint": "http://id.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": None},
        {"token_endpoint": "https://user:secret@id.example/token"},
    ],
    ids=str,
)
def test_a_document_that_leads_elsewhere_is_not_followed(app, provider, changes, monkeypatch):
    monkeypatch.setitem(app.config, "SIGN_ON_OVER_HTTP", False)
    provider.document |= changes
    with pytest.raises(ProviderDown):
        client.begin(SETTINGS, ATTEMPT.redirect_uri)


def test_what_else_the_provider_tells_must_be_of_the_same_person(provider):
    provider.document["userinfo_endpoint"] = f"{ISSUER}/userinfo"
    provider.told = {"sub": "person-1", "id_number": "1"}
    assert finish()["id_number"] == "1"
    provider.told = {"sub": "person-2", "id_number": "2"}
    with pytest.raises(NotProven):
        finish()


def test_the_way_there_carries_state_nonce_and_challenge_and_no_secret(provider):
    address, attempt = client.begin(SETTINGS, ATTEMPT.redirect_uri)
    for part in (f"state={attempt.state}", f"nonce={attempt.nonce}", "code_challenge=", "code_challenge_method=S256"):
        assert part in address
    assert attempt.verifier not in address
    assert "hush" not in address + repr(SETTINGS)


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/x", "http://127.0.0.1:9/.well-known/openid-configuration"])
def test_a_provider_that_is_down_is_said_so(app, address):
    with pytest.raises(ProviderDown):
        fetching.read_json(address)


@pytest.mark.parametrize(
    ("address", "over_http", "fits"),
    [
        ("https://id.example/a", False, True),
        ("http://id.example/a", False, False),
        ("http://127.0.0.1:5000", True, True),
        ("javascript:alert(1)", True, False),
        ("https://a@b/", True, False),
        ("https://id.example/#x", True, False),
        ("https://id.example:port/", True, False),
        ("//id.example", True, False),
        ("https://id.example/ x", True, False),
        ("https://" + "a" * 300, True, False),
    ],
)
def test_which_addresses_are_asked(app, monkeypatch, address, over_http, fits):
    monkeypatch.setitem(app.config, "SIGN_ON_OVER_HTTP", over_http)
    assert addresses.is_safe(address) is fits


def test_claims_are_read_by_the_names_of_the_provider():
    told = {
        "iss": ISSUER, "sub": "1", "cn": "陈\x00安\n之", "corps": [
            {"code": "91110000802100433b", "title": "甲公司", "job": "法定代表人", "info": {"scope": "制造"}},
            {"code": "91110000802100433B", "title": "again"}, "nonsense", {"code": ""},
        ],
    }  # fmt: skip
    names = {
        "name": "cn", "enterprises": "corps", "credit_code": "code", "enterprise_name": "title", "role": "job",
        "business_scope": "info.scope", "unknown": "x",
    }  # fmt: skip
    proven = read_claims(told, names)
    assert proven.name == "陈 安 之"
    (enterprise,) = proven.enterprises
    assert (enterprise.credit_code, enterprise.name, enterprise.role) == ("91110000802100433B", "甲公司", "法定代表人")
    assert enterprise.particulars == {"business_scope": "制造"}
    assert Proven.from_json(json.loads(json.dumps(proven.to_json()))) == proven
