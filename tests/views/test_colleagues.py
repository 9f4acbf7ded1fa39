"""Colleagues of one enterprise on the same section see each other; strangers see nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.clock import now
from app.extensions import db
from app.models import Presence


@pytest.fixture
def draft(declaration_at):
    return declaration_at("draft")


def _note(browser, draft, section="basic", **more):
    return browser.post(f"/declarations/{draft.public_id}/{section}/present", data=more)


def test_who_opens_a_section_sees_who_is_filling_it_in(client, draft, person):
    first, second = client("enterprise_admin"), client("enterprise_employee")
    assert _note(first, draft).json["present"] == []

    said = _note(second, draft).json["present"]

    assert len(said) == 1
    assert said[0].startswith(f"{person('enterprise_admin').first_name} 正在填写本节")
    assert said[0] in second.get(f"/declarations/{draft.public_id}/basic").text
    assert "正在填写本节" not in second.get(f"/declarations/{draft.public_id}/business").text
    assert _note(second, draft, "business").json["present"] == []


def test_who_left_or_is_silent_for_long_is_no_longer_shown(client, draft):
    first, second = client("enterprise_admin"), client("enterprise_employee")
    _note(first, draft)
    _note(first, draft, leaving="1")
    assert _note(second, draft).json["present"] == []

    _note(first, draft)
    db.session.execute(update(Presence).values(seen_at=now() - timedelta(minutes=2)))
    db.session.commit()
    assert _note(second, draft).json["present"] == []
    assert len(_note(first, draft).json["present"]) == 1


def test_strangers_and_unknown_sections_are_not_found(client, draft):
    assert _note(client("gz_enterprise_admin"), draft).status_code == 404
    assert _note(client("enterprise_admin"), draft, "no_such_section").status_code == 404
    assert db.session.scalars(select(Presence)).all() == []
