"""What arrives with a request, before any screen reads it."""

from typing import Any

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict

from .urls import CONVERTERS

NUL = "\x00"


class Typed(ImmutableMultiDict):
    """Names and values as people type them: without NUL, which no keyboard gives and PostgreSQL does not store."""

    def __init__(self, mapping: Any = None) -> None:
        super().__init__(mapping)
        pairs = list(self.items(multi=True))
        if any(NUL in name or NUL in value for name, value in pairs if isinstance(value, str)):
            super().__init__([(_without_nul(name), _without_nul(value)) for name, value in pairs])


def _without_nul(text: Any) -> Any:
    return text.replace(NUL, "") if isinstance(text, str) else text


class ArrivingRequest(Request):
    """A request whose address and form hold nothing that a database could choke on."""

    parameter_storage_class = Typed


def init_arriving(app: Flask) -> None:
    """Read requests this way, and addresses by converters that know the limits of ids; before any route is added."""
    app.request_class = ArrivingRequest
    app.url_map.converters.update(CONVERTERS)
