"""Drafts as their form shows them: what is asked, what is open, until when, and what the browser needs to follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flask_babel import lazy_gettext as _

from ..errors import Closed, DomainError, NotFound, NotGranted
from ..forms import answers as forms
from ..forms.definition import DocumentSpec, Section, TypeDefinition
from ..models import Account, Declaration, DeclarationSection, DeclarationState, Document
from . import declarations, documents, grants, sealed_copies, titles
from .sealed_copies import Sealing
from .terms import Terms, terms_of
from .types import definition_of


@dataclass(frozen=True)
class Draft:
    """A declaration of the own enterprise at a moment; everything is judged once, on first use."""

    declaration: Declaration
    definition: TypeDefinition
    terms: Terms
    facts: Mapping[str, Any]
    at: datetime
    by: Account | None = None

    @property
    def answers(self) -> dict[str, dict[str, Any]]:
        """Return the stored answers by section."""
        return declarations.answers_of(self.declaration)

    @cached_property
    def report(self) -> forms.Report:
        """Return every open point."""
        return declarations.check_declaration(self.declaration, self.at, self.facts)

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Return the keys of the fields that are not asked."""
        return forms.hidden_paths(self.definition, self.answers, self.facts)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Return the sections to fill in."""
        return forms.shown_sections(self.definition, self.hidden)

    @property
    def closes_at(self) -> datetime | None:
        """Return until when it may be edited and submitted."""
        if self.declaration.state is DeclarationState.RETURNED:
            return self.declaration.due_at
        return self.terms.closes_at

    @cached_property
    def refusal(self) -> Closed | None:
        """Return why it can no longer be edited, or None."""
        try:
            declarations.require_open(self.declaration, self.closes_at, self.at)
        except Closed as refusal:
            return refusal
        return None

    @property
    def not_granted(self) -> NotGranted | None:
        """Return why the person may not fill it in, or None."""
        return grants.refusal(self.by, self.declaration.enterprise_id, grants.FILL) if self.by else None

    @property
    def may_go_on(self) -> bool:
        """Tell whether the person may fill it in or submit it."""
        own = self.declaration.enterprise_id
        return self.by is None or grants.refusal(self.by, own, grants.FILL, grants.SUBMIT) is None

    @property
    def document_spec(self) -> DocumentSpec | None:
        """Return what the type says of the declaration document, None when it has none."""
        return documents.declaration_spec(self.definition)

    @cached_property
    def document(self) -> Document | None:
        """Return the declaration document that equals the draft as it stands."""
        return documents.current_document(self.declaration, self.facts) if self.document_spec else None

    @cached_property
    def latest_document(self) -> Document | None:
        """Return the newest declaration document, whether it equals the draft or not."""
        return self.document or documents.latest_document(self.declaration)

    @cached_property
    def sealing(self) -> Sealing:
        """Return how far the sealed version of the document is."""
        if self.latest_document is None:
            return Sealing(self.document_spec, None, None, None)
        return sealed_copies.sealing_of(self.declaration, self.document_spec, self.document)

    @cached_property
    def held(self) -> titles.Held:
        """Return the titles that the enterprise holds."""
        return titles.held_by(self.declaration.enterprise)

    @cached_property
    def refusals(self) -> list[DomainError]:
        """Return what stands in the way of a submission besides form and documents."""
        return declarations.refusals_of(self.declaration, self.facts, self.held, self.at, by=self.by)

    @property
    def needs_document(self) -> bool:
        """Tell whether a submission needs the declaration document."""
        return self.document_spec is not None and self.document_spec.before == "submit"

    @property
    def is_ready(self) -> bool:
        """Tell whether nothing stands in the way of a submission."""
        return not (
            self.errors or self.refusals or (self.needs_document and self.document is None) or not self.sealing.is_done
        )

    @property
    def errors(self) -> int:
        """Count the points that block a submission."""
        return sum(problem.level == "error" for problem in self.report.problems)

    def section(self, key: str) -> Section:
        """Return a section that is asked; raises NotFound."""
        section = next((s for s in self.sections if s.key == key), None)
        if section is None:
            raise NotFound(_("没有找到该填报页，或按目前的填报内容不需要填写该页。"))
        return section

    def stored(self, key: str) -> DeclarationSection:
        """Return the stored row of a section; raises NotFound."""
        return declarations.stored_section(self.declaration, key)

    def neighbours(self, key: str) -> tuple[Section | None, Section | None]:
        """Return the sections before and after one."""
        keys = [s.key for s in self.sections]
        place = keys.index(key)
        before = self.sections[place - 1] if place else None
        after = self.sections[place + 1] if place + 1 < len(keys) else None
        return before, after

    def place(self, key: str) -> int:
        """Return the place of a section among those to fill in, from 1."""
        return [s.key for s in self.sections].index(key) + 1

    def files_under(self, key: str) -> bool:
        """Tell whether a section has uploads."""
        kinds = {field.key for field in self.definition.section(key).fields}
        return any(attachment.field_key in kinds for attachment in self.declaration.attachments)

    @property
    def first_open(self) -> Section:
        """Return the first section with something to do, or the first."""
        return next((s for s in self.sections if not self.report.sections[s.key].complete), self.sections[0])


def open_draft(public_id: str, user: Account, at: datetime) -> Draft:
    """Return a declaration of the own enterprise for its form; raises NotFound."""
    return draft_of(declarations.read_own(public_id, user), at, user)


def hold_draft(public_id: str, user: Account, at: datetime) -> Draft:
    """Return a declaration of the own enterprise that stays as it is until the transaction ends; raises NotFound."""
    return draft_of(declarations.read_own(public_id, user, hold=True), at, user)


def save_section(draft: Draft, key: str, form: Mapping[str, Any], revision: int, *, by: Account) -> DeclarationSection:
    """Store what was typed in one section of a held draft that nobody has judged yet; raises as `declarations` does."""
    return declarations.store_section(
        draft.declaration, key, form, revision, draft.terms, draft.facts, by=by, at=draft.at
    )


def draft_of(declaration: Declaration, at: datetime, by: Account | None = None) -> Draft:
    """Return a declaration that was read already for its form."""
    terms = terms_of(declaration)
    facts = declarations.facts_of(declaration, terms)
    return Draft(declaration, definition_of(declaration.version), terms, facts, at, by)


# ---------------------------------------------------------------- two hands on one section


def compare_posted(draft: Draft, key: str, posted: Mapping[str, Any]) -> tuple[forms.Difference, ...]:
    """Return what saving `posted` would change in a section as it is stored now."""
    stored = draft.stored(key).answers
    after = forms.update_section(draft.definition, key, draft.answers, posted, draft.facts)
    return forms.differences(draft.definition, {key: stored}, {key: after})
