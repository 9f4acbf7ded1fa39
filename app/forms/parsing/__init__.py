"""From the body of a declaration type to frozen dataclasses, with every problem at its place."""

from collections.abc import Mapping
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from typing import Any

from ..definition import DefinitionError, Field, Section, TypeDefinition, body_sha, find_field
from ..rules import RuleError, paths
from ..vocabulary import CONTEXT_PATHS, MONEY_UNITS, ROOTS
from .judging import RuleLookup, read_applicants, read_checks, read_eligibility
from .node import KEY, Node, Problems
from .outputs import OutputReader, check_steps, read_projections
from .questions import QuestionReader, read_choices

SCHEMA = "declare/call/1"


def parse_body(body: Mapping[str, Any], source: str) -> TypeDefinition:
    """Return the definition of a body, or raise DefinitionError with every problem found."""
    problems = Problems()
    definition = _parse(Node(body, source, problems, _variables(body, source, problems)))
    if problems:
        raise DefinitionError(list(problems))
    return definition


def read_unfinished(body: Mapping[str, Any]) -> TypeDefinition:
    """Return what can be read of a body that is still being written; what is wrong in it is left out."""
    problems = Problems()
    return _parse(Node(body, "draft", problems, _variables(body, "draft", problems)))


def _variables(body: Mapping[str, Any], source: str, problems: Problems) -> dict[str, str]:
    raw = body.get("vars") if isinstance(body, Mapping) else None
    if raw is None:
        return {}
    if not isinstance(raw, Mapping) or not all(isinstance(value, str | int) for value in raw.values()):
        problems.at(f"{source} vars", "a mapping of names to text or whole numbers is expected")
        return {}
    return {key: str(value) for key, value in raw.items()}


def _parse(node: Node) -> TypeDefinition:
    node.one_of("schema", (SCHEMA,), required=True)
    node.get("vars")
    templates, code_lists = _templates(node), node.mapping("code_lists")
    unit = MONEY_UNITS.get(node.one_of("money_unit", MONEY_UNITS, "wan_yuan"), "")
    section_nodes = node.children("sections", required=True)
    sections = _sections(node, section_nodes, templates, code_lists, unit)
    lists = _lists(node, code_lists)
    known = _Known(sections, lists)
    rules = RuleLookup(known)
    for section, child in zip(sections, section_nodes, strict=True):
        _look_up(section, child, rules)
    order = _order(sections, node)
    projections = read_projections(node, known.field)
    documents = OutputReader(projections, known.field, templates).documents(node)
    workflow = _workflow(node, rules)
    check_steps(node, workflow, documents)
    definition = TypeDefinition(
        key=node.key(),
        title=node.text("title", required=True),
        year=node.number("year", 0, required=True),
        sha=body_sha(node.raw),
        sections=sections,
        short_title=node.text("short_title"),
        subject=node.text("subject", required=True, extra={field.key for field in known.fields}),
        money_unit=unit,
        basis=node.text("basis"),
        vars=node.variables,
        window=_window(node),
        prefill=_prefill(node, known),
        lists=lists,
        templates=templates,
        checks=read_checks(node, rules, lambda path: known.field(path) is not None),
        applicants=read_applicants(node),
        eligibility=read_eligibility(node, rules, lists),
        workflow=workflow,
        documents=documents,
        projections=projections,
        followup=node.mapping("followup"),
        body=node.raw,
        order=order,
    )
    node.done()
    return definition


class _Known:
    """Which paths a rule may name."""

    def __init__(self, sections: tuple[Section, ...], lists: Mapping[str, Any]) -> None:
        self.sections = sections
        self.fields = tuple(field for section in sections for field in section.fields)
        self.names = CONTEXT_PATHS | {f"lists.{name}" for name in lists}

    def __call__(self, path: str) -> bool:
        return path in self.names or path.startswith("earlier.") or self.field(path) is not None

    def field(self, path: str) -> Field | None:
        """Return the field at a path of the kind rules use."""
        return find_field(self.fields, path)


