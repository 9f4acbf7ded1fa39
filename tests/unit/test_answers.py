"""Answers of a declaration: read, judged, frozen, projected, compared - on the real form and on an invented one."""

import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from werkzeug.datastructures import MultiDict

from app.forms import answers as forms
from app.forms.definition import parse_type
from app.forms.package import TYPES, load_package, shipped_packages
from app.forms.samples import as_form, load_samples
from tests.unit.test_definition import small_body

AT = datetime(2024, 7, 20, 4, tzinfo=UTC)
PARTNER = TYPES / "gd_smart_partner_2024_a"
INVENTED = Path(__file__).parent.parent / "types" / "green_factory"
CONTEXT = {
    "enterprise": {
        "name": "惠州示范智能装备有限公司",
        "short_name": "示范装备",
        "credit_code": "91110000600037341L",
        "region": "惠州市/惠城区",
        "address": "示范路8号",
        "postcode": "516003",
        "legal_representative": "张三",
        "legal_phone": "13800138000",
        "contact": "李四",
        "contact_phone": "13800138001",
        "established_on": date(2015, 3, 12),
        "registered_capital": Decimal("5000"),
        "dishonest": False,
    },
    "guide": {"county_review": True},
    "regions": {"惠州市": ["惠城区", "惠阳区"], "广州市": ["越秀区"]},
}


@pytest.fixture(scope="module")
def partner():
    return parse_type(load_package(PARTNER))


@pytest.fixture(scope="module")
def factory():
    return parse_type(load_package(INVENTED))


def filled(definition, folder, number=0, **more):
    """Return the answers and files of a sample, filed section by section as a browser would."""
    sample = load_samples(folder)[number]
    answers = forms.prefilled(definition, CONTEXT)
    for key, section in sample["answers"].items():
        answers[key] = forms.update_section(definition, key, answers, as_form(section), CONTEXT)
    for path, value in more.items():
        key = definition.section_of(path).key
        answers[key] = forms.update_section(definition, key, answers, {path.replace(".", "-"): value}, CONTEXT)
    files = {key: [forms.FileFacts(name, 1000) for name in names] for key, names in sample["files"].items()}
    return answers, files


def judged(definition, answers, files, context=CONTEXT):
    return forms.check(definition, answers, files, context, AT)


def sentences(report, path):
    return [str(problem.message) for problem in report.by_path.get(path, ())]


# ---------------------------------------------------------------- drafts


def test_a_fresh_draft_knows_the_enterprise_and_the_defaults(partner):
    basic = forms.prefilled(partner, CONTEXT)["basic"]
    assert basic["unit_name"] == "惠州示范智能装备有限公司"
    assert basic["registered_on"] == "2015-03"
    assert basic["registered_capital"] == "5000"
    assert basic["region"] == "惠州市/惠城区"
    assert basic["nationality"] == "中国"


def test_what_is_known_but_wrong_is_not_prefilled(partner):
    context = {"enterprise": CONTEXT["enterprise"] | {"credit_code": "123", "postcode": None}}
    basic = forms.prefilled(partner, context)["basic"]
    assert "credit_code" not in basic
    assert "postcode" not in basic


def test_readonly_unknown_computed_and_file_fields_are_ignored_when_posted(partner):
    section = partner.section("basic")
    posted = {"unit_name": "别的公司", "region": "广州市/越秀区", "surprise": "1", "contact": "王五"}
    assert forms.read_section(section, posted) == {"contact": "王五"}
    assert forms.read_section(partner.section("economics"), {"avg_main_revenue": "99"}) == {}
    assert forms.read_section(partner.section("attachments"), {"licence": "x"}) == {}


def test_a_hidden_answer_is_ignored_when_posted_and_kept_when_stored(partner):
    answers = {"basic": {"enterprise_kind": "other", "enterprise_kind_other": "事业单位"}}
    posted = {"enterprise_kind": "private", "enterprise_kind_other": "伪造"}
    after = forms.update_section(partner, "basic", answers, posted, {})
    assert after["enterprise_kind_other"] == "事业单位"
    assert "enterprise_kind_other" not in forms.for_submission(partner, {"basic": after}, {})["basic"]
    again = forms.update_section(partner, "basic", {"basic": after}, {"enterprise_kind": "other"}, {})
    assert forms.for_submission(partner, {"basic": again}, {})["basic"]["enterprise_kind_other"] == "事业单位"


