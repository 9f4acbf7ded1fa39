"""Every table of the platform: columns, relations, constraints. No queries, no rules."""

from __future__ import annotations

import enum
import secrets
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import User
from flask_babel import lazy_gettext as _
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Enum,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    inspect,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from . import roles
from .clock import now
from .columns import BigId, Figure, Json, Money, UTCDateTime

FIGURES = tuple(f"figure_{n}" for n in range(1, 13))
TEXTS = tuple(f"text_{n}" for n in range(1, 9))
DATES = tuple(f"date_{n}" for n in range(1, 5))


def new_public_id() -> str:
    """Return an id that cannot be guessed, for URLs that a stranger may see (22 characters)."""
    return secrets.token_urlsafe(16)


def _enum(kind: type[enum.Enum], length: int = 32) -> Enum:
    return Enum(kind, native_enum=False, length=length, values_callable=lambda e: [m.value for m in e])


def _id() -> Mapped[int]:
    return mapped_column(BigId, primary_key=True, autoincrement=True)


def _ref(target: str, *, nullable: bool = False, index: bool = False, ondelete: str | None = None) -> Mapped[Any]:
    return mapped_column(BigId, ForeignKey(target, ondelete=ondelete), nullable=nullable, index=index)


# ---------------------------------------------------------------- enums


class RegionKind(enum.Enum):
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    ZONE = "zone"


class DepartmentKind(enum.Enum):
    BUREAU = "bureau"
    OFFICE = "office"

    @property
    def label(self):
        return {"bureau": _("主管部门"), "office": _("科室")}[self.value]


class IdKind(enum.Enum):
    GOVERNMENT_ACCOUNT = "government_account"
    ID_NUMBER = "id_number"

    @property
    def label(self):
        return {"government_account": _("粤政易账号"), "id_number": _("身份证号")}[self.value]


class MembershipRole(enum.Enum):
    ADMINISTRATOR = "administrator"
    EMPLOYEE = "employee"
    INDIVIDUAL = "individual"

    @property
    def label(self):
        return {"administrator": _("企业管理员"), "employee": _("企业员工"), "individual": _("个人用户")}[self.value]

    @property
    def role_name(self) -> str:
        """The role that people hold while they act by such a membership."""
        return {
            "administrator": roles.ENTERPRISE_ADMINISTRATOR,
            "employee": roles.ENTERPRISE_EMPLOYEE,
            "individual": roles.INDIVIDUAL,
        }[self.value]


