"""获得资金 and 下达: what becomes of declarations that have passed, recorded by the office that passed them."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from .. import clock, roles
from ..errors import Forbidden, Invalid
from ..extensions import db
from ..models import Account, Declaration, DeclarationState
from ..permissions import holds, visible
from . import audit, notices
from .routing import among

WAN = Decimal(10_000)  # 元 in one 万元
MOST = Decimal(1_000_000)  # 万元
DECIMALS = 4  # of 万元: whole 元
FIGURE = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
MAX_NUMBER = 80
MAX_REASON = 200
MANY = 100  # declarations on one page of funds
UNSEEN = _("不在您的办理范围内。")
NOT_APPROVED = _("只有审核通过的项目可以登记资金和下达。")


@dataclass(frozen=True)
class Entry:
    """What a person entered for one declaration: the text, and what stood there when the page was read."""

    typed: str
    seen: str


@dataclass(frozen=True)
class Outcome:
    """What became of one declaration of a batch; `reason` is empty on success."""

    title: str
    reason: Any

    @property
    def done(self) -> bool:
        """Tell whether it was done."""
        return not self.reason


def may_award(user: Account) -> bool:
    """Tell whether the person belongs to those who give funds and issue plans."""
    return holds(user, roles.PROVINCE_OFFICER)


# ---------------------------------------------------------------- funds


def show_amount(amount: Decimal | None) -> str:
    """Return an amount in 万元 as it is typed, `` when there is none."""
    return "" if amount is None else f"{(amount / WAN).normalize():f}"


def read_amount(text: str) -> Decimal | None:
    """Return 元 from text in 万元, None when it is empty; raises Invalid with the reason."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "").removesuffix("万元")
    if not plain:
        return None
    if not FIGURE.fullmatch(plain):
        raise Invalid(_("请填写数字，单位为万元，例如 120.5。"))
    amount = Decimal(plain)
    if amount <= 0 or amount > MOST:
        raise Invalid(_("获得资金须大于 0 且不超过 %(most)s 万元；没有获得资金的请留空。", most=f"{MOST:,}"))
    if -amount.as_tuple().exponent > DECIMALS:
        raise Invalid(_("获得资金最多 %(n)s 位小数（精确到元）。", n=DECIMALS))
    return amount * WAN


def award_many(entries: Mapping[int, Entry], *, by: Account, at: datetime, reason: str = "") -> int:
    """Record the funds of declarations, all or none; returns how many changed.

    Raises Forbidden, or Invalid with a sentence per row under `fields`: `amount-<id>`, and `reason` where an amount
    that stood already is corrected without one.
    """
    _require_award(by)
    reason = _short(reason, "reason", MAX_REASON)
    rows = _locked(entries, by)
    fields: dict[str, Any] = {}
    changes: list[tuple[Declaration, Decimal | None]] = []
    for row_id, entry in entries.items():
        try:
            amount = _checked(rows.get(row_id), entry)
        except Invalid as refusal:
            fields[f"amount-{row_id}"] = refusal.message
            continue
        if amount != rows[row_id].awarded:
            changes.append((rows[row_id], amount))
    if not reason and any(row.awarded is not None for row, _amount in changes):
        fields["reason"] = _("更正或清除已登记的资金，请填写原因。")
    if fields:
        raise Invalid(_("有 %(count)s 处需要修改，没有保存。", count=len(fields)), fields=fields)
    for row, amount in changes:
        _award(row, amount, by, at, reason)
    db.session.flush()
    notices.after_award([row for row, amount in changes if amount is not None], "funded", at=at)
    return len(changes)


def _checked(row: Declaration | None, entry: Entry) -> Decimal | None:
    if row is None:
        raise Invalid(UNSEEN)
    if row.state is not DeclarationState.APPROVED:
        raise Invalid(NOT_APPROVED)
    if show_amount(row.awarded) != entry.seen:
        now = show_amount(row.awarded) or _("空")
        raise Invalid(_("刚刚已被他人改为 %(now)s，请核对后重新填写。", now=now))
    return read_amount(entry.typed)


