"""Screens: `init_views` mounts all of them and is the whole menu."""

from flask import Flask
from flask_appbuilder import AppBuilder
from flask_babel import lazy_gettext as _

from . import declaring
from .desk import DeskView
from .error_pages import init_error_pages
from .headers import init_headers
from .health import HealthView
from .language import LanguageView
from .letters import LetterView
from .navigation import init_navigation
from .projects import ProjectAdmin
from .review import ReviewView
from .review_queue import ReviewQueueAdmin


def init_views(app: Flask, appbuilder: AppBuilder) -> None:
    """Tie headers, error pages and menu to the application and mount every screen."""
    init_headers(app)
    init_navigation(app)
    init_error_pages(app)
    _mount(appbuilder)


def _mount(appbuilder: AppBuilder) -> None:
    appbuilder.add_view_no_menu(HealthView)
    appbuilder.add_view_no_menu(LanguageView)
    _mount_enterprise(appbuilder)
    _mount_review(appbuilder)


def _mount_enterprise(appbuilder: AppBuilder) -> None:
    """Mount what enterprise people work with, in the order of their menu."""
    appbuilder.add_view(declaring.WorkbenchView, "workbench", label=_("企业工作台"), icon="fa-house")
    appbuilder.add_view(declaring.DeclareView, "declare", label=_("我要申报"), icon="fa-file-pen")
    appbuilder.add_view(declaring.MyProjectsView, "my_projects", label=_("我的项目"), icon="fa-folder-open")
    appbuilder.add_view(declaring.MyDocumentsView, "my_documents", label=_("我的申报书"), icon="fa-file-pdf")
    appbuilder.add_view(declaring.OwnEnterpriseView, "own_enterprise", label=_("企业信息"), icon="fa-building")
    for view in (
        declaring.DeclarationFormView,
        declaring.AttachmentView,
        declaring.DeclarationDocumentView,
        declaring.SubmissionView,
        declaring.DeclarationView,
        declaring.DownloadView,
    ):
        appbuilder.add_view_no_menu(view)


def _mount_review(appbuilder: AppBuilder) -> None:
    """Mount what officials review with, in the order of their menu."""
    appbuilder.add_view(DeskView, "desk", label=_("工作台"), icon="fa-house")
    appbuilder.add_view(ReviewView, "review", label=_("申报管理"), icon="fa-list-check")
    appbuilder.add_view(ProjectAdmin, "projects", label=_("项目中心"), icon="fa-folder-open")
    for view in (ReviewQueueAdmin, LetterView):
        appbuilder.add_view_no_menu(view)
