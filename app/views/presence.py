"""Who else is at work on a declaration: asked and told by the open deciding page every few seconds."""

from flask import g, jsonify, request
from flask_appbuilder import expose
from flask_babel import gettext

from .. import clock
from ..extensions import db
from ..models import Declaration
from ..permissions import get_visible
from ..services import presences, turns
from .base import ScopedView, allowed


class PresenceView(ScopedView):
    """Colleagues on one declaration."""

    route_base = "/presence"
    default_view = "show"

    @expose("/<public_id>")
    @allowed("read")
    def show(self, public_id):
        """Say who has the declaration open, and what happened to it since the page was read."""
        return _answer(get_visible(Declaration, public_id, g.user))

    @expose("/<public_id>", methods=["POST"])
    @allowed("note")
    def note(self, public_id):
        """Note that the person has it open, or with `leaving` that the page was left; then say who else has."""
        declaration = get_visible(Declaration, public_id, g.user)
        if request.form.get("leaving") == "1":
            presences.leave(declaration, by=g.user)
        else:
            presences.note_presence(declaration, by=g.user, at=g.arrived_at)
        db.session.commit()
        return _answer(declaration)


def present_sentences(declaration: Declaration) -> list[str]:
    """Return a sentence for each colleague who has the declaration open to decide it."""
    return [
        gettext("%(name)s 正在办理本项目（%(time)s 起）", name=colleague.name, time=colleague.since)
        for colleague in presences.others_present(declaration, g.user, g.arrived_at)
    ]


def _answer(declaration: Declaration):
    return jsonify(present=present_sentences(declaration), news=_news(declaration))


def _news(declaration: Declaration) -> str | None:
    """Return what was done since the page was read, None when nothing was."""
    seen = request.values.get("seq", "")
    if not seen.isascii() or not seen.isdigit() or int(seen[:9]) == declaration.seq:
        return None
    record = turns.last_record(declaration)
    if record is None:
        return None
    return gettext(
        "该项目已由%(name)s于 %(time)s 办理“%(action)s”，请刷新页面查看最新状态。",
        name=record.by_name,
        time=clock.show(record.at),
        action=record.action_label,
    )
