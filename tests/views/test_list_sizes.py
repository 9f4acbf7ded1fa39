"""What every generated list and every desk costs when the tables are long: statements, kilobytes, options offered.

The screens are read from the application, and the rows are made up from the columns, so a new list is held to the same.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from lxml import html
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    Integer,
    String,
    UniqueConstraint,
    event,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from app import roles
from app.clock import now
from app.columns import Money, UTCDateTime
from app.extensions import db
from app.models import (
    Account,
    Call,
    Declaration,
    DeclarationType,
    DeclarationTypeVersion,
    Department,
    Enterprise,
    Membership,
    Region,
    Site,
)
from app.permissions import visible
from app.services.types import workflow_of
from app.views.base import ScopedModelView
from tests.access.routes import Keys, Words, fillings, routes_of
from tests.access.world import models, tokens_of

MOST_STATEMENTS, MOST_BYTES, MOST_OPTIONS = 8, 150 * 1024, 200
MOST_OF_A_WORKBENCH = 12  # statements: it shows the enterprise, its people, calls, declarations and messages at once
ROWS = {Enterprise: 3000, Department: 1500, Declaration: 3000, Account: 1000, Call: 60}
ROWS_OF_OTHERS = 300
KEPT = {Site, Region, DeclarationType, DeclarationTypeVersion, Membership}  # no more of them than there are
PEOPLE = (
    "county_officer", "county_admin", "city_officer", "office_leader", "city_admin", "province_officer",
    "province_admin", "enterprise_admin", "platform_operator",
)  # fmt: skip
DESKS = ("DeskView.", "ReviewView.index", "WorkbenchView.", "ops")
NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


# ---------------------------------------------------------------- long tables


@pytest.fixture(scope="module")
def _long(_databases):
    _databases.renew()
    with _databases.app.app_context():
        _fill()
        db.session.commit()
        db.session.remove()
    _databases.keep("long")
    return _databases


@pytest.fixture
def app(_long):
    """The application with long tables in the county and city of the demo's officers."""
    _long.renew("long")
    with _long.app.app_context():
        yield _long.app
        db.session.rollback()
        db.session.remove()


def _fill() -> None:
    """Add rows to every table, each after those that it refers to."""
    officer = db.session.scalars(select(Account).where(Account.username == "county_officer")).one()
    bureau, county = officer.department.parent, officer.department.region
    around = {
        "site": [officer.site_id],
        "region": [county.id],
        "city_id": [county.parent_id],
        "department": [officer.department_id],
        "parent_id": [bureau.id],
        "ab_user": [officer.id],
    }
    step = workflow_of(db.session.scalars(select(DeclarationTypeVersion)).first()).steps[0]
    fixed = {"step": step.key, "step_role": step.role, "public_label": step.public_label, "matched_by": "name"}
    around |= {"fixed": fixed, "path": bureau.path}
    by_table = {model.__table__: model for model in models()}
    first = (Enterprise, Department, Account, Call, Declaration)
    rest = [by_table[table] for table in db.metadata.sorted_tables if table in by_table]
    for model in dict.fromkeys((*first, *rest)):
        if model not in KEPT:
            _add_rows(model, ROWS.get(model, ROWS_OF_OTHERS), around)


def _add_rows(model: type, count: int, around: Mapping[str, Any]) -> None:
    """Write rows directly; one that a unique key forbids, and one that nothing can be referred to by, is left out."""
    table = model.__table__
    columns = [c for c in table.columns if not c.primary_key]
    values = {c.name: _values(c, count, around) for c in columns}
    rows = [{name: column[n] for name, column in values.items()} for n in range(count)]
    wanted = [c.name for c in columns if not c.nullable]
    rows = [row for row in rows if all(row[name] is not None for name in wanted)]
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    if rows:
        db.session.execute(dialect.insert(table).on_conflict_do_nothing(), rows)


def _values(column: Column, count: int, around: Mapping[str, Any]) -> list[Any]:
    if column.foreign_keys:
        key = next(iter(column.foreign_keys)).column
        shared = None if _is_unique(column) else around.get(column.name) or around.get(key.table.name)
        known = shared or _ids(key)
        return [known[n % len(known)] if known else None for n in range(count)]
    return [_made_up(column, n, around) for n in range(count)]


