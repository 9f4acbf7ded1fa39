"""What is typed about an enterprise, in one place: names, labels and limits of its fields, and how they are judged.

`PARTICULARS` is everything that 企业信息 shows and edits; the certification asks for most of it with the same fields.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from stdnum.cn import uscc

from ..clock import to_local
from ..models import Enterprise
from . import id_numbers

TEN_THOUSAND = 10_000
LONGEST = 5_000  # what is kept of a field at all, while it is being filled in
_PHONE = re.compile(r"(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(?:-\d{1,6})?|400-?\d{3}-?\d{4})", re.ASCII)
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_AMOUNT = re.compile(r"\d{1,10}(?:\.\d{1,4})?", re.ASCII)
_POSTCODE = re.compile(r"\d{6}", re.ASCII)


@dataclass(frozen=True)
class Particular:
    """A field: `kind` says how it is typed and judged, `limit` how long it may be."""

    name: str
    label: Any
    kind: str = "text"
    limit: int = 0
    required: bool = False
    hint: Any = ""


COUNTY = Particular(
    "county", _("所属市、县（区）"), "county", required=True,
    hint=_("决定由哪个市、县（区）审核，请务必核对。"),
)  # fmt: skip
PARTICULARS = (
    Particular("short_name", _("企业简称"), limit=40, hint=_("用于附件命名和项目名称")),
    Particular("kind", _("企业性质"), limit=40),
    Particular("industry", _("所属行业"), limit=60),
    Particular("established_on", _("成立日期"), "date"),
    Particular("registered_capital", _("注册资金（万元）"), "amount"),
    Particular("registry_authority", _("登记机关"), limit=80),
    Particular("legal_representative", _("法人代表"), limit=40, required=True),
    Particular("legal_phone", _("法人电话"), "tel"),
    Particular("contact", _("联系人"), limit=40, required=True),
    Particular(
        "contact_phone", _("联系电话"), "tel", required=True, hint=_("审核部门将通过该电话联系贵单位")
    ),
    Particular("email", _("公司邮箱"), "email", limit=120),
    Particular("website", _("公司网址"), "url", limit=120),
    Particular("address", _("单位注册地址"), limit=160, required=True),
    Particular("postcode", _("邮政编码"), "postcode"),
    Particular("main_business", _("主营业务"), "area", limit=1000),
    Particular("business_scope", _("经营范围"), "area", limit=2000),
)  # fmt: skip
BY_NAME = {field.name: field for field in PARTICULARS}


def required(field: Particular) -> Particular:
    """Return the same field as one that must be filled in."""
    return replace(field, required=True)


def tidy(field: Particular, text: str) -> str:
    """Return what was typed as it is kept: paragraphs keep their lines, everything else stands on one."""
    if field.kind == "area":
        return text.replace("\r\n", "\n").strip()
    plain = " ".join(text.split())
    return plain.upper() if field.kind in ("credit_code", "id_number") else plain


def tidy_all(fields: Iterable[Particular], typed: Mapping[str, str]) -> dict[str, str]:
    """Return {name: what was typed} of all fields, tidied."""
    return {field.name: tidy(field, typed.get(field.name) or "") for field in fields}


def problems_of(fields: Iterable[Particular], text: Mapping[str, str], at: datetime) -> dict[str, Any]:
    """Return {name: what is wrong}; whether a county is one is asked of the database elsewhere."""
    judged = ((field.name, _problem(field, text.get(field.name, ""), at)) for field in fields)
    return {name: problem for name, problem in judged if problem}


def _problem(field: Particular, text: str, at: datetime) -> Any:
    if not text:
        return _("此项必填，请填写。") if field.required and field.kind != "county" else None
    if field.limit and len(text) > field.limit:
        return _("最多输入 %(limit)s 字，请删减。", limit=field.limit)
    judge = JUDGES.get(field.kind)
    return judge(text, at) if judge else None


def _of(pattern: re.Pattern[str], sentence: Any) -> Any:
    return lambda text, _at: None if pattern.fullmatch(text) else sentence


def _judge_amount(text: str, _at: datetime) -> Any:
    if _AMOUNT.fullmatch(text.replace(",", "")):
        return None
    return _("请填写数字，单位万元，最多 4 位小数。")


def _judge_day(text: str, at: datetime) -> Any:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _("请填写存在的日期，例如 2015-03-18。")
    return _("成立日期不能晚于今天。") if day > to_local(at).date() else None


def _judge_credit_code(text: str, _at: datetime) -> Any:
    return None if is_credit_code(text) else _("统一社会信用代码有误，请核对 18 位代码。")


def _judge_id_number(text: str, at: datetime) -> Any:
    fits = id_numbers.is_id_number(id_numbers.compact(text), to_local(at).date())
    return None if fits else _("身份证号有误，请核对 18 位号码。")


def _judge_website(text: str, _at: datetime) -> Any:
    return None if re.match(r"https?://", text) else _("网址请以 http:// 或 https:// 开头。")


JUDGES = {
    "tel": _of(_PHONE, _("请填写 11 位手机号码，或带区号的固定电话，例如 0752-2808000。")),
    "mobile": _of(_MOBILE, _("手机号码应为 11 位数字，请核对。")),
    "email": _of(_EMAIL, _("电子邮箱格式不正确，例如 name@example.com。")),
    "postcode": _of(_POSTCODE, _("邮政编码为 6 位数字。")),
    "url": _judge_website,
    "amount": _judge_amount,
    "date": _judge_day,
    "credit_code": _judge_credit_code,
    "id_number": _judge_id_number,
}


def is_credit_code(text: str) -> bool:
    """Tell whether form and check digit of a credit code are right (GB 32100-2015)."""
    return len(text) == 18 and text.isascii() and uscc.is_valid(text)


def amount_of(text: str) -> Decimal | None:
    """Return 元 of what was typed in 万元."""
    plain = text.replace(",", "")
    return Decimal(plain) * TEN_THOUSAND if plain else None


def amount_shown(amount: Decimal | None) -> str:
    """Return 元 as it is typed in 万元."""
    return "" if amount is None else f"{(amount / TEN_THOUSAND).normalize():f}"


def take_over(enterprise: Enterprise, fields: Iterable[Particular], text: Mapping[str, str]) -> None:
    """Store tidied and judged texts in the columns of their names."""
    for field in fields:
        setattr(enterprise, field.name, _stored(field, text.get(field.name, "")))


def _stored(field: Particular, text: str) -> Any:
    if field.kind == "amount":
        return amount_of(text)
    if field.kind == "date":
        return date.fromisoformat(text) if text else None
    return text or None


def shown(enterprise: Enterprise) -> dict[str, str]:
    """Return the particulars and the county as they stand in inputs."""
    values = {field.name: getattr(enterprise, field.name) for field in PARTICULARS}
    values["registered_capital"] = amount_shown(enterprise.registered_capital)
    values["established_on"] = enterprise.established_on.isoformat() if enterprise.established_on else ""
    values["county"] = enterprise.county_id
    return {name: "" if value is None else str(value) for name, value in values.items()}


def missing(enterprise: Enterprise) -> list[Any]:
    """Return the labels of what an enterprise still has to complete, however it came onto the platform."""
    asked = (field.label for field in PARTICULARS if field.required and not getattr(enterprise, field.name))
    return [*([] if enterprise.county_id and enterprise.city_id else [COUNTY.label]), *asked]
