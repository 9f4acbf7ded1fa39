"""Handing out guides: the province's and the cities', to everyone who may see the call or the guide."""

from typing import Any

from flask import g, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from ..errors import NotFound
from ..extensions import db
from ..models import Call, CallGuide, StoredFile
from ..permissions import get_visible
from ..services import files
from .base import ScopedView, allowed
from .cells import UNKNOWN
from .declaring.downloads import send_stored


class GuideFileView(ScopedView):
    """The files behind 省厅申报指南 and 申报指南."""

    route_base = "/guide-files"
    default_view = "of_city"

    @expose("/calls/<int:call_id>")
    @allowed("read")
    def of_call(self, call_id):
        """Hand out the province's guide of a call."""
        call = get_visible(Call, call_id, g.user)
        stored = _stored(call.guide_file_id)
        return send_stored(stored, f"{call.name}申报指南.{files.usual_ending(stored.mime)}", attachment=True)

    @expose("/<int:guide_id>")
    @allowed("read")
    def of_city(self, guide_id):
        """Hand out a city's guide."""
        guide = get_visible(CallGuide, guide_id, g.user)
        return send_stored(_stored(guide.file_id), guide.file_name, attachment=True)


def _stored(file_id: int | None) -> StoredFile:
    if file_id is None:
        raise NotFound(_("尚未上传申报指南文件。"))
    return db.session.get_one(StoredFile, file_id)


def call_guide_link(call: Call) -> Any:
    """Return the link to the province's guide, or a dash."""
    if call.guide_file_id is None:
        return UNKNOWN
    return _link(url_for("GuideFileView.of_call", call_id=call.id), gettext("下载"), gettext("省厅申报指南"))


def city_guide_link(guide: CallGuide | None) -> Any:
    """Return the link to a city's guide, or a dash."""
    if guide is None or guide.file_id is None:
        return UNKNOWN
    return _link(url_for("GuideFileView.of_city", guide_id=guide.id), guide.file_name, gettext("申报指南"))


def _link(address: str, text: str, what: str) -> Markup:
    return Markup('<a href="{}" aria-label="{} {}">{}</a>').format(address, what, text, text)
