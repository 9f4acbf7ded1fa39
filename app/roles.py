"""Roles, and which screens each of them may open.

`SCREENS` maps a role to (permission, view) pairs; it is the whole answer to "which screen". Rows are decided in
`permissions.py`, actions by the workflow of the declaration type.
"""

PLATFORM_OPERATOR = "platform_operator"
AUDITOR = "auditor"
PROVINCE_ADMINISTRATOR = "province_administrator"
PROVINCE_OFFICER = "province_officer"
CITY_ADMINISTRATOR = "city_administrator"
CITY_OFFICER = "city_officer"
OFFICE_LEADER = "office_leader"
COUNTY_ADMINISTRATOR = "county_administrator"
COUNTY_OFFICER = "county_officer"
ENTERPRISE_ADMINISTRATOR = "enterprise_administrator"
ENTERPRISE_EMPLOYEE = "enterprise_employee"
INDIVIDUAL = "individual"
EXPERT = "expert"
REGISTERED = "registered"

REVIEWERS = frozenset({PROVINCE_OFFICER, CITY_OFFICER, OFFICE_LEADER, COUNTY_OFFICER})
ADMINISTRATORS = frozenset({PROVINCE_ADMINISTRATOR, CITY_ADMINISTRATOR, COUNTY_ADMINISTRATOR})
GOVERNMENT = REVIEWERS | ADMINISTRATORS
CERTIFIERS = ADMINISTRATORS | {CITY_OFFICER, COUNTY_OFFICER}  # who may decide on 企业认证
APPLICANTS = frozenset({ENTERPRISE_ADMINISTRATOR, ENTERPRISE_EMPLOYEE, INDIVIDUAL})
SELF_REGISTERED = APPLICANTS | {EXPERT, REGISTERED}  # who came in by themselves
ALL_ROLES = GOVERNMENT | SELF_REGISTERED | {PLATFORM_OPERATOR, AUDITOR}

LABELS = {
    PLATFORM_OPERATOR: "平台运维",
    AUDITOR: "审计员",
    PROVINCE_ADMINISTRATOR: "省级管理员",
    PROVINCE_OFFICER: "省厅经办",
    CITY_ADMINISTRATOR: "地市管理员",
    CITY_OFFICER: "地市-处室-经办",
    OFFICE_LEADER: "地市-处室-领导",
    COUNTY_ADMINISTRATOR: "区县管理员",
    COUNTY_OFFICER: "区县经办",
    ENTERPRISE_ADMINISTRATOR: "企业管理员",
    ENTERPRISE_EMPLOYEE: "企业员工",
    INDIVIDUAL: "个人用户",
    EXPERT: "专家",
    REGISTERED: "注册用户",
}

READ = ("can_list", "can_show")
WRITE = (*READ, "can_add", "can_edit", "can_delete")

SCREENS: dict[str, set[tuple[str, str]]] = {role: set() for role in ALL_ROLES}


def screen(view: str, roles: frozenset[str] | set[str], permissions: tuple[str, ...] = ("can_read",)) -> None:
    """Grant `permissions` on the view named `view` to each of `roles`."""
    unknown = set(roles) - ALL_ROLES
    if unknown:
        raise ValueError(f"unknown roles: {sorted(unknown)}")
    for role in roles:
        SCREENS.setdefault(role, set()).update((permission, view) for permission in permissions)


def may(role_names: frozenset[str], permission: str, view: str) -> bool:
    """Tell whether any of the roles grants `permission` on `view`."""
    return any((permission, view) in SCREENS.get(role, ()) for role in role_names)


# ---------------------------------------------------------------- enterprise people

for _view in ("DeclareView", "DeclarationFormView", "DeclarationDocumentView", "SubmissionView", "DeclarationView"):
    screen(_view, APPLICANTS, ("can_read", "can_edit"))
screen("FirstStepsView", {REGISTERED})
screen("WorkbenchView", APPLICANTS)
screen("AttachmentView", APPLICANTS, ("can_edit",))
screen("IntroductionView", APPLICANTS, ("can_edit",))
screen("ColleagueView", APPLICANTS, ("can_edit",))
screen("CopyView", APPLICANTS, ("can_edit",))
screen("RecordListView", APPLICANTS, ("can_edit",))
screen("SealingView", APPLICANTS, ("can_edit",))
screen("DeletedDraftsView", APPLICANTS, ("can_read", "can_edit"))
screen("OwnMaterialsView", APPLICANTS, ("can_list",))
screen("OwnMaterialsView", APPLICANTS - {INDIVIDUAL}, ("can_add", "can_remove"))
screen("MaterialView", APPLICANTS)
for _view in ("MyProjectsView", "MyDocumentsView"):
    screen(_view, APPLICANTS, ("can_list",))
