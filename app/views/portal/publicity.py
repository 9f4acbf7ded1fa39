"""结果公示, and the objection that anybody may raise while the time for it runs."""

from typing import Any

from flask import current_app, flash, g, redirect, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField

from ...errors import Invalid
from ...extensions import db, limiter
from ...models import Account, Article, ArticleKind
from ...services import objections, portal
from ...services.articles import takes_objections
from ...services.objections import LIMITS
from ..model_forms import Filled
from .pages import ArticlePages


class ObjectionForm(FlaskForm):
    """Who objects and why; the service judges what is typed."""

    name = StringField(
        _("姓名"), [Filled()], render_kw={"maxlength": LIMITS["name"], "required": True, "autocomplete": "name"}
    )
    unit = StringField(_("单位"), render_kw={"maxlength": LIMITS["unit"], "autocomplete": "organization"})
    phone = StringField(
        _("联系电话"), [Filled()], render_kw={"maxlength": LIMITS["phone"], "required": True, "autocomplete": "tel"}
    )
    email = StringField(_("电子邮箱"), render_kw={"maxlength": LIMITS["email"], "autocomplete": "email"})
    text = TextAreaField(
        _("异议内容和理由"), [Filled()], render_kw={"maxlength": LIMITS["text"], "rows": 8, "required": True}
    )


def _rate() -> str:
    return current_app.config["OBJECTION_RATE_LIMIT"]


class PublicityView(ArticlePages):
    """`/publicity/`"""

    route_base = portal.PATHS[ArticleKind.PUBLICITY]
    kind = ArticleKind.PUBLICITY
    purpose = _("拟认定、拟入选名单等结果的公示；对公示内容有异议的，请在异议期内提出。")
    show_page = "portal/publicity.html"

    def context(self, article: Article) -> dict[str, Any]:
        return super().context(article) | {"takes_objections": takes_objections(article, g.arrived_at)}

    @expose("/<public_id>/objection", methods=["GET", "POST"])
    @limiter.limit(_rate, methods=["POST"])
    def objection(self, public_id):
        """Show the form, or take an objection in."""
        article = self.read(public_id)
        address = url_for("PublicityView.show", public_id=public_id)
        if not takes_objections(article, g.arrived_at):
            flash(gettext("本公示的异议期已结束，不再受理异议"), "warning")
            return redirect(address)
        form = ObjectionForm(data=_known_of(_person()))
        if form.validate_on_submit():
            try:
                objections.object_to(article, form.data, by=_person(), at=g.arrived_at)
                db.session.commit()
            except Invalid as refusal:
                db.session.rollback()
                for name, sentence in refusal.details["fields"].items():
                    form[name].errors = [str(sentence)]
            else:
                flash(gettext("已收到您的异议，公示单位核实后将通过您留下的联系方式答复"), "success")
                return redirect(address)
        status = 422 if form.is_submitted() else 200
        return self.render_template("portal/objection.html", form=form, back=address, **self.context(article)), status


def _person() -> Account | None:
    """Return who is logged in on this very site."""
    user = current_user._get_current_object()
    return user if user.is_authenticated and user.site_id == g.site.id else None


def _known_of(person: Account | None) -> dict[str, str | None]:
    """Return what is known of a person, so that it need not be typed."""
    if person is None:
        return {}
    own = (m.enterprise.name for m in person.acting_memberships)
    unit = person.department.name if person.department else next(own, None)
    return {"name": person.name, "unit": unit, "phone": person.mobile, "email": person.email}
