"""Where the lines of a printed answer and of a label end, beyond what the layout finds by itself."""

import re
from typing import NamedTuple

SHORT_LABEL = 6
LONG_OPTION = 22  # characters: such options stand on a line each
TICKS = ("☐", "☑")
_BEFORE_TICK = re.compile(r"(?= [☐☑])|(?<=（)(?=[☐☑])")
_SLOT = re.compile(r"（[^（）]*：[^（）]*）")
_BRACKET = re.compile(r"(?<=.)(?=（)")
_YEAR_FIRST = re.compile(r"^(\d{4}年)(?=.)")


class Piece(NamedTuple):
    """A piece of a printed line: `whole` is not to be torn over two lines, `apart` leaves a gap to the one before."""

    text: str
    whole: bool
    apart: bool


def lines_of(text: str) -> list[list[Piece]]:
    """Return the lines of a printed answer; options are pieces of their own, long ones lines of their own."""
    return [line for typed in text.split("\n") for line in _option_lines(typed)]


def _option_lines(line: str) -> list[list[Piece]]:
    pieces = [_piece(part) for part in _BEFORE_TICK.split(line) if part]
    if any(piece.text[:1] in TICKS and len(_SLOT.sub("", piece.text)) > LONG_OPTION for piece in pieces):
        return [[piece._replace(whole=False, apart=False)] for piece in pieces]
    return [pieces]


def _piece(part: str) -> Piece:
    text = part.removeprefix(" ") if part[1:2] in TICKS else part
    return Piece(text, text[:1] in TICKS and len(text) <= LONG_OPTION, text != part)


def label_lines(label: str) -> str:
    """Return a label that is too long for its cell with line breaks where a person would put them."""
    if len(label) <= SHORT_LABEL or "\n" in label:
        return label
    return _YEAR_FIRST.sub(r"\1\n", _BRACKET.sub("\n", label))
