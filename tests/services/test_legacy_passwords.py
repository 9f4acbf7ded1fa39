"""Passwords of an earlier system: which forms are known, and that none of them lets a wrong one in."""

import hashlib

import pytest
from werkzeug.security import check_password_hash, generate_password_hash

from app.clock import now
from app.errors import Invalid
from app.models import AuditEvent
from app.services import legacy_passwords, password_records
from app.services.log_in import log_in, prove_password

OLD = "Lao_mima 2019"


def digest(algorithm, text):
    return hashlib.new(algorithm, text.encode()).hexdigest()


KEPT = {
    "md5": f"md5$${digest('md5', OLD)}",
    "md5 in capitals": f"md5$${digest('md5', OLD).upper()}",
    "salted md5": f"md5$x9Q${digest('md5', 'x9Q' + OLD)}",
    "md5, salt after": f"md5-after$x9Q${digest('md5', OLD + 'x9Q')}",
    "md5 of md5": f"md5-md5$x9Q${digest('md5', digest('md5', OLD) + 'x9Q')}",
    "sha1": f"sha1$$ {digest('sha1', OLD)}",
    "sha256": f"sha256$盐${digest('sha256', '盐' + OLD)}",
    "sha512, salt after": f"sha512-after$s${digest('sha512', OLD + 's')}",
    "pbkdf2": generate_password_hash(OLD, "pbkdf2:sha256:10"),
    "scrypt": generate_password_hash(OLD, "scrypt:1024:8:1"),
}


@pytest.mark.parametrize("form", KEPT)
def test_the_old_password_matches_and_no_other(form):
    assert legacy_passwords.is_known(KEPT[form])
    assert legacy_passwords.matches(KEPT[form], OLD)
    for wrong in ("", OLD.lower(), OLD + " ", KEPT[form], "密码"):
        assert not legacy_passwords.matches(KEPT[form], wrong)


@pytest.mark.parametrize(
    "kept",
    ["", "$", "$$", "md5", "md5$", "md5$salt", "crc32$$00", "plain$$secret", "$2b$12$abc", "md5$$", "pbkdf2:x$y$z"],
)
def test_what_is_no_known_hash_matches_nothing(kept):
    for typed in ("", "secret", kept):
        assert not legacy_passwords.matches(kept, typed)


@pytest.fixture
def imported(app, person, session):
    account = person("enterprise_admin")
    account.password, account.legacy_password = "!", KEPT["salted md5"]
    session.commit()
    return account


def known(account):
    return {"site_id": account.site_id, "at": now(), "address": None}


def test_it_is_accepted_once_and_then_kept_under_our_own_hash(imported, session):
    assert log_in("enterprise_admin", OLD, **known(imported)) is imported
    assert imported.legacy_password is None
    assert check_password_hash(imported.password, OLD)
    assert imported.must_change_password  # a blank is no sign of ours
    assert session.query(AuditEvent).filter_by(action="take_over_password").count() == 1
    assert log_in("enterprise_admin", OLD, **known(imported)) is imported


def test_a_strong_one_need_not_be_changed(imported):
    imported.legacy_password = f"md5$${digest('md5', 'Jinshan2026')}"
    log_in("enterprise_admin", "Jinshan2026", **known(imported))
    assert not imported.must_change_password


def test_a_wrong_one_is_refused_counted_and_taken_over_by_nobody(imported):
    with pytest.raises(Invalid):
        prove_password("enterprise_admin", "wrong", **known(imported))
    assert imported.fail_login_count == 1
    assert imported.legacy_password == KEPT["salted md5"]


def test_a_new_password_ends_the_old_one(imported):
    password_records.replace_password(imported, generate_password_hash("Jinshan2026"), at=now())
    with pytest.raises(Invalid):
        log_in("enterprise_admin", OLD, **known(imported))
    log_in("enterprise_admin", "Jinshan2026", **known(imported))


@pytest.mark.parametrize("form", ["salted md5", "scrypt"])
def test_one_slow_hash_is_compared_whatever_is_kept(imported, monkeypatch, form):
    from app.services import log_in as service

    compared = []

    def counting(real):
        return lambda *given: compared.append(1) or real(*given)

    for module in (service, legacy_passwords):
        monkeypatch.setattr(module, "check_password_hash", counting(module.check_password_hash))
    imported.legacy_password = KEPT[form]
    with pytest.raises(Invalid):
        log_in("enterprise_admin", "wrong", **known(imported))
    assert compared == [1]
