"""The workflow of a type: texts too long for their columns are named when a type is checked, not at a submit."""

import pytest

from app.workflow.definition import WorkflowError, parse_workflow

ROLES = frozenset({"county_officer"})


def workflow(**step) -> dict:
    base = {"key": "first", "label": "区县审核", "role": "county_officer", "actions": ["recommend"]}
    return {"steps": [base | step]}


@pytest.mark.parametrize(
    ("step", "place"),
    [
        ({"key": "k" * 41}, "steps[0].key"),
        ({"label": "审" * 61, "public_label": "审核中"}, "steps[0].label"),
        ({"label": "审" * 41}, "steps[0].public_label"),
        ({"public_label": "审" * 41}, "steps[0].public_label"),
        ({"actions": [{"do": "recommend", "label": "推" * 41}]}, "steps[0].actions"),
    ],
)
def test_texts_that_no_column_holds_are_named_with_their_place(step, place):
    with pytest.raises(WorkflowError) as refusal:
        parse_workflow(workflow(**step), roles=ROLES)
    assert any(place in problem and "longer than" in problem for problem in refusal.value.problems)


def test_void_is_read_with_the_types_own_label_and_always_needs_a_reason():
    step = parse_workflow(workflow(actions=["recommend", {"do": "void", "label": "视为无效"}]), roles=ROLES).steps[0]
    assert (step.action("void").label, step.action("void").opinion_required) == ("视为无效", True)
    with pytest.raises(WorkflowError, match="void always needs a reason"):
        parse_workflow(workflow(actions=["recommend", {"do": "void", "opinion": "optional"}]), roles=ROLES)


def test_texts_that_just_fit_are_taken():
    step = {"key": "k" * 40, "label": "审" * 60, "public_label": "审" * 40}
    assert parse_workflow(workflow(**step), roles=ROLES).steps[0].label == "审" * 60


UNIT = {
    "key": "unit",
    "label": "单位审核",
    "role": "enterprise_administrator",
    "scope": "unit",
    "actions": ["recommend"],
}
COUNTY = {"key": "county", "label": "区县审核", "role": "county_officer", "scope": "enterprise.county"}
COUNTY["actions"] = ["recommend", "return"]
BOTH = ROLES | {"enterprise_administrator"}


def test_a_step_of_the_unit_comes_first_and_calls_its_actions_so():
    unit, county = parse_workflow({"steps": [UNIT | {"actions": ["recommend", "return"]}, COUNTY]}, roles=BOTH).steps
    assert (unit.level, [a.label for a in unit.actions]) == ("unit", ["通过并提交", "退回"])
    assert [a.label for a in county.actions] == ["推荐", "回退"]


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ([COUNTY, UNIT], r"steps\[1\]: a step of the unit must come before"),
        ([UNIT | {"role": "county_officer"}, COUNTY], r"steps\[0\]: scope unit and role enterprise_administrator"),
        ([COUNTY | {"role": "enterprise_administrator"}], r"steps\[0\]: scope unit and role"),
        ([UNIT | {"office": "responsible"}, COUNTY], r"steps\[0\]: a step of the unit has no office"),
        ([UNIT | {"rank": True}, COUNTY], r"steps\[0\]: a step of the unit has no rank"),
        ([UNIT], r"steps: a step of a bureau is needed"),
    ],
)
def test_a_unit_step_at_the_wrong_place_is_named(steps, problem):
    with pytest.raises(WorkflowError, match=problem):
        parse_workflow({"steps": steps}, roles=BOTH)
