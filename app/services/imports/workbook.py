"""An uploaded workbook before anything in it is believed: its kind, its sizes, and where its first sheet lies."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError, fromstring
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from flask_babel import lazy_gettext as _

from ...errors import BadFile

MEBIBYTE = 1024 * 1024
MAX_PARTS = 2000
MAX_SHEET = 200 * MEBIBYTE  # read as a stream, and only as far as lines are allowed
MAX_STRINGS = 24 * MEBIBYTE  # held in memory while the sheet is read
MAX_PART = 8 * MEBIBYTE  # styles, settings: held in memory, too
MAX_ALL = 300 * MEBIBYTE
_OLE = b"\xd0\xcf\x11\xe0"  # .xls of old, and every workbook under a password
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_LINK = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)
# What the readers of zip and XML raise on files that are damaged or made to do harm.
DAMAGE = (BadZipFile, ParseError, KeyError, ValueError, EOFError, OSError, RuntimeError, NotImplementedError)


@contextmanager
def open_workbook(stream: BinaryIO) -> Iterator[ZipFile]:
    """Open the zip that a workbook is; raises BadFile for other kinds, damage, and sizes that no import needs."""
    _require_kind(stream)
    try:
        archive = ZipFile(stream)
    except DAMAGE as error:
        raise damaged() from error
    with archive:
        _require_sizes(archive.infolist())
        yield archive


def damaged() -> BadFile:
    """Return the refusal of a file that cannot be read."""
    return BadFile(_("文件已损坏，无法读取。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。"))


def _require_kind(stream: BinaryIO) -> None:
    stream.seek(0)
    head = stream.read(8)
    stream.seek(0)
    if not head:
        raise BadFile(_("文件是空的，请检查后重新上传。"))
    if head.startswith(_OLE):
        raise BadFile(_("这是 .xls 旧格式或加密的工作簿，请取消密码并另存为 .xlsx 再上传。"))
    if not head.startswith(b"PK"):
        raise BadFile(_("这不是 Excel 工作簿（例如 .csv 改了扩展名），请用 Excel 打开后另存为 .xlsx 再上传。"))


def _require_sizes(parts: list[ZipInfo]) -> None:
    """Judge by the declared sizes; the zip reader itself never unpacks more than a part declares."""
    too_large = BadFile(_("工作簿解压后过大，请只保留需要导入的工作表和列，删除图片等多余内容后再上传。"))
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_ALL:
        raise too_large
    for part in parts:
        if part.flag_bits & 1 or part.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
            raise damaged()
        if part.file_size > _limit(part.filename):
            raise too_large


def _limit(name: str) -> int:
    if name.startswith("xl/worksheets/"):
        return MAX_SHEET
    if name.startswith("xl/media/"):
        return MAX_ALL  # pictures are never unpacked
    return MAX_STRINGS if name.lower().endswith("sharedstrings.xml") else MAX_PART


def first_sheet(archive: ZipFile) -> tuple[str, str]:
    """Return name and part of the first sheet that is not hidden; raises BadFile without one."""
    try:
        book = _xml(archive, "xl/workbook.xml")
        parts = {link.get("Id"): link.get("Target", "") for link in _xml(archive, "xl/_rels/workbook.xml.rels")}
        sheets = [*book.iter(f"{_MAIN}sheet"), *book.iter(f"{_STRICT}sheet")]
        shown = [sheet for sheet in sheets if sheet.get("state", "visible") == "visible"]
        linked = [(sheet.get("name", ""), parts[next(filter(None, map(sheet.get, _LINK)))]) for sheet in shown[:1]]
        name, target = linked[0] if linked else ("", "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        archive.getinfo(part)
    except (*DAMAGE, StopIteration) as error:
        raise damaged() from error
    return name, part


def _xml(archive: ZipFile, part: str) -> Element:
    content = archive.read(part)
    if b"<!DOCTYPE" in content:  # no workbook has one; entities are how small XML grows large
        raise damaged()
    return fromstring(content)  # noqa: S314 - entities are refused above, and bounded by expat in other encodings
