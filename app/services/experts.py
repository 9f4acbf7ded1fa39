"""专家: a person hands in a card, is an expert at once, and may score after the bureau has confirmed what it says."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, Select, String, cast, select

from .. import roles
from ..database import add_or_get
from ..errors import Forbidden, Invalid
from ..extensions import db
from ..models import Account, Expert, Region, RegionKind, RequestState
from ..permissions import holds, visible
from . import accounts, audit, code_lists, expert_notices
from .log_in import MOBILE
from .own_account import clean_name

KINDS, FIELDS = "expert_kinds", "expert_fields"  # code lists
MOST_FIELDS = 5
LIMITS = {"name": 64, "email": 120, "unit": 120, "rank": 60}
_LANDLINE = re.compile(r"0\d{2,3}-?\d{7,8}(-\d{1,6})?", re.ASCII)
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")


@dataclass(frozen=True)
class Card:
    """What an expert says of themselves; `kind` and `fields` are codes."""

    kind: str
    name: str
    phone: str
    email: str
    unit: str
    rank: str
    city_id: int | None
    fields: tuple[str, ...]


NAMES = tuple(field.name for field in fields(Card))
CONTACT = frozenset({"phone", "email"})  # may change without being confirmed again


def find_card(account: Account) -> Expert | None:
    """Return the person's own card."""
    own = select(Expert).where(Expert.account_id == account.id, visible(Expert, account))
    return db.session.scalars(own).first()


def cities(account: Account) -> list[Region]:
    """Return the cities that an expert may belong to."""
    query = select(Region).where(visible(Region, account), Region.kind == RegionKind.CITY)
    return list(db.session.scalars(query.order_by(Region.code, Region.id)))


def confirmed(user: Account, field: str | None = None) -> Select[tuple[Expert]]:
    """Return the statement over the experts in sight whom a bureau has confirmed, of one field where it is given."""
    query = select(Expert).where(visible(Expert, user), Expert.state == RequestState.GRANTED)
    return query if field is None else query.where(knows(field))


def knows(field: str) -> ColumnElement[bool]:
    """Return the condition on the experts of a field; the code stands in quotes within the list."""
    return cast(Expert.fields, String).contains(f'"{field}"', autoescape=True)


# ---------------------------------------------------------------- handing in


def hand_in(card: Card, *, by: Account, at: datetime) -> Expert:
    """Keep the own card and make its owner an expert; what is confirmed waits again when more than contacts change.

    Raises Invalid at its fields.
    """
    if not holds(by, roles.REGISTERED, roles.EXPERT):
        raise Forbidden(_("企业用户和政务用户不能登记为专家，请使用个人注册的账号。"))
    values = _cleaned(card, by)
    expert = _own_held(by)
    if expert is None:
        row = Expert(site_id=by.site_id, account_id=by.id, state=RequestState.OPEN, asked_at=at, **values)
        expert, changed, waits = add_or_get(row, _own(by)), set(NAMES), True
    else:
        changed = {name for name, value in values.items() if getattr(expert, name) != value}
        waits = bool(changed - CONTACT) or expert.state is RequestState.REFUSED
        _change(expert, {name: values[name] for name in changed})
    if waits:
        _ask_anew(expert, at)
    _make_expert(by)
    if changed or waits:
        audit.record("hand_in", expert, by=by, at=at, detail={"changed": sorted(changed)})
    return expert


def _own(by: Account) -> Select[tuple[Expert]]:
    return select(Expert).where(Expert.account_id == by.id)


def _own_held(by: Account) -> Expert | None:
    """Return the own card, locked against somebody who decides on it now."""
    return db.session.scalars(_own(by).with_for_update().execution_options(populate_existing=True)).first()


def _change(expert: Expert, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(expert, name, value)
    db.session.flush()


def _ask_anew(expert: Expert, at: datetime) -> None:
    """Let the card wait for the bureau, and tell it."""
    expert.state, expert.asked_at = RequestState.OPEN, at
    expert.decided_at = expert.decided_by_id = expert.reason = None
    db.session.flush()
    expert_notices.after_hand_in(expert, at=at)


def _make_expert(account: Account) -> None:
    """Let the person in as an expert; who was merely registered is so no more."""
    if holds(account, roles.EXPERT):
        return
    kept = [role for role in account.roles if role.name != roles.REGISTERED]
    account.roles = [*kept, accounts.ensure_roles()[roles.EXPERT]]
    db.session.flush()


def _cleaned(card: Card, by: Account) -> dict[str, Any]:
    """Return the values as they are kept; raises Invalid with every problem at its field."""
    values = {name: getattr(card, name) for name in NAMES}
    for name in ("name", "phone", "email", "unit", "rank"):
        values[name] = " ".join((values[name] or "").split())
    values["fields"] = list(dict.fromkeys(card.fields))
    problems = dict(_problems(values, by))
    if problems:
        raise Invalid(next(iter(problems.values())), fields=problems)
    return values | {"name": clean_name(values["name"])}


def _problems(values: Mapping[str, Any], by: Account) -> Iterator[tuple[str, Any]]:
    if values["kind"] not in code_lists.offered(KINDS, by.site_id):
        yield "kind", _("请选择专家类别。")
    yield from _problems_of_name(values["name"])
    if not (MOBILE.fullmatch(values["phone"]) or _LANDLINE.fullmatch(values["phone"])):
        yield "phone", _("请填写 11 位手机号码，或带区号的固定电话，例如 0752-2808888。")
    if not _EMAIL.fullmatch(values["email"]):
        yield "email", _("邮箱格式有误，应如 name@example.com，请核对。")
    if not values["unit"]:
        yield "unit", _("请填写所在单位；已退休的填写原单位并注明“退休”。")
    if not values["rank"]:
        yield "rank", _("请填写职称，例如高级工程师；没有职称的填写职务。")
    if values["city_id"] not in {city.id for city in cities(by)}:
        yield "city_id", _("请选择所在地市。")
    yield from _problems_of_fields(values["fields"], by.site_id)
    for name, limit in LIMITS.items():
        if len(values[name]) > limit:
            yield name, _("最多输入%(max)d字", max=limit)


def _problems_of_name(name: str) -> Iterator[tuple[str, Any]]:
    try:
        clean_name(name)
    except Invalid as refusal:
        yield "name", refusal.message


def _problems_of_fields(chosen: Collection[str], site_id: int) -> Iterator[tuple[str, Any]]:
    if not chosen or not set(chosen) <= code_lists.offered(FIELDS, site_id).keys():
        yield "fields", _("请至少选择一个擅长领域。")
    elif len(chosen) > MOST_FIELDS:
        yield "fields", _("擅长领域最多选择 %(most)s 个。", most=MOST_FIELDS)
