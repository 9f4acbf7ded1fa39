"""申报单位: who may declare under a city's guide: everybody, those picked, or those of an imported list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, func, insert, select
from stdnum.cn import uscc

from ..errors import Invalid
from ..extensions import db
from ..models import Account, Applicants, CallGuide, Enterprise, GuideApplicant
from . import audit
from .imports.reading import Heading, Line, Problem, find_gaps, read_lines, template

HEADINGS = (Heading("name", "企业名称", required=True), Heading("credit_code", "统一社会信用代码", required=True))
MOST_PICKED = 200
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Unit:
    """One applicant, by credit code; it need not be registered on the platform yet."""

    credit_code: str
    name: str | None


_EXAMPLE = Unit("91441302MADEMA001D", "示例智能装备有限公司")


def units_of(enterprises: Iterable[Enterprise]) -> list[Unit]:
    """Return registered enterprises as applicants."""
    return [Unit(enterprise.credit_code, enterprise.name) for enterprise in enterprises]


def set_applicants(guide: CallGuide, kind: Applicants, units: Sequence[Unit] | None) -> None:
    """Say who may declare; without `units` an imported list stays as it is. Raises Invalid for an empty list."""
    kept = units is None and kind is guide.applicants
    guide.applicants = kind
    if kind is not Applicants.ALL and kept and _count(guide):
        return
    db.session.execute(delete(GuideApplicant).where(GuideApplicant.guide_id == guide.id))
    if kind is Applicants.ALL:
        return
    if not units:
        _refuse_empty(kind)
    rows = [{"guide_id": guide.id, "credit_code": unit.credit_code, "name": unit.name} for unit in units]
    db.session.execute(insert(GuideApplicant), rows)


def _count(guide: CallGuide) -> int:
    return db.session.scalar(select(func.count(GuideApplicant.id)).where(GuideApplicant.guide_id == guide.id))


def _refuse_empty(kind: Applicants) -> None:
    if kind is Applicants.PICKED:
        message = _("请至少选择一家申报单位，或改为“所有单位”。")
        raise Invalid(message, fields={"picked": message})
    message = _("请上传申报单位名单，或改为“所有单位”。")
    raise Invalid(message, fields={"list_file": message})


def remove_applicants(guide: CallGuide, ids: Sequence[int], *, by: Account, at: datetime) -> int:
    """Strike units off a guide's list; raises Invalid when nobody would be left, which would look like an open call."""
    query = select(GuideApplicant).where(GuideApplicant.guide_id == guide.id, GuideApplicant.id.in_(ids))
    rows = db.session.scalars(query).all()
    if rows and len(rows) == _count(guide):
        raise Invalid(_("名单中至少保留一家单位；如不再限定申报单位，请在编辑申报指南中选择“所有单位”。"))
    for row in rows:
        audit.record("remove_applicant", guide, by=by, at=at, detail={"code": row.credit_code, "name": row.name})
        db.session.delete(row)
    db.session.flush()
    return len(rows)


def counts_of(guide_ids: Iterable[int]) -> dict[int, int]:
    """Return {guide id: how many units its list names}."""
    query = select(GuideApplicant.guide_id, func.count()).where(GuideApplicant.guide_id.in_(guide_ids))
    return dict(db.session.execute(query.group_by(GuideApplicant.guide_id)).all())


def picked_of(guide: CallGuide) -> list[Enterprise]:
    """Return the registered enterprises that a guide names, by name; at most as many as may be picked."""
    named = select(GuideApplicant.credit_code).where(GuideApplicant.guide_id == guide.id)
    query = (
        select(Enterprise)
        .where(Enterprise.site_id == guide.call.site_id, Enterprise.credit_code.in_(named))
        .order_by(Enterprise.name)
        .limit(MOST_PICKED)
    )
    return list(db.session.scalars(query))


def registered_names(site_id: int, codes: Iterable[str]) -> Mapping[str, str]:
    """Return {credit code: the name under which it is registered on the platform}."""
    query = select(Enterprise.credit_code, Enterprise.name).where(
        Enterprise.site_id == site_id, Enterprise.credit_code.in_(codes)
    )
    return dict(db.session.execute(query).all())


# ---------------------------------------------------------------- the list as a workbook


def list_template() -> bytes:
    """Return the .xlsx to fill in."""
    return template("申报单位名单", HEADINGS, [[_EXAMPLE.name, _EXAMPLE.credit_code]])


def read_list(stream: BinaryIO) -> list[Unit]:
    """Return the units of an uploaded list; raises BadFile, or Invalid with a problem per line, nothing half done."""
    lines = read_lines(stream, HEADINGS)
    problems = [*find_gaps(lines, HEADINGS), *_wrong_lines(lines)]
    if problems:
        problems.sort(key=lambda problem: problem.line)
        message = _("名单中有 %(count)s 处有误，没有导入任何单位，请按列出的内容更正后重新上传。", count=len(problems))
        raise Invalid(message, fields={"list_file": message}, problems=problems)
    return [Unit(uscc.compact(line.values["credit_code"]), line.values["name"]) for line in lines]


def _wrong_lines(lines: Iterable[Line]) -> Iterable[Problem]:
    first: dict[str, int] = {}
    for line in lines:
        code, name = uscc.compact(line.values["credit_code"]), line.values["name"]
        if code and not uscc.is_valid(code):
            yield _problem(line, 1, _("“%(code)s”不是有效的统一社会信用代码，请核对 18 位代码。", code=code[:30]))
        elif code in first:
            yield _problem(line, 1, _("与第 %(line)s 行重复，请删除其中一行。", line=first[code]))
        if len(name) > LONGEST_NAME:
            yield _problem(line, 0, _("企业名称超过 %(limit)s 字，请核对。", limit=LONGEST_NAME))
        first.setdefault(code, line.number)


def _problem(line: Line, heading: int, message: Any) -> Problem:
    return Problem(line.number, HEADINGS[heading].label, message)
