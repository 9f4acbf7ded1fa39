"""What a declaration is printed from: answers turned into bordered grids, passages and statements, kind by kind.

Nothing here knows a field by name. A cell never grows taller than a page: what is too long for one becomes a passage,
which runs over pages.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.forms.conditions import stored_of
from app.forms.definition import Field, Section
from app.forms.fields import KINDS
from app.forms.layout import Cell as FormCell
from app.forms.layout import rows as form_rows

from .blocks import (
    NONE,
    Block,
    Cell,
    Grid,
    Passage,
    Statement,
    is_too_tall,
    paragraphs_of,
    printed_or_blank,
    printed_text,
)
from .repeats import print_repeat

BLANK = "＿＿＿＿"
SEE_BELOW = "（内容见下）"

FileNames = Mapping[str, Sequence[str]]  # field key: names of the files


def blocks_of(section: Section, answers: Mapping[str, Any], hidden: frozenset[str], files: FileNames) -> list[Block]:
    """Return the blocks of a section in the order of the form."""
    return list(_joined(_pieces(section, answers, hidden | _unprinted(section), files)))


def _unprinted(section: Section) -> frozenset[str]:
    return frozenset(field.key for field in section.fields if not field.print)


def _joined(pieces: Iterable[Block]) -> Iterator[Block]:
    """Join grids of the same columns that follow each other, so that they break over pages as one."""
    held: Grid | None = None
    for piece in pieces:
        if isinstance(piece, Grid) and held and _continues(held, piece):
            held = Grid(held.widths, held.rows + piece.rows, held.repeat)
            continue
        if held:
            yield held
        held = piece if isinstance(piece, Grid) else None
        if held is None:
            yield piece
    if held:
        yield held


def _continues(first: Grid, second: Grid) -> bool:
    plain = not any((first.repeat, first.together, first.heads_next, second.repeat, second.together, second.heads_next))
    return plain and first.widths == second.widths


def _pieces(section: Section, answers: Mapping[str, Any], hidden: frozenset[str], files: FileNames) -> Iterator[Block]:
    named_files: list[Field] = []
    for row in form_rows(section, _hidden_slots_shown(section, hidden)):
        first = row.cells[0]
        if first.field and first.field.type == "file":
            named_files.append(first.field)
            continue
        if named_files:
            yield _file_list(named_files, files)
            named_files = []
        if first.kind == "block":
            stored = stored_of(answers, section, first.field.key)
            yield from _label_of_list(section, first.field, hidden)
            yield from PRINTERS.get(first.field.type, _print_value)(first.field, stored)
        else:
            yield from _print_row(section, row.cells, answers, hidden)
    if named_files:
        yield _file_list(named_files, files)


def _label_of_list(section: Section, field: Field, hidden: frozenset[str]) -> Iterator[Block]:
    """Name a list that shares its section with other questions; alone, the heading above says enough."""
    others = [f for f in section.fields if f.key not in hidden and f.type != "file" and f is not field]
    if field.type == "repeat" and others and field.label not in section.heading + section.chapter:
        yield Grid((100,), ((Cell(field.label, look="title"),),), heads_next=True)


# A row of labels and values


def _print_row(
    section: Section, cells: Sequence[FormCell], answers: Mapping[str, Any], hidden: frozenset[str]
) -> Iterator[Block]:
    widths = (100 / section.grid,) * section.grid
    printed, overlong = [], []
    for cell in cells:
        text = cell.field.label if cell.kind == "label" else _value_text(section, cell, answers, hidden)
        if is_too_tall(text, 100 * cell.colspan / section.grid):
            overlong.append(Passage(cell.field.label, paragraphs_of(text)))
            text = SEE_BELOW
        printed.append(Cell(text, cell.colspan, "label" if cell.kind == "label" else "value"))
    yield Grid(widths, (tuple(printed),))
    yield from overlong


def _value_text(section: Section, cell: FormCell, answers: Mapping[str, Any], hidden: frozenset[str]) -> str:
    text = printed_or_blank(cell.field, stored_of(answers, section, cell.field.key))
    for guest in cell.beside:
        stored = None if guest.key in hidden else stored_of(answers, section, guest.key)
        text = _with_slot(cell.field, text, guest, printed_text(guest, stored))
    return text


def _with_slot(host: Field, text: str, guest: Field, answer: str) -> str:
    """Put a further detail in brackets behind the option it belongs to, or behind all of them."""
    slot = f"（{guest.label}：{answer or BLANK}）"
    option = host.choice_labels.get(_option_of(host, guest) or "")
    found = re.search(f"[☐☑]{re.escape(option)}(?= |$|）|\n)", text) if option else None
    return text[: found.end()] + slot + text[found.end() :] if found else f"{text} {slot}"


def _option_of(host: Field, guest: Field) -> str | None:
    """Return the option of the host whose choice makes the guest appear (`{"==": [{"var": host}, option]}`)."""
    match guest.show:
        case {"==": [{"var": host.key}, str(option)]} if option in host.choice_labels:
            return option
    return None


def _hidden_slots_shown(section: Section, hidden: frozenset[str]) -> frozenset[str]:
    """Keep the empty brackets of options that were not chosen: on paper they are always there."""
    fields = {field.key: field for field in section.fields}
    slots = (
        key
        for key in hidden
        if key in fields and fields[key].print and fields[key].beside in fields.keys() - hidden
        if _option_of(fields[fields[key].beside], fields[key])
    )
    return hidden - frozenset(slots)


# Blocks, one function a kind


def _print_value(field: Field, stored: Any) -> Iterator[Block]:
    """Print a field across the whole width."""
    text = printed_or_blank(field, stored)
    if is_too_tall(text, 80):
        yield Passage(field.label, paragraphs_of(text))
    else:
        yield Grid((20, 80), ((Cell(field.label, look="label"), Cell(text)),))


def _print_passage(field: Field, stored: Any) -> Iterator[Block]:
    yield Passage(field.label, paragraphs_of(printed_text(field, stored)) or (NONE,))


def _print_statement(field: Field, stored: Any) -> Iterator[Block]:
    yield Statement(paragraphs_of(field.text), "☑" if stored is True else "☐")


def _print_matrix(field: Field, stored: Any) -> Iterator[Block]:
    kind = KINDS[field.type]
    rest = 76 / len(field.columns)
    head = (Cell(field.label, look="head"), *(Cell(column.label, look="head") for column in field.columns))
    body = tuple(
        (
            Cell(row.label, look="label"),
            *(
                Cell(printed_or_blank(row, kind.cell(stored, column.key, row.key)), look="figure")
                for column in field.columns
            ),
        )
        for row in field.rows
    )
    yield Grid((24, *(rest for _ in field.columns)), (head, *body), repeat=1)


def _file_list(fields: Sequence[Field], files: FileNames) -> Grid:
    head = (Cell("序号", look="head"), Cell("附件名称", look="head"), Cell("文件", look="head"))
    body = tuple(
        (
            Cell(str(number), look="middle"),
            Cell(field.label),
            Cell("\n".join(files.get(field.key) or ()) or NONE),
        )
        for number, field in enumerate(fields, 1)
    )
    return Grid((7, 33, 60), (head, *body), repeat=1)


PRINTERS: dict[str, Callable[[Field, Any], Iterator[Block]]] = {
    "longtext": _print_passage,
    "consent": _print_statement,
    "matrix": _print_matrix,
    "repeat": print_repeat,
}
