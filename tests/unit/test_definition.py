"""A definition is parsed once; whatever is wrong with it is said at its place."""

import copy
from pathlib import Path

import pytest

from app.forms.definition import (
    DefinitionError,
    body_sha,
    canonical_json,
    definition_for,
    load_yaml,
    parse_type,
)
from app.forms.package import export_package, load_package, shipped_packages

INVENTED = Path(__file__).parent.parent / "types" / "green_factory"
EVERY_PACKAGE = [*shipped_packages(), INVENTED]


def small_body() -> dict:
    return {
        "schema": "declare/call/1",
        "key": "small",
        "title": "小表",
        "year": 2024,
        "subject": "{name}",
        "vars": {"y": 2023},
        "choices": {"size": [{"s": "小"}, {"l": "大"}]},
        "sections": [
            {
                "key": "first",
                "title": "第一部分",
                "fields": [
                    {"key": "name", "type": "text", "label": "名称", "required": True},
                    {"key": "size", "type": "choice", "label": "规模", "choices": "size"},
                    {"key": "income", "type": "money", "label": "{y}年收入"},
                    {
                        "key": "table",
                        "type": "matrix",
                        "label": "表",
                        "columns": [{"key": "a", "label": "甲"}],
                        "rows": [{"key": "x", "type": "int", "label": "数"}],
                    },
                    {
                        "key": "list",
                        "type": "repeat",
                        "label": "清单",
                        "max_rows": 3,
                        "columns": [{"key": "item", "type": "text", "label": "项"}],
                    },
                ],
            }
        ],
        "workflow": {"steps": [{"key": "only", "label": "审核", "role": "province_officer", "actions": ["recommend"]}]},
    }


def problems_of(body: dict) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        parse_type(body)
    return caught.value.problems


def field_of(body: dict, number: int) -> dict:
    return body["sections"][0]["fields"][number]


def test_a_small_type_is_parsed():
    definition = parse_type(small_body())
    assert [field.key for field in definition.fields] == ["name", "size", "income", "table", "list"]
    assert definition.field("income").label == "2023年收入"
    assert definition.field("income").unit == "万元"
    assert definition.section_of("table.a.x").key == "first"


@pytest.mark.parametrize(
    ("path", "label"),
    [("name", "名称"), ("table.a.x", "数（甲）"), ("list.item", "清单 项"), ("list.1.item", "清单 第2条 项")],
)
def test_every_path_has_a_field_and_a_label(path, label):
    definition = parse_type(small_body())
    assert definition.field(path) is not None
    assert definition.label(path) == label


@pytest.mark.parametrize("path", ["nothing", "table.x", "table.a", "table.b.x", "list.0.none", "name.more"])
def test_a_path_that_does_not_exist_has_no_field(path):
    assert parse_type(small_body()).field(path) is None


@pytest.mark.parametrize("folder", EVERY_PACKAGE, ids=lambda folder: folder.name)
def test_every_shipped_type_is_well_formed(folder):
    definition = parse_type(load_package(folder))
    assert definition.sections
    assert len(definition.order) == len(definition.fields)


@pytest.mark.parametrize("folder", EVERY_PACKAGE, ids=lambda folder: folder.name)
def test_loading_what_was_exported_gives_the_same_body(folder, tmp_path):
    body = load_package(folder)
    target = tmp_path / folder.name
    for name, text in export_package(body).items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    assert canonical_json(load_package(target)) == canonical_json(body)


def test_the_hash_does_not_depend_on_the_order_of_keys():
    body = small_body()
    assert body_sha(body) == body_sha(dict(reversed(body.items())))


def test_a_version_is_parsed_once_per_process():
    body = small_body()
    sha = body_sha(body)
    assert definition_for(sha, body) is definition_for(sha, body)


def test_definitions_with_the_same_hash_are_equal():
    one, other = parse_type(small_body()), parse_type(small_body())
    assert one == other
    assert hash(one) == hash(other)


# ---------------------------------------------------------------- located problems


def set_in(body: dict, place: str, value) -> None:
    *keys, last = [int(part) if part.isdigit() else part for part in place.split("/")]
    target = body
    for key in keys:
        target = target[key]
    target[last] = value


FIELDS = "sections/0/fields"


