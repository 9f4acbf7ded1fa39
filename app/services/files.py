"""Files: judged by content, stored outside the web root under their hash, kept once."""

import hashlib
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import SEEK_END
from pathlib import PurePath
from typing import IO, BinaryIO
from uuid import uuid4

import filetype
import fsspec
from flask import current_app
from flask_babel import lazy_gettext as _
from sqlalchemy import select, update

from ..clock import now
from ..database import add_or_get
from ..errors import BadFile
from ..extensions import db
from ..models import StoredFile

CHUNK = 1024 * 1024
HEAD = 8192
LONGEST_SENT_NAME = 1000  # characters that are looked at: normalising endless ones would take hours
# What a file's content may be when its name ends like this.
KINDS = {
    "pdf": {"application/pdf"},
    "jpg": {"image/jpeg"},
    "jpeg": {"image/jpeg"},
    "png": {"image/png"},
    "zip": {"application/zip"},
    "doc": {"application/msword"},
    "docx": {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/zip"},
    "xls": {"application/vnd.ms-excel", "application/msword"},
    "xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/zip"},
    "mp4": {"video/mp4"},
}
_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')


def clean_name(name: str) -> str:
    """Return a file name without path, control and direction characters, at most 120 characters; raises BadFile."""
    base = PurePath(name.replace("\\", "/")).name[-LONGEST_SENT_NAME:]
    base = "".join(c for c in unicodedata.normalize("NFC", base) if unicodedata.category(c) != "Cf")
    base = _FORBIDDEN.sub("", base).strip(" .")
    if not base:
        raise BadFile(_("文件名无效，请重命名后再上传。"))
    stem, dot, ending = base.rpartition(".")
    return f"{stem[: 119 - len(ending)]}{dot}{ending}" if dot else base[:120]


def ending_of(name: str) -> str:
    """Return the lower-case ending of a file name without its dot."""
    return PurePath(name).suffix.lower().lstrip(".")


def usual_ending(mime: str) -> str:
    """Return the ending that names of files of this MIME type usually have."""
    return next(ending for ending, kinds in KINDS.items() if mime in kinds)


def judge_kind(name: str, head: bytes) -> str:
    """Return the MIME type of the content; raises BadFile when it is unknown or not what the name says."""
    ending = ending_of(name)
    allowed = KINDS.get(ending)
    if allowed is None:
        raise BadFile(_("不支持上传“.%(ending)s”文件，请转换格式后再上传。", ending=ending or "?"))
    found = filetype.guess_mime(head)
    if found not in allowed:
        raise BadFile(_("“%(name)s”的内容不是 %(ending)s 文件，请检查后重新上传。", name=name, ending=ending.upper()))
    return found


def store(stream: BinaryIO, name: str, *, site_id: int, max_bytes: int | None = None) -> StoredFile:
    """Keep a stream as a file; raises BadFile when empty, too large or of another kind than its name says."""
    with tempfile.SpooledTemporaryFile(max_size=8 * CHUNK) as copy:
        sha, size = _copy(stream, copy, name, max_bytes)
        copy.seek(0)
        mime = judge_kind(name, copy.read(HEAD))
        return _keep(copy, sha, size, mime, site_id)


def store_bytes(content: bytes, mime: str, *, site_id: int) -> StoredFile:
    """Keep bytes that the platform itself made."""
    with tempfile.SpooledTemporaryFile(max_size=8 * CHUNK) as copy:
        copy.write(content)
        return _keep(copy, hashlib.sha256(content).hexdigest(), len(content), mime, site_id)


@contextmanager
def made(mime: str, *, site_id: int) -> Iterator["Making"]:
    """Yield what a file of the platform's own is written into; it is kept when the block ends well."""
    with tempfile.TemporaryFile() as content:
        making = Making(content)
        yield making
        making.stored = keep_made(content, mime, site_id=site_id)