def test_an_answer_shown_by_the_same_post_is_taken(partner):
    posted = {"enterprise_kind": "other", "enterprise_kind_other": "事业单位"}
    assert forms.update_section(partner, "basic", {}, posted, {})["enterprise_kind_other"] == "事业单位"


def test_fields_that_were_not_posted_stay_and_emptied_ones_go(partner):
    answers = {"basic": {"contact": "李四", "fax": "0752-2808821", "clusters": ["new_energy"]}}
    after = forms.update_section(partner, "basic", answers, {"fax": "", "clusters-_posted": "1"}, {})
    assert after == {"contact": "李四"}


def test_a_multidict_gives_all_ticked_boxes(partner):
    form = MultiDict([("clusters", "new_energy"), ("clusters", "electronic_information")])
    read = forms.read_section(partner.section("basic"), form)
    assert read["clusters"] == ["electronic_information", "new_energy"]


def test_a_readonly_field_follows_the_enterprise_at_every_save(partner):
    after = forms.update_section(partner, "basic", {"basic": {"unit_name": "旧名称"}}, {"contact": "李四"}, CONTEXT)
    assert after["unit_name"] == "惠州示范智能装备有限公司"


# ---------------------------------------------------------------- judging


SAMPLES = [(folder, number) for folder in shipped_packages() for number in range(len(load_samples(folder)))]


@pytest.mark.parametrize(("folder", "number"), SAMPLES, ids=[f"{folder.name}-{number}" for folder, number in SAMPLES])
def test_the_samples_of_the_shipped_forms_are_complete(folder, number):
    definition = parse_type(load_package(folder))
    answers, files = filled(definition, folder, number)
    report = judged(definition, answers, files)
    assert report.problems == ()
    assert report.ok
    assert all(state.complete for state in report.sections.values())


def test_the_sample_of_the_invented_form_is_complete(factory):
    report = judged(factory, *filled(factory, INVENTED))
    assert report.problems == ()


def test_an_empty_declaration_counts_what_is_missing_in_every_section(partner):
    report = judged(partner, {}, {})
    assert not report.ok
    assert report.sections["economics"].missing == 12
    assert report.sections["route"].missing == 1
    assert report.sections["attachments"].missing == 3
    assert report.sections["qualifications"].complete
    assert {problem.kind for problem in report.problems} == {"missing"}
    assert report.without_missing().problems == ()


def test_every_problem_points_to_its_input(partner):
    answers, files = filled(partner, PARTNER, **{"econ.y2.revenue": "1.23456"})
    problem = judged(partner, answers, files).problems[0]
    assert (problem.section, problem.path, problem.name) == ("economics", "econ.y2.revenue", "econ-y2-revenue")
    assert problem.label == "主要经济指标 营业收入（2022年）"
    assert answers["economics"]["econ"]["y2"]["revenue"] == "1.23456"


@pytest.mark.parametrize(
    ("path", "value", "at", "sentence"),
    [
        ("econ.y3.rd_spend", "99999999", "econ.y3.rd_spend", "研发投入（2023年）不得大于营业收入，请核对单位（万元）"),
        (
            "econ.y1.main_revenue",
            "99999999",
            "econ.y1.main_revenue",
            "主营业务收入（2021年）不得大于营业收入，请核对单位（万元）",
        ),
        ("fixed_assets", "99999999", "fixed_assets", "固定资产不得大于资产总额，请核对单位（万元）"),
        ("rd_staff", "99999", "rd_staff", "研发人员数不得大于职工总数，请核对"),
        (
            "credit_code",
            "91110000600037342J",
            "credit_code",
            "统一社会信用代码有误（校验位不符或含有I、O、S、V、Z），请对照营业执照核对",
        ),
    ],
)
def test_a_wrong_figure_blocks_with_its_sentence(partner, path, value, at, sentence):
    answers, files = filled(partner, PARTNER, **{path: value})
    report = judged(partner, answers, files)
    assert sentences(report, at) == [sentence]
    assert not report.ok


def test_the_credit_code_of_another_unit_blocks(partner):
    answers, files = filled(partner, PARTNER)
    other = CONTEXT | {"enterprise": CONTEXT["enterprise"] | {"credit_code": "911100001000013428"}}
    assert sentences(judged(partner, answers, files, other), "credit_code")[0].startswith(
        "与本单位登记的统一社会信用代码不一致"
    )


def test_six_of_five_clusters_are_refused(partner):
    six = ["electronic_information", "automobile", "new_energy", "semiconductor", "digital_creative", "smart_appliance"]
    report = judged(partner, *filled(partner, PARTNER, clusters=six))
    assert sentences(report, "clusters") == ["最多选5项，现选了6项，请减少"]


