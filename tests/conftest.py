"""Fixtures by person (`client("county_officer")`) and by state (`declaration_at("county")`), walked there by services.

`TEST_PARTS=production` runs the same tests on PostgreSQL and Redis (`TEST_DATABASE_URL`, `TEST_REDIS_URL`); the default
is SQLite and the embedded queue.
"""

import os
import shutil
import tempfile
from pathlib import Path

INSTANCE = Path(tempfile.mkdtemp(prefix="shenbao-test-"))
PARTS = os.environ.get("TEST_PARTS", "sqlite")  # `sqlite`, or `production` for PostgreSQL and Redis
os.environ["SHENBAO_INSTANCE"] = str(INSTANCE)
os.environ["SHENBAO_CONFIG"] = "test"
for name in ("DATABASE_URL", "REDIS_URL", "FILES_URL", "SECRET_KEY", "DEFAULT_SITE"):
    os.environ.pop(name, None)

import pytest  # noqa: E402
from flask.testing import FlaskClient  # noqa: E402
from sqlalchemy import create_engine, event, select, text  # noqa: E402
from sqlalchemy.engine import make_url  # noqa: E402

if PARTS == "production":
    _base = make_url(os.environ.get("TEST_DATABASE_URL", "postgresql+psycopg://root@127.0.0.1:5432/test"))
    _database = _base.set(database=f"shenbao_test_{os.getpid()}")
    os.environ["DATABASE_URL"] = _database.render_as_string(hide_password=False)
    os.environ["QUEUE_NAME"] = f"shenbao-test-{os.getpid()}"
    os.environ["REDIS_URL"] = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")

from app import create_app  # noqa: E402
from app.clock import now  # noqa: E402
from app.demo import journeys, world  # noqa: E402
from app.extensions import db as database  # noqa: E402
from app.models import Account, Call, Declaration, Department, DepartmentKind, Region, Site  # noqa: E402
from app.services import declarations, documents  # noqa: E402
from app.services.types import install_package, shipped_packages  # noqa: E402

PASSWORD = world.PASSWORD


# ---------------------------------------------------------------- one application, a fresh database for every test


