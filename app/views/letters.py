"""推荐函: filing letters for a call, making one from a template, reading those of the own bureau and of those below."""

from secrets import token_urlsafe

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from sqlalchemy.orm import defer, joinedload

from ..errors import BadFile, DomainError, NotFound
from ..extensions import db
from ..models import Call, DeclarationTypeVersion, Letter, LetterTemplate
from ..permissions import get_visible
from ..reports.letter import LetterText, Listed
from ..services import archives, letter_making, letter_templates, letters
from .base import ScopedView, allowed, came_from, grants
from .declaring.downloads import SHOWN_IN_PLACE, send_stored, wants_download
from .jobs import follow

ARCHIVE = "application/zip"
SPARE_ROWS = 3  # empty lines that the list offers for what is not in the platform


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
        return redirect(self._address(call))

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
            archive=ARCHIVE,
            back=came_from(url_for("ReviewView.index")),
        )

    # ------------------------------------------------------------ making one from a template

    @expose("/<int:call_id>/make")
    @allowed("file")
    def make(self, call_id):
        """Show a letter filled from a template, everything in it may be changed."""
        call = _read_call(call_id)
        letters.require_handling(call, g.user)
        usable = letter_templates.usable(g.user)
        wanted = request.args.get("template", type=int)
        template = next((t for t in usable if t.id == wanted), next(iter(usable), None))
        return self._form(call, letter_making.draft_letter(call, template, g.user, g.arrived_at), template)

    @expose("/<int:call_id>/make", methods=["POST"])
    @allowed("file")
    def print(self, call_id):
        """Ask for a preview, or for the letter itself; a refusal shows the form again with everything typed."""
        call, letter = _read_call(call_id), _typed_letter()
        try:
            if request.form.get("do") == "preview":
                job = letter_making.request_preview(call, letter, by=g.user, at=g.arrived_at)
            else:
                token = request.form.get("token", "")[:40]
                job = letter_making.request_letter(call, letter, token, by=g.user, at=g.arrived_at)
            db.session.commit()
        except DomainError as refusal:
            db.session.rollback()
            return self._form(_read_call(call_id), letter, None, refusal), refusal.status
        return follow(job, self._address(call))

    def _form(
        self, call: Call, letter: LetterText, template: LetterTemplate | None, refusal: DomainError | None = None
    ) -> str:
        return self.render_template(
            "letters/make.html",
            title=gettext("生成推荐函"),
            call=call,
            letter=letter,
            rows=[*letter.rows, *[Listed("", "")] * SPARE_ROWS],
            chosen=template,
            templates=letter_templates.usable(g.user),
            words=letter_templates.WORDS,
            longest=letter_making.LONGEST,
            longest_cell=letter_making.LONGEST_CELL,
            token=request.form.get("token") or token_urlsafe(12),
            refusal=refusal,
            errors=(refusal.details.get("fields") or {}) if refusal else {},
            back=self._address(call),
        )

    # ------------------------------------------------------------ single letters

    @expose("/file/<public_id>")
    @allowed("read")
    def file(self, public_id):
        """Hand out a letter."""
        letter = get_visible(Letter, public_id, g.user)
        return send_stored(letter.file, letter.name, attachment=wants_download())

    @expose("/file/<public_id>/contents")
    @allowed("read")
    def contents(self, public_id):
        """List what an archive holds."""
        letter = get_visible(Letter, public_id, g.user)
        if letter.file.mime != ARCHIVE:
            raise NotFound(gettext("该文件不是压缩包，请直接打开或下载。"))
        return self.render_template(
            "letters/contents.html",
            title=letter.name,
            held=archives.entries_of(letter.file),
            back=came_from(url_for("LetterView.call", call_id=letter.call_id)),
        )

    @expose("/file/<public_id>/delete", methods=["GET", "POST"])
    @allowed("file")
    def delete(self, public_id):
        """Ask, then take back a letter of the own bureau."""
        letter = letters.find_own_letter(public_id, g.user)
        back, name = came_from(url_for("LetterView.call", call_id=letter.call_id)), letter.name
        if request.method != "POST":
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

    def _address(self, call: Call) -> str:
        return url_for("LetterView.call", call_id=call.id, back=came_from(url_for("ReviewView.index")))


def _read_call(call_id: int) -> Call:
    version = joinedload(Call.version).options(defer(DeclarationTypeVersion.body))
    return get_visible(Call, call_id, g.user, joinedload(Call.programme), version)


def _typed_letter() -> LetterText:
    """Read the letter from the posted form; lines without unit and project are left out."""
    form = request.form
    texts = {key: form.get(key, "").replace("\r\n", "\n").strip() for key in letter_making.LONGEST}
    cells = zip(form.getlist("unit"), form.getlist("project"), form.getlist("area"), strict=False)
    rows = (Listed(unit.strip(), project.strip(), area.strip()) for unit, project, area in cells)
    return LetterText(**texts, rows=tuple(row for row in rows if row.unit or row.project))
