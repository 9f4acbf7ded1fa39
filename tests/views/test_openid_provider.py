"""The platform as OpenID Connect provider: what linked systems get, and what nobody gets."""

import base64
import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import select, update

from app.clock import now
from app.extensions import db
from app.models import UNDECIDED, AuditEvent, LinkedSystem, SignOnGrant
from app.services import own_account, people
from app.services.sign_on import grants, linked_systems, subjects

BACK = "https://system.example/back"
VERIFIER = "v" * 64


@pytest.fixture
def system(person):
    """A registered system, and its secret."""
    admin = person("province_admin")
    typed = {"name": "兄弟系统", "redirect_uris": BACK, "start_url": "", "enabled": True, "reads_id_numbers": False}
    return linked_systems.add_system(typed, site_id=admin.site_id, by=admin, at=now())


@pytest.fixture
def ask(system):
    """Return a function: browser, changes of the request → the answer."""

    def send(browser, **changes):
        asked = {
            "response_type": "code", "client_id": system[0].client_id, "redirect_uri": BACK, "scope": "openid profile",
            "state": "s1", "nonce": "n1", "code_challenge": create_s256_code_challenge(VERIFIER),
            "code_challenge_method": "S256",
        } | changes  # fmt: skip
        return browser.get("/openid/authorize", query_string={k: v for k, v in asked.items() if v is not None})

    return send


@pytest.fixture
def exchange(system, client):
    """Return a function: code → the answer of the token endpoint."""

    def send(code, *, secret=system[1], client_id=system[0].client_id, **changes):
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
        seal = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        return client().post("/openid/token", data=form | changes, headers={"Authorization": f"Basic {seal}"})

    return send


def answered(answer):
    """Return what stands in the address that the person is sent to."""
    address = unescape(re.search(r'content="0;url=([^"]+)"', answer.text).group(1))
    assert address.startswith(BACK + "?")
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def code_for(ask, browser, **changes):
    return answered(ask(browser, **changes))["code"]


def userinfo(client, token):
    return client().get("/openid/userinfo", headers={"Authorization": f"Bearer {token}"})


def test_a_system_learns_who_is_logged_in(client, person, ask, exchange, system):
    told = exchange(code_for(ask, client("enterprise_admin"), scope="openid profile enterprise")).json
    keys = KeySet.import_key_set(client().get("/openid/keys").json)
    claims = jwt.decode(told["id_token"], keys, algorithms=["RS256"]).claims
    account = person("enterprise_admin")
    enterprise = account.memberships[0].enterprise
    assert (claims["iss"], claims["aud"], claims["nonce"]) == ("http://localhost", [system[0].client_id], "n1")
    assert claims["sub"] == subjects.subject_of(account)
    assert (claims["name"], claims["preferred_username"]) == (account.name, "enterprise_admin")
    acted_for = {"credit_code": enterprise.credit_code, "name": enterprise.name, "role": "administrator"}
    assert claims["enterprise"] == acted_for
    assert claims["exp"] - claims["iat"] == 300
    assert userinfo(client, told["access_token"]).json["enterprise"] == acted_for


def test_the_document_says_what_there_is(client):
    found = client().get("/.well-known/openid-configuration").json
    assert found["issuer"] == "http://localhost"
    assert found["token_endpoint"] == "http://localhost/openid/token"
    assert found["id_token_signing_alg_values_supported"] == ["RS256"]
    (key,) = client().get("/openid/keys").json["keys"]
    assert not {"d", "p", "q"} & key.keys()


def test_who_is_not_logged_in_logs_in_first(client, ask):
    answer = ask(client())
    assert urlsplit(answer.location).path == "/login/"
    assert parse_qs(urlsplit(answer.location).query)["next"][0].startswith("/openid/authorize?")
    assert answered(ask(client(), prompt="none")) == {"error": "login_required", "state": "s1"}


def test_who_has_not_chosen_an_enterprise_chooses_first(client, ask, monkeypatch):
    from app import security

    monkeypatch.setattr(security, "_acting_id", lambda _account: UNDECIDED)
    assert urlsplit(ask(client("enterprise_admin")).location).path == "/acting/"


@pytest.mark.parametrize(
    "uri", ["https://evil.example/", BACK + "/", BACK + "?x=1", "https://system.example", None, "//x"]
)
def test_nobody_is_sent_anywhere_but_to_a_registered_address(client, ask, uri):
    answer = ask(client("enterprise_admin"), redirect_uri=uri)
    assert answer.status_code == 400
    assert "http-equiv" not in answer.text
    assert answer.location is None
    assert not db.session.scalars(select(SignOnGrant)).all()


def test_an_unknown_system_gets_nothing(client, ask):
    assert ask(client("enterprise_admin"), client_id="unknown").status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"scope": "profile"},
        {"scope": None},
        {"nonce": "n" * 300},
        {"response_type": "token"},
    ],
    ids=str,
)
def test_a_request_that_leaves_out_what_protects_it_is_sent_back_with_an_error(client, ask, changes):
    told = answered(ask(client("enterprise_admin"), **changes))
    assert "code" not in told
    assert told["error"]


