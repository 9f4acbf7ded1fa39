"""The studio: where authors of the province write declaration types, part by part, without code."""

from .basics import DraftBasicsView
from .drafts import DraftPartView, TypeDraftView
from .form_designer import DraftFormView
from .parts import DraftChecksView, DraftConditionsView, DraftWorkflowView
from .reach import DraftReachView
from .rehearsal import RehearsalPartView, RehearsalView, init_rehearsal
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
    DraftWorkbookView,
    TypeVersionView,
    RehearsalView,
    RehearsalPartView,
)

__all__ = ["VIEWS", "init_rehearsal"]
