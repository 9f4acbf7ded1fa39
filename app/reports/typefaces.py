"""The fonts that documents embed: registered once per process, mapped from their files instead of copied."""

import mmap
import re
import threading
from array import array
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _

from app.errors import RenderFailed

FONTS = Path(__file__).parent / "fonts"

FAMILIES: dict[str, tuple[str, str]] = {  # family in CSS: regular, bold
    "song": ("NotoSerifSC-Regular.ttf", "NotoSerifSC-Bold.ttf"),
    "hei": ("NotoSansSC-Regular.ttf", "NotoSansSC-Regular.ttf"),  # dark enough as it is; a face costs 10 MB
    "signs": ("DejaVuSans.ttf", "DejaVuSans.ttf"),  # ☑ ☐ and whatever else the Chinese fonts lack
}

_FAMILY_RULE = re.compile(r"font-family\s*:\s*([^;}\"]+)")
_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
_lock = threading.Lock()


class _FontFile:
    """What reportlab reads a font from: a map of the file instead of a 15 MB copy of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)

    def read(self) -> mmap.mmap:
        with self.path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


class _Outlines:
    """The outlines of a font, read glyph by glyph instead of copied as a whole for every document."""

    def __init__(self, data: mmap.mmap, start: int) -> None:
        self.data = data
        self.start = start

    def __getitem__(self, part: slice) -> bytes:
        return self.data[self.start + part.start : self.start + part.stop]


def register_families(names: set[str], folder: Path | None = None) -> None:
    """Make families known to reportlab and xhtml2pdf; a missing or broken font file raises RenderFailed."""
    from reportlab.lib.fonts import addMapping
    from xhtml2pdf.default import DEFAULT_FONT

    with _lock:
        for family in sorted(names - DEFAULT_FONT.keys()):
            faces = [_register_face((folder or FONTS) / file) for file in FAMILIES[family]]
            for bold, face in enumerate(faces):
                for italic in (0, 1):
                    addMapping(family, bold, italic, face)
            DEFAULT_FONT[family] = family  # every later document starts out knowing it


def families_in(html: str) -> set[str]:
    """Return the families that the style sheets of a document name; one that is not ours raises RenderFailed.

    xhtml2pdf would take Helvetica for it, which it does not embed.
    """
    named = {name.strip(" '\t\n") for rule in _FAMILY_RULE.findall(html) for name in rule.split(",")}
    brought = {name.strip(" '\t\n") for face in _FONT_FACE.findall(html) for name in _FAMILY_RULE.findall(face)}
    unknown = sorted(name for name in named - brought if name.lower() not in FAMILIES)
    if unknown:
        raise RenderFailed(_("文档使用了未随平台提供的字体：%(name)s。", name="、".join(unknown)))
    return {name.lower() for name in named - brought}


def missing_characters(text: str, families: set[str]) -> list[str]:
    """Return the characters that none of the registered families has a glyph for, in order of appearance."""
    from xhtml2pdf.util import font_has_glyph

    faces = [Path(FAMILIES[family][0]).stem for family in families]
    seen = dict.fromkeys(text)
    return [char for char in seen if not char.isspace() and not any(font_has_glyph(face, char) for face in faces)]


def _register_face(path: Path) -> str:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    name = path.stem
    if name in pdfmetrics.getRegisteredFontNames():
        return name
    if not path.is_file():
        raise RenderFailed(
            _("缺少字体文件 %(name)s：请先运行 npm ci --ignore-scripts 和 node tools/copy_vendor.mjs。", name=path.name)
        )
    try:
        font = TTFont(name, _FontFile(path))
    except (TTFError, ValueError, OSError) as error:
        raise RenderFailed(_("字体文件 %(name)s 无法使用：%(why)s", name=path.name, why=str(error))) from error
    _slim(font.face)
    pdfmetrics.registerFont(font)
    return name


def _slim(face: Any) -> None:
    """Let go of what reportlab keeps of a font beyond what documents need: half of 13 MB."""
    read_table = face.get_table
    outlines = _Outlines(face._ttf_data, face.get_table_pos("glyf")[0])
    face.get_table = lambda tag: outlines if tag == "glyf" else read_table(tag)
    face.glyphToChar = {}
    face.glyphPos = array("L", face.glyphPos)
    face.charWidths = {code: width for code, width in face.charWidths.items() if width != face.defaultWidth}
    known: dict[Any, Any] = {}
    face.hmetrics = [known.setdefault(metrics, metrics) for metrics in face.hmetrics]
