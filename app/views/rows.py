"""The lines of a list as HTML.

Built here and not in the template: a page has hundreds of small pieces, which cost a template more than the database
takes to find them.
"""

import re
from collections.abc import Callable
from typing import Any

from markupsafe import Markup, escape

from .listing import Listing, Row

SHORT = 16  # characters up to which a cell stays on one line
_SPECIAL = re.compile("[&<>\"']")


def table_rows(listing: Listing, subject: str, pick: str | None, ending: str | Callable[[Row], Markup]) -> Markup:
    """Return the lines of the table.

    `pick` names the tick box where lines can be ticked. `ending` is what a line ends with: the word of the link that
    opens it, or what makes its links.
    """
    starts = [f'<td data-label="{_text(column.label)}"' for column in listing.columns]
    place = next((i for i, column in enumerate(listing.columns) if column.name == subject), -1)
    pick, ending = pick and _text(pick), _text(ending) if isinstance(ending, str) else ending
    lines = [_line(row, starts, place, pick, ending) for row in listing.rows]
    return Markup("\n".join(lines))  # noqa: S704 - every piece below is escaped where it is put in


def _line(row: Row, starts: list[str], place: int, pick: str | None, ending: str | Callable[[Row], Markup]) -> str:
    name, url = _text(row.subject), _text(row.url) if row.url else None
    cells = [_cell(start, value) for start, value in zip(starts, row.cells, strict=True)]
    if place >= 0:
        text = _text(row.cells[place])
        cells[place] = f'{starts[place]} class="subject">{_link(url, text) if url else text}</td>'
    box = "" if pick is None else _box(row, name, pick)
    links = _link(url, ending, f"{ending} {name}") if isinstance(ending, str) else _text(ending(row))
    return f'<tr>{box}{"".join(cells)}<td class="row-links">{links}</td></tr>'


def _cell(start: str, value: Any) -> str:
    text = _text(value)
    return f'{start} class="nowrap">{text}</td>' if len(text) <= SHORT else f"{start}>{text}</td>"


def _link(url: str, text: str, label: str = "") -> str:
    return f'<a href="{url}" aria-label="{label}">{text}</a>' if label else f'<a href="{url}">{text}</a>'


def _box(row: Row, name: str, pick: str) -> str:
    return (
        f'<td class="pick"><input type="checkbox" name="rowid" value="{_text(row.key)}" '
        f'data-subject="{name}" aria-label="{pick} {name}"></td>'
    )


def _text(value: Any) -> str:
    """Return a value as HTML; most texts hold nothing to escape, and looking costs less than escaping."""
    if type(value) is str and not _SPECIAL.search(value):
        return value
    return str(escape(value))
