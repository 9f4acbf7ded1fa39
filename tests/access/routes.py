"""Every route of the application as its URL map has it, and what may stand in its address."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from flask import Flask
from flask_admin.base import BaseView as AdminView
from flask_appbuilder import BaseView
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from app.views.access import PUBLIC_ENDPOINTS

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
COMBINATIONS = 60

Rows = Mapping[type, list[Any]]
Own = Mapping[type, list[Any]]


@dataclass(frozen=True)
class Route:
    """One method of one rule."""

    rule: Rule
    method: str
    view: Any

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule} ({self.endpoint})"

    @property
    def endpoint(self) -> str:
        return self.rule.endpoint

    @property
    def is_public(self) -> bool:
        return self.endpoint in PUBLIC_ENDPOINTS

    @property
    def is_ops(self) -> bool:
        return isinstance(self.view, AdminView)

    @property
    def grants(self) -> set[tuple[str, str]]:
        """Return the (permission, view) pairs of which a role needs one; the empty set opens it to nobody."""
        if self.is_ops:
            return {("can_read", type(self.view).__name__)}
        if self.view is None:
            return set()
        name = self.endpoint.rpartition(".")[2]
        if name in ("action", "action_post"):
            wanted = {self.view.get_action_permission_name(action) for action in self.view.actions}
        else:
            method = getattr(self.view, name)
            wanted = {f"can_{permission}" for permission in getattr(method, "_permissions", ())}
        offered = wanted & set(self.view.base_permissions)
        return {(permission, self.view.class_permission_name) for permission in offered}

    def address(self, values: Mapping[str, Any]) -> str:
        """Return the path with these arguments."""
        return self.rule.build(dict(values), append_unknown=False)[1]


def routes_of(app: Flask) -> list[Route]:
    """Return every route; what answers a method that HTTP adds by itself is left out."""
    found = [
        Route(rule, method, _screen(app.view_functions[rule.endpoint]))
        for rule in app.url_map.iter_rules()
        for method in METHODS
        if method in rule.methods
    ]
    return sorted(found, key=lambda r: (r.rule.rule, r.method))


def _screen(function: Any) -> Any:
    """Return the screen whose method answers; static files have none."""
    owner = getattr(function, "__self__", None)
    return owner if isinstance(owner, BaseView | AdminView) else None


# ---------------------------------------------------------------- what may stand for an argument


class Words:
    """What stands in addresses besides ids."""

    def __init__(self, sections: Iterable[str], files: Iterable[str]) -> None:
        self.by_name = {
            "section": list(sections),
            "field_key": list(files),
            "locale": ["en"],
            "provider_key": ["no_such_provider"],  # others are asked over the network
            "kind": ["returned", "no_such_kind"],
            "part": ["checks", "no_such_part"],
            "document": ["declaration", "no_such_document"],
            "text": ["truth_statement.md", "no_such_text"],
            "number": [1],
            "index": [1],
            "version": [1],
            "filename": ["css/skin.css"],
            "export_type": ["csv"],
        }

    def of(self, route: Route, argument: str) -> list[Any]:
        """Return words for an argument that is no id; KeyError for one that nobody has described here."""
        if argument == "column":
            return [*route.view._relations, "no_such_column"]
        if argument == "name" and isinstance(route.view, BaseView):
            return [*route.view.actions, "no_such_action"]
        return self.by_name[argument]


def model_behind(route: Route, argument: str, models: Iterable[type]) -> tuple[type, str] | None:
    """Return (model, column) when an argument names a row of one model."""
    if argument == "pk":
        return route.view.datamodel.obj, getattr(route.view.datamodel, "key", "id")
    if isinstance(route.rule._converters[argument], IntegerConverter):
        name = argument.removesuffix("_id").replace("_", "")
        named = [m for m in models if m.__name__.lower().endswith(name)]
        return (min(named, key=lambda m: len(m.__name__)), "id") if named else None
    return None


def names_any_row(route: Route, argument: str) -> bool:
    """Tell whether an argument is a token, by which rows of several models are named."""
    if isinstance(route.rule._converters[argument], IntegerConverter | AnyConverter):
        return False
    return bool(re.search(r"_(id|code)$", argument))


def id_arguments(route: Route, models: Iterable[type]) -> list[str]:
    """Return the arguments that name rows."""
    models = list(models)
    return [a for a in sorted(route.rule.arguments) if names_any_row(route, a) or model_behind(route, a, models)]


def values_for(route: Route, argument: str, rows: "Keys", words: Words) -> list[Any]:
    """Return what may stand for an argument, given the rows to take ids from."""
    converter = route.rule._converters[argument]
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)
    behind = model_behind(route, argument, rows.models)
    if behind is not None:
        return rows.of(*behind)
    if names_any_row(route, argument):
        return rows.tokens
    return words.of(route, argument)


class Keys:
    """Keys of some rows: by model and column, and all tokens together."""

    def __init__(self, by_model: Mapping[type, list[Mapping[str, Any]]]) -> None:
        self.by_model = by_model

    @property
    def models(self) -> list[type]:
        return list(self.by_model)

    def of(self, model: type, column: str) -> list[Any]:
        return [row[column] for row in self.by_model.get(model, ()) if column in row]

    @property
    def tokens(self) -> list[str]:
        columns = ("public_id", "check_code")
        return [row[c] for rows in self.by_model.values() for row in rows for c in columns if c in row]


def fillings(route: Route, rows: Keys, words: Words) -> Iterator[dict[str, Any]]:
    """Yield arguments for a route, a bounded number of combinations."""
    names = sorted(route.rule.arguments)
    choices = [values_for(route, name, rows, words) for name in names]
    for combination in islice(product(*choices), COMBINATIONS):
        yield dict(zip(names, combination, strict=True))
