"""The lines of a list as HTML.

Built here and not in the template: a page has hundreds of small pieces, which cost a template more than the database
takes to find them.
"""

from collections.abc import Callable
from typing import Any

from markupsafe import Markup, escape

from .listing import Listing, Row

SHORT = 16  # characters up to which a cell stays on one line


def table_rows(listing: Listing, subject: str, pick: str | None, links: Callable[[Row], Markup]) -> Markup:
    """Return the lines of the table; `pick` names the tick box where lines can be ticked, `links` ends each line."""
    starts = [f'<td data-label="{escape(column.label)}"' for column in listing.columns]
    place = next((i for i, column in enumerate(listing.columns) if column.name == subject), -1)
    lines = (_line(row, starts, place, pick, links(row)) for row in listing.rows)
    return Markup("\n".join(lines))  # noqa: S704 - every piece below is escaped where it is put in


def _line(row: Row, starts: list[str], place: int, pick: str | None, links: Markup) -> str:
    cells = [_cell(start, value) for start, value in zip(starts, row.cells, strict=True)]
    if place >= 0:
        cells[place] = _subject(starts[place], row.cells[place], row.url)
    box = "" if pick is None else _box(row, pick)
    return f'<tr>{box}{"".join(cells)}<td class="row-links">{escape(links)}</td></tr>'


def _cell(start: str, value: Any) -> str:
    text = escape(value)
    return f'{start} class="nowrap">{text}</td>' if len(text) <= SHORT else f"{start}>{text}</td>"


def _subject(start: str, value: Any, url: str | None) -> str:
    text = escape(value)
    return (
        f'{start} class="subject"><a href="{escape(url)}">{text}</a></td>'
        if url
        else f'{start} class="subject">{text}</td>'
    )


def _box(row: Row, pick: str) -> str:
    name = escape(row.subject)
    return (
        f'<td class="pick"><input type="checkbox" name="rowid" value="{escape(row.key)}" '
        f'data-subject="{name}" aria-label="{escape(pick)} {name}"></td>'
    )
