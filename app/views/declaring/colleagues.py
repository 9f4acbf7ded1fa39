"""Who of the own enterprise fills in the same section: told and asked by the open form every few seconds."""

from flask import g, jsonify, request
from flask_appbuilder import expose
from flask_babel import gettext

from ...extensions import db
from ...models import Declaration
from ...services import declarations, presences
from ..base import ScopedView, allowed


class ColleagueView(ScopedView):
    """Colleagues on one section of a draft."""

    route_base = "/declarations"
    default_view = "note"

    @expose("/<public_id>/<section>/present", methods=["POST"])
    @allowed("edit")
    def note(self, public_id, section):
        """Note that the person has the section open, or with `leaving` that the page was left; say who else has."""
        declaration = declarations.read_own(public_id, g.user)
        key = declarations.stored_section(declaration, section).key
        if request.form.get("leaving") == "1":
            presences.leave(declaration, by=g.user, place=key)
        else:
            presences.note_filling(declaration, key, by=g.user, at=g.arrived_at)
        db.session.commit()
        return jsonify(present=filling_sentences(declaration, key), news=None)


def filling_sentences(declaration: Declaration, section: str) -> list[str]:
    """Return a sentence for each colleague who has the section open."""
    return [
        gettext("%(name)s 正在填写本节（%(time)s 起），同时修改可能互相冲突", name=one.name, time=one.since)
        for one in presences.others_present(declaration, g.user, g.arrived_at, place=section)
    ]
