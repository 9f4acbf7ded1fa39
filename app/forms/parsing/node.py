"""Reading one mapping of a definition: typed access, and a located sentence for everything that is wrong."""

import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
MARKUP = re.compile(r"<[A-Za-z/!?]")
MISSING = object()


class Problems(list[str]):
    """Sentences of the form `type.yaml sections[1].fields[3]: unknown key 'requierd'`."""

    def at(self, where: str, sentence: str) -> None:
        """Note a problem at a place."""
        self.append(f"{where}: {sentence}")


class Node:
    """A mapping of the definition at a known place; every key must be taken, or `done` complains."""

    def __init__(self, raw: Any, where: str, problems: Problems, variables: Mapping[str, str]) -> None:
        self.raw: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
        self.where = where
        self.problems = problems
        self.variables = variables
        self.taken: set[str] = set()
        if not isinstance(raw, Mapping):
            problems.at(where, f"a mapping is expected, not {_name(raw)}")

    def __contains__(self, key: str) -> bool:
        return key in self.raw

    def problem(self, sentence: str) -> None:
        """Note a problem at this place."""
        self.problems.at(self.where, sentence)

    def place(self, key: str) -> str:
        """Return the place of a key of this mapping; at the top level that is `type.yaml sections`."""
        return f"{self.where}.{key}" if " " in self.where else f"{self.where} {key}"

    def get(self, key: str, *, required: bool = False) -> Any:
        """Return the raw value of a key, or MISSING."""
        self.taken.add(key)
        value = self.raw.get(key, MISSING)
        if value is MISSING and required:
            self.problem(f"missing key {key!r}")
        return value

    def done(self) -> None:
        """Complain about the keys that nobody took."""
        for key in self.raw:
            if key not in self.taken:
                self.problem(f"unknown key {key!r}")

    def _typed(self, key: str, kinds: type | tuple[type, ...], word: str, default: Any, required: bool) -> Any:
        value = self.get(key, required=required)
        if value is MISSING or value is None:
            return default
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            self.problems.at(self.place(key), f"{word} is expected, not {_name(value)}")
            return default
        return value

    def key(self, name: str = "key") -> str:
        """Return a key: lower-case letters, digits and underscores."""
        value = self._typed(name, str, "text", "", True)
        if value and not KEY.fullmatch(value):
            self.problems.at(self.place(name), f"{value!r} is not a key (a-z, 0-9 and _, at most 40, a letter first)")
        return value

    def plain(self, key: str, default: str = "", *, required: bool = False) -> str:
        """Return text as it stands."""
        value = self._typed(key, (str, int), "text", default, required)
        return str(value)

    def text(self, key: str, default: str = "", *, required: bool = False, extra: Collection[str] = ()) -> str:
        """Return text for people: markup is refused, `{y1}` is replaced; names in `extra` stay for later."""
        value = self.plain(key, default, required=required)
        if MARKUP.search(value):
            self.problems.at(self.place(key), "markup is not allowed")
        return PLACEHOLDER.sub(lambda found: self._replace(found, key, extra), value)

    def _replace(self, found: re.Match, key: str, extra: Collection[str]) -> str:
        name = found[1]
        if name in self.variables:
            return self.variables[name]
        if name not in extra:
            self.problems.at(self.place(key), f"unknown placeholder {{{name}}}")
        return found[0]

    def flag(self, key: str, default: bool = False) -> bool:
        """Return true or false."""
        return self._typed(key, bool, "true or false", default, False)

    def number(self, key: str, default: int | None = None, *, required: bool = False) -> Any:
        """Return a whole number."""
        return self._typed(key, int, "a whole number", default, required)

    def decimal(self, key: str) -> Decimal | None:
        """Return a decimal number, written as number or text."""
        value = self._typed(key, (int, float, str), "a number", None, False)
        if value is None:
            return None
        try:
            return Decimal(repr(value) if isinstance(value, float) else value)
        except InvalidOperation:
            self.problems.at(self.place(key), f"a number is expected, not {value!r}")
            return None

    def one_of(self, key: str, allowed: Collection[str], default: str = "", *, required: bool = False) -> str:
        """Return one of some words."""
        value = self.plain(key, default, required=required)
        if value not in allowed and (value or required):
            self.problems.at(self.place(key), f"{value!r} is not one of {', '.join(sorted(allowed))}")
            return default
        return value

    def items(self, key: str, *, required: bool = False) -> list[Any]:
        """Return a list."""
        value = self._typed(key, list, "a list", [], required)
        if required and key in self.raw and not value:
            self.problems.at(self.place(key), "at least one entry is expected")
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """Return a list of plain words."""
        found = []
        for number, item in enumerate(self.items(key)):
            if isinstance(item, str):
                found.append(item)
            else:
                self.problems.at(f"{self.place(key)}[{number}]", f"text is expected, not {_name(item)}")
        return tuple(found)

    def mapping(self, key: str) -> Mapping[str, Any]:
        """Return a mapping as it stands."""
        return self._typed(key, Mapping, "a mapping", {}, False)

    def child(self, key: str) -> "Node":
        """Return the mapping under a key as a node; absent means empty."""
        value = self.get(key)
        return self.node({} if value is MISSING or value is None else value, self.place(key))

    def children(self, key: str, *, required: bool = False) -> list["Node"]:
        """Return the mappings of a list as nodes."""
        items = self.items(key, required=required)
        return [self.node(item, f"{self.place(key)}[{number}]") for number, item in enumerate(items)]

    def node(self, raw: Any, where: str) -> "Node":
        """Return a node at another place of the same definition."""
        return Node(raw, where, self.problems, self.variables)

    def unique(self, nodes: list["Node"], key: Callable[["Node"], Any]) -> None:
        """Complain about keys that occur twice in a list."""
        seen: set[Any] = set()
        for node in nodes:
            name = key(node)
            if not isinstance(name, str):
                continue  # told of where the key is read
            if name and name in seen:
                node.problem(f"duplicate key {name!r}")
            seen.add(name)


def _name(value: Any) -> str:
    if value is None:
        return "nothing"
    return repr(value) if isinstance(value, str | int | float | bool) else f"a {type(value).__name__}"