def test_a_warning_does_not_block(partner):
    answers, files = filled(partner, PARTNER, apply_field="software")
    report = judged(partner, answers, files)
    assert sentences(report, "cases") == ["申报关键软件、信息网络基础设施、智能制造系统解决方案领域的需提供至少5个方案"]
    assert report.ok
    assert report.sections["services"].warnings == 1


def test_hidden_fields_are_never_judged(partner):
    answers, files = filled(partner, PARTNER)
    assert "direct_qualifications" in forms.hidden_paths(partner, answers, CONTEXT)
    answers["route"]["direct_qualifications"] = ["nonsense"]
    assert judged(partner, answers, files).ok


def test_direct_recognition_asks_for_qualification_evidence_and_certificate(partner):
    answers, files = filled(partner, PARTNER, admission_route="direct")
    answers["qualifications"] = {}
    report = judged(partner, answers, files)
    assert {problem.path for problem in report.problems} == {"direct_qualifications", "direct_evidence", "certificates"}


def test_a_hidden_section_is_left_out(factory):
    answers, files = filled(factory, INVENTED, sources="grid")
    report = judged(factory, answers, files)
    assert "solar_page" not in report.sections
    assert "solar_page" not in forms.for_submission(factory, answers, CONTEXT)
    assert answers["solar_page"] == {"solar_share": "12.5"}


def test_a_hidden_answer_is_unknown_to_other_rules(factory):
    answers, _files = filled(factory, INVENTED, sources="other", source_note="生物质")
    assert forms.rule_context(factory, answers, CONTEXT)["source_note"] == "生物质"
    answers["plant_page"]["sources"] = ["grid"]
    assert "source_note" not in forms.rule_context(factory, answers, CONTEXT)


def test_a_check_may_compare_with_today(factory):
    answers, files = filled(factory, INVENTED, opened="2024-07-21")
    assert sentences(judged(factory, answers, files), "opened") == ["投产日期不得晚于今天"]
    answers, files = filled(factory, INVENTED, opened="2024-07-20")
    assert judged(factory, answers, files).ok


# ---------------------------------------------------------------- eligibility


def test_an_earlier_winner_and_a_dishonest_unit_are_told_why(partner):
    held = [{"name": "广东省智能制造生态合作伙伴", "cohort": "第二批"}]
    context = {"enterprise": {"titles": held, "dishonest": True}}
    refused = [verdict.message for verdict in forms.judge_gates(partner, context) if verdict.result is False]
    assert refused[0] == "贵单位已入选第一、二、三批合作伙伴名单，无需重复申报"
    assert refused[1].startswith("贵单位已被列入失信被执行人")


def test_titles_of_other_cohorts_and_other_names_close_no_gate(partner):
    held = [
        {"name": "广东省智能制造生态合作伙伴", "cohort": "第四批"},
        {"name": "省级企业技术中心", "cohort": "第一批"},
    ]
    for titles in (held, []):
        assert forms.judge_gates(partner, {"enterprise": {"titles": titles}})[0].result is True


def test_what_is_unknown_closes_no_gate(partner):
    assert all(verdict.result is not False for verdict in forms.judge_gates(partner, {}))


def test_the_conditions_of_annex_1_are_judged_by_field(partner):
    answers, _files = filled(partner, PARTNER)
    verdicts = {verdict.label: verdict for verdict in forms.judge_indicators(partner, answers, CONTEXT)}
    assert list(verdicts) == ["所在领域核心发明专利", "研发技术团队", "近三年平均主营业务收入"]
    assert verdicts["近三年平均主营业务收入"].message == "近三年平均主营业务收入 9644.45 万元，要求 ≥ 1500 万元 → 满足"


def test_a_missing_figure_cannot_be_judged(partner):
    answers, _files = filled(partner, PARTNER, **{"econ.y1.main_revenue": ""})
    last = forms.judge_indicators(partner, answers, CONTEXT)[-1]
    assert last.result is None
    assert "无法判定" in last.message


def test_direct_recognition_skips_annex_1(partner):
    answers, _files = filled(partner, PARTNER, 2)
    assert answers["route"]["admission_route"] == "direct"
    assert forms.judge_indicators(partner, answers, CONTEXT) == ()
    assert "已取得所勾选的资质，证明材料有效" in forms.conditions_in_words(partner, answers, CONTEXT)


