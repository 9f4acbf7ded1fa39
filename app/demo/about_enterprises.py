"""What bureaus know of the demo enterprises: labels, former names, titles, credit records and files."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from .. import roles
from ..forms.package import read_yaml
from ..models import Account, Enterprise
from ..services import credit, former_names, labels, materials, titles
from . import papers
from .world import World

LISTS = Path(__file__).parent / "titles"


def tell(world: World, at: datetime) -> None:
    """Add all of it, as the province's administrator and the enterprises would."""
    administrator = next(p for p in world.people.values() if roles.PROVINCE_ADMINISTRATOR in p.role_names)
    for line in world.data.get("labels", ()):
        label = labels.add_label(world.site, line["name"], by=administrator, at=at)
        for enterprise in _present(world, line["companies"]):
            labels.hang(label, enterprise, by=administrator, at=at)
    for line, enterprise in _lines(world, "former_names"):
        until = date.fromisoformat(line["used_until"])
        former_names.add_former_name(enterprise, line["name"], by=administrator, at=at, used_until=until)
    _tell_titles(world, administrator, at)
    credit.keep_records([_record(*found) for found in _lines(world, "credit_records")], by=administrator, at=at)
    _add_materials(world, at)


def _present(world: World, usernames: list[str]) -> Iterator[Enterprise]:
    return (world.enterprises[name] for name in usernames if name in world.enterprises)


def _lines(world: World, key: str) -> Iterator[tuple[Mapping[str, Any], Enterprise]]:
    for line in world.data.get(key, ()):
        yield from ((line, enterprise) for enterprise in _present(world, [line["company"]]))


def _record(line: Mapping[str, Any], enterprise: Enterprise) -> credit.Entry:
    return credit.Entry(
        enterprise.name, enterprise.credit_code, line["case_no"], line["reason"], line["published_by"],
        date.fromisoformat(line["published_on"]),
    )  # fmt: skip


def _tell_titles(world: World, administrator: Account, at: datetime) -> None:
    """Import the lists of the demo site, and those that ship with the platform."""
    shipped = [read_yaml(path.read_text("utf-8"), path.name) for path in sorted(LISTS.glob("*.yaml"))]
    for found in (*shipped, *world.data.get("titles", ())):
        granted_on = date.fromisoformat(found["granted_on"]) if "granted_on" in found else None
        entries = [_entry(world, row) for row in found["rows"]]
        titles.keep_titles(found["name"], entries, by=administrator, at=at, granted_on=granted_on)


def _entry(world: World, row: Mapping[str, Any]) -> titles.Entry:
    city = world.regions.get(row["city"])
    return titles.Entry(row["holder"], row["cohort"], row["city"], city.id if city else None, list(row["fields"]))


def _add_materials(world: World, at: datetime) -> None:
    for line, enterprise in _lines(world, "materials"):
        paper = BytesIO(papers.make_paper(line["name"], enterprise.name))
        person = world.people[line["company"]]
        materials.add_material(enterprise, line["kind"], paper, line["name"], by=person, at=at)
