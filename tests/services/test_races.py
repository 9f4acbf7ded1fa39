"""Two processes at the same rows at the same moment: exactly one wins, nothing happens twice, nothing is lost."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from subprocess import PIPE

import pytest
from sqlalchemy import func, select

from app.clock import now
from app.extensions import db
from app.models import (
    Certification,
    CertificationState,
    Declaration,
    DeclarationSection,
    DeclarationState,
    Enterprise,
    JoinRequest,
    Membership,
    MembershipRole,
    Presence,
    RequestState,
    ReviewAction,
    ReviewRecord,
    Site,
    Submission,
)
from app.services import accounts, joining, ranking, review_lists
from tests.services.certifying import code_of, filled, handed_in, registered

ROUNDS = 6
PAUSE = 0.15
MOST_SECONDS = 60


@pytest.fixture(scope="module")
def _actors(_databases):
    """Two processes that stay for all races: each takes seconds to start."""
    command = [sys.executable, "-m", "tests.services.actor"]
    folder = Path(__file__).parents[2]
    actors = [subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True, cwd=folder) for _ in range(2)]
    yield actors
    for actor in actors:
        actor.communicate(timeout=MOST_SECONDS)


@pytest.fixture
def race(app, _actors):
    """Return a function: two lists of orders → two lists of results, the n-th orders at the same moment."""

    def run(*sides: list[dict]) -> list[list[str]]:
        db.session.commit()
        db.session.remove()
        for actor, orders in zip(_actors, sides, strict=True):
            _say(actor, json.dumps([order | {"after": number * PAUSE} for number, order in enumerate(orders)]))
        assert [_hear(actor) for actor in _actors] == ["ready", "ready"]
        start = time.time() + 0.3
        for actor in _actors:
            _say(actor, str(start))
        return [json.loads(_hear(actor)) for actor in _actors]

    return run


def _say(actor: subprocess.Popen, line: str) -> None:
    actor.stdin.write(f"{line}\n")
    actor.stdin.flush()


def _hear(actor: subprocess.Popen) -> str:
    """Read a line; one that hangs is killed, and its line is empty."""
    guard = threading.Timer(MOST_SECONDS, actor.kill)
    guard.start()
    try:
        return actor.stdout.readline().strip()
    finally:
        guard.cancel()


def _orders(declarations: list[Declaration], do: str, person: str, **more) -> list[dict]:
    return [{"do": do, "person": person, "declaration": d.public_id, "seq": d.seq} | more for d in declarations]


def test_withdraw_against_recommend_has_exactly_one_winner(quick, race):
    waiting = [quick("second") for _ in range(ROUNDS)]
    seqs = {d.id: d.seq for d in waiting}

    withdrawn, recommended = race(
        _orders(waiting, "withdraw", "county_officer"), _orders(waiting, "recommend", "city_officer")
    )

    for one, other in zip(withdrawn, recommended, strict=True):
        assert (one == "done") != (other == "done"), (one, other)
    for row_id, seq in seqs.items():
        declaration = db.session.get(Declaration, row_id)
        assert declaration.seq == seq + 1
        assert declaration.step in ("first", "third")


def test_a_unit_passing_on_and_returning_at_once_does_one_of_both(journey, call_of, race):
    call = call_of("unit_note")
    waiting = [journey.walk_to("unit", "individual", call) for _ in range(ROUNDS)]
    ids = [d.id for d in waiting]

    passed, returned = race(
        _orders(waiting, "recommend", "enterprise_admin"), _orders(waiting, "return", "enterprise_admin")
    )

    assert [sorted(pair) for pair in zip(passed, returned, strict=True)] == [["AlreadyActed", "done"]] * ROUNDS
    for row_id, result in zip(ids, passed, strict=True):
        declaration = db.session.get(Declaration, row_id)
        assert declaration.step == ("county" if result == "done" else None)
        acts = select(func.count(ReviewRecord.id)).where(ReviewRecord.declaration_id == row_id)
        assert db.session.scalar(acts) == 2


def test_a_unit_taking_back_against_the_county_has_exactly_one_winner(journey, call_of, race):
    call = call_of("unit_note")
    waiting = [journey.walk_to("county", "individual", call) for _ in range(ROUNDS)]
    ids = [d.id for d in waiting]

    withdrawn, acted = race(
        _orders(waiting, "withdraw", "enterprise_admin"), _orders(waiting, "recommend", "county_officer")
    )

    for row_id, one, other in zip(ids, withdrawn, acted, strict=True):
        assert (one == "done") != (other == "done"), (one, other)
        assert db.session.get(Declaration, row_id).step == ("unit" if one == "done" else "city")


def test_two_officers_recommending_at_once_leave_one_record(quick, race, person):
    waiting = [quick("first") for _ in range(ROUNDS)]
    ids = [d.id for d in waiting]

    one, other = race(_orders(waiting, "recommend", "county_officer"), _orders(waiting, "recommend", "county_officer"))

    assert [sorted(pair) for pair in zip(one, other, strict=True)] == [["AlreadyActed", "done"]] * ROUNDS
    records = select(func.count(ReviewRecord.id)).where(
        ReviewRecord.declaration_id.in_(ids), ReviewRecord.action == ReviewAction.RECOMMEND
    )
    assert db.session.scalar(records) == ROUNDS


def test_a_double_submit_makes_one_submission(quick, race):
    drafts = [quick("filled") for _ in range(ROUNDS)]
    ids = [d.id for d in drafts]

    one, other = race(_orders(drafts, "submit", "enterprise_admin"), _orders(drafts, "submit", "enterprise_employee"))

    for pair in zip(one, other, strict=True):
        assert sorted(pair)[1] == "done"
        assert sorted(pair)[0] in ("AlreadyActed", "Closed")
    assert db.session.scalar(select(func.count(Submission.id)).where(Submission.declaration_id.in_(ids))) == ROUNDS
    states = set(db.session.scalars(select(Declaration.state).where(Declaration.id.in_(ids))))
    assert states == {DeclarationState.IN_REVIEW}


def test_a_section_saved_from_two_tabs_keeps_the_first_and_tells_the_second(quick, race):
    draft = quick("draft")
    section = draft.sections[0]
    key, revision, section_id = section.key, section.revision, section.id
    forms = [{"topic": "甲标签页填写"}, {"topic": "乙标签页填写"}]
    order = {
        "do": "save",
        "person": "enterprise_admin",
        "declaration": draft.public_id,
        "seq": revision,
        "section": key,
    }

    results = race(*([order | {"form": form}] for form in forms))

    assert sorted(r[0] for r in results) == ["StaleRevision", "done"]
    stored = db.session.get(DeclarationSection, section_id)
    winner = forms[[r[0] for r in results].index("done")]
    assert stored.revision == revision + 1
    assert stored.answers["topic"] == winner["topic"]


def test_two_batches_over_the_same_rows_in_opposite_order_neither_hang_nor_act_twice(quick, race, person):
    waiting = [quick("first") for _ in range(ROUNDS)]
    ids, call_id = [d.id for d in waiting], waiting[0].call_id
    chosen = [[d.id, d.seq] for d in waiting]
    order = {"do": "recommend_many", "person": "county_officer"}

    results = race([order | {"chosen": chosen}], [order | {"chosen": chosen[::-1]}])

    assert sorted(r[0] for r in results) == ["AlreadyActed", "done"]
    records = select(func.count(ReviewRecord.id)).where(
        ReviewRecord.declaration_id.in_(ids), ReviewRecord.action == ReviewAction.RECOMMEND
    )
    assert db.session.scalar(records) == ROUNDS
    line = _line_of(person("county_officer"), call_id)
    assert (line.waiting, line.passed) == (0, ROUNDS)


def test_counts_stay_true_while_two_officers_decide_differently(quick, race, person):
    waiting = [quick("first") for _ in range(ROUNDS)]
    ids, call_id = [d.id for d in waiting], waiting[0].call_id

    race(_orders(waiting, "recommend", "county_officer"), _orders(waiting, "void", "county_officer"))

    states = list(db.session.scalars(select(Declaration.state).where(Declaration.id.in_(ids))))
    line = _line_of(person("county_officer"), call_id)
    assert line.waiting == 0
    assert (line.passed, line.declined) == (
        states.count(DeclarationState.IN_REVIEW),
        states.count(DeclarationState.VOID),
    )
    assert line.passed + line.declined == ROUNDS


def test_two_officers_ranking_at_once_keep_one_whole_order(quick, race, person):
    passed = [quick("second") for _ in range(ROUNDS)]
    ids, call_id = [d.id for d in passed], passed[0].call_id
    user = person("county_officer")
    call, workflows = review_lists.read_call(call_id, user)
    mark = ranking.ranking_of(call, user, workflows).mark
    order = {"do": "rank", "person": "county_officer", "call": call_id, "mark": mark}

    results = race([order | {"order": ids}], [order | {"order": ids[::-1]}])

    assert sorted(r[0] for r in results) == ["AlreadyActed", "done"]
    stored = dict(db.session.execute(select(Declaration.id, Declaration.county_priority)).all())
    winner = ids if results[0] == ["done"] else ids[::-1]
    assert [stored[row_id] for row_id in winner] == list(range(1, ROUNDS + 1))


def test_one_officer_in_two_windows_is_there_once(quick, race):
    declaration = quick("first")
    order = {"do": "present", "person": "county_officer", "declaration": declaration.id}

    results = race([order] * ROUNDS, [order] * ROUNDS)

    assert results == [["done"] * ROUNDS] * 2
    assert db.session.scalar(select(func.count(Presence.id))) == 1


def _line_of(user, call_id):
    programmes = review_lists.programmes_for(user, review_lists.workflows_of(user.site_id))
    return next(line for p in programmes for line in p.calls if line.call.id == call_id)


# ---------------------------------------------------------------- certifications


def test_of_two_people_certifying_one_credit_code_one_is_under_review(person, race):
    pairs = [_applicants(person("newcomer").site, number) for number in range(ROUNDS)]
    sides = zip(*[[{"do": "hand_in_certification", "person": name} for name in pair] for pair in pairs], strict=True)

    results = race(*map(list, sides))

    assert [sorted(pair) for pair in zip(*results, strict=True)] == [["Conflict", "done"]] * ROUNDS
    under_review = select(Certification.credit_code).where(Certification.state == CertificationState.SUBMITTED)
    assert sorted(db.session.scalars(under_review)) == sorted(code_of(number) for number in range(ROUNDS))


def test_two_officials_approving_one_certification_make_one_administrator(person, race):
    site = person("newcomer").site
    found = [handed_in(registered(site, f"alone_{number}"), number) for number in range(ROUNDS)]
    keys = [(row.public_id, row.revision) for row in found]
    order = {"do": "approve_certification"}
    sides = [
        [order | {"person": who, "certification": key, "revision": revision} for key, revision in keys]
        for who in ("county_officer", "county_admin")
    ]

    results = race(*sides)

    assert [sorted(pair) for pair in zip(*results, strict=True)] == [["AlreadyActed", "done"]] * ROUNDS
    members = select(Membership.id).join(Membership.enterprise).where(Enterprise.name.startswith("测试第"))
    assert len(db.session.scalars(members).all()) == ROUNDS


def _asking(person, who):
    """Let somebody who has just registered ask to join; returns the id of the request."""
    enterprise = person("enterprise_admin").memberships[0].enterprise
    role = MembershipRole.EMPLOYEE
    return joining.ask_to_join(enterprise, role, note="", by=registered(person("newcomer").site, who), at=now()).id


def test_letting_in_twice_or_while_it_is_taken_back_happens_once(person, race):
    askers = [f"asker_{number}" for number in range(ROUNDS)]
    requests = [_asking(person, who) for who in askers]
    letting_in = [{"do": "let_in", "person": "enterprise_admin", "request": one} for one in requests]
    taking_back = [
        {"do": "stop_asking", "person": who, "request": one} for who, one in zip(askers, requests, strict=True)
    ]

    results = race(letting_in, [*letting_in[: ROUNDS // 2], *taking_back[ROUNDS // 2 :]])

    assert [sorted(pair) for pair in zip(*results, strict=True)] == [["Conflict", "done"]] * ROUNDS
    states = db.session.execute(select(JoinRequest.account_id, JoinRequest.state)).all()
    members = set(db.session.scalars(select(Membership.account_id)))
    assert all((account_id in members) == (state is RequestState.GRANTED) for account_id, state in states)


def test_handing_over_against_removing_or_handing_over_leaves_one_administrator(person, race):
    bosses = [f"company_{number:02d}" for number in range(3, 3 + ROUNDS)]
    sides = [], []
    for number, boss in enumerate(bosses):
        enterprise = person(boss).memberships[0].enterprise
        one, other = (_employee(enterprise, f"{boss}_{name}") for name in ("one", "other"))
        against = "remove_member" if number % 2 else "hand_over"
        sides[0].append({"do": "hand_over", "person": boss, "member": one})
        sides[1].append({"do": against, "person": boss, "member": one if number % 2 else other})

    results = race(*sides)

    for first, second in zip(*results, strict=True):
        assert sorted((first, second))[1] == "done"
        assert {first, second} & {"Forbidden", "NotFound"}
    administrators = select(func.count(Membership.id)).where(Membership.role == MembershipRole.ADMINISTRATOR)
    enterprises = select(func.count(Membership.enterprise_id.distinct()))
    assert db.session.scalar(administrators) == db.session.scalar(enterprises)


def _employee(enterprise, username):
    account = registered(db.session.get_one(Site, enterprise.site_id), username)
    return accounts.join_enterprise(account, enterprise, MembershipRole.EMPLOYEE, by=None, at=now()).id


def _applicants(site, number):
    """Two people with complete certifications of the same credit code."""
    names = f"one_{number}", f"other_{number}"
    for name in names:
        filled(registered(site, name), number)
    return names
