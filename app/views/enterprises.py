"""企业管理: the enterprises of the own region, their particulars, people and files."""

from collections.abc import Sequence
from typing import Any

from flask import g, redirect, request, url_for
from flask_appbuilder.actions import action
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload, selectinload

from .. import clock
from ..models import Declaration, Enterprise, EnterpriseYear, Membership, MembershipRole, Region, RegionKind
from ..permissions import visible
from ..services import code_lists, credit, materials, titles
from ..services.enterprise_history import awards_of
from .base import ScopedInterface, ScopedModelView, Tab, came_from, here, may, tag
from .cells import UNKNOWN, show
from .export_columns import EnterpriseExport
from .labels import LabelFilter, tags_of
from .paging import Order, Page, Place
from .review_queue import counties_within

TEN_THOUSAND = 10_000
NEWEST = 20
MOST_PEOPLE = 50
MEMBER_LABELS = {MembershipRole.ADMINISTRATOR: _("企业管理员"), MembershipRole.EMPLOYEE: _("企业员工")}
TABS = {"basic": _("基本信息"), "users": _("用户信息"), "materials": _("附件材料")}
PARTICULARS = {
    "name": _("企业名称"),
    "credit_code": _("统一社会信用代码"),
    "kind": _("企业性质"),
    "industry": _("所属行业"),
    "city": _("所属市"),
    "county": _("所属区"),
    "established_on": _("成立日期"),
    "registered_capital": _("注册资金"),
    "legal_representative": _("法人代表"),
    "legal_phone": _("法人电话"),
    "contact": _("联系人"),
    "contact_phone": _("联系电话"),
    "email": _("公司邮箱"),
    "website": _("公司网址"),
    "address": _("单位注册地址"),
    "dishonest": _("企业是否失信"),
    "postcode": _("邮政编码"),
    "registry_authority": _("登记机关"),
    "business_kinds": _("业务类型"),
    "certified_at": _("认证时间"),
    "main_business": _("主营业务"),
    "business_scope": _("经营范围"),
}


class EnterpriseRows(ScopedInterface):
    """Enterprises with the number of their past awards, counted once a page."""

    def page(self, statement: Select, order: Order, place: Place, total: int | None = None) -> Page:
        page = super().page(statement, order, place, total)
        g.awards = awards_of([e.id for e in page.rows])
        return page


