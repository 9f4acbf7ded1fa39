"""An enterprise's people: added, granted, reset, removed, and the one administrator handing over."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.security import check_password_hash

from app import roles
from app.clock import now
from app.demo.world import PASSWORD
from app.errors import Forbidden, Invalid, NotFound, NotGranted
from app.models import Account, AuditEvent, Declaration, Membership, MembershipRole, Message
from app.permissions import get_visible
from app.services import accounts, declarations, enterprises, grants, materials, staff


@pytest.fixture
def boss(person):
    return person("enterprise_admin")


@pytest.fixture
def company(boss):
    return boss.memberships[0].enterprise


@pytest.fixture
def member(session, person):
    """Return a function: user name → the membership."""

    def find(username: str = "enterprise_employee") -> Membership:
        query = select(Membership).join(Account).where(Account.username == username)
        return session.scalars(query.execution_options(populate_existing=True)).one()

    return find


def _add(company, boss, username="new_hand", granted=grants.DEFAULT) -> Membership:
    return staff.add_employee(company, username, "孟晚舟", "Initial#2026", granted, by=boss, at=now())


# ---------------------------------------------------------------- adding and granting


def test_an_employee_is_added_and_must_change_the_password(session, person, company, boss):
    membership = _add(company, boss)
    account = membership.account
    assert account.must_change_password
    assert account.site_id == boss.site_id
    assert account.role_names == {roles.ENTERPRISE_EMPLOYEE}
    assert grants.of(membership) == set(grants.DEFAULT)
    actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id.desc()).limit(2)).all()
    assert actions == ["join", "add"]


@pytest.mark.parametrize("username", ["enterprise_admin", "a", "<b>x</b>", ""])
def test_a_user_name_that_is_taken_or_malformed_is_refused(company, boss, username):
    with pytest.raises(Invalid) as refusal:
        _add(company, boss, username)
    assert "username" in refusal.value.details["fields"]


def test_only_the_administrator_manages_people(person, company, member):
    employee = person("enterprise_employee")
    for act in (
        lambda: staff.members_of(company, staff.PEOPLE, employee),
        lambda: _add(company, employee),
        lambda: staff.set_grants(member(), list(grants.LABELS), by=employee, at=now()),
        lambda: staff.reset_password(member(), "Initial#2026", by=employee, at=now()),
        lambda: staff.remove_member(member("individual"), by=employee, at=now()),
        lambda: staff.find_member(company, member().id, employee),
    ):
        with pytest.raises(Forbidden):
            act()


def test_members_of_another_enterprise_are_not_found(person, member):
    other = person("company_03")
    with pytest.raises(NotFound):
        staff.find_member(other.memberships[0].enterprise, member().id, other)


def test_grants_are_kept_in_order_and_unknown_ones_dropped(boss, member):
    staff.set_grants(member(), ["submit", "no_such_grant", "fill"], by=boss, at=now())
    assert member().grants == ["fill", "submit"]
    with pytest.raises(Invalid):
        staff.set_grants(member("individual"), ["fill"], by=boss, at=now())


def test_members_from_before_grants_may_do_everything(session, member):
    member().grants = None
    session.flush()
    assert grants.of(member()) == set(grants.LABELS)


# ---------------------------------------------------------------- what grants allow


def _without(session, member, *kept: str) -> Account:
    member().grants = list(kept)
    session.flush()
    return member().account


def test_who_may_not_fill_in_neither_starts_nor_saves(session, quick, company, member):
    draft = quick("draft")
    employee = _without(session, member, grants.SUBMIT)
    own = declarations.read_own(draft.public_id, employee)
    for act in (
        lambda: declarations.start_declaration(draft.call, company, by=employee, at=now()),
        lambda: declarations.save_section(own, "basic", {}, 0, by=employee, at=now()),
        lambda: declarations.delete_draft(own, by=employee, at=now()),
        lambda: declarations.remove_attachment(own, "x" * 22, by=employee, at=now()),
    ):
        with pytest.raises(NotGranted, match="填报申报书"):
            act()


def test_who_may_not_submit_fills_in_and_leaves_submitting(session, quick, member):
    draft = quick("filled")
    employee = _without(session, member, grants.FILL)
    own = declarations.read_own(draft.public_id, employee)
    with pytest.raises(NotGranted, match="提交申报"):
        declarations.submit_declaration(own, own.seq, by=employee, at=now())
    _without(session, member, grants.FILL, grants.SUBMIT)
    declarations.submit_declaration(own, own.seq, by=employee, at=now())
    assert own.submission_id is not None


def test_particulars_and_materials_need_their_grants(session, company, member):
    employee = _without(session, member, grants.FILL)
    with pytest.raises(NotGranted, match="维护企业信息"):
        enterprises.update_enterprise(company, {}, by=employee, at=now())
    with pytest.raises(NotGranted, match="管理附件材料"):
        materials.add_material(company, "营业执照", None, "a.pdf", by=employee, at=now())


def test_a_type_may_leave_declaring_to_the_administrator(monkeypatch, quick, company, member, boss):
    draft = quick("filled")
    definition = declarations.definition_of(draft.version)
    object.__setattr__(definition, "applicants", type(definition.applicants)(("unit",), "administrator"))
    try:
        employee = member().account
        own = declarations.read_own(draft.public_id, employee)
        with pytest.raises(Forbidden, match="只能由企业管理员"):
            declarations.submit_declaration(own, own.seq, by=employee, at=now())
        with pytest.raises(Forbidden, match="只能由企业管理员"):
            declarations.start_declaration(draft.call, company, by=employee, at=now())
        declarations.submit_declaration(own, own.seq, by=boss, at=now())
    finally:
        object.__setattr__(definition, "applicants", type(definition.applicants)())


# ---------------------------------------------------------------- passwords


def test_a_reset_ends_sessions_and_asks_for_an_own_password(boss, member):
    epoch = member().account.login_epoch
    account = staff.reset_password(member(), "Initial#2026", by=boss, at=now())
    assert account.must_change_password
    assert account.login_epoch == epoch + 1
    assert check_password_hash(account.password, "Initial#2026")


def test_passwords_of_people_who_are_more_than_employees_are_not_this_enterprises(session, person, boss, member):
    other = person("company_03").memberships[0].enterprise
    accounts.join_enterprise(member().account, other, MembershipRole.EMPLOYEE, by=None, at=now())
    session.expire_all()
    employee = session.scalars(
        select(Membership).where(
            Membership.account_id == person("enterprise_employee").id,
            Membership.enterprise_id == boss.memberships[0].enterprise_id,
        )
    ).one()
    with pytest.raises(Forbidden, match="忘记密码"):
        staff.reset_password(employee, "Initial#2026", by=boss, at=now())
    for username in ("individual", "enterprise_admin"):
        with pytest.raises(Forbidden):
            staff.reset_password(member(username), "Initial#2026", by=boss, at=now())


# ---------------------------------------------------------------- leaving


def test_an_employee_who_left_has_no_access_and_the_work_stays(session, quick, boss, member, person):
    draft = quick("draft")
    employee = member().account
    epoch = employee.login_epoch
    staff.remove_member(member(), by=boss, at=now())
    assert employee.login_epoch == epoch + 1
    assert employee.role_names == {roles.REGISTERED}
    session.expire_all()
    gone = person("enterprise_employee")
    with pytest.raises(NotFound):
        get_visible(Declaration, draft.public_id, gone)
    with pytest.raises(NotFound):
        declarations.read_own(draft.public_id, gone)
    assert get_visible(Declaration, draft.public_id, person("enterprise_admin"))
    [event] = session.scalars(select(AuditEvent).where(AuditEvent.action == "leave"))
    assert event.detail["name"] == gone.name
    assert session.scalars(select(Message.kind).where(Message.account_id == gone.id)).all() == ["member_removed"]


def test_individuals_are_removed_alike(session, boss, member, person):
    staff.remove_member(member("individual"), by=boss, at=now())
    assert person("individual").role_names == {roles.REGISTERED}


def test_the_administrator_is_not_removed(boss, member):
    with pytest.raises(Invalid, match="转让"):
        staff.remove_member(member("enterprise_admin"), by=boss, at=now())


# ---------------------------------------------------------------- handing over


def test_handing_over_changes_both_and_tells_both(session, boss, company, member, person):
    staff.hand_over(member(), PASSWORD, by=boss, at=now())
    assert member().role is MembershipRole.ADMINISTRATOR
    assert member("enterprise_admin").role is MembershipRole.EMPLOYEE
    assert grants.of(member("enterprise_admin")) == set(grants.LABELS)
    assert person("enterprise_employee").role_names == {roles.ENTERPRISE_ADMINISTRATOR}
    assert person("enterprise_admin").role_names == {roles.ENTERPRISE_EMPLOYEE}
    kinds = {m.account_id: m.kind for m in session.scalars(select(Message))}
    assert kinds == {
        person("enterprise_employee").id: "administration_received",
        person("enterprise_admin").id: "administration_given",
    }
    with pytest.raises(Forbidden):
        staff.hand_over(member(), PASSWORD, by=boss, at=now())
    with pytest.raises(Forbidden):
        staff.members_of(company, staff.PEOPLE, boss)


def test_handing_over_needs_the_own_password_and_an_employee(session, boss, member):
    with pytest.raises(Invalid) as refusal:
        staff.hand_over(member(), "wrong", by=boss, at=now())
    assert "password" in refusal.value.details["fields"]
    assert boss.fail_login_count == 1
    with pytest.raises(Invalid):
        staff.hand_over(member("individual"), PASSWORD, by=boss, at=now())
    with pytest.raises(Invalid):
        staff.hand_over(member("enterprise_admin"), PASSWORD, by=boss, at=now())


def test_there_is_never_a_second_administrator(session, person, company):
    newcomer = person("newcomer")
    with pytest.raises(IntegrityError):
        accounts.join_enterprise(newcomer, company, MembershipRole.ADMINISTRATOR, by=None, at=now())
    session.rollback()


# ---------------------------------------------------------------- acting for one of several


def test_one_acts_for_one_enterprise_at_a_time(session, person, quick):
    both, other = person("enterprise_employee"), person("company_03").memberships[0].enterprise
    accounts.join_enterprise(both, other, MembershipRole.EMPLOYEE, by=None, at=now(), granted=grants.LABELS)
    theirs, ours = quick("draft", "company_03"), quick("draft", "enterprise_admin")
    both = person("enterprise_employee")
    assert len(both.enterprise_ids) == 2  # outside requests, e.g. for messages
    both.acting_id = other.id
    assert both.enterprise_ids == {other.id}
    assert get_visible(Declaration, theirs.public_id, both)
    with pytest.raises(NotFound):
        get_visible(Declaration, ours.public_id, both)
    assert grants.held_by(both, ours.enterprise_id) == frozenset()
    both.acting_id = 0
    for declaration in (ours, theirs):
        with pytest.raises(NotFound):
            get_visible(Declaration, declaration.public_id, both)


def test_roles_follow_the_enterprise_acted_for(session, person):
    boss, other = person("enterprise_admin"), person("company_03").memberships[0].enterprise
    accounts.join_enterprise(boss, other, MembershipRole.EMPLOYEE, by=None, at=now())
    boss.acting_id = other.id
    assert boss.role_names == {roles.ENTERPRISE_EMPLOYEE}
