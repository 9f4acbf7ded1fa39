"""Departments by the names that people write in a sheet."""

import unicodedata
from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import defer, joinedload

from ...extensions import db
from ...models import Account, Department
from ...permissions import visible


class OfficeIndex:
    """The departments in sight of a person, read by one statement."""

    def __init__(self, by: Account) -> None:
        self.found: dict[str, list[Department]] = defaultdict(list)
        parent = Department.__table__.alias("parent")
        query = (
            select(Department, parent.c.name)
            .outerjoin(parent, parent.c.id == Department.parent_id)
            .where(visible(Department, by))
            .options(joinedload(Department.region), defer(Department.description))
        )
        for department, parent_name in db.session.execute(query).unique():
            self.add(department, parent_name)

    def add(self, department: Department, parent_name: str | None) -> None:
        """Let a department be found by its name and by `parent/name`."""
        self.found[_plain(department.name)].append(department)
        if parent_name:
            self.found[_plain(f"{parent_name}/{department.name}")].append(department)

    def find(self, text: str) -> list[Department]:
        """Return the departments that a text may mean."""
        return self.found.get(_plain(text), [])


def _plain(text: str) -> str:
    """Return a name as it is compared: without spaces, wide signs made narrow."""
    return "".join(unicodedata.normalize("NFKC", text).replace("\\", "/").split())
