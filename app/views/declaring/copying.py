"""复制以往申报: asked once, when a draft was started and the enterprise has declared the same before."""

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from ...extensions import db
from ...services import copying, declarations
from ..base import ScopedView, allowed


class CopyView(ScopedView):
    """The question whether a fresh draft begins with earlier answers."""

    route_base = "/declarations"
    default_view = "index"

    @expose("/<public_id>/copy")
    @allowed("edit")
    def index(self, public_id):
        """Ask, or go on to the form when there is nothing to copy or something was filled in."""
        declaration = declarations.read_own(public_id, g.user)
        earlier = copying.earlier_of(declaration, g.user)
        if not earlier or not copying.is_untouched(declaration):
            return redirect(url_for("DeclarationFormView.resume", public_id=public_id))
        return self.render_template(
            "declaring/openings/copy.html", title=gettext("复制以往申报"), declaration=declaration, earlier=earlier
        )

    @expose("/<public_id>/copy", methods=["POST"])
    @allowed("edit")
    def copy(self, public_id):
        """Copy the answers of the declaration that was picked."""
        declaration = declarations.read_own(public_id, g.user)
        picked = request.form.get("source", "")
        count = copying.copy_answers(declaration, picked, by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("已复制 %(count)s 项内容，请逐页核对更新；附件需要重新上传。", count=count), "success")
        return redirect(url_for("DeclarationFormView.resume", public_id=public_id))
