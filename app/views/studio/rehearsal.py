"""演练: an author steps into the parts of the stage, one after the other, and out again."""

from flask import Flask, abort, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from ...extensions import db
from ...models import Account
from ...security import author_of_session, begin_part, end_part
from ...services import rehearsals
from ...services.stages import Part
from ..base import ScopedView, allowed


class RehearsalView(ScopedView):
    """The parts of the stage. Choosing the first one needs an author; within a rehearsal the author stays known."""

    route_base = "/rehearsal"
    default_view = "index"

    @expose("/")
    @allowed("read")
    def index(self):
        """Show the parts."""
        parts = rehearsals.parts_for(g.user)
        return self.render_template("studio/parts.html", title=gettext("演练环境"), parts_played=parts)

    @expose("/step-into", methods=["POST"])
    @allowed("read")
    def step_into(self):
        """Play a part."""
        played = rehearsals.step_into(g.user, request.form.get("part", ""), at=g.arrived_at)
        db.session.commit()
        begin_part(played, author=g.user)
        return redirect("/")


class RehearsalPartView(ScopedView):
    """Within a rehearsal: another part, or back to oneself. Open to every part, and to nobody outside a rehearsal."""

    route_base = "/rehearsal"
    default_view = "leave"

    @expose("/switch", methods=["POST"])
    @allowed("play")
    def switch(self):
        """Play another part."""
        author = _author()
        played = rehearsals.step_into(author, request.form.get("part", ""), at=g.arrived_at)
        db.session.commit()
        begin_part(played, author=author)
        return redirect("/")

    @expose("/leave", methods=["POST"])
    @allowed("play")
    def leave(self):
        """Be oneself again."""
        end_part(_author())
        return redirect(url_for("TypeDraftView.index"))


def _author() -> Account:
    """Return whose rehearsal this is; outside of one there is no such page."""
    return author_of_session() or abort(404)


def init_rehearsal(app: Flask) -> None:
    """Let every page of a rehearsal say that it is one."""
    app.jinja_env.globals["rehearsal_parts"] = _parts


def _parts() -> list[tuple[Part, Account]]:
    author = author_of_session()
    return rehearsals.parts_for(author) if author else []
