"""Drafts of types: begun, looked at as a whole, published, rehearsed or thrown away; parts saved by scripts."""

from flask import current_app, flash, g, jsonify, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import Length, NumberRange

from ... import clock
from ...authoring.changes import overall
from ...errors import DomainError, Invalid, StaleRevision
from ...extensions import db
from ...models import DeclarationTypeVersion, Site, TypeDraft
from ...permissions import get_visible, visible
from ...services import rehearsals, type_drafts, types
from ..base import ScopedView, allowed
from ..model_forms import Filled
from .frame import StudioView, read_draft

BLANK = ""


class NewTypeForm(FlaskForm):
    """A type that does not exist yet: from the usual start, or as a copy."""

    title = StringField(_("名称"), [Filled(), Length(max=120)], description=_("例如：2026年省级示范平台申报书"))
    key = StringField(
        _("标识"), [Filled(), Length(max=40)],
        description=_("小写字母开头，只含小写字母、数字和下划线；发布后不可更改，例如 demo_platform_2026"),
    )  # fmt: skip
    year = IntegerField(_("年度"), [Filled(), NumberRange(2000, 2100, message=_("请填写四位年份，例如 2024。"))])
    source = SelectField(_("从哪里开始"), validate_choice=False)


class TypeDraftView(StudioView):
    """The drafts of the own platform."""

    default_view = "index"

    @expose("/")
    @allowed("read")
    def index(self):
        """Show the drafts under way."""
        query = (
            select(TypeDraft)
            .where(visible(TypeDraft, g.user))
            .options(joinedload(TypeDraft.edited_by), joinedload(TypeDraft.base))
            .order_by(TypeDraft.edited_at.desc())
            .limit(200)
        )
        drafts = db.session.scalars(query).all()
        return self.render_template("studio/index.html", title=gettext("类型设计"), drafts=drafts)

    @expose("/new", methods=["GET", "POST"])
    @allowed("edit")
    def new(self):
        """Begin a type."""
        form = NewTypeForm(year=clock.to_local(g.arrived_at).year)
        versions = types.published_versions(g.user.site_id)
        form.source.choices = [
            (BLANK, gettext("空白表单（含真实性承诺和四级审核流程）")),
            *(
                (str(v.id), gettext("复制“%(title)s”v%(number)s", title=v.type.title, number=v.number))
                for v in versions
            ),
        ]
        draft = self._begin(form) if form.validate_on_submit() else None
        if draft is not None:
            return redirect(url_for("TypeDraftView.show", public_id=draft.public_id))
        page = self.render_template(
            "skin/form.html", title=gettext("新建申报类型"), form=form, back=url_for("TypeDraftView.index"),
            submit_text=gettext("创建草稿"),
        )  # fmt: skip
        return page, 422 if form.is_submitted() else 200

    def _begin(self, form: NewTypeForm) -> TypeDraft | None:
        site = db.session.get_one(Site, g.user.site_id)
        facts = (form.key.data.strip(), form.title.data, form.year.data)
        try:
            if form.source.data:
                version = get_visible(DeclarationTypeVersion, int(form.source.data), g.user)
                draft = type_drafts.begin_copy(site, version, *facts, by=g.user, at=g.arrived_at)
            else:
                draft = type_drafts.begin(site, *facts, by=g.user, at=g.arrived_at)
        except Invalid as refusal:
            db.session.rollback()
            for name, sentence in refusal.details["fields"].items():
                form[name].errors = [*form[name].errors, str(sentence)]
            return None
        db.session.commit()
        return draft

    @expose("/<public_id>/")
    @allowed("read")
    def show(self, public_id):
        """Show a draft as a whole: what is wrong, what to think about, what it changes."""
        draft = read_draft(public_id)
        changes = type_drafts.changes_of(draft)
        return self.page("show", draft, changes=changes, weight=overall(changes).label if changes else None)

    @expose("/<public_id>/publish", methods=["GET", "POST"])
    @allowed("publish")
    def publish(self, public_id):
        """Ask, then publish."""
        draft = read_draft(public_id)
        back = url_for("TypeDraftView.show", public_id=draft.public_id)
        if request.method != "POST":
            return self.render_template(
                "skin/confirm.html", title=gettext("发布申报类型"), subjects=[draft.title], fields=[],
                text=gettext("发布后的版本不可更改，可供新的方向采用；已有方向是否改用新版本，由您在下一步决定。"),
                submit=gettext("发布"), back=back,
            )  # fmt: skip
        try:
            version = type_drafts.publish(draft, by=g.user, at=g.arrived_at)
        except DomainError as refusal:
            db.session.rollback()
            flash(str(refusal), "danger")
            return redirect(back)
        db.session.commit()
        flash(gettext("已发布“%(title)s”v%(number)s", title=version.type.title, number=version.number), "success")
        return redirect(url_for("TypeVersionView.show", version_id=version.id))

    @expose("/<public_id>/discard", methods=["GET", "POST"])
    @allowed("edit")
    def discard(self, public_id):
        """Ask, then throw the draft away."""
        draft = read_draft(public_id)
        if request.method != "POST":
            return self.render_template(
                "skin/confirm.html", title=gettext("放弃草稿"), subjects=[draft.title], fields=[],
                text=gettext("草稿中的修改将全部丢失，已发布的版本不受影响。"), submit=gettext("放弃草稿"), danger=True,
                back=url_for("TypeDraftView.show", public_id=draft.public_id),
            )  # fmt: skip
        title = draft.title
        type_drafts.discard(draft, by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("已放弃草稿“%(title)s”", title=title), "success")
        return redirect(url_for("TypeDraftView.index"))

    @expose("/<public_id>/rehearse", methods=["POST"])
    @allowed("edit")
    def rehearse(self, public_id):
        """Open a call for the draft on the stage."""
        draft = read_draft(public_id)
        try:
            rehearsals.rehearse(draft, by=g.user, at=g.arrived_at)
        except DomainError as refusal:
            db.session.rollback()
            flash(str(refusal), "danger")
            return redirect(url_for("TypeDraftView.show", public_id=draft.public_id))
        db.session.commit()
        current_app.extensions["sites"]["by_host"].clear()
        flash(gettext("已在演练环境开放申报，请选择一个身份开始演练"), "success")
        return redirect(url_for("RehearsalView.index"))


