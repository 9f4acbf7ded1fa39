"""基本信息: what a type is called, which year it is for, and how its declarations are titled."""

from flask import flash, g, redirect, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, NumberRange

from ...errors import StaleRevision
from ...extensions import db
from ...forms.vocabulary import MONEY_UNITS
from ...models import TypeDraft
from ...services import type_drafts
from ..base import allowed
from ..model_forms import Filled
from .frame import StudioView, read_draft

NAMES = ("title", "short_title", "year", "basis", "subject", "money_unit")


class BasicsForm(FlaskForm):
    """The head of a type."""

    title = StringField(_("名称"), [Filled(), Length(max=120)])
    short_title = StringField(_("简称"), [Length(max=80)], description=_("作为方向名称的默认值。"))
    year = IntegerField(_("年度"), [Filled(), NumberRange(2000, 2100, message=_("请填写四位年份，例如 2024。"))])
    money_unit = SelectField(_("金额单位"), choices=list(MONEY_UNITS.items()))
    subject = StringField(
        _("项目名称的写法"), [Filled(), Length(max=200)],
        description=_("可引用字段，如 {unit}，大括号内填字段标识。"),
    )  # fmt: skip
    basis = TextAreaField(_("依据"), [Length(max=1000)])
    revision = HiddenField()


class DraftBasicsView(StudioView):
    """The head of a draft."""

    default_view = "index"

    @expose("/<public_id>/basics", methods=["GET", "POST"])
    @allowed("edit")
    def index(self, public_id):
        """Show and change the head of a draft."""
        draft = read_draft(public_id)
        stored = {name: draft.body.get(name) for name in NAMES if draft.body.get(name) is not None}
        form = BasicsForm(revision=draft.revision, **stored)
        if form.validate_on_submit() and _save(draft, form):
            flash(gettext("已保存"), "success")
            return redirect(url_for("DraftBasicsView.index", public_id=draft.public_id))
        return self.page("basics", draft, form=form), 422 if form.is_submitted() else 200


def _save(draft: TypeDraft, form: BasicsForm) -> bool:
    typed = {name: form[name].data for name in NAMES}
    body = {**draft.body, **typed}
    try:
        type_drafts.save_body(
            draft, {k: v for k, v in body.items() if v not in ("", None)}, revision=int(form.revision.data or -1),
            by=g.user, at=g.arrived_at,
        )  # fmt: skip
    except StaleRevision as refusal:
        db.session.rollback()
        flash(str(refusal), "danger")
        return False
    db.session.commit()
    return True
