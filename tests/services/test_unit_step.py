"""Individuals declare inside their unit: its administrator acts before any bureau, and the rows stay theirs."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from app.clock import now
from app.errors import AlreadyActed, DeadlinePassed, NotEligible, NotFound
from app.extensions import db
from app.models import (
    Account,
    Attachment,
    Declaration,
    DeclarationSection,
    DeclarationState,
    Membership,
    Message,
    ReviewAction,
    ReviewRecord,
    Submission,
)
from app.permissions import visible
from app.services import (
    batches,
    calls,
    copying,
    declarations,
    digest,
    dossiers,
    histories,
    review_lists,
    reviews,
    staff,
    trash,
    turns,
)

SECOND = timedelta(seconds=1)


@pytest.fixture
def note(journey, call_of):
    """Return a function: state → a declaration of the individual (or another person) walked there."""
    calls_by_name = {}

    def walk(state: str, who: str = "individual") -> Declaration:
        call = calls_by_name.get("call") or calls_by_name.setdefault("call", call_of("unit_note"))
        return journey.walk_to(state, who, call)

    return walk


@pytest.fixture
def act(person):
    """Return a function: act on a declaration as a person and return it afresh."""

    def do(declaration, who, what, *, at=None, **options):
        user = person(who)
        found = reviews.read_declaration(declaration.id, user)
        reviews.act(found, what, by=user, at=at or now(), seq=found.seq, opinion="请核对。", **options)
        db.session.commit()
        db.session.expire_all()
        return db.session.get(Declaration, declaration.id)

    return do


@pytest.fixture
def offered(person):
    """Return a function: {action: refusal or None} as a person sees it."""

    def look(declaration, who):
        user = person(who)
        found = turns.available_actions(reviews.read_declaration(declaration.id, user), user, now())
        return {a.do: str(a.refusal) if a.refusal else None for a in found}

    return look


def sees(user: Account, declaration: Declaration) -> bool:
    query = select(Declaration.id).where(Declaration.id == declaration.id, visible(Declaration, user))
    return db.session.scalar(query) is not None


def told(user: Account, kind: str) -> list[Message]:
    return list(db.session.scalars(select(Message).where(Message.account_id == user.id, Message.kind == kind)))


def leave(account: Account) -> None:
    db.session.execute(delete(Membership).where(Membership.account_id == account.id))
    db.session.commit()
    db.session.expire_all()


# ---------------------------------------------------------------- the path


def test_the_unit_passes_it_on_to_the_county(note, act, person):
    declaration = note("unit")
    assert declaration.individual_id == person("individual").id
    assert (declaration.step_role, declaration.office_id, declaration.stage) == (
        "enterprise_administrator", None, "单位审核中",
    )  # fmt: skip
    assert declaration.sections[0].answers["who"] == person("individual").name

    declaration = act(declaration, "enterprise_admin", "recommend")
    assert (declaration.step, declaration.stage) == ("county", "区县审核中")
    assert declaration.office_id is not None
    record = turns.last_record(declaration)
    assert (record.action_label, record.by_name) == ("通过并提交", person("enterprise_admin").name)
    assert record.department_name == declaration.enterprise.name
    entry = histories.public_history(declaration)[0]
    assert entry.unit == f"{declaration.enterprise.name} {record.by_name}"
    assert entry.stage == "单位审核"

    declaration = act(act(declaration, "county_officer", "recommend"), "city_officer", "recommend")
    assert declaration.state is DeclarationState.APPROVED
    assert told(person("individual"), "approved")
    assert not told(person("enterprise_admin"), "approved")


def test_what_the_enterprise_declares_itself_skips_the_unit(note):
    declaration = note("county", "enterprise_admin")
    assert declaration.individual_id is None
    assert [s.skipped_reason is None for s in declaration.submission.route] == [False, True, True]
    assert turns.last_record(declaration).step_label == "申报单位"


def test_the_unit_returns_it_and_it_comes_back(note, act, person, journey):
    declaration = act(note("unit"), "enterprise_admin", "return")
    assert declaration.state is DeclarationState.RETURNED
    (message,) = told(person("individual"), "returned")
    assert message.body.startswith("您申报")
    assert "请核对" in message.body
    assert declaration.enterprise.name in message.body
    assert turns.last_record(declaration).to_label == "申报人"
    assert histories.return_of(declaration).unit.startswith(declaration.enterprise.name)
    assert not told(person("enterprise_admin"), "returned")

    again = declarations.read_own(declaration.public_id, person("individual"))
    declarations.submit_declaration(again, again.seq, by=person("individual"), at=now())
    db.session.commit()
    assert again.step == "unit"
    assert again.submission.number == 2


def test_the_unit_may_decline_where_the_type_says_so_and_take_it_back(note, act, person):
    declaration = act(note("unit"), "enterprise_admin", "decline")
    assert declaration.state is DeclarationState.DECLINED
    declaration = act(declaration, "enterprise_admin", "withdraw")
    assert (declaration.step, declaration.state) == ("unit", DeclarationState.IN_REVIEW)
    assert turns.last_record(declaration).department_name == declaration.enterprise.name


def test_the_unit_takes_back_until_the_county_acts(note, act, offered):
    declaration = act(note("unit"), "enterprise_admin", "recommend")
    assert offered(declaration, "enterprise_admin") == {"withdraw": None}
    declaration = act(declaration, "enterprise_admin", "withdraw")
    assert declaration.step == "unit"
    declaration = act(act(declaration, "enterprise_admin", "recommend"), "county_officer", "recommend")
    assert "下一环节已处理" in offered(declaration, "enterprise_admin")["withdraw"]


def test_the_county_returns_it_to_the_unit_or_to_the_person(note, act, offered, person):
    declaration = act(note("county"), "county_officer", "return", to="unit", straight_back=True)
    assert (declaration.step, declaration.office_id) == ("unit", None)
    assert offered(declaration, "enterprise_admin")["recommend"] is None
    phases = review_lists.phases_for(person("county_officer"), review_lists.workflows_of(declaration.site_id))
    in_phase = [
        name
        for name in ("waiting", "passed", "under_way", "returned", "declined", "void")
        if db.session.scalar(
            select(func.count(Declaration.id)).where(Declaration.id == declaration.id, getattr(phases, name))
        )
    ]
    assert in_phase == ["under_way"]
    declaration = act(declaration, "enterprise_admin", "recommend")
    assert declaration.step == "county"
    assert declaration.return_from is None
    declaration = act(declaration, "county_officer", "return", to=turns.APPLICANT)
    assert declaration.state is DeclarationState.RETURNED
    assert declarations.read_own(declaration.public_id, person("individual")) is declaration


def test_waiting_in_the_unit_is_no_missing_office(note, person):
    declaration = note("unit")
    administrator = person("county_admin")
    lines = review_lists.call_lines(administrator, review_lists.workflows_of(declaration.site_id))
    assert [line.unassigned + line.unassigned_below for line in lines if line.call.id == declaration.call_id] == [0]


def test_many_are_passed_on_at_once(note, person):
    waiting = [note("unit") for _ in range(3)]
    chosen = {d.id: d.seq for d in waiting}
    chosen[waiting[2].id] += 1
    outcomes = batches.recommend_many(chosen, by=person("enterprise_admin"), at=now())
    db.session.commit()
    assert [o.done for o in outcomes] == [True, True, False]
    db.session.expire_all()
    assert [d.step for d in waiting] == ["county", "county", "unit"]
    assert turns.last_record(waiting[0]).department_name == waiting[0].enterprise.name
    foreign = batches.recommend_many({waiting[2].id: waiting[2].seq}, by=person("company_03"), at=now())
    assert not foreign[0].done


# ---------------------------------------------------------------- time


def test_the_units_deadline_counts_to_the_second(note, act):
    declaration = note("unit")
    due = declaration.due_at
    assert due is not None
    with pytest.raises(DeadlinePassed):
        act(declaration, "enterprise_admin", "recommend", at=due + SECOND)
    assert act(declaration, "enterprise_admin", "recommend", at=due).step == "county"


def test_the_person_submits_inside_the_window(note, person):
    declaration = note("filled")
    late = declarations.closing_time(declaration) + SECOND
    with pytest.raises(DeadlinePassed):
        declarations.submit_declaration(declaration, 0, by=person("individual"), at=late)


def test_the_administrator_is_reminded_of_what_is_due(note, person, monkeypatch):
    declaration = note("unit")
    digest.send_digest(declaration.site_id, at=declaration.due_at - timedelta(hours=2))
    (message,) = told(person("enterprise_admin"), "review_due")
    assert declaration.title in message.body


# ---------------------------------------------------------------- who is told, and nobody there


def test_the_administrator_hears_of_an_arrival(note, person):
    declaration = note("unit")
    (message,) = told(person("enterprise_admin"), "unit_arrived")
    assert person("individual").name in message.body
    assert message.link == f"/unit-review/{declaration.public_id}"
    assert not told(person("enterprise_employee"), "unit_arrived")
    assert told(person("individual"), "submitted")
    assert not told(person("enterprise_employee"), "submitted")


def test_without_an_administrator_it_waits_and_the_person_is_told(note, act, person):
    call = note("draft").call
    boss = person("enterprise_admin")
    membership = boss.memberships[0]
    enterprise_id, role = membership.enterprise_id, membership.role
    leave(boss)
    draft = db.session.scalars(select(Declaration).where(Declaration.call_id == call.id)).one()
    own = declarations.read_own(draft.public_id, person("individual"))
    section = own.sections[0]
    form = {"topic": "无管理员的单位"}
    declarations.save_section(own, section.key, form, section.revision, by=person("individual"), at=now())
    declarations.submit_declaration(own, own.seq, by=person("individual"), at=now())
    db.session.commit()
    assert (own.step, own.stage) == ("unit", "单位审核中")
    assert len(told(person("individual"), "unit_without_administrator")) == 1

    db.session.add(Membership(account_id=boss.id, enterprise_id=enterprise_id, role=role))
    db.session.commit()
    db.session.expire_all()
    assert act(own, "enterprise_admin", "recommend").step == "county"


# ---------------------------------------------------------------- whose rows


def test_a_draft_is_the_persons_alone(note, person):
    draft = note("filled")
    assert sees(person("individual"), draft)
    for other in ("enterprise_admin", "enterprise_employee", "company_03", "county_officer", "county_admin"):
        assert not sees(person(other), draft), other
    draft = note("unit")
    assert sees(person("enterprise_admin"), draft)
    for other in ("enterprise_employee", "company_03", "county_officer"):
        assert not sees(person(other), draft), other
    with pytest.raises(NotFound):
        declarations.read_own(draft.public_id, person("enterprise_admin"))
    for model in (DeclarationSection, Attachment):
        query = select(func.count(model.id)).where(model.declaration_id == draft.id)
        assert db.session.scalar(query.where(visible(model, person("enterprise_admin")))) == 0


def test_the_unit_reads_what_was_handed_in_and_no_draft_attachment(note, person):
    declaration = note("unit")
    assert [f["name"] for f in declaration.submission.files] == ["学历证书.pdf", "身份证明.pdf"]
    mine = select(func.count(Attachment.id)).where(Attachment.declaration_id == declaration.id)
    assert db.session.scalar(mine.where(visible(Attachment, person("individual")))) == 2
    for other in ("enterprise_admin", "enterprise_employee", "county_officer"):
        assert db.session.scalar(mine.where(visible(Attachment, person(other)))) == 0
    submitted = select(func.count(Submission.id)).where(Submission.declaration_id == declaration.id)
    assert db.session.scalar(submitted.where(visible(Submission, person("enterprise_admin")))) == 1
    assert db.session.scalar(submitted.where(visible(Submission, person("enterprise_employee")))) == 0


def test_the_person_sees_nothing_of_the_enterprises_own(note, quick, person):
    own = note("county", "enterprise_admin")
    for other in (own, quick("draft")):
        assert not sees(person("individual"), other)
        assert not trash.deleted_drafts(person("individual"))


def test_openings_show_each_side_its_own(note, person):
    draft = note("draft")
    enterprise, call = draft.enterprise, draft.call
    mine = calls.opening_of(call, enterprise, now(), by=person("individual"))
    theirs = calls.opening_of(call, enterprise, now(), by=person("enterprise_employee"))
    assert mine.resumable == draft
    assert theirs.resumable is None
    assert theirs.is_open
    other = declarations.resume_or_start(call, enterprise, by=person("enterprise_admin"), at=now())
    assert other.id != draft.id
    assert other.individual_id is None
    assert not copying.earlier_of(other, person("enterprise_admin"))


def test_a_type_for_units_refuses_individuals_with_the_reason(call_of, person):
    call, applicant = call_of("quick_note"), person("individual")
    enterprise = applicant.memberships[0].enterprise
    opening = calls.opening_of(call, enterprise, now(), by=applicant)
    assert "须以单位名义申报" in str(opening.refusal)
    with pytest.raises(NotEligible):
        declarations.start_declaration(call, enterprise, by=applicant, at=now())


def test_who_leaves_the_unit_sees_no_more_and_the_draft_left_can_be_discarded(note, person):
    draft, handed_in = note("filled"), note("unit")
    staff.remove_member(person("individual").memberships[0], by=person("enterprise_admin"), at=now())
    db.session.commit()
    db.session.expire_all()
    assert not sees(person("individual"), draft)
    assert not sees(person("individual"), handed_in)
    boss = person("enterprise_admin")
    assert sees(boss, draft)
    assert not sees(person("enterprise_employee"), draft)
    declarations.delete_draft(db.session.get(Declaration, draft.id), by=boss, at=now())
    db.session.commit()
    assert [d.id for d, _who in trash.deleted_drafts(boss)] == [draft.id]


def test_the_dossier_knows_who_declares(note, person):
    dossier = dossiers.read_dossier(note("county").public_id, person("county_officer"), now())
    assert dossier.facts["applicant"]["kind"] == "individual"
    assert dossier.facts["applicant"]["name"] == person("individual").name


def test_the_loser_of_a_race_is_told_who_was_faster(note, person):
    declaration = note("unit")
    boss = person("enterprise_admin")
    found = reviews.read_declaration(declaration.id, boss)
    seq = found.seq
    reviews.act(found, "recommend", by=boss, at=now(), seq=seq)
    with pytest.raises(AlreadyActed, match=boss.name):
        reviews.act(found, "return", by=boss, at=now(), seq=seq, opinion="请核对。")
    query = select(ReviewRecord).where(
        ReviewRecord.declaration_id == declaration.id, ReviewRecord.action != ReviewAction.SUBMIT
    )
    assert len(db.session.scalars(query).all()) == 1
