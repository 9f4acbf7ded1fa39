"""失信: dishonesty records by credit code, and what follows from them for enterprises."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import exists, false, func, not_, select, update

from .. import roles
from ..clock import to_local
from ..errors import Forbidden, Invalid
from ..extensions import db
from ..models import Account, CreditRecord, Enterprise
from ..permissions import holds, visible
from . import audit

AT_ONCE = 500  # credit codes named in one statement


@dataclass(frozen=True)
class Entry:
    """One record as it is to be kept."""

    name: str
    credit_code: str
    case_no: str
    reason: str | None = None
    published_by: str | None = None
    published_on: date | None = None
    removed_on: date | None = None


def follow(site_id: int, credit_codes: Collection[str]) -> None:
    """Let 是否失信 of these enterprises say what the records say: the one place that decides it."""
    in_force = exists().where(
        CreditRecord.site_id == Enterprise.site_id,
        CreditRecord.credit_code == Enterprise.credit_code,
        CreditRecord.removed_on.is_(None),
    )
    for codes in _chunks(credit_codes):
        db.session.execute(
            update(Enterprise)
            .where(Enterprise.site_id == site_id, Enterprise.credit_code.in_(codes))
            .values(dishonest=in_force)
            .execution_options(synchronize_session="fetch")
        )


def keep_records(entries: Sequence[Entry], *, by: Account, at: datetime) -> tuple[int, int]:
    """Add the records, or update those with the same code and case number; return how many of each."""
    refuse_beyond_reach({entry.credit_code for entry in entries}, by)
    known = _known({entry.credit_code for entry in entries}, by.site_id)
    changed = 0
    for entry in entries:
        record = known.get((entry.credit_code, entry.case_no))
        changed += record is not None
        if record is None:
            record = CreditRecord(site_id=by.site_id, credit_code=entry.credit_code, case_no=entry.case_no)
            db.session.add(record)
        for name in ("name", "reason", "published_by", "published_on", "removed_on"):
            setattr(record, name, getattr(entry, name))
        record.recorded_at = at
    db.session.flush()
    follow(by.site_id, {entry.credit_code for entry in entries})
    added = len(entries) - changed
    audit.record("import_credit_records", by, by=by, at=at, detail={"added": added, "changed": changed})
    return added, changed


def _known(credit_codes: Collection[str], site_id: int) -> dict[tuple[str, str], CreditRecord]:
    found: dict[tuple[str, str], CreditRecord] = {}
    for codes in _chunks(credit_codes):
        query = select(CreditRecord).where(CreditRecord.site_id == site_id, CreditRecord.credit_code.in_(codes))
        found |= {(record.credit_code, record.case_no): record for record in db.session.scalars(query)}
    return found


def remove_record(record: CreditRecord, *, by: Account, at: datetime) -> None:
    """移出: end a record today; it stays readable. Raises Invalid when it has ended, Forbidden beyond the own city."""
    if record.removed_on is not None:
        raise Invalid(_("“%(case)s”已于 %(day)s 移出。", case=record.case_no, day=record.removed_on.isoformat()))
    refuse_beyond_reach({record.credit_code}, by)
    record.removed_on = to_local(at).date()
    db.session.flush()
    follow(record.site_id, {record.credit_code})
    audit.record("remove_credit_record", record, by=by, at=at, detail={"case_no": record.case_no})


def refuse_beyond_reach(credit_codes: Collection[str], by: Account) -> None:
    """Raise Forbidden when one of the units is an enterprise that somebody else administers."""
    beyond = beyond_reach(credit_codes, by)
    if beyond:
        raise Forbidden(_("%(unit)s不在您的管理范围内，请联系省级管理员处理。", unit=next(iter(beyond.values()))))


def beyond_reach(credit_codes: Collection[str], by: Account) -> dict[str, str]:
    """Return {credit code: name} of registered enterprises outside the person's region."""
    if holds(by, roles.PROVINCE_ADMINISTRATOR):
        return {}
    own = func.coalesce(visible(Enterprise, by), false())  # one without a place is nobody's own
    found: dict[str, str] = {}
    for codes in _chunks(credit_codes):
        elsewhere = select(Enterprise.credit_code, Enterprise.name).where(
            Enterprise.site_id == by.site_id, Enterprise.credit_code.in_(codes), not_(own)
        )
        found.update(db.session.execute(elsewhere).tuples().all())
    return found


def records_in_force(credit_codes: Collection[str], user: Account) -> dict[str, list[CreditRecord]]:
    """Return {credit code: the records in force that the person may see}, newest first."""
    found: dict[str, list[CreditRecord]] = {}
    for codes in _chunks(credit_codes):
        query = select(CreditRecord).where(
            CreditRecord.credit_code.in_(codes), CreditRecord.removed_on.is_(None), visible(CreditRecord, user)
        )
        for record in db.session.scalars(query.order_by(CreditRecord.id.desc())):
            found.setdefault(record.credit_code, []).append(record)
    return found


def _chunks(values: Iterable[Any]) -> Iterable[list[Any]]:
    everything = sorted(set(values))
    return (everything[start : start + AT_ONCE] for start in range(0, len(everything), AT_ONCE))
