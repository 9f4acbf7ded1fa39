"""Demo data: an invented site at work. Everything goes through the services; no later state is inserted."""

from datetime import datetime

from . import about_enterprises, certifications, experts, joiners, portal_articles, publicity
from .journeys import travel
from .world import DEFAULT, build, load_data


def fill(at: datetime, name: str = DEFAULT) -> None:
    """Build a demo site around the moment `at` and walk declarations into every step."""
    world = build(at, name)
    travel(world, at)
    about_enterprises.tell(world, at)
    certifications.hand_in(world, at)
    experts.register(world, at)
    joiners.ask(world, at)
    publicity.publish(world, at)
    portal_articles.publish(world, at)


__all__ = ["DEFAULT", "build", "fill", "load_data", "travel"]
