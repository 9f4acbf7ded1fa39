"""Reading documents, sheets and projections."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..definition import Cover, DocumentSpec, Field, Line, Projection, SheetColumn, SheetPart, SheetSpec
from ..fields import KINDS
from ..vocabulary import GENERIC_COLUMNS, META
from .node import Node

COLUMN = re.compile(r"(figure|text|date)_([1-9]\d?)")
KINDS_OF_DOCUMENT = ("declaration", "letter", "sheet")
COUNTED = ("number", "priority")  # columns of a sheet that no answer fills: the line, the place among those recommended
SEALED = ("none", "optional", "required")
PER = ("declaration", "call_and_region", "call")


def read_projections(node: Node, field_at: Callable[[str], Field | None]) -> tuple[Projection, ...]:
    """Return the answers that are copied into generic columns, figures first, in the order of their numbers."""
    raw = node.mapping("project")
    found = [
        _projection(node.node(raw[column], f"{node.place('project')}.{column}"), column, field_at) for column in raw
    ]
    return tuple(sorted((item for item in found if item), key=lambda item: _order(item.column)))


def _order(column: str) -> tuple[int, int]:
    name, _, number = column.partition("_")
    return list(GENERIC_COLUMNS).index(name), int(number)


def _projection(node: Node, column: str, field_at: Callable[[str], Field | None]) -> Projection | None:
    found = COLUMN.fullmatch(column)
    if not found or int(found[2]) > GENERIC_COLUMNS[found[1]]:
        node.problem("a projected column is figure_1…12, text_1…8 or date_1…4")
        return None
    projection = Projection(column, node.text("label", required=True), node.plain("from", required=True))
    node.done()
    flaw = _misfit(found[1], field_at(projection.path), projection.path)
    if flaw:
        node.problem(flaw)
    return projection


def _misfit(column: str, field: Field | None, path: str) -> str:
    if field is None:
        return f"from {path!r} is not a field"
    kind = KINDS.get(field.type)
    if kind is None:
        return ""
    if "." in path and (path == field.path or path.split(".")[1].isdigit()):
        return f"from {path!r} names a list of values"
    if field.type in ("matrix", "repeat", "file"):
        return f"from {path!r} is a {field.type}: name one value"
    if column == "figure" and not kind.figure:
        return f"from {path!r} is not a figure"
    if column == "date" and not kind.moment:
        return f"from {path!r} is not a date"
    return ""


class OutputReader:
    """Reads the documents of one definition; sheets name answers, which must be projected."""

    def __init__(
        self, projections: tuple[Projection, ...], field_at: Callable[[str], Field | None], templates: Mapping[str, str]
    ) -> None:
        self.column_of = {projection.path: projection.column for projection in projections}
        self.field_at = field_at
        self.templates = templates

    def documents(self, node: Node) -> tuple[DocumentSpec, ...]:
        """Return the documents of the type."""
        nodes = node.children("documents")
        node.unique(nodes, lambda child: child.raw.get("key"))
        return tuple(self._document(child) for child in nodes)

    def _document(self, node: Node) -> DocumentSpec:
        kind = node.one_of("kind", KINDS_OF_DOCUMENT, required=True)
        document = DocumentSpec(
            key=node.key(),
            label=node.text("label", required=True),
            kind=kind,
            per=node.one_of("per", PER, "declaration" if kind == "declaration" else "call_and_region"),
            template=node.plain("template", "auto"),
            before=node.one_of("before", ("submit",)),
            sign=node.flag("sign"),
            sealed=node.one_of("sealed", SEALED, "none"),
            watermark_draft=node.text("watermark_draft"),
            step=node.plain("step"),
            ext=node.words("ext"),
            max_mb=node.number("max_mb", 0),
            max_files=node.number("max_files", 0),
            cover=self._cover(node.child("cover")) if "cover" in node else None,
            sheet=self._sheet(node.child("sheet")) if "sheet" in node else None,
        )
        node.done()
        self._judge(document, node)
        return document

    def _judge(self, document: DocumentSpec, node: Node) -> None:
        if document.template != "auto" and document.template not in self.templates:
            node.problem(f"template {document.template!r} is not among the templates of the type")
        if (document.kind == "sheet") != (document.sheet is not None):
            node.problem("a document of kind sheet needs `sheet`, and no other kind has one")
        if document.cover is not None and document.kind != "declaration":
            node.problem("only a document of kind declaration has a cover")
        if document.sealed != "none" and document.kind != "declaration":
            node.problem("only a document of kind declaration is handed back sealed")
        if document.sealed == "required" and document.before != "submit":
            node.problem("sealed: required needs before: submit")
        if document.kind == "letter" and not (document.ext and document.max_mb and document.max_files):
            node.problem("a letter needs ext, max_mb and max_files")

    def _cover(self, node: Node) -> Cover:
        cover = Cover(_lines_of_text(node, "title"), _lines_of_text(node, "subtitle"), self._lines(node, "lines"))
        node.done()
        return cover

    def _lines(self, node: Node, key: str) -> tuple[Line, ...]:
        lines = []
        for child in node.children(key):
            line = Line(child.text("label", required=True), child.plain("from"))
            child.done()
            if line.source and line.source not in META and self.field_at(line.source) is None:
                child.problem(f"from {line.source!r} is neither a field nor one of {', '.join(sorted(META))}")
            lines.append(line)
        return tuple(lines)

    def _sheet(self, node: Node) -> SheetSpec:
        split = node.plain("split")
        sheet = SheetSpec(
            title=node.text("title", required=True),
            lines=self._lines(node, "lines"),
            parts=self._parts(node, split),
            columns=tuple(self._column(child) for child in node.children("columns", required=True)),
            footer=self._lines(node, "footer"),
        )
        node.done()
        return sheet

    def _column(self, node: Node) -> SheetColumn:
        path = node.plain("from", required=True)
        counted = path in COUNTED
        column = SheetColumn(
            label=node.text("label", required=True),
            column=path if counted else self._projected(node, path),
            path="" if counted else path,
            width=node.number("width", 0),
        )
        node.done()
        return column

    def _projected(self, node: Node, path: str) -> str:
        if path and path not in self.column_of:
            node.problem(f"{path!r} is not projected: add it under project, sheets read projected columns")
        return self.column_of.get(path, "")

    def _parts(self, node: Node, split: str) -> tuple[SheetPart, ...]:
        nodes = node.children("parts")
        if bool(split) != bool(nodes):
            node.problem("split and parts belong together")
        if not nodes or not split:
            return (SheetPart(""),)
        column, field = self._projected(node, split), self.field_at(split)
        return tuple(self._part(child, column, field) for child in nodes)

    def _part(self, node: Node, column: str, field: Field | None) -> SheetPart:
        value = node.plain("value", required=True)
        label = field.choice_labels.get(value) if field else None
        if label is None:
            node.problem(f"value {value!r} is not a choice of the split field")
        part = SheetPart(node.text("label", required=True), column, label or value)
        node.done()
        return part


def _lines_of_text(node: Node, key: str) -> tuple[str, ...]:
    found: list[str] = []
    for number, item in enumerate(node.items(key)):
        entry = node.node({"line": item}, f"{node.place(key)}[{number}]")
        found.append(entry.text("line"))
    return tuple(found)


def check_steps(node: Node, workflow: Mapping[str, Any], documents: tuple[DocumentSpec, ...]) -> None:
    """Complain about documents that belong to a step which the workflow lacks."""
    listed = workflow.get("steps")
    steps = [step.get("key") for step in listed if isinstance(step, Mapping)] if isinstance(listed, list) else []
    for number, document in enumerate(documents):
        if document.step and document.step not in steps:
            node.problems.at(
                f"{node.place('documents')}[{number}]", f"step {document.step!r} is not a step of the workflow"
            )
