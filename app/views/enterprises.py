"""企业管理: the enterprises of the own region, for reading."""

from collections.abc import Sequence
from typing import Any

from flask import g
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from .. import clock
from ..models import Declaration, Enterprise, EnterpriseYear, Membership, MembershipRole
from ..permissions import visible
from ..services.enterprise_history import awards_of
from .base import ScopedInterface, ScopedModelView, Tab, tag
from .cells import UNKNOWN
from .paging import Order, Page, Place

TEN_THOUSAND = 10_000
NEWEST = 20
MOST_PEOPLE = 50
MEMBER_LABELS = {MembershipRole.ADMINISTRATOR: _("企业管理员"), MembershipRole.EMPLOYEE: _("企业员工")}


class EnterpriseRows(ScopedInterface):
    """Enterprises with the number of their past awards, counted once a page."""

    def page(self, statement: Select, order: Order, place: Place, total: int | None = None) -> Page:
        page = super().page(statement, order, place, total)
        g.awards = awards_of([e.id for e in page.rows])
        return page


class EnterpriseAdmin(ScopedModelView):
    """List and reading page of enterprises."""

    datamodel = EnterpriseRows(Enterprise, key="public_id")
    route_base = "/enterprises"
    list_template = "enterprises/list.html"
    show_template = "enterprises/show.html"
    noun = _("企业")
    heading = _("企业管理")
    purpose = _("查看本辖区企业的基本信息、申报人和申报情况。")
    empty_hint = _("辖区内企业注册并选择所在市、区后会显示在这里。")
    base_permissions = ["can_list", "can_show"]
    list_columns = [
        "name", "city", "county", "credit_code", "industry", "contact", "contact_phone", "established_on", "awards",
        "dishonest", "kind",
    ]  # fmt: skip
    show_columns = ["name", "city", "county", "business_scope", "main_business"]
    search_columns = ["name", "credit_code", "kind", "industry", "city", "county", "dishonest"]
    order_columns = ["name", "established_on"]
    base_order = ("id", "desc")
    label_columns = {
        "name": _("企业名称"),
        "short_name": _("企业简称"),
        "city": _("所在市"),
        "county": _("所在区"),
        "credit_code": _("统一社会信用代码"),
        "industry": _("所属行业"),
        "contact": _("联系人"),
        "contact_phone": _("联系人手机"),
        "established_on": _("成立日期"),
        "awards": _("历史扶持项目数"),
        "dishonest": _("失信情况"),
        "kind": _("企业类型"),
        "registered_capital": _("注册资金（万元）"),
        "legal_representative": _("法人代表"),
        "legal_phone": _("法人电话"),
        "email": _("公司邮箱"),
        "website": _("公司网址"),
        "address": _("单位注册地址"),
        "postcode": _("邮政编码"),
        "main_business": _("主营业务"),
        "business_scope": _("经营范围"),
        "certified_at": _("认证时间"),
    }
    show_fieldsets = [
        (
            _("基本信息"),
            {
                "fields": [
                    "name", "credit_code", "kind", "industry", "city", "county", "established_on",
                    "registered_capital", "legal_representative", "legal_phone", "contact", "contact_phone", "email",
                    "website", "address", "postcode", "dishonest", "certified_at", "main_business", "business_scope",
                ]
            },
        )
    ]  # fmt: skip

    def tabs(self) -> Sequence[Tab]:
        return [
            Tab("all", _("全部"), Enterprise.id > 0),
            Tab("certified", _("已认证"), Enterprise.certified_at.is_not(None)),
            Tab("dishonest", _("失信企业"), Enterprise.dishonest.is_(True)),
        ]

    def cell_awards(self, row: Enterprise) -> str:
        return str(g.awards.get(row.id, 0))

    def cell_dishonest(self, row: Enterprise) -> Any:
        return tag(gettext("失信"), "stop") if row.dishonest else tag(gettext("正常"), "ok")

    def cell_registered_capital(self, row: Enterprise) -> str:
        return UNKNOWN if row.registered_capital is None else f"{row.registered_capital / TEN_THOUSAND:,.2f}"

    def cell_certified_at(self, row: Enterprise) -> Any:
        return clock.show(row.certified_at) if row.certified_at else tag(gettext("未认证"), "warn")

    def show_context(self, item: Enterprise) -> dict[str, Any]:
        """Add the last years, the people and the newest declarations that the reader may see."""
        return super().show_context(item) | {
            "years": self._read(select(EnterpriseYear).where(_of(EnterpriseYear, item)).order_by(EnterpriseYear.year)),
            "people": self._read(
                select(Membership)
                .where(_of(Membership, item), visible(Membership, g.user))
                .options(joinedload(Membership.account))
                .order_by(Membership.id)
                .limit(MOST_PEOPLE)
            ),
            "member_labels": MEMBER_LABELS,
            "declarations": self._read(
                select(Declaration)
                .where(_of(Declaration, item), visible(Declaration, g.user))
                .options(joinedload(Declaration.call))
                .order_by(Declaration.id.desc())
                .limit(NEWEST)
            ),
        }

    def _read(self, statement: Select) -> Sequence[Any]:
        return self.datamodel.session.scalars(statement).unique().all()


def _of(model: type, enterprise: Enterprise) -> Any:
    return model.enterprise_id == enterprise.id