@pytest.mark.parametrize(
    ("place", "value", "problem"),
    [
        (f"{FIELDS}/0/requierd", True, "type.yaml sections[0].fields[0]: unknown key 'requierd'"),
        (f"{FIELDS}/1/key", "name", "type.yaml sections[0].fields[1]: duplicate key 'name'"),
        (f"{FIELDS}/0/key", "Name", "type.yaml sections[0].fields[0].key: 'Name' is not a key"),
        (f"{FIELDS}/0/key", "enterprise", "type.yaml sections[0].fields[0]: 'enterprise' is reserved"),
        (f"{FIELDS}/0/type", "colour", "type.yaml sections[0].fields[0].type: 'colour' is not one of"),
        (f"{FIELDS}/0/label", "<b>名称", "type.yaml sections[0].fields[0].label: markup is not allowed"),
        (f"{FIELDS}/0/label", "{z}年", "type.yaml sections[0].fields[0].label: unknown placeholder {z}"),
        (f"{FIELDS}/0/span", 13, "type.yaml sections[0].fields[0]: span must be 3 to 12"),
        (f"{FIELDS}/0/span", 2, "type.yaml sections[0].fields[0]: span must be 3 to 12"),
        (f"{FIELDS}/0/pattern", "[0-9]+", "type.yaml sections[0].fields[0]: pattern must begin with ^ and end with $"),
        (f"{FIELDS}/0/pattern", "^(a+)+$", "type.yaml sections[0].fields[0]: pattern repeats a repetition"),
        (f"{FIELDS}/0/max", "ten", "type.yaml sections[0].fields[0].max: a whole number is expected, not 'ten'"),
        (f"{FIELDS}/1/choices", "none", "type.yaml sections[0].fields[1]: choices 'none' is not defined"),
        (f"{FIELDS}/1/default", "m", "type.yaml sections[0].fields[1]: default 'm' is refused by its own field"),
        (f"{FIELDS}/2/min", "much", "type.yaml sections[0].fields[2].min: a number is expected, not 'much'"),
        (f"{FIELDS}/2/decimals", 5, "type.yaml sections[0].fields[2]: decimals must be 0 to 4"),
        (f"{FIELDS}/3/span", 6, "type.yaml sections[0].fields[3]: a matrix takes the whole grid"),
        (f"{FIELDS}/3/rows/0/type", "file", "type.yaml sections[0].fields[3].rows[0]: a file cannot stand inside"),
        (f"{FIELDS}/3/rows/0/show", True, "type.yaml sections[0].fields[3].rows[0]: unknown key 'show'"),
        (f"{FIELDS}/4/max_rows", 0, "type.yaml sections[0].fields[4]: max_rows must be 1 to 1000"),
        (f"{FIELDS}/4/columns/0/key", "row_id", "type.yaml sections[0].fields[4].columns[0]: 'row_id' is reserved"),
        (f"{FIELDS}/1/beside", "income", "type.yaml sections[0].fields[1]: beside 'income' must name an earlier field"),
        (f"{FIELDS}/0", "text", "type.yaml sections[0].fields[0]: a mapping is expected, not 'text'"),
        ("choices/size", {"s": "小"}, "type.yaml choices.size: a list of {key: label} is expected"),
        ("choices/size/1", {"s": "大"}, "type.yaml choices.size: duplicate key 's'"),
        ("choices/size", {"@codelist": "none"}, "type.yaml choices.size: code list 'none' has no choices"),
        ("schema", "declare/call/9", "type.yaml schema: 'declare/call/9' is not one of"),
        ("year", "2024", "type.yaml year: a whole number is expected, not '2024'"),
        ("surprise", 1, "type.yaml: unknown key 'surprise'"),
        ("prefill", {"none": "enterprise.name"}, "type.yaml prefill.none: 'none' is not a field"),
        ("prefill", {"name": "enterprise.titles"}, "type.yaml prefill.name: 'enterprise.titles' is not known"),
        ("prefill", {"name": "enterprise.colour"}, "type.yaml prefill.name: 'enterprise.colour' is not known"),
        ("window", {"open": "2024-01-02T00:00", "close": "2024-01-03T00:00+08:00"}, "type.yaml window.open:"),
        (
            "window",
            {"open": "2024-01-03T00:00+08:00", "close": "2024-01-02T00:00+08:00"},
            "type.yaml window: close must come after open",
        ),
        ("workflow/steps/0/role", None, "type.yaml workflow.steps[0]: missing key 'role'"),
        ("applicants", {"kinds": []}, "type.yaml applicants.kinds: at least one entry is expected"),
        ("applicants", {"kinds": ["unit", "team"]}, "type.yaml applicants.kinds[1]: 'team' is not one of"),
        ("applicants", {"sorts": ["unit"]}, "type.yaml applicants: unknown key 'sorts'"),
        ("applicants", {"declarers": "anybody"}, "type.yaml applicants.declarers: 'anybody' is not one of"),
        ("workflow/steps", [], "type.yaml workflow.steps: at least one entry is expected"),
        ("workflow/steps/0/when", {"var": "guide.colour"}, "type.yaml workflow.steps[0].when"),
    ],
)
def test_a_problem_is_named_at_its_place(place, value, problem):
    body = copy.deepcopy(small_body())
    set_in(body, place, value)
    if value is None:
        step = body["workflow"]["steps"][0]
        del step[place.rpartition("/")[2]]
    assert any(found.startswith(problem) for found in problems_of(body)), problems_of(body)


