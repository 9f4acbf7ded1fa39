"""Screens: `init_views` mounts all of them and is the whole menu."""

from flask import Flask
from flask_appbuilder import AppBuilder
from flask_babel import lazy_gettext as _

from . import declaring
from .declaration_types import DeclarationTypeAdmin
from .departments import DepartmentAdmin
from .desk import DeskView
from .enterprises import EnterpriseAdmin
from .error_pages import init_error_pages
from .guide_files import GuideFileView
from .guides import GuideAdmin
from .headers import init_headers
from .health import HealthView
from .language import LanguageView
from .letters import LetterView
from .navigation import init_navigation
from .ops import init_ops
from .people import PersonAdmin
from .programmes import CallAdmin, ProgrammeAdmin
from .projects import ProjectAdmin
from .responsible_offices import ResponsibleOfficeAdmin
from .review import ReviewView
from .review_queue import ReviewQueueAdmin
from .words import init_words


def init_views(app: Flask, appbuilder: AppBuilder) -> None:
    """Tie headers, error pages and menu to the application and mount every screen."""
    init_headers(app)
    init_words(app)
    init_navigation(app)
    init_error_pages(app)
    _mount(appbuilder)
    init_ops(app)


def _mount(appbuilder: AppBuilder) -> None:
    appbuilder.add_view_no_menu(HealthView)
    appbuilder.add_view_no_menu(LanguageView)
    _mount_enterprise(appbuilder)
    _mount_review(appbuilder)
    _mount_settings(appbuilder)


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


def _mount_settings(appbuilder: AppBuilder) -> None:
    """Mount what officers and administrators look up and set up."""
    settings = {"category": "settings", "category_label": _("单位管理")}
    province = {"category": "province", "category_label": _("项目设置")}
    appbuilder.add_view(GuideAdmin, "guides", label=_("申报指南"), icon="fa-book-open")
    appbuilder.add_view(EnterpriseAdmin, "enterprises", label=_("企业管理"), icon="fa-city")
    appbuilder.add_view(DepartmentAdmin, "departments", label=_("部门管理"), icon="fa-sitemap", **settings)
    appbuilder.add_view(PersonAdmin, "people", label=_("人员管理"), icon="fa-users", **settings)
    appbuilder.add_view(
        ResponsibleOfficeAdmin, "responsible_offices", label=_("设置责任科室"), icon="fa-people-arrows", **settings
    )
    appbuilder.add_view(ProgrammeAdmin, "programmes", label=_("项目认定评定"), icon="fa-layer-group", **province)
    appbuilder.add_view(CallAdmin, "calls", label=_("申报方向"), icon="fa-calendar-days", **province)
    appbuilder.add_view(DeclarationTypeAdmin, "types", label=_("申报类型"), icon="fa-file-lines", **province)
    appbuilder.add_view_no_menu(GuideFileView)
    appbuilder.add_link("ops", href="/ops/", label=_("平台运维"), icon="fa-gears")
