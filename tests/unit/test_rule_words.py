"""Rules read out in words."""

import pytest

from app.authoring.words import describe
from app.forms.definition import parse_type
from app.forms.package import load_package, shipped_packages
from tests.unit.test_definition import small_body

SIZE, INCOME = {"var": "size"}, {"var": "income"}


@pytest.fixture(autouse=True)
def _words(app):
    """Sentences are translated when they are read."""
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (True, "总是"),
        ({"==": [SIZE, "s"]}, "“规模”为“小”"),
        ({"!=": ["l", SIZE]}, "“大”不为“规模”"),
        ({">=": [INCOME, 100]}, "“2023年收入”不小于100"),
        ({"between": [INCOME, 1, 5]}, "“2023年收入”在 1 至 5 之间"),
        ({"in": [SIZE, ["s", "l"]]}, "“规模”属于“小”、“大”"),
        ({"and": [{"==": [SIZE, "s"]}, {">": [INCOME, 1]}]}, "“规模”为“小”，且“2023年收入”大于1"),
        (
            {"or": [{"and": [{"==": [SIZE, "s"]}, {">": [INCOME, 1]}]}, {"==": [SIZE, "l"]}]},
            "（“规模”为“小”，且“2023年收入”大于1），或“规模”为“大”",
        ),
        ({"!": [{"==": [SIZE, "s"]}]}, "并非（“规模”为“小”）"),
        ({"missing": [SIZE]}, "“规模”未填写"),
        ({">": [{"count": [{"var": "list"}]}, 2]}, "“清单”的项数大于2"),
        ({"some": [{"var": "list"}, {"==": [{"var": "row.item"}, "x"]}]}, "“清单”中有‘项’为‘x’的记录"),
        ({"*": [{"+": [INCOME, 1]}, 2]}, "（“2023年收入” + 1） × 2"),
        ({"round": [{"/": [INCOME, 3]}, 2]}, "“2023年收入” ÷ 3"),
        ({"if": [{"==": [SIZE, "s"]}, 1, 2]}, "如果“规模”为“小”，取1；否则取2"),
        ({"==": [{"var": "enterprise.dishonest"}, True]}, "列入失信名单"),
        ({"!=": [{"var": "enterprise.dishonest"}, True]}, "未列入失信名单"),
        ({"var": "guide.county_review"}, "地市指南设置了区县审核"),
        ({"==": [{"var": "applicant.kind"}, "individual"]}, "申报主体为“个人”"),
    ],
)
def test_a_rule_is_read_out(rule, said):
    assert describe(rule, parse_type(small_body())) == said


@pytest.mark.parametrize("folder", shipped_packages(), ids=lambda folder: folder.name)
def test_every_rule_of_the_shipped_types_is_read_out_without_code(folder):
    definition = parse_type(load_package(folder))
    rules = [r for s in definition.sections for f in s.fields for r in (s.show, f.show, f.value) if r is not None]
    rules += [r for c in definition.checks for r in (c.rule, c.applies) if r is not None]
    rules += [r for i in definition.eligibility.indicators for r in (i.value, i.applies) if r is not None]
    for rule in rules:
        assert not set(describe(rule, definition)) & set("{}[]'_")
