"""专家确认: the bureau confirms what an expert's card says, or refuses it with a reason."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import update

from ..errors import AlreadyActed, Forbidden, Invalid, NotFound
from ..extensions import db
from ..models import Account, Expert, RequestState
from ..permissions import get_visible
from . import audit, expert_notices

LONGEST_REASON = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Outcome:
    """What became of one card; `name` is empty for one out of sight."""

    name: str | None
    done: bool
    reason: Any = None


def mark_of(expert: Expert) -> int:
    """Return a number that changes whenever the card is handed in anew."""
    return (expert.asked_at - _EPOCH) // timedelta(microseconds=1)


def require_reason(reason: str) -> str:
    """Return the reason of a refusal on one line; raises Invalid without one."""
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= LONGEST_REASON:
        message = _("请填写不通过的原因，不超过 %(limit)s 字，专家将收到该原因。", limit=LONGEST_REASON)
        raise Invalid(message, fields={"reason": message})
    return reason


def confirm_many(chosen: Mapping[int, int], *, by: Account, at: datetime) -> list[Outcome]:
    """Confirm `{expert id: mark as seen}`, each on its own."""
    return [_decide_one(*one, RequestState.GRANTED, None, by, at) for one in chosen.items()]


def refuse_many(chosen: Mapping[int, int], reason: str, *, by: Account, at: datetime) -> list[Outcome]:
    """Refuse `{expert id: mark as seen}` or take their confirmation back, each on its own; raises Invalid."""
    reason = require_reason(reason)
    return [_decide_one(*one, RequestState.REFUSED, reason, by, at) for one in chosen.items()]


def _decide_one(
    expert_id: int, mark: int, state: RequestState, reason: str | None, by: Account, at: datetime
) -> Outcome:
    name = None
    try:
        expert = get_visible(Expert, expert_id, by)
        name = expert.name
        _decide(expert, mark, state, reason, by, at)
    except (AlreadyActed, Forbidden, NotFound) as refusal:
        return Outcome(name, False, refusal.message)
    return Outcome(name, True)


def _decide(expert: Expert, mark: int, state: RequestState, reason: str | None, by: Account, at: datetime) -> None:
    """Write the decision if the card still stands as it was seen."""
    if expert.account_id == by.id:
        raise Forbidden(_("不能审核本人的登记。"))
    if mark_of(expert) != mark or not _write(expert, state, reason, by, at):
        raise AlreadyActed(_("登记信息刚刚有变更或已被他人办理，本项没有执行，请重新查看后办理。"))
    audit.record("confirm" if reason is None else "refuse", expert, by=by, at=at, detail={"reason": reason})
    expert_notices.after_decision(expert, by=by, at=at)


def _before(state: RequestState) -> Collection[RequestState]:
    """Return the states that a decision may follow: a confirmation can be taken back."""
    waiting = (RequestState.OPEN,)
    return waiting if state is RequestState.GRANTED else (*waiting, RequestState.GRANTED)


def _write(expert: Expert, state: RequestState, reason: str | None, by: Account, at: datetime) -> bool:
    """Write unless the card has moved on; tells whether it did."""
    won = db.session.execute(
        update(Expert)
        .where(Expert.id == expert.id, Expert.asked_at == expert.asked_at, Expert.state.in_(_before(state)))
        .values(state=state, decided_at=at, decided_by_id=by.id, reason=reason)
        .execution_options(synchronize_session=False)
    ).rowcount
    db.session.refresh(expert)
    return bool(won)
