"""One-time codes: for accounts and for phones that nobody has yet."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.clock import now
from app.errors import Invalid, TooManyAttempts
from app.models import OneTimeCode
from app.services import one_time_codes
from app.services.one_time_codes import MAX_TRIES, Purpose

SHORT = Purpose("trying", per_hour=3)
PHONE = "13911112222"


@pytest.fixture
def asked(app, person):
    account = person("county_officer")

    def ask(at, *, purpose=SHORT, account=None, typed=PHONE, origin=None):
        return one_time_codes.make_code_for(account, purpose, typed, site_id=site_id, origin=origin, at=at)

    site_id = ask.site_id = account.site_id
    ask.account = account
    return ask


def test_a_code_without_an_account_is_made_and_found(asked):
    at = now()
    code = one_time_codes.make_code(SHORT, PHONE, site_id=asked.site_id, origin=None, at=at)
    assert one_time_codes.find_code(SHORT, f" {PHONE} ", code, site_id=asked.site_id, at=at).account_id is None


def test_but_never_where_an_account_is_needed(asked):
    at = now()
    code = one_time_codes.make_code(SHORT, PHONE, site_id=asked.site_id, origin=None, at=at)
    with pytest.raises(Invalid):
        one_time_codes.find_code_of_account(SHORT, PHONE, code, site_id=asked.site_id, at=at)
    assert asked(at + timedelta(minutes=2)) is None


@pytest.mark.parametrize(
    "change", [{"purpose": Purpose("other")}, {"typed": "13911113333"}, {"site": 1}, {"late": timedelta(minutes=6)}]
)
def test_a_code_is_for_one_purpose_name_site_and_time(asked, change):
    at = now()
    code = asked(at, account=asked.account)
    with pytest.raises(Invalid):
        one_time_codes.find_code(
            change.get("purpose", SHORT), change.get("typed", PHONE), code,
            site_id=asked.site_id + change.get("site", 0), at=at + change.get("late", timedelta()),
        )  # fmt: skip


def test_right_tries_are_not_counted_and_wrong_ones_are(asked, session):
    at = now()
    code = asked(at, account=asked.account)
    known = {"site_id": asked.site_id, "at": at}
    for _time in range(MAX_TRIES * 2):
        one_time_codes.find_code(SHORT, PHONE, code, **known)
    for _time in range(MAX_TRIES):
        with pytest.raises(Invalid):
            one_time_codes.find_code(SHORT, PHONE, "wrong", **known)
    with pytest.raises(Invalid):
        one_time_codes.find_code(SHORT, PHONE, code, **known)
    assert session.scalars(select(OneTimeCode.attempts)).one() == MAX_TRIES


def test_a_used_code_needs_no_pause_and_counts_for_the_hour(asked):
    at = now()
    for _time in range(SHORT.per_hour):
        code = asked(at, account=asked.account)
        assert one_time_codes.seconds_to_wait(SHORT, PHONE, site_id=asked.site_id, at=at) == 60
        row = one_time_codes.find_code(SHORT, PHONE, code, site_id=asked.site_id, at=at)
        one_time_codes.use_up(row, at=at)
        assert one_time_codes.seconds_to_wait(SHORT, PHONE, site_id=asked.site_id, at=at) == 0
        with pytest.raises(Invalid):
            one_time_codes.use_up(row, at=at)
    with pytest.raises(TooManyAttempts, match="一小时后"):
        asked(at, account=asked.account)
    assert asked(at + timedelta(minutes=61), account=asked.account)


def test_an_unused_code_needs_a_pause(asked):
    at = now()
    asked(at)
    with pytest.raises(TooManyAttempts, match="60 秒"):
        asked(at + timedelta(seconds=59))
    asked(at + timedelta(seconds=61))
