"""Uploaded .zip files: looked through without unpacking, against bombs, programs and names that lead elsewhere."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from flask_babel import lazy_gettext as _

from ..errors import BadFile
from ..models import StoredFile
from . import files

MOST_ENTRIES = 1000
MOST_BYTES = 500 * 1024 * 1024
MOST_TIMES = 200  # unpacked over packed; documents and scans stay far below
SMALL = 10 * 1024 * 1024  # what unpacks to less harms nobody, however well it was packed
PROGRAMS = frozenset(
    {
        "apk", "app", "bat", "bin", "cmd", "com", "cpl", "dll", "dmg", "exe", "hta", "htm", "html", "jar", "js",
        "jse", "lnk", "msi", "msp", "pif", "ps1", "psm1", "py", "reg", "scr", "sh", "svg", "swf", "sys", "vb", "vbe",
        "vbs", "wsf", "wsh", "xhtml",
    }
)  # fmt: skip
PROGRAM_HEADS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
UTF8 = 0x800
ENCRYPTED = 0x1


@dataclass(frozen=True)
class Entry:
    """A file within an archive: its name as people read it, and its size unpacked."""

    name: str
    size: int


def require_harmless(stream: BinaryIO, name: str) -> None:
    """Raise BadFile, naming the reason, for an archive that must not be handed on; the stream is rewound."""
    try:
        with zipfile.ZipFile(stream) as archive:
            found = [info for info in archive.infolist() if not info.is_dir()]
            _require_bounded(found, name)
            for info in found:
                _require_harmless_entry(archive, info, name)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError, ValueError) as error:
        raise BadFile(_("“%(name)s”不是完整的 zip 文件，请重新压缩后上传。", name=name)) from error
    finally:
        stream.seek(0)


def _require_bounded(found: Sequence[zipfile.ZipInfo], name: str) -> None:
    if not found:
        raise BadFile(_("“%(name)s”中没有文件，请检查后重新上传。", name=name))
    unpacked, packed = sum(i.file_size for i in found), sum(i.compress_size for i in found)
    if len(found) > MOST_ENTRIES:
        raise BadFile(_("“%(name)s”中超过 %(limit)s 个文件，请分成几个压缩包上传。", name=name, limit=MOST_ENTRIES))
    if unpacked > MOST_BYTES or (unpacked > SMALL and unpacked > MOST_TIMES * max(packed, 1)):
        raise BadFile(_("“%(name)s”解压后过大，可能是异常压缩包，请检查后分成几个压缩包上传。", name=name))


def _require_harmless_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> None:
    inner = readable_name(info)
    path = PurePosixPath(inner.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in inner:
        raise BadFile(_("“%(name)s”中有路径异常的文件“%(inner)s”，请重新压缩后上传。", name=name, inner=inner))
    if info.flag_bits & ENCRYPTED:
        raise BadFile(_("“%(name)s”设有密码，请上传未加密的压缩包。", name=name))
    with archive.open(info) as content:
        head = content.read(4)
    if path.suffix.lower().lstrip(".") in PROGRAMS or head.startswith(PROGRAM_HEADS):
        raise BadFile(_("“%(name)s”中有程序或脚本文件“%(inner)s”，请删除后重新压缩上传。", name=name, inner=inner))


def readable_name(info: zipfile.ZipInfo) -> str:
    """Return an entry's name; archives made on Chinese Windows carry names in GBK."""
    if info.flag_bits & UTF8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gbk")
    except UnicodeError:
        return info.filename


def entries_of(stored: StoredFile) -> list[Entry]:
    """Return what a stored archive holds; raises BadFile when it cannot be read."""
    try:
        with files.open_file(stored) as source, zipfile.ZipFile(source) as archive:
            return [Entry(readable_name(i), i.file_size) for i in archive.infolist() if not i.is_dir()][:MOST_ENTRIES]
    except (zipfile.BadZipFile, OSError) as error:
        raise BadFile(_("压缩包暂时无法读取，请下载后查看。")) from error
