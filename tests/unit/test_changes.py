"""Two versions of a type compared, in words and by weight."""

import copy

import pytest

from app.authoring.changes import Weight, compare, overall
from app.forms.definition import parse_type
from app.forms.package import load_package, shipped_packages
from tests.unit.test_definition import small_body


@pytest.fixture(autouse=True)
def _words(app):
    """Sentences are translated when they are read."""
    with app.test_request_context():
        yield


def found(change) -> list[tuple[str, str, str]]:
    body = copy.deepcopy(small_body())
    change(body)
    changes = compare(parse_type(small_body()), parse_type(body))
    return [(item.place, str(item.sentence), item.weight.name) for item in changes]


def fields(body):
    return body["sections"][0]["fields"]


def test_the_same_version_does_not_differ():
    assert compare(parse_type(small_body()), parse_type(small_body())) == ()
    assert overall(()) is Weight.COSMETIC


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda b: b.update(title="新名"), ("申报类型", "名称由“小表”改为“新名”", "COSMETIC")),
        (lambda b: b.update(money_unit="yuan"), ("申报类型", "金额单位由“万元”改为“元”", "BREAKING")),
        (lambda b: fields(b)[0].update(label="单位"), ("第一部分 · 单位", "名称由“名称”改为“单位”", "COSMETIC")),
        (lambda b: fields(b)[0].pop("required"), ("第一部分 · 名称", "必填：改为否", "COMPATIBLE")),
        (lambda b: fields(b)[0].update(max=9), ("第一部分 · 名称", "最大值或最多字数由“200”改为“9”", "COMPATIBLE")),
        (
            lambda b: fields(b)[0].update(show={"==": [{"var": "size"}, "s"]}),
            ("第一部分 · 名称", "显示条件已修改", "COMPATIBLE"),
        ),
        (
            lambda b: fields(b).append({"key": "new", "type": "int", "label": "人数", "required": True}),
            ("第一部分 · 人数", "新增必填字段", "COMPATIBLE"),
        ),
        (lambda b: fields(b).pop(2), ("第一部分 · 2023年收入", "删除字段，已填内容不再保留", "BREAKING")),
        (lambda b: b["choices"]["size"].append({"m": "中"}), ("第一部分 · 规模", "新增选项“中”", "COMPATIBLE")),
        (lambda b: b["choices"]["size"].pop(), ("第一部分 · 规模", "删除选项“大”", "BREAKING")),
        (lambda b: b["choices"]["size"].reverse(), ("第一部分 · 规模", "选项的顺序或分组已调整", "COSMETIC")),
        (
            lambda b: fields(b)[3]["columns"].append({"key": "b", "label": "乙"}),
            ("第一部分 · 表", "新增列“乙”", "COMPATIBLE"),
        ),
        (
            lambda b: fields(b)[4]["columns"][0].update(label="内容"),
            ("第一部分 · 清单 · 内容", "名称由“项”改为“内容”", "COSMETIC"),
        ),
        (lambda b: fields(b).reverse(), ("表单", "字段的顺序已调整", "COSMETIC")),
        (
            lambda b: b["workflow"]["steps"][0].update(label="终审"),
            ("审核流程", "新增“终审”", "COMPATIBLE"),
        ),
        (
            lambda b: b["workflow"]["steps"][0].update(batch=True),
            ("审核流程", "“审核”已修改", "COMPATIBLE"),
        ),
        (
            lambda b: b.update(checks=[{"id": "a", "target": "name", "rule": True, "message": "请核对"}]),
            ("校验规则", "新增", "COMPATIBLE"),
        ),
    ],
)
def test_each_change_is_told_and_weighed(change, said):
    assert said in found(change)


def test_a_field_that_moves_to_another_section_loses_its_answer():
    def move(body):
        body["sections"].append({"key": "second", "title": "第二部分", "fields": [fields(body).pop(4)]})

    assert found(move) == [
        ("第二部分", "新增步骤", "COMPATIBLE"),
        ("第二部分 · 清单", "由“第一部分”移来，已填内容不再保留", "BREAKING"),
    ]


def test_a_column_that_goes_takes_its_answers_along():
    def drop(body):
        fields(body)[4]["columns"] = [{"key": "other", "type": "text", "label": "另"}]

    assert {weight for _place, _sentence, weight in found(drop)} == {"COMPATIBLE", "BREAKING"}


def test_real_types_compare_with_themselves_and_with_each_other():
    definitions = [parse_type(load_package(folder)) for folder in shipped_packages()]
    for one in definitions:
        assert compare(one, one) == ()
        for other in definitions:
            if one is not other:
                assert overall(compare(one, other)) is Weight.BREAKING
