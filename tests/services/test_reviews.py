"""The review chain: who may act, where it goes on, returns, withdrawals, deadlines to the second, many at once."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm.attributes import set_committed_value

from app.clock import now
from app.demo import journeys
from app.errors import AlreadyActed, DeadlinePassed, Forbidden, Invalid, NotFound
from app.extensions import db
from app.models import (
    Call,
    CallGuide,
    Declaration,
    DeclarationState,
    Department,
    ReviewAction,
    ReviewRecord,
    Submission,
)
from app.services import batches, declarations, offices, reviews, routing, turns

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
RECOMMEND, DECLINE, RETURN, WITHDRAW, VOID = (a.value for a in list(ReviewAction)[1:])


pytestmark = pytest.mark.usefixtures("stand_in_documents")


@pytest.fixture
def act(person):
    """Return a function: act on a declaration as a person and return it afresh."""

    def do(declaration, who, what, *, at=None, seq=None, **options):
        user = person(who)
        found = reviews.read_declaration(declaration.id, user)
        options.setdefault("opinion", "已核对。")
        reviews.act(found, what, by=user, at=at or now(), seq=found.seq if seq is None else seq, **options)
        db.session.commit()
        db.session.expire_all()
        return db.session.get(Declaration, declaration.id)

    return do


@pytest.fixture
def offered(person):
    """Return a function: {action: refusal or None} as a person sees it."""

    def look(declaration, who, at=None):
        user = person(who)
        found = turns.available_actions(reviews.read_declaration(declaration.id, user), user, at or now())
        return {a.do: str(a.refusal) if a.refusal else None for a in found}

    return look


@pytest.fixture
def resubmit(person):
    """Return a function: submit a returned declaration again as it stands."""

    def submit(declaration, who="enterprise_admin", at=None):
        applicant = person(who)
        own = declarations.read_own(declaration.public_id, applicant)
        declarations.submit_declaration(own, own.seq, by=applicant, at=at or now())
        db.session.commit()
        db.session.expire_all()
        return db.session.get(Declaration, declaration.id)

    return submit


def records_of(declaration):
    query = select(ReviewRecord).where(ReviewRecord.declaration_id == declaration.id).order_by(ReviewRecord.seq)
    return db.session.scalars(query).all()


def set_deadlines(declaration, *, county, city):
    """Move the deadlines of call and guide before anything is submitted."""
    db.session.execute(update(Call).where(Call.id == declaration.call_id).values(city_due_at=city))
    guide = (CallGuide.call_id == declaration.call_id, CallGuide.city_id == declaration.city_id)
    db.session.execute(update(CallGuide).where(*guide).values(county_due_at=county))
    db.session.commit()
    db.session.expire_all()


@pytest.fixture
def submitted(journey, person):
    """Return a function: a declaration at the county's step under deadlines of one's own."""

    def submit(county, city):
        applicant = person("enterprise_admin")
        declaration = journey.start(applicant)
        journey.fill(declaration, applicant)
        set_deadlines(declaration, county=county, city=city)
        journey.make_document(declaration, applicant)
        journey.submit(declaration, applicant)
        return declaration

    return submit


# ---------------------------------------------------------------- the chain


def test_the_chain_leads_from_county_to_the_provinces_approval(declaration_at, act):
    declaration = declaration_at("county")
    for who, step in (
        ("county_officer", "city_officer"),
        ("city_officer", "office_leader"),
        ("office_leader", "province"),
    ):
        declaration = act(declaration, who, RECOMMEND)
        assert (declaration.state, declaration.step) == (DeclarationState.IN_REVIEW, step)
    declaration = act(declaration, "province_officer", RECOMMEND)
    assert declaration.state is DeclarationState.APPROVED
    assert declaration.step is None
    assert declaration.office_id is None
    assert [r.seq for r in records_of(declaration)] == [1, 2, 3, 4, 5]
    assert [r.action_label for r in records_of(declaration)] == ["提交", "推荐", "推荐", "推荐", "通过"]


def test_every_record_says_who_acted_where_and_what_came_of_it(declaration_at, act):
    declaration = act(declaration_at("county"), "county_officer", RECOMMEND, opinion="  同意推荐。\r\n材料齐全。 ")
    record = records_of(declaration)[-1]
    assert (record.step, record.to_step, record.by_name) == ("county", "city_officer", "邓子谦")
    assert record.opinion == "同意推荐。\n材料齐全。"
    assert record.department_name == "工业发展股"


def test_only_role_and_office_of_the_step_may_act(declaration_at, act, offered, person):
    declaration = declaration_at("city_officer")
    for outsider in ("gz_city_officer", "province_officer"):
        with pytest.raises(NotFound):
            reviews.read_declaration(declaration.id, person(outsider))
    for onlooker in ("office_leader", "city_admin", "county_admin", "province_admin"):
        assert offered(declaration, onlooker) == {}
        with pytest.raises(Forbidden):
            act(declaration, onlooker, RECOMMEND)
    assert offered(declaration, "city_officer") == {RECOMMEND: None, DECLINE: None, RETURN: None, VOID: None}


def test_an_action_that_the_step_does_not_have_is_refused(declaration_at, act):
    declaration = declaration_at("county")
    for unknown in ("submit", "approve", ""):
        with pytest.raises(Forbidden):
            act(declaration, "county_officer", unknown)


def test_acting_on_what_somebody_else_has_just_moved_changes_nothing(declaration_at, act):
    declaration = declaration_at("county")
    seen = declaration.seq
    act(declaration, "county_officer", RECOMMEND)
    with pytest.raises(AlreadyActed, match=r"邓子谦于.*“推荐”"):
        act(declaration, "county_officer", DECLINE, seq=seen)
    assert len(records_of(declaration)) == 2


def test_declining_and_returning_ask_for_the_reason(declaration_at, act):
    declaration = declaration_at("county")
    for do in (DECLINE, RETURN, VOID):
        with pytest.raises(Invalid) as refusal:
            act(declaration, "county_officer", do, opinion="   ")
        assert "opinion" in refusal.value.details["fields"]
    with pytest.raises(Invalid):
        act(declaration, "county_officer", RECOMMEND, opinion="长" * (turns.MAX_OPINION + 1))
    assert len(records_of(declaration)) == 1


# ---------------------------------------------------------------- deadlines


def test_a_deadline_is_enforced_to_the_second(declaration_at, act, offered):
    declaration = declaration_at("county")
    due = declaration.due_at
    assert offered(declaration, "county_officer", at=due)[RECOMMEND] is None
    refusals = offered(declaration, "county_officer", at=due + SECOND)
    assert all("截止" in reason for reason in refusals.values())
    with pytest.raises(DeadlinePassed):
        act(declaration, "county_officer", RECOMMEND, at=due + SECOND)
    assert act(declaration, "county_officer", RECOMMEND, at=due).step == "city_officer"


def test_declined_is_final_but_may_be_withdrawn_until_the_deadline(declaration_at, act, offered):
    declaration = declaration_at("county")
    due = declaration.due_at
    declaration = act(declaration, "county_officer", DECLINE)
    assert declaration.state is DeclarationState.DECLINED
    assert set(offered(declaration, "county_officer")) == {WITHDRAW}
    assert "截止" in offered(declaration, "county_officer", at=due + SECOND)[WITHDRAW]
    with pytest.raises(DeadlinePassed):
        act(declaration, "county_officer", WITHDRAW, at=due + SECOND)
    declaration = act(declaration, "county_officer", WITHDRAW, at=due)
    assert (declaration.state, declaration.step, declaration.due_at) == (DeclarationState.IN_REVIEW, "county", due)


@pytest.mark.parametrize("who", ["county_officer", "city_officer"])
def test_void_is_an_end_of_its_own_with_its_reason_and_may_be_withdrawn(declaration_at, act, offered, who):
    stand = who.replace("_officer", "") if who == "county_officer" else who
    declaration = act(declaration_at(stand), who, VOID, opinion="佐证材料不清晰。")
    assert (declaration.state, declaration.step) == (DeclarationState.VOID, None)
    record = records_of(declaration)[-1]
    assert (record.action_label, record.to_label, record.opinion) == ("无效申报", "办结：无效申报", "佐证材料不清晰。")
    assert set(offered(declaration, who)) == {WITHDRAW}
    declaration = act(declaration, who, WITHDRAW)
    assert (declaration.state, declaration.step) == (DeclarationState.IN_REVIEW, stand)


def test_a_type_names_its_own_void_and_steps_without_it_refuse(quick, act):
    with pytest.raises(Forbidden):
        act(quick("second"), "city_officer", VOID)
    assert records_of(act(quick("first"), "county_officer", VOID))[-1].action_label == "视为无效"


# ---------------------------------------------------------------- withdrawing


def test_the_office_that_acted_last_may_withdraw_while_nothing_followed(declaration_at, act, offered):
    declaration = declaration_at("county")
    before = {name: getattr(declaration, name) for name in ("office_id", "due_at", "arrived_at", "public_label")}
    act(declaration, "county_officer", RECOMMEND)
    declaration = act(declaration, "county_officer", WITHDRAW, opinion="")
    assert declaration.step == "county"
    assert {name: getattr(declaration, name) for name in before} == before
    record = records_of(declaration)[-1]
    assert (record.step, record.step_label, record.to_step) == ("county", "区县初审", "county")
    assert offered(declaration, "county_officer") == {RECOMMEND: None, DECLINE: None, RETURN: None, VOID: None}


def test_after_the_next_step_has_acted_withdrawing_is_refused_with_the_reason(declaration_at, act, offered):
    declaration = declaration_at("county")
    act(declaration, "county_officer", RECOMMEND)
    act(declaration, "city_officer", RECOMMEND)
    assert offered(declaration, "county_officer") == {WITHDRAW: "下一环节已处理，无法撤回。"}
    with pytest.raises(AlreadyActed):
        act(declaration, "county_officer", WITHDRAW)
    assert offered(declaration, "city_officer") == {WITHDRAW: None}


def test_withdrawing_and_recommending_at_once_lets_exactly_one_win(declaration_at, act, person):
    declaration = act(declaration_at("county"), "county_officer", RECOMMEND)
    seen = declaration.seq
    act(declaration, "county_officer", WITHDRAW, seq=seen)
    with pytest.raises(AlreadyActed):
        act(declaration, "city_officer", RECOMMEND, seq=seen)
    assert [r.seq for r in records_of(declaration)] == [1, 2, 3]


def test_the_leader_of_an_office_cannot_withdraw_what_its_officer_did(declaration_at, act, offered):
    declaration = act(declaration_at("city_officer"), "city_officer", RECOMMEND)
    assert WITHDRAW not in offered(declaration, "office_leader")
    with pytest.raises(Forbidden):
        act(declaration, "office_leader", WITHDRAW)


def test_a_withdrawn_declaration_comes_to_the_office_that_is_responsible_now(declaration_at, act, person):
    declaration = act(declaration_at("county"), "county_officer", RECOMMEND)
    other = db.session.scalars(select(Department).where(Department.name == "信息化股")).one()
    offices.set_responsible_office(declaration.call, other, by=person("county_admin"), at=now())
    declaration = act(declaration, "county_officer", WITHDRAW)
    assert (declaration.office_id, declaration.county_office_id) == (other.id, other.id)


def test_an_approval_may_be_withdrawn_by_the_province(declaration_at, act):
    declaration = act(declaration_at("approved"), "province_officer", WITHDRAW)
    assert (declaration.state, declaration.step) == (DeclarationState.IN_REVIEW, "province")


@pytest.mark.parametrize("column", ["awarded", "issued_at"])
def test_an_approval_that_funds_or_a_plan_were_built_on_stands(declaration_at, act, offered, column):
    declaration = declaration_at("approved")
    setattr(declaration, column, now() if column == "issued_at" else 5000)
    db.session.commit()
    assert "无法撤回" in offered(declaration, "province_officer")[WITHDRAW]
    with pytest.raises(AlreadyActed):
        act(declaration, "province_officer", WITHDRAW)


def test_funds_given_since_the_approval_was_read_keep_it_from_being_withdrawn(quick, person):
    user = person("province_officer")
    declaration = reviews.read_declaration(quick("approved").id, user)
    seq = declaration.seq
    turns.require_action(declaration, WITHDRAW, user, now())
    db.session.execute(update(Declaration).values(awarded=5000), execution_options={"synchronize_session": False})
    with pytest.raises(AlreadyActed):
        reviews.act(declaration, WITHDRAW, by=user, at=now(), seq=seq)


# ---------------------------------------------------------------- sending back


def test_a_returned_declaration_may_be_mended_and_submitted_again_and_both_versions_stay(
    declaration_at, act, resubmit, journey, person
):
    declaration = act(declaration_at("county"), "county_officer", RETURN, to=turns.APPLICANT)
    assert declaration.state is DeclarationState.RETURNED
    applicant = person("enterprise_admin")
    own = declarations.read_own(declaration.public_id, applicant)
    before = own.submission.answers
    section = next(s for s in own.sections if s.key == "basic")
    declarations.save_section(own, "basic", {"address": "新址 1 号"}, section.revision, by=applicant, at=now())
    db.session.commit()
    journey.make_document(own, applicant)
    declaration = resubmit(declaration)
    assert (declaration.state, declaration.step) == (DeclarationState.IN_REVIEW, "county")
    versions = db.session.scalars(
        select(Submission).where(Submission.declaration_id == declaration.id).order_by(Submission.number)
    ).all()
    assert [s.number for s in versions] == [1, 2]
    assert versions[0].answers == before
    assert versions[1].answers["basic"]["address"] == "新址 1 号"


def test_a_return_may_be_withdrawn_until_the_applicant_submits(declaration_at, act, resubmit, offered):
    declaration = act(declaration_at("county"), "county_officer", RETURN, to=turns.APPLICANT)
    declaration = act(declaration, "county_officer", WITHDRAW)
    assert (declaration.state, declaration.return_from) == (DeclarationState.IN_REVIEW, None)
    act(declaration, "county_officer", RETURN, to=turns.APPLICANT)
    declaration = resubmit(declaration)
    assert WITHDRAW not in offered(declaration, "county_officer")


def test_a_return_from_the_city_passes_the_county_again_unless_it_comes_straight_back(declaration_at, act, resubmit):
    declaration = declaration_at("city_officer")
    act(declaration, "city_officer", RETURN, to=turns.APPLICANT)
    declaration = resubmit(declaration)
    assert declaration.step == "county"
    declaration = act(declaration, "county_officer", RECOMMEND)
    assert (declaration.step, declaration.return_from) == ("city_officer", None)
    act(declaration, "city_officer", RETURN, to=turns.APPLICANT, straight_back=True)
    declaration = resubmit(declaration)
    assert (declaration.step, declaration.return_from, declaration.return_straight) == ("city_officer", None, False)
    skipped = [s for s in declaration.submission.route if s.skipped_reason]
    assert [s.step for s in skipped] == ["county"]


def test_a_return_to_an_earlier_step_comes_back_over_the_steps_between(declaration_at, act):
    declaration = act(declaration_at("office_leader"), "office_leader", RETURN, to="county")
    assert (declaration.state, declaration.step) == (DeclarationState.IN_REVIEW, "county")
    declaration = act(declaration, "county_officer", RECOMMEND)
    assert (declaration.step, declaration.return_from) == ("city_officer", "office_leader")
    declaration = act(declaration, "city_officer", RECOMMEND)
    assert (declaration.step, declaration.return_from) == ("office_leader", None)


def test_a_return_to_an_earlier_step_may_come_straight_back(declaration_at, act):
    act(declaration_at("office_leader"), "office_leader", RETURN, to="county", straight_back=True)
    declaration = db.session.scalars(select(Declaration)).one()
    declaration = act(declaration, "county_officer", RECOMMEND)
    assert (declaration.step, declaration.return_from, declaration.return_straight) == ("office_leader", None, False)


def test_a_return_goes_only_to_the_applicant_or_an_earlier_step(declaration_at, act):
    declaration = declaration_at("city_officer")
    for wrong in ("city_officer", "province", "elsewhere"):
        with pytest.raises(Invalid) as refusal:
            act(declaration, "city_officer", RETURN, to=wrong)
        assert "to" in refusal.value.details["fields"]


def test_a_returns_due_time_is_its_own_within_that_of_the_returner(declaration_at, act):
    declaration = declaration_at("county")
    due, wanted = declaration.due_at, now() + DAY
    assert act(declaration, "county_officer", RETURN, to=turns.APPLICANT, due_at=wanted).due_at == wanted
    act(declaration, "county_officer", WITHDRAW)
    declaration = act(declaration, "county_officer", RETURN, to=turns.APPLICANT, due_at=due + DAY)
    assert declaration.due_at == due
    act(declaration, "county_officer", WITHDRAW)
    with pytest.raises(Invalid) as refusal:
        act(declaration, "county_officer", RETURN, to=turns.APPLICANT, due_at=now() - SECOND)
    assert "due_at" in refusal.value.details["fields"]


def test_the_applicant_may_answer_a_return_until_its_due_time_though_the_call_has_closed(declaration_at, act, resubmit):
    declaration = declaration_at("city_officer")
    closes, due = declaration.call.closes_at, declaration.due_at
    assert closes < due
    act(declaration, "city_officer", RETURN, to=turns.APPLICANT, due_at=due - DAY)
    with pytest.raises(DeadlinePassed):
        resubmit(declaration, at=due - DAY + SECOND)
    db.session.rollback()
    assert resubmit(declaration, at=due - DAY).state is DeclarationState.IN_REVIEW


def test_no_step_on_the_way_back_is_shut_by_its_own_passed_deadline(submitted, act, resubmit):
    start = now()
    declaration = submitted(county=start + DAY, city=start + 9 * DAY)
    act(declaration, "county_officer", RECOMMEND, at=start + SECOND)
    act(declaration, "city_officer", RETURN, to=turns.APPLICANT, due_at=start + 4 * DAY, at=start + 2 * DAY)
    declaration = resubmit(declaration, at=start + 3 * DAY)
    assert (declaration.step, declaration.due_at) == ("county", start + 9 * DAY)
    assert act(declaration, "county_officer", RECOMMEND, at=start + 5 * DAY).step == "city_officer"


def test_a_return_passed_on_to_the_applicant_comes_back_to_an_open_step(submitted, act, resubmit):
    start = now()
    declaration = submitted(county=start + DAY, city=start + 9 * DAY)
    act(declaration, "county_officer", RECOMMEND, at=start + SECOND)
    act(declaration, "city_officer", RETURN, to="county", due_at=start + 6 * DAY, at=start + 2 * DAY)
    act(declaration, "county_officer", RETURN, to=turns.APPLICANT, due_at=start + 4 * DAY, at=start + 3 * DAY)
    declaration = resubmit(declaration, at=start + 4 * DAY)
    assert declaration.step == "county"
    assert act(declaration, "county_officer", RECOMMEND, at=start + 6 * DAY).step == "city_officer"


def test_what_the_province_returns_after_the_citys_deadline_still_gets_through(submitted, act, person):
    start = now()
    declaration = submitted(county=start + DAY, city=start + 2 * DAY)
    for who in ("county_officer", "city_officer", "office_leader"):
        act(declaration, who, RECOMMEND, at=start + SECOND)
    late = start + 5 * DAY
    act(declaration, "province_officer", RETURN, to="county", due_at=late + DAY, at=late)
    assert declaration.due_at == late + DAY
    act(declaration, "county_officer", RECOMMEND, at=late + SECOND)
    outcome = batches.recommend_many({declaration.id: declaration.seq}, by=person("city_officer"), at=late + SECOND)
    db.session.commit()
    assert outcome[0].done
    db.session.expire_all()
    assert act(declaration, "office_leader", RECOMMEND, at=late + SECOND).step == "province"


# ---------------------------------------------------------------- responsible offices


def test_a_declaration_waits_visibly_for_its_office_and_moves_on_when_it_is_set(declaration_at, act, person):
    declaration = declaration_at("county", "company_09")
    assert declaration.office_id is None
    bureau = declaration.submission.route[0].bureau
    administrator = next(a for a in db.session.scalars(select(journeys.Account)) if a.department_id == bureau.id)
    assert reviews.read_declaration(declaration.id, administrator).id == declaration.id
    office = offices.offices_of(bureau)[0]
    offices.set_responsible_office(declaration.call, office, by=administrator, at=now())
    db.session.commit()
    db.session.expire_all()
    assert (declaration.office_id, declaration.county_office_id) == (office.id, office.id)
    officer = journeys.find_officer(declaration)
    found = reviews.read_declaration(declaration.id, officer)
    assert reviews.act(found, RECOMMEND, by=officer, at=now(), seq=found.seq).to_step == "city_officer"


def other_office(declaration) -> int:
    """Return another office of the bureau whose office has the declaration."""
    offices_there = select(Department.id).where(
        Department.parent_id == declaration.office.parent_id, Department.id != declaration.office_id
    )
    return db.session.scalars(offices_there).first()


def test_an_office_cannot_act_on_what_was_handed_over_since_its_page_was_read(quick, person):
    declaration = reviews.read_declaration(quick("first").id, person("county_officer"))
    former, seq = declaration.office_id, declaration.seq
    db.session.execute(update(Declaration).values(office_id=other_office(declaration)))
    set_committed_value(declaration, "office_id", former)  # as it was read

    with pytest.raises(AlreadyActed):
        reviews.act(declaration, "recommend", by=person("county_officer"), at=now(), seq=seq)
    assert turns.last_record(declaration).action is ReviewAction.SUBMIT


def test_a_batch_leaves_what_was_handed_over_since_it_was_read(quick, person, monkeypatch):
    declaration = quick("first")
    other, chosen = other_office(declaration), {declaration.id: declaration.seq}
    hold = routing.hold_assignments

    def hand_over_first(call_ids) -> None:
        db.session.execute(update(Declaration).values(office_id=other))
        hold(call_ids)

    monkeypatch.setattr(routing, "hold_assignments", hand_over_first)
    (outcome,) = batches.recommend_many(chosen, by=person("county_officer"), at=now())
    assert outcome.reason == str(batches.STALE)


def test_a_change_of_office_hands_over_what_waits_and_nothing_else(declaration_at, act, person):
    waiting = declaration_at("county")
    gone = act(declaration_at("county", "company_03"), "county_officer", RECOMMEND)
    before = gone.county_office_id
    other = db.session.scalars(select(Department).where(Department.name == "信息化股")).one()
    offices.set_responsible_office(waiting.call, other, by=person("county_admin"), at=now())
    db.session.commit()
    db.session.expire_all()
    assert waiting.office_id == other.id
    assert gone.county_office_id == before
    with pytest.raises(NotFound):
        reviews.read_declaration(waiting.id, person("county_officer"))


# ---------------------------------------------------------------- many at once


def test_a_batch_recommends_each_on_its_own_merits(declaration_at, act, person):
    good, stale, foreign, here_no_more = (
        declaration_at("county", company)
        for company in ("enterprise_admin", "company_03", "gz_enterprise_admin", "company_04")
    )
    moved = act(here_no_more, "county_officer", RECOMMEND)
    chosen = {good.id: good.seq, stale.id: stale.seq - 1, foreign.id: foreign.seq, moved.id: moved.seq, 10**9: 1}
    outcomes = batches.recommend_many(chosen, by=person("county_officer"), at=now(), opinion="同意推荐。")
    db.session.commit()
    db.session.expire_all()
    assert [(o.id, o.done) for o in outcomes] == [
        (good.id, True), (stale.id, False), (foreign.id, False), (moved.id, False), (10**9, False),
    ]  # fmt: skip
    assert [bool(o.title) for o in outcomes] == [True, True, False, True, False]
    reasons = [o.reason for o in outcomes[1:]]
    assert reasons == [str(batches.STALE), str(batches.FOREIGN), str(batches.FOREIGN), str(batches.FOREIGN)]
    assert (good.step, stale.step, foreign.step) == ("city_officer", "county", "county")


def test_a_batch_leaves_the_same_traces_as_single_actions(declaration_at, act, person):
    one, other = declaration_at("county"), declaration_at("county", "company_03")
    act(one, "county_officer", RECOMMEND, opinion="同意推荐。")
    batches.recommend_many({other.id: other.seq}, by=person("county_officer"), at=now(), opinion="同意推荐。")
    db.session.commit()
    db.session.expire_all()
    same = ("state", "step", "step_role", "public_label", "office_id", "due_at", "city_office_id", "seq")
    assert [getattr(one, name) for name in same] == [getattr(other, name) for name in same]
    single, batch = records_of(one)[-1], records_of(other)[-1]
    same = (
        "seq",
        "step",
        "step_label",
        "action",
        "action_label",
        "to_step",
        "to_label",
        "opinion",
        "by_id",
        "department_id",
    )
    assert [getattr(single, name) for name in same] == [getattr(batch, name) for name in same]
    assert single.before.keys() == batch.before.keys()
    steps = [d.submission.route[1].office_id for d in (one, other)]
    assert steps[0] == steps[1] == one.office_id
    assert act(other, "county_officer", WITHDRAW).step == "county"


def test_a_batch_at_the_final_step_approves(declaration_at, person):
    declaration = declaration_at("province")
    outcomes = batches.recommend_many({declaration.id: declaration.seq}, by=person("province_officer"), at=now())
    db.session.commit()
    db.session.expire_all()
    assert outcomes[0].done
    assert declaration.state is DeclarationState.APPROVED
    assert records_of(declaration)[-1].to_label == "办结：通过"


def test_a_batch_after_the_deadline_says_so_for_every_row(declaration_at, person):
    declaration = declaration_at("county")
    late = declaration.due_at + SECOND
    outcomes = batches.recommend_many({declaration.id: declaration.seq}, by=person("county_officer"), at=late)
    assert "截止" in outcomes[0].reason
    assert declaration.step == "county"


def test_a_batch_refuses_an_opinion_that_is_too_long_instead_of_cutting_it(declaration_at, person):
    declaration = declaration_at("county")
    with pytest.raises(Invalid):
        batches.recommend_many(
            {declaration.id: declaration.seq}, by=person("county_officer"), at=now(), opinion="长" * 2001
        )
    assert db.session.scalar(select(func.count(ReviewRecord.id))) == 1


def test_a_batch_ends_a_return_that_comes_straight_back(declaration_at, act, person):
    declaration = act(declaration_at("office_leader"), "office_leader", RETURN, to="county", straight_back=True)
    batches.recommend_many({declaration.id: declaration.seq}, by=person("county_officer"), at=now())
    db.session.commit()
    db.session.expire_all()
    assert (declaration.step, declaration.return_from, declaration.return_straight) == ("office_leader", None, False)


def test_a_batch_costs_the_same_statements_whatever_its_size(declaration_at, person, statements):
    rows = [declaration_at("county", company) for company in ("enterprise_admin", "company_03", "company_04")]
    costs = []
    for chosen in (rows[:1], rows[1:]):
        officer = person("county_officer")
        known = (officer.department.region.kind, officer.role_names, officer.enterprise_ids)
        picked = {declaration.id: declaration.seq for declaration in chosen}
        statements.clear()
        batches.recommend_many(picked, by=officer, at=now())
        db.session.flush()
        costs.append(len(statements))
        db.session.commit()
        assert known
    assert costs[0] == costs[1], statements