class CertificationState(enum.Enum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"

    @property
    def label(self):
        return {
            "draft": _("填写中"),
            "submitted": _("审核中"),
            "returned": _("退回修改"),
            "approved": _("已认证"),
        }[self.value]

    @property
    def tone(self) -> str:
        return {"draft": "wait", "submitted": "brand", "returned": "warn", "approved": "ok"}[self.value]


class RequestState(enum.Enum):
    """Where a request that somebody else decides stands."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def label(self):
        return {
            "open": _("待审核"),
            "granted": _("已通过"),
            "refused": _("未通过"),
            "withdrawn": _("已撤回"),
        }[self.value]

    @property
    def tone(self) -> str:
        return {"open": "brand", "granted": "ok", "refused": "stop", "withdrawn": "wait"}[self.value]


class ProviderAudience(enum.Enum):
    """Whom an identity provider knows."""

    ENTERPRISE = "enterprise"
    INDIVIDUAL = "individual"
    GOVERNMENT = "government"

    @property
    def label(self):
        return {"enterprise": _("企业用户"), "individual": _("个人用户"), "government": _("政务用户")}[self.value]


class Funding(enum.Enum):
    FUNDED = "funded"
    UNFUNDED = "unfunded"

    @property
    def label(self):
        return {"funded": _("资金类"), "unfunded": _("非资金类")}[self.value]


class Applicants(enum.Enum):
    """Who may declare under a city's guide."""

    ALL = "all"
    PICKED = "picked"
    IMPORTED = "imported"

    @property
    def label(self):
        return {"all": _("所有单位"), "picked": _("选择单位"), "imported": _("按名单导入")}[self.value]


class VersionStatus(enum.Enum):
    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class DeclarationState(enum.Enum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    APPROVED = "approved"
    DECLINED = "declined"
    VOID = "void"

    @property
    def label(self):
        return {
            "draft": _("申报人申报"),
            "in_review": _("审核中"),
            "returned": _("退回待提交"),
            "approved": _("通过"),
            "declined": _("不通过"),
            "void": _("无效申报"),
        }[self.value]

    @property
    def tone(self) -> str:
        return {
            "draft": "wait",
            "in_review": "brand",
            "returned": "warn",
            "approved": "ok",
            "declined": "stop",
            "void": "stop",
        }[self.value]


EDITABLE = frozenset({DeclarationState.DRAFT, DeclarationState.RETURNED})


class ReviewAction(enum.Enum):
    SUBMIT = "submit"
    RECOMMEND = "recommend"
    DECLINE = "decline"
    RETURN = "return"
    WITHDRAW = "withdraw"
    VOID = "void"

    @property
    def label(self):
        return {
            "submit": _("提交"),
            "recommend": _("推荐"),
            "decline": _("不推荐"),
            "return": _("回退"),
            "withdraw": _("撤回"),
            "void": _("判为无效申报"),
        }[self.value]


class JobState(enum.Enum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def label(self):
        return {"queued": _("排队中"), "running": _("处理中"), "done": _("已完成"), "failed": _("失败")}[self.value]

    @property
    def tone(self) -> str:
        return {"queued": "wait", "running": "brand", "done": "ok", "failed": "stop"}[self.value]


class Channel(enum.Enum):
    """A way to reach a person beside the inbox."""

    EMAIL = "email"
    SMS = "sms"

    @property
    def label(self):
        return {"email": _("电子邮件"), "sms": _("短信")}[self.value]


class DeliveryState(enum.Enum):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"

    @property
    def label(self):
        return {"waiting": _("待发送"), "sent": _("已发送"), "failed": _("发送失败")}[self.value]

    @property
    def tone(self) -> str:
        return {"waiting": "wait", "sent": "ok", "failed": "stop"}[self.value]


class ArticleKind(enum.Enum):
    """What the portal publishes."""

    NOTICE = "notice"
    POLICY = "policy"
    PUBLICITY = "publicity"
    GUIDE = "guide"
    FAQ = "faq"
    LINK = "link"

    @property
    def label(self):
        return {
            "notice": _("申报通知"),
            "policy": _("政策文件"),
            "publicity": _("结果公示"),
            "guide": _("服务指南"),
            "faq": _("常见问题"),
            "link": _("快速链接"),
        }[self.value]


class ObjectionState(enum.Enum):
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"

    @property
    def label(self):
        return {"open": _("待答复"), "answered": _("已答复"), "closed": _("已办结")}[self.value]

    @property
    def tone(self) -> str:
        return {"open": "warn", "answered": "brand", "closed": "ok"}[self.value]


# ---------------------------------------------------------------- sites, regions, departments


class Site(Model):
    """One bureau's platform within the installation; sites share nothing but the machine.

    A site with `rehearsal_of_id` is where the authors of that site try out types: no host leads there.
    """

    __tablename__ = "site"

    id: Mapped[int] = _id()
    key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    host: Mapped[str] = mapped_column(String(120), unique=True)
    root_region_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("region.id", use_alter=True, name="fk_site_root_region"), nullable=True
    )
    rehearsal_of_id: Mapped[int | None] = _ref("site.id", nullable=True)

    def __repr__(self) -> str:
        return self.name


class Region(Model):
    """A node of the region tree; functional zones stand beside counties although no national code lists them."""

    __tablename__ = "region"
    __table_args__ = (UniqueConstraint("site_id", "parent_id", "name"), Index("ix_region_path", "site_id", "path"))

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    parent_id: Mapped[int | None] = _ref("region.id", nullable=True, index=True)
    path: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(60))
    code: Mapped[str | None] = mapped_column(String(12))
    kind: Mapped[RegionKind] = mapped_column(_enum(RegionKind))

    parent: Mapped[Region | None] = relationship(remote_side="Region.id")

    def __repr__(self) -> str:
        return self.name


class Department(Model):
    """A node of the department tree: a bureau of a region, or an office within one."""

    __tablename__ = "department"
    __table_args__ = (
        UniqueConstraint("site_id", "parent_id", "name"),
        Index("ix_department_path", "site_id", "path"),
        Index("ix_department_region", "region_id", "kind"),
    )

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    region_id: Mapped[int] = _ref("region.id")
    parent_id: Mapped[int | None] = _ref("department.id", nullable=True, index=True)
    path: Mapped[str] = mapped_column(String(160))
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[DepartmentKind] = mapped_column(_enum(DepartmentKind))
    head: Mapped[str | None] = mapped_column(String(40))
    position: Mapped[int] = mapped_column(Integer, default=0)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    description: Mapped[str | None] = mapped_column(Text)

    region: Mapped[Region] = relationship()
    parent: Mapped[Department | None] = relationship(remote_side="Department.id")

    def __repr__(self) -> str:
        return self.name


# ---------------------------------------------------------------- people and enterprises

UNDECIDED = 0  # stands for the enterprise acted for until one of several is chosen: no row belongs to it
MEMBER_ROLES = frozenset(role.role_name for role in MembershipRole)


class Account(User):
    """A person who can log in. User names are unique within a site; an e-mail address is optional."""

    __tablename__ = "ab_user"

    site_id: Mapped[int | None] = _ref("site.id", nullable=True, index=True)
    department_id: Mapped[int | None] = _ref("department.id", nullable=True, index=True)
    id_kind: Mapped[IdKind | None] = mapped_column(_enum(IdKind))
    id_number: Mapped[str | None] = mapped_column(String(40))
    mobile: Mapped[str | None] = mapped_column(String(20))
    landline: Mapped[str | None] = mapped_column(String(30))
    position: Mapped[str | None] = mapped_column(String(40))
    note: Mapped[str | None] = mapped_column(String(200))
    locked: Mapped[bool] = mapped_column(Boolean, default=False, server_default="0")
    locked_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    login_epoch: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    must_change_password: Mapped[bool] = mapped_column(Boolean, default=False, server_default="0")
    password_changed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    legacy_password: Mapped[str | None] = mapped_column(String(200))
    unread: Mapped[int | None] = query_expression()  # messages; filled in where the person of a request is read

    site: Mapped[Site | None] = relationship()
    department: Mapped[Department | None] = relationship()
    memberships: Mapped[list[Membership]] = relationship(back_populates="account")

    acting_id = None  # the enterprise that the person of a request acts for; UNDECIDED while several wait to be chosen

    @property
    def name(self) -> str:
        return self.first_name

    @property
    def role_names(self) -> frozenset[str]:
        """The roles held; in a request, of those by membership only the one for the enterprise acted for."""
        held = frozenset(role.name for role in self.roles)
        if not self.acting_id:
            return held
        return held - MEMBER_ROLES | {m.role.role_name for m in self.acting_memberships}

    @property
    def acting_memberships(self) -> tuple[Membership, ...]:
        """The membership by which the person of a request acts; outside requests, all of them."""
        chosen = self.acting_id
        return tuple(m for m in self.memberships if chosen is None or m.enterprise_id == chosen)

    @property
    def enterprise_ids(self) -> frozenset[int]:
        return frozenset(m.enterprise_id for m in self.acting_memberships)

    def get_full_name(self) -> str:
        return self.first_name

    def __repr__(self) -> str:
        return self.first_name


def _relax_stock_user_table() -> None:
    """FAB's own table wants an e-mail and installation-wide user names; ours are optional and per site."""
    table = User.__table__
    table.c.email.nullable = True
    for column in (table.c.username, table.c.email):
        column.unique = None
    for constraint in [c for c in table.constraints if isinstance(c, UniqueConstraint)]:
        if [c.name for c in constraint.columns] in (["username"], ["email"]):
            table.constraints.discard(constraint)
    table.append_constraint(UniqueConstraint("site_id", "username", name="uq_account_site_username"))
    Index("ix_account_mobile", table.c.site_id, table.c.mobile)


_relax_stock_user_table()


class Enterprise(Model):
    """An organisation that declares: company, institute or school. Credit codes (GB 32100-2015) are unique per site."""

    __tablename__ = "enterprise"
    __table_args__ = (
        UniqueConstraint("site_id", "credit_code"),
        Index("ix_enterprise_city", "city_id", "id"),
        Index("ix_enterprise_county", "county_id", "id"),
        Index("ix_enterprise_name", "site_id", "name"),
    )

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    credit_code: Mapped[str] = mapped_column(String(18))
    name: Mapped[str] = mapped_column(String(120))
    short_name: Mapped[str | None] = mapped_column(String(40))
    city_id: Mapped[int | None] = _ref("region.id", nullable=True)
    county_id: Mapped[int | None] = _ref("region.id", nullable=True)
    industry: Mapped[str | None] = mapped_column(String(60))
    kind: Mapped[str | None] = mapped_column(String(40))
    legal_representative: Mapped[str | None] = mapped_column(String(40))
    legal_phone: Mapped[str | None] = mapped_column(String(30))
    contact: Mapped[str | None] = mapped_column(String(40))
    contact_phone: Mapped[str | None] = mapped_column(String(30))
    email: Mapped[str | None] = mapped_column(String(120))
    website: Mapped[str | None] = mapped_column(String(120))
    address: Mapped[str | None] = mapped_column(String(160))
    postcode: Mapped[str | None] = mapped_column(String(6))
    established_on: Mapped[date | None] = mapped_column(Date)
    registered_capital: Mapped[Decimal | None] = mapped_column(Money)
    main_business: Mapped[str | None] = mapped_column(Text)
    business_scope: Mapped[str | None] = mapped_column(Text)
    registry_authority: Mapped[str | None] = mapped_column(String(80))
    business_kinds: Mapped[Any] = mapped_column(Json, nullable=True)
    dishonest: Mapped[bool] = mapped_column(Boolean, default=False)
    certified_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    city: Mapped[Region | None] = relationship(foreign_keys="Enterprise.city_id")
    county: Mapped[Region | None] = relationship(foreign_keys="Enterprise.county_id")
    years: Mapped[list[EnterpriseYear]] = relationship(back_populates="enterprise", order_by="EnterpriseYear.year")
    labels: Mapped[list[Label]] = relationship(secondary="enterprise_label", order_by="Label.name")
    former_names: Mapped[list[FormerName]] = relationship(
        back_populates="enterprise", order_by="FormerName.id", cascade="all, delete-orphan"
    )

    def __repr__(self) -> str:
        return self.name


class FormerName(Model):
    """A name that an enterprise bore before; lists of earlier winners are matched by it too."""

    __tablename__ = "former_name"
    __table_args__ = (Index("ix_former_name_key", "name_key"), Index("ix_former_name_enterprise", "enterprise_id"))

    id: Mapped[int] = _id()
    enterprise_id: Mapped[int] = _ref("enterprise.id", ondelete="CASCADE")
    name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(String(120))
    used_until: Mapped[date | None] = mapped_column(Date)

    enterprise: Mapped[Enterprise] = relationship(back_populates="former_names")

    def __repr__(self) -> str:
        return self.name


class Label(Model):
    """企业标签 of a site, hung on enterprises by hand."""

    __tablename__ = "label"
    __table_args__ = (UniqueConstraint("site_id", "name"),)

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    name: Mapped[str] = mapped_column(String(40))

    def __repr__(self) -> str:
        return self.name


enterprise_label = Table(
    "enterprise_label",
    Model.metadata,
    Column("enterprise_id", BigId, ForeignKey("enterprise.id", ondelete="CASCADE"), primary_key=True),
    Column("label_id", BigId, ForeignKey("label.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Title(Model):
    """称号: a recognition granted to an enterprise, or listed under a name that no enterprise is linked to yet.

    `holder_key` is the holder's normalised name; `matched_by` says how the enterprise was found: name, former_name or
    hand.
    """

    __tablename__ = "title"
    __table_args__ = (
        UniqueConstraint("site_id", "name", "cohort", "holder_key"),
        Index("ix_title_holder", "site_id", "holder_key"),
        Index("ix_title_enterprise", "enterprise_id"),
        Index("ix_title_city", "city_id", "id"),
    )

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    name: Mapped[str] = mapped_column(String(120))
    holder: Mapped[str] = mapped_column(String(120))
    holder_key: Mapped[str] = mapped_column(String(120))
    enterprise_id: Mapped[int | None] = _ref("enterprise.id", nullable=True)
    matched_by: Mapped[str | None] = mapped_column(String(20))
    city_id: Mapped[int | None] = _ref("region.id", nullable=True)
    city_name: Mapped[str | None] = mapped_column(String(60))
    fields: Mapped[Any] = mapped_column(Json, default=list)
    cohort: Mapped[str] = mapped_column(String(40))
    granted_on: Mapped[date | None] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)

    enterprise: Mapped[Enterprise | None] = relationship()
    city: Mapped[Region | None] = relationship()

    def __repr__(self) -> str:
        return self.name


class CreditRecord(Model):
    """失信: a dishonesty record by credit code, also of units that are not on the platform; in force until removed."""

    __tablename__ = "credit_record"
    __table_args__ = (UniqueConstraint("site_id", "credit_code", "case_no"),)

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    credit_code: Mapped[str] = mapped_column(String(18))
    name: Mapped[str] = mapped_column(String(120))
    case_no: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str | None] = mapped_column(String(300))
    published_by: Mapped[str | None] = mapped_column(String(120))
    published_on: Mapped[date | None] = mapped_column(Date)
    removed_on: Mapped[date | None] = mapped_column(Date)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)

    def __repr__(self) -> str:
        return f"{self.name} {self.case_no}"


class Material(Model):
    """A file of an enterprise's material library, reused as attachment."""

    __tablename__ = "material"
    __table_args__ = (Index("ix_material_enterprise", "enterprise_id", "id"),)

    id: Mapped[int] = _id()
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    enterprise_id: Mapped[int] = _ref("enterprise.id")
    kind: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(160))
    file_id: Mapped[int] = _ref("stored_file.id")
    uploaded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    uploaded_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))

    enterprise: Mapped[Enterprise] = relationship()
    file: Mapped[StoredFile] = relationship(lazy="joined")

    def __repr__(self) -> str:
        return self.name