screen("OwnEnterpriseView", APPLICANTS)
screen("OwnEnterpriseView", {ENTERPRISE_ADMINISTRATOR, ENTERPRISE_EMPLOYEE}, ("can_edit",))
screen("UnitReviewView", {ENTERPRISE_ADMINISTRATOR}, ("can_list", "can_act", "can_recommend", "can_discard"))
screen("StaffView", {ENTERPRISE_ADMINISTRATOR}, ("can_read", "can_edit"))
screen("JoinView", SELF_REGISTERED, ("can_read", "can_edit"))
screen("ActingView", APPLICANTS)
screen("DownloadView", APPLICANTS | GOVERNMENT)
screen("CertificationView", SELF_REGISTERED, ("can_read", "can_edit"))
screen("CertificationFileView", SELF_REGISTERED | GOVERNMENT)
screen("JobView", ALL_ROLES)

screen("ExpertCardView", {REGISTERED, EXPERT})

# ---------------------------------------------------------------- officials at their desks

for _view in ("DeskView", "ReviewView", "LetterView"):
    screen(_view, GOVERNMENT)
for _view in ("ReviewQueueAdmin", "ProjectAdmin"):
    screen(_view, GOVERNMENT, ("can_list",))
screen("ReviewView", REVIEWERS, ("can_act",))
for _view in ("PresenceView", "ProjectView"):
    screen(_view, GOVERNMENT)
screen("PresenceView", REVIEWERS, ("can_note",))
screen("RankingView", REVIEWERS - {PROVINCE_OFFICER}, ("can_read", "can_rank"))
screen("AwardAdmin", {PROVINCE_OFFICER, PROVINCE_ADMINISTRATOR}, ("can_list",))
screen("AwardAdmin", {PROVINCE_OFFICER}, ("can_award", "can_issue", "can_take_back"))
screen("ReviewQueueAdmin", REVIEWERS, ("can_recommend",))
screen("LetterView", REVIEWERS, ("can_file",))
screen("OutputView", GOVERNMENT)
screen("LetterTemplateAdmin", ADMINISTRATORS, WRITE)
for _view in ("ProjectAdmin", "EnterpriseAdmin"):
    screen(_view, GOVERNMENT, ("can_export",))
screen("ProjectAdmin", GOVERNMENT, ("can_bundle",))

# ---------------------------------------------------------------- generated screens

for _view in ("DepartmentAdmin", "PersonAdmin"):
    screen(_view, ADMINISTRATORS, ("can_list", "can_add", "can_edit", "can_delete"))
screen("PersonAdmin", ADMINISTRATORS, ("enable", "disable", "lock", "unlock"))
for _view in ("DepartmentImportView", "PeopleImportView"):
    screen(_view, ADMINISTRATORS)
screen("EnterpriseAccountsView", GOVERNMENT)
screen("ResponsibleOfficeAdmin", ADMINISTRATORS, ("can_list", "can_edit", "set_many", "clear_many"))
screen("EnterpriseAdmin", GOVERNMENT, READ)
screen("CertificationAdmin", GOVERNMENT, READ)
screen("CertificationAdmin", CERTIFIERS, ("can_decide",))
screen("EnterpriseAdmin", {PROVINCE_ADMINISTRATOR, CITY_ADMINISTRATOR}, ("label",))
for _view in ("MaterialView", "CreditView"):
    screen(_view, GOVERNMENT)
screen("EnterpriseLabelView", {PROVINCE_ADMINISTRATOR, CITY_ADMINISTRATOR}, ("can_edit",))
screen("LabelAdmin", {PROVINCE_ADMINISTRATOR, CITY_ADMINISTRATOR}, ("can_list", "can_add", "can_edit", "can_delete"))
screen("FormerNameView", ADMINISTRATORS, ("can_edit",))
screen("CreditRecordAdmin", {PROVINCE_ADMINISTRATOR, CITY_ADMINISTRATOR}, ("can_list", "can_add", "take_out"))
screen("TitleAdmin", GOVERNMENT, ("can_list",))
screen("TitleAdmin", {PROVINCE_ADMINISTRATOR, CITY_ADMINISTRATOR}, ("can_add", "can_link"))
for _view in ("ProgrammeAdmin", "CallAdmin"):
    screen(_view, {PROVINCE_ADMINISTRATOR}, WRITE)
