"""Chinese line breaking for xhtml2pdf 0.2.28, whose own `-pdf-word-wrap: CJK` loses `<br>` and cuts words and figures.

A line honours `<br>`, never begins with closing punctuation nor ends with opening punctuation (避头尾), keeps words and
figures whole, and is filled to both margins when the paragraph is justified.
"""

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from reportlab.pdfbase.pdfmetrics import getAscentDescent, getFont, stringWidth

SUPPORTED_VERSION = "0.2.28"
TOLERANCE = 1e-6  # points
WIDEST_GAP = 0.35  # of the font size: beyond it a line is better left ragged than pulled apart

NEVER_FIRST = frozenset("，。、；：？！）】》」』〉〕］｝…—～％‰℃°·”’,.;:?!)]}%/、＞")
NEVER_LAST = frozenset("（【《「『〈〔［｛“‘￥＄([{$#＜☐☑±")
UNBROKEN_PAIRS = frozenset({("—", "—"), ("…", "…")})
BLANKS = frozenset(" \u00a0")  # a line may end with them and never begins with them
WORD_JOINERS = frozenset("@._-/:+%#&=?~,'")


@dataclass(frozen=True)
class Run:
    """A stretch of one fragment: characters, or one thing that cannot be cut (a picture, a break, a page number)."""

    start: int
    end: int
    frag: Any
    text: str

    @property
    def breaks(self) -> bool:
        """Whether a line ends here whatever its width."""
        return hasattr(self.frag, "lineBreak")

    @property
    def whole(self) -> bool:
        """Whether `white-space: nowrap` keeps the stretch on one line."""
        return getattr(self.frag, "whiteSpace", "") == "nowrap"


class Text:
    """Fragments as one row of characters: `edges[i]` is where character i begins, in points from the start."""

    def __init__(self, frags: Sequence[Any], encoding: str) -> None:
        self.chars: list[str] = []
        self.edges: list[float] = [0.0]
        self.runs: list[Run] = []
        self.breaks: list[int] = []
        self.wholes: set[int] = set()  # characters that are not to be parted from the one before
        widths: list[float] = []
        for frag in frags:
            self._add(frag, encoding, widths)
        self.edges = list(accumulate(widths, initial=0.0))
        self.starts = [run.start for run in self.runs]

    def _add(self, frag: Any, encoding: str, widths: list[float]) -> None:
        text, chars, advances = _measured(frag, encoding)
        start = len(self.chars)
        run = Run(start, start + len(chars), frag, text)
        if run.breaks:
            self.breaks.append(start)
        if run.whole:
            follows = bool(self.runs) and self.runs[-1].whole
            self.wholes.update(range(start if follows else start + 1, run.end))
        self.runs.append(run)
        self.chars += chars
        widths += advances

    def runs_between(self, start: int, end: int) -> Iterator[Run]:
        """Yield the runs that reach into a range."""
        for i in range(bisect_right(self.starts, start) - 1, len(self.runs)):
            if self.runs[i].start >= end:
                return
            yield self.runs[i]


class Line(NamedTuple):
    """A half-open range of characters, and whether `<br>` or the end of the text ended it."""

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

    text = Text(frags, encoding)
    lines: list[Any] = []
    start = 0
    while start < len(text.chars):
        width = widths[min(len(lines), len(widths) - 1)]
        line = _next_line(text, start, width)
        lines.append(_frag_line(text, line, width))
        start = line.end
    return ParaLines(kind=1, lines=lines)


def _measured(frag: Any, encoding: str) -> tuple[str, list[str], list[float]]:
    """Return the text of a fragment, its characters, and the width of each."""
    if hasattr(frag, "lineBreak"):
        return "", [""], [0.0]
    if hasattr(frag, "cbDefn"):
        return "", [""], [getattr(frag.cbDefn, "width", 0) or 0.0]
    text = frag.text.decode(encoding) if isinstance(frag.text, bytes) else frag.text
    if not text:
        return "", [""], [0.0]
    if type(text) is not str:  # a page number is a str that answers anew on every page: cutting it would freeze it
        return text, [str(text)], [stringWidth(str(text), frag.fontName, frag.fontSize)]
    return text, list(text), _widths(text, frag.fontName, frag.fontSize)


def _widths(text: str, font_name: str, size: float) -> list[float]:
    face = getFont(font_name).face
    known = getattr(face, "charWidths", None)
    if known is None:
        return [stringWidth(char, font_name, size) for char in text]
    scale, default = size / 1000, face.defaultWidth
    return [known.get(code, default) * scale for code in map(ord, text)]


def _next_line(text: Text, start: int, width: float) -> Line:
    chars = text.chars
    end = max(bisect_right(text.edges, text.edges[start] + width + TOLERANCE, start + 1) - 1, start + 1)
    while end < len(chars) and chars[end] in BLANKS:
        end += 1
    following = bisect_left(text.breaks, start)
    if following < len(text.breaks) and text.breaks[following] <= end:
        return Line(start, text.breaks[following] + 1, True)
    if end >= len(chars):
        return Line(start, len(chars), True)
    return Line(start, _last_opportunity(text, start, end), False)


def _last_opportunity(text: Text, start: int, overflow: int) -> int:
    chars = text.chars
    for i in range(overflow, start, -1):
        if i not in text.wholes and may_break(chars[i - 1], chars[i]):
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


def _frag_line(text: Text, line: Line, width: float) -> Any:
    from xhtml2pdf.reportlab_paragraph import FragLine, imgVRange

    words = _words(text, line)
    ascent = descent = size = 0.0
    for word in words:
        picture = getattr(word, "cbDefn", None)
        if getattr(picture, "width", 0):
            low, high = imgVRange(picture.height, picture.valign, word.fontSize)
        else:
            high, low = getAscentDescent(word.fontName, word.fontSize)
        ascent, descent, size = max(ascent, high), min(descent, low), max(size, word.fontSize)
    shown = _end_without_blanks(text, line)
    extra = width - (text.edges[shown] - text.edges[line.start])
    return FragLine(
        kind=1,
        extraSpace=extra,
        wordCount=1,
        words=words,
        fontSize=size,
        ascent=ascent,
        descent=descent,
        lineBreak=line.forced,
        gap=0 if line.forced else _gap(extra, shown - line.start, size),
    )


def _end_without_blanks(text: Text, line: Line) -> int:
    end = line.end
    while end > line.start and text.chars[end - 1] in BLANKS:
        end -= 1
    return end


def _words(text: Text, line: Line) -> list[Any]:
    """Return copies of the fragments on a line, each with its part of the text."""
    words: list[Any] = []
    for run in text.runs_between(line.start, line.end):
        word = run.frag.clone()
        if type(run.text) is str and run.text:
            word.text = run.text[max(line.start - run.start, 0) : line.end - run.start]
        words.append(word)
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
