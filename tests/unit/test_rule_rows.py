"""Rules as rows of field, comparison and value: what comes back letter by letter, and what is left alone."""

import json
import subprocess
from pathlib import Path

import pytest

from app.authoring.rule_fields import rule_fields, targets
from app.forms.package import load_package

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TYPES = sorted(
    path.parent for path in [*ROOT.glob("app/declaration_types/*/type.yaml"), *HERE.parent.glob("types/*/type.yaml")]
)
CONDITIONS = ("rule", "applies", "when", "show", "indicators_apply")


def rules_of(part, kind=""):
    """Yield (kind, rule) of every rule in a part of a body."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name in CONDITIONS:
                yield "condition", value
            elif name == "value" and "threshold" in part:
                yield "value", value
            else:
                yield from rules_of(value)
    elif isinstance(part, list):
        for item in part:
            yield from rules_of(item)


def ask(questions):
    sent = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run(
        ["node", str(HERE / "run_rule_rows.mjs")],
        input=sent,
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("folder", TYPES, ids=lambda folder: folder.name)
def test_the_rules_of_shipped_types_come_back_letter_by_letter_or_are_left_alone(folder):
    body = load_package(folder)
    fields = rule_fields(body, records=True)
    rules = [pair for part in ("checks", "eligibility", "workflow") for pair in rules_of(body.get(part))]
    answers = ask({"rule": rule, "fields": fields, "kind": kind} for kind, rule in rules)
    for (_kind, rule), answer in zip(rules, answers, strict=True):
        assert answer["rows"] is None or answer["rule"] == rule
    left = [rule for (_kind, rule), answer in zip(rules, answers, strict=True) if answer["rows"] is None]
    assert all(needs_more_than_rows(rule) for rule in left), left


def needs_more_than_rows(rule):
    return any(sign in json.dumps(rule) for sign in ('"if"', '"+"', '"/"', '"*"', '"round"', '"max"', '"min"'))


AB = [{"key": "a", "label": "甲"}, {"key": "b", "label": "乙"}]
KIND = [{"path": "row.kind", "label": "类", "type": "text"}]
FIELDS = [
    {"path": "staff", "label": "职工", "type": "int"},
    {"path": "rd", "label": "研发", "type": "int"},
    {"path": "route", "label": "方式", "type": "choice", "choices": AB},
    {"path": "marks", "label": "资质", "type": "choices", "choices": [{"key": "a", "label": "甲"}]},
    {"path": "opened", "label": "投产", "type": "date"},
    {"path": "open", "label": "开放", "type": "bool"},
    {"path": "items", "label": "清单", "type": "list", "columns": KIND},
    {"path": "items.sales", "label": "清单：销售合计", "type": "sum"},
    {"path": "lists.known", "label": "名单", "type": "names"},
    {"path": "name", "label": "名称", "type": "text"},
]  # fmt: skip
STAFF = {">=": [{"var": "staff"}, 20]}
ROUTE = {"==": [{"var": "route"}, "a"]}


@pytest.mark.parametrize(
    "rule",
    [
        None,
        STAFF,
        {"and": [STAFF, ROUTE]},
        {"or": [STAFF, {"and": [ROUTE, {"<": [{"var": "rd"}, {"var": "staff"}]}]}]},
        {"between": [{"var": "opened"}, "2020-01-01", "2024-12-31"]},
        {"in": [{"var": "route"}, ["a", "b"]]},
        {"!": [{"in": [{"var": "route"}, ["b"]]}]},
        {"in": ["a", {"var": "marks"}]},
        {"!": [{"missing": [{"var": "opened"}]}]},
        {"missing": [{"var": "items"}]},
        {"var": "open"},
        {"!=": [{"var": "open"}, True]},
        {"<=": [{"sum": [{"var": "items.sales"}]}, {"var": "staff"}]},
        {">=": [{"count": [{"var": "items"}]}, 5]},
        {">=": [{"count": [{"var": "items"}, {"==": [{"var": "row.kind"}, "x"]}]}, 5]},
        {"!": [{"some": [{"var": "items"}, {"in": [{"var": "row.kind"}, ["x", "y"]]}]}]},
        {"in": [{"var": "name"}, {"var": "lists.known"}]},
    ],
)
def test_rows_say_what_the_rule_says(rule):
    (answer,) = ask([{"rule": rule, "fields": FIELDS}])
    assert answer["rows"] is not None
    assert answer["rule"] == rule


@pytest.mark.parametrize(
    "rule",
    [
        {"and": [STAFF]},
        {">=": ["20", {"var": "staff"}]},
        {">=": [{"var": "staff"}, "20"]},
        {">=": [{"var": "gone"}, 20]},
        {">=": [{"+": [{"var": "staff"}, {"var": "rd"}]}, 20]},
        {"or": [STAFF, {"and": [ROUTE, {"or": [STAFF, ROUTE]}]}]},
        {"if": [STAFF, True, False]},
        {"count": {"var": "items"}},
        {"==": [{"count": {"var": "items"}}, 1]},
        True,
        "text",
        [],
    ],
)
def test_what_rows_cannot_say_is_left_alone(rule):
    assert ask([{"rule": rule, "fields": FIELDS}]) == [{"rows": None}]


def test_an_unfinished_row_says_nothing():
    unfinished = [
        {"path": "", "op": ""},
        {"path": "staff", "op": ">="},
        {"path": "staff", "op": ">=", "other": ""},
        {"path": "route", "op": "in", "value": []},
        {"path": "opened", "op": "between", "value": ["2020-01-01", None]},
        {"path": "items", "op": "some", "where": {"join": "and", "items": []}},
    ]
    assert ask({"row": row, "fields": FIELDS} for row in unfinished) == [{"rule": None}] * len(unfinished)


def test_a_malformed_body_gives_what_can_be_read():
    body = {
        "sections": [{"title": "甲", "fields": [{"key": "a", "type": "choice", "choices": "none"}, 3]}, "x"],
        "lists": 1,
    }
    assert next(field["path"] for field in rule_fields(body)) == "a"
    assert [target["path"] for target in targets(body)] == ["a"]