screen("DeclarationTypeAdmin", {PROVINCE_ADMINISTRATOR}, READ)
screen("TypeDraftView", {PROVINCE_ADMINISTRATOR}, ("can_read", "can_edit", "can_publish"))
for _view in ("DraftPartView", "DraftWorkbookView", "TypeVersionView"):
    screen(_view, {PROVINCE_ADMINISTRATOR}, ("can_read", "can_edit"))
screen("DraftBasicsView", {PROVINCE_ADMINISTRATOR}, ("can_edit",))
for _view in ("DraftChecksView", "DraftConditionsView", "DraftWorkflowView"):
    screen(_view, {PROVINCE_ADMINISTRATOR}, ("can_edit",))
screen("DraftFormView", {PROVINCE_ADMINISTRATOR}, ("can_edit",))
for _view in ("DraftDocumentsView", "DraftColumnsView", "DraftTextsView"):
    screen(_view, {PROVINCE_ADMINISTRATOR}, ("can_edit",))
screen("RehearsalView", {PROVINCE_ADMINISTRATOR})
screen("DraftReachView", {PROVINCE_ADMINISTRATOR})
screen("RehearsalPartView", APPLICANTS | REVIEWERS, ("can_play",))
screen("GuideAdmin", {CITY_OFFICER}, ("can_list", "can_edit", "batch_edit"))
screen("GuideApplicantAdmin", {CITY_OFFICER}, ("can_list", "strike"))
screen("ExtensionAdmin", {CITY_OFFICER, PROVINCE_OFFICER}, ("can_list", "can_add", "revoke"))
screen("GuideFileView", GOVERNMENT | APPLICANTS)

_CONFIRMING = {PROVINCE_ADMINISTRATOR, PROVINCE_OFFICER, CITY_ADMINISTRATOR, CITY_OFFICER}
screen("ExpertAdmin", _CONFIRMING, (*READ, "can_export", "confirm", "refuse"))

# ---------------------------------------------------------------- operators' console

screen("OpsIndexView", {PLATFORM_OPERATOR, AUDITOR})
for _view in ("AuditEventAdmin", "LoginEventAdmin", "OutboxAdmin", "CodeListItemAdmin", "HolidayAdmin"):
    screen(_view, {PLATFORM_OPERATOR, AUDITOR})
for _view in ("JobAdmin", "StoredFileAdmin", "MessageLogAdmin"):
    screen(_view, {PLATFORM_OPERATOR})
screen("OutboxAdmin", {PLATFORM_OPERATOR}, ("can_resend",))
screen("CodeListItemAdmin", {PLATFORM_OPERATOR}, ("can_ajax_update",))
screen("HolidayAdmin", {PLATFORM_OPERATOR}, ("can_ajax_update", "can_create_view", "can_delete_view", "can_take_in"))
screen("AuditEventAdmin", {PLATFORM_OPERATOR, AUDITOR}, ("can_export",))
screen("JobAdmin", {PLATFORM_OPERATOR}, ("can_retry",))
screen("StoredFileAdmin", {PLATFORM_OPERATOR}, ("can_check",))
screen("AuditEventAdmin", {PLATFORM_OPERATOR, AUDITOR}, ("can_verify",))
screen("ops", {PLATFORM_OPERATOR, AUDITOR}, ("menu_access",))

# ---------------------------------------------------------------- signing on across systems

screen("BoundIdentityView", SELF_REGISTERED)
screen("IdentityProviderAdmin", {PROVINCE_ADMINISTRATOR, PLATFORM_OPERATOR}, ("can_list", "can_add", "can_edit"))
screen("LinkedSystemAdmin", {PROVINCE_ADMINISTRATOR, PLATFORM_OPERATOR}, (*READ, "can_add", "can_edit", "renew_secret"))

# ---------------------------------------------------------------- messages

for _view in ("AccountView", "OwnMobileView"):
    screen(_view, ALL_ROLES)
screen("MessageAdmin", ALL_ROLES, ("can_list", "can_show", "mark_read"))
screen("WordingView", {PROVINCE_ADMINISTRATOR, PLATFORM_OPERATOR}, ("can_read", "can_edit"))
screen("MessageLogAdmin", {PROVINCE_ADMINISTRATOR}, READ)
screen("DeliveryAdmin", {PROVINCE_ADMINISTRATOR}, (*READ, "resend"))

# ---------------------------------------------------------------- the portal, from its authors' side

screen("ArticleAdmin", GOVERNMENT, (*WRITE, "publish", "take_down"))
screen("ObjectionAdmin", GOVERNMENT, (*READ, "can_answer"))
