"""申报类型: what a call may be based on, for reading."""

from typing import Any

from flask import g
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import defer

from ..models import Call, DeclarationType, DeclarationTypeVersion, VersionStatus
from ..services.types import definition_of, workflow_of
from .base import ScopedInterface, ScopedModelView, tag
from .cells import UNKNOWN
from .paging import Order, Page, Place

NEWEST = 20


class TypeRows(ScopedInterface):
    """Types with their newest number and the calls that use them, read once a page."""

    def page(self, statement: Select, order: Order, place: Place, total: int | None = None) -> Page:
        page = super().page(statement, order, place, total)
        query = (
            select(DeclarationTypeVersion.type_id, func.max(DeclarationTypeVersion.number), func.count(Call.id))
            .outerjoin(Call, Call.version_id == DeclarationTypeVersion.id)
            .where(DeclarationTypeVersion.type_id.in_([t.id for t in page.rows]))
            .group_by(DeclarationTypeVersion.type_id)
        )
        g.uses_of_types = {row[0]: (row[1], row[2]) for row in self.session.execute(query)}
        return page


class DeclarationTypeAdmin(ScopedModelView):
    """Installed types with their versions; they are changed by publishing a new version, never here."""

    datamodel = TypeRows(DeclarationType)
    route_base = "/types"
    show_template = "programmes/declaration_type.html"
    noun = _("申报类型")
    purpose = _("申报类型规定表单、申报条件、审核流程和文书；已发布的版本不可更改，修改须发布新版本。")
    empty_hint = _("请由平台运维人员用“flask types load”安装申报类型。")
    subject = "title"
    base_permissions = ["can_list", "can_show"]
    list_columns = ["title", "key", "newest", "uses"]
    show_columns = ["title", "key"]
    search_columns = ["title"]
    order_columns = ["title"]
    base_order = ("id", "desc")
    label_columns = {"title": _("名称"), "key": _("标识"), "newest": _("最新版本"), "uses": _("采用的方向数")}

    def cell_newest(self, row: DeclarationType) -> str:
        number, _calls = g.uses_of_types.get(row.id, (None, 0))
        return UNKNOWN if number is None else f"v{number}"

    def cell_uses(self, row: DeclarationType) -> str:
        return str(g.uses_of_types.get(row.id, (None, 0))[1])

    def show_context(self, item: DeclarationType) -> dict[str, Any]:
        """Add the versions, and form and review chain of the newest published one."""
        query = (
            select(DeclarationTypeVersion)
            .where(DeclarationTypeVersion.type_id == item.id)
            .options(defer(DeclarationTypeVersion.body))
            .order_by(DeclarationTypeVersion.number.desc())
            .limit(NEWEST)
        )
        versions = self.datamodel.session.scalars(query).all()
        newest = next((v for v in versions if v.status is VersionStatus.PUBLISHED), None)
        return super().show_context(item) | {
            "versions": versions,
            "status_of": _status,
            "definition": definition_of(newest) if newest else None,
            "workflow": workflow_of(newest) if newest else None,
        }


def _status(version: DeclarationTypeVersion) -> Any:
    return {
        VersionStatus.DRAFT: tag(gettext("草稿"), "wait"),
        VersionStatus.PUBLISHED: tag(gettext("已发布"), "ok"),
        VersionStatus.RETIRED: tag(gettext("已停用"), "stop"),
    }[version.status]
