"""The declaration document 申报书: definition and answers in, one HTML page out, printed like the paper form."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.forms.answers import Answers, shown_at
from app.forms.conditions import stored_of
from app.forms.definition import Cover, Field, Line, Section, TypeDefinition
from app.forms.fields import KINDS

from .blocks import Block, paragraphs_of, printed_text
from .declaration_blocks import FileNames, blocks_of
from .pages import environment

_GAP = "\u00a0" * 6  # ordinary and full-width blanks collapse in HTML
DATE_BLANK = f"{_GAP}{_GAP}年{_GAP}月{_GAP}日"


@dataclass(frozen=True)
class DeclarationMeta:
    """What the document says beyond the answers.

    `values` are the `meta.…` names of covers; `files` the names of the uploaded files by field key, in order.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    files: FileNames = field(default_factory=dict)
    check_code: str = ""


@dataclass(frozen=True)
class PrintedSection:
    """A section under its heading; the heading is empty when the chapter says enough."""

    heading: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Chapter:
    """A chapter of the table of contents."""

    title: str
    sections: list[PrintedSection]


def declaration_html(
    definition: TypeDefinition,
    answers: Answers,
    meta: DeclarationMeta,
    *,
    document: str = "declaration",
    hidden: frozenset[str] = frozenset(),
) -> str:
    """Return the page of a declaration; `hidden` are the fields not asked for these answers."""
    spec = definition.document(document)
    cover = (spec.cover if spec else None) or Cover((definition.title,))
    return (
        environment()
        .get_template("declaration.html")
        .render(
            cover=cover,
            cover_lines=[(line.label, _cover_value(definition, answers, meta, line)) for line in cover.lines],
            chapters=_chapters(definition, answers, meta, hidden),
            check_code=meta.check_code,
        )
    )


def text_of_answers(definition: TypeDefinition, answers: Answers) -> list[str]:
    """Return every piece of the answers that a reader has to find in the document, in its order.

    A piece never runs over a paragraph or a cell, so it can be searched for when blanks are ignored.
    """
    return [
        piece
        for section in definition.printed_sections
        for question in section.fields
        if question.print
        for piece in _pieces(question, stored_of(answers, section, question.key))
    ]


def _cover_value(definition: TypeDefinition, answers: Answers, meta: DeclarationMeta, line: Line) -> str:
    if line.source.startswith("meta."):
        value = meta.values.get(line.source) or meta.values.get(line.source.removeprefix("meta.")) or ""
    else:
        value = shown_at(definition, answers, line.source) if line.source else ""
    return value or (DATE_BLANK if "日期" in line.label else "")


def _chapters(
    definition: TypeDefinition, answers: Answers, meta: DeclarationMeta, hidden: frozenset[str]
) -> list[Chapter]:
    chapters: list[Chapter] = []
    for section in definition.printed_sections:
        blocks = blocks_of(section, answers, hidden, meta.files)
        if not blocks:
            continue
        title, heading = _titles(section)
        if not chapters or chapters[-1].title != title:
            chapters.append(Chapter(title, []))
        chapters[-1].sections.append(PrintedSection(heading, blocks))
    return chapters


def _titles(section: Section) -> tuple[str, str]:
    """Return the chapter and the heading of a section; one without a chapter is a chapter of its own."""
    if section.chapter:
        return section.chapter, section.heading
    return (f"附：{section.title}" if section.printed == "appendix" else section.title), ""


def _pieces(question: Field, stored: object) -> Iterator[str]:
    find = PIECES.get(question.type, _pieces_of_value)
    yield from (piece for piece in find(question, stored) if piece)


def _pieces_of_value(question: Field, stored: object) -> Iterator[str]:
    if KINDS[question.type].is_empty(stored):
        return
    yield from (
        paragraphs_of(printed_text(question, stored)) if question.type == "longtext" else _ticked(question, stored)
    )


def _ticked(question: Field, stored: object) -> Iterator[str]:
    if not question.choices:
        yield printed_text(question, stored)
        return
    for key in stored if isinstance(stored, list) else [stored]:
        yield f"☑{question.choice_labels.get(key, key)}"


def _pieces_of_matrix(question: Field, stored: object) -> Iterator[str]:
    kind = KINDS[question.type]
    for column, row in kind.cells(question):
        yield str(KINDS[row.type].printed(row, kind.cell(stored, column.key, row.key)))


def _pieces_of_repeat(question: Field, stored: object) -> Iterator[str]:
    for record in stored if isinstance(stored, list) else []:
        for column in question.columns:
            yield from paragraphs_of(str(KINDS[column.type].display(column, record.get(column.key))))


def _pieces_of_statement(question: Field, stored: object) -> Iterator[str]:
    yield from paragraphs_of(question.text)
    if stored is True:
        yield "☑"


PIECES = {
    "matrix": _pieces_of_matrix,
    "repeat": _pieces_of_repeat,
    "consent": _pieces_of_statement,
    "file": lambda _question, _stored: iter(()),
}
