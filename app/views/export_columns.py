"""What 项目中心 and 企业管理 write into a workbook: the columns of the list and what one looks up beside them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from .. import clock
from ..models import (
    Call,
    Declaration,
    DeclarationState,
    Enterprise,
    Label,
    Programme,
    Region,
    enterprise_label,
)
from ..reports.table import Kind
from ..services.exports import ExportColumn
from .exporting import Exporting

WAN = Decimal(10_000)
CITY, COUNTY = aliased(Region), aliased(Region)


def _stage(state: DeclarationState, label: str | None) -> str:
    return label if state is DeclarationState.IN_REVIEW and label else str(state.label)


def _in_wan(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount / WAN


def _moment(moment: Any) -> str | None:
    return clock.show(moment) if moment else None


def _text(column: Any, label: Any, width: float, kind: Kind = Kind.TEXT) -> ExportColumn:
    return ExportColumn(label, (column,), width, kind)


class ProjectExport(Exporting):
    """Projects with their programme, enterprise and place."""

    def join_for_export(self, statement: Select) -> Select:
        return (
            statement.join(Call, Call.id == Declaration.call_id)
            .join(Programme, Programme.id == Call.programme_id)
            .join(Enterprise, Enterprise.id == Declaration.enterprise_id)
            .join(CITY, CITY.id == Declaration.city_id)
            .join(COUNTY, COUNTY.id == Declaration.county_id)
        )

    def export_columns(self) -> Sequence[ExportColumn]:
        return (
            _text(Programme.year, _("年度"), 4, Kind.CENTRED),
            _text(Programme.level, _("资金级别"), 5, Kind.CENTRED),
            _text(Programme.nature, _("项目性质"), 6, Kind.CENTRED),
            _text(Programme.name, _("项目认定评定名称"), 18),
            _text(Call.name, _("方向"), 16),
            _text(Declaration.title, _("项目名称"), 24),
            _text(Enterprise.name, _("申报单位"), 20),
            _text(Enterprise.credit_code, _("统一社会信用代码"), 12, Kind.CENTRED),
            _text(CITY.name, _("所属市"), 5, Kind.CENTRED),
            _text(COUNTY.name, _("所属区"), 8, Kind.CENTRED),
            ExportColumn(_("申报状态"), (Declaration.state, Declaration.public_label), 8, Kind.CENTRED, _stage),
            ExportColumn(_("送达时间"), (Declaration.arrived_at,), 10, Kind.CENTRED, _moment),
            ExportColumn(_("获得资金(万元)"), (Declaration.awarded,), 9, Kind.MONEY, _in_wan),
        )


class EnterpriseExport(Exporting):
    """Enterprises with the figures of the list."""

    def join_for_export(self, statement: Select) -> Select:
        return statement.outerjoin(CITY, CITY.id == Enterprise.city_id).outerjoin(
            COUNTY, COUNTY.id == Enterprise.county_id
        )

    def export_columns(self) -> Sequence[ExportColumn]:
        return (
            _text(Enterprise.name, _("企业名称"), 22),
            _text(CITY.name, _("所在市"), 5, Kind.CENTRED),
            _text(COUNTY.name, _("所在区"), 8, Kind.CENTRED),
            _text(Enterprise.credit_code, _("统一社会信用代码"), 12, Kind.CENTRED),
            _text(Enterprise.industry, _("所属行业"), 16),
            _text(Enterprise.contact, _("联系人"), 6, Kind.CENTRED),
            _text(Enterprise.contact_phone, _("联系人手机"), 8, Kind.CENTRED),
            _text(Enterprise.established_on, _("成立日期"), 7, Kind.DATE),
            _text(_awards(), _("历史扶持项目数"), 8, Kind.INTEGER),
            ExportColumn(
                _("失信情况"), (Enterprise.dishonest,), 5, Kind.CENTRED,
                lambda dishonest: gettext("失信") if dishonest else gettext("正常"),
            ),
            _text(Enterprise.kind, _("企业类型"), 10, Kind.CENTRED),
            _text(_labels(), _("企业标签"), 14),
        )  # fmt: skip


def _awards() -> Any:
    won = select(func.count()).where(
        Declaration.enterprise_id == Enterprise.id, Declaration.state == DeclarationState.APPROVED
    )
    return won.correlate(Enterprise).scalar_subquery()


def _labels() -> Any:
    named = (
        select(func.aggregate_strings(Label.name, "、"))
        .select_from(enterprise_label)
        .join(Label, Label.id == enterprise_label.c.label_id)
        .where(enterprise_label.c.enterprise_id == Enterprise.id)
    )
    return named.correlate(Enterprise).scalar_subquery()
