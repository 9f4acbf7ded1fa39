"""附件打包: the documents and attachments of submitted declarations as one archive, streamed into a file.

Names go by rule: `序号_申报单位_项目名称/NN_附件类别_文件名`, the 申报书 and its sealed version first.
"""

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from ..clock import to_local
from ..database import reading_connection
from ..errors import BadFile, Invalid, NotFound
from ..models import (
    Account,
    Call,
    Declaration,
    DeclarationTypeVersion,
    Document,
    Enterprise,
    Job,
    SealedCopy,
    StoredFile,
    Submission,
)
from ..permissions import bureau_of, visible
from . import files, jobs, ranking
from .types import definition_of

JOB_KIND = "attachment_bundle"
MIME = "application/zip"
MOST_BYTES = 4 * 1024**3
MOST_FILES = 30_000
MOST_SELECTED = 1000
GIGABYTE = 1024**3
LONGEST_PART = 60  # characters of a part of a name; paths stay below what Windows can unpack
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f\s]+')

Progress = Callable[..., None]


@dataclass(frozen=True)
class Packed:
    """A file of the archive: its path in it, its content, and when it was handed in."""

    path: str
    site_id: int
    sha256: str
    size: int
    at: datetime


def request_of_call(call: Call, *, by: Account, at: datetime) -> Job:
    """Ask for the files of all that was submitted for a call."""
    return _request({"call": call.id}, f"{call.programme.name}-{call.name}", by=by, at=at)


def request_of_selected(ids: Sequence[int], *, by: Account, at: datetime) -> Job:
    """Ask for the files of the chosen declarations; raises Invalid for none or too many."""
    if not ids:
        raise Invalid(_("请先勾选要打包的项目。"))
    if len(ids) > MOST_SELECTED:
        raise Invalid(_("一次最多打包 %(count)s 个项目，请减少勾选或分批打包。", count=MOST_SELECTED))
    return _request({"declarations": list(ids)}, str(_("所选项目")), by=by, at=at)


def _request(chosen: Mapping[str, Any], subject: str, *, by: Account, at: datetime) -> Job:
    stamp = to_local(at).strftime("%Y%m%d")
    name = files.clean_name(f"{subject}-{_('申报材料')}-{bureau_of(by).name}-{stamp}.zip")
    asked = {**chosen, "name": name, "by": by.id}
    title = _("打包申报材料：%(subject)s", subject=subject)
    return jobs.queue(JOB_KIND, jobs.own_key(JOB_KIND, by), asked, site_id=by.site_id, by=by, at=at, title=title)


def write_bundle(asked: Mapping[str, Any], content: IO[bytes], user: Account, progress: Progress) -> int:
    """Write the archive over what the person may see by now; returns its number of files.

    Raises NotFound when nothing was submitted, Invalid when it would be too large, BadFile for a file that is gone.
    """
    listed = list_files(asked, user)
    total, done = sum(file.size for file in listed), 0
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:  # what people upload is compressed already
        for file in listed:
            _add(archive, file)
            done += file.size
            progress(done * 99 // max(total, 1))
    return len(listed)


def list_files(asked: Mapping[str, Any], user: Account) -> list[Packed]:
    """Return what belongs into the archive, in its order, before anything is written."""
    listed, size = [], 0
    with reading_connection() as connection:
        for file in _files_of(connection.execute(_statement(asked, user))):
            listed.append(file)
            size += file.size
            _require_bounded(len(listed), size)
    if not listed:
        raise NotFound(_("没有可以打包的申报材料：所选项目尚未提交，或不在您的办理范围内。"))
    return listed


def _require_bounded(count: int, size: int) -> None:
    if size > MOST_BYTES:
        limit = MOST_BYTES // GIGABYTE
        raise Invalid(_("申报材料合计超过 %(limit)s GB，请在项目中心分批勾选后打包。", limit=limit))
    if count > MOST_FILES:
        raise Invalid(_("申报材料超过 %(count)s 个文件，请在项目中心分批勾选后打包。", count=f"{MOST_FILES:,}"))


def _statement(asked: Mapping[str, Any], user: Account) -> Any:
    """Read what names and lists the files: one line a declaration, its document beside it."""
    printed, sealed = aliased(StoredFile), aliased(StoredFile)
    return (
        select(
            Declaration.site_id, Declaration.title, Enterprise.name.label("enterprise"),
            DeclarationTypeVersion.id, DeclarationTypeVersion.sha,
            Submission.files, Submission.submitted_at, Document.name.label("document"),
            printed.sha256.label("document_sha"), printed.size.label("document_size"),
            SealedCopy.name.label("sealed"), sealed.sha256.label("sealed_sha"), sealed.size.label("sealed_size"),
        )
        .join(Enterprise, Enterprise.id == Declaration.enterprise_id)
        .join(DeclarationTypeVersion, DeclarationTypeVersion.id == Declaration.version_id)
        .join(Submission, Submission.id == Declaration.submission_id)
        .outerjoin(Document, Document.id == Submission.document_id)
        .outerjoin(printed, printed.id == Document.file_id)
        .outerjoin(SealedCopy, SealedCopy.id == Submission.sealed_copy_id)
        .outerjoin(sealed, sealed.id == SealedCopy.file_id)
        .where(visible(Declaration, user), _chosen(asked))
        .order_by(*ranking.order_for(user))
        .execution_options(yield_per=200)
    )  # fmt: skip


def _chosen(asked: Mapping[str, Any]) -> ColumnElement[bool]:
    if "call" in asked:
        return Declaration.call_id == asked["call"]
    return Declaration.id.in_(asked["declarations"])


def _files_of(rows: Iterable[Any]) -> Iterator[Packed]:
    for number, row in enumerate(rows, start=1):
        folder = f"{number:03d}_{_part(row.enterprise)}_{_part(row.title)}"
        for path, sha, size in _entries(row):
            yield Packed(f"{folder}/{path}", row.site_id, sha, size, row.submitted_at)


def _entries(row: Any) -> Iterator[tuple[str, str, int]]:
    """Yield (name, hash, size) of one declaration's files; a number in front keeps equal names apart."""
    if row.document_sha:
        yield f"00_{_part(_('申报书'))}_{_named(row.document)}", row.document_sha, row.document_size
    if row.sealed_sha:
        yield f"00_{_part(_('申报书（盖章版）'))}_{_named(row.sealed)}", row.sealed_sha, row.sealed_size
    labels = {field.key: field.label for field in definition_of(row).file_fields}
    for number, facts in enumerate(row.files, start=1):
        label = labels.get(facts["field"], str(_("附件")))
        yield f"{number:02d}_{_part(label)}_{_named(facts['name'])}", facts["sha256"], facts["size"]


def _part(text: Any) -> str:
    """Return a text as part of a path: no separators, blanks or trailing dots, and not too long."""
    return _UNSAFE.sub("_", str(text)).strip("._")[:LONGEST_PART] or "_"


def _named(name: str) -> str:
    """Return a file name as part of a path; its ending stays."""
    stem, dot, ending = name.rpartition(".")
    return f"{_part(stem)}.{_part(ending)}" if dot else _part(name)


def _add(archive: zipfile.ZipFile, file: Packed) -> None:
    entry = zipfile.ZipInfo(file.path, to_local(file.at).timetuple()[:6])
    entry.file_size = file.size
    try:
        source = files.open_content(file.site_id, file.sha256)
    except FileNotFoundError:
        raise BadFile(_("文件“%(name)s”暂时无法读取，请联系平台运维人员。", name=file.path)) from None
    with source, archive.open(entry, "w") as target:
        while chunk := source.read(files.CHUNK):
            target.write(chunk)
