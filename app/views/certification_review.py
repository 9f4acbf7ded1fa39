"""企业认证审核: the certifications of the own region, read and decided."""

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, g, redirect, request
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement

from ..errors import DomainError, Invalid
from ..extensions import db
from ..models import Certification, CertificationState, Region, RegionKind
from ..services import certification_reviews as reviews
from ..services.certification_pages import FILE_KINDS, reading_of
from .base import ScopedInterface, ScopedModelView, Tab, allowed, grants
from .enterprises import around
from .review_queue import counties_within


class CertificationAdmin(ScopedModelView):
    """`/certifications/`: list, reading page with the evidence, 通过 and 退回."""

    datamodel = ScopedInterface(Certification, key="public_id")
    route_base = "/certifications"
    list_template = "certification/list.html"
    show_template = "certification/show.html"
    base_permissions = ["can_list", "can_show", "can_decide"]
    noun = _("企业认证")
    heading = _("企业认证审核")
    purpose = _(
        "企业提交的认证由所属县（区）主管部门审核，县（区）没有主管部门的由市级审核；通过后申请人成为企业管理员。"
    )
    empty_hint = _("本辖区企业提交认证后会显示在这里。")
    list_columns = ["name", "credit_code", "city", "county", "account.first_name", "state", "submitted_at"]
    show_columns = [
        "name", "credit_code", "city", "county", "account.first_name", "account.mobile", "state", "submitted_at",
        "decided_at", "opinion", "answers",
    ]  # fmt: skip
    search_columns = ["name", "county", "state", "city", "credit_code", "submitted_at"]
    order_columns = ["submitted_at"]
    base_order = ("id", "desc")
    label_columns = {
        "name": _("企业名称"),
        "credit_code": _("统一社会信用代码"),
        "city": _("所在市"),
        "county": _("所在区"),
        "account.first_name": _("申请人"),
        "account.mobile": _("申请人手机"),
        "state": _("状态"),
        "submitted_at": _("提交时间"),
        "decided_at": _("办理时间"),
        "opinion": _("退回原因"),
        "answers": _("认证内容"),
    }

    def conditions(self) -> list[ColumnElement]:
        """Drafts are their authors' alone."""
        return [Certification.state != CertificationState.DRAFT]

    def tabs(self) -> Sequence[Tab]:
        """What waits for the own bureau first; bureaus that read only have none waiting."""
        states = (CertificationState.SUBMITTED, CertificationState.RETURNED, CertificationState.APPROVED)
        own = [Tab("waiting", _("待我审核"), reviews.waiting_for(g.user))] if grants(self, "decide") else []
        return [
            *own,
            *(Tab(s.value, s.label, Certification.state == s) for s in states),
            Tab("all", _("全部"), Certification.id > 0),
        ]

    def narrow(self, column: str) -> list[ColumnElement]:
        """Offer cities and counties within the person's own region only."""
        own = g.user.department.region
        if column == "county":
            return counties_within(own)
        return [Region.kind == RegionKind.CITY, around(own)] if column == "city" else []

    def show_context(self, item: Certification) -> dict[str, Any]:
        held = {kind.label: [f for f in item.files if f.kind == key] for key, kind in FILE_KINDS.items()}
        return super().show_context(item) | {
            "fieldsets": [],
            "reading": reading_of(item),
            "held": held,
            "may_decide": grants(self, "decide") and reviews.may_decide(item, g.user),
            "is_submitted": item.state is CertificationState.SUBMITTED,
            "longest": reviews.LONGEST_OPINION,
        }

    @expose("/approve/<pk>", methods=["POST"])
    @allowed("decide")
    def approve(self, pk):
        """Certify the enterprise; the applicant administers it from now on."""
        item = self._find(pk, self.show_columns)
        try:
            reviews.approve(item, _revision(), by=g.user, at=g.arrived_at)
            db.session.commit()
        except DomainError as refusal:
            return self._refused(refusal, pk)
        flash(gettext("已通过，申请人将收到通知"), "success")
        return redirect(self._address("show", item))

    @expose("/return/<pk>", methods=["POST"])
    @allowed("decide")
    def send_back(self, pk):
        """Return the certification with a reason."""
        item, typed = self._find(pk, self.show_columns), request.form.get("opinion", "")
        try:
            reviews.send_back(item, _revision(), typed, by=g.user, at=g.arrived_at)
            db.session.commit()
        except Invalid as refusal:
            db.session.rollback()
            item = self._find(pk, self.show_columns)
            context = self.show_context(item) | {"typed": typed, "problem": str(refusal)}
            return self.render_template(self.show_template, **context), refusal.status
        except DomainError as refusal:
            return self._refused(refusal, pk)
        flash(gettext("已退回，申请人将收到通知"), "success")
        return redirect(self._address("show", item))

    def _refused(self, refusal: DomainError, pk: str):
        db.session.rollback()
        flash(str(refusal), "danger")
        return redirect(f"{request.script_root}{self.route_base}/show/{pk}")


def _revision() -> int:
    text = request.form.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else abort(400)
