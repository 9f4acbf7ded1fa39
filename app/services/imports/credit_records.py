"""失信名单 from Excel: all lines are kept, or none and a report says what to correct."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, BinaryIO

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...clock import to_local
from ...models import Account
from .. import credit
from .reading import Heading, Line, Problem, find_gaps, read_lines, template
from .values import LineReader, report

JOB_KIND = "import_credit_records"
HEADINGS = (
    Heading("name", _("企业名称"), required=True),
    Heading("credit_code", _("统一社会信用代码"), required=True),
    Heading("case_no", _("案号"), required=True),
    Heading("reason", _("失信事由")),
    Heading("published_by", _("公布机关")),
    Heading("published_on", _("公布日期")),
    Heading("removed_on", _("移出日期")),
)
_EXAMPLE = (
    "示例智能装备有限公司", "91441302MADEM9999B", "（2024）粤1302执1234号", "有履行能力而拒不履行生效法律文书确定义务",
    "惠州市惠城区人民法院", "2024-05-01", "",
)  # fmt: skip


def make_template() -> bytes:
    """Return the workbook to fill in."""
    return template(gettext("失信名单"), HEADINGS, [_EXAMPLE])


def import_records(stream: BinaryIO, *, by: Account, at: datetime) -> dict[str, Any]:
    """Keep every record of a sheet, or none; return the report. Raises BadFile."""
    lines = read_lines(stream, HEADINGS)
    problems = find_gaps(lines, HEADINGS)
    entries = _read(lines, problems, to_local(at).date())
    problems += _beyond_reach(lines, by)
    if problems:
        return report(len(lines), 0, problems)
    credit.keep_records([entry for entry in entries if entry is not None], by=by, at=at)
    return report(len(lines), len(lines), ())


def _read(lines: Sequence[Line], problems: list[Problem], today: date) -> list[credit.Entry | None]:
    seen: dict[tuple[str, str], int] = {}
    return [_entry(LineReader(line, HEADINGS, problems), seen, today) for line in lines]


def _entry(line: LineReader, seen: dict[tuple[str, str], int], today: date) -> credit.Entry | None:
    name, code, case_no = line.text("name", 120), line.credit_code("credit_code"), line.text("case_no", 80)
    reason, published_by = line.text("reason", 300), line.text("published_by", 120)
    published_on, removed_on = line.day("published_on", today), line.day("removed_on", today)
    if published_on and removed_on and removed_on < published_on:
        line.refuse("removed_on", gettext("移出日期不能早于公布日期。"))
    if not (name and code and case_no):
        return None
    first = seen.setdefault((code, case_no), line.line.number)
    if first != line.line.number:
        line.refuse("case_no", gettext("与第 %(line)s 行重复，请保留一行。", line=first))
    return credit.Entry(name, code, case_no, reason, published_by, published_on, removed_on)


def _beyond_reach(lines: Sequence[Line], by: Account) -> list[Problem]:
    """Refuse lines of enterprises that are registered in somebody else's region."""
    codes = {line.number: "".join(line.values["credit_code"].split()).upper() for line in lines}
    beyond = credit.beyond_reach(set(codes.values()), by)
    sentence = gettext("该企业不在您的管理范围内，请联系省级管理员导入。")
    return [Problem(number, str(HEADINGS[1].label), sentence) for number, code in codes.items() if code in beyond]
