"""Demo data: an invented province at work. Everything goes through the services; no later state is inserted."""

from datetime import datetime

from .journeys import travel
from .world import build


def fill(at: datetime) -> None:
    """Build the demo site around the moment `at` and walk declarations into every step."""
    travel(build(at), at)
