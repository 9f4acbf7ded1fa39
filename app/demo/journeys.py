"""Declarations walked into every step by the people who would do it, from the sample answers of their type."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ..clock import to_local
from ..extensions import db
from ..forms import samples
from ..forms.package import load_package
from ..jobs import run_job
from ..models import Account, Call, Declaration, DeclarationState, Enterprise, Membership, ReviewAction
from ..services import awards, declarations, documents, dossiers, reviews, sealed_copies, types
from ..services.turns import APPLICANT
from . import papers
from .world import World

HOUR = timedelta(hours=1)
OPINIONS = {
    ReviewAction.RECOMMEND: "材料齐全，符合申报条件，同意推荐。",
    ReviewAction.DECLINE: "不符合申报条件中关于典型案例的要求，不予推荐。",
    ReviewAction.RETURN: "审计报告页码不全，请补充完整后重新提交。",
    ReviewAction.VOID: "补充的佐证材料仍不完整、不清晰，视为无效申报。",
}


class Journey:
    """Walks declarations; its clock moves on an hour with every act, so that the records read naturally."""

    def __init__(self, at: datetime, packages: Sequence[Path] | None = None) -> None:
        self.at = at
        self.packages = list(packages or types.shipped_packages())

    def walk_to(self, state: str, company: str = "enterprise_admin", call: Call | None = None) -> Declaration:
        """Return the company's declaration at a step, or draft, filled, returned, approved, declined, void."""
        applicant = find_person(company)
        declaration = self.start(applicant, call)
        if state == "draft":
            return declaration
        self.fill(declaration, applicant)
        if state == "filled":
            return declaration
        if documents.declaration_spec(types.definition_of(declaration.version)):
            self.make_document(declaration, applicant)
        self.submit(declaration, applicant)
        return self._walk_on(declaration, state)

    def _walk_on(self, declaration: Declaration, state: str) -> Declaration:
        if state == "returned":
            return self.act(declaration, ReviewAction.RETURN, to=APPLICANT)
        if state == "declined":
            return self.act(declaration, ReviewAction.DECLINE)
        if state == "void":
            return self.act(declaration, ReviewAction.VOID)
        while declaration.step != state and declaration.state is DeclarationState.IN_REVIEW:
            self.act(declaration, ReviewAction.RECOMMEND)
        if state not in (declaration.step, declaration.state.value):
            raise LookupError(f"no step {state!r} on this route")
        return declaration

    def start(self, applicant: Account, call: Call | None = None) -> Declaration:
        """Open a draft of the open call."""
        enterprise = db.session.get(Enterprise, next(iter(applicant.enterprise_ids)))
        call = call or find_open_call(enterprise, self.at)
        declaration = declarations.start_declaration(call, enterprise, by=applicant, at=self.at)
        db.session.commit()
        return declarations.read_own(declaration.public_id, applicant)

    def fill(self, declaration: Declaration, applicant: Account, sample: int | None = None) -> None:
        """Answer every section from a sample of the type and attach its files."""
        shipped = self._samples(declaration)
        chosen = shipped[(declaration.id if sample is None else sample) % len(shipped)]
        for section in sorted(declaration.sections, key=lambda s: s.id):
            answers = chosen["answers"].get(section.key)
            if answers is not None:
                self._tick()
                declarations.save_section(
                    declaration, section.key, samples.as_form(answers), section.revision, by=applicant, at=self.at
                )
        for field_key, names in chosen.get("files", {}).items():
            for name in names:
                paper = BytesIO(papers.make_paper(name, declaration.enterprise.name))
                declarations.attach(declaration, field_key, paper, name, by=applicant, at=self.at)
        db.session.commit()

    def make_document(self, declaration: Declaration, applicant: Account) -> None:
        """Get the declaration document made, and hand it back sealed where the type takes that."""
        self.render_document(declaration, applicant)
        if sealed_copies.is_taken(documents.declaration_spec(types.definition_of(declaration.version))):
            self.seal(declaration, applicant)

    def seal(self, declaration: Declaration, applicant: Account) -> None:
        """Hand in a scan of the document that stands there."""
        document = documents.current_document(declaration, declarations.facts_of(declaration))
        scan = BytesIO(papers.make_paper("申报书（盖章版）", declaration.enterprise.name, document.pages))
        declarations.hand_in_sealed(declaration, scan, "申报书（盖章版）.pdf", by=applicant, at=self.at)
        db.session.commit()

    def render_document(self, declaration: Declaration, applicant: Account) -> None:
        """Let the worker make the declaration document, here and now."""
        facts = declarations.facts_of(declaration)
        report = declarations.check_declaration(declaration, self.at, facts)
        job = documents.request_document(declaration, report, facts, by=applicant, at=self.at)
        job_id = job.id
        db.session.commit()
        run_job(job_id)
        db.session.expire_all()
        if job.state.value != "done":
            raise RuntimeError(f"the document was not made: {job.message}")

    def submit(self, declaration: Declaration, applicant: Account) -> None:
        """Submit it."""
        self._tick()
        declarations.submit_declaration(declaration, declaration.seq, by=applicant, at=self.at)
        db.session.commit()

    def act(self, declaration: Declaration, action: ReviewAction, **options: Any) -> Declaration:
        """Let the person whose turn it is act."""
        self._tick()
        officer = find_officer(declaration)
        fresh = reviews.read_declaration(declaration.id, officer)
        reviews.act(fresh, action.value, by=officer, at=self.at, seq=fresh.seq, opinion=OPINIONS[action], **options)
        db.session.commit()
        db.session.refresh(declaration)
        return declaration

    def award(self, declaration: Declaration, amount: str, number: str) -> None:
        """Let the province record funds in 万元, and issue it under a number."""
        self._tick()
        record = next(r for r in dossiers.records_of(declaration) if r.action is ReviewAction.RECOMMEND)
        officer = db.session.get(Account, record.by_id)
        awards.award_many({declaration.id: awards.Entry(amount, "")}, by=officer, at=self.at)
        awards.issue_many([declaration.id], to_local(self.at).date(), number, by=officer, at=self.at)
        db.session.commit()

    def _samples(self, declaration: Declaration) -> list[dict[str, Any]]:
        """Return the sample answers that ship with the declaration's type."""
        key = types.definition_of(declaration.version).key
        return _shipped_samples(next(folder for folder in self.packages if _shipped_key(folder) == key))

    def _tick(self) -> None:
        self.at += timedelta(seconds=1)


