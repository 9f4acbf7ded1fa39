"""The studio: where authors of the province write declaration types, part by part, without code."""

from .basics import DraftBasicsView
from .columns import DraftColumnsView
from .documents import DraftDocumentsView
from .drafts import DraftPartView, TypeDraftView
from .form_designer import DraftFormView
from .parts import DraftChecksView, DraftConditionsView, DraftWorkflowView
from .reach import DraftReachView
from .rehearsal import RehearsalPartView, RehearsalView, init_rehearsal
from .texts import DraftTextsView
from .versions import TypeVersionView
from .workbooks import DraftWorkbookView

VIEWS = (
    TypeDraftView,
    DraftPartView,
    DraftBasicsView,
    DraftFormView,
    DraftChecksView,
    DraftConditionsView,
    DraftWorkflowView,
    DraftReachView,
    DraftDocumentsView,
    DraftColumnsView,
    DraftTextsView,
    DraftWorkbookView,
    TypeVersionView,
    RehearsalView,
    RehearsalPartView,
)

__all__ = ["VIEWS", "init_rehearsal"]
