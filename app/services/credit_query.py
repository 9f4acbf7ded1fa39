"""信用查询: whether units are dishonest, asked across all regions; what lies outside is told by name and code alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, func, select
from stdnum.cn import uscc

from ..errors import Invalid
from ..extensions import db
from ..models import Account, CreditRecord, Enterprise
from ..permissions import visible
from .credit import AT_ONCE, records_in_force
from .name_keys import name_key

MOST_FOUND = 20
SHORTEST = 2  # characters of a name that is searched for


@dataclass(frozen=True)
class Finding:
    """What is known of a unit: `public_id` is there for enterprises of the asking person's own region only."""

    name: str
    credit_code: str
    dishonest: bool
    registered: bool = True
    public_id: str | None = None
    records: Sequence[CreditRecord] = field(default=())


def look_up(text: str, user: Account) -> list[Finding]:
    """Return the units that a credit code or a name stands for, equal names before similar ones; raises Invalid."""
    text = " ".join(text.replace("\x00", "").split())
    code = text.upper().replace(" ", "")
    if uscc.is_valid(code):
        return list(_by_codes([code], user).values())
    if len(text) < SHORTEST:
        raise Invalid(_("请输入完整的统一社会信用代码，或至少 %(count)s 个字的企业名称。", count=SHORTEST))
    equal = _read(Enterprise.name == text, user) or _read(Enterprise.name.contains(text, autoescape=True), user)
    return [*equal, *_unregistered(CreditRecord.name == text, user)][:MOST_FOUND]


def _by_codes(codes: Sequence[str], user: Account) -> dict[str, Finding]:
    found = _read(Enterprise.credit_code.in_(codes), user, limit=len(codes))
    others = _unregistered(CreditRecord.credit_code.in_(codes), user)
    return {finding.credit_code: finding for finding in (*others, *found)}


def _read(condition: ColumnElement[bool], user: Account, limit: int = MOST_FOUND) -> list[Finding]:
    """Read enterprises of all regions: their name, code and whether they are dishonest, and who is one's own."""
    query = (
        select(
            Enterprise.name, Enterprise.credit_code, Enterprise.dishonest, Enterprise.public_id,
            visible(Enterprise, user).label("own"),
        )
        .where(Enterprise.site_id == user.site_id, condition)
        .order_by(func.length(Enterprise.name), Enterprise.id)
        .limit(limit)
    )  # fmt: skip
    rows = db.session.execute(query).all()
    records = records_in_force([row.credit_code for row in rows if row.own], user)
    return [_finding(row, records.get(row.credit_code, ())) for row in rows]


def _finding(row: Any, records: Sequence[CreditRecord]) -> Finding:
    public_id = row.public_id if row.own else None
    return Finding(row.name, row.credit_code, row.dishonest, public_id=public_id, records=records)


def _unregistered(condition: ColumnElement[bool], user: Account) -> list[Finding]:
    """Return units that are known by their records only."""
    registered = select(Enterprise.credit_code).where(Enterprise.site_id == user.site_id)
    query = (
        select(CreditRecord)
        .where(condition, visible(CreditRecord, user), CreditRecord.credit_code.not_in(registered))
        .order_by(CreditRecord.id.desc())
    )
    units: dict[str, list[CreditRecord]] = {}
    for record in db.session.scalars(query):
        units.setdefault(record.credit_code, []).append(record)
    return [_unit(code, records) for code, records in units.items()]


def _unit(code: str, records: list[CreditRecord]) -> Finding:
    in_force = [record for record in records if record.removed_on is None]
    return Finding(records[0].name, code, bool(in_force), registered=False, records=in_force)


# ---------------------------------------------------------------- many at once


@dataclass(frozen=True)
class Answer:
    """One line of the sheet that goes back."""

    name: str
    credit_code: str
    dishonest: bool | None
    records: str = ""
    remark: Any = ""


def answer_many(asked: Sequence[tuple[str, str]], user: Account) -> list[Answer]:
    """Answer (name, credit code) pairs in their order."""
    valid = sorted({code for _name, code in asked if uscc.is_valid(code)})
    found: dict[str, Finding] = {}
    for start in range(0, len(valid), AT_ONCE):
        found |= _by_codes(valid[start : start + AT_ONCE], user)
    return [_answer(name, code, found.get(code)) for name, code in asked]


def _answer(name: str, code: str, finding: Finding | None) -> Answer:
    if finding is None and not uscc.is_valid(code):
        return Answer(name, code, None, remark=_("统一社会信用代码有误，请核对 18 位代码"))
    if finding is None:
        return Answer(name, code, False, remark=_("未在平台注册，无失信记录"))
    remark = "" if finding.registered else _("未在平台注册")
    if name and name_key(name) != name_key(finding.name):
        remark = _("所填名称与登记名称“%(name)s”不一致", name=finding.name)
    return Answer(name or finding.name, code, finding.dishonest, "；".join(map(in_words, finding.records)), remark)


def in_words(record: CreditRecord) -> str:
    """Return a record on one line."""
    day = record.published_on.isoformat() if record.published_on else None
    return "，".join(part for part in (record.case_no, record.published_by, day, record.reason) if part)
