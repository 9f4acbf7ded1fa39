"""What the structure promises: layers, scopes, definitions as data, exact money, no forgotten model."""

import ast
import re
from pathlib import Path

import pytest
from flask_appbuilder import Model

from app import models, permissions
from app.forms.package import load_package
from app.services.types import shipped_packages

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "app"
SOURCES = sorted(path for path in APP.rglob("*.py"))


def test_every_table_of_ours_has_a_scope_rule():
    ours = {m.class_ for m in Model.registry.mappers if m.class_.__module__ == models.__name__}
    assert ours - permissions.RULES.keys() == set()


def test_no_python_file_names_a_type_or_a_field_of_a_type():
    names = {word for folder in shipped_packages() for word in _keys_of(load_package(folder))}
    found = {}
    for path in SOURCES:
        if hits := _string_constants(path) & names:
            found[str(path.relative_to(ROOT))] = hits
    assert found == {}


# Words of the engine's own vocabulary that a type may use as a key without thereby becoming known to the engine:
# columns of our tables and facts about the enterprise carry the field's standard names.
SHARED_WORDS = {
    *(column.key for mapper in Model.registry.mappers for column in mapper.columns),
    *[
        "region",
        "name",
        "route",
        "truth",
        "services",
        "files",
        "documents",
        "number",
        "software",
        "lead",
        "basic",
        "intro",
        "attachments",
        "projects",
    ],
}


def _keys_of(body: dict) -> set[str]:
    keys = {body["key"]} | set(body.get("vars", {}))
    for section in body["sections"]:
        keys.add(section["key"])
        keys |= {part["key"] for field in section["fields"] for part in _parts(field)}
    keys |= {step["key"] for step in body["workflow"]["steps"]}
    roles = {step["role"] for step in body["workflow"]["steps"]}
    levels = {"county", "city", "province"}
    return {key for key in keys if len(key) > 2} - SHARED_WORDS - roles - levels


def _parts(field: dict) -> list[dict]:
    return [field, *field.get("rows", []), *(c for c in field.get("columns", []) if "type" in c)]


def _string_constants(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


@pytest.mark.parametrize("layer", ["services", "reports", "workflow", "forms", "permissions.py", "models.py"])
def test_layers_below_the_screens_never_read_the_request(layer):
    for path in [APP / layer] if layer.endswith(".py") else sorted((APP / layer).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "flask":
                assert {alias.name for alias in node.names} <= {"current_app"}, path
            if isinstance(node, ast.ImportFrom) and node.module == "flask_login":
                pytest.fail(f"{path} reads the logged-in user")


def test_services_never_commit():
    for path in sorted((APP / "services").rglob("*.py")):
        assert not re.search(r"\.commit\(\)", path.read_text("utf-8")), path


def test_templates_carry_no_inline_handlers_and_no_script_without_nonce():
    for path in sorted((APP / "templates").rglob("*.html")):
        text = path.read_text("utf-8")
        assert not re.search(r"<[^>{]*\son[a-z]+\s*=", text), path
        for script in re.findall(r"<script\b[^>]*>", text):
            assert "nonce" in script, f"{path}: {script}"


def test_nothing_is_loaded_from_outside():
    for path in [*sorted((APP / "templates").rglob("*.html")), *sorted((APP / "static" / "css").rglob("*.css"))]:
        text = path.read_text("utf-8")
        assert not re.search(r"(src|href)=[\"']https?://|url\([\"']?https?://|@import", text), path


def test_no_view_takes_everything_but_get_for_a_change():
    """HEAD comes with every GET route: what changes something asks for POST."""
    for path in sorted((APP / "views").rglob("*.py")):
        assert not re.search(r"""^\s+if request\.method == ["']GET["']:""", path.read_text("utf-8"), re.MULTILINE), path