@cache
def _shipped_key(folder: Path) -> str:
    return load_package(folder)["key"]


@cache
def _shipped_samples(folder: Path) -> list[dict[str, Any]]:
    return samples.load_samples(folder)


def find_person(username: str) -> Account:
    """Return a demo account."""
    return db.session.scalars(select(Account).where(Account.username == username)).one()


def find_officer(declaration: Declaration) -> Account:
    """Return the person for whom the declaration waits."""
    query = select(Account).where(Account.department_id == declaration.office_id).order_by(Account.id)
    if declaration.is_with_unit:
        members = select(Membership.account_id).where(Membership.enterprise_id == declaration.enterprise_id)
        query = select(Account).where(Account.id.in_(members))
    for account in db.session.scalars(query):
        if declaration.step_role in account.role_names:
            return account
    raise LookupError(f"nobody is there for {declaration.step} of declaration {declaration.id}")


def find_open_call(enterprise: Enterprise, at: datetime) -> Call:
    """Return the first call that the enterprise may declare now."""
    from ..services import calls

    return next(opening.call for opening in calls.openings_for(enterprise, at) if opening.is_open)


def travel(world: World, at: datetime) -> None:
    """Walk the demo companies' declarations to where they stand."""
    db.session.commit()
    call = next(iter(world.calls.values()))
    steps = [step.key for step in types.workflow_of(call.version).steps]
    for line in world.data["journeys"]:
        stand = steps[int(line["stand"])] if str(line["stand"]).isdigit() else line["stand"]
        journey = Journey(at - int(line["hours_ago"]) * HOUR)
        declaration = journey.walk_to(stand, line["company"], call)
        if "awarded" in line:
            journey.award(declaration, line["awarded"], line["issued_no"])