class DraftPartView(ScopedView):
    """Parts of a draft as JSON, for the pages that are written with scripts."""

    route_base = "/type-drafts"
    default_view = "show"

    @expose("/<public_id>/parts/<part>")
    @allowed("read")
    def show(self, public_id, part):
        """Return a part with the revision it belongs to."""
        draft = read_draft(public_id)
        return jsonify(revision=draft.revision, value=draft.body.get(part))

    @expose("/<public_id>/parts/<part>", methods=["PUT"])
    @allowed("edit")
    def save(self, public_id, part):
        """Save a part: `{revision, value}` in, `{revision, problems, hints}` out; 409 when somebody was faster."""
        draft = read_draft(public_id)
        sent = request.get_json()
        if not isinstance(sent, dict) or not isinstance(sent.get("revision"), int):
            raise Invalid(gettext("提交的内容无法识别，请刷新页面后重试。"))
        try:
            type_drafts.save_part(draft, part, sent.get("value"), revision=sent["revision"], by=g.user, at=g.arrived_at)
        except StaleRevision as refusal:
            db.session.rollback()
            return jsonify(message=str(refusal), revision=refusal.details["revision"]), 409
        db.session.commit()
        judgement = type_drafts.judge(draft)
        return jsonify(
            revision=draft.revision,
            problems=list(judgement.problems),
            hints=[{"place": h.place, "label": h.label, "sentence": str(h.sentence)} for h in judgement.hints],
        )
