"""Work that begins with an uploaded workbook: the file is kept, a job reads it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _

from ...errors import BadFile
from ...models import Account, Job
from .. import audit, files, jobs

MOST_MEGABYTES = 10
MEGABYTE = 1024 * 1024


def queue_upload(
    kind: str,
    stream: BinaryIO,
    name: str,
    *,
    title: Any,
    by: Account,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
) -> Job:
    """Keep a workbook and ask for the job that reads it; raises BadFile for another kind or one that is too large."""
    name = files.clean_name(name)
    if files.ending_of(name) != "xlsx":
        raise BadFile(_("请上传 .xlsx 文件：用 Excel 或 WPS 打开“%(name)s”，另存为 .xlsx 后再上传。", name=name))
    stored = files.store(stream, name, site_id=by.site_id, max_bytes=MOST_MEGABYTES * MEGABYTE)
    payload = {"upload": stored.id, "by": by.id, **(facts or {})}
    job = jobs.queue(kind, jobs.own_key(kind, by), payload, site_id=by.site_id, by=by, at=at, title=title)
    audit.record("upload_sheet", job, by=by, at=at, detail={"kind": kind, "name": name, "sha256": stored.sha256})
    return job
