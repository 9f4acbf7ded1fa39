"""Screens of enterprise people: workbench, calls, the declaration form, documents, submissions, own projects."""

from .colleagues import ColleagueView
from .copying import CopyView
from .documents import DeclarationDocumentView
from .downloads import DownloadView
from .enterprise import OwnEnterpriseView
from .form import DeclarationFormView
from .introductions import IntroductionView
from .materials import OwnMaterialsView
from .openings import DeclareView
from .projects import MyDocumentsView, MyProjectsView
from .reading import DeclarationView
from .record_lists import RecordListView
from .sealing import SealingView
from .submitting import SubmissionView
from .trash import DeletedDraftsView
from .uploads import AttachmentView
from .workbench import WorkbenchView

__all__ = [
    "AttachmentView",
    "ColleagueView",
    "CopyView",
    "DeclarationDocumentView",
    "DeclarationFormView",
    "DeclarationView",
    "DeclareView",
    "DeletedDraftsView",
    "DownloadView",
    "IntroductionView",
    "MyDocumentsView",
    "MyProjectsView",
    "OwnEnterpriseView",
    "OwnMaterialsView",
    "RecordListView",
    "SealingView",
    "SubmissionView",
    "WorkbenchView",
]
