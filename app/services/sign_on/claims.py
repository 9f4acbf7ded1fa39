"""Reading what a provider tells of a person: its claims by the names that this platform knows."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

# What this platform wants to know → the claim that tells it, unless the provider's own map says otherwise.
# Names of claims may be paths: `corp.creditCode`. Those after `enterprises` are looked up within each of them.
STANDARD = {
    "name": "name",
    "id_kind": "id_kind",
    "id_number": "id_number",
    "enterprises": "enterprises",
    "enterprise": "enterprise",
    "credit_code": "credit_code",
    "enterprise_name": "name",
    "role": "role",
    "legal_representative": "legal_representative",
    "established_on": "established_on",
    "address": "address",
    "registry_authority": "registry_authority",
    "business_scope": "business_scope",
}
PARTICULARS = ("legal_representative", "established_on", "address", "registry_authority", "business_scope")
LONGEST = {"business_scope": 2000, "address": 160, "enterprise_name": 120}
USUAL_LENGTH = 80
MOST_ENTERPRISES = 50
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Authorised:
    """An enterprise that the person may act for, as the provider says."""

    credit_code: str
    name: str
    role: str = ""
    particulars: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proven:
    """A person as the provider tells of them."""

    issuer: str
    subject: str
    name: str = ""
    id_kind: str = ""
    id_number: str = ""
    enterprises: tuple[Authorised, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return what is kept until the person has an account."""
        return asdict(self)

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "Proven":
        """Read what was kept."""
        return cls(**{**facts, "enterprises": tuple(Authorised(**each) for each in facts["enterprises"])})


def read_claims(claims: Mapping[str, Any], names: Mapping[str, str]) -> Proven:
    """Return the person that validated claims tell of; `names` is the provider's own map."""
    names = STANDARD | {k: v for k, v in names.items() if k in STANDARD and isinstance(v, str) and v}
    return Proven(
        issuer=claims["iss"],
        subject=claims["sub"],
        name=_text(claims, names, "name"),
        id_kind=_text(claims, names, "id_kind"),
        id_number=_text(claims, names, "id_number"),
        enterprises=_enterprises(claims, names),
    )


def _enterprises(claims: Mapping[str, Any], names: Mapping[str, str]) -> tuple[Authorised, ...]:
    listed = _at(claims, names["enterprises"])
    single = _at(claims, names["enterprise"])
    found: dict[str, Authorised] = {}
    for told in [single, *(listed if isinstance(listed, list) else [])]:
        if not isinstance(told, Mapping) or len(found) >= MOST_ENTERPRISES:
            continue
        code = _text(told, names, "credit_code").upper()
        if code:
            particulars = {key: text for key in PARTICULARS if (text := _text(told, names, key))}
            name, role = _text(told, names, "enterprise_name"), _text(told, names, "role")
            found.setdefault(code, Authorised(code, name, role, particulars))
    return tuple(found.values())


def _text(told: Mapping[str, Any], names: Mapping[str, str], key: str) -> str:
    found = _at(told, names[key])
    if not isinstance(found, str | int):
        return ""
    cleaned = _CONTROL.sub(" ", unicodedata.normalize("NFC", str(found))).strip()
    return cleaned[: LONGEST.get(key, USUAL_LENGTH)]


def _at(told: Any, path: str) -> Any:
    for part in path.split("."):
        told = told.get(part) if isinstance(told, Mapping) else None
    return told