class EnterpriseYear(Model):
    """Revenue and R&D spend of one year, in 元; quotas and eligibility read them."""

    __tablename__ = "enterprise_year"
    __table_args__ = (UniqueConstraint("enterprise_id", "year"),)

    id: Mapped[int] = _id()
    enterprise_id: Mapped[int] = _ref("enterprise.id")
    year: Mapped[int] = mapped_column(Integer)
    revenue: Mapped[Decimal | None] = mapped_column(Money)
    rd_spend: Mapped[Decimal | None] = mapped_column(Money)

    enterprise: Mapped[Enterprise] = relationship(back_populates="years")


class Membership(Model):
    """A person acting for an enterprise; `grants` names what an employee may do, None (from earlier) everything."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("account_id", "enterprise_id"),
        Index("ix_membership_enterprise", "enterprise_id"),
        Index(
            "uq_membership_administrator",
            "enterprise_id",
            unique=True,
            sqlite_where=text("role = 'administrator'"),
            postgresql_where=text("role = 'administrator'"),
        ),
    )

    id: Mapped[int] = _id()
    account_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    enterprise_id: Mapped[int] = _ref("enterprise.id")
    role: Mapped[MembershipRole] = mapped_column(_enum(MembershipRole))
    grants: Mapped[Any] = mapped_column(Json, nullable=True)
    joined_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    account: Mapped[Account] = relationship(back_populates="memberships")
    enterprise: Mapped[Enterprise] = relationship()


class JoinRequest(Model):
    """A person asks to act for an enterprise, as employee or as individual of the unit; its administrator decides."""

    __tablename__ = "join_request"
    __table_args__ = (
        Index("ix_join_request_enterprise", "enterprise_id", "state", "id"),
        Index("ix_join_request_account", "account_id", "id"),
        Index(
            "uq_join_request_open",
            "account_id",
            "enterprise_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    account_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    enterprise_id: Mapped[int] = _ref("enterprise.id")
    role: Mapped[MembershipRole] = mapped_column(_enum(MembershipRole))
    note: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[RequestState] = mapped_column(_enum(RequestState), default=RequestState.OPEN)
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    reason: Mapped[str | None] = mapped_column(String(200))

    account: Mapped[Account] = relationship(foreign_keys="JoinRequest.account_id")
    enterprise: Mapped[Enterprise] = relationship()


class Certification(Model):
    """企业认证: the data of an enterprise as a person hands them in; one of a credit code at a time is under review.

    `answers` holds {page of the wizard: {field: value}}.
    """

    __tablename__ = "certification"
    __table_args__ = (
        Index("ix_certification_account", "account_id", "id"),
        Index("ix_certification_city", "city_id", "state", "id"),
        Index("ix_certification_county", "county_id", "state", "id"),
        Index(
            "uq_certification_under_review",
            "site_id",
            "credit_code",
            unique=True,
            sqlite_where=text("state = 'submitted'"),
            postgresql_where=text("state = 'submitted'"),
        ),
    )

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    name: Mapped[str] = mapped_column(String(120))
    credit_code: Mapped[str | None] = mapped_column(String(18))
    city_id: Mapped[int | None] = _ref("region.id", nullable=True)
    county_id: Mapped[int | None] = _ref("region.id", nullable=True)
    answers: Mapped[Any] = mapped_column(Json, default=dict)
    revision: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[CertificationState] = mapped_column(_enum(CertificationState), default=CertificationState.DRAFT)
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    opinion: Mapped[str | None] = mapped_column(String(300))
    enterprise_id: Mapped[int | None] = _ref("enterprise.id", nullable=True)

    account: Mapped[Account] = relationship(foreign_keys="Certification.account_id")
    city: Mapped[Region | None] = relationship(foreign_keys="Certification.city_id")
    county: Mapped[Region | None] = relationship(foreign_keys="Certification.county_id")
    enterprise: Mapped[Enterprise | None] = relationship()
    files: Mapped[list[CertificationFile]] = relationship(
        back_populates="certification", order_by="CertificationFile.id", cascade="all, delete-orphan"
    )

    def __repr__(self) -> str:
        return self.name


class CertificationFile(Model):
    """Evidence handed in with a certification, e.g. the business licence."""

    __tablename__ = "certification_file"
    __table_args__ = (Index("ix_certification_file_certification", "certification_id"),)

    id: Mapped[int] = _id()
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    certification_id: Mapped[int] = _ref("certification.id", ondelete="CASCADE")
    kind: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(160))
    file_id: Mapped[int] = _ref("stored_file.id")
    uploaded_at: Mapped[datetime] = mapped_column(UTCDateTime)

    certification: Mapped[Certification] = relationship(back_populates="files")
    file: Mapped[StoredFile] = relationship(lazy="joined")


class Expert(Model):
    """A person who scores; confirmed by a bureau first. `kind` and `fields` are codes of code lists."""

    __tablename__ = "expert"
    __table_args__ = (UniqueConstraint("account_id"), Index("ix_expert_site", "site_id", "state", "id"))

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    account_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    name: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(40))
    fields: Mapped[Any] = mapped_column(Json, default=list)
    unit: Mapped[str | None] = mapped_column(String(120))
    rank: Mapped[str | None] = mapped_column(String(60))
    phone: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(120))
    city_id: Mapped[int | None] = _ref("region.id", nullable=True)
    state: Mapped[RequestState] = mapped_column(_enum(RequestState), default=RequestState.OPEN)
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    reason: Mapped[str | None] = mapped_column(String(200))

    account: Mapped[Account] = relationship(foreign_keys="Expert.account_id")
    city: Mapped[Region | None] = relationship()

    def __repr__(self) -> str:
        return self.name


# ---------------------------------------------------------------- proving who one is


class OneTimeCode(Model):
    """A code sent to a phone or an e-mail address, kept as a hash, good for one use and one purpose."""

    __tablename__ = "one_time_code"
    __table_args__ = (
        Index("ix_one_time_code_address", "site_id", "purpose", "address", "id"),
        Index("ix_one_time_code_origin", "origin", "id"),
    )

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    purpose: Mapped[str] = mapped_column(String(30))
    address: Mapped[str] = mapped_column(String(120))
    account_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    code_hash: Mapped[str] = mapped_column(String(128))
    origin: Mapped[str | None] = mapped_column(String(60))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Captcha(Model):
    """The answer to a picture, kept here because what a cookie holds can be read and sent again."""

    __tablename__ = "captcha"
    __table_args__ = (Index("ix_captcha_expires", "expires_at"),)

    id: Mapped[int] = _id()
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    site_id: Mapped[int] = _ref("site.id")
    answer: Mapped[str] = mapped_column(String(12))
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)


class PasswordRecord(Model):
    """A password hash that was in use before, so that it is not taken again."""

    __tablename__ = "password_record"
    __table_args__ = (Index("ix_password_record_account", "account_id", "id"),)

    id: Mapped[int] = _id()
    account_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    password: Mapped[str] = mapped_column(String(256))
    retired_at: Mapped[datetime] = mapped_column(UTCDateTime)


class IdentityProvider(Model):
    """Who proves people for this site (OpenID Connect provider); `claims` names its claims where they differ."""

    __tablename__ = "identity_provider"
    __table_args__ = (UniqueConstraint("site_id", "key"),)

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    key: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    issuer: Mapped[str] = mapped_column(String(200))
    client_id: Mapped[str] = mapped_column(String(200))
    client_secret: Mapped[str] = mapped_column(String(300))
    audience: Mapped[ProviderAudience] = mapped_column(_enum(ProviderAudience))
    claims: Mapped[Any] = mapped_column(Json, default=dict)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    position: Mapped[int] = mapped_column(Integer, default=0)

    def __repr__(self) -> str:
        return self.name


class PendingSignOn(Model):
    """A person whom a provider has proven and who has no account here yet: kept until they bind one or make one."""

    __tablename__ = "pending_sign_on"
    __table_args__ = (UniqueConstraint("secret_hash"), Index("ix_pending_sign_on_expires", "expires_at"))

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    provider_id: Mapped[int] = _ref("identity_provider.id", ondelete="CASCADE")
    secret_hash: Mapped[str] = mapped_column(String(64))
    facts: Mapped[Any] = mapped_column(Json, default=dict)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)

    provider: Mapped[IdentityProvider] = relationship()


class ExternalIdentity(Model):
    """A person as an identity provider knows them, bound to an account here."""

    __tablename__ = "external_identity"
    __table_args__ = (
        UniqueConstraint("site_id", "issuer", "subject"),
        Index("ix_external_identity_account", "account_id"),
    )

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    account_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    issuer: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(200))
    bound_at: Mapped[datetime] = mapped_column(UTCDateTime)

    account: Mapped[Account] = relationship()


class LinkedSystem(Model):
    """A system of 快速链接 that signs people on through this platform (OpenID Connect client)."""

    __tablename__ = "linked_system"
    __table_args__ = (UniqueConstraint("client_id"),)

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    name: Mapped[str] = mapped_column(String(80))
    client_id: Mapped[str] = mapped_column(String(48))
    secret_hash: Mapped[str] = mapped_column(String(256))
    redirect_uris: Mapped[Any] = mapped_column(Json, default=list)
    start_url: Mapped[str | None] = mapped_column(String(300))
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    reads_id_numbers: Mapped[bool] = mapped_column(Boolean, default=False, server_default="0")

    def __repr__(self) -> str:
        return self.name


class SignOnGrant(Model):
    """An authorisation code or access token given to a linked system, kept as a hash."""

    __tablename__ = "sign_on_grant"
    __table_args__ = (
        UniqueConstraint("secret_hash"),
        Index("ix_sign_on_grant_account", "account_id"),
        Index("ix_sign_on_grant_expires", "expires_at"),
    )

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    system_id: Mapped[int] = _ref("linked_system.id")
    account_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    enterprise_id: Mapped[int | None] = _ref("enterprise.id", nullable=True)
    kind: Mapped[str] = mapped_column(String(10))
    secret_hash: Mapped[str] = mapped_column(String(64))
    details: Mapped[Any] = mapped_column(Json, default=dict)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    system: Mapped[LinkedSystem] = relationship()
    account: Mapped[Account] = relationship()


# ---------------------------------------------------------------- calls


class DeclarationType(Model):
    """A kind of declaration: form, eligibility, workflow and documents as data."""

    __tablename__ = "declaration_type"
    __table_args__ = (UniqueConstraint("site_id", "key"),)

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    key: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(120))

    def __repr__(self) -> str:
        return self.title


class DeclarationTypeVersion(Model):
    """One published, immutable definition; `sha` is the sha256 of its canonical JSON."""

    __tablename__ = "declaration_type_version"
    __table_args__ = (UniqueConstraint("type_id", "number"),)

    id: Mapped[int] = _id()
    type_id: Mapped[int] = _ref("declaration_type.id")
    number: Mapped[int] = mapped_column(Integer)
    sha: Mapped[str] = mapped_column(String(64), index=True)
    body: Mapped[Any] = mapped_column(Json, deferred=False)
    status: Mapped[VersionStatus] = mapped_column(_enum(VersionStatus))
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    type: Mapped[DeclarationType] = relationship()

    def __repr__(self) -> str:
        return f"v{self.number}"


class TypeDraft(Model):
    """A declaration type as authors are writing it on screen; one of a key at a time. Publishing makes a version of it.

    `rehearsed_sha` is the body that was last rehearsed.
    """

    __tablename__ = "type_draft"
    __table_args__ = (UniqueConstraint("site_id", "key"),)

    id: Mapped[int] = _id()
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    site_id: Mapped[int] = _ref("site.id")
    base_id: Mapped[int | None] = _ref("declaration_type_version.id", nullable=True)
    key: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[Any] = mapped_column(Json)
    revision: Mapped[int] = mapped_column(Integer, default=0)
    begun_at: Mapped[datetime] = mapped_column(UTCDateTime)
    edited_at: Mapped[datetime] = mapped_column(UTCDateTime)
    edited_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    rehearsed_sha: Mapped[str | None] = mapped_column(String(64))
    rehearsed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    base: Mapped[DeclarationTypeVersion | None] = relationship()
    edited_by: Mapped[Account | None] = relationship()

    def __repr__(self) -> str:
        return self.title


class Programme(Model):
    """项目认定评定名称 / 专题 of a year."""

    __tablename__ = "programme"
    __table_args__ = (UniqueConstraint("site_id", "year", "name"),)

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    name: Mapped[str] = mapped_column(String(120))
    year: Mapped[int] = mapped_column(Integer)
    funding: Mapped[Funding] = mapped_column(_enum(Funding))
    level: Mapped[str] = mapped_column(String(20))
    nature: Mapped[str] = mapped_column(String(40), default="认定类")
    basis: Mapped[str | None] = mapped_column(Text)
    business_area: Mapped[str | None] = mapped_column(String(60))

    calls: Mapped[list[Call]] = relationship(back_populates="programme", order_by="Call.id")

    def __repr__(self) -> str:
        return self.name


class Call(Model):
    """方向: one direction of a programme with form, workflow, eligibility and the province's window."""

    __tablename__ = "call"
    __table_args__ = (
        UniqueConstraint("programme_id", "name"),
        CheckConstraint("opens_at < closes_at", name="ck_call_window"),
    )

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id", index=True)
    programme_id: Mapped[int] = _ref("programme.id")
    version_id: Mapped[int] = _ref("declaration_type_version.id")
    name: Mapped[str] = mapped_column(String(120))
    group: Mapped[str | None] = mapped_column(String(40))
    opens_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closes_at: Mapped[datetime] = mapped_column(UTCDateTime)
    city_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    guide_file_id: Mapped[int | None] = _ref("stored_file.id", nullable=True)

    programme: Mapped[Programme] = relationship(back_populates="calls")
    version: Mapped[DeclarationTypeVersion] = relationship()

    def __repr__(self) -> str:
        return self.name


