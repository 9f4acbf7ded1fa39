"""The rule language: one set of vectors and one set of made-up rules, in Python and in the browser's twin."""

import json
import subprocess
import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.forms.kinds.figures import too_large
from app.forms.rules import (
    Outcome,
    RuleError,
    check_rule,
    evaluate,
    first_hit,
    judge_indicator,
    overall_outcome,
    parse_figure,
    paths,
)

HERE = Path(__file__).parent
VECTORS = json.loads((HERE / "rule_vectors.json").read_text("utf-8"))


# ----------------------------------------------------------------------------------------------------------- both sides


def revive(value):
    """Turn `{"figure": "0.1"}` inside a context into the exact figure."""
    if isinstance(value, dict):
        tagged = set(value) == {"figure"}
        return parse_figure(value["figure"]) if tagged else {key: revive(item) for key, item in value.items()}
    return [revive(item) for item in value] if isinstance(value, list) else value


def shown(value):
    if isinstance(value, Decimal):
        return {"figure": f"{value:f}"}
    if isinstance(value, list):
        return [shown(item) for item in value]
    return value


def in_python(rule, context):
    try:
        return {"value": shown(evaluate(rule, revive(context)))}
    except RuleError:
        return {"refused": True}


class Browser:
    """One node process that answers line by line."""

    def __init__(self):
        self.node = subprocess.Popen(
            ["node", str(HERE / "run_rules.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def ask(self, **question):
        self.node.stdin.write(json.dumps(question) + "\n")
        self.node.stdin.flush()
        line = self.node.stdout.readline()
        assert line, "node ended: see its error output"
        return json.loads(line)

    def close(self):
        self.node.stdin.close()
        self.node.stdout.close()
        self.node.wait(timeout=10)


@pytest.fixture(scope="module")
def browser():
    running = Browser()
    yield running
    running.close()


def expected(vector):
    return {"refused": True} if vector.get("refused") else {"value": vector["is"]}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_python_passes_the_vectors(vector):
    # As JSON, because in Python true equals 1.
    assert json.dumps(in_python(vector["rule"], vector["context"])) == json.dumps(expected(vector))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_browser_passes_the_vectors(vector, browser):
    answer = browser.ask(rule=vector["rule"], context=vector["context"])
    assert json.dumps(answer) == json.dumps(expected(vector))


@pytest.mark.parametrize(
    ("text", "kept"),
    [("999999999999.99", True), ("-999999999999.99", True), ("1000000000000", False), ("-1000000000000", False)],
)
def test_both_sides_keep_computed_figures_of_at_most_twelve_digits(browser, text, kept):
    assert browser.ask(kept=text) == {"value": kept}
    assert too_large(Decimal(text)) is not kept


def test_vector_names_are_unique():
    names = [vector["name"] for vector in VECTORS]
    assert len(names) == len(set(names)) >= 60


# ------------------------------------------------------------------------------------------------------ made-up rules

TEXTS = st.sampled_from(["", "a", "yes", "1", "中 文", "\u3000𠮷\ufeff", "2024-01", "2024-01-31", "2024-13"])
NUMBERS = st.one_of(
    st.integers(-3, 3),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.1, 0.2, 1e21, 1e-7, 1e29, 5e-19, -2.5]),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
FIGURES = st.builds(
    lambda digits, places: {"figure": f"{Decimal(digits).scaleb(-places):f}"},
    st.integers(-(10**26), 10**26),
    st.integers(0, 22),
)
ANSWERS = st.one_of(SCALARS, FIGURES)
ROWS = st.lists(st.one_of(st.dictionaries(st.sampled_from("ab"), ANSWERS, max_size=2), ANSWERS), max_size=4)
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "x": st.one_of(ANSWERS, st.lists(ANSWERS, max_size=3)),
        "y": ANSWERS,
        "z": ANSWERS,
        "p": ROWS,
        "m": st.fixed_dictionaries({}, optional={"a": ANSWERS, "b": ANSWERS}),
    },
)
PATHS = ["x", "y", "z", "p", "m.a", "m", "p.a", "p.b", "row", "row.a", "row.b", "no", "x.a.b"]
VARS = st.sampled_from(PATHS).map(lambda path: {"var": path})
DEFAULTS = st.builds(lambda path, otherwise: {"var": [path, otherwise]}, st.sampled_from("xy"), SCALARS)
COUNTS = {
    **dict.fromkeys(("and", "or", "+", "*", "min", "max", "missing"), (1, 3)),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in", "/", "all", "some"), (2, 2)),
    **dict.fromkeys(("-", "round", "count"), (1, 2)),
    **dict.fromkeys(("!", "len", "sum"), (1, 1)),
    "between": (3, 3),
    "if": (2, 5),
}


