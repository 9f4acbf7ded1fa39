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

REVIEWERS = frozenset({PROVINCE_OFFICER, CITY_OFFICER, OFFICE_LEADER, COUNTY_OFFICER})
ADMINISTRATORS = frozenset({PROVINCE_ADMINISTRATOR, CITY_ADMINISTRATOR, COUNTY_ADMINISTRATOR})
GOVERNMENT = REVIEWERS | ADMINISTRATORS
APPLICANTS = frozenset({ENTERPRISE_ADMINISTRATOR, ENTERPRISE_EMPLOYEE})
ALL_ROLES = GOVERNMENT | APPLICANTS | {PLATFORM_OPERATOR, AUDITOR}

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
screen("WorkbenchView", APPLICANTS)
screen("AttachmentView", APPLICANTS, ("can_edit",))
for _view in ("MyProjectsView", "MyDocumentsView"):
    screen(_view, APPLICANTS, ("can_list",))
screen("OwnEnterpriseView", APPLICANTS)
screen("OwnEnterpriseView", {ENTERPRISE_ADMINISTRATOR}, ("can_edit",))
screen("DownloadView", APPLICANTS | GOVERNMENT)

# ---------------------------------------------------------------- officials at their desks

for _view in ("DeskView", "ReviewView", "LetterView"):
    screen(_view, GOVERNMENT)
for _view in ("ReviewQueueAdmin", "ProjectAdmin"):
    screen(_view, GOVERNMENT, ("can_list",))
screen("ReviewView", REVIEWERS, ("can_act",))
screen("ReviewQueueAdmin", REVIEWERS, ("can_recommend",))
screen("LetterView", REVIEWERS, ("can_file",))

# ---------------------------------------------------------------- generated screens

for _view in ("DepartmentAdmin", "PersonAdmin"):
    screen(_view, ADMINISTRATORS, ("can_list", "can_add", "can_edit", "can_delete"))
screen("PersonAdmin", ADMINISTRATORS, ("enable", "disable", "lock", "unlock"))
screen("ResponsibleOfficeAdmin", ADMINISTRATORS, ("can_list", "can_edit", "set_many"))
screen("EnterpriseAdmin", GOVERNMENT, READ)
for _view in ("ProgrammeAdmin", "CallAdmin"):
    screen(_view, {PROVINCE_ADMINISTRATOR}, WRITE)
screen("DeclarationTypeAdmin", {PROVINCE_ADMINISTRATOR}, READ)
screen("GuideAdmin", {CITY_OFFICER}, ("can_list", "can_edit"))
screen("GuideFileView", GOVERNMENT | APPLICANTS)

# ---------------------------------------------------------------- operators' console

screen("OpsIndexView", {PLATFORM_OPERATOR, AUDITOR})
for _view in ("AuditEventAdmin", "LoginEventAdmin"):
    screen(_view, {PLATFORM_OPERATOR, AUDITOR})
for _view in ("JobAdmin", "StoredFileAdmin"):
    screen(_view, {PLATFORM_OPERATOR})
screen("JobAdmin", {PLATFORM_OPERATOR}, ("can_retry",))
screen("StoredFileAdmin", {PLATFORM_OPERATOR}, ("can_check",))
screen("AuditEventAdmin", {PLATFORM_OPERATOR, AUDITOR}, ("can_verify",))
screen("ops", {PLATFORM_OPERATOR, AUDITOR}, ("menu_access",))
