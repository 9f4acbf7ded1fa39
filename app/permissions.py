"""Whose rows: one condition per model, used by every list, look-up, drop-down, action, export, count and message."""

from collections.abc import Callable, Collection
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, and_, false, or_, select, true

from . import roles
from .errors import NotFound
from .extensions import db
from .models import (
    Account,
    Article,
    ArticleFile,
    Attachment,
    AuditEvent,
    Call,
    CallGuide,
    Captcha,
    Certification,
    CertificationFile,
    CertificationState,
    CodeList,
    CodeListItem,
    CreditRecord,
    Declaration,
    DeclarationSection,
    DeclarationState,
    DeclarationType,
    DeclarationTypeVersion,
    Department,
    Document,
    Enterprise,
    EnterpriseYear,
    Expert,
    Extension,
    ExternalIdentity,
    FormerName,
    GuideApplicant,
    Holiday,
    IdentityProvider,
    Job,
    JoinRequest,
    Label,
    Letter,
    LetterTemplate,
    LinkedSystem,
    LoginEvent,
    Material,
    Membership,
    MembershipRole,
    Message,
    MessageTemplate,
    Objection,
    OneTimeCode,
    Outbox,
    PasswordRecord,
    PendingSignOn,
    Presence,
    Programme,
    Region,
    ResponsibleOffice,
    ReviewRecord,
    RouteStep,
    SealedCopy,
    SearchEntry,
    SignOnGrant,
    Site,
    StoredFile,
    Submission,
    Title,
    TypeDraft,
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


def _own_site_or_any_for_operators(model: type) -> Rule:
    return lambda user: true() if holds(user, roles.PLATFORM_OPERATOR) else model.site_id == user.site_id


def _log(model: type) -> Rule:
    """Operators alone see across sites; auditors read the log of their own."""

    def rule(user: Account) -> ColumnElement[bool]:
        if holds(user, roles.PLATFORM_OPERATOR):
            return true()
        return model.site_id == user.site_id if holds(user, roles.AUDITOR) else false()

    return rule


# ---------------------------------------------------------------- shared by everyone of a site

for _model in (Region, Programme, Call, DeclarationType, Label):
    RULES[_model] = _own_site(_model)

for _model in (CodeList, Holiday):
    RULES[_model] = _own_site_or_any_for_operators(_model)

RULES[CodeListItem] = lambda user: CodeListItem.list_id.in_(select(CodeList.id).where(visible(CodeList, user)))

for _model in (OneTimeCode, Captcha, PasswordRecord, SignOnGrant, PendingSignOn):
    RULES[_model] = lambda _user: false()  # secrets: services compare them, no screen shows them

RULES[ExternalIdentity] = lambda user: ExternalIdentity.account_id == user.id
RULES[SearchEntry] = _own_site(SearchEntry)
RULES[Site] = lambda user: true() if holds(user, roles.PLATFORM_OPERATOR) else Site.id == user.site_id
RULES[LoginEvent] = lambda user: or_(LoginEvent.account_id == user.id, _log(LoginEvent)(user))
RULES[AuditEvent] = _log(AuditEvent)
RULES[StoredFile] = _operators_only(StoredFile)


@rule(TypeDraft)
def _type_drafts(user: Account) -> ColumnElement[bool]:
    return TypeDraft.site_id == user.site_id if holds(user, roles.PROVINCE_ADMINISTRATOR) else false()


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


@rule(GuideApplicant)
def _guide_applicants(user: Account) -> ColumnElement[bool]:
    """The list of those who may declare is the officials' own."""
    if not holds(user, *roles.GOVERNMENT):
        return false()
    return GuideApplicant.guide_id.in_(select(CallGuide.id).where(visible(CallGuide, user)))


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


def _through_enterprise(model: type) -> Rule:
    return lambda user: model.enterprise_id.in_(select(Enterprise.id).where(visible(Enterprise, user)))


for _model in (Extension, FormerName, Material):
    RULES[_model] = _through_enterprise(_model)


@rule(Title)
def _titles(user: Account) -> ColumnElement[bool]:
    """Titles of the enterprises in sight; rows that no enterprise is linked to, by the city they are listed under."""
    conditions = [_through_enterprise(Title)(user)]
    if holds(user, *roles.GOVERNMENT) and user.department is not None:
        region = user.department.region
        conditions += [true()] if region.kind.value == "province" else [Title.city_id == region.id]
    return and_(Title.site_id == user.site_id, _any(*conditions))


@rule(CreditRecord)
def _credit_records(user: Account) -> ColumnElement[bool]:
    """信用查询 reaches across all regions; an enterprise sees its own records."""
    own = select(Enterprise.credit_code).where(Enterprise.id.in_(user.enterprise_ids))
    everything = true() if holds(user, *roles.GOVERNMENT) else CreditRecord.credit_code.in_(own)
    return and_(CreditRecord.site_id == user.site_id, everything)


@rule(Membership)
def _memberships(user: Account) -> ColumnElement[bool]:
    return Membership.enterprise_id.in_(select(Enterprise.id).where(visible(Enterprise, user)))


@rule(Certification)
def _certifications(user: Account) -> ColumnElement[bool]:
    """The own ones; those of the region once they are handed in."""
    handed_in = Certification.state != CertificationState.DRAFT
    conditions = [Certification.account_id == user.id, and_(_in_region(Certification, user), handed_in)]
    return and_(Certification.site_id == user.site_id, _any(*conditions))


RULES[CertificationFile] = lambda user: CertificationFile.certification_id.in_(
    select(Certification.id).where(visible(Certification, user))
)


@rule(JoinRequest)
def _join_requests(user: Account) -> ColumnElement[bool]:
    """The own ones, and for an enterprise's administrator those of people who want to join."""
    led = [m.enterprise_id for m in user.acting_memberships if m.role is MembershipRole.ADMINISTRATOR]
    conditions = [JoinRequest.account_id == user.id, JoinRequest.enterprise_id.in_(led)]
    return and_(JoinRequest.site_id == user.site_id, _any(*conditions))


@rule(Expert)
def _experts(user: Account) -> ColumnElement[bool]:
    """An expert's own card; officials of the province see all, those of a city theirs."""
    conditions = [Expert.account_id == user.id]
    if holds(user, *roles.GOVERNMENT) and user.department is not None:
        region = user.department.region
        conditions.append(true() if region.kind.value == "province" else Expert.city_id == region.id)
    return and_(Expert.site_id == user.site_id, _any(*conditions))


@rule(IdentityProvider)
def _identity_providers(user: Account) -> ColumnElement[bool]:
    if holds(user, roles.PLATFORM_OPERATOR):
        return true()
    return IdentityProvider.site_id == user.site_id if holds(user, roles.PROVINCE_ADMINISTRATOR) else false()


@rule(LinkedSystem)
def _linked_systems(user: Account) -> ColumnElement[bool]:
    """The province sets them up; whoever writes articles may link to them."""
    if holds(user, roles.PLATFORM_OPERATOR):
        return true()
    return LinkedSystem.site_id == user.site_id if holds(user, *roles.GOVERNMENT) else false()


# ---------------------------------------------------------------- declarations and what hangs on them


@rule(Declaration)
def _declarations(user: Account) -> ColumnElement[bool]:
    """Own enterprise's; those the own office has or had; administrators: the whole region, once submitted."""
    conditions = []
    if user.acting_memberships:
        conditions.append(and_(_of_own_enterprises(user), Declaration.deleted_at.is_(None)))
    if holds(user, *roles.REVIEWERS) and user.department_id is not None:
        conditions.append(_office_column(user) == user.department_id)
    if holds(user, *roles.ADMINISTRATORS):
        conditions.append(and_(_in_region(Declaration, user), Declaration.state != DeclarationState.DRAFT))
    return and_(Declaration.site_id == user.site_id, _any(*conditions))


def _of_own_enterprises(user: Account) -> ColumnElement[bool]:
    """What the person may fill in; administrators also read what individuals of the unit have handed in or left."""
    led = led_enterprises(user)
    return or_(fills_in(user), of_individuals(led)) if led else fills_in(user)


def fills_in(user: Account) -> ColumnElement[bool]:
    """What the enterprises declare that the person works for, and what one declares for oneself inside a unit."""
    ids = user.enterprise_ids
    whole = ids & {m.enterprise_id for m in user.memberships if m.role is not MembershipRole.INDIVIDUAL}
    conditions = [Declaration.individual_id == user.id]
    if whole:
        conditions.append(and_(Declaration.enterprise_id.in_(whole), Declaration.individual_id.is_(None)))
    return and_(Declaration.enterprise_id.in_(ids), or_(*conditions))


def of_individuals(enterprise_ids: Collection[int]) -> ColumnElement[bool]:
    """What individuals of the units have handed in, and what those left behind who are gone."""
    there = and_(
        Membership.account_id == Declaration.individual_id, Membership.enterprise_id == Declaration.enterprise_id
    )
    left = ~select(Membership.id).where(there).correlate(Declaration).exists()
    return and_(
        Declaration.enterprise_id.in_(enterprise_ids),
        Declaration.individual_id.is_not(None),
        or_(Declaration.submission_id.is_not(None), left),
    )


def led_enterprises(user: Account) -> frozenset[int]:
    """Return the enterprises whose administrator the person is."""
    led = (m.enterprise_id for m in user.memberships if m.role is MembershipRole.ADMINISTRATOR)
    return user.enterprise_ids & frozenset(led)


def may_fill_in(user: Account) -> ColumnElement[bool]:
    """What the person may fill in: a part of what `visible` shows, asked for at every save and so kept short."""
    if not user.acting_memberships:
        return false()
    return and_(Declaration.site_id == user.site_id, Declaration.deleted_at.is_(None), fills_in(user))


def in_trash(user: Account) -> ColumnElement[bool]:
    """Drafts that people of the own enterprise deleted; no other condition lets anybody see them."""
    return and_(Declaration.site_id == user.site_id, Declaration.deleted_at.is_not(None), _of_own_enterprises(user))


def _office_column(user: Account) -> Any:
    return {
        "province": Declaration.province_office_id,
        "city": Declaration.city_office_id,
        "county": Declaration.county_office_id,
        "zone": Declaration.county_office_id,
    }[user.department.region.kind.value]


def _through_declaration(model: type) -> Rule:
    return lambda user: model.declaration_id.in_(select(Declaration.id).where(visible(Declaration, user)))


for _model in (Submission, ReviewRecord, Document, SealedCopy):
    RULES[_model] = _through_declaration(_model)


def _drafts_stay_with_the_enterprise(model: type) -> Rule:
    """Draft sections and draft attachments belong to those who fill them in; others read what was submitted."""
    own = lambda user: select(Declaration.id).where(  # noqa: E731 - a one-line inner select reads best in place
        fills_in(user), visible(Declaration, user)
    )
    return lambda user: model.declaration_id.in_(own(user))


for _model in (DeclarationSection, Attachment):
    RULES[_model] = _drafts_stay_with_the_enterprise(_model)


@rule(Presence)
def _presence(user: Account) -> ColumnElement[bool]:
    """Officials see who else has a declaration open to decide it, enterprise people who fills which section."""
    place = Presence.place == "" if holds(user, *roles.GOVERNMENT) else Presence.place != ""
    return and_(place, _through_declaration(Presence)(user))


@rule(RouteStep)
def _route_steps(user: Account) -> ColumnElement[bool]:
    return RouteStep.submission_id.in_(select(Submission.id).where(visible(Submission, user)))


@rule(Letter)
def _letters(user: Account) -> ColumnElement[bool]:
    """Letters of the own bureau and of the bureaus below it."""
    departments = select(Department.id).where(visible(Department, user))
    return and_(Letter.site_id == user.site_id, Letter.bureau_id.in_(departments))


@rule(LetterTemplate)
def _letter_templates(user: Account) -> ColumnElement[bool]:
    """Wordings of the whole site, of the own bureau and of those below it."""
    if not holds(user, *roles.GOVERNMENT):
        return false()
    departments = select(Department.id).where(visible(Department, user))
    shared = LetterTemplate.bureau_id.is_(None)
    return and_(LetterTemplate.site_id == user.site_id, or_(shared, LetterTemplate.bureau_id.in_(departments)))


# ---------------------------------------------------------------- the portal, from its authors' side


@rule(Article)
def _articles(user: Account) -> ColumnElement[bool]:
    """What the own bureau and those below it wrote; what is published, everybody reads on the portal."""
    departments = select(Department.id).where(visible(Department, user))
    return and_(Article.site_id == user.site_id, Article.bureau_id.in_(departments))


RULES[ArticleFile] = lambda user: ArticleFile.article_id.in_(select(Article.id).where(visible(Article, user)))


@rule(Objection)
def _objections(user: Account) -> ColumnElement[bool]:
    """The bureau that published answers; who objected sees the own ones."""
    articles = select(Article.id).where(visible(Article, user))
    own = Objection.account_id == user.id
    return and_(Objection.site_id == user.site_id, or_(own, Objection.article_id.in_(articles)))


# ---------------------------------------------------------------- messages, jobs


@rule(Message)
def _messages(user: Account) -> ColumnElement[bool]:
    """Everybody's own; operators see who was told what, the province's administrators what their site told."""
    if holds(user, roles.PLATFORM_OPERATOR):
        return true()
    own = Message.account_id == user.id
    return or_(own, Message.site_id == user.site_id) if holds(user, roles.PROVINCE_ADMINISTRATOR) else own


@rule(Outbox)
def _outbox(user: Account) -> ColumnElement[bool]:
    if holds(user, roles.PLATFORM_OPERATOR):
        return true()
    readers = (roles.PROVINCE_ADMINISTRATOR, roles.AUDITOR)
    return Outbox.site_id == user.site_id if holds(user, *readers) else false()


@rule(MessageTemplate)
def _message_templates(user: Account) -> ColumnElement[bool]:
    if holds(user, roles.PLATFORM_OPERATOR):
        return true()
    return MessageTemplate.site_id == user.site_id if holds(user, roles.PROVINCE_ADMINISTRATOR) else false()


@rule(Job)
def _jobs(user: Account) -> ColumnElement[bool]:
    if holds(user, roles.PLATFORM_OPERATOR):
        return true()
    return and_(Job.site_id == user.site_id, Job.created_by_id == user.id)