class CallGuide(Model):
    """申报指南 of a city: what it adds to a call. It narrows the province's window and never widens it."""

    __tablename__ = "call_guide"
    __table_args__ = (UniqueConstraint("call_id", "city_id"),)

    id: Mapped[int] = _id()
    call_id: Mapped[int] = _ref("call.id")
    city_id: Mapped[int] = _ref("region.id", index=True)
    opens_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closes_at: Mapped[datetime] = mapped_column(UTCDateTime)
    county_review: Mapped[bool] = mapped_column(Boolean)
    county_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    file_id: Mapped[int | None] = _ref("stored_file.id", nullable=True)
    file_name: Mapped[str | None] = mapped_column(String(160))
    oa_file_id: Mapped[int | None] = _ref("stored_file.id", nullable=True)
    oa_file_name: Mapped[str | None] = mapped_column(String(160))
    applicants: Mapped[Applicants] = mapped_column(_enum(Applicants), default=Applicants.ALL, server_default="all")
    note: Mapped[str | None] = mapped_column(Text)

    call: Mapped[Call] = relationship()
    city: Mapped[Region] = relationship()
    named: Mapped[list[GuideApplicant]] = relationship(
        back_populates="guide", order_by="GuideApplicant.id", cascade="all, delete-orphan"
    )


