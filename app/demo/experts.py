"""Invented experts of a demo site: one whom the bureau has confirmed, one who waits."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .. import roles
from ..models import Account
from ..services import accounts, expert_reviews, experts
from .world import PASSWORD, World


def register(world: World, at: datetime) -> None:
    """Hand in the cards as the people themselves would, and confirm those that are said to be."""
    for number, line in enumerate(world.data.get("experts", ())):
        card = experts.hand_in(_card(world, line), by=_person(world, line, number, at), at=at)
        if line["confirmed"] == "yes":
            chosen = {card.id: expert_reviews.mark_of(card)}
            expert_reviews.confirm_many(chosen, by=_administrator(world), at=at)


def _person(world: World, line: Mapping[str, Any], number: int, at: datetime) -> Account:
    """Return the expert's account; one that is not there yet has just registered."""
    username = line["username"]
    if username not in world.people:
        world.people[username] = accounts.create_account(
            world.site, username, line["name"], PASSWORD, [roles.REGISTERED], by=None, at=at,
            mobile=f"1360000{number:04d}",
        )  # fmt: skip
    return world.people[username]


def _card(world: World, line: Mapping[str, Any]) -> experts.Card:
    return experts.Card(
        line["kind"], line["name"], line["phone"], line["email"], line["unit"], line["rank"],
        world.regions[line["city"]].id, tuple(line["fields"]),
    )  # fmt: skip


def _administrator(world: World) -> Account:
    return next(p for p in world.people.values() if roles.PROVINCE_ADMINISTRATOR in p.role_names)
