"""Every "no" of the platform: an exception with a sentence for the person, raised deep and shown once."""

from typing import Any


class DomainError(Exception):
    """A refusal with a reason; `status` is the HTTP status a screen answers with, `details` goes to JSON clients."""

    status = 422

    def __init__(self, message: Any, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def __str__(self) -> str:
        return str(self.message)


class NotFound(DomainError):
    """There is no such row, or it lies outside the person's scope: the two look alike from outside."""

    status = 404


class Forbidden(DomainError):
    """The row may be seen, but this action is not the person's to take."""

    status = 403


class NotGranted(Forbidden):
    """The enterprise's administrator has not given the person the right to do this."""


class Conflict(DomainError):
    """Somebody else was faster; nothing was changed."""

    status = 409


class StaleRevision(Conflict):
    """The section was saved elsewhere meanwhile; `details` carries the stored answers and revision."""


class AlreadyActed(Conflict):
    """The declaration has moved on since the page was opened."""


class Closed(DomainError):
    """The declaration can no longer be edited."""

    status = 410


class DeadlinePassed(DomainError):
    """The time for this action is over."""


class NotOpen(DomainError):
    """The call is not open for this enterprise now."""


class NotListed(NotOpen):
    """The city's guide names who may declare, and the enterprise is not among them."""


class NotEligible(DomainError):
    """A gate of the call is not met, or its type does not admit the applicant."""


class QuotaExceeded(DomainError):
    """The enterprise has used up its number of declarations."""


class Incomplete(DomainError):
    """The declaration has open points; `details["report"]` lists them."""


class DocumentMissing(DomainError):
    """The declaration document is missing or no longer matches the answers."""


class BadFile(DomainError):
    """An upload is of the wrong kind, too large, or one too many."""


class Invalid(DomainError):
    """A value is wrong; `details["fields"]` may map field names to sentences."""


class TooManyAttempts(DomainError):
    """Too many tries in a short time."""

    status = 429


class SheetTooLarge(DomainError):
    """A sheet exceeds what its format can hold."""


class RenderFailed(DomainError):
    """A document would not print as it should; the sentence names the font, character, picture or attachment."""


class NotProven(DomainError):
    """Another system was to prove who somebody is, and did not."""

    status = 403


class ProviderDown(DomainError):
    """Another system does not answer as it should."""

    status = 503
