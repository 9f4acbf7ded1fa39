"""Two officers on one declaration see each other, and who is gone is forgotten."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.clock import now, to_local
from app.extensions import db
from app.jobs import watch_once
from app.models import Account, IdKind, Presence
from app.services import accounts, presences, reviews

pytestmark = pytest.mark.usefixtures("stand_in_documents")


@pytest.fixture
def colleague(person):
    """A second officer of the county officer's office."""
    first = person("county_officer")
    account = accounts.create_account(
        first.site, "county_colleague", "王小明", "Shenbao#2026", ["county_officer"], by=None, at=now(),
        department=first.department, id_kind=IdKind.GOVERNMENT_ACCOUNT, id_number="gov_colleague",
    )  # fmt: skip
    db.session.commit()
    return account


def note(declaration, user, at):
    presences.note_presence(reviews.read_declaration(declaration.id, user), by=user, at=at)
    db.session.commit()


def seen_by(declaration, user, at):
    return [p.name for p in presences.others_present(declaration, user, at)]


def count():
    return db.session.scalar(select(func.count(Presence.id)))


def test_officers_of_one_office_see_each_other_with_the_time_since_when(quick, person, colleague):
    declaration, officer, at = quick("first"), person("county_officer"), now()
    note(declaration, colleague, at)
    note(declaration, colleague, at + presences.BEAT)
    found = presences.others_present(declaration, officer, at + presences.BEAT)
    assert [(p.name, p.since) for p in found] == [("王小明", to_local(at).strftime("%H:%M"))]
    assert seen_by(declaration, colleague, at) == []
    assert count() == 1


def test_who_says_nothing_for_a_minute_is_gone(quick, person, colleague):
    declaration, officer, at = quick("first"), person("county_officer"), now()
    note(declaration, colleague, at)
    late = at + presences.EXPIRY
    assert seen_by(declaration, officer, late - timedelta(seconds=1)) == ["王小明"]
    assert seen_by(declaration, officer, late) == []
    note(declaration, officer, late)
    assert db.session.scalars(select(Presence.account_id)).all() == [officer.id]


def test_who_leaves_or_may_no_longer_decide_is_gone_at_once(quick, person, colleague):
    declaration, officer, at = quick("first"), person("county_officer"), now()
    note(declaration, colleague, at)
    presences.leave(declaration, by=colleague)
    assert seen_by(declaration, officer, at) == []
    note(declaration, colleague, at)
    found = reviews.read_declaration(declaration.id, officer)
    reviews.act(found, "recommend", by=officer, at=at, seq=found.seq)
    db.session.commit()
    note(declaration, colleague, at)
    assert count() == 0


def test_who_only_reads_is_not_at_work_and_strangers_see_nobody(quick, person, colleague):
    declaration, at = quick("first"), now()
    note(declaration, person("county_admin"), at)
    assert count() == 0
    note(declaration, colleague, at)
    assert seen_by(declaration, person("county_admin"), at) == ["王小明"]
    for stranger in ("gz_county_officer", "enterprise_admin", "city_officer"):
        assert seen_by(declaration, person(stranger), at) == [], stranger


def test_the_worker_forgets_who_is_gone(app, quick, colleague):
    note(quick("first"), colleague, now())
    watch_once(app)
    assert count() == 1
    db.session.execute(update(Presence).values(seen_at=now() - presences.EXPIRY))
    db.session.commit()
    watch_once(app)
    assert count() == 0
    assert db.session.scalar(select(func.count(Account.id)).where(Account.username == "county_colleague")) == 1
