"""Whose rows: one condition per model, used by every list, look-up, drop-down, action, export, count and message."""

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, and_, false, or_, select, true

from . import roles
from .errors import NotFound
from .extensions import db
from .models import (
    Account,
    Attachment,
    AuditEvent,
    Call,
    CallGuide,
    Declaration,
    DeclarationSection,
    DeclarationState,
    DeclarationType,
    DeclarationTypeVersion,
    Department,
    Document,
    Enterprise,
    EnterpriseYear,
    Job,
    Letter,
    LoginEvent,
    Membership,
    Programme,
    Region,
    ResponsibleOffice,
    ReviewRecord,
    RouteStep,
    Site,
    StoredFile,
    Submission,
)

Rule = Callable[[Account], ColumnElement[bool]]
RULES: dict[type, Rule] = {}


def visible(model: type, user: Account | None) -> ColumnElement[bool]:
    """Return the condition on the rows of `model` that `user` may see; KeyError for a model without a rule."""
    rule = RULES[model]
    if user is None or not user.is_authenticated:
        return false()
    return rule(user)


def get_visible(model: type, row_id: int | str, user: Account, *options: Any) -> Any:
    """Return the row by id, or by public id when a string is given; raises NotFound outside the scope."""
    column = model.public_id if isinstance(row_id, str) else model.id
    row = db.session.scalars(select(model).where(column == row_id, visible(model, user)).options(*options)).first()
    if row is None:
        raise NotFound(_("没有找到该记录，可能已被删除或不在您的管理范围内。"))
    return row


def rule(model: type) -> Callable[[Rule], Rule]:
    """Register the scope rule of a model."""

    def register(function: Rule) -> Rule:
        RULES[model] = function
        return function

    return register


def holds(user: Account, *names: str) -> bool:
    """Tell whether the user has one of the roles."""
    return not user.role_names.isdisjoint(names)


def bureau_of(user: Account) -> Department | None:
    """Return the bureau of a government user: the own department, or the one the own office belongs to."""
    department = user.department
    if department is None or department.kind.value == "bureau":
        return department
    return department.parent


