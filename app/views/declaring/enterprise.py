"""企业信息: what the enterprise says of itself, kept up to date by its administrator."""

from collections.abc import Mapping
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from ...errors import Conflict, DomainError, Invalid
from ...extensions import db
from ...models import Enterprise
from ...services import code_lists, enterprise_years, enterprises, titles
from ...services.grants import ENTERPRISE, held_by, require
from ...services.particulars import COUNTY, PARTICULARS, missing, shown
from ...services.signs import require_unchanged, sign_of
from ..base import ScopedView, allowed, grants
from ..lookups import ask_register, fill_from
from .own import own_enterprise

BUSINESS_KINDS = "business_kinds"


class OwnEnterpriseView(ScopedView):
    """The enterprise's own particulars; they prefill its declarations and decide who reviews them."""

    route_base = "/enterprise"
    default_view = "index"

    @expose("/")
    @allowed("read")
    def index(self):
        """Show the particulars, the figures of the last years and what bureaus have found."""
        enterprise = own_enterprise()
        kinds = code_lists.offered(BUSINESS_KINDS, enterprise.site_id) if enterprise.business_kinds else {}
        return self.render_template(
            "declaring/enterprise/index.html",
            title=gettext("企业信息"),
            enterprise=enterprise,
            values=shown(enterprise),
            fields=PARTICULARS,
            missing=missing(enterprise),
            business_kinds=[kinds.get(code, code) for code in enterprise.business_kinds or ()],
            titles=titles.titles_of(enterprise, g.user),
            years=enterprise.years[::-1],
            able_edit=grants(self, "edit") and ENTERPRISE in held_by(g.user, enterprise.id),
        )

    # ------------------------------------------------------------ particulars

    @expose("/edit")
    @allowed("edit")
    def edit(self):
        """Show the particulars in the form."""
        enterprise = _to_keep()
        return self._form(enterprise, shown(enterprise), {})

    @expose("/edit", methods=["POST"])
    @allowed("edit")
    def save(self):
        """Store the particulars, or show the form as it was typed with what is wrong."""
        enterprise, typed = own_enterprise(), _typed_particulars()
        try:
            require_unchanged(enterprise, lambda: shown(enterprise), typed, request.form.get("shown"))
            enterprises.update_enterprise(enterprise, typed, by=g.user, at=g.arrived_at)
        except (Invalid, Conflict) as refusal:
            return self._refused(self._form, enterprise, typed, refusal)
        db.session.commit()
        flash(gettext("企业信息已保存"), "success")
        return redirect(url_for("OwnEnterpriseView.index"))

    @expose("/fetch", methods=["POST"])
    @allowed("edit")
    def fetch(self):
        """Fill the form from the business register; what was typed stays unless it shall be overwritten."""
        enterprise, typed = _to_keep(), _typed_particulars()
        try:
            entry = ask_register(enterprise.credit_code)
        except DomainError as refusal:
            flash(str(refusal), "warning")
            return self._form(own_enterprise(), typed, {}, request.form.get("shown")), refusal.status
        filled, differing = fill_from(entry, typed, overwrite=request.form.get("overwrite") == "1")
        flash(gettext("已获取登记信息，请核对后保存"), "success")
        return self._form(own_enterprise(), filled, {}, request.form.get("shown"), differing=differing)

    def _form(
        self,
        enterprise: Enterprise,
        values: Mapping[str, str],
        errors: Mapping[str, Any],
        sign: str | None = None,
        *,
        differing: Mapping[str, str] | None = None,
    ) -> str:
        return self.render_template(
            "declaring/enterprise/edit.html",
            title=gettext("编辑企业信息"),
            enterprise=enterprise,
            values=values,
            errors=errors,
            differing=differing or {},
            fields=PARTICULARS,
            county=COUNTY,
            counties=enterprises.counties_by_city(enterprise.site_id),
            sign=sign or sign_of(shown(enterprise)),
        )

    # ------------------------------------------------------------ figures of the last years

    @expose("/years")
    @allowed("edit")
    def years(self):
        """Show the figures of the last years in the form."""
        enterprise = _to_keep()
        return self._years_form(enterprise, enterprise_years.shown(enterprise, g.arrived_at), {})

    @expose("/years", methods=["POST"])
    @allowed("edit")
    def save_years(self):
        """Store the figures, or show the form as it was typed with what is wrong."""
        enterprise = own_enterprise()
        stored = lambda: enterprise_years.shown(enterprise, g.arrived_at)  # noqa: E731 - read after the lock
        typed = {name: request.form.get(name, "") for name in stored()}
        try:
            require_unchanged(enterprise, stored, typed, request.form.get("shown"))
            enterprise_years.keep_years(enterprise, typed, by=g.user, at=g.arrived_at)
        except (Invalid, Conflict) as refusal:
            return self._refused(self._years_form, enterprise, typed, refusal)
        db.session.commit()
        flash(gettext("经营情况已保存"), "success")
        return redirect(url_for("OwnEnterpriseView.index"))

    def _years_form(self, enterprise: Enterprise, values: Mapping[str, str], errors: Mapping[str, Any]) -> str:
        return self.render_template(
            "declaring/enterprise/years.html",
            title=gettext("填写经营情况"),
            values=values,
            errors=errors,
            years=enterprise_years.years_of(enterprise, g.arrived_at),
            figures=enterprise_years.FIGURES,
            sign=sign_of(enterprise_years.shown(enterprise, g.arrived_at)),
        )

    def _refused(self, form: Any, enterprise: Enterprise, typed: Mapping[str, str], refusal: DomainError):
        db.session.rollback()
        flash(str(refusal), "danger")
        return form(own_enterprise(), typed, refusal.details["fields"]), refusal.status


def _to_keep() -> Enterprise:
    """Return the own enterprise for who may keep its particulars; raises NotGranted."""
    enterprise = own_enterprise()
    require(g.user, enterprise.id, ENTERPRISE)
    return enterprise


def _typed_particulars() -> dict[str, str]:
    names = (COUNTY.name, *(field.name for field in PARTICULARS))
    return {name: request.form.get(name, "") for name in names}