class GuideApplicant(Model):
    """One unit of a guide's list of applicants; it need not be registered yet."""

    __tablename__ = "guide_applicant"
    __table_args__ = (UniqueConstraint("guide_id", "credit_code"),)

    id: Mapped[int] = _id()
    guide_id: Mapped[int] = _ref("call_guide.id", ondelete="CASCADE")
    credit_code: Mapped[str] = mapped_column(String(18))
    name: Mapped[str | None] = mapped_column(String(120))

    guide: Mapped[CallGuide] = relationship(back_populates="named")

    def __repr__(self) -> str:
        return self.name or self.credit_code


class Extension(Model):
    """补报: one enterprise may declare for a call until a later moment; the latest row counts."""

    __tablename__ = "extension"
    __table_args__ = (Index("ix_extension_call", "call_id", "enterprise_id", "id"),)

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    call_id: Mapped[int] = _ref("call.id")
    enterprise_id: Mapped[int] = _ref("enterprise.id")
    until: Mapped[datetime] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(String(200))
    given_at: Mapped[datetime] = mapped_column(UTCDateTime)
    given_by_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    given_by_name: Mapped[str] = mapped_column(String(64))

    call: Mapped[Call] = relationship()
    enterprise: Mapped[Enterprise] = relationship()


class ResponsibleOffice(Model):
    """责任科室: which office of a bureau handles a call."""

    __tablename__ = "responsible_office"
    __table_args__ = (UniqueConstraint("call_id", "bureau_id"), Index("ix_responsible_office_bureau", "bureau_id"))

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    call_id: Mapped[int] = _ref("call.id")
    bureau_id: Mapped[int] = _ref("department.id")
    office_id: Mapped[int] = _ref("department.id", index=True)

    call: Mapped[Call] = relationship()
    bureau: Mapped[Department] = relationship(foreign_keys="ResponsibleOffice.bureau_id")
    office: Mapped[Department] = relationship(foreign_keys="ResponsibleOffice.office_id")


# ---------------------------------------------------------------- declarations


def _office_index(level: str) -> Index:
    """Lead through an office's rows of a call: phase by phase, what waits in order of arrival, counted unread."""
    columns = (
        f"{level}_office_id",
        "call_id",
        "state",
        "step",
        "office_id",
        "arrived_at",
        "id",
        "site_id",
        "step_role",
    )
    return Index(f"ix_declaration_{level}_office", *columns)


