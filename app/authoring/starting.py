"""What a type begins as."""

from functools import cache
from pathlib import Path
from typing import Any

from ..forms.package import read_yaml

STARTER = Path(__file__).with_name("starter.yaml")


def new_body(key: str, title: str, year: int) -> dict[str, Any]:
    """Return the body of a new type: it parses, and an author goes on from there."""
    return {**read_yaml(_text(), STARTER.name), "key": key, "title": title, "year": year}


def copied_body(body: dict[str, Any], key: str, title: str, year: int) -> dict[str, Any]:
    """Return a body as the start of another type."""
    return {**body, "key": key, "title": title, "year": year}


@cache
def _text() -> str:
    return STARTER.read_text("utf-8")
