"""The recommendation letter 推荐函: its text and the list of those recommended in, one HTML page out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from .cjk import NEVER_FIRST
from .pages import environment

ACROSS = 20  # characters of the heading's size on a line
LIST = "{推荐项目清单}"  # where the table stands in the text
_HEADED = re.compile(r"^[一二三四五六七八九十]{1,3}、")


@dataclass(frozen=True)
class Listed:
    """A line of the list: who declares, what, and where."""

    unit: str
    project: str
    area: str = ""


@dataclass(frozen=True)
class LetterText:
    """A letter as it will be printed; paragraphs of the body are lines, one of them may be `LIST`."""

    heading: str
    addressee: str
    body: str
    signer: str
    date: str
    rows: tuple[Listed, ...] = ()


def letter_html(letter: LetterText) -> str:
    """Return the page of a letter; a text without a place for the list gets it below the signature as an annex."""
    paragraphs = [line.strip() for line in letter.body.splitlines() if line.strip()]
    before, after, has_place = _around_list(paragraphs)
    return (
        environment()
        .get_template("letter.html")
        .render(
            letter=letter,
            heading=heading_lines(letter.heading),
            before=_looks(before),
            after=_looks(after),
            table_in_text=has_place and bool(letter.rows),
            table_as_annex=not has_place and bool(letter.rows),
            with_area=any(row.area for row in letter.rows),
        )
    )


def heading_lines(heading: str) -> list[str]:
    """Return a heading in lines of about equal length, so that the last one does not hold a word or two only."""
    count = ceil(_width(heading) / ACROSS)
    share, lines = _width(heading) / max(count, 1), [""]
    for char in heading:
        torn = bool(lines[-1]) and lines[-1][-1].isascii() and char.isascii()
        if _width(lines[-1]) >= share and len(lines) < count and not torn and char not in NEVER_FIRST:
            lines.append("")
        lines[-1] += char
    return lines


def _width(text: str) -> float:
    return sum(0.55 if char.isascii() else 1 for char in text)


def _around_list(paragraphs: Sequence[str]) -> tuple[list[str], list[str], bool]:
    for place, paragraph in enumerate(paragraphs):
        if LIST in paragraph:
            rest = paragraph.replace(LIST, "").strip()
            return [*paragraphs[:place], *([rest] if rest else [])], list(paragraphs[place + 1 :]), True
    return list(paragraphs), [], False


def _looks(paragraphs: Sequence[str]) -> list[tuple[str, str]]:
    """Return (class, text): headings within the text are set in another face."""
    return [("headed" if _HEADED.match(text) and len(text) <= 30 else "text", text) for text in paragraphs]
