"""The department tree as screens show it: one level at a time, only as far as it is opened."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, g, url_for
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, exists, func, or_, select, true
from sqlalchemy.orm import aliased, joinedload, load_only

from ..extensions import db
from ..models import Department, DepartmentKind
from ..permissions import bureau_of, visible
from .model_forms import PLAIN_LIMIT, RelationField

SIBLINGS = 100  # shown below one parent; the rest is found by name
FOUND = 50


@dataclass
class Node:
    """A department in the tree with the children that are read; `more` counts siblings that are left out."""

    id: int
    name: str
    kind: DepartmentKind
    enabled: bool
    parent_id: int | None
    has_children: bool
    pickable: bool
    children: "list[Node]" = field(default_factory=list)
    more: int = 0

    @property
    def is_bureau(self) -> bool:
        return self.kind is DepartmentKind.BUREAU


@dataclass(frozen=True)
class Tree:
    """The own bureau with every level down to the department that is chosen."""

    root: Node
    chosen: Department
    path: frozenset[int] = field(default=frozenset())


def read_tree(chosen: Department) -> Tree:
    """Read the levels from the own bureau down to a department and the one below it; one statement."""
    own = bureau_of(g.user)
    path = [int(part) for part in chosen.path.split("/") if part]
    path = path[path.index(own.id) :]
    root = Node(own.id, own.name, own.kind, own.enabled, None, has_children=True, pickable=True)
    nodes = {root.id: root}
    below = read_levels(path, keep=path)
    nodes.update((node.id, node) for node in below)
    for node in below:
        nodes[node.parent_id].children.append(node)
    return Tree(root, chosen, frozenset(path))


def read_levels(
    parents: Sequence[int], *, keep: Sequence[int] = (), pickable: ColumnElement[bool] | None = None
) -> list[Node]:
    """Return the departments right below these parents, siblings in their order; those in `keep` in any case."""
    statement = _levels(parents, true() if pickable is None else pickable)
    level = statement.subquery()
    asked = select(level).where(or_(level.c.number <= SIBLINGS, level.c.id.in_(keep)))
    rows = db.session.execute(asked.order_by(level.c.position, level.c.id)).all()
    return [_node(row) for row in rows]


def _levels(parents: Sequence[int], pickable: ColumnElement[bool]) -> Select:
    below = aliased(Department)
    siblings = {"partition_by": Department.parent_id}
    in_order = (Department.position, Department.id)
    return select(
        Department.id,
        Department.name,
        Department.kind,
        Department.enabled,
        Department.parent_id,
        Department.position,
        exists().where(below.parent_id == Department.id).label("has_children"),
        pickable.label("pickable"),
        func.row_number().over(**siblings, order_by=in_order).label("number"),
        func.count().over(**siblings).label("siblings"),
    ).where(Department.parent_id.in_(parents), visible(Department, g.user))


def _node(row: Any) -> Node:
    node = Node(row.id, row.name, row.kind, row.enabled, row.parent_id, row.has_children, bool(row.pickable))
    node.more = row.siblings - SIBLINGS
    return node


def find_named(text: str) -> list[Department]:
    """Return up to fifty departments in sight whose name contains a text."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    query = (
        select(Department)
        .where(visible(Department, g.user), Department.name.ilike(f"%{escaped}%", escape="\\"))
        .options(load_only(Department.name, Department.path), joinedload(Department.parent).load_only(Department.name))
        .order_by(Department.path)
        .limit(FOUND + 1)
    )
    return list(db.session.scalars(query).unique())


# ---------------------------------------------------------------- picking one in a form


def _tree_widget(field: "TreeField", **attributes: Any) -> Markup:
    """Draw a plain select, and a button by which a script opens the tree."""
    macros = current_app.jinja_env.get_template("departments/picker.html").module
    return macros.tree_field(field, attributes)


class TreeField(RelationField):
    """One department, picked from a list or in the tree."""

    widget = staticmethod(_tree_widget)

    def __init__(self, *args: Any, purpose: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.purpose = purpose

    @property
    def branch_url(self) -> str:
        """Return where scripts read one level of the tree."""
        return url_for("DepartmentAdmin.branch", pk=bureau_of(g.user).id, purpose=self.purpose)

    @property
    def shown(self) -> str:
        """Return the chosen department with its parent."""
        return full_name(self.data) if self.data else ""

    def options(self) -> list[tuple[int, str]] | None:
        """Return all departments that may be picked in the order of the tree, None when there are too many."""
        related = self.related
        statement = related.scoped(*self.narrow()).options(joinedload(Department.parent)).order_by(Department.path)
        rows = related.session.scalars(statement.limit(PLAIN_LIMIT + 1)).unique().all()
        return None if len(rows) > PLAIN_LIMIT else [(row.id, full_name(row)) for row in rows]


def full_name(department: Department) -> str:
    """Return an office with its bureau before it, a bureau by its own name."""
    if department.kind is DepartmentKind.OFFICE and department.parent:
        return f"{department.parent.name} / {department.name}"
    return department.name
