"""A declaration type as a folder: `type.yaml`, its templates and the code lists it names make one body."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from .definition import DefinitionError

TYPES = Path(__file__).resolve().parent.parent / "declaration_types"
CODE_LISTS = "code_lists"
TEMPLATE_ENDINGS = (".md", ".html")


class _Loader(yaml.SafeLoader):
    """YAML reduced to JSON: no dates, no yes/no booleans, no aliases, text keys, none twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise DefinitionError([f"line {event.start_mark.line + 1}: aliases (*{event.anchor}) are not allowed"])
        return super().compose_node(parent, index)

    def construct_json_mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        """Return a mapping whose keys are taken as text exactly as written."""
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise DefinitionError([f"line {line}: a key must be text"])
            if key_node.value in result:
                raise DefinitionError([f"line {line}: duplicate key {key_node.value!r}"])
            result[key_node.value] = self.construct_object(value_node, deep=True)
        return result


_WANTED = {
    "tag:yaml.org,2002:null": (r"^(?:~|null|)$", ["~", "n", ""]),
    "tag:yaml.org,2002:bool": (r"^(?:true|false)$", list("tf")),
    "tag:yaml.org,2002:int": (r"^-?(?:0|[1-9][0-9]*)$", list("-0123456789")),
    "tag:yaml.org,2002:float": (r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$", list("-0123456789")),
}
_Loader.yaml_implicit_resolvers = {}
for _tag, (_pattern, _firsts) in _WANTED.items():
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), _firsts)
_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.construct_json_mapping)


def read_yaml(text: str, source: str = "type.yaml") -> dict[str, Any]:
    """Return the mapping a YAML text holds; what is not plain JSON in YAML clothes raises DefinitionError."""
    try:
        body = yaml.load(text, Loader=_Loader)  # noqa: S506 a SafeLoader with fewer powers
    except DefinitionError as error:
        raise DefinitionError([f"{source} {problem}" for problem in error.problems]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        raise DefinitionError([f"{source}{line}: {getattr(error, 'problem', None) or error}"]) from None
    if not isinstance(body, dict):
        raise DefinitionError([f"{source}: a mapping is expected"])
    return body


def load_package(folder: Path) -> dict[str, Any]:
    """Return the whole body of a shipped type: what `type.yaml` says, plus its templates and code lists."""
    body = read_yaml((folder / "type.yaml").read_text("utf-8"), f"{folder.name}/type.yaml")
    templates = {
        path.name: path.read_text("utf-8") for path in sorted(folder.iterdir()) if path.suffix in TEMPLATE_ENDINGS
    }
    templates.pop("README.md", None)
    names = sorted(set(_code_list_names(body)))
    lists = {name: _load_code_list(folder, name) for name in names}
    return body | ({"templates": templates} if templates else {}) | ({CODE_LISTS: lists} if lists else {})


def _code_list_names(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if set(value) == {"@codelist"} and isinstance(value["@codelist"], str):
            yield value["@codelist"]
        for item in value.values():
            yield from _code_list_names(item)
    elif isinstance(value, list):
        for item in value:
            yield from _code_list_names(item)


def _load_code_list(folder: Path, name: str) -> dict[str, Any]:
    for parent in (folder, folder.parent):
        path = parent / CODE_LISTS / f"{name}.yaml"
        if name.replace("_", "").isalnum() and path.is_file():
            return read_yaml(path.read_text("utf-8"), f"{CODE_LISTS}/{name}.yaml")
    raise DefinitionError([f"{folder.name}/type.yaml: there is no code list {name!r}"])


def shipped_packages(root: Path = TYPES) -> list[Path]:
    """Return the folders of the types that come with the product."""
    return sorted(path.parent for path in root.glob("*/type.yaml"))


def shipped_code_lists(root: Path = TYPES) -> dict[str, dict[str, Any]]:
    """Return {key: list} of the code lists that come with the product, shared ones and those of single types."""
    paths = sorted([*root.glob(f"{CODE_LISTS}/*.yaml"), *root.glob(f"*/{CODE_LISTS}/*.yaml")])
    return {path.stem: read_yaml(path.read_text("utf-8"), f"{CODE_LISTS}/{path.name}") for path in paths}


def export_package(body: Mapping[str, Any]) -> dict[str, str]:
    """Return {file name: text} of the folder that `load_package` would read back as the same body."""
    type_body = {key: value for key, value in body.items() if key not in ("templates", CODE_LISTS)}
    files = {"type.yaml": _dump(type_body), **body.get("templates", {})}
    files.update({f"{CODE_LISTS}/{name}.yaml": _dump(entry) for name, entry in body.get(CODE_LISTS, {}).items()})
    return files


class _Dumper(yaml.SafeDumper):
    """Writes text so that `read_yaml` reads the same text: everything that YAML 1.1 would guess at is quoted."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _dump(value: Any) -> str:
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)