def _is_unique(column: Column) -> bool:
    """Tell whether no two rows may refer to the same row."""
    unique = (c for c in column.table.constraints if isinstance(c, UniqueConstraint))
    return any([c.name for c in constraint.columns] == [column.name] for constraint in unique)


def _ids(key: Column) -> list[int]:
    return list(db.session.scalars(select(key).order_by(key.desc()).limit(5000)))


def _made_up(column: Column, number: int, around: Mapping[str, Any]) -> Any:
    kind = column.type
    if column.name in around["fixed"]:
        return around["fixed"][column.name]
    if column.name == "path":
        return f"{around['path']}9{number:06d}/"
    if isinstance(kind, Enum):
        return list(kind.enum_class)[number % len(kind.enum_class)] if kind.enum_class else kind.enums[0]
    if isinstance(kind, UTCDateTime):
        return now() - timedelta(minutes=number)
    if isinstance(kind, DateTime):  # of the framework's own tables
        return datetime(2024, 8, 10)  # noqa: DTZ001
    if isinstance(kind, Date):
        return date(2020, 1, 1) + timedelta(days=number)
    if isinstance(kind, Money):
        return Decimal(number)
    if isinstance(kind, Boolean):
        return column.name in ("enabled", "active")
    if isinstance(kind, Integer):
        return number
    if isinstance(kind, JSON):
        return {}
    return f"{number:06d}号" + "样例文字" * 4 if not isinstance(kind, String) else _text(kind, number)


def _text(kind: String, number: int) -> str:
    return f"{number:06d}号样例文字若干"[: kind.length or 40]


# ---------------------------------------------------------------- what pages cost


@pytest.fixture
def visit(app, client):
    """Return a function: user name → (address, statements, answer) of every list and desk that the person may open."""
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))

    def walk(username: str):
        account = db.session.scalars(select(Account).where(Account.username == username)).one()
        granted = set().union(*(roles.SCREENS[name] for name in account.role_names))
        own = Keys({m: _first_rows(m, account) for m in models()})
        browser = client(username)
        for route in routes_of(app):
            if route.method != "GET" or not route.grants & granted or not _is_list_or_desk(route):
                continue
            for values in list(fillings(route, own, Words((), ())))[:1]:
                address = route.address(values)
                statements.clear()
                answer = browser.get(address)
                yield address, [s for s in statements if not s.startswith(NOT_COUNTED)], answer

    return walk


def _first_rows(model: type, account: Account) -> list[dict[str, Any]]:
    names = ("id", *tokens_of(model))
    columns = [getattr(model, name) for name in names]
    rows = db.session.execute(select(*columns).where(visible(model, account)).order_by(model.id).limit(1))
    return [dict(zip(names, row, strict=True)) for row in rows]


def _is_list_or_desk(route: Any) -> bool:
    if isinstance(route.view, ScopedModelView):
        return route.endpoint.endswith(".list")
    return (
        route.endpoint.startswith(DESKS)
        and not route.rule.arguments
        and route.endpoint.endswith(("index", "index_view"))
    )


@pytest.mark.parametrize("username", PEOPLE)
def test_lists_and_desks_cost_the_same_however_long_the_tables_are(visit, username):
    problems, costs = [], []
    for address, statements, answer in visit(username):
        assert answer.status_code == 200, f"{address} answers {answer.status_code}"
        options = max((len(s.findall(".//option")) for s in html.fromstring(answer.data).iter("select")), default=0)
        costs.append(f"{len(statements):3} {len(answer.data) / 1024:6.0f} KB {options:4} options  {address}")
        most = MOST_OF_A_WORKBENCH if address == "/workbench/" else MOST_STATEMENTS
        if len(statements) > most or len(answer.data) > MOST_BYTES or options > MOST_OPTIONS:
            problems.append("\n".join((costs[-1], *(s[:200] for s in statements))))
    print("\n".join(costs))
    assert costs
    assert not problems, "\n".join(problems)


def test_the_tables_are_long(app):
    assert db.session.scalar(select(func.count(Declaration.id))) >= ROWS[Declaration]
    assert db.session.scalar(select(func.count(Enterprise.id))) >= ROWS[Enterprise]
    listed = {r.view.datamodel.obj for r in routes_of(app) if isinstance(r.view, ScopedModelView)} - KEPT
    assert not [m.__name__ for m in listed if db.session.scalar(select(func.count(m.id))) < 20]