def test_a_code_is_good_once_and_its_second_use_ends_the_first(client, ask, exchange):
    code = code_for(ask, client("enterprise_admin"))
    token = exchange(code).json["access_token"]
    assert userinfo(client, token).status_code == 200
    again = exchange(code)
    assert (again.status_code, again.json["error"]) == (400, "invalid_grant")
    assert userinfo(client, token).status_code == 401
    noted = db.session.scalars(select(AuditEvent.action).where(AuditEvent.subject == "LinkedSystem")).all()
    assert noted[-2:] == ["sign_on", "sign_on_code_again"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"secret": "wrong"}, 401),
        ({"client_id": "unknown"}, 401),
        ({"redirect_uri": "https://evil.example/"}, 400),
        ({"code_verifier": "w" * 64}, 400),
        ({"code_verifier": ""}, 400),
        ({"grant_type": "password"}, 400),
        ({"grant_type": "refresh_token"}, 400),
    ],
    ids=str,
)
def test_a_code_is_of_no_use_to_others(client, ask, exchange, changes, status):
    answer = exchange(code_for(ask, client("enterprise_admin")), **changes)
    assert answer.status_code == status
    assert "access_token" not in answer.json


def test_a_code_of_another_system_is_of_no_use(client, person, ask, exchange):
    admin = person("province_admin")
    typed = {"name": "别的系统", "redirect_uris": BACK, "start_url": "", "enabled": True, "reads_id_numbers": True}
    other, secret = linked_systems.add_system(typed, site_id=admin.site_id, by=admin, at=now())
    code = code_for(ask, client("enterprise_admin"))
    assert exchange(code, secret=secret, client_id=other.client_id).json["error"] == "invalid_grant"


def test_codes_and_tokens_end_soon(client, ask, exchange):
    code = code_for(ask, client("enterprise_admin"))
    db.session.execute(update(SignOnGrant).values(expires_at=now() - timedelta(seconds=1)))
    assert exchange(code).status_code == 400
    token = exchange(code_for(ask, client("enterprise_admin"))).json["access_token"]
    db.session.execute(update(SignOnGrant).values(expires_at=now() - timedelta(seconds=1)))
    assert userinfo(client, token).status_code == 401


def switch_off(system, person):
    db.session.get(LinkedSystem, system.id).enabled = False


def lock(system, person):
    people.set_locked(person("city_officer"), True, by=person("city_admin"), at=now())


def log_out_everywhere(system, person):
    own_account.end_all_sessions(person("city_officer"), at=now())


@pytest.mark.parametrize("end", [switch_off, lock, log_out_everywhere])
def test_what_was_given_ends_with_the_system_and_with_the_person(client, person, ask, exchange, system, end):
    token = exchange(code_for(ask, client("city_officer"))).json["access_token"]
    code = code_for(ask, client("city_officer"))
    assert userinfo(client, token).status_code == 200
    end(system[0], person)
    assert exchange(code).status_code in (400, 401)
    assert userinfo(client, token).status_code == 401


def test_a_system_that_is_switched_off_gets_nobody(client, person, ask, system):
    typed = {"name": "兄弟系统", "redirect_uris": BACK, "start_url": "", "enabled": False, "reads_id_numbers": False}
    linked_systems.change_system(
        db.session.get(LinkedSystem, system[0].id), typed, by=person("province_admin"), at=now()
    )
    assert ask(client("enterprise_admin")).status_code == 400


def test_numbers_of_identity_documents_go_to_systems_that_may_have_them(client, person, ask, exchange, system):
    wanted = "openid id_number"
    token = exchange(code_for(ask, client("city_officer"), scope=wanted)).json["access_token"]
    assert "id_number" not in userinfo(client, token).json
    db.session.get(LinkedSystem, system[0].id).reads_id_numbers = True
    token = exchange(code_for(ask, client("city_officer"), scope=wanted)).json["access_token"]
    assert userinfo(client, token).json["id_number"] == person("city_officer").id_number


def test_operators_of_no_site_are_not_passed_on(client, person, ask):
    person("platform_operator").site_id = None
    assert ask(client("platform_operator")).status_code == 403


def test_nothing_is_kept_that_opens_anything(client, ask, exchange, system):
    code = code_for(ask, client("enterprise_admin"))
    token = exchange(code).json["access_token"]
    kept = db.session.scalars(select(SignOnGrant)).all()
    assert {row.secret_hash for row in kept} == {grants.hash_of(code), grants.hash_of(token)}
    assert system[0].secret_hash == grants.hash_of(system[1])


def test_asking_with_head_makes_no_code(client, system):
    client("enterprise_admin").head(f"/openid/authorize?client_id={system[0].client_id}&response_type=code")
    assert not db.session.scalars(select(SignOnGrant)).all()


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic eDp5"])
def test_without_a_token_nobody_is_told_of(client, header):
    assert client().get("/openid/userinfo", headers={"Authorization": header}).status_code == 401


def test_the_token_endpoint_alone_asks_for_no_form_token(client, csrf_on):
    assert client().post("/openid/token").status_code == 400
    assert client().post("/openid/token").json["error"] == "unsupported_grant_type"
    for address in ("/first-sign-on/bind", "/first-sign-on/complete", "/first-sign-on/join"):
        assert "页面已失效" in client().post(address).text