@dataclass
class Making:
    """A file that is being made: `content` takes its bytes, `stored` is its row once it is kept."""

    content: IO[bytes]
    stored: StoredFile | None = None


def keep_made(content: IO[bytes], mime: str, *, site_id: int) -> StoredFile:
    """Keep what the platform has written into a file, however long it is."""
    digest, size = hashlib.sha256(), content.seek(0, SEEK_END)
    content.seek(0)
    while chunk := content.read(CHUNK):
        digest.update(chunk)
    return _keep(content, digest.hexdigest(), size, mime, site_id)


def _copy(stream: BinaryIO, target: IO[bytes], name: str, max_bytes: int | None) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if max_bytes is not None and size > max_bytes:
            limit = max_bytes // CHUNK
            raise BadFile(_("“%(name)s”超过 %(limit)s MB，请压缩后再上传。", name=name, limit=limit))
        digest.update(chunk)
        target.write(chunk)
    if size == 0:
        raise BadFile(_("“%(name)s”是空文件，请检查后重新上传。", name=name))
    return digest.hexdigest(), size


def _keep(content: IO[bytes], sha: str, size: int, mime: str, site_id: int) -> StoredFile:
    """Note the file first: whoever forgets old files waits for the row, and never takes the content away below it."""
    kept = select(StoredFile).where(StoredFile.site_id == site_id, StoredFile.sha256 == sha)
    again = update(StoredFile).where(StoredFile.site_id == site_id, StoredFile.sha256 == sha).values(stored_at=now())
    if db.session.execute(again).rowcount:
        stored = db.session.scalars(kept).one()
    else:
        stored = add_or_get(StoredFile(site_id=site_id, sha256=sha, size=size, mime=mime), kept)
    _write(content, site_id, sha)
    return stored


def _root() -> tuple[fsspec.AbstractFileSystem, str]:
    return fsspec.core.url_to_fs(current_app.config["FILES_URL"])


def _address(site_id: int, sha: str) -> tuple[fsspec.AbstractFileSystem, str]:
    filesystem, root = _root()
    return filesystem, f"{root}/{site_id}/{sha[:2]}/{sha}"


def _is_there(stored: StoredFile) -> bool:
    filesystem, path = _address(stored.site_id, stored.sha256)
    return filesystem.exists(path)


def _write(content: IO[bytes], site_id: int, sha: str) -> None:
    """Write under a passing name first: a reader never sees half a file, whenever the process dies."""
    filesystem, path = _address(site_id, sha)
    if filesystem.exists(path):
        return
    filesystem.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
    passing = f"{path}.{uuid4().hex}.part"
    content.seek(0)
    with filesystem.open(passing, "wb") as target:
        while chunk := content.read(CHUNK):
            target.write(chunk)
    filesystem.mv(passing, path)


def open_content(site_id: int, sha: str) -> BinaryIO:
    """Open the content of that hash for reading; the caller closes it."""
    filesystem, path = _address(site_id, sha)
    return filesystem.open(path, "rb")


@contextmanager
def open_file(stored: StoredFile) -> Iterator[BinaryIO]:
    """Open a stored file for reading."""
    with open_content(stored.site_id, stored.sha256) as source:
        yield source


def read_file(stored: StoredFile) -> bytes:
    """Return a stored file's whole content."""
    with open_file(stored) as source:
        return source.read()


def is_intact(stored: StoredFile) -> bool:
    """Tell whether the stored content is there and still matches its hash."""
    if not _is_there(stored):
        return False
    digest = hashlib.sha256()
    with open_file(stored) as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == stored.sha256


def remove_content(stored: StoredFile) -> None:
    """Take the content of a stored file away; one that is gone already is no matter."""
    filesystem, path = _address(stored.site_id, stored.sha256)
    if filesystem.exists(path):
        filesystem.rm_file(path)


def storage_answers() -> bool:
    """Tell whether the storage can be written."""
    filesystem, root = _root()
    filesystem.makedirs(root, exist_ok=True)
    return filesystem.exists(root)
