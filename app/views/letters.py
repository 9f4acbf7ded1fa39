"""推荐函: filing letters for a call, reading those of the own bureau and of the bureaus below."""

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from sqlalchemy.orm import defer, joinedload

from ..errors import BadFile
from ..extensions import db
from ..models import Call, DeclarationTypeVersion, Letter
from ..permissions import get_visible
from ..services import letters
from .base import ScopedView, allowed, came_from, grants
from .declaring.downloads import SHOWN_IN_PLACE, send_stored, wants_download


class LetterView(ScopedView):
    """Letters of a call."""

    route_base = "/letters"
    default_view = "call"

    @expose("/<int:call_id>/")
    @allowed("read")
    def call(self, call_id):
        """Show the letters of a call, and the form to file more."""
        return self._page(_read_call(call_id))

    @expose("/<int:call_id>/", methods=["POST"])
    @allowed("file")
    def upload(self, call_id):
        """File the chosen letters; those that cannot be taken say why, the others are kept."""
        call = _read_call(call_id)
        chosen = [upload for upload in request.files.getlist("files") if upload.filename]
        refusals = [] if chosen else [gettext("请选择要上传的文件。")]
        kept = 0
        for upload in chosen:
            try:
                letters.upload_letter(call, upload.stream, upload.filename, by=g.user, at=g.arrived_at)
                kept += 1
            except BadFile as refusal:
                refusals.append(str(refusal))
        db.session.commit()
        if kept:
            flash(gettext("已上传 %(count)s 个文件。", count=kept), "success")
        if refusals:
            return self._page(call, refusals), 422
        return redirect(url_for("LetterView.call", call_id=call.id, back=came_from(url_for("ReviewView.index"))))

    def _page(self, call: Call, refusals: list[str] | None = None) -> str:
        return self.render_template(
            "letters/call.html",
            title=gettext("推荐函"),
            call=call,
            letters=[(letter, letters.is_own(letter, g.user)) for letter in letters.letters_for(call, g.user)],
            limits=letters.limits_for(call, g.user),
            may_file=grants(self, "file"),
            refusals=refusals or [],
            viewable=SHOWN_IN_PLACE,
            back=came_from(url_for("ReviewView.index")),
        )

    @expose("/file/<public_id>")
    @allowed("read")
    def file(self, public_id):
        """Hand out a letter."""
        letter = get_visible(Letter, public_id, g.user)
        return send_stored(letter.file, letter.name, attachment=wants_download())

    @expose("/file/<public_id>/delete", methods=["GET", "POST"])
    @allowed("file")
    def delete(self, public_id):
        """Ask, then take back a letter of the own bureau."""
        letter = letters.find_own_letter(public_id, g.user)
        back, name = came_from(url_for("LetterView.call", call_id=letter.call_id)), letter.name
        if request.method == "GET":
            return self.render_template(
                "skin/confirm.html",
                title=gettext("删除推荐函"),
                text=gettext("确定删除推荐函“%(name)s”？删除后不能恢复，可重新上传。", name=name),
                subjects=[name],
                fields=[],
                submit=gettext("删除"),
                danger=True,
                back=back,
            )
        letters.remove_letter(public_id, by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("已删除“%(name)s”", name=name), "success")
        return redirect(back)


def _read_call(call_id: int) -> Call:
    version = joinedload(Call.version).options(defer(DeclarationTypeVersion.body))
    return get_visible(Call, call_id, g.user, joinedload(Call.programme), version)
