"""Words of Chinese text for the site search: every character and every pair of neighbours, and whole Latin words."""

import re
import unicodedata

LONGEST_WORD = 40
MOST_WORDS = 20_000
_RUN = re.compile(r"[^\W_]+")
_PIECE = re.compile(r"[\u2e80-\U0003ffff]+|[^\u2e80-\U0003ffff]+")


def words_of(text: str) -> set[str]:
    """Return what a text can be found by, a bounded number of words."""
    found: set[str] = set()
    for piece in _pieces(text):
        if len(found) > MOST_WORDS:
            break
        found.update((*piece, *_pairs(piece)) if _is_chinese(piece) else (piece[:LONGEST_WORD],))
    return found


def wanted_words(question: str) -> list[str]:
    """Return the words that a text must have to answer a question."""
    found: list[str] = []
    for piece in _pieces(question):
        if not _is_chinese(piece):
            found.append(piece[:LONGEST_WORD])
        else:
            found.extend(_pairs(piece) if len(piece) > 1 else [piece])
    return list(dict.fromkeys(found))


def terms_of(question: str) -> list[str]:
    """Return what to mark in a text: the question's words as typed, then the pieces that were looked for."""
    return [*dict.fromkeys(question.split()), *wanted_words(question)]


def _pieces(text: str) -> list[str]:
    """Return runs of Chinese characters and other words; width and case do not matter."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return [piece for run in _RUN.findall(plain) for piece in _PIECE.findall(run)]


def _pairs(piece: str) -> list[str]:
    return [piece[i : i + 2] for i in range(len(piece) - 1)]


def _is_chinese(piece: str) -> bool:
    return ord(piece[0]) >= 0x2E80
