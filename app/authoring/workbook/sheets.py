"""Which sheets there are, and which columns each has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...workflow.definition import LEVELS
from ..kinds import KIND_NAMES
from .cells import Codec, Flag, Json, Limit, Named, Text, Whole, Words

TEXT, WHOLE, LIMIT, FLAG, WORDS, JSON = Text(), Whole(), Limit(), Flag(), Words(), Json()


@dataclass(frozen=True)
class Column:
    """A column: the key of the entries that it holds, and its heading."""

    key: str
    heading: str
    codec: Codec = TEXT
    width: int = 16


OTHER = Column("", "其他（JSON）", JSON, 30)
"""The last column of every sheet: what has no column of its own."""


@dataclass(frozen=True)
class Sheet:
    """A sheet with a line for each entry of a list."""

    title: str
    columns: Sequence[Column]
    note: str = ""
    headings: Mapping[str, Column] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "headings", {c.heading: c for c in (*self.columns, OTHER)})


def _columns(*columns: tuple[Any, ...]) -> tuple[Column, ...]:
    return tuple(Column(*column) for column in columns)


KEY, LABEL = ("key", "标识", TEXT, 20), ("label", "名称", TEXT, 30)
HEAD = Sheet(
    "基本信息",
    _columns(("name", "项目", TEXT, 30), ("value", "值", TEXT, 60)),
    "申报类型的名称、年度等；“值”一栏可直接修改。",
)
HEAD_NAMES = {
    "key": ("标识", TEXT),
    "title": ("名称", TEXT),
    "short_title": ("简称", TEXT),
    "year": ("年度", WHOLE),
    "basis": ("依据", TEXT),
    "subject": ("项目名称的写法", TEXT),
    "money_unit": ("金额单位", Named({"wan_yuan": "万元", "yuan": "元"})),
    "window.open": ("建议开始时间", TEXT),
    "window.close": ("建议截止时间", TEXT),
    "eligibility.whitelist": ("白名单", TEXT),
    "eligibility.on_fail": ("指标不满足时", Named({"allow_with_flag": "允许申报并标注", "block": "不得申报"})),
    "eligibility.indicators_apply": ("指标适用条件", JSON),
    "eligibility.quota.per": ("名额按", Named({"enterprise": "单位", "applicant": "申报人"})),
    "workflow.withdraw": ("撤回", TEXT),
    "workflow.return_to": ("可退回到", WORDS),
    "workflow.decline": ("不推荐", TEXT),
    "schema": ("格式", TEXT),
}
SECTIONS = Sheet(
    "步骤",
    _columns(
        KEY, ("title", "名称", TEXT, 30), ("chapter", "纸质版大标题", TEXT, 24), ("heading", "纸质版小标题", TEXT, 24),
        ("intro", "说明", TEXT, 40), ("grid", "列数", WHOLE, 8), ("label_span", "标签列数", WHOLE, 10),
        ("printed", "打印位置", Named({"in_order": "按顺序", "appendix": "附后"}), 12), ("show", "显示条件", JSON, 30),
    ),
    "表单分几步填写，每步一行，按行的顺序排列。",
)  # fmt: skip
FIELDS = Sheet(
    "字段",
    _columns(
        ("@section", "所属步骤", TEXT, 16), ("@parent", "所属表格", TEXT, 16),
        ("@place", "行或列", Named({"rows": "行", "columns": "列"}), 8), KEY,
        ("type", "类型", Named(KIND_NAMES), 14), LABEL,
        ("required", "必填", FLAG, 6), ("help", "填写说明", TEXT, 30), ("choices", "选项表", TEXT, 16),
        ("unit", "单位", TEXT, 8), ("min", "最小", LIMIT, 10), ("max", "最大", LIMIT, 10),
        ("decimals", "小数位数", WHOLE, 8),
        ("min_items", "最少选", WHOLE, 8), ("max_items", "最多选", WHOLE, 8), ("min_rows", "最少条数", WHOLE, 8),
        ("max_rows", "最多条数", WHOLE, 8), ("ext", "文件格式", WORDS, 14), ("max_mb", "文件上限MB", WHOLE, 10),
        ("min_files", "最少文件", WHOLE, 8), ("max_files", "最多文件", WHOLE, 8), ("show", "显示条件", JSON, 30),
        ("value", "计算公式", JSON, 30), ("readonly", "只读", FLAG, 6), ("default", "默认值", JSON, 12),
        ("span", "宽度", WHOLE, 6), ("own_line", "另起一行", FLAG, 8), ("pattern", "格式", TEXT, 14),
        ("pattern_message", "格式提示", TEXT, 20), ("text_template", "承诺模板", TEXT, 20),
    ),
    "每个字段一行；固定表格的行和列、记录清单的列，紧接在表格之后各占一行，“所属表格”填表格的标识。",
)  # fmt: skip
CHOICES = Sheet(
    "选项",
    _columns(
        ("@list", "选项表", TEXT, 20), ("@code_list", "引用代码表", TEXT, 20), ("@group", "分组", TEXT, 24),
        ("@key", "标识", TEXT, 20), ("@label", "名称", TEXT, 40),
    ),
    "单选、多选字段的选项；引用代码表的选项表只占一行。",
)  # fmt: skip
CHECKS = Sheet(
    "校验",
    _columns(
        ("id", "标识", TEXT, 20), ("target", "提示位置", TEXT, 20),
        ("level", "级别", Named({"error": "必须改正", "warn": "仅提示"}), 10), ("rule", "规则", JSON, 50),
        ("message", "提示", TEXT, 50), ("applies", "适用条件", JSON, 30),
    ),
    "规则不成立时在“提示位置”的字段旁显示提示。",
)  # fmt: skip
GATES = Sheet(
    "准入条件",
    _columns(("id", "标识", TEXT, 20), ("label", "条件", TEXT, 40), ("rule", "规则", JSON, 50),
             ("message", "提示", TEXT, 50)),
)  # fmt: skip
QUOTA = Sheet(
    "名额", _columns(("when", "条件", JSON, 50), ("then", "项数", WHOLE, 8), ("why", "说明", TEXT, 40)),
    "自上而下取第一行成立的；没有条件的行总是成立。",
)  # fmt: skip
COMPARISONS = {">=": "不低于", ">": "高于", "<=": "不高于", "<": "低于", "==": "等于", "!=": "不等于"}
INDICATORS = Sheet(
    "指标",
    _columns(
        LABEL, ("value", "取值", JSON, 40), ("cmp", "比较", Named(COMPARISONS), 10), ("threshold", "阈值", JSON, 14),
        ("unit", "单位", TEXT, 8), ("applies", "适用条件", JSON, 40), ("basis", "依据", TEXT, 24),
    ),
)  # fmt: skip
CONDITIONS = Sheet(
    "其他条件", _columns(("text", "条件", TEXT, 60), ("applies", "适用条件", JSON, 40), ("basis", "依据", TEXT, 24)),
    "由审核人员判断的条件。",
)  # fmt: skip
SCOPES = Named({"unit": "本单位", "enterprise.county": "区县", "enterprise.city": "地市", "province": "省"} | {
    key: key for key in LEVELS if key not in ("unit", "enterprise.county", "enterprise.city", "province")
})  # fmt: skip
STEPS = Sheet(
    "审核环节",
    _columns(
        KEY, LABEL, ("public_label", "对外名称", TEXT, 20), ("role", "角色", TEXT, 20), ("scope", "层级", SCOPES, 10),
        ("office", "责任科室", TEXT, 12), ("when", "条件", JSON, 30), ("due", "截止时间", TEXT, 18),
        ("actions", "可做的操作", JSON, 50), ("batch", "批量", FLAG, 6), ("rank", "排序", FLAG, 6),
    ),
    "按行的顺序逐级审核。",
)  # fmt: skip
DOCUMENTS = Sheet(
    "文书",
    _columns(
        KEY, LABEL, ("kind", "种类", Named({"declaration": "申报书", "letter": "推荐函", "sheet": "汇总表"}), 10),
        ("per", "范围", TEXT, 18), ("before", "须在之前", TEXT, 10), ("template", "模板", TEXT, 20),
        ("watermark_draft", "草稿水印", TEXT, 10), ("sealed", "盖章版", TEXT, 10), ("step", "所属环节", TEXT, 14),
        ("ext", "文件格式", WORDS, 20), ("max_mb", "文件上限MB", WHOLE, 10), ("max_files", "最多文件", WHOLE, 8),
        ("cover", "封面", JSON, 40), ("sheet", "表格", JSON, 40),
    ),
)  # fmt: skip
PROJECT = Sheet(
    "列表字段",
    _columns(("@column", "列", TEXT, 12), LABEL, ("from", "取自", TEXT, 30)),
    "列表、汇总表和统计使用的字段。",
)
PREFILL = Sheet(
    "预填", _columns(("@name", "字段", TEXT, 24), ("@value", "取自", TEXT, 30)), "新建申报时自动填入的内容。"
)
VARS = Sheet(
    "变量", _columns(("@name", "名称", TEXT, 16), ("@value", "值", LIMIT, 20)), "文字中用大括号引用，如 {y1}。"
)
LISTS = Sheet(
    "名单", _columns(("@list", "名单", TEXT, 20), ("@code_list", "引用代码表", TEXT, 20), ("@value", "内容", TEXT, 40))
)
TEMPLATES = Sheet("模板", _columns(("@name", "名称", TEXT, 24), ("@value", "内容", TEXT, 80)), "承诺书等文字。")
REST = Sheet(
    "其余", _columns(("@name", "部分", TEXT, 20), ("@value", "内容", JSON, 80)), "没有单独工作表的内容，请勿修改。"
)
LONG = Sheet(
    "长文字", _columns(("@number", "编号", WHOLE, 8), ("@value", "内容", TEXT, 80)), "超过单元格长度的内容，请勿修改。"
)

LISTED = {
    ("checks",): CHECKS,
    ("eligibility", "gates"): GATES,
    ("eligibility", "quota", "rows"): QUOTA,
    ("eligibility", "indicators"): INDICATORS,
    ("eligibility", "conditions"): CONDITIONS,
    ("workflow", "steps"): STEPS,
    ("documents",): DOCUMENTS,
}
"""Lists of entries that are a sheet each, by the place where they stand in the body."""
PAIRS = {"prefill": PREFILL, "vars": VARS, "templates": TEMPLATES}
"""Mappings that are two columns each."""
EXPLAINED = (
    HEAD, SECTIONS, FIELDS, CHOICES, CHECKS, GATES, QUOTA, INDICATORS, CONDITIONS, STEPS, DOCUMENTS, PROJECT, PREFILL,
    VARS, TEMPLATES, LISTS, REST,
)  # fmt: skip
"""The sheets in the order in which they are explained."""
