"""Handing out files: documents, attachments of a draft, files of a submission; every row passes its scope first."""

from flask import Response, abort, g, request, send_file
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from ...errors import NotFound
from ...extensions import db
from ...models import Attachment, Document, SealedCopy, StoredFile, Submission
from ...permissions import get_visible, visible
from ...services import files
from ..base import ScopedView, allowed

SHOWN_IN_PLACE = frozenset({"application/pdf", "image/jpeg", "image/png", "video/mp4"})


def send_stored(stored: StoredFile, name: str, *, attachment: bool) -> Response:
    """Stream a stored file under its own name; kinds that a browser cannot show are always downloads."""
    try:
        stream = files.open_content(stored.site_id, stored.sha256)
    except FileNotFoundError:
        raise NotFound(_("文件“%(name)s”暂时无法读取，请联系平台运维人员。", name=name)) from None
    answer = send_file(
        stream,
        mimetype=stored.mime,
        as_attachment=attachment or stored.mime not in SHOWN_IN_PLACE,
        download_name=name,
        etag=stored.sha256,
    )
    answer.content_length = stored.size
    return answer


def wants_download() -> bool:
    """Tell whether the person asked to keep the file rather than to look at it."""
    return request.args.get("download") == "1"


class DownloadView(ScopedView):
    """Files that enterprise people and officers may open, each within the rows that they may see."""

    route_base = ""
    default_view = "document"

    @expose("/documents/<check_code>")
    @allowed("read")
    def document(self, check_code):
        """Hand out a generated document."""
        query = select(Document).where(Document.check_code == check_code, visible(Document, g.user))
        document = db.session.scalars(query).first()
        if document is None:
            raise NotFound(_("没有找到该申报书，可能已被删除或不在您的办理范围内。"))
        return send_stored(document.file, document.name, attachment=wants_download())

    @expose("/sealed-copies/<public_id>")
    @allowed("read")
    def sealed_copy(self, public_id):
        """Hand out the sealed version of a document."""
        found = get_visible(SealedCopy, str(public_id), g.user)
        return send_stored(found.file, found.name, attachment=wants_download())

    @expose("/attachments/<public_id>")
    @allowed("read")
    def attachment(self, public_id):
        """Hand out an attachment of an own draft."""
        found = get_visible(Attachment, str(public_id), g.user)
        return send_stored(found.file, found.name, attachment=wants_download())

    @expose("/submissions/<int:submission_id>/files/<int:number>")
    @allowed("read")
    def submitted_file(self, submission_id, number):
        """Hand out a file as it was submitted; `number` counts from 1 in the order of the guide."""
        submission = get_visible(Submission, submission_id, g.user)
        if not 1 <= number <= len(submission.files):
            abort(404)
        facts = submission.files[number - 1]
        return send_stored(db.session.get(StoredFile, facts["file_id"]), facts["name"], attachment=wants_download())
