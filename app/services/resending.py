"""Sending again what did not reach somebody."""

from datetime import datetime

from flask_babel import lazy_gettext as _

from ..errors import Invalid
from ..models import Account, DeliveryState, Outbox
from . import audit


def resend(copy: Outbox, *, by: Account, at: datetime) -> None:
    """Put a failed e-mail or SMS back in line; raises Invalid for one that did not fail."""
    if copy.state is not DeliveryState.FAILED:
        raise Invalid(_("只有发送失败的消息可以重发；该消息当前为“%(state)s”。", state=copy.state.label))
    copy.state, copy.attempts, copy.problem, copy.next_try_at = DeliveryState.WAITING, 0, None, at
    audit.record("resend", copy, by=by, at=at, detail={"channel": copy.channel.value, "kind": copy.kind})