class Databases:
    """Keeps filled databases as templates by name and gives every test its own copy of one."""

    def __init__(self, app) -> None:
        self.app = app
        self.url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
        self.kept: set[str] = set()

    def keep(self, name: str = "template") -> None:
        """Keep the filled database as a template."""
        self._close()
        self.kept.add(name)
        if PARTS == "production":
            own = self.url.database
            self._admin(f'DROP DATABASE IF EXISTS "{own}_{name}"', f'ALTER DATABASE "{own}" RENAME TO "{own}_{name}"')
        else:
            shutil.copy(self.url.database, INSTANCE / f"{name}.db")

    def renew(self, name: str = "template") -> None:
        """Replace the database by a copy of a template."""
        self._close()
        self.app.extensions["sites"].update(read_at=float("-inf"), by_host={})  # remembered from another template
        if PARTS == "production":
            own = self.url.database
            self._admin(
                f'DROP DATABASE IF EXISTS "{own}" WITH (FORCE)', f'CREATE DATABASE "{own}" TEMPLATE "{own}_{name}"'
            )
            return
        for suffix in ("-wal", "-shm"):
            Path(self.url.database + suffix).unlink(missing_ok=True)
        shutil.copy(INSTANCE / f"{name}.db", self.url.database)

    def drop(self) -> None:
        """Remove what the run has made outside its own folder."""
        self._close()
        self.app.extensions["huey"].flush()
        if PARTS == "production":
            own = self.url.database
            for name in (own, *(f"{own}_{kept}" for kept in self.kept)):
                self._admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _close(self) -> None:
        with self.app.app_context():
            database.session.remove()
            database.engine.dispose()

    def _admin(self, *statements: str) -> None:
        engine = create_engine(self.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()


class Browser(FlaskClient):
    """A client whose requests each get an application context of their own, as on a server.

    Inside the test's context they would share `g`, and with it who is logged in.
    """

    def open(self, *args, **kwargs):
        database.session.commit()  # what the test has prepared is there for the request, and nothing stays locked
        with self.application.app_context():
            answer = super().open(*args, **kwargs)
        for _name, value in answer.headers:
            value.encode("latin-1")  # what a server can send: file names beyond that need RFC 5987
        return answer


@pytest.fixture(scope="session")
def _databases():
    from flask_migrate import upgrade

    url = make_url(os.environ.get("DATABASE_URL") or "sqlite://")
    if PARTS == "production":
        admin = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{url.database}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{url.database}"'))
        admin.dispose()
    application = create_app()
    application.test_client_class = Browser
    databases = Databases(application)
    with application.app_context():
        upgrade()
        world.build(now())
        database.session.commit()
    databases.keep()
    yield databases
    databases.drop()
    shutil.rmtree(INSTANCE, ignore_errors=True)


@pytest.fixture
def app(_databases):
    """The application on a fresh copy of the demo world without declarations."""
    _databases.renew()
    application = _databases.app
    application.extensions["huey"].flush()
    with application.app_context():
        yield application
        database.session.rollback()
        database.session.remove()


@pytest.fixture
def session(app):
    """The database session of the test."""
    return database.session


# ---------------------------------------------------------------- people


@pytest.fixture
def person(app):
    """Return a function: user name → account."""

    def find(username: str) -> Account:
        return database.session.scalars(select(Account).where(Account.username == username)).one()

    return find


@pytest.fixture
def client(app):
    """Return a function: user name → test client logged in as that person; None gives a visitor."""

    def log_in(username: str | None = None):
        browser = app.test_client()
        if username is not None:
            account_id, epoch = database.session.execute(
                select(Account.id, Account.login_epoch).where(Account.username == username)
            ).one()
            with browser.session_transaction() as cookies:
                cookies["_user_id"], cookies["_fresh"], cookies["login_epoch"] = str(account_id), True, epoch
        return browser

    return log_in


# ---------------------------------------------------------------- states


TYPES = Path(__file__).parent / "types"


@pytest.fixture
def journey(app):
    """The demo's own walker, on this test's database."""
    return journeys.Journey(now(), [*shipped_packages(), *sorted(p.parent for p in TYPES.glob("*/type.yaml"))])


@pytest.fixture
def call_of(app):
    """Return a function: folder under tests/types → an open call of that type, with offices and guides."""

    def open_call(name: str) -> Call:
        found = known_world()
        version = install_package(TYPES / name, found.site, now())
        programme = {"key": name, "name": f"{name} 测试", "year": 2025, "opens": -3, "closes": 10}
        world.open_call(found, version, programme, now())
        database.session.commit()
        return found.calls[name]

    return open_call


def known_world() -> world.World:
    """Return the demo world as it stands in the database."""
    found = world.World(database.session.scalars(select(Site)).first(), world.load_data())
    found.regions = {region.name: region for region in database.session.scalars(select(Region))}
    for department in database.session.scalars(select(Department)):
        is_office = department.kind is DepartmentKind.OFFICE
        key = f"{department.parent.name}/{department.name}" if is_office else department.name
        found.departments[key] = department
    found.people = {account.username: account for account in database.session.scalars(select(Account))}
    return found


@pytest.fixture
def quick(app, journey, call_of):
    """Return a function: step → a declaration of the smallest type walked there; as many per company as asked for."""
    calls = {}

    def walk(state: str, company: str = "enterprise_admin") -> Declaration:
        if "call" not in calls:
            calls["call"] = call_of("quick_note")
        return journey.walk_to(state, company, calls["call"])

    return walk


@pytest.fixture
def declaration_at(app, journey):
    """Return a function: step key (or draft, returned, approved, declined) → declaration walked there by people."""

    def walk(state: str, company: str = "enterprise_admin") -> Declaration:
        return journey.walk_to(state, company)

    return walk


@pytest.fixture
def stand_in_documents(monkeypatch) -> None:
    """Keep a stand-in for the declaration document where the test is not about it: rendering takes a second each."""

    def keep(self, declaration: Declaration, _applicant) -> None:
        key = documents.content_key(declaration, declarations.facts_of(declaration))
        content = f"%PDF-1.4 {key}".encode()
        documents.keep_document(
            declaration.id, key, content, name="申报书.pdf", pages=1, site_id=declaration.site_id, at=self.at
        )
        database.session.commit()

    monkeypatch.setattr(journeys.Journey, "render_document", keep)


# ---------------------------------------------------------------- counting statements


@pytest.fixture
def statements(app):
    """Return a list that collects every SQL statement from now on."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
            seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)