def _templates(node: Node) -> Mapping[str, str]:
    raw = node.mapping("templates")
    for name, text in raw.items():
        if not isinstance(text, str):
            node.problems.at(f"{node.place('templates')}.{name}", "text is expected")
    return raw


def _sections(
    node: Node, nodes: list[Node], templates: Mapping[str, str], code_lists: Mapping[str, Any], unit: str
) -> tuple[Section, ...]:
    named = node.child("choices")
    reader = QuestionReader({name: read_choices(named, name, code_lists) for name in named.raw}, templates, unit)
    sections = tuple(reader.section(child) for child in nodes)
    node.unique(nodes, lambda child: child.raw.get("key"))
    seen: set[str] = set()
    for section, child in zip(sections, nodes, strict=True):
        for number, field in enumerate(section.fields):
            if field.key in seen:
                node.problems.at(f"{child.place('fields')}[{number}]", f"duplicate key {field.key!r}")
            seen.add(field.key)
    return sections


def _lists(node: Node, code_lists: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    child = node.child("lists")
    found = {}
    for name in child.raw:
        values = child.get(name)
        if isinstance(values, Mapping) and set(values) == {"@codelist"}:
            entry = code_lists.get(values["@codelist"])
            values = entry.get("values") if isinstance(entry, Mapping) else None
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            child.problems.at(child.place(name), "a list of text, or a code list with values, is expected")
            values = []
        if not KEY.fullmatch(name):
            child.problem(f"{name!r} is not a key")
        found[name] = tuple(values)
    return found


def _look_up(section: Section, node: Node, rules: RuleLookup) -> None:
    if section.show is not None:
        rules.judge(section.show, f"{node.where}.show", node)
    for number, field in enumerate(section.fields):
        for name in ("show", "value"):
            rule = getattr(field, name)
            if rule is not None:
                rules.judge(rule, f"{node.where}.fields[{number}].{name}", node)


def _order(sections: tuple[Section, ...], node: Node) -> tuple[str, ...]:
    keys = {field.key for section in sections for field in section.fields}
    graph = {}
    for section in sections:
        for field in section.fields:
            read = {path.partition(".")[0] for rule in (section.show, field.show, field.value) for path in _paths(rule)}
            graph[field.key] = sorted(read & keys)
    try:
        return tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        chain = " → ".join(reversed(error.args[1]))
        node.problem(f"sections: show and value go round in a circle: {chain}")
        return ()


def _paths(rule: Any) -> frozenset[str]:
    if rule is None:
        return frozenset()
    try:
        return paths(rule)
    except (RuleError, TypeError, KeyError, IndexError):
        return frozenset()


def _workflow(node: Node, rules: RuleLookup) -> Mapping[str, Any]:
    child = node.child("workflow")
    steps = child.children("steps", required=True)
    for step in steps:
        step.key()
        step.plain("label", required=True)
        step.plain("role", required=True)
        rules.take(step, "when")
    child.unique(steps, lambda step: step.raw.get("key"))
    return child.raw


def _window(node: Node) -> Mapping[str, str]:
    if "window" not in node:
        return {}
    child = node.child("window")
    window = {name: child.plain(name, required=True) for name in ("open", "close")}
    child.done()
    moments = [_moment(child, name, text) for name, text in window.items() if text]
    if len(moments) == 2 and all(moments) and moments[0] >= moments[1]:
        child.problem("close must come after open")
    return window


def _moment(node: Node, name: str, text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        node.problems.at(node.place(name), f"{text!r} is not a moment with a time zone (2024-07-08T09:00+08:00)")
        return None
    return moment


def _prefill(node: Node, known: "_Known") -> Mapping[str, str]:
    raw = node.mapping("prefill")
    fields = {field.key for field in known.fields}
    for key, path in raw.items():
        where = f"{node.place('prefill')}.{key}"
        if key not in fields:
            node.problems.at(where, f"{key!r} is not a field")
        if not isinstance(path, str) or path not in CONTEXT_PATHS:
            node.problems.at(where, f"{path!r} is not known: {', '.join(sorted(ROOTS - {'row'}))} have named parts")
    return raw
