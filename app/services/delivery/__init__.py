"""Ways out of the platform: one adapter per channel, chosen by configuration.

An adapter is a class made with the configuration whose `opened()` yields a function that takes one `Parcel` and either
hands it over or raises `NotDelivered` with a sentence. Shipped: `file` for both channels (one readable file each under
`instance/outbox/`) and `smtp` for e-mail. A gateway for SMS is named as `package.module:Class` in `SMS_DELIVERY`;
`sms.py` says what it has to do.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from ...models import Channel


@dataclass(frozen=True)
class Parcel:
    """What is handed over; `id` stays the same when it is tried again, so that a receiver may tell doubles."""

    id: str
    channel: Channel
    address: str
    subject: str
    body: str


class NotDelivered(Exception):
    """The way out refused or did not answer; the sentence tells an operator why. `for_good`: do not try again."""

    def __init__(self, reason: object, *, for_good: bool = False) -> None:
        super().__init__(str(reason)[:300])
        self.for_good = for_good


Send = Callable[[Parcel], None]


class Adapter(Protocol):
    """What every way out offers."""

    def opened(self) -> AbstractContextManager[Send]:
        """Open the way once for several parcels."""


SHIPPED = {"file": "app.services.delivery.files:FileAdapter", "smtp": "app.services.delivery.smtp:SmtpAdapter"}
SETTINGS = {Channel.EMAIL: "MAIL_DELIVERY", Channel.SMS: "SMS_DELIVERY"}


def adapter_for(channel: Channel, config: Mapping[str, Any]) -> Adapter:
    """Return the adapter that the configuration names for a channel."""
    name = config[SETTINGS[channel]]
    module, _, cls = SHIPPED.get(name, name).partition(":")
    if not cls:
        raise ValueError(f"{SETTINGS[channel]}={name!r}: name one of {', '.join(SHIPPED)} or package.module:Class")
    return getattr(import_module(module), cls)(config)
