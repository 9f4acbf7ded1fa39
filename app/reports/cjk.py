"""Chinese line breaking for xhtml2pdf 0.2.28, whose own `-pdf-word-wrap: CJK` loses `<br>` and cuts words and figures.

A line honours `<br>`, never begins with closing punctuation nor ends with opening punctuation (避头尾), keeps words and
figures whole, and is filled to both margins when the paragraph is justified.
"""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

SUPPORTED_VERSION = "0.2.28"
TOLERANCE = 1e-6  # points
WIDEST_GAP = 0.35  # of the font size: beyond it a line is better left ragged than pulled apart

NEVER_FIRST = frozenset("，。、；：？！）】》」』〉〕］｝…—～％‰℃°·”’,.;:?!)]}%/、＞")
NEVER_LAST = frozenset("（【《「『〈〔［｛“‘￥＄([{$#＜☐☑±")
UNBROKEN_PAIRS = frozenset({("—", "—"), ("…", "…")})
BLANKS = frozenset(" \u00a0")  # a line may end with them and never begins with them
WORD_JOINERS = frozenset("@._-/:+%#&=?~,'")


class Piece(NamedTuple):
    """One character, or one thing that cannot be cut: a picture, a break, a page number."""

    text: str
    width: float
    frag: Any
    whole: bool = False  # of a run that `white-space: nowrap` keeps on one line

    @property
    def breaks(self) -> bool:
        """Whether a line ends here whatever its width."""
        return hasattr(self.frag, "lineBreak")


class Line(NamedTuple):
    """The half-open range of pieces on one line, and whether `<br>` or the end of the text ended it."""

    start: int
    end: int
    forced: bool


def install() -> None:
    """Replace xhtml2pdf's splitter; refuses a version it was not written for."""
    import xhtml2pdf
    from xhtml2pdf import reportlab_paragraph

    if xhtml2pdf.__version__ != SUPPORTED_VERSION:
        raise RuntimeError(f"line breaking is written for xhtml2pdf {SUPPORTED_VERSION}, not {xhtml2pdf.__version__}")
    if reportlab_paragraph.cjkFragSplit is split_lines:
        return
    reportlab_paragraph.cjkFragSplit = split_lines
    reportlab_paragraph.Paragraph.breakLinesCJK = _break_lines(reportlab_paragraph.Paragraph.breakLinesCJK)
    reportlab_paragraph._split_blParaHard = _join_lines(reportlab_paragraph._split_blParaHard)
    reportlab_paragraph._justifyDrawParaLineX = _draw_justified(reportlab_paragraph._justifyDrawParaLineX)


def split_lines(frags: Sequence[Any], widths: Sequence[float], _bounds: bool = True, encoding: str = "utf8") -> Any:
    """Return reportlab's ParaLines for fragments set to `widths` (points; the last one serves all further lines)."""
    from xhtml2pdf.reportlab_paragraph import ParaLines

    pieces = [piece for frag in frags for piece in _pieces(frag, encoding)]
    lines: list[Any] = []
    start = 0
    while start < len(pieces):
        width = widths[min(len(lines), len(widths) - 1)]
        line = _next_line(pieces, start, width)
        lines.append(_frag_line(pieces[line.start : line.end], width, forced=line.forced))
        start = line.end
    return ParaLines(kind=1, lines=lines)


def _pieces(frag: Any, encoding: str) -> list[Piece]:
    from xhtml2pdf.util import stringWidth

    if hasattr(frag, "lineBreak"):
        return [Piece("", 0, frag)]
    if hasattr(frag, "cbDefn"):
        return [Piece("", getattr(frag.cbDefn, "width", 0) or 0, frag)]
    text = frag.text.decode(encoding) if isinstance(frag.text, bytes) else frag.text
    if not text:
        return [Piece("", 0, frag)]
    if type(text) is not str:  # a page number is a str that answers anew on every page: cutting it would freeze it
        return [Piece(text, stringWidth(str(text), frag.fontName, frag.fontSize), frag)]
    whole = getattr(frag, "whiteSpace", "") == "nowrap"
    return [Piece(char, stringWidth(char, frag.fontName, frag.fontSize), frag, whole) for char in text]


def _next_line(pieces: list[Piece], start: int, width: float) -> Line:
    used = 0.0
    for i in range(start, len(pieces)):
        piece = pieces[i]
        if piece.breaks:
            return Line(start, i + 1, True)
        used += piece.width
        if used > width + TOLERANCE and i > start and piece.text not in BLANKS:
            return Line(start, _last_opportunity(pieces, start, i), False)
    return Line(start, len(pieces), True)