class EnterpriseAdmin(EnterpriseExport, ScopedModelView):
    """List and reading page of enterprises."""

    datamodel = EnterpriseRows(Enterprise, key="public_id")
    route_base = "/enterprises"
    list_template = "enterprises/list.html"
    show_template = "enterprises/show.html"
    noun = _("企业")
    heading = _("企业管理")
    purpose = _("查看本辖区企业的基本信息、用户、附件材料和申报情况；其他地区的企业可通过“信用查询”了解是否失信。")
    empty_hint = _("辖区内企业注册并选择所在市、区后会显示在这里。")
    base_permissions = ["can_list", "can_show", "can_export"]
    list_columns = [
        "name", "city", "county", "credit_code", "industry", "contact", "contact_phone", "established_on", "awards",
        "dishonest", "kind", "labels",
    ]  # fmt: skip
    show_columns = ["name", "city", "county", "business_scope", "main_business", "business_kinds"]
    search_columns = ["name", "credit_code", "kind", "city", "county", "industry", "dishonest"]
    order_columns = ["name", "established_on"]
    base_order = ("id", "desc")
    label_columns = PARTICULARS | {
        "city": _("所在市"),
        "county": _("所在区"),
        "contact_phone": _("联系人手机"),
        "awards": _("历史扶持项目数"),
        "dishonest": _("失信情况"),
        "kind": _("企业类型"),
        "labels": _("企业标签"),
    }

    def _init_properties(self) -> None:
        super()._init_properties()
        self._filters_of_list.insert(-1, LabelFilter("labels", self.label_columns["labels"]))
        self._loading = [*self._loading, selectinload(Enterprise.labels)]

    def tabs(self) -> Sequence[Tab]:
        return [
            Tab("all", _("全部"), Enterprise.id > 0),
            Tab("certified", _("已认证"), Enterprise.certified_at.is_not(None)),
            Tab("dishonest", _("失信企业"), Enterprise.dishonest.is_(True)),
        ]

    def narrow(self, column: str) -> list[ColumnElement]:
        """Offer cities and counties within the person's own region only."""
        own = g.user.department.region
        if column == "county":
            return counties_within(own)
        return [Region.kind == RegionKind.CITY, around(own)] if column == "city" else []

    # ------------------------------------------------------------ cells

    def cell_awards(self, row: Enterprise) -> str:
        return str(g.awards.get(row.id, 0))

    def cell_dishonest(self, row: Enterprise) -> Any:
        return tag(gettext("失信"), "stop") if row.dishonest else tag(gettext("正常"), "ok")

    def cell_labels(self, row: Enterprise) -> Any:
        return tags_of(row.labels)

    def cell_registered_capital(self, row: Enterprise) -> str:
        if row.registered_capital is None:
            return UNKNOWN
        return gettext("%(amount)s 万元", amount=f"{row.registered_capital / TEN_THOUSAND:,.2f}")

    def cell_business_kinds(self, row: Enterprise) -> Any:
        if not row.business_kinds:
            return UNKNOWN
        labels = code_lists.offered("business_kinds", row.site_id)
        return "、".join(labels.get(code, code) for code in row.business_kinds)

    def cell_certified_at(self, row: Enterprise) -> Any:
        return clock.show(row.certified_at) if row.certified_at else tag(gettext("未认证"), "warn")

    # ------------------------------------------------------------ labels

    @action("label", _("设置标签"))
    def label(self, rows: list[Enterprise]):
        """Go on to the page where a label is hung on all of them, or taken off."""
        keys = [row.public_id for row in rows]
        return redirect(url_for("EnterpriseLabelView.index", rowid=keys, back=came_from(self._list_url())))

    # ------------------------------------------------------------ reading page

    def show_context(self, item: Enterprise) -> dict[str, Any]:
        """Show one tab: the statements of the others are spared."""
        tab = request.args.get("tab")
        tab = tab if tab in TABS else "basic"
        parts = {"basic": self._basic, "users": self._users, "materials": self._materials}[tab](item)
        return super().show_context(item) | {
            "tab": tab,
            "tabs": TABS,
            "may_name": may("can_edit", "FormerNameView"),
            **parts,
        }

    def _fieldsets(self, item: Enterprise) -> list[tuple[Any, list[tuple[Any, Any]]]]:
        return []  # the page has tabs instead

    def _particular(self, name: str, item: Enterprise) -> Any:
        return show(item.dishonest) if name == "dishonest" else self._cell(name)(item)

    def _basic(self, item: Enterprise) -> dict[str, Any]:
        return {
            "particulars": [(label, self._particular(name, item)) for name, label in PARTICULARS.items()],
            "titles": titles.titles_of(item, g.user),
            "records": credit.records_in_force([item.credit_code], g.user).get(item.credit_code, ()),
            "years": self._read(select(EnterpriseYear).where(_of(EnterpriseYear, item)).order_by(EnterpriseYear.year)),
            "declarations": self._read(
                select(Declaration)
                .where(_of(Declaration, item), visible(Declaration, g.user))
                .options(joinedload(Declaration.call))
                .order_by(Declaration.id.desc())
                .limit(NEWEST)
            ),
        }

    def _users(self, item: Enterprise) -> dict[str, Any]:
        return {
            "people": self._read(
                select(Membership)
                .where(_of(Membership, item), visible(Membership, g.user))
                .options(joinedload(Membership.account))
                .order_by(Membership.id)
                .limit(MOST_PEOPLE)
            ),
            "member_labels": MEMBER_LABELS,
            "accounts_url": url_for("EnterpriseAccountsView.index", enterprise_id=item.public_id, back=here()),
        }

    def _materials(self, item: Enterprise) -> dict[str, Any]:
        return {"materials": materials.materials_of(item, g.user)}

    def _read(self, statement: Select) -> Sequence[Any]:
        return self.datamodel.session.scalars(statement).unique().all()


def _of(model: type, enterprise: Enterprise) -> Any:
    return model.enterprise_id == enterprise.id


def around(own: Region) -> ColumnElement[bool]:
    """The condition on cities of a region: the province's, the city itself, or the one that a county belongs to."""
    if own.kind in (RegionKind.COUNTY, RegionKind.ZONE):
        return Region.id == own.parent_id
    return Region.path.startswith(own.path, autoescape=True)
