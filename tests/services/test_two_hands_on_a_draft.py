"""Two people of one enterprise at one draft at the same moment: nothing that was called saved is missing afterwards."""

import io
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from app.clock import now
from app.errors import BadFile, Closed, DomainError, NotFound
from app.extensions import db
from app.models import Account, Attachment, Declaration
from app.services import declarations

PAUSE = 0.6  # long enough for the second to read, and to wait or to rush past


@pytest.fixture
def after(app):
    """Return a function: (public id, act) → a thread that reads the draft now and acts while another act is open."""

    def start(public_id: str, act: Callable[[Declaration, Account], None]) -> "Hand":
        hand = Hand(app, public_id, act)
        hand.start()
        return hand

    return start


class Hand(threading.Thread):
    """The second person, on a connection of its own; `outcome` is None when the act went through."""

    def __init__(self, app, public_id: str, act: Callable[[Declaration, Account], None]) -> None:
        super().__init__()
        self.app, self.public_id, self.act, self.outcome = app, public_id, act, None

    def run(self) -> None:
        with self.app.app_context():
            person = db.session.scalars(select(Account).where(Account.username == "enterprise_employee")).one()
            try:
                self.act(declarations.read_own(self.public_id, person), person)
                db.session.commit()
            except DomainError as refusal:
                self.outcome = refusal
            finally:
                db.session.rollback()
                db.session.remove()

    def while_open(self) -> DomainError | None:
        """Let it run against the open transaction of the test, commit that, and return what came of the second."""
        self.join(PAUSE)
        db.session.commit()
        self.join(30)
        return self.outcome


def save(text: str) -> Callable[[Declaration, Account], None]:
    def act(draft: Declaration, person: Account) -> None:
        section = draft.sections[0]
        declarations.save_section(draft, section.key, {"topic": text}, section.revision, by=person, at=now())

    return act


def submit(draft: Declaration, person: Account) -> None:
    declarations.submit_declaration(draft, draft.seq, by=person, at=now())


def own(draft: Declaration, person) -> tuple[Declaration, Account]:
    applicant = person("enterprise_admin")
    db.session.commit()
    return declarations.read_own(draft.public_id, applicant), applicant


def test_saving_while_a_colleague_submits_is_refused_and_not_lost_silently(quick, person, after):
    draft, applicant = own(quick("filled"), person)
    submit(draft, applicant)

    outcome = after(draft.public_id, save("提交之后才写的题目")).while_open()

    assert isinstance(outcome, Closed)
    declaration = db.session.get(Declaration, draft.id, populate_existing=True)
    assert declarations.answers_of(declaration) == declaration.submission.answers


def test_what_was_saved_just_before_the_submit_is_submitted(quick, person, after):
    draft, applicant = own(quick("filled"), person)
    save("最后一刻改的题目")(draft, applicant)

    outcome = after(draft.public_id, submit).while_open()

    assert outcome is None
    declaration = db.session.get(Declaration, draft.id, populate_existing=True)
    assert declaration.submission.answers[declaration.sections[0].key]["topic"] == "最后一刻改的题目"


def test_a_draft_cannot_be_deleted_while_it_is_submitted(quick, person, after):
    draft, applicant = own(quick("filled"), person)
    submit(draft, applicant)

    outcome = after(draft.public_id, lambda d, p: declarations.delete_draft(d, by=p, at=now())).while_open()

    assert "从未提交" in str(outcome)
    assert db.session.get(Declaration, draft.id, populate_existing=True).submission is not None


def test_saving_a_draft_that_is_being_deleted_says_so(quick, person, after):
    draft, applicant = own(quick("draft"), person)
    public_id = draft.public_id
    declarations.delete_draft(draft, by=applicant, at=now())

    assert isinstance(after(public_id, save("已删除")).while_open(), NotFound)


def test_two_uploads_at_once_stay_within_the_number_of_files(declaration_at, person, after):
    draft, applicant = own(declaration_at("draft"), person)
    field = next(f for f in declarations.definition_of(draft.version).file_fields if f.max_files == 1)
    picture = b"%PDF-1.4 "

    def attach(to: Declaration, by: Account) -> None:
        content = io.BytesIO(picture + by.username.encode())
        declarations.attach(to, field.key, content, "证照.pdf", by=by, at=now())

    attach(draft, applicant)

    assert isinstance(after(draft.public_id, attach).while_open(), BadFile)
    filed = select(func.count(Attachment.id)).where(Attachment.field_key == field.key)
    assert db.session.scalar(filed.where(Attachment.declaration_id == draft.id)) == 1