def operations(operands, names):
    def build(name):
        least, most = COUNTS[name]
        return st.lists(operands, min_size=least, max_size=most).map(lambda chosen: {name: chosen})

    return st.sampled_from(sorted(names)).flatmap(build)


def rules_of(names, *others):
    return st.recursive(
        st.one_of(VARS, VARS, SCALARS, *others),
        lambda inner: st.one_of(operations(inner, names), operations(inner, names), st.lists(inner, max_size=3)),
        max_leaves=12,
    )


RELAXED = settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck), database=None)


@RELAXED
@given(rule=rules_of(COUNTS, DEFAULTS), context=CONTEXTS)
def test_both_sides_agree_on_any_rule(rule, context, browser):
    answer = browser.ask(rule=rule, context=context)
    assert json.dumps(answer) == json.dumps(in_python(rule, context))


@RELAXED
@given(
    text=st.one_of(
        st.text("0123456789.-+e_ ١", max_size=12), st.from_regex(r"-?[0-9]{1,40}(\.[0-9]{1,25})?", fullmatch=True)
    )
)
def test_both_sides_read_the_same_figures(text, browser):
    assert browser.ask(text=text)["value"] == shown(parse_figure(text))


# These look at what is there, so one more answer may well change their result.
AGGREGATES = ("if", "missing", "sum", "min", "max", "count", "len")


@RELAXED
@given(
    rule=operations(rules_of(set(COUNTS) - set(AGGREGATES)), set(COUNTS) - set(AGGREGATES)),
    value=st.one_of(st.booleans(), st.integers(-3, 3), st.sampled_from(["a", "2024-01"])),
    context=CONTEXTS,
    key=st.sampled_from("xyz"),
)
def test_an_answer_never_turns_a_known_verdict_around(rule, value, context, key):
    before = in_python(rule, {name: answer for name, answer in context.items() if name != key})["value"]
    after = in_python(rule, context | {key: value})["value"]
    assert not isinstance(before, bool) or after is before


def nested(levels):
    rule = True
    for _level in range(levels):
        rule = {"!": [rule]}
    return rule


@pytest.mark.parametrize(
    ("rule", "context", "refused"),
    [
        (nested(24), {}, False),
        (nested(25), {}, True),
        ({"count": [{"var": "p"}, {"==": [{"var": "row.a"}, 1]}]}, {"p": [{}] * 6600}, False),
        ({"count": [{"var": "p"}, {"==": [{"var": "row.a"}, 1]}]}, {"p": [{}] * 6700}, True),
        ({"+": [{"len": [{"var": "p"}]}] * 39}, {"p": [1] * 50_000}, False),
        ({"+": [{"len": [{"var": "p"}]}] * 40}, {"p": [1] * 50_000}, True),
        ({"+": [{"len": [{"var": "p.a"}]}] * 19}, {"p": [{}] * 50_000}, False),
        ({"+": [{"len": [{"var": "p.a"}]}] * 20}, {"p": [{}] * 50_000}, True),
    ],
    ids=["24 levels", "25 levels", "6600 rows", "6700 rows", "39 lists", "40 lists", "19 columns", "20 columns"],
)
def test_both_sides_stop_at_the_same_bound(rule, context, refused, browser):
    assert ("refused" in in_python(rule, context)) is refused
    assert ("refused" in browser.ask(rule=rule, context=context)) is refused


