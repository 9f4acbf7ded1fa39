"""Screens: `init_views` mounts all of them and is the whole menu."""

from flask import Flask
from flask_appbuilder import AppBuilder
from flask_babel import lazy_gettext as _

from . import declaring, studio
from .account import AccountView
from .acting import ActingView, init_acting
from .articles import ArticleAdmin
from .awards import AwardAdmin
from .captcha import CaptchaView
from .certification import CertificationFileView, CertificationView
from .certification_review import CertificationAdmin
from .credit import CreditRecordAdmin, CreditView
from .declaration_types import DeclarationTypeAdmin
from .departments import DepartmentAdmin
from .desk import DeskView
from .enterprise_accounts import EnterpriseAccountsView
from .enterprises import EnterpriseAdmin
from .error_pages import init_error_pages
from .expert_card import ExpertCardView
from .experts import ExpertAdmin
from .extensions import ExtensionAdmin
from .first_password import init_first_password
from .first_steps import FIRST_STEPS, FirstStepsView
from .forgotten_password import ForgottenPasswordView
from .former_names import FormerNameView
from .guide_applicants import GuideApplicantAdmin
from .guide_files import GuideFileView
from .guides import GuideAdmin
from .headers import init_headers
from .health import HealthView
from .jobs import JobView
from .joining import JoinView
from .labels import EnterpriseLabelView, LabelAdmin
from .language import LanguageView
from .letter_templates import LetterTemplateAdmin
from .letters import LetterView
from .materials import MaterialView
from .message_log import DeliveryAdmin, MessageLogAdmin
from .messages import MessageAdmin
from .navigation import init_navigation
from .objections import ObjectionAdmin
from .ops import init_ops
from .organisation_imports import DepartmentImportView, PeopleImportView
from .outputs import OutputView
from .own_mobile import OwnMobileView
from .people import PersonAdmin
from .portal import SECTIONS
from .presence import PresenceView
from .programmes import CallAdmin, ProgrammeAdmin
from .project import ProjectView
from .projects import ProjectAdmin
from .ranking import RankingView
from .register import RegisterView
from .responsible_offices import ResponsibleOfficeAdmin
from .review import ReviewView
from .review_queue import ReviewQueueAdmin
from .second_factor import SecondFactorView
from .sign_on import SignOnView, init_sign_on
from .sign_on_bound import BoundIdentityView
from .sign_on_first import FirstSignOnView
from .sign_on_screens import IdentityProviderAdmin, LinkedSystemAdmin
from .sign_on_server import OpenIdView
from .staff import StaffView
from .titles import TitleAdmin
from .unit_review import UnitReviewView
from .wordings import WordingView
from .words import init_words


def init_views(app: Flask, appbuilder: AppBuilder) -> None:
    """Tie headers, error pages and menu to the application and mount every screen."""
    init_headers(app)
    init_words(app)
    init_navigation(app)
    init_error_pages(app)
    init_first_password(app)
    studio.init_rehearsal(app)
    init_sign_on(app)
    init_acting(app)
    _mount(appbuilder)
    init_ops(app)


def _mount_sign_on(appbuilder: AppBuilder) -> None:
    """Mount signing on across systems: through others, for others, and what sets both up."""
    sign_on = {"category": "sign_on", "category_label": _("统一登录")}
    for view in (SignOnView, FirstSignOnView, BoundIdentityView, OpenIdView):
        appbuilder.add_view_no_menu(view)
    appbuilder.add_view(
        IdentityProviderAdmin, "identity_providers", label=_("统一身份认证"), icon="fa-id-card", **sign_on
    )
    appbuilder.add_view(LinkedSystemAdmin, "linked_systems", label=_("关联系统"), icon="fa-link", **sign_on)


