"""Invented people of a demo site who ask to be let into an enterprise and wait for its administrator."""

from datetime import datetime

from .. import roles
from ..models import MembershipRole
from ..services import accounts, joining
from .world import PASSWORD, World


def ask(world: World, at: datetime) -> None:
    """Register them, and ask as they would themselves."""
    for number, line in enumerate(world.data.get("joiners", ())):
        account = accounts.create_account(
            world.site, line["username"], line["name"], PASSWORD, [roles.REGISTERED], by=None, at=at,
            mobile=f"1350000{number:04d}",
        )  # fmt: skip
        world.people[line["username"]] = account
        enterprise, role = world.enterprises[line["enterprise"]], MembershipRole(line["role"])
        joining.ask_to_join(enterprise, role, note=line["note"], by=account, at=at)
