"""曾用名: noting the names that an enterprise bore, and striking those noted by mistake."""

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, StringField
from wtforms.validators import Length, Optional

from ..errors import Invalid
from ..extensions import db
from ..models import Enterprise, FormerName
from ..permissions import get_visible
from ..services import former_names
from .base import ScopedView, allowed, came_from
from .model_forms import Filled


class FormerNameForm(FlaskForm):
    """A name and until when it was borne."""

    name = StringField(_("曾用名"), [Filled(), Length(max=120)], render_kw={"maxlength": 120})
    used_until = DateField(_("停用日期"), [Optional()], description=_("更名核准日期，不清楚的可不填。"))


class FormerNameView(ScopedView):
    """The former names of one enterprise."""

    route_base = "/former-names"

    @expose("/<public_id>", methods=["GET", "POST"])
    @allowed("edit")
    def index(self, public_id):
        """Show the names that are noted; note another."""
        enterprise = get_visible(Enterprise, str(public_id), g.user)
        back = came_from(url_for("EnterpriseAdmin.show", pk=enterprise.public_id))
        form = FormerNameForm()
        if form.validate_on_submit() and _add(enterprise, form):
            flash(gettext("已登记曾用名“%(name)s”", name=form.name.data), "success")
            return redirect(url_for("FormerNameView.index", public_id=enterprise.public_id, back=back))
        page = self.render_template(
            "enterprises/former_names.html",
            title=gettext("曾用名：%(name)s", name=enterprise.name),
            enterprise=enterprise,
            form=form,
            back=back,
        )
        return page, 422 if form.is_submitted() else 200

    @expose("/<int:former_name_id>/remove", methods=["GET", "POST"])
    @allowed("edit")
    def remove(self, former_name_id):
        """Ask, then strike a name."""
        former = get_visible(FormerName, former_name_id, g.user)
        back, name = url_for("FormerNameView.index", public_id=former.enterprise.public_id), former.name
        if request.method != "POST":
            return self.render_template(
                "skin/confirm.html", title=gettext("删除曾用名"), subjects=[name], fields=[],
                text=gettext("删除后，历年名单不再按该名称匹配这家企业。"), submit=gettext("删除曾用名"),
                danger=True, back=back,
            )  # fmt: skip
        former_names.remove_former_name(former, by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("已删除曾用名“%(name)s”", name=name), "success")
        return redirect(back)


def _add(enterprise: Enterprise, form: FormerNameForm) -> bool:
    """Note the name; a refusal stands at its field."""
    try:
        former_names.add_former_name(
            enterprise, form.name.data, by=g.user, at=g.arrived_at, used_until=form.used_until.data
        )
    except Invalid as refusal:
        db.session.rollback()
        for field, sentence in refusal.details["fields"].items():
            form[field].errors = [*form[field].errors, str(sentence)]
        return False
    db.session.commit()
    return True
