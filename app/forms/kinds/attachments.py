"""The kind for attachments: the files live beside the answers, only their facts are judged here."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from .. import controls
from .base import Kind

if TYPE_CHECKING:
    from ..answers import FileFacts
    from ..definition import Field

MEGABYTE = 1024 * 1024
LARGEST = 200  # megabytes; a request may carry little more (MAX_CONTENT_LENGTH)
MIME_OF = {
    "pdf": ("application/pdf",),
    "jpg": ("image/jpeg",),
    "jpeg": ("image/jpeg",),
    "png": ("image/png",),
    "mp4": ("video/mp4",),
    "zip": ("application/zip",),
    "doc": ("application/msword", "application/x-ole-storage"),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    "xls": ("application/vnd.ms-excel", "application/x-ole-storage"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
}
"""File kinds that a definition may allow, with the content types that a look at the bytes may give."""


class File(Kind):
    """Files of one kind: allowed types, size each, number, naming rule."""

    options = frozenset({"ext", "max_mb", "min_files", "max_files", "name_rule"})
    needs = frozenset({"ext", "max_mb"})
    in_tables = False
    own_block = True

    def clean(self, field: "Field", raw: Any) -> None:
        return None

    def read(self, field: "Field", form: Any, name: str) -> tuple[bool, Any]:
        return False, None

    def problems(self, field: "Field", stored: Any) -> Iterator[tuple[str, str, str, Any]]:
        return iter(())

    def outside_problems(
        self, field: "Field", stored: Any, files: Mapping[str, Sequence["FileFacts"]], context: Mapping[str, Any]
    ) -> Iterator[tuple[str, Any]]:
        yield from self._count_problems(field, files.get(field.key) or ())
        for file in files.get(field.key) or ():
            yield from (("invalid", message) for message in self.refusals(field, file))

    def _count_problems(self, field: "Field", files: Sequence["FileFacts"]) -> Iterator[tuple[str, Any]]:
        least = max(field.min_files, 1 if field.required else 0)
        if not files and least:
            yield "missing", _("请上传%(label)s（至少%(least)s个文件）", label=field.label, least=least)
        elif 0 < len(files) < field.min_files:
            yield (
                "missing",
                _("应上传至少%(least)s个文件，已上传%(count)s个，请补充", least=field.min_files, count=len(files)),
            )
        if len(files) > field.max_files:
            yield (
                "invalid",
                _("最多上传%(most)s个文件，已上传%(count)s个，请删除多余的", most=field.max_files, count=len(files)),
            )

    def refusals(self, field: "Field", file: "FileFacts") -> Iterator[Any]:
        """Yield why one file is not taken: type by name and content, size."""
        ext = file.name.rpartition(".")[2].lower()
        allowed = _listed(field.ext)
        if ext not in field.ext:
            yield _("“%(name)s”的格式不在允许范围内，请上传%(ext)s文件", name=file.name, ext=allowed)
        elif file.mime and file.mime not in MIME_OF[ext]:
            yield _("“%(name)s”的内容不是%(ext)s文件，请上传原文件", name=file.name, ext=ext)
        if file.size > field.max_mb * MEGABYTE:
            yield _("“%(name)s”超过%(max)sMB，请压缩或拆分后上传", name=file.name, max=field.max_mb)
        if file.size == 0:
            yield _("“%(name)s”是空文件，请重新上传", name=file.name)

    def flaws(self, field: "Field") -> Iterator[str]:
        unknown = [ext for ext in field.ext if ext not in MIME_OF]
        if unknown or not field.ext:
            yield f"ext must list some of {', '.join(MIME_OF)}"
        if not 1 <= field.max_mb <= LARGEST:
            yield f"max_mb must be 1 to {LARGEST}"
        if not 1 <= field.max_files <= 200 or field.min_files > field.max_files:
            yield "max_files must be 1 to 200 and at least min_files"

    def hint(self, field: "Field") -> Any:
        allowed = _listed(field.ext)
        if field.min_files == field.max_files:
            return _(
                "%(ext)s，单个不超过%(max)sMB，共%(count)s个文件", ext=allowed, max=field.max_mb, count=field.max_files
            )
        return _(
            "%(ext)s，单个不超过%(max)sMB，最多%(count)s个文件", ext=allowed, max=field.max_mb, count=field.max_files
        )

    def wtf(self, field: "Field"):
        return controls.attachment_field(field, self.hint(field))


def _listed(endings: Sequence[str]) -> LazyString:
    """Return endings as a list in the reader's language, which is not known yet when a form is built."""
    return LazyString(lambda: str(_("、")).join(endings))