class Declaration(Model):
    """One enterprise's entry for one call: where it stands now, and copies of a few answers for lists and sums.

    `office_id` is the office that must act; empty while in review means 待设置责任科室, or that the unit itself must
    act, which `step_role` tells. `individual_id` is who declares for themselves inside the unit. `county_office_id`,
    `city_office_id` and `province_office_id` are the offices that have or had it, for scoping.
    """

    __tablename__ = "declaration"
    __table_args__ = (
        Index("ix_declaration_queue", "office_id", "step_role", "arrived_at", "id"),
        *(_office_index(level) for level in ("county", "city", "province")),
        Index("ix_declaration_province_arrival", "province_office_id", "arrived_at", "id"),
        Index("ix_declaration_site_arrival", "site_id", "arrived_at", "id"),
        Index("ix_declaration_enterprise", "enterprise_id", "id"),
        Index(
            "ix_declaration_deleted",
            "deleted_at",
            sqlite_where=text("deleted_at IS NOT NULL"),
            postgresql_where=text("deleted_at IS NOT NULL"),
        ),
        Index("ix_declaration_call", "call_id", "state"),
        Index("ix_declaration_city", "city_id", "state", "arrived_at", "id"),
        Index("ix_declaration_county", "county_id", "state", "arrived_at", "id"),
    )

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    call_id: Mapped[int] = _ref("call.id")
    version_id: Mapped[int] = _ref("declaration_type_version.id")
    enterprise_id: Mapped[int] = _ref("enterprise.id")
    city_id: Mapped[int] = _ref("region.id")
    county_id: Mapped[int] = _ref("region.id")
    title: Mapped[str] = mapped_column(String(160))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    created_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    individual_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    deleted_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    state: Mapped[DeclarationState] = mapped_column(_enum(DeclarationState), default=DeclarationState.DRAFT)
    step: Mapped[str | None] = mapped_column(String(40))
    step_role: Mapped[str | None] = mapped_column(String(40))
    public_label: Mapped[str | None] = mapped_column(String(40))
    seq: Mapped[int] = mapped_column(Integer, default=0)
    office_id: Mapped[int | None] = _ref("department.id", nullable=True)
    county_office_id: Mapped[int | None] = _ref("department.id", nullable=True)
    city_office_id: Mapped[int | None] = _ref("department.id", nullable=True)
    province_office_id: Mapped[int | None] = _ref("department.id", nullable=True)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    arrived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    submission_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("submission.id", use_alter=True, name="fk_declaration_submission"), nullable=True
    )
    return_from: Mapped[str | None] = mapped_column(String(40))
    return_straight: Mapped[bool] = mapped_column(Boolean, default=False)
    county_priority: Mapped[int | None] = mapped_column(Integer)
    city_priority: Mapped[int | None] = mapped_column(Integer)
    awarded: Mapped[Decimal | None] = mapped_column(Money)
    issued_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    issued_no: Mapped[str | None] = mapped_column(String(80))

    call: Mapped[Call] = relationship()
    version: Mapped[DeclarationTypeVersion] = relationship()
    enterprise: Mapped[Enterprise] = relationship()
    individual: Mapped[Account | None] = relationship(foreign_keys="Declaration.individual_id")
    city: Mapped[Region] = relationship(foreign_keys="Declaration.city_id")
    county: Mapped[Region] = relationship(foreign_keys="Declaration.county_id")
    office: Mapped[Department | None] = relationship(foreign_keys="Declaration.office_id")
    submission: Mapped[Submission | None] = relationship(foreign_keys="Declaration.submission_id", post_update=True)
    sections: Mapped[list[DeclarationSection]] = relationship(
        back_populates="declaration", cascade="all, delete-orphan"
    )
    attachments: Mapped[list[Attachment]] = relationship(
        back_populates="declaration",
        cascade="all, delete-orphan",
        order_by="(Attachment.field_key, Attachment.position, Attachment.id)",
    )

    @property
    def is_with_unit(self) -> bool:
        """Tell whether the unit itself must act, which no bureau has an office for."""
        return self.state is DeclarationState.IN_REVIEW and self.step_role == roles.ENTERPRISE_ADMINISTRATOR

    @property
    def stage(self):
        """当前环节 as the public sees it."""
        if self.state is DeclarationState.IN_REVIEW and self.public_label:
            return self.public_label
        return self.state.label

    def __repr__(self) -> str:
        return self.title


for _name in FIGURES:
    setattr(Declaration, _name, mapped_column(_name, Figure, nullable=True))
for _name in TEXTS:
    setattr(Declaration, _name, mapped_column(_name, String(200), nullable=True))
for _name in DATES:
    setattr(Declaration, _name, mapped_column(_name, Date, nullable=True))


class DeclarationSection(Model):
    """The draft answers of one section, with the revision that guards against overwriting a colleague."""

    __tablename__ = "declaration_section"
    __table_args__ = (UniqueConstraint("declaration_id", "key"),)

    id: Mapped[int] = _id()
    declaration_id: Mapped[int] = _ref("declaration.id", ondelete="CASCADE")
    key: Mapped[str] = mapped_column(String(40))
    answers: Mapped[Any] = mapped_column(Json, default=dict)
    revision: Mapped[int] = mapped_column(Integer, default=0)
    saved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    saved_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))

    declaration: Mapped[Declaration] = relationship(back_populates="sections")


class Submission(Model):
    """The frozen answers and files of one submit; never changed, all versions stay."""

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("declaration_id", "number"),)

    id: Mapped[int] = _id()
    declaration_id: Mapped[int] = _ref("declaration.id")
    number: Mapped[int] = mapped_column(Integer)
    answers: Mapped[Any] = mapped_column(Json)
    files: Mapped[Any] = mapped_column(Json)
    verdicts: Mapped[Any] = mapped_column(Json)
    sha: Mapped[str] = mapped_column(String(64))
    document_id: Mapped[int | None] = _ref("document.id", nullable=True, index=True)
    sealed_copy_id: Mapped[int | None] = _ref("sealed_copy.id", nullable=True)
    submitted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    submitted_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))

    declaration: Mapped[Declaration] = relationship(foreign_keys="Submission.declaration_id")
    document: Mapped[Document | None] = relationship()
    sealed_copy: Mapped[SealedCopy | None] = relationship()
    route: Mapped[list[RouteStep]] = relationship(back_populates="submission", order_by="RouteStep.position")


class RouteStep(Model):
    """One step of the route planned at submission; later changes of settings do not move what is under way."""

    __tablename__ = "route_step"
    __table_args__ = (UniqueConstraint("submission_id", "position"), UniqueConstraint("submission_id", "step"))

    id: Mapped[int] = _id()
    submission_id: Mapped[int] = _ref("submission.id")
    position: Mapped[int] = mapped_column(Integer)
    step: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(60))
    public_label: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(10))
    bureau_id: Mapped[int | None] = _ref("department.id", nullable=True)
    office_id: Mapped[int | None] = _ref("department.id", nullable=True)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    skipped_reason: Mapped[str | None] = mapped_column(String(120))

    submission: Mapped[Submission] = relationship(back_populates="route")
    bureau: Mapped[Department | None] = relationship(foreign_keys="RouteStep.bureau_id")
    office: Mapped[Department | None] = relationship(foreign_keys="RouteStep.office_id")


class ReviewRecord(Model):
    """办理记录: who did what, when, with which opinion. Appended, never rewritten."""

    __tablename__ = "review_record"
    __table_args__ = (UniqueConstraint("declaration_id", "seq"), Index("ix_review_record_by", "by_id", "id"))

    id: Mapped[int] = _id()
    declaration_id: Mapped[int] = _ref("declaration.id")
    seq: Mapped[int] = mapped_column(Integer)
    submission_id: Mapped[int | None] = _ref("submission.id", nullable=True)
    step: Mapped[str | None] = mapped_column(String(40))
    step_label: Mapped[str] = mapped_column(String(60))
    action: Mapped[ReviewAction] = mapped_column(_enum(ReviewAction))
    action_label: Mapped[str] = mapped_column(String(40))
    to_step: Mapped[str | None] = mapped_column(String(40))
    to_label: Mapped[str] = mapped_column(String(60))
    opinion: Mapped[str | None] = mapped_column(Text)
    by_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    by_name: Mapped[str] = mapped_column(String(64))
    department_id: Mapped[int | None] = _ref("department.id", nullable=True)
    department_name: Mapped[str | None] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    before: Mapped[Any] = mapped_column(Json)


