"""Screens of enterprise people: workbench, calls, the declaration form, documents, submissions, own projects."""

from .documents import DeclarationDocumentView
from .downloads import DownloadView
from .enterprise import OwnEnterpriseView
from .form import DeclarationFormView
from .openings import DeclareView
from .projects import MyDocumentsView, MyProjectsView
from .reading import DeclarationView
from .submitting import SubmissionView
from .uploads import AttachmentView
from .workbench import WorkbenchView

__all__ = [
    "AttachmentView",
    "DeclarationDocumentView",
    "DeclarationFormView",
    "DeclarationView",
    "DeclareView",
    "DownloadView",
    "MyDocumentsView",
    "MyProjectsView",
    "OwnEnterpriseView",
    "SubmissionView",
    "WorkbenchView",
]
