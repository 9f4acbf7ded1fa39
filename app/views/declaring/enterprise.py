"""企业信息: what the enterprise says of itself, kept up to date by its administrator."""

from decimal import Decimal
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...errors import Invalid
from ...extensions import db
from ...models import Enterprise
from ...services import enterprises
from ..base import ScopedView, allowed, grants
from .own import own_enterprise

# (name, label, kind of input, required, hint)
FIELDS = (
    ("short_name", _("企业简称"), "text", False, _("用于附件命名和项目名称")),
    ("industry", _("所属行业"), "text", False, ""),
    ("kind", _("企业类型"), "text", False, ""),
    ("legal_representative", _("法定代表人"), "text", True, ""),
    ("legal_phone", _("法定代表人电话"), "tel", False, ""),
    ("contact", _("联系人"), "text", True, ""),
    ("contact_phone", _("联系人电话"), "tel", True, _("审核部门将通过该电话联系贵单位")),
    ("email", _("电子邮箱"), "email", False, ""),
    ("website", _("网址"), "url", False, ""),
    ("address", _("通讯地址"), "text", True, ""),
    ("postcode", _("邮政编码"), "text", False, ""),
    ("established_on", _("成立日期"), "date", False, ""),
    ("registered_capital", _("注册资本（万元）"), "text", False, ""),
    ("main_business", _("主营业务"), "area", False, ""),
    ("business_scope", _("经营范围"), "area", False, ""),
)
NAMES = ("county", *(name for name, *_rest in FIELDS))


class OwnEnterpriseView(ScopedView):
    """The enterprise's own particulars; they prefill its declarations and decide who reviews them."""

    route_base = "/enterprise"
    default_view = "index"

    @expose("/")
    @allowed("read")
    def index(self):
        """Show the particulars."""
        enterprise = own_enterprise()
        return self.render_template(
            "declaring/enterprise/index.html",
            title=gettext("企业信息"),
            enterprise=enterprise,
            values=_values(enterprise),
            fields=FIELDS,
            able_edit=grants(self, "edit"),
        )

    @expose("/edit")
    @allowed("edit")
    def edit(self):
        """Show the particulars in the form."""
        enterprise = own_enterprise()
        return self._form(enterprise, _values(enterprise), {})

    @expose("/edit", methods=["POST"])
    @allowed("edit")
    def save(self):
        """Store the particulars, or show the form as it was typed with what is wrong."""
        enterprise = own_enterprise()
        typed = {name: request.form.get(name, "").replace("\x00", "") for name in NAMES}
        try:
            enterprises.update_enterprise(enterprise, typed, by=g.user, at=g.arrived_at)
        except Invalid as refusal:
            flash(str(refusal), "danger")
            return self._form(enterprise, typed, refusal.details["fields"]), refusal.status
        db.session.commit()
        flash(gettext("企业信息已保存"), "success")
        return redirect(url_for("OwnEnterpriseView.index"))

    def _form(self, enterprise: Enterprise, values: dict[str, Any], errors: dict[str, Any]) -> str:
        return self.render_template(
            "declaring/enterprise/edit.html",
            title=gettext("编辑企业信息"),
            enterprise=enterprise,
            values=values,
            errors=errors,
            fields=FIELDS,
            counties=enterprises.counties_by_city(enterprise.site_id),
        )


def _values(enterprise: Enterprise) -> dict[str, str]:
    """Return the particulars as they stand in inputs."""
    values = {name: getattr(enterprise, name) for name, *_rest in FIELDS}
    capital = enterprise.registered_capital
    values["registered_capital"] = None if capital is None else f"{(capital / Decimal(10_000)).normalize():f}"
    values["established_on"] = enterprise.established_on.isoformat() if enterprise.established_on else None
    values["county"] = enterprise.county_id
    return {name: "" if value is None else str(value) for name, value in values.items()}
