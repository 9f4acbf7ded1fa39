"""附件材料: handing out the files of an enterprise's material library."""

from flask import g
from flask_appbuilder import expose

from ..models import Material
from ..permissions import get_visible
from .base import ScopedView, allowed
from .declaring.downloads import send_stored, wants_download


class MaterialView(ScopedView):
    """Files of enterprises in the person's region."""

    route_base = "/materials"
    default_view = "file"

    @expose("/<public_id>")
    @allowed("read")
    def file(self, public_id):
        """Hand out a file."""
        material = get_visible(Material, str(public_id), g.user)
        return send_stored(material.file, material.name, attachment=wants_download())
