"""When a request counts as arrived: as the trusted proxy says, or when it is taken up."""

from datetime import timedelta

import pytest
from flask import g

from app.clock import now
from app.sites import LONGEST_WAIT

HEADER = "X-Request-Start"


def _arrival(app, told: str):
    with app.test_request_context("/", headers={HEADER: told}):
        app.preprocess_request()
        return g.arrived_at


def test_a_post_that_had_to_wait_counts_from_when_the_proxy_took_it(app, monkeypatch):
    monkeypatch.setitem(app.config, "ARRIVAL_HEADER", HEADER)
    sent = now() - timedelta(seconds=40)

    assert abs(_arrival(app, f"t={sent.timestamp():.3f}") - sent) < timedelta(milliseconds=2)
    assert abs(_arrival(app, f"{sent.timestamp():.3f}") - sent) < timedelta(milliseconds=2)


def test_nobody_is_believed_unless_the_operator_names_the_header(app):
    assert now() - _arrival(app, f"t={(now() - timedelta(seconds=40)).timestamp():.3f}") < timedelta(seconds=20)


@pytest.mark.parametrize("told", ["", "t=", "t=yesterday", "t=99999999999", "t=-1", "t=1e9", "t=0000000001"])
def test_what_cannot_be_a_moment_is_left_aside(app, monkeypatch, told):
    monkeypatch.setitem(app.config, "ARRIVAL_HEADER", HEADER)

    assert now() - _arrival(app, told) < timedelta(seconds=20)


@pytest.mark.parametrize("waited", [LONGEST_WAIT + timedelta(seconds=30), -timedelta(minutes=5)])
def test_long_ago_and_not_yet_are_left_aside(app, monkeypatch, waited):
    monkeypatch.setitem(app.config, "ARRIVAL_HEADER", HEADER)

    assert abs(now() - _arrival(app, f"t={(now() - waited).timestamp():.3f}")) < timedelta(seconds=20)
