"""Kinds that hold a number or address of a person or unit: phone, e-mail, credit code, ID number."""

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from .. import controls
from .base import FieldError, Kind, as_text, half_width, without_space

if TYPE_CHECKING:
    from ..definition import Field

MOBILE = re.compile(r"1[3-9]\d{9}")
LANDLINE = re.compile(r"(?:0\d{2,3}-?)?[2-9]\d{6,7}(?:-\d{1,6})?")
SERVICE_LINE = re.compile(r"[48]00-?\d{3}-?\d{4}")
EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}")
DASHES = str.maketrans({"—": "-", "–": "-", "‐": "-", "−": "-", "－": "-", "―": "-"})
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"


class _Compact(Kind):
    """Text without any white space in its plain (half-width) form."""

    input_type = "text"
    input_mode = ""

    def clean(self, field: "Field", raw: Any) -> str | None:
        text = half_width(without_space(as_text(raw)))
        return self.judge(text) if text else None

    def judge(self, text: str) -> str:
        """Return the normal form of the text or raise FieldError."""
        raise NotImplementedError

    def wtf(self, field: "Field"):
        return controls.text_field(field, self.hint(field), kind=self.input_type, mode=self.input_mode)


class Phone(_Compact):
    """A mobile number, a landline with area code, or a 400 number."""

    input_type = "tel"

    def judge(self, text: str) -> str:
        number = re.sub(r"[()]", "", text.translate(DASHES)).removeprefix("+86")
        if MOBILE.fullmatch(number.replace("-", "")):
            return number.replace("-", "")
        if LANDLINE.fullmatch(number) or SERVICE_LINE.fullmatch(number):
            return number
        raise FieldError(_("请输入11位手机号，或“区号-号码”形式的固定电话，例如 0752-2808821"))


class Email(_Compact):
    """An e-mail address."""

    input_type = "email"

    def judge(self, text: str) -> str:
        if len(text) > 120 or not EMAIL.fullmatch(text):
            raise FieldError(_("请输入正确的电子邮箱，例如 name@example.com"))
        return text


class CreditCode(_Compact):
    """统一社会信用代码 after GB 32100-2015."""

    def judge(self, text: str) -> str:
        code = text.upper()
        if len(code) != 18:
            raise FieldError(_("统一社会信用代码应为18位，现为%(length)s位，请核对", length=len(code)))
        try:
            return uscc.validate(code)
        except ValidationError:
            raise FieldError(_("统一社会信用代码有误（校验位不符或含有I、O、S、V、Z），请对照营业执照核对")) from None

    def hint(self, field: "Field") -> Any:
        return _("18位数字或大写字母")


class IdNumber(_Compact):
    """公民身份号码 after GB 11643-1999; county codes that were abolished since are accepted."""

    def judge(self, text: str) -> str:
        number = text.upper()
        if not re.fullmatch(r"\d{17}[\dX]", number):
            raise FieldError(_("身份证号应为18位数字，最后一位可为X，请核对"))
        if not _is_past_date(number[6:14]):
            raise FieldError(_("身份证号中的出生日期不存在，请核对"))
        total = sum(weight * int(digit) for weight, digit in zip(ID_WEIGHTS, number, strict=False))
        if ID_CHECKS[total % 11] != number[17]:
            raise FieldError(_("身份证号校验位不符，请核对"))
        return number

    def show(self, field: "Field", clean: Any) -> str:
        return clean

    def hint(self, field: "Field") -> Any:
        return _("18位身份证号")


def _is_past_date(text: str) -> bool:
    try:
        born = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return False
    return born.year >= 1880