def _any(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return or_(false(), *conditions)


def _own_site(model: type) -> Rule:
    return lambda user: model.site_id == user.site_id


def _operators_only(model: type) -> Rule:
    return lambda user: true() if holds(user, roles.PLATFORM_OPERATOR) else false()


def _log(model: type) -> Rule:
    """Operators alone see across sites; auditors read the log of their own."""

    def rule(user: Account) -> ColumnElement[bool]:
        if holds(user, roles.PLATFORM_OPERATOR):
            return true()
        return model.site_id == user.site_id if holds(user, roles.AUDITOR) else false()

    return rule


# ---------------------------------------------------------------- shared by everyone of a site

for _model in (Region, Programme, Call, DeclarationType):
    RULES[_model] = _own_site(_model)

RULES[Site] = lambda user: true() if holds(user, roles.PLATFORM_OPERATOR) else Site.id == user.site_id
RULES[LoginEvent] = _log(LoginEvent)
RULES[AuditEvent] = _log(AuditEvent)
RULES[StoredFile] = _operators_only(StoredFile)


@rule(DeclarationTypeVersion)
def _versions(user: Account) -> ColumnElement[bool]:
    return DeclarationTypeVersion.type_id.in_(select(DeclarationType.id).where(visible(DeclarationType, user)))


# ---------------------------------------------------------------- departments, people, responsible offices


@rule(Department)
def _departments(user: Account) -> ColumnElement[bool]:
    if not holds(user, *roles.GOVERNMENT):
        return false()
    bureau = bureau_of(user)
    if bureau is None:
        return false()
    return and_(Department.site_id == user.site_id, Department.path.startswith(bureau.path, autoescape=True))


@rule(Account)
def _accounts(user: Account) -> ColumnElement[bool]:
    conditions = [Account.id == user.id]
    if holds(user, *roles.ADMINISTRATORS):
        departments = select(Department.id).where(visible(Department, user))
        conditions.append(and_(Account.site_id == user.site_id, Account.department_id.in_(departments)))
    return _any(*conditions)


@rule(ResponsibleOffice)
def _responsible_offices(user: Account) -> ColumnElement[bool]:
    departments = select(Department.id).where(visible(Department, user))
    return and_(ResponsibleOffice.site_id == user.site_id, ResponsibleOffice.bureau_id.in_(departments))


@rule(CallGuide)
def _guides(user: Account) -> ColumnElement[bool]:
    calls = CallGuide.call_id.in_(select(Call.id).where(visible(Call, user)))
    if holds(user, roles.PROVINCE_ADMINISTRATOR, roles.PROVINCE_OFFICER):
        return calls
    if user.department is not None:
        region = user.department.region
        return and_(calls, CallGuide.city_id.in_({region.id, region.parent_id}))
    cities = select(Enterprise.city_id).where(Enterprise.id.in_(user.enterprise_ids))
    return and_(calls, CallGuide.city_id.in_(cities))


# ---------------------------------------------------------------- enterprises


@rule(Enterprise)
def _enterprises(user: Account) -> ColumnElement[bool]:
    return and_(
        Enterprise.site_id == user.site_id, _any(Enterprise.id.in_(user.enterprise_ids), _in_region(Enterprise, user))
    )


def _in_region(model: type, user: Account) -> ColumnElement[bool]:
    """Rows of the region that a government user works for."""
    if not holds(user, *roles.GOVERNMENT) or user.department is None:
        return false()
    region = user.department.region
    return {
        "province": true(),
        "city": model.city_id == region.id,
        "county": model.county_id == region.id,
        "zone": model.county_id == region.id,
    }[region.kind.value]


@rule(EnterpriseYear)
def _enterprise_years(user: Account) -> ColumnElement[bool]:
    return EnterpriseYear.enterprise_id.in_(select(Enterprise.id).where(visible(Enterprise, user)))


@rule(Membership)
def _memberships(user: Account) -> ColumnElement[bool]:
    return Membership.enterprise_id.in_(select(Enterprise.id).where(visible(Enterprise, user)))


# ---------------------------------------------------------------- declarations and what hangs on them


@rule(Declaration)
def _declarations(user: Account) -> ColumnElement[bool]:
    """Own enterprise's; those the own office has or had; administrators: the whole region, once submitted."""
    conditions = []
    if user.enterprise_ids:
        conditions.append(Declaration.enterprise_id.in_(user.enterprise_ids))
    if holds(user, *roles.REVIEWERS) and user.department_id is not None:
        conditions.append(_office_column(user) == user.department_id)
    if holds(user, *roles.ADMINISTRATORS):
        conditions.append(and_(_in_region(Declaration, user), Declaration.state != DeclarationState.DRAFT))
    return and_(Declaration.site_id == user.site_id, _any(*conditions))


def _office_column(user: Account) -> Any:
    return {
        "province": Declaration.province_office_id,
        "city": Declaration.city_office_id,
        "county": Declaration.county_office_id,
        "zone": Declaration.county_office_id,
    }[user.department.region.kind.value]


def _through_declaration(model: type) -> Rule:
    return lambda user: model.declaration_id.in_(select(Declaration.id).where(visible(Declaration, user)))


for _model in (Submission, ReviewRecord, Document):
    RULES[_model] = _through_declaration(_model)


def _drafts_stay_with_the_enterprise(model: type) -> Rule:
    """Draft sections and draft attachments are the enterprise's own; reviewers read what was submitted."""
    own = lambda user: select(Declaration.id).where(  # noqa: E731 - a one-line inner select reads best in place
        Declaration.enterprise_id.in_(user.enterprise_ids), visible(Declaration, user)
    )
    return lambda user: model.declaration_id.in_(own(user))


for _model in (DeclarationSection, Attachment):
    RULES[_model] = _drafts_stay_with_the_enterprise(_model)


@rule(RouteStep)
def _route_steps(user: Account) -> ColumnElement[bool]:
    return RouteStep.submission_id.in_(select(Submission.id).where(visible(Submission, user)))


@rule(Letter)
def _letters(user: Account) -> ColumnElement[bool]:
    """Letters of the own bureau and of the bureaus below it."""
    departments = select(Department.id).where(visible(Department, user))
    return and_(Letter.site_id == user.site_id, Letter.bureau_id.in_(departments))


@rule(Job)
def _jobs(user: Account) -> ColumnElement[bool]:
    if holds(user, roles.PLATFORM_OPERATOR):
        return true()
    return and_(Job.site_id == user.site_id, Job.created_by_id == user.id)
