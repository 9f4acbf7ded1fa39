"""A published version: what it asks, which calls run on it, and letting other calls take it."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from flask import flash, g, jsonify, redirect, request, send_file, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from ...authoring.schemas import answers_schema
from ...errors import DomainError
from ...extensions import db
from ...forms.package import export_package
from ...models import Call, DeclarationTypeVersion, Site
from ...permissions import get_visible
from ...services import adoption, type_drafts, types
from ..base import ScopedView, allowed


class TypeVersionView(ScopedView):
    """One version of a type."""

    route_base = "/type-versions"
    default_view = "show"

    @expose("/<int:version_id>/")
    @allowed("read")
    def show(self, version_id):
        """Show a version with the calls that run on an earlier one."""
        version = _read(version_id)
        return self.render_template(
            "studio/version.html",
            title=f"{version.type.title} v{version.number}",
            version=version,
            definition=types.definition_of(version),
            workflow=types.workflow_of(version),
            uses=adoption.uses(version, by=g.user),
            draft=type_drafts.find_draft(g.user.site_id, version.type.key),
        )

    @expose("/<int:version_id>/adopt/<int:call_id>", methods=["GET", "POST"])
    @allowed("edit")
    def adopt(self, version_id, call_id):
        """Ask, then let a call run on the version."""
        version, call = _read(version_id), get_visible(Call, call_id, g.user)
        back = url_for("TypeVersionView.show", version_id=version.id)
        use = next((use for use in adoption.uses(version, by=g.user) if use.call.id == call.id), None)
        if use is None:
            return redirect(back)
        if request.method != "POST":
            return self.render_template(
                "skin/confirm.html", title=gettext("改用新版本"), subjects=[call.name], fields=[], back=back,
                text=_consequence(use), submit=gettext("改用 v%(number)s", number=version.number),
            )  # fmt: skip
        return self._do(
            lambda: adoption.adopt(version, call, leave_drafts=True, by=g.user, at=g.arrived_at),
            gettext("“%(name)s”已改用 v%(number)s", name=call.name, number=version.number), back,
        )  # fmt: skip

    @expose("/<int:version_id>/change", methods=["POST"])
    @allowed("edit")
    def change(self, version_id):
        """Begin the next version, or go on with the draft that was begun."""
        version = _read(version_id)
        draft = type_drafts.find_draft(g.user.site_id, version.type.key)
        if draft is None:
            site = db.session.get_one(Site, g.user.site_id)
            draft = type_drafts.begin_change(site, version, by=g.user, at=g.arrived_at)
            db.session.commit()
        return redirect(url_for("TypeDraftView.show", public_id=draft.public_id))

    @expose("/<int:version_id>/retire", methods=["POST"])
    @allowed("edit")
    def retire(self, version_id):
        """Take a version out of use."""
        version = _read(version_id)
        return self._do(
            lambda: adoption.retire(version, by=g.user, at=g.arrived_at),
            gettext("已停用 v%(number)s", number=version.number),
            url_for("TypeVersionView.show", version_id=version.id),
        )

    @expose("/<int:version_id>/bring-back", methods=["POST"])
    @allowed("edit")
    def bring_back(self, version_id):
        """Let a retired version be used again."""
        version = _read(version_id)
        return self._do(
            lambda: adoption.bring_back(version, by=g.user, at=g.arrived_at),
            gettext("已恢复 v%(number)s", number=version.number),
            url_for("TypeVersionView.show", version_id=version.id),
        )

    @expose("/<int:version_id>/schema.json")
    @allowed("read")
    def schema(self, version_id):
        """Return the JSON Schema of the answers."""
        return jsonify(answers_schema(types.definition_of(_read(version_id))))

    @expose("/<int:version_id>/package.zip")
    @allowed("read")
    def package(self, version_id):
        """Return the version as the folder that it would be shipped as."""
        version, content = _read(version_id), BytesIO()
        with ZipFile(content, "w", ZIP_DEFLATED) as archive:
            for name, text in export_package(version.body).items():
                archive.writestr(f"{version.type.key}/{name}", text)
        content.seek(0)
        name = f"{version.type.key}-v{version.number}.zip"
        return send_file(content, "application/zip", as_attachment=True, download_name=name)

    def _do(self, act, done: str, back: str):
        try:
            act()
        except DomainError as refusal:
            db.session.rollback()
            flash(str(refusal), "danger")
            return redirect(back)
        db.session.commit()
        flash(done, "success")
        return redirect(back)


def _read(version_id: int) -> DeclarationTypeVersion:
    return get_visible(DeclarationTypeVersion, version_id, g.user)


def _consequence(use: adoption.Use) -> str:
    if use.keeps_drafts_behind:
        return gettext(
            "新版本与现用版本不兼容：%(drafts)s 份正在填写的申报继续使用原版本，新开始的使用新版本；已提交的不受影响。",
            drafts=use.drafts,
        )
    return gettext(
        "%(drafts)s 份正在填写的申报随之改用新版本，已填内容保留；%(handed_in)s 份已提交的申报继续使用原版本。",
        drafts=use.drafts, handed_in=use.handed_in,
    )  # fmt: skip
