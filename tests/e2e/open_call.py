"""Opens a call of a type, by its name under tests/types or its folder: `python -m tests.e2e.open_call NAME`."""

import sys
from pathlib import Path

from app import create_app
from app.clock import now
from app.demo import world
from app.extensions import db
from app.services.types import install_package

TYPES = Path(__file__).parents[1] / "types"


def main(name: str) -> None:
    """Publish the type and open a call of it, with offices and guides."""
    with create_app().app_context():
        from tests.conftest import known_world  # it prepares an environment of its own, so the application comes first

        found = known_world()
        version = install_package(TYPES / name, found.site, now())
        programme = {"key": Path(name).name, "name": version.type.title, "year": 2025, "opens": -3, "closes": 10}
        world.open_call(found, version, programme, now())
        db.session.commit()


if __name__ == "__main__":
    main(sys.argv[1])
