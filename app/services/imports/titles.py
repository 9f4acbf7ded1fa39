"""历年入选名单 from Excel, in the columns of the published list: all lines are kept, or none."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, BinaryIO

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from ... import roles
from ...extensions import db
from ...models import Account, Region, RegionKind
from ...permissions import holds
from .. import titles
from ..name_keys import name_key
from .reading import Heading, find_gaps, read_lines, template
from .values import LineReader, report

JOB_KIND = "import_titles"
HEADINGS = (
    Heading("number", _("序号")),
    Heading("city", _("地市"), required=True),
    Heading("holder", _("单位名称"), required=True),
    Heading("fields", _("所属领域")),
    Heading("cohort", _("批次"), required=True),
)
_EXAMPLE = ("1", "惠州市", "示例智能装备有限公司", "智能制造装备领域、智能制造系统解决方案领域", "第一批")
_BETWEEN_FIELDS = re.compile(r"[、,，;；\n]+")


def make_template() -> bytes:
    """Return the workbook to fill in."""
    return template(gettext("入选名单"), HEADINGS, [_EXAMPLE])


def import_titles(
    stream: BinaryIO,
    name: str,
    *,
    by: Account,
    at: datetime,
    granted_on: date | None = None,
    expires_on: date | None = None,
) -> dict[str, Any]:
    """Keep every line of a list under a title, or none; return the report and how many are linked. Raises BadFile."""
    lines = read_lines(stream, HEADINGS)
    problems = find_gaps(lines, HEADINGS)
    cities = _cities(by.site_id)
    seen: dict[tuple[str, str], int] = {}
    readers = [LineReader(line, HEADINGS, problems) for line in lines]
    entries = [_entry(reader, cities, seen, by) for reader in readers]
    if problems:
        return report(len(lines), 0, problems) | {"linked": 0}
    kept = [entry for entry in entries if entry is not None]
    found = titles.keep_titles(name, kept, by=by, at=at, granted_on=granted_on, expires_on=expires_on)
    linked = sum(1 for title in found if title.enterprise_id is not None)
    return report(len(lines), len(kept), ()) | {"linked": linked}


def split_fields(text: str) -> list[str]:
    """Return the fields that a cell holds, in their order and each once."""
    return list(dict.fromkeys(part.strip() for part in _BETWEEN_FIELDS.split(text) if part.strip()))


def _cities(site_id: int) -> dict[str, int]:
    query = select(Region.name, Region.id).where(Region.site_id == site_id, Region.kind == RegionKind.CITY)
    return dict(db.session.execute(query).tuples().all())


def _entry(
    line: LineReader, cities: Mapping[str, int], seen: dict[tuple[str, str], int], by: Account
) -> titles.Entry | None:
    city, holder, cohort = line.text("city", 60), line.text("holder", 120), line.text("cohort", 40)
    line.text("fields", 300)
    if not (city and holder and cohort):
        return None
    _require_own_city(line, cities.get(city), by)
    first = seen.setdefault((cohort, name_key(holder)), line.line.number)
    if first != line.line.number:
        line.refuse("holder", gettext("与第 %(line)s 行重复，请保留一行。", line=first))
    return titles.Entry(holder, cohort, city, cities.get(city), split_fields(line.line.values["fields"]))


def _require_own_city(line: LineReader, city_id: int | None, by: Account) -> None:
    """The province lists everybody, a city its own."""
    if not holds(by, roles.PROVINCE_ADMINISTRATOR) and city_id != by.department.region_id:
        line.refuse("city", gettext("只能导入本市的名单，其他地市请由省级管理员导入。"))
