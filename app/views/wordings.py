"""消息模板: what people are told, in the site's own words."""

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, TextAreaField

from ..errors import Invalid
from ..extensions import db
from ..services import wording_changes
from ..services.wording_changes import LONGEST_BODY
from ..services.wordings import KINDS, LONGEST_TITLE, Wording, wording_of
from .base import ScopedView, allowed
from .model_forms import Filled


class WordingForm(FlaskForm):
    """One kind of message."""

    enabled = BooleanField(_("启用"))
    by_email = BooleanField(_("同时发送电子邮件"))
    by_sms = BooleanField(_("同时发送短信"))
    title = StringField(_("标题"), [Filled()], render_kw={"maxlength": LONGEST_TITLE, "required": True})
    body = TextAreaField(_("内容"), [Filled()], render_kw={"maxlength": LONGEST_BODY, "rows": 6, "required": True})

    @property
    def wording(self) -> Wording:
        return Wording(
            self.title.data or "", self.body.data or "", self.by_email.data, self.by_sms.data, self.enabled.data
        )


class WordingView(ScopedView):
    """`/wordings/`: every kind of message with its wording; the platform's own site's where an operator asks."""

    route_base = "/wordings"

    @expose("/")
    @allowed("read")
    def index(self):
        """Show all kinds."""
        own = wording_changes.own_wordings(_site_id())
        return self.render_template("wordings/index.html", title=gettext("消息模板"), kinds=KINDS.values(), own=own)

    @expose("/<kind>", methods=["GET", "POST"])
    @allowed("edit")
    def edit(self, kind):
        """Show one kind with a preview, or change it."""
        found = wording_changes.kind_named(kind)
        form = WordingForm(obj=wording_of(found.key, _site_id()))
        if form.validate_on_submit() and request.form.get("do") != "preview":
            try:
                wording_changes.change_wording(_site_id(), found, form.wording, by=g.user, at=g.arrived_at)
                db.session.commit()
            except Invalid as refusal:
                db.session.rollback()
                _put_at_fields(form, refusal)
            else:
                flash(gettext("已保存“%(kind)s”的模板", kind=found.label), "success")
                return redirect(url_for("WordingView.index"))
        return self._page(found, form)

    def _page(self, kind, form):
        try:
            shown = wording_changes.preview(kind, form.title.data or "", form.body.data or "")
        except Invalid as refusal:
            shown = None
            _put_at_fields(form, refusal)
        status = 422 if form.errors else 200
        page = self.render_template(
            "wordings/edit.html",
            title=kind.label,
            kind=kind,
            form=form,
            preview=shown,
            is_own=kind.key in wording_changes.own_wordings(_site_id()),
            back=url_for("WordingView.index"),
        )
        return page, status

    @expose("/<kind>/default", methods=["POST"])
    @allowed("edit")
    def restore(self, kind):
        """Put the default back."""
        found = wording_changes.kind_named(kind)
        wording_changes.restore_default(_site_id(), found, by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("“%(kind)s”已恢复默认", kind=found.label), "success")
        return redirect(url_for("WordingView.edit", kind=found.key))


def _site_id() -> int:
    """Return the person's own site; operators, who have none, work on the site of this address."""
    return g.user.site_id or g.site.id


def _put_at_fields(form: FlaskForm, refusal: Invalid) -> None:
    for name, sentence in refusal.details.get("fields", {}).items():
        if str(sentence) not in form[name].errors:
            form[name].errors = [*form[name].errors, str(sentence)]
