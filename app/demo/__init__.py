"""Demo data: an invented site at work. Everything goes through the services; no later state is inserted."""

from datetime import datetime

from .journeys import travel
from .world import DEFAULT, build, load_data


def fill(at: datetime, name: str = DEFAULT) -> None:
    """Build a demo site around the moment `at` and walk declarations into every step."""
    travel(build(at, name), at)


__all__ = ["DEFAULT", "build", "fill", "load_data", "travel"]
