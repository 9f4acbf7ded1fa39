"""Hints for authors: what parses well and will still hurt."""

import copy
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.authoring.linting import lint
from app.authoring.linting.domains import possibility_of
from app.forms.definition import parse_type
from app.forms.package import load_package, shipped_packages
from app.forms.rules import evaluate
from tests.unit.test_definition import small_body

SMALL, LARGE = {"==": [{"var": "size"}, "s"]}, {"==": [{"var": "size"}, "l"]}


def body_with(**changes):
    body = copy.deepcopy(small_body())
    body["sections"][0]["fields"][2] |= {"min": 0, "max": 100}
    return body | changes


def with_field(**more):
    body = body_with()
    body["sections"][0]["fields"].append({"key": "extra", "type": "text", "label": "另填"} | more)
    return body


def hints(body) -> list[tuple[str, str]]:
    found = lint(parse_type(body))
    return [(hint.place, str(hint.sentence)) for hint in found if hint.level == "warn" and hint.place != "subject"]


@pytest.fixture(autouse=True)
def _words(app):
    """Sentences are translated when they are read."""
    with app.test_request_context():
        yield


@pytest.mark.parametrize("folder", shipped_packages(), ids=lambda folder: folder.name)
def test_the_shipped_types_need_no_hint(folder):
    assert lint(parse_type(load_package(folder))) == ()


@pytest.mark.parametrize(
    "rule",
    [
        {"and": [SMALL, LARGE]},
        {"==": [{"var": "size"}, "medium"]},
        {"in": [{"var": "size"}, ["m", "n"]]},
        {"and": [{"<": [{"var": "income"}, 10]}, {">": [{"var": "income"}, 20]}]},
        {">": [{"var": "income"}, 100]},
        {"<": [{"var": "income"}, 0]},
        {"between": [{"var": "income"}, 200, 300]},
        {">": [{"count": [{"var": "list"}]}, 3]},
        {"!": [{"in": [{"var": "size"}, ["s", "l"]]}]},
        {"or": [{"==": [{"var": "size"}, "x"]}, {"==": [{"var": "size"}, "y"]}]},
        {"and": [{"!=": [{"var": "size"}, "s"]}, SMALL]},
    ],
)
def test_a_field_that_nobody_will_see(rule):
    (hint,) = hints(with_field(show=rule))
    assert hint == ("sections[0].fields[5].show", "显示条件永远不成立，申报人看不到该字段")


@pytest.mark.parametrize(
    "rule",
    [
        SMALL,
        {"and": [SMALL, {">": [{"var": "income"}, 50]}]},
        {"in": [{"var": "size"}, ["s", "m"]]},
        {"or": [{"==": [{"var": "size"}, "x"]}, LARGE]},
        {">=": [{"count": [{"var": "list"}]}, 3]},
        {"missing": [{"var": "size"}]},
        {"==": [{"var": "enterprise.industry"}, "软件"]},
        {"some": [{"var": "list"}, {"==": [{"var": "row.item"}, "x"]}]},
    ],
)
def test_a_field_that_somebody_may_see(rule):
    assert hints(with_field(show=rule)) == []


def test_a_field_below_a_field_that_is_shown_under_the_opposite_condition():
    body = with_field(type="choice", choices="size", show=SMALL)
    body["sections"][0]["fields"].append(
        {"key": "below", "type": "text", "label": "下", "show": {"and": [{"==": [{"var": "extra"}, "s"]}, LARGE]}}
    )
    assert [place for place, _sentence in hints(body)] == ["sections[0].fields[6].show"]


def test_a_required_field_that_nobody_can_fill():
    body = with_field(required=True, readonly=True)
    assert hints(body) == [("sections[0].fields[5]", "必填而不可编辑，又没有默认值或预填来源，无法填写")]
    assert hints(body | {"prefill": {"extra": "enterprise.name"}}) == []


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({">": [{"var": "income"}, 100]}, "规则永远不成立，填写后总会提示"),
        ({">=": [{"var": "income"}, 0]}, "规则不会被违反，该校验不起作用"),
    ],
)
def test_checks_that_always_or_never_speak(rule, sentence):
    check = {"id": "c", "target": "income", "rule": rule, "message": "请核对"}
    assert hints(body_with(checks=[check])) == [("checks[0].rule", sentence)]


def test_thresholds_quotas_and_units_that_cannot_work():
    indicator = {"label": "收入", "value": {"var": "income"}, "threshold": 500, "unit": "元"}
    rows = [{"then": 1, "why": "一项"}, {"then": 2, "why": "两项", "when": SMALL}]
    found = hints(body_with(eligibility={"indicators": [indicator], "quota": {"rows": rows}}))
    assert found == [
        ("eligibility.quota.rows[1]", "前面一档没有条件，这一档永远用不到"),
        ("eligibility.indicators[0].threshold", "按字段的取值范围，该指标不可能满足"),
        ("eligibility.indicators[0].unit", "指标单位“元”与字段单位“万元”不一致"),
    ]


def test_review_chains_that_nobody_walks():
    steps = [
        {"key": "top", "label": "省审", "role": "province_officer", "when": {"and": [SMALL, LARGE]}},
        {"key": "down", "label": "县审", "role": "city_officer", "scope": "enterprise.county", "when": SMALL},
    ]
    steps = [step | {"actions": ["recommend"]} for step in steps]
    assert hints(body_with(workflow={"steps": steps})) == [
        ("workflow.steps[0].when", "条件永远不成立，该环节总被跳过"),
        ("workflow.steps[1].role", "“地市-处室-经办”不在该环节的层级办理，无人能够审核"),
        ("workflow.steps[1].scope", "审核从上级又回到下级"),
        ("workflow.steps", "所有环节都带条件，可能没有环节审核"),
    ]


# ---------------------------------------------------------------- the judge never calls impossible what can happen

FIGURES = st.integers(-3, 105)
LEAVES = st.one_of(
    st.tuples(st.sampled_from(["==", "!="]), st.sampled_from(["s", "l", "m"])).map(
        lambda pair: {pair[0]: [{"var": "size"}, pair[1]]}
    ),
    st.tuples(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), FIGURES, st.booleans()).map(
        lambda parts: {parts[0]: [{"var": "income"}, parts[1]] if parts[2] else [parts[1], {"var": "income"}]}
    ),
    st.tuples(FIGURES, FIGURES).map(lambda ends: {"between": [{"var": "income"}, *ends]}),
    st.lists(st.sampled_from(["s", "l", "m"]), min_size=1, max_size=3).map(
        lambda keys: {"in": [{"var": "size"}, keys]}
    ),
    st.tuples(st.sampled_from([">", ">=", "=="]), st.integers(0, 4)).map(
        lambda pair: {pair[0]: [{"count": [{"var": "list"}]}, pair[1]]}
    ),
    st.just({"missing": [{"var": "size"}]}),
    st.booleans(),
)
RULES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"and": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"or": parts}),
        inner.map(lambda part: {"!": [part]}),
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: {"if": parts}),
    ),
    max_leaves=8,
)
ANSWERS = st.fixed_dictionaries(
    {
        "size": st.sampled_from([None, "s", "l"]),
        "income": st.one_of(st.none(), st.integers(0, 100).map(Decimal)),
        "list": st.lists(st.just({"item": "x"}), max_size=3),
    }
)
JUDGE = possibility_of(parse_type(body_with()))


@settings(max_examples=400, deadline=None)
@given(RULES, ANSWERS)
def test_no_result_is_called_impossible_that_an_answer_brings_about(rule, answers):
    assert evaluate(rule, answers) in JUDGE.results(rule)
