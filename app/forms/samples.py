"""Sample answers that ship with a declaration type: for demo data, tests and benchmarks."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .package import read_yaml

FILE_NAME = "samples.yaml"


def load_samples(folder: Path) -> list[dict[str, Any]]:
    """Return the samples of a package: each `{title, answers: {section: {field: value}}, files: {field: [names]}}`."""
    return read_yaml((folder / FILE_NAME).read_text("utf-8"), f"{folder.name}/{FILE_NAME}")["samples"]


def as_form(answers: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested answers as the flat names that a browser would post: `matrix-column-row`, `list-0-column`."""
    posted: dict[str, Any] = {}
    for key, value in answers.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            posted |= as_form(value, f"{name}-")
        elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
            posted |= as_form({str(number): row for number, row in enumerate(value)}, f"{name}-")
        else:
            posted[name] = value
    return posted
