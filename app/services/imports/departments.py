"""部门 from Excel: every line becomes a department, or none and a report says what to correct."""

from datetime import datetime
from typing import Any, BinaryIO

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from ...errors import DomainError
from ...extensions import db
from ...models import Account, Department, DepartmentKind, Region
from ...permissions import bureau_of, visible
from .. import departments
from .offices import OfficeIndex
from .reading import Heading, find_gaps, read_lines, template
from .values import LineReader, report

JOB_KIND = "import_departments"
MOST_LINES = 2000
PARENT = Heading("parent", _("上级部门"), required=True)
REGION = Heading("region", _("所属地区"))
HEADINGS = (
    Heading("name", _("部门名称"), required=True),
    PARENT,
    REGION,
    Heading("head", _("负责人")),
    Heading("position", _("排序号")),
    Heading("enabled", _("是否启用")),
    Heading("description", _("描述")),
)


def headings_for(by: Account) -> tuple[Heading, ...]:
    """Return the columns; a county's administrator adds offices of the own bureau only, so two columns fall away."""
    if departments.adds_bureaus(by):
        return HEADINGS
    return tuple(heading for heading in HEADINGS if heading not in (PARENT, REGION))


def make_template(by: Account) -> bytes:
    """Return the workbook to fill in."""
    bureau = bureau_of(by)
    examples = [{"name": gettext("综合科"), "head": gettext("张三"), "position": "1", "enabled": gettext("是")}]
    if departments.adds_bureaus(by):
        examples.append({"name": gettext("某某区工业和信息化局"), "region": gettext("某某区")})
    for example in examples:
        example["parent"] = bureau.name if bureau else ""
    headings = headings_for(by)
    return template(gettext("部门"), headings, [[e.get(h.key, "") for h in headings] for e in examples])


def import_departments(stream: BinaryIO, *, by: Account, at: datetime) -> dict[str, Any]:
    """Add a department per line and return the report. With problems in it, the caller rolls back. Raises BadFile.

    A line may name a parent that an earlier line adds.
    """
    headings = headings_for(by)
    lines = read_lines(stream, headings, max_lines=MOST_LINES)
    problems = find_gaps(lines, headings)
    index, regions, seen = OfficeIndex(by), _regions(by), {}
    for line in lines:
        _add(LineReader(line, headings, problems), index, regions, seen, by, at)
    return report(len(lines), 0 if problems else len(lines), problems)


def _regions(by: Account) -> dict[str, Region]:
    """Return the regions below the own one by name."""
    own = by.department.region
    below = select(Region).where(visible(Region, by), Region.path.startswith(own.path, autoescape=True))
    return {region.name: region for region in db.session.scalars(below)}


def _add(
    line: LineReader, index: OfficeIndex, regions: dict[str, Region], seen: dict, by: Account, at: datetime
) -> None:
    before = len(line.problems)
    name, head, position = line.text("name", 80), line.text("head", 40), _position(line)
    parent, region, enabled = _parent(line, index, by), _region(line, regions), _enabled(line)
    if len(line.problems) > before or name is None or parent is None:
        return
    first = seen.setdefault((parent.id, name), line.line.number)
    if first != line.line.number:
        line.refuse("name", gettext("与第 %(line)s 行重复，请保留一行。", line=first))
        return
    kind = DepartmentKind.OFFICE if region is None else DepartmentKind.BUREAU
    try:
        with db.session.begin_nested():
            added = departments.add_department(
                parent, name, kind, by=by, at=at, region=region, head=head, position=position, enabled=enabled,
                description=line.line.values["description"] or None,
            )  # fmt: skip
    except DomainError as refusal:
        named = next(iter(refusal.details.get("fields") or {}), "name")
        line.refuse(named if named in line.labels else "name", str(refusal))
    else:
        index.add(added, parent.name)


def _parent(line: LineReader, index: OfficeIndex, by: Account) -> Department | None:
    if "parent" not in line.labels:
        return bureau_of(by)
    text = line.line.values["parent"]
    found = [d for d in index.find(text) if d.kind is DepartmentKind.BUREAU] if text else []
    if text and not found:
        line.refuse("parent", gettext("在您的管理范围内没有名为“%(name)s”的主管部门，请核对。", name=text))
    if len(found) > 1:
        line.refuse("parent", gettext("有多个主管部门名为“%(name)s”，请按“上级/名称”填写。", name=text))
    return found[0] if len(found) == 1 else None


def _region(line: LineReader, regions: dict[str, Region]) -> Region | None:
    text = line.line.values.get("region", "")
    if text and text not in regions:
        line.refuse("region", gettext("没有名为“%(name)s”的下级地区，请核对；科室无需填写所属地区。", name=text))
    return regions.get(text)


def _position(line: LineReader) -> int:
    text = line.line.values["position"]
    if not text:
        return 0
    if len(text) > 10 or not (text.isascii() and text.isdigit()) or int(text) > departments.MOST_POSITION:
        line.refuse("position", gettext("请填写整数，例如 1。"))
        return 0
    return int(text)


def _enabled(line: LineReader) -> bool:
    text = line.line.values["enabled"]
    if text not in ("", "是", "否"):
        line.refuse("enabled", gettext("请填写“是”或“否”，留空为“是”。"))
    return text != "否"