@pytest.mark.parametrize("key", ["key", "title", "year", "subject", "schema", "sections", "workflow"])
def test_a_missing_key_is_named(key):
    body = small_body()
    del body[key]
    assert any(f"missing key '{'steps' if key == 'workflow' else key}'" in problem for problem in problems_of(body))


def test_every_problem_is_told_at_once():
    body = small_body()
    field_of(body, 0)["requierd"] = True
    field_of(body, 1)["choices"] = "none"
    body["surprise"] = 1
    assert len(problems_of(body)) == 3


@pytest.mark.parametrize(
    ("part", "entry", "place"),
    [
        (
            "checks",
            {"id": "c", "target": "name", "rule": {"==": [{"var": "revenu"}, 1]}, "message": "错"},
            "checks[0].rule",
        ),
        (
            "checks",
            {"id": "c", "target": "name", "rule": {"some": [{"var": "list"}, {"var": "row.none"}]}, "message": "错"},
            "checks[0].rule",
        ),
        ("checks", {"id": "c", "target": "name", "rule": {"eval": [1]}, "message": "错"}, "checks[0].rule"),
        (
            "checks",
            {"id": "c", "target": "none", "rule": True, "message": "错"},
            "checks[0]: target 'none' is not a field",
        ),
    ],
)
def test_a_rule_with_an_unknown_name_is_refused_at_its_place(part, entry, place):
    body = small_body()
    body[part] = [entry]
    assert any(problem.startswith(f"type.yaml {place}") for problem in problems_of(body)), problems_of(body)


def test_show_rules_that_go_round_in_a_circle_are_refused():
    body = small_body()
    field_of(body, 0)["show"] = {"==": [{"var": "size"}, "s"]}
    field_of(body, 1)["show"] = {"missing": [{"var": "name"}]}
    assert any("go round in a circle" in problem and "name" in problem for problem in problems_of(body))


def test_a_computed_value_that_reads_itself_is_refused():
    body = small_body()
    fields = body["sections"][0]["fields"]
    fields.append({"key": "sum", "type": "computed", "label": "和", "value": {"+": [{"var": "sum"}, 1]}})
    assert any("go round in a circle: sum" in problem for problem in problems_of(body))


def test_a_sheet_may_only_name_projected_answers():
    body = small_body()
    sheet = {"title": "表", "columns": [{"label": "名称", "from": "name"}]}
    body["documents"] = [{"key": "s", "label": "汇总表", "kind": "sheet", "sheet": sheet}]
    assert any("'name' is not projected" in problem for problem in problems_of(body))
    body["project"] = {"text_1": {"label": "名称", "from": "name"}}
    assert parse_type(body).document("s").sheet.columns[0].column == "text_1"


@pytest.mark.parametrize(
    ("column", "path", "problem"),
    [
        ("figure_1", "name", "is not a figure"),
        ("date_1", "income", "is not a date"),
        ("figure_13", "income", "a projected column is"),
        ("text_1", "list.item", "names a list of values"),
        ("text_1", "table", "is a matrix"),
        ("text_1", "none", "is not a field"),
    ],
)
def test_a_projection_that_does_not_fit_is_refused(column, path, problem):
    body = small_body()
    body["project"] = {column: {"label": "列", "from": path}}
    assert any(problem in found for found in problems_of(body)), problems_of(body)


def test_a_letter_says_what_may_be_uploaded_and_which_step_gives_it():
    body = small_body()
    body["documents"] = [{"key": "l", "label": "推荐函", "kind": "letter", "step": "none"}]
    problems = problems_of(body)
    assert any("a letter needs ext" in problem for problem in problems)
    assert any("step 'none' is not a step of the workflow" in problem for problem in problems)


# ---------------------------------------------------------------- YAML


def test_yaml_keys_are_text_and_dates_stay_text():
    assert load_yaml("on: 2024-01-02\nyes: no\n1: true\nnothing:\nfigure: 1.50") == {
        "on": "2024-01-02",
        "yes": "no",
        "1": True,
        "nothing": None,
        "figure": 1.5,
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\na: 2", "line 2: duplicate key 'a'"),
        ("a: &x [1]\nb: *x", "line 2: aliases"),
        ("- 1", "a mapping is expected"),
        ("a: [1", "line"),
        ("a: !!python/object:os.system {}", "line 1"),
        ("[1]: 2", "line 1: a key must be text"),
    ],
)
def test_yaml_that_is_more_than_json_is_refused_with_its_line(text, problem):
    with pytest.raises(DefinitionError, match=problem.replace("(", r"\(")):
        load_yaml(text)


def test_a_type_says_who_declares():
    assert parse_type(small_body()).applicants.declarers == "authorised"
    said = parse_type(small_body() | {"applicants": {"declarers": "administrator"}}).applicants
    assert (said.kinds, said.declarers) == (("unit",), "administrator")