def test_the_first_line_of_the_quota_that_fits_counts(factory):
    assert forms.quota(factory, {"enterprise": {"kind": "集团公司"}}) == (3, "集团公司可报3家工厂")
    assert forms.quota(factory, {"enterprise": {}}) == (1, "每家企业限报1家工厂")


# ---------------------------------------------------------------- outcomes


def test_a_submission_holds_the_computed_figures(partner):
    answers, _files = filled(partner, PARTNER)
    frozen = forms.for_submission(partner, answers, CONTEXT)
    assert frozen["economics"]["avg_main_revenue"] == "9644.45"
    assert "direct_qualifications" not in frozen["route"]


@pytest.mark.parametrize(
    ("income", "kept"), [("99999999.9999", "999999999999"), ("100000000", None), ("999999999999.9999", None)]
)
def test_a_computed_figure_that_no_column_holds_is_told_and_not_kept(income, kept):
    """A sum of figures that each fit may not; with four decimals a huge one used to break the rounding itself."""
    body = small_body()
    rule = {"*": [{"var": "income"}, 10000]}
    body["sections"][0]["fields"].append(
        {"key": "total", "type": "computed", "label": "合计", "decimals": 4, "value": rule}
    )
    body["project"] = {"figure_1": {"label": "合计", "from": "total"}}
    definition = parse_type(body)
    answers = {"first": {"name": "甲", "income": income}}
    frozen = forms.for_submission(definition, answers, CONTEXT)
    assert frozen["first"].get("total") == kept
    assert forms.project(definition, frozen)["figure_1"] == (kept and Decimal(kept))
    found = sentences(judged(definition, answers, {}), "total")
    assert found == ([] if kept else ["计算结果过大，整数部分最多12位，请核对参与计算的数字和单位"])


def test_chosen_answers_are_projected_into_generic_columns(partner):
    answers, _files = filled(partner, PARTNER)
    projected = forms.project(partner, forms.for_submission(partner, answers, CONTEXT))
    assert projected["text_2"] == "智能制造装备"
    assert projected["text_3"] == "遴选加入"
    assert projected["figure_1"] == Decimal("11380.6")
    assert projected["date_1"] == date(2015, 3, 1)
    assert projected.keys() == {item.column for item in partner.projections}


def test_wrong_and_missing_answers_project_to_nothing(partner):
    projected = forms.project(partner, {"basic": {"staff": "many"}})
    assert set(projected.values()) == {None}


def test_the_summary_sheet_of_annex_3_reads_projected_columns(partner):
    sheet = partner.documents_of("sheet")[0].sheet
    assert sheet.title == "2024年广东省智能制造生态合作伙伴推荐汇总表"
    assert [column.label for column in sheet.columns] == ["序号", "申报单位名称", "申报领域", "企业联系人", "联系电话"]
    assert [column.column for column in sheet.columns] == ["number", "text_1", "text_2", "text_4", "text_5"]
    assert [(part.label, part.column, part.value) for part in sheet.parts] == [
        ("遴选加入单位", "text_3", "遴选加入"),
        ("直接认定单位", "text_3", "直接认定"),
    ]


def test_a_declaration_is_named_by_its_answers(partner):
    answers, _files = filled(partner, PARTNER)
    assert forms.subject(partner, answers) == "惠州示范智能装备有限公司（智能制造装备）"
    assert forms.subject(partner, {"basic": {"unit_name": "甲公司"}}) == "甲公司"


def test_differences_name_each_changed_answer(partner):
    before, _files = filled(partner, PARTNER)
    after, _files = filled(partner, PARTNER, **{"econ.y3.revenue": "12000", "contact": "王五"})
    rows = after["business"]["products"]
    after["business"] = {"products": [dict(rows[1], name="视觉检测一体机Ⅱ型"), {"_id": "r9", "name": "新产品"}]}
    found = {item.path: item for item in forms.differences(partner, before, after)}
    assert (found["contact"].before, found["contact"].after) == ("李四", "王五")
    assert found["econ.y3.revenue"].label == "营业收入（2023年）"
    assert found["econ.y3.revenue"].after == "12,000.00 万元"
    assert found["products.0.name"].before == "视觉检测一体机"
    assert found["products.1"].kind == "added"
    assert found["products"].kind == "removed"
    assert forms.differences(partner, before, before) == ()


def test_checking_a_filled_declaration_is_fast(partner):
    answers, files = filled(partner, PARTNER, 1)
    best = min(_seconds(lambda: judged(partner, answers, files)) for _ in range(5))
    assert best < 0.010


def _seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