# -------------------------------------------------------------------------------------------------------- Python's own


@pytest.mark.parametrize(
    "odd",
    [
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("-Infinity"),
        Decimal("1E+999999"),
        float("nan"),
        float("inf"),
        10**400,
        object(),
        {1, 2},
        b"1",
        1j,
    ],
    ids=lambda value: f"{type(value).__name__} {str(value)[:12]}" if type(value) is not object else "object",
)
@pytest.mark.parametrize("name", sorted(COUNTS))
def test_odd_data_is_unknown_and_never_raises(odd, name):
    assert evaluate({"var": "x"}, {"x": odd}) is None
    least, _most = COUNTS[name]
    evaluate({name: [{"var": "x"}] * least}, {"x": odd})
    evaluate({name: [{"var": "p"}] * least}, {"p": [odd, {"a": odd}]})


def test_a_vanishing_number_is_zero():
    assert evaluate({"var": "x"}, {"x": Decimal("1E-999999")}) == 0


def test_members_of_text_enums_are_texts():
    from enum import StrEnum

    kind = StrEnum("kind", {"CITY": "city"})
    assert evaluate({"==": [{"var": "kind"}, "city"]}, {"kind": kind.CITY}) is True


def test_figures_leave_without_trailing_zeros():
    assert str(evaluate({"+": [{"var": "x"}, 1]}, {"x": Decimal("1.500")})) == "2.5"
    assert str(evaluate({"*": [{"var": "x"}, 10]}, {"x": Decimal(10)})) == "100"


@pytest.mark.parametrize(
    "text", ["", "1.", ".5", "+1", "1e5", "1_000", "1,000", "１２", "NaN", " 1", "1\n", "9" * 31, "1" * 101]
)
def test_what_is_no_figure_is_none(text):
    assert parse_figure(text) is None


def test_twenty_rules_take_under_a_millisecond():
    rule = {
        "and": [
            {">=": [{"var": "patents"}, 5]},
            {"<=": [{"var": "rd_spend"}, {"var": "revenue"}]},
            {">=": [{"/": [{"*": [{"var": "rd_spend"}, 100]}, {"var": "revenue"}]}, 3]},
            {">=": [{"var": "staff"}, 20]},
        ]
    }
    answers = {
        "revenue": Decimal("18000.5"),
        "rd_spend": Decimal("900.25"),
        "staff": Decimal(120),
        "patents": Decimal(12),
    }

    def twenty():
        start = time.perf_counter()
        for _time in range(20):
            assert evaluate(rule, answers) is True
        return time.perf_counter() - start

    # The best of many: other work on the machine must not decide.
    assert min(twenty() for _time in range(50)) < 0.001


# --------------------------------------------------------------------------------------------------------- publishing

KNOWN = {"revenue", "rd_spend", "listed", "products", "products.name", "products.revenue", "clusters"}


@pytest.mark.parametrize("vector", [v for v in VECTORS if not v.get("refused")], ids=lambda vector: vector["name"])
def test_usable_rules_pass_or_are_refused_for_a_reason(vector):
    hopeless = {"outside of rows there is no row", "rounding to half a place is unknown"}
    if vector["name"] in hopeless:
        with pytest.raises(RuleError):
            check_rule(vector["rule"])
    else:
        check_rule(vector["rule"])


