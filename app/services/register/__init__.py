"""企业登记信息: what the business register says of a credit code, by the adapter that `REGISTER` names.

An adapter is a class made with the configuration whose `look_up(credit_code)` returns an `Entry`, None when the
register does not know the code, and raises `NotReachable` with a sentence when it does not answer. Shipped: `file`
(default), a CSV file that `REGISTER_FILE` names. A register behind an interface of its own is named as
`package.module:Class`; `http.py` says what it has to do. Look-ups may take seconds: never inside a transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol


@dataclass(frozen=True)
class Entry:
    """What a register says of an enterprise; days as ISO text, capital in 万元, unknown things empty."""

    credit_code: str
    name: str
    kind: str = ""
    industry: str = ""
    legal_representative: str = ""
    established_on: str = ""
    registered_capital: str = ""
    registry_authority: str = ""
    address: str = ""
    business_scope: str = ""


class NotReachable(Exception):
    """The register did not answer, or answered what cannot be read; the sentence tells an operator why."""


class Adapter(Protocol):
    """What every register offers."""

    def look_up(self, credit_code: str) -> Entry | None:
        """Return what is registered under a valid credit code; raises NotReachable."""


SHIPPED = {"file": "app.services.register.files:FileRegister"}


def adapter_for(config: Mapping[str, Any]) -> Adapter:
    """Return the adapter that the configuration names."""
    name = config["REGISTER"]
    module, _, cls = SHIPPED.get(name, name).partition(":")
    if not cls:
        raise ValueError(f"REGISTER={name!r}: name one of {', '.join(SHIPPED)} or package.module:Class")
    return getattr(import_module(module), cls)(config)