class Presence(Model):
    """Who has a declaration open, since when and until when: to decide it, or to fill a section (`place`)."""

    __tablename__ = "presence"
    __table_args__ = (UniqueConstraint("declaration_id", "account_id", "place"),)

    id: Mapped[int] = _id()
    declaration_id: Mapped[int] = _ref("declaration.id", ondelete="CASCADE")
    account_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    place: Mapped[str] = mapped_column(String(40), default="", server_default="")
    since: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)

    account: Mapped[Account] = relationship()


# ---------------------------------------------------------------- files and documents


class StoredFile(Model):
    """A file kept outside the web root under its sha256; equal contents of a site are kept once."""

    __tablename__ = "stored_file"
    __table_args__ = (UniqueConstraint("site_id", "sha256"),)

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigId)
    mime: Mapped[str] = mapped_column(String(100))
    stored_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)

    def __repr__(self) -> str:
        return self.sha256[:12]


class Attachment(Model):
    """A file of a declaration, filed under the attachment kind that asks for it."""

    __tablename__ = "attachment"
    __table_args__ = (Index("ix_attachment_declaration", "declaration_id", "field_key", "position"),)

    id: Mapped[int] = _id()
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    declaration_id: Mapped[int] = _ref("declaration.id", ondelete="CASCADE")
    field_key: Mapped[str] = mapped_column(String(60))
    position: Mapped[int] = mapped_column(Integer, default=0)
    name: Mapped[str] = mapped_column(String(160))
    file_id: Mapped[int] = _ref("stored_file.id")
    uploaded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    uploaded_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))

    declaration: Mapped[Declaration] = relationship(back_populates="attachments")
    file: Mapped[StoredFile] = relationship(lazy="joined")


class Document(Model):
    """A generated document; `content_key` hashes answers, files, template and version, so none is rendered twice."""

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("declaration_id", "kind", "content_key"),)

    id: Mapped[int] = _id()
    declaration_id: Mapped[int] = _ref("declaration.id", ondelete="CASCADE")
    kind: Mapped[str] = mapped_column(String(40))
    content_key: Mapped[str] = mapped_column(String(64))
    check_code: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    file_id: Mapped[int] = _ref("stored_file.id")
    name: Mapped[str] = mapped_column(String(160))
    pages: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)

    declaration: Mapped[Declaration] = relationship()
    file: Mapped[StoredFile] = relationship(lazy="joined")


class SealedCopy(Model):
    """盖章版: a generated document as the enterprise sealed it and handed it back; the newest of a document counts."""

    __tablename__ = "sealed_copy"
    __table_args__ = (Index("ix_sealed_copy_document", "document_id", "id"),)

    id: Mapped[int] = _id()
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    declaration_id: Mapped[int] = _ref("declaration.id", ondelete="CASCADE")
    document_id: Mapped[int] = _ref("document.id", ondelete="CASCADE")
    name: Mapped[str] = mapped_column(String(160))
    file_id: Mapped[int] = _ref("stored_file.id")
    pages: Mapped[int] = mapped_column(Integer)
    uploaded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    uploaded_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))

    document: Mapped[Document] = relationship()
    file: Mapped[StoredFile] = relationship(lazy="joined")


class Letter(Model):
    """推荐函: material a bureau uploads for a call, seen by the level above; never a gate to 推荐."""

    __tablename__ = "letter"
    __table_args__ = (Index("ix_letter_call", "call_id", "bureau_id"),)

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    call_id: Mapped[int] = _ref("call.id")
    bureau_id: Mapped[int] = _ref("department.id")
    office_id: Mapped[int | None] = _ref("department.id", nullable=True)
    name: Mapped[str] = mapped_column(String(160))
    file_id: Mapped[int] = _ref("stored_file.id")
    uploaded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    uploaded_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))

    call: Mapped[Call] = relationship()
    bureau: Mapped[Department] = relationship(foreign_keys="Letter.bureau_id")
    file: Mapped[StoredFile] = relationship(lazy="joined")


class LetterTemplate(Model):
    """The wording of a generated letter, of one bureau or, without one, of the whole site."""

    __tablename__ = "letter_template"
    __table_args__ = (Index("ix_letter_template_site", "site_id", "bureau_id"),)

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    bureau_id: Mapped[int | None] = _ref("department.id", nullable=True)
    name: Mapped[str] = mapped_column(String(80))
    heading: Mapped[str] = mapped_column(String(120))
    addressee: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)

    bureau: Mapped[Department | None] = relationship()

    def __repr__(self) -> str:
        return self.name


# ---------------------------------------------------------------- the portal


article_call = Table(
    "article_call",
    Model.metadata,
    Column("article_id", BigId, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    Column("call_id", BigId, ForeignKey("call.id"), primary_key=True, index=True),
)


class Article(Model):
    """What a bureau publishes on the portal: shown from `published_at` until `withdrawn_at`."""

    __tablename__ = "article"
    __table_args__ = (
        Index("ix_article_published", "site_id", "kind", "published_at", "id"),
        Index("ix_article_bureau", "bureau_id", "id"),
    )

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    kind: Mapped[ArticleKind] = mapped_column(_enum(ArticleKind))
    title: Mapped[str] = mapped_column(String(160))
    short_title: Mapped[str | None] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str | None] = mapped_column(String(300))
    system_id: Mapped[int | None] = _ref("linked_system.id", nullable=True)
    business_area: Mapped[str | None] = mapped_column(String(60))
    bureau_id: Mapped[int] = _ref("department.id")
    position: Mapped[int] = mapped_column(Integer, default=0)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    objections_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    edited_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    edited_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))

    bureau: Mapped[Department] = relationship()
    system: Mapped[LinkedSystem | None] = relationship()
    calls: Mapped[list[Call]] = relationship(secondary=article_call, order_by="Call.id")
    files: Mapped[list[ArticleFile]] = relationship(
        back_populates="article", order_by="(ArticleFile.position, ArticleFile.id)", cascade="all, delete-orphan"
    )

    @property
    def leads_to(self) -> str | None:
        """Where a link leads: to the log-in of a system that is linked to this platform, else to its address."""
        starts = self.system is not None and self.system.enabled and self.system.start_url
        return self.system.start_url if starts else self.url

    def __repr__(self) -> str:
        return self.title


class ArticleFile(Model):
    """A file that an article offers for download."""

    __tablename__ = "article_file"
    __table_args__ = (Index("ix_article_file_article", "article_id"),)

    id: Mapped[int] = _id()
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    article_id: Mapped[int] = _ref("article.id", ondelete="CASCADE")
    position: Mapped[int] = mapped_column(Integer, default=0)
    name: Mapped[str] = mapped_column(String(160))
    file_id: Mapped[int] = _ref("stored_file.id")

    article: Mapped[Article] = relationship(back_populates="files")
    file: Mapped[StoredFile] = relationship(lazy="joined")


