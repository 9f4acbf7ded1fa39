"""Validators for what Django brings none for."""

import re
from collections.abc import Callable
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as WrongNumber

month = RegexValidator(r"^(19|20)\d\d-(0[1-9]|1[0-2])$", "请输入存在的年月，例如 2015-03")
phone = RegexValidator(
    r"^(1[3-9]\d{9}|(0\d{2,3}-?)?[2-9]\d{6,7}(-\d{1,6})?|[48]00-?\d{3}-?\d{4})$",
    "请输入11位手机号，或“区号-号码”形式的固定电话，例如 0752-2808821",
)


class VisibleLength:
    """Limits a text by its characters without white space."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __call__(self, text: str) -> None:
        length = len(re.sub(r"\s+", "", text))
        if length > self.limit:
            raise ValidationError(f"最多输入{self.limit}字，现有{length}字，请删减{length - self.limit}字")


def within(first: str, last: str) -> Callable[[date], None]:
    """Return a validator for days from the first to the last."""
    begin, end = date.fromisoformat(first), date.fromisoformat(last)

    def check(day: date) -> None:
        if not begin <= day <= end:
            raise ValidationError(f"请输入 {first} 至 {last} 之间的日期")

    return check


def credit_code(code: str) -> None:
    """Refuse a credit code with a wrong check digit."""
    try:
        uscc.validate(code)
    except WrongNumber:
        raise ValidationError("统一社会信用代码有误，请对照营业执照核对") from None
