"""The published schema of the format, and the schema of answers derived from each version."""

import copy
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from app.authoring.schemas import answers_schema, format_schema
from app.authoring.schemas.format import STEP_WORDS
from app.forms.definition import DefinitionError, parse_type
from app.forms.package import TYPES, load_package, shipped_packages
from app.forms.samples import load_samples
from app.workflow.definition import STEP_KEYS
from tests.unit.test_answers import filled
from tests.unit.test_definition import small_body

FORMAT = Draft202012Validator(format_schema())
OWN = Path(__file__).parent.parent / "types"
PACKAGES = [*shipped_packages(), *shipped_packages(OWN)]


def refused(body) -> list[str]:
    return [error.json_path for error in FORMAT.iter_errors(body)]


def test_the_schemas_are_schemas():
    Draft202012Validator.check_schema(format_schema())
    Draft202012Validator.check_schema(answers_schema(parse_type(small_body())))


def test_the_published_file_is_the_schema_of_the_code():
    """`flask types schema > app/declaration_types/schema.json` brings it up to date."""
    assert json.loads((TYPES / "schema.json").read_text("utf-8")) == format_schema()


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda folder: folder.name)
def test_every_type_keeps_to_the_format(folder):
    assert refused(load_package(folder)) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("year",), "2024"),
        (("titel",), "x"),
        (("sections", 0, "fields", 0, "requierd"), True),
        (("sections", 0, "fields", 0, "type"), "colour"),
        (("sections", 0, "fields", 0, "label"), "<b>x</b>"),
        (("sections", 0, "fields", 0, "key"), "Not a key"),
        (("workflow", "steps", 0, "actions"), ["dance"]),
        (("workflow", "steps", 0, "sope"), "province"),
        (("checks",), [{"id": "a", "target": "b", "message": "c", "rule": {"eval": ["x"]}}]),
        (("checks",), [{"id": "a", "target": "b", "message": "c", "rule": {"<": [1]}}]),
        (("project",), {"figure_13": {"label": "a", "from": "b"}}),
    ],
)
def test_what_the_schema_refuses_the_parser_refuses_too(place, value):
    body = copy.deepcopy(small_body())
    assert refused(body) == []
    target = body
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    assert refused(body)
    if place[0] != "workflow":
        with pytest.raises(DefinitionError):
            parse_type(body)


def test_the_schema_knows_every_key_of_a_step():
    assert set(STEP_WORDS) == set(STEP_KEYS)


@pytest.mark.parametrize("folder", shipped_packages(), ids=lambda folder: folder.name)
def test_the_answers_of_every_sample_keep_to_the_schema_of_their_version(folder):
    definition = parse_type(load_package(folder))
    judge = Draft202012Validator(answers_schema(definition))
    for number in range(len(load_samples(folder))):
        answers, _files = filled(definition, folder, number)
        assert [error.message for error in judge.iter_errors(_without_empty(answers))] == []
        wrong = copy.deepcopy(answers) | {"nowhere": {}}
        assert not judge.is_valid(wrong)


def _without_empty(answers):
    return {key: {k: v for k, v in section.items() if v is not None} for key, section in answers.items()}