def _last_opportunity(pieces: list[Piece], start: int, overflow: int) -> int:
    for i in range(overflow, start, -1):
        before, after = pieces[i - 1], pieces[i]
        if not (before.whole and after.whole) and may_break(before.text, after.text):
            return i
    return overflow  # one word wider than the line: cut it rather than run off the page


@lru_cache(maxsize=20_000)
def may_break(before: str, after: str) -> bool:
    """Whether a line may end between two neighbouring characters."""
    if not before or not after:
        return True
    if after in NEVER_FIRST or after in BLANKS or before in NEVER_LAST or (before, after) in UNBROKEN_PAIRS:
        return False
    return not (_in_word(before) and _in_word(after))


def _in_word(char: str) -> bool:
    if char in WORD_JOINERS or char.isdecimal():
        return unicodedata.east_asian_width(char) not in "WF"
    return char.isalpha() and unicodedata.east_asian_width(char) not in "WF"


def _frag_line(pieces: list[Piece], width: float, *, forced: bool) -> Any:
    from reportlab.pdfbase.pdfmetrics import getAscentDescent
    from xhtml2pdf.reportlab_paragraph import FragLine, imgVRange

    words = _words(pieces)
    ascent = descent = size = 0.0
    for word in words:
        picture = getattr(word, "cbDefn", None)
        if getattr(picture, "width", 0):
            low, high = imgVRange(picture.height, picture.valign, word.fontSize)
        else:
            high, low = getAscentDescent(word.fontName, word.fontSize)
        ascent, descent, size = max(ascent, high), min(descent, low), max(size, word.fontSize)
    shown = _without_trailing_spaces(pieces)
    extra = width - sum(piece.width for piece in shown)
    return FragLine(
        kind=1,
        extraSpace=extra,
        wordCount=1,
        words=words,
        fontSize=size,
        ascent=ascent,
        descent=descent,
        lineBreak=forced,
        gap=0 if forced else _gap(extra, len(shown), size),
    )


def _without_trailing_spaces(pieces: list[Piece]) -> list[Piece]:
    end = len(pieces)
    while end and pieces[end - 1].text in BLANKS:
        end -= 1
    return pieces[:end]


def _words(pieces: list[Piece]) -> list[Any]:
    """Join neighbouring pieces of one fragment into a copy of that fragment."""
    words: list[Any] = []
    run: list[str] = []
    for i, piece in enumerate(pieces):
        run.append(piece.text)
        if i + 1 < len(pieces) and pieces[i + 1].frag is piece.frag:
            continue
        word = piece.frag.clone()
        if not hasattr(word, "cbDefn") and not hasattr(word, "lineBreak"):
            word.text = run[0] if len(run) == 1 else "".join(run)
        words.append(word)
        run = []
    return words


def _gap(extra: float, count: int, size: float) -> float:
    """Return the space to add after each character, 0 when it would show."""
    if count < 2 or extra <= 0:
        return 0
    gap = extra / (count - 1)
    return gap if gap <= WIDEST_GAP * size else 0


def _break_lines(original: Any) -> Any:
    def break_lines(self: Any, width: Any) -> Any:
        from xhtml2pdf.reportlab_paragraph import _handleBulletWidth

        if not self.frags:
            return original(self, width)
        if getattr(self, "_splitpara", 0) and hasattr(self, "blPara"):
            return self.blPara  # the part above a page break: its lines are settled
        widths = list(width) if isinstance(width, list | tuple) else [width]
        _handleBulletWidth(self.bulletText, self.style, widths, rtl=self.dir == "rtl")
        return split_lines(self.frags, widths, encoding=self.encoding)

    return break_lines


def _join_lines(original: Any) -> Any:
    def join_lines(paragraph: Any, start: int, stop: int) -> Any:
        lines = paragraph.lines[start:stop]
        if not all(hasattr(line, "gap") for line in lines):
            return original(paragraph, start, stop)
        return [word for line in lines for word in line.words]  # the original would put a space between the lines

    return join_lines


def _draw_justified(original: Any) -> Any:
    def draw(text: Any, offset: float, line: Any, last: int = 0) -> None:
        gap = getattr(line, "gap", None)
        if not gap or last:
            original(text, offset, line, last)
            return
        text.setCharSpace(gap)
        original(text, offset, line, 1)  # "last": the spaces of the line are left alone
        text.setCharSpace(0)

    return draw
