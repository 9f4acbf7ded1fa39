"""Whatever stands in a definition, the parser tells of it: it never fails in another way."""

import copy
import random
from pathlib import Path

import pytest

from app import roles
from app.authoring.linting import lint
from app.forms.definition import DefinitionError, parse_type
from app.forms.package import load_package, shipped_packages
from app.workflow.definition import WorkflowError, parse_workflow

BODIES = [load_package(folder) for folder in shipped_packages(Path(__file__).parent.parent / "types")]
JUNK = [
    None, True, 0, -1, 1.5, "", "x", "<b>", [], [1], ["a"], [[]], {}, {"a": 1}, [{}], [None], {"var": []},
    {"@codelist": {}}, [{"key": {}}], [{"id": []}], {"rows": [{}]}, {"steps": [{}]}, [{"group": {}, "choices": [{}]}],
    {"==": [{"var": []}, 1]}, {"and": {}},
]  # fmt: skip


def places(value, path=()):
    """Yield the path of everything inside a body."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value[:6]):
            yield from places(item, (*path, number))


def spoilt(chance: random.Random) -> dict:
    """Return a body in which one thing was replaced by junk."""
    body = copy.deepcopy(chance.choice(BODIES))
    *above, last = chance.choice(list(places(body))[1:])
    target = body
    for step in above:
        target = target[step]
    target[last] = copy.deepcopy(chance.choice(JUNK))
    return body


@pytest.mark.parametrize("seed", range(8))
def test_junk_is_told_of_and_never_fails_otherwise(app, seed):
    chance = random.Random(seed)
    told = 0
    for _time in range(150):
        try:
            definition = parse_type(spoilt(chance))
            parse_workflow(definition.workflow, roles=roles.ALL_ROLES)
            lint(definition)
        except (DefinitionError, WorkflowError) as error:
            told += len(error.problems)
    assert told
