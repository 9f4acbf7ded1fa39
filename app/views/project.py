"""项目视图: one declaration as the project centre shows it, with its materials and what became of it."""

from flask import g, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from ..models import ReviewAction
from ..services import dossiers
from .base import ScopedView, allowed, came_from, may
from .declaring.downloads import SHOWN_IN_PLACE


class ProjectView(ScopedView):
    """A project with all that was handed in for it."""

    route_base = "/project"
    default_view = "show"

    @expose("/<public_id>")
    @allowed("read")
    def show(self, public_id):
        """Show the project with its materials; the office that acted last can take its act back here."""
        dossier = dossiers.read_dossier(public_id, g.user, g.arrived_at)
        actions = dossier.actions if may("can_act", "ReviewView") else []
        return self.render_template(
            "projects/show.html",
            title=dossier.declaration.title,
            dossier=dossier,
            declaration=dossier.declaration,
            materials=_materials(dossier),
            withdrawal=next((a for a in actions if a.do == ReviewAction.WITHDRAW.value), None),
            viewable=SHOWN_IN_PLACE,
            back=came_from(url_for("ProjectAdmin.list")),
        )


def _materials(dossier: dossiers.Dossier) -> list[tuple[str, list]]:
    """Return (kind of attachment, [(number within the submission, facts)]) in the order of the form."""
    labels = {field.key: field.label for field in dossier.definition.file_fields}
    kinds = sorted(dossier.files, key=lambda kind: list(labels).index(kind) if kind in labels else len(labels))
    return [(labels.get(kind, gettext("其他材料")), dossier.files[kind]) for kind in kinds]
