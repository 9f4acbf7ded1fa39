"""Each kind of field: what it accepts, how it stores it, what it refuses and with which sentence."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.forms.answers import FileFacts
from app.forms.definition import Choice, ChoiceGroup, Column, Field
from app.forms.fields import KINDS, FieldError

YES_NO = (ChoiceGroup("", (Choice("yes", "是"), Choice("no", "否"))),)
COLOURS = (
    ChoiceGroup("暖色", (Choice("red", "红"), Choice("orange", "橙"))),
    ChoiceGroup("冷色", (Choice("blue", "蓝"), Choice("green", "绿"), Choice("cyan", "青"), Choice("violet", "紫"))),
)
DEFAULTS = {
    "text": {"max": 200},
    "longtext": {"max": 5000},
    "number": {"decimals": 2},
    "money": {"decimals": 4, "unit": "万元"},
    "percent": {"decimals": 2, "unit": "%"},
    "choice": {"choices": YES_NO},
    "choices": {"choices": COLOURS, "max_items": 5},
    "region": {"level": "county"},
    "computed": {"decimals": 2, "unit": "万元"},
}


def field(kind: str, **options) -> Field:
    return Field(key="f", type=kind, label="题", path="f", **(DEFAULTS.get(kind, {}) | options))


def clean(kind: str, raw, **options):
    return KINDS[kind].clean(field(kind, **options), raw)


def refusal(kind: str, raw, **options) -> str:
    with pytest.raises(FieldError) as caught:
        clean(kind, raw, **options)
    return str(caught.value)


# ---------------------------------------------------------------- figures


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("500.25", "500.25"),
        (" 1,234.50 ", "1234.5"),
        ("１２３４．５", "1234.5"),
        ("１，２３４", "1234"),
        ("12 345", "12345"),
        ("　８００万元", "800"),
        ("-3.5", "-3.5"),
        ("+7", "7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("0.0000", "0"),
        ("-0", "0"),
        ("1.50000", "1.5"),
        ("007", "7"),
        ("", None),
        ("   ", None),
        (None, None),
    ],
)
def test_money_is_stored_as_plain_decimal_text(typed, stored):
    assert clean("money", typed) == stored


def test_a_fifth_decimal_is_refused_and_counted():
    sentence = refusal("money", "1.23456")
    assert sentence == "最多4位小数，您输入了5位，请四舍五入后填写，单位：万元"


@pytest.mark.parametrize(
    "typed", ["约500", "1,23", "1,2345.6", "12,34,567", "1e3", "0x10", "NaN", "一百", "1.2.3", "--1", "500元"]
)
def test_what_is_not_a_number_is_refused_with_unit_and_decimals(typed):
    assert refusal("money", typed) == "请输入数字，最多4位小数，单位：万元"


def test_a_whole_number_takes_no_decimals():
    assert clean("int", "１２０ 人", unit="人") == "120"
    assert refusal("int", "1.5", unit="人") == "请输入整数，单位：人"
    assert refusal("int", "many") == "请输入整数"


def test_limits_of_figures_say_the_limit_with_its_unit():
    assert refusal("money", "-1", min=Decimal(0)) == "不得小于0万元"
    assert refusal("percent", "100.5", max=Decimal(100)) == "不得大于100%"
    assert "数字过大" in refusal("money", "1234567890123")


def test_figures_are_shown_with_separators_unit_and_two_decimals():
    assert KINDS["money"].display(field("money"), "1234.5") == "1,234.50 万元"
    assert KINDS["money"].display(field("money"), "1234.5678") == "1,234.5678 万元"
    assert KINDS["percent"].display(field("percent"), "28") == "28.00 %"
    assert KINDS["int"].display(field("int", unit="人"), "12000") == "12,000 人"


def test_a_figure_is_a_decimal_for_rules_and_sheets():
    assert KINDS["money"].rule_value(field("money"), "0.1") + KINDS["money"].rule_value(
        field("money"), "0.2"
    ) == Decimal("0.3")
    assert KINDS["money"].sheet_value(field("money"), "12.5") == Decimal("12.5")


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=4, allow_nan=False))
def test_every_figure_survives_storage_and_grouping(value):
    stored = clean("money", format(value, "f"))
    assert Decimal(stored) == value
    assert clean("money", stored) == stored
    assert clean("money", f"{value:,.4f}") == stored


# ---------------------------------------------------------------- text


def test_text_is_trimmed_to_one_line():
    assert clean("text", "  惠州\t某某\n公司 \u200b") == "惠州 某某 公司"


def test_limits_count_characters_without_white_space():
    assert clean("text", "一 二　三\n四", max=4) == "一 二 三 四"
    assert refusal("text", "一二三四五", max=4) == "最多输入4字，现有5字，请删减1字"
    assert refusal("longtext", "短 文", min=3) == "至少输入3字，现有2字，请补充"


def test_a_rare_character_counts_as_one():
    assert clean("text", "𠮷" * 4, max=4) == "𠮷𠮷𠮷𠮷"


def test_long_text_keeps_paragraphs_and_loses_what_nobody_sees():
    assert clean("longtext", "一段  \r\n\r\n二段\x00\r\n") == "一段\n\n二段"


def test_a_pattern_is_anchored_and_answers_with_its_own_sentence():
    postcode = {"pattern": r"^\d{6}$", "pattern_message": "请输入6位数字的邮政编码"}
    assert clean("text", "516003", **postcode) == "516003"
    assert refusal("text", "5160031", **postcode) == "请输入6位数字的邮政编码"


# ---------------------------------------------------------------- numbers of people and units


def test_a_credit_code_is_normalised_and_checked():
    assert clean("credit_code", " 9111 0000 6000 3734 1l ") == "91110000600037341L"
    assert clean("credit_code", "９１１１００００６０００３７３４１ｌ") == "91110000600037341L"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("91110000600037341", "统一社会信用代码应为18位，现为17位，请核对"),
        ("91110000600037341A", "统一社会信用代码有误"),
        ("9111000060003734IL", "统一社会信用代码有误"),
        ("91520000791221272L", "统一社会信用代码有误"),
    ],
)
def test_a_wrong_credit_code_is_refused_with_the_reason(typed, sentence):
    assert refusal("credit_code", typed).startswith(sentence)


def test_an_id_number_is_checked_by_date_and_check_digit():
    assert clean("id_number", "11010519491231002x") == "11010519491231002X"
    assert clean("id_number", "440524188001010014") == "440524188001010014"
    assert refusal("id_number", "110105194912310021") == "身份证号校验位不符，请核对"
    assert refusal("id_number", "110105194913310021") == "身份证号中的出生日期不存在，请核对"
    assert refusal("id_number", "1101051949") == "身份证号应为18位数字，最后一位可为X，请核对"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("138 0013 8000", "13800138000"),
        ("+8613800138000", "13800138000"),
        ("0752-2808821", "0752-2808821"),
        ("（0752）2808821", "07522808821"),
        ("0752—2808821-12", "0752-2808821-12"),
        ("2808821", "2808821"),
        ("400-123-4567", "400-123-4567"),
    ],
)
def test_phone_numbers_of_every_usual_form_are_taken(typed, stored):
    assert clean("phone", typed) == stored


@pytest.mark.parametrize("typed", ["1380013800", "12345", "23800138000123", "电话"])
def test_a_wrong_phone_number_is_refused_with_an_example(typed):
    assert "0752-2808821" in refusal("phone", typed)


def test_an_email_address_needs_its_form():
    assert clean("email", " ＡB@example.com ") == "AB@example.com"
    assert "电子邮箱" in refusal("email", "name@example")


# ---------------------------------------------------------------- dates


@pytest.mark.parametrize(
    "typed", ["2023-05-08", "2023/5/8", "2023.5.8", "2023年5月8日", "２０２３－５－８", "20230508"]
)
def test_a_day_is_read_as_people_write_it(typed):
    assert clean("date", typed) == "2023-05-08"


def test_a_day_that_does_not_exist_is_refused():
    assert refusal("date", "2023-02-29") == "请输入存在的日期，例如 2023-05-18"
    assert refusal("month", "2023-13") == "请输入存在的年月，例如 2015-03"


def test_a_month_is_shown_in_words_and_counts_as_its_first_day():
    assert clean("month", "2015年3月") == "2015-03"
    assert clean("month", "2015-03-12") == "2015-03"
    assert KINDS["month"].display(field("month"), "2015-03") == "2015年3月"
    assert KINDS["month"].sheet_value(field("month"), "2015-03") == date(2015, 3, 1)


def test_a_day_has_limits():
    assert refusal("date", "2019-12-31", min="2020-01-01") == "不得早于2020-01-01"
    assert refusal("month", "2024-02", max="2024-01") == "不得晚于2024-01"


# ---------------------------------------------------------------- choices


def test_a_choice_is_one_of_those_offered():
    assert clean("choice", "yes") == "yes"
    assert refusal("choice", "maybe") == "请从列出的选项中选择1项"
    assert KINDS["choice"].display(field("choice"), "no") == "否"


def test_choices_keep_the_order_of_the_options_and_their_number():
    assert clean("choices", ["blue", "red", "blue"]) == ["red", "blue"]
    picked = ["red", "orange", "blue", "green", "cyan", "violet"]
    assert refusal("choices", picked) == "最多选5项，现选了6项，请减少"
    assert refusal("choices", ["red"], min_items=2) == "至少选2项，现选了1项，请补选"
    assert refusal("choices", ["pink"]) == "请从列出的选项中选择"


def test_choices_are_printed_with_marks_group_by_group():
    printed = KINDS["choices"].printed(field("choices"), ["red", "green"])
    assert printed == "暖色（☑红 ☐橙）\n冷色（☐蓝 ☑绿 ☐青 ☐紫）"
    assert KINDS["choice"].printed(field("choice"), "yes") == "☑是 ☐否"


def test_a_region_is_a_city_and_one_of_its_counties():
    assert clean("region", "惠州市/惠城区") == "惠州市/惠城区"
    assert clean("region", "惠州市", level="city") == "惠州市"
    assert refusal("region", "惠州市") == "请选择所在市和县（区）"
    assert KINDS["region"].display(field("region"), "惠州市/惠城区") == "惠州市惠城区"


def test_a_region_that_was_not_offered_is_a_problem():
    offered = {"regions": {"惠州市": ["惠城区"], "广州市": ["越秀区"]}}

    def problems(stored):
        return [
            str(message) for _kind, message in KINDS["region"].outside_problems(field("region"), stored, {}, offered)
        ]

    assert problems("惠州市/惠城区") == []
    assert problems("惠州市/越秀区") == ["请选择所在市和县（区）"]


def test_a_consent_is_ticked_or_not():
    assert clean("consent", "yes") is True
    assert clean("consent", True) is True
    assert clean("consent", "") is None
    assert refusal("consent", "perhaps") == "请勾选以表示同意"


# ---------------------------------------------------------------- files


def file_sentences(files: list[FileFacts], **options) -> list[str]:
    kind = field("file", **({"ext": ("pdf", "jpg"), "max_mb": 10, "max_files": 2} | options))
    return [str(message) for _kind, message in KINDS["file"].outside_problems(kind, None, {"f": files}, {})]


def test_the_right_files_are_taken():
    assert file_sentences([FileFacts("执照.PDF", 1000, "application/pdf")]) == []


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (FileFacts("a.exe", 10, "application/x-dosexec"), "“a.exe”的格式不在允许范围内，请上传pdf、jpg文件"),
        (FileFacts("a.pdf", 10, "application/x-dosexec"), "“a.pdf”的内容不是pdf文件，请上传原文件"),
        (FileFacts("a.pdf", 11 * 1024 * 1024, "application/pdf"), "“a.pdf”超过10MB，请压缩或拆分后上传"),
        (FileFacts("a.pdf", 0, "application/pdf"), "“a.pdf”是空文件，请重新上传"),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(file, sentence):
    assert file_sentences([file]) == [sentence]


def test_the_number_of_files_is_checked():
    one = FileFacts("a.pdf", 1, "application/pdf")
    assert file_sentences([], required=True) == ["请上传题（至少1个文件）"]
    assert file_sentences([one] * 3) == ["最多上传2个文件，已上传3个，请删除多余的"]
    assert file_sentences([one], min_files=2) == ["应上传至少2个文件，已上传1个，请补充"]
    assert file_sentences([]) == []


# ---------------------------------------------------------------- tables


def matrix() -> Field:
    rows = (field("money", min=Decimal(0), required=True),)
    return Field("m", "matrix", "表", "m", columns=(Column("a", "甲"), Column("b", "乙")), rows=rows)


def repeat(**options) -> Field:
    columns = (
        Field("name", "text", "名称", "r.name", required=True, max=10),
        Field("income", "money", "收入", "r.income", decimals=4, unit="万元"),
    )
    return Field("r", "repeat", "清单", "r", columns=columns, **({"max_rows": 3} | options))


def test_a_matrix_is_read_cell_by_cell_and_keeps_what_is_wrong():
    posted, stored = KINDS["matrix"].read(matrix(), {"m-a-f": "1,000", "m-b-f": "abc", "m-c-f": "9"}, "m")
    assert posted
    assert stored == {"a": {"f": "1000"}, "b": {"f": "abc"}}
    problems = [
        (path, label, str(message)) for path, label, _kind, message in KINDS["matrix"].problems(matrix(), stored)
    ]
    assert problems == [(".b.f", "题（乙）", "请输入数字，最多4位小数，单位：万元")]


def test_an_empty_required_cell_is_missing():
    kinds = [kind for _path, _label, kind, _message in KINDS["matrix"].problems(matrix(), None)]
    assert kinds == ["missing", "missing"]


def test_a_repeat_is_read_in_the_order_of_its_numbers_without_empty_rows():
    form = {"r-10-name": "丙", "r-2-name": "乙", "r-2-row_id": "r7", "r-0-name": " ", "r-0-income": ""}
    posted, stored = KINDS["repeat"].read(repeat(), form, "r")
    assert posted
    assert stored == [{"_id": "r7", "name": "乙"}, {"_id": "r1", "name": "丙"}]


def test_row_ids_stay_and_are_never_given_twice():
    form = {
        "r-0-name": "甲",
        "r-0-row_id": "r1",
        "r-1-name": "乙",
        "r-1-row_id": "r1",
        "r-2-name": "丙",
        "r-2-row_id": "<x>",
    }
    _posted, stored = KINDS["repeat"].read(repeat(), form, "r")
    assert [row["_id"] for row in stored] == ["r1", "r2", "r3"]


def test_a_row_is_removed_by_its_button_without_javascript():
    form = {"r-0-name": "甲", "r-1-name": "乙", "_remove": "r-0"}
    _posted, stored = KINDS["repeat"].read(repeat(), form, "r")
    assert [row["name"] for row in stored] == ["乙"]


def test_an_emptied_list_differs_from_one_that_was_not_posted():
    assert KINDS["repeat"].read(repeat(), {}, "r") == (False, None)
    assert KINDS["repeat"].read(repeat(), {"r-_posted": "1"}, "r") == (True, None)


def test_problems_of_a_repeat_say_which_record():
    stored = [{"_id": "r1", "name": "甲"}, {"_id": "r2", "income": "1.23456"}]
    found = [(path, label, kind) for path, label, kind, _message in KINDS["repeat"].problems(repeat(), stored)]
    assert found == [(".1.name", "第2条 名称", "missing"), (".1.income", "第2条 收入", "invalid")]


def test_a_repeat_has_a_least_and_a_greatest_number_of_records():
    rows = [{"_id": f"r{n}", "name": "甲"} for n in range(4)]
    least = [str(message) for *_rest, message in KINDS["repeat"].problems(repeat(min_rows=2), rows[:1])]
    most = [str(message) for *_rest, message in KINDS["repeat"].problems(repeat(), rows)]
    assert least == ["请至少填写2条，现有1条"]
    assert most == ["最多填写3条，现有4条，请删减"]


# ---------------------------------------------------------------- every kind


SAMPLES = {
    "text": "某公司",
    "longtext": "一段\n二段",
    "int": "25",
    "number": "0.35",
    "money": "500.25",
    "percent": "28",
    "date": "2023-05-18",
    "month": "2015-03",
    "choice": "yes",
    "choices": ["red", "blue"],
    "region": "惠州市/惠城区",
    "phone": "0752-2808821",
    "email": "a@example.com",
    "credit_code": "91110000600037341L",
    "id_number": "11010519491231002X",
    "consent": True,
    "computed": "12.5",
}


def test_every_scalar_kind_has_a_sample():
    assert SAMPLES.keys() | {"file", "matrix", "repeat"} == KINDS.keys()


@pytest.mark.parametrize("kind", SAMPLES)
def test_cleaning_a_stored_value_changes_nothing(kind):
    assert clean(kind, SAMPLES[kind]) == SAMPLES[kind]
    assert KINDS[kind].display(field(kind), SAMPLES[kind])


@pytest.mark.parametrize("kind", sorted(SAMPLES.keys() - {"text", "longtext", "consent"}))
def test_wrong_text_is_kept_as_typed_shown_as_typed_and_unknown_to_rules(kind):
    wrong = ["wrong"] if kind == "choices" else "wrong"
    kept = KINDS[kind].keep(field(kind), wrong)
    assert kept == wrong
    assert KINDS[kind].rule_value(field(kind), kept) is None
    assert KINDS[kind].display(field(kind), kept) == "wrong"


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"file", "matrix", "repeat", "choices"}))
@pytest.mark.parametrize("raw", [{"a": 1}, ["x", ["y"]], 1.5], ids=["mapping", "nested list", "float"])
def test_json_of_another_shape_is_refused_and_never_breaks(kind, raw):
    with pytest.raises(FieldError):
        clean(kind, raw)
    assert isinstance(KINDS[kind].keep(field(kind), raw), str)


@given(st.text(max_size=60), st.sampled_from(sorted(SAMPLES.keys() - {"choices"})))
def test_no_text_breaks_a_kind(text, kind):
    kept = KINDS[kind].keep(field(kind), text)
    assert KINDS[kind].keep(field(kind), kept) == kept
    KINDS[kind].display(field(kind), kept)
    KINDS[kind].rule_value(field(kind), kept)
