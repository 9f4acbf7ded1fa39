"""Reading sections and fields."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from ..definition import Choice, ChoiceGroup, Column, Field, Section
from ..fields import KINDS, FieldError, Kind
from ..vocabulary import PAGES, ROOTS
from .node import KEY, MISSING, Node

COMMON = ("key", "type", "label", "required", "help")
TOP_LEVEL = ("span", "show", "readonly", "default", "beside", "print")


class QuestionReader:
    """Reads the sections of one definition; `choices` are its named option lists, `templates` its texts."""

    def __init__(self, choices: Mapping[str, tuple[ChoiceGroup, ...]], templates: Mapping[str, str], unit: str) -> None:
        self.choices = choices
        self.templates = templates
        self.money_unit = unit

    def section(self, node: Node) -> Section:
        """Return a section with its fields."""
        nodes = node.children("fields", required=True)
        section = Section(
            key=node.key(),
            title=node.text("title", required=True),
            chapter=node.text("chapter"),
            heading=node.text("heading" if "heading" in node else "title"),
            intro=node.text("intro"),
            grid=node.number("grid", 12),
            label_span=node.number("label_span", 2),
            show=_rule(node, "show"),
            printed=node.one_of("printed", ("in_order", "appendix"), "in_order"),
            fields=(),
        )
        if section.key in PAGES:
            node.problem(f"{section.key!r} is the name of a page of every declaration")
        node.done()
        fields = tuple(self.field(child, section) for child in nodes)
        _check_beside(fields, nodes)
        return replace(section, fields=fields)

    def field(self, node: Node, section: Section) -> Field:
        """Return a top-level field of a section."""
        field = self._any_field(node, prefix="", extra=TOP_LEVEL)
        kind = KINDS.get(field.type)
        if field.key in ROOTS:
            node.problem(f"{field.key!r} is reserved for {field.key}.…")
        if kind is None:
            return field
        span = section.grid if kind.own_block and not field.beside else field.span or section.grid
        least = section.label_span + 1
        if not least <= span <= section.grid:
            node.problem(f"span must be {least} to {section.grid} (label {section.label_span}, grid {section.grid})")
        if kind.own_block and field.span not in (0, section.grid):
            node.problem(f"a {field.type} takes the whole grid: leave span out")
        self._check_default(field, kind, node)
        return replace(field, span=span)

    def _check_default(self, field: Field, kind: Kind, node: Node) -> None:
        if field.default is None:
            return
        try:
            kind.clean(field, field.default)
        except FieldError as error:
            node.problem(f"default {field.default!r} is refused by its own field: {error}")

    def _any_field(self, node: Node, prefix: str, extra: tuple[str, ...]) -> Field:
        key, type_name = node.key(), node.one_of("type", KINDS, required=True)
        common = {
            "key": key,
            "type": type_name,
            "label": node.text("label", required=True),
            "path": f"{prefix}{key}",
            "required": node.flag("required"),
            "help": node.text("help"),
        }
        for name in extra:
            if name in node:
                common[name] = READERS[name](node, name)
        kind = KINDS.get(type_name)
        if kind is None:
            node.taken.update(node.raw)
            return Field(**common)
        field = replace(Field(**common), **self._options(node, kind, common["path"]))
        node.done()
        for flaw in kind.flaws(field):
            node.problem(flaw)
        return field

    def _options(self, node: Node, kind: Kind, path: str) -> dict[str, Any]:
        for name in kind.needs:
            if name not in node:
                node.problem(f"missing key {name!r}")
        options = self._defaults(kind)
        for name in sorted(kind.options):
            if name in node:
                options.update(self._option(node, kind, name, path))
        return options

    def _defaults(self, kind: Kind) -> dict[str, Any]:
        options: dict[str, Any] = {}
        if kind.figure:
            options["decimals"] = kind.default_decimals
            options["unit"] = self.money_unit if kind is KINDS["money"] else kind.default_unit
        if hasattr(kind, "default_max"):
            options["max"] = kind.default_max
        return options

    def _option(self, node: Node, kind: Kind, name: str, path: str) -> dict[str, Any]:
        if name in ("min", "max"):
            return {name: _limit(node, kind, name)}
        if name == "choices":
            return {name: self._choices(node)}
        if name == "text_template":
            return {"text": self._template(node)}
        if name == "rows":
            return {name: self._parts(node, name, path)}
        if name == "columns":
            return {name: _columns(node) if kind is KINDS["matrix"] else self._parts(node, name, path)}
        return {name: READERS[name](node, name)}

    def _choices(self, node: Node) -> tuple[ChoiceGroup, ...]:
        name = node.plain("choices")
        if name not in self.choices:
            node.problem(f"choices {name!r} is not defined under choices")
        return self.choices.get(name, ())

    def _template(self, node: Node) -> str:
        name = node.plain("text_template")
        if name not in self.templates:
            node.problem(f"text_template {name!r} is not among the templates of the type")
        return self.templates.get(name, "")

    def _parts(self, node: Node, name: str, path: str) -> tuple[Field, ...]:
        nodes = node.children(name, required=True)
        parts = tuple(self._any_field(child, prefix=f"{path}.", extra=("own_line",)) for child in nodes)
        for part, child in zip(parts, nodes, strict=True):
            kind = KINDS.get(part.type)
            if kind is not None and not kind.in_tables:
                child.problem(f"a {part.type} cannot stand inside a table")
            if part.key == "row_id":
                child.problem("'row_id' is reserved for the id of the record")
        node.unique(nodes, lambda child: child.raw.get("key"))
        return parts


def read_choices(node: Node, name: str, code_lists: Mapping[str, Any]) -> tuple[ChoiceGroup, ...]:
    """Return the groups of a named option list: `[{key: label}, …]`, `[{group: …, choices: […]}]` or a code list."""
    raw, where = node.get(name), node.place(name)
    if isinstance(raw, Mapping) and set(raw) == {"@codelist"}:
        entry = code_lists.get(raw["@codelist"]) if isinstance(raw["@codelist"], str) else None
        if not isinstance(entry, Mapping) or "choices" not in entry:
            node.problems.at(where, f"code list {raw['@codelist']!r} has no choices in this package")
            return ()
        raw, where = entry["choices"], f"{where} code list {raw['@codelist']}"
    if not isinstance(raw, list) or not raw:
        node.problems.at(where, "a list of {key: label} is expected: a mapping does not keep its order")
        return ()
    groups = _groups(node, raw, where)
    keys = [choice.key for group in groups for choice in group.choices]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        node.problems.at(where, f"duplicate key {key!r}")
    return groups


def _groups(node: Node, raw: list[Any], where: str) -> tuple[ChoiceGroup, ...]:
    if not any(isinstance(item, Mapping) and "group" in item for item in raw):
        return (ChoiceGroup("", _options_of(node, raw, where)),)
    groups = []
    for number, item in enumerate(raw):
        child = node.node(item, f"{where}[{number}]")
        label = child.text("group", required=True)
        groups.append(
            ChoiceGroup(label, _options_of(child, child.items("choices", required=True), child.place("choices")))
        )
        child.done()
    return tuple(groups)


def _options_of(node: Node, raw: list[Any], where: str) -> tuple[Choice, ...]:
    found = []
    for number, item in enumerate(raw):
        if not isinstance(item, Mapping) or len(item) != 1:
            node.problems.at(f"{where}[{number}]", "one {key: label} is expected")
            continue
        child = node.node(item, f"{where}[{number}]")
        key = next(iter(item))
        if not KEY.fullmatch(key):
            child.problem(f"{key!r} is not a key (a-z, 0-9 and _, at most 40, a letter first)")
        found.append(Choice(key, child.text(key)))
    return tuple(found)


def _columns(node: Node) -> tuple[Column, ...]:
    nodes = node.children("columns", required=True)
    columns = tuple(Column(child.key(), child.text("label", required=True)) for child in nodes)
    for child in nodes:
        child.done()
    node.unique(nodes, lambda child: child.raw.get("key"))
    return columns


def _limit(node: Node, kind: Kind, name: str) -> Decimal | int | str | None:
    if kind.figure:
        return node.decimal(name)
    if kind.moment:
        value = node.get(name)
        return value.isoformat() if isinstance(value, date) else node.plain(name) or None
    return node.number(name)


def _rule(node: Node, name: str) -> Any:
    value = node.get(name)
    return None if value is MISSING else value


def _check_beside(fields: tuple[Field, ...], nodes: list[Node]) -> None:
    before: dict[str, Field] = {}
    for field, node in zip(fields, nodes, strict=True):
        host = before.get(field.beside)
        if field.beside and (host is None or host.beside):
            node.problem(
                f"beside {field.beside!r} must name an earlier field of the section that stands in a cell of its own"
            )
        before[field.key] = field


READERS = {
    "span": lambda node, name: node.number(name, 0),
    "show": _rule,
    "value": _rule,
    "default": lambda node, name: None if node.get(name) is MISSING else node.get(name),
    "readonly": lambda node, name: node.flag(name),
    "print": lambda node, name: node.flag(name, True),
    "own_line": lambda node, name: node.flag(name),
    "numbered": lambda node, name: node.flag(name),
    "beside": lambda node, name: node.plain(name),
    "unit": lambda node, name: node.text(name),
    "pattern": lambda node, name: node.plain(name),
    "pattern_message": lambda node, name: node.text(name),
    "level": lambda node, name: node.plain(name),
    "layout": lambda node, name: node.one_of(name, ("table", "records"), "table"),
    "row_label": lambda node, name: node.text(name),
    "name_rule": lambda node, name: node.text(name, extra=("unit", "unit_short", "label", "number", "year")),
    "ext": lambda node, name: node.words(name),
    "decimals": lambda node, name: node.number(name, 0),
    "min_items": lambda node, name: node.number(name, 0),
    "max_items": lambda node, name: node.number(name),
    "max_mb": lambda node, name: node.number(name, 0),
    "min_files": lambda node, name: node.number(name, 0),
    "max_files": lambda node, name: node.number(name, 1),
    "min_rows": lambda node, name: node.number(name, 0),
    "max_rows": lambda node, name: node.number(name, 0),
}