def _mount(appbuilder: AppBuilder) -> None:
    appbuilder.add_view_no_menu(HealthView)
    appbuilder.add_view_no_menu(LanguageView)
    appbuilder.add_view_no_menu(JobView)
    for view in (AccountView, CaptchaView, ForgottenPasswordView, OwnMobileView, RegisterView, SecondFactorView):
        appbuilder.add_view_no_menu(view)
    _mount_enterprise(appbuilder)
    _mount_certification(appbuilder)
    _mount_review(appbuilder)
    _mount_settings(appbuilder)
    _mount_portal(appbuilder)
    _mount_messages(appbuilder)
    _mount_sign_on(appbuilder)
    appbuilder.add_view(ExpertCardView, "expert_card", label=_("专家登记"), icon="fa-id-card")


def _mount_enterprise(appbuilder: AppBuilder) -> None:
    """Mount what enterprise people work with, in the order of their menu."""
    appbuilder.add_view(FirstStepsView, FIRST_STEPS, label=_("身份办理"), icon="fa-id-badge")
    appbuilder.add_view(declaring.WorkbenchView, "workbench", label=_("企业工作台"), icon="fa-house")
    appbuilder.add_view(declaring.DeclareView, "declare", label=_("我要申报"), icon="fa-file-pen")
    appbuilder.add_view(declaring.MyProjectsView, "my_projects", label=_("我的项目"), icon="fa-folder-open")
    appbuilder.add_view(declaring.MyDocumentsView, "my_documents", label=_("我的申报书"), icon="fa-file-pdf")
    appbuilder.add_view(UnitReviewView, "unit_review", label=_("个人申报审核"), icon="fa-user-check")
    appbuilder.add_view(declaring.OwnEnterpriseView, "own_enterprise", label=_("企业信息"), icon="fa-building")
    appbuilder.add_view(declaring.OwnMaterialsView, "own_materials", label=_("附件材料"), icon="fa-paperclip")
    appbuilder.add_view(StaffView, "own_people", label=_("人员管理"), icon="fa-users")
    for view in (JoinView, ActingView):
        appbuilder.add_view_no_menu(view)
    for view in (
        declaring.DeclarationFormView,
        declaring.AttachmentView,
        declaring.IntroductionView,
        declaring.DeletedDraftsView,
        declaring.RecordListView,
        declaring.CopyView,
        declaring.ColleagueView,
        declaring.DeclarationDocumentView,
        declaring.SealingView,
        declaring.SubmissionView,
        declaring.DeclarationView,
        declaring.DownloadView,
    ):
        appbuilder.add_view_no_menu(view)


def _mount_certification(appbuilder: AppBuilder) -> None:
    """Mount the wizard by which a person becomes the administrator of an enterprise."""
    for view in (CertificationView, CertificationFileView):
        appbuilder.add_view_no_menu(view)


def _mount_review(appbuilder: AppBuilder) -> None:
    """Mount what officials review with, in the order of their menu."""
    appbuilder.add_view(DeskView, "desk", label=_("工作台"), icon="fa-house")
    appbuilder.add_view(ReviewView, "review", label=_("申报管理"), icon="fa-list-check")
    appbuilder.add_view(ProjectAdmin, "projects", label=_("项目中心"), icon="fa-folder-open")
    appbuilder.add_view(AwardAdmin, "awards", label=_("资金与下达"), icon="fa-coins")
    for view in (ReviewQueueAdmin, LetterView, OutputView, ProjectView, PresenceView, RankingView):
        appbuilder.add_view_no_menu(view)