class SearchEntry(Model):
    """What the site search finds: `tokens` are the one- and two-character pieces of title and text."""

    __tablename__ = "search_entry"
    __table_args__ = (UniqueConstraint("site_id", "kind", "target_id"),)

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    kind: Mapped[str] = mapped_column(String(20))
    target_id: Mapped[int] = mapped_column(BigId)
    title: Mapped[str] = mapped_column(String(200))
    excerpt: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(String(200))
    title_tokens: Mapped[str] = mapped_column(Text)
    tokens: Mapped[str] = mapped_column(Text)
    shown_from: Mapped[datetime | None] = mapped_column(UTCDateTime)
    shown_until: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Objection(Model):
    """公示异议: what somebody holds against a publicity, answered and closed by the bureau that published it."""

    __tablename__ = "objection"
    __table_args__ = (Index("ix_objection_article", "article_id", "state", "id"),)

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    article_id: Mapped[int] = _ref("article.id")
    name: Mapped[str] = mapped_column(String(64))
    unit: Mapped[str | None] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(30))
    email: Mapped[str | None] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    account_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    state: Mapped[ObjectionState] = mapped_column(_enum(ObjectionState), default=ObjectionState.OPEN)
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))

    article: Mapped[Article] = relationship()
    answered_by: Mapped[Account | None] = relationship(foreign_keys="Objection.answered_by_id")
    closed_by: Mapped[Account | None] = relationship(foreign_keys="Objection.closed_by_id")

    def __repr__(self) -> str:
        return self.name


# ---------------------------------------------------------------- messages


class Message(Model):
    """A line in a person's inbox; copies by e-mail and SMS stand in `Outbox`."""

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_inbox", "account_id", "read_at", "id"),
        Index("ix_message_site", "site_id", "id"),
    )

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(160))
    body: Mapped[str] = mapped_column(Text)
    link: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    account: Mapped[Account] = relationship()

    def __repr__(self) -> str:
        return self.title


class Outbox(Model):
    """A copy of a message that leaves the platform, sent by the worker; `account` is empty for strangers."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_state", "state", "id"), Index("ix_outbox_site", "site_id", "id"))

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    message_id: Mapped[int | None] = _ref("message.id", nullable=True, index=True)
    account_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    channel: Mapped[Channel] = mapped_column(_enum(Channel))
    address: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(160))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[DeliveryState] = mapped_column(_enum(DeliveryState), default=DeliveryState.WAITING)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    problem: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    next_try_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    message: Mapped[Message | None] = relationship()
    account: Mapped[Account | None] = relationship()


class MessageTemplate(Model):
    """The wording of one kind of message in a site, and the ways it goes out beside the inbox."""

    __tablename__ = "message_template"
    __table_args__ = (UniqueConstraint("site_id", "kind"),)

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(160))
    body: Mapped[str] = mapped_column(Text)
    by_email: Mapped[bool] = mapped_column(Boolean, default=True)
    by_sms: Mapped[bool] = mapped_column(Boolean, default=False)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)

    def __repr__(self) -> str:
        return self.title


# ---------------------------------------------------------------- code lists and holidays


class CodeList(Model):
    """A list of choices that forms draw on, e.g. industries; forms name it by its key."""

    __tablename__ = "code_list"
    __table_args__ = (UniqueConstraint("site_id", "key"),)

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    key: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(120))

    def __repr__(self) -> str:
        return self.title


class CodeListItem(Model):
    """One choice; one that is not enabled is no longer offered, but what was chosen stays readable."""

    __tablename__ = "code_list_item"
    __table_args__ = (UniqueConstraint("list_id", "code"),)

    id: Mapped[int] = _id()
    list_id: Mapped[int] = _ref("code_list.id", ondelete="CASCADE")
    code: Mapped[str] = mapped_column(String(60))
    label: Mapped[str] = mapped_column(String(120))
    group: Mapped[str | None] = mapped_column(String(120))
    position: Mapped[int] = mapped_column(Integer, default=0)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)

    list: Mapped[CodeList] = relationship()

    def __repr__(self) -> str:
        return self.label


class Holiday(Model):
    """A day off, or with `works` a weekend day that is worked (调休); working days are counted with it."""

    __tablename__ = "holiday"
    __table_args__ = (UniqueConstraint("site_id", "day"),)

    id: Mapped[int] = _id()
    site_id: Mapped[int] = _ref("site.id")
    day: Mapped[date] = mapped_column(Date)
    name: Mapped[str] = mapped_column(String(40))
    works: Mapped[bool] = mapped_column(Boolean, default=False)

    def __repr__(self) -> str:
        return self.name


# ---------------------------------------------------------------- jobs, audit, log-ins


class Job(Model):
    """A piece of long work: the row is the queue, the task runner only carries its id."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_job_state", "state", "heartbeat_at"),
        Index("ix_job_creator", "created_by_id", "id"),
        Index("ix_job_finished", "kind", "finished_at"),
    )

    id: Mapped[int] = _id()
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    site_id: Mapped[int] = _ref("site.id")
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(160))
    payload: Mapped[Any] = mapped_column(Json, default=dict)
    state: Mapped[JobState] = mapped_column(_enum(JobState), default=JobState.QUEUED)
    progress: Mapped[int] = mapped_column(Integer, default=0)
    message: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    worker: Mapped[str | None] = mapped_column(String(60))
    heartbeat_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    created_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    file_id: Mapped[int | None] = _ref("stored_file.id", nullable=True)
    title: Mapped[str | None] = mapped_column(String(160))
    file_name: Mapped[str | None] = mapped_column(String(160))
    result: Mapped[Any] = mapped_column(Json, nullable=True)

    file: Mapped[StoredFile | None] = relationship()


class AuditEvent(Model):
    """Who did what to which row. Appended plainly; the worker seals the rows into a hash chain afterwards.

    `sealed_no` is the place in the chain: ids are given out before the commit, so they may come out of order.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_site", "site_id", "at"),
        Index("ix_audit_event_sealed", "sealed_no", unique=True),
        Index("ix_audit_event_account", "account_id", "id"),
    )

    id: Mapped[int] = _id()
    site_id: Mapped[int | None] = _ref("site.id", nullable=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    account_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    account_name: Mapped[str | None] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[int | None] = mapped_column(BigId)
    detail: Mapped[Any] = mapped_column(Json, default=dict)
    sealed_sha: Mapped[str | None] = mapped_column(String(64))
    sealed_no: Mapped[int | None] = mapped_column(BigId)


class LoginEvent(Model):
    """One log-in attempt."""

    __tablename__ = "login_event"
    __table_args__ = (
        Index("ix_login_event_site", "site_id", "at"),
        Index("ix_login_event_account", "account_id", "id"),
    )

    id: Mapped[int] = _id()
    site_id: Mapped[int | None] = _ref("site.id", nullable=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    username: Mapped[str] = mapped_column(String(128))
    account_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    succeeded: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str | None] = mapped_column(String(60))
    address: Mapped[str | None] = mapped_column(String(60))


# ---------------------------------------------------------------- what is never rewritten


def _refuse_change(mapper, connection, target) -> None:
    raise RuntimeError(f"{type(target).__name__} rows are appended, never changed")


for _model in (ReviewRecord, AuditEvent, Submission):
    event.listen(_model, "before_delete", _refuse_change)
    event.listen(_model, "before_update", _refuse_change)


def _refuse_new_body(mapper, connection, target) -> None:
    changed = [name for name in ("body", "sha", "number") if inspect(target).attrs[name].history.has_changes()]
    if changed:
        raise RuntimeError(f"a published version never changes: {', '.join(changed)}")


event.listen(DeclarationTypeVersion, "before_update", _refuse_new_body)
