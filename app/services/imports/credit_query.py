"""批量信用查询: a sheet of credit codes comes back with whether each unit is dishonest."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, BinaryIO

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...clock import show, to_local
from ...models import Account, StoredFile
from ...reports.sheet import write_xlsx
from ...reports.table import Column, Kind, Table
from .. import files
from ..credit_query import Answer, answer_many
from .reading import Heading, Line, find_gaps, read_lines, template
from .values import report

JOB_KIND = "credit_query"
MOST_LINES = 5000
HEADINGS = (Heading("name", _("企业名称")), Heading("credit_code", _("统一社会信用代码"), required=True))
_EXAMPLE = ("示例智能装备有限公司", "91441302MADEM9999B")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def make_template() -> bytes:
    """Return the workbook to fill in."""
    return template(gettext("信用查询模板"), HEADINGS, [_EXAMPLE])


def file_name(at: datetime) -> str:
    """Return the name under which the answer is kept."""
    return gettext("信用查询结果_%(time)s.xlsx", time=f"{to_local(at):%Y%m%d%H%M}")


def answer_sheet(stream: BinaryIO, *, by: Account, at: datetime) -> tuple[StoredFile | None, dict[str, Any]]:
    """Return the answered sheet and the report; a sheet with gaps is not answered. Raises BadFile."""
    lines = read_lines(stream, HEADINGS, max_lines=MOST_LINES)
    gaps = find_gaps(lines, HEADINGS)
    if gaps:
        return None, report(len(lines), 0, gaps)
    answers = answer_many([_asked(line) for line in lines], by)
    target = BytesIO()
    write_xlsx(_table(answers, at), target)
    return files.store_bytes(target.getvalue(), _XLSX, site_id=by.site_id), report(len(lines), len(lines), ())


def _asked(line: Line) -> tuple[str, str]:
    name, code = line.values["name"], line.values["credit_code"]
    return " ".join(name.split()), "".join(code.split()).upper()


def _table(answers: Sequence[Answer], at: datetime) -> Table:
    return Table(
        title=gettext("企业信用查询结果"),
        columns=(
            Column(gettext("企业名称"), 24),
            Column(gettext("统一社会信用代码"), 14, Kind.CENTRED),
            Column(gettext("是否失信"), 6, Kind.CENTRED),
            Column(gettext("失信记录"), 40),
            Column(gettext("备注"), 24),
        ),
        rows=[(a.name, a.credit_code, _yes_or_no(a.dishonest), a.records, str(a.remark)) for a in answers],
        above=[gettext("查询时间：%(time)s", time=show(at))],
    )


def _yes_or_no(dishonest: bool | None) -> str:
    return "" if dishonest is None else gettext("是") if dishonest else gettext("否")