def _mount_enterprises(appbuilder: AppBuilder) -> None:
    """Mount what officials know of enterprises."""
    enterprises = {"category": "about_enterprises", "category_label": _("企业")}
    appbuilder.add_view(ExtensionAdmin, "extensions", label=_("补报管理"), icon="fa-hourglass-half")
    appbuilder.add_view(EnterpriseAdmin, "enterprises", label=_("企业管理"), icon="fa-city", **enterprises)
    appbuilder.add_view(
        CertificationAdmin, "certifications", label=_("企业认证审核"), icon="fa-certificate", **enterprises
    )
    appbuilder.add_view(CreditView, "credit", label=_("信用查询"), icon="fa-magnifying-glass", **enterprises)
    appbuilder.add_view(TitleAdmin, "titles", label=_("历年入选名单"), icon="fa-award", **enterprises)
    appbuilder.add_view(LabelAdmin, "labels", label=_("企业标签"), icon="fa-tags", **enterprises)
    appbuilder.add_view(CreditRecordAdmin, "credit_records", label=_("失信名单"), icon="fa-ban", **enterprises)
    for view in (EnterpriseLabelView, FormerNameView, MaterialView):
        appbuilder.add_view_no_menu(view)


def _mount_portal(appbuilder: AppBuilder) -> None:
    """Mount what everybody reads, and what bureaus write and answer."""
    portal = {"category": "portal", "category_label": _("门户内容")}
    for view in SECTIONS:
        appbuilder.add_view_no_menu(view)
    appbuilder.add_view(ArticleAdmin, "articles", label=_("栏目文章"), icon="fa-newspaper", **portal)
    appbuilder.add_view(ObjectionAdmin, "objections", label=_("公示异议"), icon="fa-comment-dots", **portal)


def _mount_messages(appbuilder: AppBuilder) -> None:
    """Mount the inbox, which the bell of every page opens, and what administrators of messages work with."""
    telling = {"category": "telling", "category_label": _("消息管理")}
    appbuilder.add_view_no_menu(MessageAdmin)
    appbuilder.add_view(WordingView, "wordings", label=_("消息模板"), icon="fa-pen-to-square", **telling)
    appbuilder.add_view(MessageLogAdmin, "message_log", label=_("消息记录"), icon="fa-envelope-open-text", **telling)
    appbuilder.add_view(DeliveryAdmin, "deliveries", label=_("外发记录"), icon="fa-paper-plane", **telling)


def _mount_settings(appbuilder: AppBuilder) -> None:
    """Mount what officers and administrators look up and set up."""
    settings = {"category": "settings", "category_label": _("单位管理")}
    province = {"category": "province", "category_label": _("项目设置")}
    appbuilder.add_view(GuideAdmin, "guides", label=_("申报指南"), icon="fa-book-open")
    _mount_enterprises(appbuilder)
    appbuilder.add_view(ExpertAdmin, "experts", label=_("专家管理"), icon="fa-user-graduate")
    appbuilder.add_view(DepartmentAdmin, "departments", label=_("部门管理"), icon="fa-sitemap", **settings)
    appbuilder.add_view(PersonAdmin, "people", label=_("人员管理"), icon="fa-users", **settings)
    appbuilder.add_view(
        ResponsibleOfficeAdmin, "responsible_offices", label=_("设置责任科室"), icon="fa-people-arrows", **settings
    )
    appbuilder.add_view(
        LetterTemplateAdmin, "letter_templates", label=_("推荐函模板"), icon="fa-file-signature", **settings
    )
    appbuilder.add_view(ProgrammeAdmin, "programmes", label=_("项目认定评定"), icon="fa-layer-group", **province)
    appbuilder.add_view(CallAdmin, "calls", label=_("申报方向"), icon="fa-calendar-days", **province)
    appbuilder.add_view(studio.TypeDraftView, "type_drafts", label=_("类型设计"), icon="fa-pen-ruler", **province)
    appbuilder.add_view(DeclarationTypeAdmin, "types", label=_("申报类型"), icon="fa-file-lines", **province)
    for view in studio.VIEWS[1:]:
        appbuilder.add_view_no_menu(view)
    appbuilder.add_view_no_menu(GuideFileView)
    for view in (DepartmentImportView, PeopleImportView, EnterpriseAccountsView):
        appbuilder.add_view_no_menu(view)
    appbuilder.add_view_no_menu(GuideApplicantAdmin)
    appbuilder.add_link("ops", href="/ops/", label=_("平台运维"), icon="fa-gears")
