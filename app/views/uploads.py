"""Pages that take an uploaded workbook: template, upload, and on to the page of the job that reads it."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import Response, g, request, send_file
from flask_babel import gettext

from ..errors import BadFile
from ..extensions import db
from ..services.imports.uploads import queue_upload
from .jobs import follow

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def send_workbook(content: bytes, name: str) -> Response:
    """Hand out a workbook, e.g. one to fill in."""
    return send_file(BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name)


def start_reading(kind: str, title: Any, back: str, facts: Mapping[str, Any] | None = None) -> Response:
    """Queue the job that reads the workbook sent with this request; raises BadFile."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise BadFile(gettext("请选择要上传的 .xlsx 文件。"))
    job = queue_upload(kind, upload.stream, upload.filename, title=title, by=g.user, at=g.arrived_at, facts=facts)
    db.session.commit()
    return follow(job, back)
