"""已删除: the drafts that the own enterprise deleted, until when they can be restored."""

from flask import flash, g, redirect, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from ...extensions import db
from ...services import trash
from ..base import ScopedView, allowed


class DeletedDraftsView(ScopedView):
    """The trash of 我的项目."""

    route_base = "/my-projects/deleted"
    default_view = "index"

    @expose("/")
    @allowed("read")
    def index(self):
        """Show what can be restored."""
        return self.render_template(
            "declaring/projects/deleted.html",
            title=gettext("已删除的草稿"),
            drafts=trash.deleted_drafts(g.user),
            kept=trash.KEPT,
        )

    @expose("/<public_id>/restore", methods=["POST"])
    @allowed("edit")
    def restore(self, public_id):
        """Bring a draft back."""
        draft = trash.restore_draft(public_id, by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("已恢复草稿“%(title)s”", title=draft.title), "success")
        return redirect(url_for("DeletedDraftsView.index"))