@pytest.mark.parametrize("vector", [v for v in VECTORS if v.get("refused")], ids=lambda vector: vector["name"])
def test_malformed_rules_are_refused_at_publishing(vector):
    with pytest.raises(RuleError):
        check_rule(vector["rule"])


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"and": [True, {"<=": [{"var": "revenu"}, 5]}]}, "and[1].<=[0].var：引用了不存在的字段“revenu”"),
        ({"!": {"var": "gone"}}, "!.var：引用了不存在的字段“gone”"),
        ({"var": ""}, "var：字段路径必须是非空文本"),
        ({"var": "revenue..x"}, "var：字段路径必须是非空文本"),
        ({"var": ["revenue", None]}, "var：默认值只能是数值、文本或真假值"),
        ({"var": "row.name"}, "var：row 只能用在 all、some、count 的条件里"),
        (
            {"count": [{"var": "products"}, {"==": [{"var": "row.nam"}, "a"]}]},
            "count[1].==[0].var：引用了不存在的列“row.nam”",
        ),
        ({"all": [[1, 2], {">": [{"var": "row.a"}, 1]}]}, "all[1].>[0].var：引用了不存在的列“row.a”"),
        ({"sum": [{"var": "products.gone"}]}, "sum[0].var：引用了不存在的字段“products.gone”"),
        ({"if": [{"match": ["a", "b"]}, 1]}, "if[0]：不支持的运算符“match”"),
        ({"in": [{"var": "listed"}, ["a", {"<": [1]}]]}, "in[1][1]：运算符“<”的参数个数不正确"),
        ({"==": [{"var": "listed"}, None]}, "==：与空值比较永远无法判定，请改用 missing"),
        ({"!=": [{"var": "listed"}, ""]}, "!=：与空值比较永远无法判定，请改用 missing"),
        ({"<": [{"var": "revenue"}, "2000"]}, "<：“<”只能比较数值或日期"),
        ({"between": [{"var": "revenue"}, 0, True]}, "between：“between”只能比较数值或日期"),
        ({"+": [{"var": "revenue"}, "1"]}, "+：“+”只能用于数值"),
        ({"and": [{"var": "listed"}, 1]}, "and：“and”只能用于条件"),
        ({"round": [{"var": "revenue"}, 19]}, "round：保留位数必须是 0 到 18 的整数"),
        ({"round": [{"var": "revenue"}, {"var": "rd_spend"}]}, "round：保留位数必须是 0 到 18 的整数"),
        ({"+": [{"var": "revenue"}, 10**30]}, "+[1]：数值超出范围"),
        ({"+": [{"var": "revenue"}, [b"1"]]}, "+[1][0]：只能使用数值、文本、真假值或列表"),
        ({}, "每个节点必须有且只有一个运算符"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_refusal_says_where_and_why(rule, sentence):
    with pytest.raises(RuleError) as refusal:
        check_rule(rule, KNOWN)
    assert str(refusal.value) == sentence


def test_known_paths_may_be_a_predicate():
    check_rule(
        {"in": [{"var": "enterprise.id"}, {"var": "lists.winners"}]},
        lambda path: path.startswith(("enterprise.", "lists.")),
    )


def test_a_column_is_known_by_its_list():
    check_rule({"some": [{"var": "products"}, {">": [{"var": "row.revenue"}, {"var": "revenue"}]}]}, KNOWN)
    check_rule({"some": [{"var": "clusters"}, {"==": [{"var": "row"}, "a"]}]}, KNOWN)


def test_columns_may_have_their_own_predicate():
    asked = []
    check_rule(
        {"all": [{"var": "ip"}, {"var": "row.done"}]}, {"ip"}, row_known=lambda *names: asked.append(names) or True
    )
    assert asked == [("ip", "done")]


def test_size_is_bounded():
    check_rule({"+": [1] * 399})
    with pytest.raises(RuleError, match="最多 400 个节点"):
        check_rule({"+": [[1] * 200, [1] * 200]})


def test_depth_is_bounded():
    check_rule(nested(24))
    with pytest.raises(RuleError, match="嵌套超过 24 层"):
        check_rule(nested(25))


def test_a_rule_that_contains_itself_is_refused():
    endless = {"!": []}
    endless["!"].append(endless)
    with pytest.raises(RuleError):
        check_rule(endless)
    with pytest.raises(RuleError):
        evaluate(endless, {})


def test_paths_are_found_with_rows_resolved():
    rule = {
        "and": [
            {"<=": [{"var": ["econ.y3.rd_spend", 0]}, {"var": "revenue"}]},
            {"count": [{"var": "ip"}, {"all": [{"var": "row.parts"}, {"==": [{"var": "row.kind"}, {"var": "kind"}]}]}]},
            {"in": ["a", {"var": "clusters"}]},
        ]
    }
    assert paths(rule) == {"econ.y3.rd_spend", "revenue", "ip", "ip.parts", "ip.parts.kind", "kind", "clusters"}


# ------------------------------------------------------------------------------------------------------------ judging

QUOTA = [
    {"when": {">=": [{"var": "revenue"}, 100000]}, "then": 10, "why": "营业收入 10 亿元以上"},
    {"when": {">=": [{"var": "revenue"}, 40000]}, "then": 5, "why": "营业收入 4 亿元以上"},
    {"then": 1, "why": "其他单位"},
]
REVENUE = {"label": "规模以上企业营业收入", "value": {"var": "revenue"}, "threshold": 2000, "unit": "万元"}
SKILLED = {
    "label": "本科以上或中级以上人员占比",
    "union": [{"var": "graduates"}, {"var": "titled"}],
    "of": {"var": "staff"},
    "threshold": 50,
}


def judge(indicator, context):
    return judge_indicator(context, **indicator)


def test_the_first_row_that_applies_decides():
    hit = first_hit(QUOTA, {"revenue": Decimal(40000)})
    assert (hit.position, hit.result, hit.why) == (1, 5, "营业收入 4 亿元以上")


def test_an_unknown_condition_is_passed_over():
    assert first_hit(QUOTA, {}).result == 1


def test_a_table_may_have_no_hit():
    assert first_hit(QUOTA[:2], {"revenue": 1}) is None


@pytest.mark.parametrize(
    ("revenue", "sentence", "outcome"),
    [
        (Decimal("180.00"), "规模以上企业营业收入 180 万元，要求 ≥ 2000 万元 → 不满足", Outcome.NOT_MET),
        (Decimal(2000), "规模以上企业营业收入 2000 万元，要求 ≥ 2000 万元 → 满足", Outcome.MET),
        (None, "规模以上企业营业收入 未填报，要求 ≥ 2000 万元 → 无法判定", Outcome.UNDECIDED),
        ("约两千", "规模以上企业营业收入 约两千 万元，要求 ≥ 2000 万元 → 无法判定", Outcome.UNDECIDED),
        (
            Decimal("1999.99999"),
            "规模以上企业营业收入 1999.99999 万元，要求 ≥ 2000 万元 → 不满足",
            Outcome.NOT_MET,
        ),
    ],
)
def test_a_verdict_explains_itself(revenue, sentence, outcome):
    verdict = judge(REVENUE, {"revenue": revenue})
    assert str(verdict.sentence) == sentence
    assert verdict.outcome is outcome


def test_a_verdict_has_the_parts_of_a_table_row():
    verdict = judge(REVENUE, {"revenue": 180})
    assert (verdict.label, verdict.value, verdict.figure, verdict.requirement, str(verdict.outcome.label)) == (
        "规模以上企业营业收入",
        180,
        "180 万元",
        "≥ 2000 万元",
        "不满足",
    )


def test_long_decimals_are_shortened_and_percent_stands_close():
    margin = {"label": "利润率", "value": {"/": [{"var": "a"}, 3]}, "threshold": 30, "unit": "%", "comparison": ">"}
    assert str(judge(margin, {"a": 100}).sentence) == "利润率 33.3333%，要求 > 30% → 满足"


def test_yes_and_no_can_be_indicators():
    cmmi = {"label": "通过 CMMI 4 级以上认定", "value": {"var": "cmmi"}, "threshold": True, "comparison": "=="}
    assert str(judge(cmmi, {"cmmi": False}).sentence) == "通过 CMMI 4 级以上认定 否，要求 = 是 → 不满足"


def test_an_indicator_that_does_not_apply_is_left_out():
    indicator = REVENUE | {"applies": {"==": [{"var": "field"}, "software"]}}
    assert judge(indicator, {"field": "network", "revenue": 1}) is None
    assert judge(indicator, {"field": "software", "revenue": 1}).outcome is Outcome.NOT_MET
    assert judge(REVENUE | {"applies": None}, {"revenue": 1}).outcome is Outcome.NOT_MET


def test_an_indicator_that_may_apply_cannot_be_judged():
    verdict = judge(REVENUE | {"applies": {"==": [{"var": "field"}, "software"]}}, {"revenue": 9000})
    assert verdict.outcome is Outcome.UNDECIDED
    assert str(verdict.sentence) == "规模以上企业营业收入 是否适用尚不能确定，要求 ≥ 2000 万元 → 无法判定"


def test_an_unknown_threshold_cannot_be_judged():
    verdict = judge(REVENUE | {"threshold": {"var": "bar"}}, {"revenue": 1})
    assert verdict.outcome is Outcome.UNDECIDED
    assert str(verdict.sentence) == "规模以上企业营业收入 1 万元，要求 （尚不能确定） → 无法判定"


@pytest.mark.parametrize(
    ("graduates", "titled", "staff", "figure", "outcome"),
    [
        (50, 1, 100, "50%–51%", Outcome.MET),
        (20, 29, 100, "29%–49%", Outcome.NOT_MET),
        (40, 20, 100, "40%–60%", Outcome.UNDECIDED),
        (60, None, 100, "60%–100%", Outcome.MET),
        (20, None, 100, "20%–100%", Outcome.UNDECIDED),
        (None, None, 100, "未填报", Outcome.UNDECIDED),
        (20, 20, 0, "未填报", Outcome.UNDECIDED),
        (20, 20, None, "未填报", Outcome.UNDECIDED),
        (30, 0, 60, "50%", Outcome.MET),
        (1, 1, 3, "33.3333%–66.6667%", Outcome.UNDECIDED),
    ],
)
def test_the_share_of_a_union_is_judged_by_its_bounds(graduates, titled, staff, figure, outcome):
    verdict = judge(SKILLED, {"graduates": graduates, "titled": titled, "staff": staff})
    assert (str(verdict.figure), verdict.outcome) == (figure, outcome)


def test_a_share_is_not_rounded_up_to_the_threshold():
    context = {"graduates": 49999999999999999999, "titled": 0, "staff": 100000000000000000000}
    assert judge(SKILLED, context).outcome is Outcome.NOT_MET


def test_an_upper_limit_on_a_union_needs_the_sum_below():
    limited = SKILLED | {"comparison": "<="}
    assert judge(limited, {"graduates": 20, "titled": 30, "staff": 100}).outcome is Outcome.MET
    assert judge(limited, {"graduates": 20, "titled": 31, "staff": 100}).outcome is Outcome.UNDECIDED
    assert judge(limited, {"graduates": 51, "titled": 0, "staff": 100}).outcome is Outcome.NOT_MET


def test_the_overall_outcome_follows_the_same_logic():
    met, unmet, open_ = (judge(REVENUE, {"revenue": value}) for value in (3000, 1, None))
    assert overall_outcome([met, met]) is Outcome.MET
    assert overall_outcome([met, open_]) is Outcome.UNDECIDED
    assert overall_outcome([met, open_, unmet]) is Outcome.NOT_MET
    assert overall_outcome([]) is Outcome.MET


def test_an_unknown_comparison_is_refused_when_judging():
    with pytest.raises(RuleError, match="不支持的比较方式"):
        judge(REVENUE | {"comparison": "~"}, {"revenue": 1})
