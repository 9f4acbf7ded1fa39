"""The forty questions of `make bench-forms`: one list that both sides make their form from, and answers to post."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

SECTION, TYPE = "forty_page", "invented_forty_questions"
BODIES = 40
BAD_EVERY = 4  # of the posted bodies, that many have wrong and missing answers
CHOICES = (("small", "小型"), ("medium", "中型"), ("large", "大型"), ("micro", "微型"))


@dataclass(frozen=True)
class Question:
    """A required field: its kind with limits, an answer that holds, and one that does not."""

    key: str
    kind: str
    label: str
    good: Sequence[Any]
    bad: Any
    limits: dict[str, Any] = field(default_factory=dict)


_PARAGRAPHS = ("本项目围绕关键工序数控化展开，" * 12, "建成后产能与质量明显提升。\n" * 9)
_KINDS: tuple[tuple[int, str, str, Sequence[Any], Any, dict[str, Any]], ...] = (
    (8, "text", "名称", ("云杉智能装备", "柔性装配生产线", "数字化车间建设项目"), "长" * 81, {"max": 80}),
    (4, "longtext", "说明", _PARAGRAPHS, "字" * 801, {"max": 800}),
    (4, "int", "人数", ("12", "350", "4800"), "十二", {"min": 0, "max": 100000}),
    (2, "number", "面积", ("12.5", "1800.25"), "12.345", {"min": 0, "decimals": 2}),
    (5, "money", "金额", ("1500.25", "88.0001", "62000"), "12.34567", {"min": 0}),
    (2, "percent", "比例", ("6.5", "28"), "101", {"min": 0, "max": 100}),
    (3, "date", "日期", ("2023-05-18", "2024-02-29"), "2023-02-30", {"min": "2000-01-01", "max": "2030-12-31"}),
    (1, "month", "年月", ("2015-03", "2020-11"), "2015-13", {}),
    (4, "choice", "规模", ("small", "medium", "large"), "giant", {"choices": CHOICES}),
    (2, "choices", "类别", (["small"], ["medium", "large"]), ["small", "giant"], {"choices": CHOICES}),
    (2, "phone", "电话", ("13800138000", "0752-2808821"), "12345", {}),
    (2, "email", "邮箱", ("name@example.com", "office@example.org"), "name@", {}),
    (1, "credit_code", "信用代码", ("91440000MBN000001F",), "91440000MBN000001G", {}),
)  # fmt: skip


def questions() -> list[Question]:
    """Return the forty questions."""
    return [
        Question(f"{kind}_{number}", kind, f"{label} {number}", good, bad, limits)
        for count, kind, label, good, bad, limits in _KINDS
        for number in range(1, count + 1)
    ]


def bodies() -> list[tuple[dict[str, Any], set[str]]]:
    """Return what is posted, again and again, each with the keys of the answers that are wrong or missing."""
    shape, asked = Random(40), questions()
    found = []
    for number in range(BODIES):
        body = {question.key: shape.choice(question.good) for question in asked}
        wrong = set()
        if number % BAD_EVERY == 0:
            chosen = shape.sample(asked, 8)
            body |= {question.key: question.bad for question in chosen[:6]}
            body |= {question.key: "" for question in chosen[6:]}
            wrong = {question.key for question in chosen}
        found.append((body, wrong))
    return found


def encoded() -> list[bytes]:
    """Return the bodies as they are sent."""
    return [json.dumps(body, ensure_ascii=False).encode() for body, _wrong in bodies()]


def type_body() -> dict[str, Any]:
    """Return the declaration type that asks them on one page."""
    fields = []
    for question in questions():
        limits = dict(question.limits)
        if "choices" in limits:
            limits["choices"] = "sizes"
        fields.append({"key": question.key, "type": question.kind, "label": question.label, "required": True, **limits})
    step = {"key": "first", "label": "区县核实", "role": "county_officer", "scope": "enterprise.county"}
    step |= {"office": "responsible", "public_label": "区县审核中", "actions": ["recommend", "decline", "return"]}
    return {
        "schema": "declare/call/1",
        "key": TYPE,
        "title": "四十问（虚构）",
        "year": 2025,
        "subject": "{text_1}",
        "choices": {"sizes": [{key: label} for key, label in CHOICES]},
        "sections": [{"key": SECTION, "title": "登记", "fields": fields}],
        "workflow": {"steps": [step]},
    }