def _award(row: Declaration, amount: Decimal | None, by: Account, at: datetime, reason: str) -> None:
    detail = {"from": show_amount(row.awarded), "to": show_amount(amount), "reason": reason}
    audit.record("award", row, by=by, at=at, detail=detail)
    row.awarded = amount


# ---------------------------------------------------------------- 下达


def issue_many(ids: Sequence[int], issue_day: date, number: str, *, by: Account, at: datetime) -> list[Outcome]:
    """Mark declarations as issued under a document of that day and number (文号); a result per row.

    Raises Forbidden, or Invalid when day or number will not do.
    """
    _require_award(by)
    number = _short(number, "issued_no", MAX_NUMBER)
    if not number:
        raise Invalid(_("请填写下达文号。"), fields={"issued_no": _("请填写下达文号。")})
    if not date(2000, 1, 1) <= issue_day <= clock.to_local(at).date():
        message = _("下达日期不能晚于今天，请核对。")
        raise Invalid(message, fields={"issue_day": message})
    moment = datetime.combine(issue_day, time(), tzinfo=clock.SHANGHAI)
    rows = _locked(ids, by)
    outcomes = {row_id: _issue(rows.get(row_id), moment, number, by, at) for row_id in ids}
    notices.after_award([rows[row_id] for row_id, outcome in outcomes.items() if outcome.done], "issued", at=at)
    return [outcomes[row_id] for row_id in ids]


def _issue(row: Declaration | None, moment: datetime, number: str, by: Account, at: datetime) -> Outcome:
    if row is None:
        return Outcome("", UNSEEN)
    if row.state is not DeclarationState.APPROVED:
        return Outcome(row.title, NOT_APPROVED)
    if row.issued_at is not None:
        return Outcome(row.title, _("已以%(number)s下达。", number=row.issued_no))
    row.issued_at, row.issued_no = moment, number
    audit.record("issue", row, by=by, at=at, detail={"on": moment.date().isoformat(), "number": number})
    return Outcome(row.title, "")


def take_back_issue(ids: Sequence[int], reason: str, *, by: Account, at: datetime) -> list[Outcome]:
    """Undo 下达 of declarations, with the reason; a result per row. Raises Forbidden or Invalid."""
    _require_award(by)
    reason = _short(reason, "reason", MAX_REASON)
    if not reason:
        raise Invalid(_("请填写撤销下达的原因。"), fields={"reason": _("请填写撤销下达的原因。")})
    rows = _locked(ids, by)
    return [_take_back(rows.get(row_id), reason, by, at) for row_id in ids]


def _take_back(row: Declaration | None, reason: str, by: Account, at: datetime) -> Outcome:
    if row is None:
        return Outcome("", UNSEEN)
    if row.issued_at is None:
        return Outcome(row.title, _("尚未下达。"))
    audit.record("take_back_issue", row, by=by, at=at, detail={"number": row.issued_no, "reason": reason})
    row.issued_at = row.issued_no = None
    return Outcome(row.title, "")


# ---------------------------------------------------------------- shared


def _require_award(user: Account) -> None:
    if not may_award(user):
        raise Forbidden(_("只有省厅负责科室可以登记资金和下达。"))


def _short(text: str, name: str, most: int) -> str:
    text = " ".join(text.split())
    if len(text) > most:
        message = _("不能超过 %(most)s 个字。", most=most)
        raise Invalid(message, fields={name: message})
    return text


def _locked(ids: Iterable[int], by: Account) -> dict[int, Declaration]:
    """Return {id: declaration in scope}, held in ascending order until this transaction ends."""
    query = (
        select(Declaration)
        .where(among(Declaration.id, ids), visible(Declaration, by))
        .options(joinedload(Declaration.enterprise))
        .order_by(Declaration.id)
        .with_for_update(of=Declaration)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in db.session.scalars(query)}
