"""Who reaches what: every route of the URL map × every role, every row that is not the person's, every forged value.

Nothing here lists routes: they are read from the application, and whose rows from `permissions.visible` in SQL.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask import template_rendered
from flask_admin.base import BaseView as AdminView
from sqlalchemy import delete, false, inspect, or_, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app import roles
from app.clock import now
from app.extensions import db
from app.models import (
    EDITABLE,
    Account,
    Article,
    Attachment,
    Declaration,
    DeclarationTypeVersion,
    Enterprise,
    JoinRequest,
    Membership,
    Message,
    Site,
)
from app.permissions import RULES, in_trash, visible
from app.services import portal
from app.services.types import definition_of
from app.views.access import PUBLIC_ENDPOINTS
from app.views.base import ScopedInterface, ScopedModelView
from tests.access import world
from tests.access.routes import Keys, Route, Words, fillings, id_arguments, routes_of, values_for
from tests.access.walk import Form, Page, Walk, send

PEOPLE = (
    "province_admin",
    "province_officer",
    "city_admin",
    "city_officer",
    "office_leader",
    "county_admin",
    "county_officer",
    "enterprise_admin",
    "enterprise_employee",
    "individual",
    "newcomer",
    "expert",
    "platform_operator",
    "auditor",
    "gz_city_officer",  # an officer of another city
    "gz_county_officer",  # and of another county
    "gz_enterprise_admin",  # an enterprise of another city
    "company_03",  # and of the same county
    world.IN_TWO,  # acts for the first of two
)
MOST_STATEMENTS = 12
NUMBER = re.compile(r"(?<!\d)198[78]\d{6}(?!\d)")
UNKNOWN_NUMBER, UNKNOWN_TOKEN = 1_999_999_999, "A" * 22
READING_KEEPS = {"login_event"}  # what a request may add to without being asked for


# ---------------------------------------------------------------- the filled database, and who sees what of it


@pytest.fixture(scope="session")
def _populated(_databases):
    _databases.renew()
    with _databases.app.app_context():
        world.empty()
        world.build()
        db.session.remove()
    _databases.keep("populated")
    return _databases


@pytest.fixture
def app(_populated):
    """The application on a copy of the filled database."""
    _populated.renew("populated")
    application = _populated.app
    application.extensions["huey"].flush()
    with application.app_context():
        yield application
        db.session.rollback()
        db.session.remove()


@pytest.fixture
def client(client):
    """Log in as the fixture of the same name does; who belongs to two enterprises has chosen the first."""

    def log_in(username: str | None = None):
        browser = client(username)
        if username == world.IN_TWO:
            account = db.session.scalars(select(Account).where(Account.username == username)).one()
            with browser.session_transaction() as cookies:
                cookies["acting_for"] = _first_enterprise(account)
        return browser

    return log_in


def _first_enterprise(account: Account) -> int:
    return min(account.memberships, key=lambda m: m.id).enterprise_id


@pytest.fixture
def words(app):
    """What stands in addresses besides ids."""
    definitions = [definition_of(version) for version in db.session.scalars(select(DeclarationTypeVersion))]
    sections = dict.fromkeys(section.key for d in definitions for section in d.sections)
    files = dict.fromkeys(f.key for d in definitions for f in d.file_fields)
    return Words(sections, files)


class Sight:
    """Which rows a person sees and which not, asked in SQL with the scope rules alone."""

    def __init__(self, account: Account | None) -> None:
        self.account = account
        if account is not None and account.username == world.IN_TWO:
            account.acting_id = _first_enterprise(account)
        own, foreign = {}, {}
        for model in world.models():
            names = ("id", *world.tokens_of(model))
            columns = [getattr(model, name) for name in names]
            everything = [
                dict(zip(names, row, strict=True)) for row in db.session.execute(select(*columns).order_by(model.id))
            ]
            seen = set(db.session.scalars(select(model.id).where(visible(model, account))))
            own[model] = [row for row in everything if row["id"] in seen]
            foreign[model] = [row for row in everything if row["id"] not in seen]
        self.own, self.foreign = Keys(own), Keys(foreign)
        self.foreign_ids = {row["id"]: model for model, rows in foreign.items() for row in rows}
        for membership in account.memberships if account else ():
            self.foreign_ids.pop(membership.id, None)  # offered when one chooses whom to act for
        self.foreign_tokens = set(self.foreign.tokens) - self._published_tokens() - self._thrown_away()
        self.foreign_words = self._foreign_words()
        self.attachments = self._attachments()

    def _published_tokens(self) -> set[str]:
        """Return the tokens of what everybody may read on the portal: articles of this site, and their files."""
        site_id = (self.account and self.account.site_id) or db.session.scalars(
            select(Site.id).order_by(Site.id)
        ).first()
        public = db.session.scalars(select(Article).where(portal.shown(site_id, now()))).all()
        return {row.public_id for article in public for row in (article, *article.files)}

    def _thrown_away(self) -> set[str]:
        """Return the tokens of deleted drafts that the person can bring back: shown in the trash alone."""
        mine = in_trash(self.account) if self.account else false()
        return set(db.session.scalars(select(Declaration.public_id).where(mine)))

    def _foreign_words(self) -> set[str]:
        """Names and codes of foreign enterprises and titles of foreign declarations that no own row shares."""
        found: set[str] = set()
        for model, names in ((Enterprise, ("name", "credit_code")), (Declaration, ("title",))):
            for name in names:
                column = getattr(model, name)
                everything = set(db.session.scalars(select(column)))
                found |= everything - set(db.session.scalars(select(column).where(visible(model, self.account))))
        return found - self._known_names()

    def _known_names(self) -> set[str]:
        """Return the names of enterprises that one belongs to or has asked to join, and of those one may play."""
        if self.account is None:
            return set()
        told = [select(tie.enterprise_id).where(tie.account_id == self.account.id) for tie in (Membership, JoinRequest)]
        stages = Enterprise.site_id.in_(select(Site.id).where(Site.rehearsal_of_id == self.account.site_id))
        told.append(select(Enterprise.id).where(stages))
        return set(db.session.scalars(select(Enterprise.name).where(or_(*(Enterprise.id.in_(ids) for ids in told)))))

    def _attachments(self) -> list[dict[str, str]]:
        """Return what addresses of own attachments that may be changed hold together: declaration, kind and file."""
        query = select(Attachment).where(visible(Attachment, self.account)).order_by(Attachment.id)
        return [
            {"public_id": a.declaration.public_id, "field_key": a.field_key, "file_id": a.public_id, "way": "down"}
            for a in db.session.scalars(query).unique()
            if a.declaration.state in EDITABLE
        ]

    def leaks(self, text: str, only: type | None = None) -> list[str]:
        """Return what a text shows of foreign rows, or of those of one model."""
        ids = {int(n) for n in NUMBER.findall(text)} & self.foreign_ids.keys()
        if only is not None:
            return [f"{only.__name__} {i}" for i in sorted(ids) if self.foreign_ids[i] is only]
        return [
            *(f"{self.foreign_ids[i].__name__} {i}" for i in sorted(ids)),
            *sorted(t for t in self.foreign_tokens if t in text),
            *sorted(w for w in self.foreign_words if w in text),
        ]

    def strangers(self) -> Keys:
        """Return two foreign rows of each model, of the next city and of the next bureau, and one that is not there."""
        nowhere, own_trash = {"id": UNKNOWN_NUMBER}, self._thrown_away()
        others = {
            model: [row for row in rows if row.get("public_id") not in own_trash]
            for model, rows in self.foreign.by_model.items()
        }
        few = {model: [*rows[:1], *rows[1:][-1:], nowhere] for model, rows in others.items()}
        few[Declaration].append(nowhere | {"public_id": UNKNOWN_TOKEN})
        return Keys(few)


def _few(keys: Keys, number: int = 3) -> Keys:
    """Return so many rows of each model: the first ones, and the last, which is the odd one of the filled database."""
    head = max(1, number - 1)
    return Keys({model: [*rows[:head], *rows[head:][-1:]][:number] for model, rows in keys.by_model.items()})


@pytest.fixture
def sight(person):
    """Return a function: user name → what that person sees and does not."""
    return lambda username: Sight(person(username) if username else None)


@pytest.fixture(scope="session")
def _walks():
    """Reading changes nothing and every copy holds the same rows, so each person walks once."""
    return {}


@pytest.fixture
def walk(app, client, statements, words, sight, _walks):
    """Return a function: user name → everything that person reaches by links, and by address where no link leads."""

    def start(username: str) -> Walk:
        if username not in _walks:
            _walks[username] = go(username)
        return _walks[username]

    def go(username: str) -> Walk:
        found = Walk(app, client(username), statements)
        routes = granted_routes(app, username)
        own = _few(sight(username).own)
        starts = [r.address({}) for r in routes if r.method == "GET" and not r.rule.arguments]
        found.follow("/", *starts)
        reached = {page.endpoint for page in found.pages}
        for route in routes:
            if route.method == "GET" and route.endpoint not in reached and route.rule.arguments:
                found.follow(*(route.address(values) for values in fillings(route, own, words)))
        return found

    return start


def granted_routes(app, username: str | None) -> list[Route]:
    """Return the routes that the person's roles grant, by the table in `roles.py` alone."""
    if username is None:
        return [r for r in routes_of(app) if r.is_public]
    held = _roles_of(username)
    table = set().union(*(roles.SCREENS[role] for role in held))
    return [r for r in routes_of(app) if not r.is_public and r.grants & table]


def _roles_of(username: str) -> frozenset[str]:
    return db.session.scalars(select(Account).where(Account.username == username)).one().role_names


def _dump() -> dict[str, str]:
    """Return a hash of every table's rows; sequences of what was only read stay equal."""
    found = {}
    for table in world.tables():
        rows = sorted(map(repr, db.session.execute(select(table)).tuples()))
        found[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    db.session.rollback()
    return {name: sha for name, sha in found.items() if name not in READING_KEEPS}


@pytest.fixture
def writes(app, statements):
    """Return a function that tells whether a writing statement ran since it was asked last."""

    def asked() -> bool:
        found = any(s.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE") for s in statements)
        statements.clear()
        return found

    return asked


def _changed(before: Mapping[str, str]) -> list[str]:
    after = _dump()
    return sorted(name for name in before if before[name] != after[name])


def _sentences(problems: Iterable[object]) -> str:
    lines = [str(p) for p in problems]
    return f"{len(lines)} problems:\n" + "\n".join(lines[:60])


# ---------------------------------------------------------------- the table of roles and the public list


def test_the_people_of_this_test_hold_every_role(app):
    assert frozenset().union(*map(_roles_of, PEOPLE)) == roles.ALL_ROLES


def test_every_endpoint_has_a_guard_or_stands_on_the_public_list(app):
    open_doors = [str(r) for r in routes_of(app) if not r.is_public and not _is_guarded(r)]
    assert not open_doors, _sentences(open_doors)


def _is_guarded(route: Route) -> bool:
    if route.is_ops:
        return type(route.view).is_accessible is not AdminView.is_accessible
    name = route.endpoint.rpartition(".")[2]
    if isinstance(route.view, ScopedModelView) and name in ("action", "action_post"):
        return True  # judged by the action's own permission; the walks below try them
    return bool(getattr(getattr(route.view, name, None), "_permissions", ()))


def test_the_public_list_names_only_endpoints_that_exist(app):
    assert PUBLIC_ENDPOINTS - app.view_functions.keys() == set()


def test_a_guarded_endpoint_is_never_on_the_public_list(app):
    assert not [str(r) for r in routes_of(app) if r.is_public and r.view is not None and not r.is_ops and r.grants]


def test_screens_name_only_views_and_permissions_that_exist(app):
    known = {(p, type(r.view).__name__) for r in routes_of(app) if r.is_ops for p in _console_permissions(r.view)}
    for view in app.appbuilder.baseviews:
        known.update((permission, view.class_permission_name) for permission in view.base_permissions)
    known.update(("menu_access", entry.name) for entry in app.appbuilder.menu.get_list())
    unknown = {(role, *pair) for role, pairs in roles.SCREENS.items() for pair in pairs if pair not in known}
    assert not unknown, _sentences(sorted(unknown))


def _console_permissions(view) -> set[str]:
    """Return what the console's screens ask for: to be read, and to act."""
    return {"can_read", *(f"can_{name}" for name in getattr(view, "_actions_data", ())), *_extra(view)}


def _extra(view) -> set[str]:
    return {f"can_{name}" for _url, name, _methods in view._urls}


def test_every_permission_of_a_screen_is_held_by_somebody(app):
    held = set().union(*roles.SCREENS.values())
    offered = {pair for route in routes_of(app) if not route.is_public for pair in route.grants}
    assert not offered - held, _sentences(sorted(offered - held))


# ---------------------------------------------------------------- every route × every role


def test_a_visitor_reaches_only_what_is_public(app, client, words, sight):
    browser, problems = client(None), []
    anybody = _few(Keys(sight("platform_operator").own.by_model), 1)
    for route in routes_of(app):
        for values in list(fillings(route, anybody, words))[:2]:
            answer, fault = send(browser, route.method, route.address(values))
            if answer is None or (answer.status_code >= 500 and "readyz" not in route.endpoint):
                problems.append(f"{route}: failed {fault}")
            elif not route.is_public and not _sent_to_log_in(answer):
                problems.append(f"{route} answers {answer.status_code} {answer.headers.get('Location')}")
    assert not problems, _sentences(problems)


def _sent_to_log_in(answer) -> bool:
    return answer.status_code == 401 or (answer.status_code == 302 and answer.location.startswith("/login/"))


@pytest.mark.parametrize("username", PEOPLE)
def test_a_route_that_no_role_of_the_person_grants_is_refused(app, client, words, sight, username):
    browser, problems = client(username), []
    granted = {(r.endpoint, r.method) for r in granted_routes(app, username)}
    own, foreign = _few(sight(username).own, 1), _few(sight(username).foreign, 1)
    before = _dump()
    for route in routes_of(app):
        if route.is_public or (route.endpoint, route.method) in granted:
            continue
        some = [*list(fillings(route, own, words))[:2], *list(fillings(route, foreign, words))[:2]]
        for values in some:
            answer, fault = send(browser, route.method, route.address(values), data=_everything(route))
            if answer is None or answer.status_code != 403:
                problems.append(f"{route} {values} answers {answer and answer.status_code} {fault}")
    assert not problems, _sentences(problems)
    assert not _changed(before)


def _everything(route: Route) -> dict[str, str] | None:
    """Return a body that holds whatever a confirmed click would."""
    if route.method == "GET":
        return None
    action = next(iter(getattr(route.view, "actions", None) or ()), "")
    return {
        "confirmed": "1", "seq": "1", "revision": "0", "go": "next", "action": action, "rowid": f"{UNKNOWN_NUMBER}:0",
    }  # fmt: skip


@pytest.mark.parametrize("username", PEOPLE)
def test_every_page_of_a_person_opens_and_shows_own_rows_only(app, walk, sight, username):
    found, own = walk(username), sight(username)
    problems = [str(p) for p in found.pages if p.status >= 500]
    dead = [p for p in found.pages if p.status in (403, 404, 405) and p.address in found.linked]
    problems += [f"{page} is linked to but not there" for page in dead]
    for page in found.pages:
        leaks = own.leaks(page.text, _listed_in_console(app, page))
        problems += [f"{page.address} ({page.endpoint}) shows {leak}" for leak in leaks]
    assert not problems, _sentences(problems)
    assert len(found.pages) > 1


def _listed_in_console(app, page: Page) -> type | None:
    """Return the model of an operators' screen: its rows are scoped, what they mention may be anybody's."""
    view = getattr(app.view_functions[page.endpoint], "__self__", None)
    if not isinstance(view, AdminView):
        return None
    return getattr(view, "model", Account)


def test_every_route_is_reached_by_somebody(app, client, walk, words, sight):
    """A route that nobody reaches would pass every other test here."""
    waiting = {(r.rule.rule, r.method): r for r in routes_of(app) if r.grants and not r.is_ops and not _is_idle(r)}
    for username in PEOPLE:
        own, found = sight(username), walk(username)
        behind = Walk(app, client(username), [])
        behind.look_behind(f for f in found.all_forms if f.endpoint.endswith(".action_post"))
        for route in granted_routes(app, username):
            key = (route.rule.rule, route.method)
            if key in waiting and _is_reached(route, client(username), found, behind, own, words):
                del waiting[key]
    assert not waiting, _sentences(waiting.values())


def _is_idle(route: Route) -> bool:
    """Tell whether a generated screen has a route without using it: no options to offer, nothing done to one row."""
    if route.endpoint.endswith(".action"):
        return not any(action.single for action in route.view.actions.values())
    return route.endpoint.endswith(".options") and not route.view._relations


def _is_reached(route: Route, browser, found: Walk, behind: Walk, own: Sight, words: Words) -> bool:
    if route.method == "GET" and any(p.endpoint == route.endpoint and p.status < 400 for p in found.pages):
        return True
    forms = [f for f in (*found.all_forms, *behind.all_forms) if f.endpoint == route.endpoint]
    sent = [(form.action, form.fields_by_name) for form in forms if route.method == "POST"]
    made_up = [*_known_values(found, route, own, words), *fillings(route, _few(own.own), words)]
    tries = [*sent, *((route.address(values), _everything(route)) for values in made_up)]
    return any(_opens(browser, route.method, address, data) for address, data in tries)


def _opens(browser, method: str, address: str, data: Mapping | None) -> bool:
    answer, _fault = send(browser, method, address, data=data)
    return answer is not None and answer.status_code not in (403, 404, 405)


# ---------------------------------------------------------------- rows of others


@pytest.mark.parametrize("username", PEOPLE)
def test_a_row_outside_the_scope_does_not_exist_on_any_route(app, client, walk, words, sight, username):
    found, own = walk(username), sight(username)
    strangers, models = own.strangers(), world.models()
    before, problems, tried = _dump(), [], 0
    for route in granted_routes(app, username):
        arguments = id_arguments(route, models)
        known = _known_values(found, route, own, words) or list(fillings(route, _few(own.own, 1), words))
        for argument in arguments:
            for stranger in values_for(route, argument, strangers, words):
                base = known[0] if known else next(fillings(route, strangers, words))
                address = route.address(base | {argument: stranger})
                answer, fault = send(client(username), route.method, address, data=_everything(route))
                tried += 1
                if answer is None or answer.status_code not in _refusals(route):
                    problems.append(f"{route.method} {address} answers {answer and answer.status_code} {fault}")
    assert not problems, _sentences(problems)
    assert not _changed(before)
    assert tried or username in ("platform_operator", "auditor")


def _refusals(route: Route) -> set[int]:
    """A foreign row is a 404; an action that answers row by row gives each its reason instead."""
    by_key = getattr(route.view, "actions_by_key", ())
    return {400, 404} if route.endpoint.endswith(".action") and by_key else {404}


def _known_values(found: Walk, route: Route, own: Sight, words: Words) -> list[dict]:
    """Return arguments of pages and forms that the person came across and that fit the route."""
    if {"public_id", "file_id"} <= route.rule.arguments:
        return [{name: values[name] for name in route.rule.arguments} for values in own.attachments]
    seen = [(p.address, p.endpoint, p.values) for p in found.pages if p.status < 400]
    seen += [(f.action, f.endpoint, f.values) for forms in found.forms.values() for f in forms]
    start = route.rule.rule.split("/")[1]
    fitting = [
        (endpoint != route.endpoint, {name: values[name] for name in route.rule.arguments})
        for address, endpoint, values in seen
        if route.rule.arguments <= values.keys() and address.split("/")[1] == start
    ]
    known = [values for _other, values in sorted(fitting, key=lambda line: line[0])][:40]
    return known or _spoken_values(seen, route, own, words)


def _spoken_values(seen: list[tuple], route: Route, own: Sight, words: Words) -> list[dict]:
    """Return ids that the person came across, with words for what else stands in the address: scripts ask for that."""
    ids = set(id_arguments(route, world.models()))
    spoken = {name: values_for(route, name, own.own, words)[0] for name in route.rule.arguments - ids}
    start = route.rule.rule.split("/")[1]
    fitting = (values for address, _endpoint, values in seen if address.split("/")[1] == start and ids <= values.keys())
    return [spoken | {name: values[name] for name in ids} for values in fitting if ids and spoken][:40]


@pytest.mark.parametrize("username", PEOPLE)
def test_a_foreign_key_in_a_query_shows_and_changes_nothing(app, client, walk, sight, username):
    found, own = walk(username), sight(username)
    strangers, owners, browser = own.strangers(), _owners(own.own), client(username)
    before, problems, tried = _dump(), [], set()
    for page in found.pages:
        parts = urlsplit(page.address)
        for name, value in parse_qsl(parts.query):
            if value not in owners or (page.endpoint, name) in tried:
                continue
            tried.add((page.endpoint, name))
            for stranger in strangers.of(*owners[value]):
                address = f"{parts.path}?{urlencode({**dict(parse_qsl(parts.query)), name: stranger})}"
                answer, fault = send(browser, "GET", address)
                leaks = own.leaks(answer.text.replace(str(stranger), "")) if answer is not None else [fault]
                problems += [f"{address} shows {leak}" for leak in leaks]
    assert not problems, _sentences(problems)
    assert not _changed(before)


@pytest.mark.parametrize("username", PEOPLE)
def test_lists_hold_exactly_the_rows_that_the_scope_rule_selects(app, client, sight, username):
    browser, own, problems, lists = client(username), sight(username), [], 0
    for route in granted_routes(app, username):
        if not isinstance(route.view, ScopedModelView) or not route.endpoint.endswith(".list"):
            continue
        model = route.view.datamodel.obj
        seen = {row["id"] for row in own.own.by_model[model]}
        for values in fillings(route, own.own, Words((), ())):
            lists += 1
            shown, whole = _listed(app, browser, route.address(values))
            if shown - seen:
                problems.append(f"{route} {values} lists foreign {model.__name__} {sorted(shown - seen)}")
            if whole and _narrows_nothing(route.view) and seen - shown:
                problems.append(f"{route} leaves out {model.__name__} {sorted(seen - shown)}")
    assert not problems, _sentences(problems)
    assert lists or username in ("platform_operator", "auditor")


def _narrows_nothing(view: ScopedModelView) -> bool:
    return type(view).conditions is ScopedModelView.conditions


def _listed(app, browser, address: str) -> tuple[set[int], bool]:
    """Return the ids of the rows on all tabs of a list, and whether one page held them all."""
    shown, whole, listings = set(), True, []

    def note(_app, template, context, **_more) -> None:
        if "listing" in context:
            listings.append(context["listing"])

    with template_rendered.connected_to(note, app):
        browser.get(f"{address}?size=100")
        tabs = [tab.key for tab in listings[0].tabs] if listings else []
        for tab in tabs:
            browser.get(f"{address}?size=100&tab={tab}")
    for listing in listings:
        shown |= {inspect(row).identity[0] for row in listing.page.rows}
        whole = whole and listing.page.next is None
    return shown, whole and bool(listings)


@pytest.mark.parametrize("username", PEOPLE)
def test_drop_downs_offer_rows_of_the_scope_only(app, client, sight, username):
    browser, own, problems = client(username), sight(username), []
    for route in granted_routes(app, username):
        if not route.endpoint.endswith(".options"):
            continue
        for column, model in route.view._relations.items():
            seen = {row["id"] for row in own.own.by_model[model]}
            for values in _with_column(route, column, own):
                answer = browser.get(route.address(values))
                offered = {line["id"] for line in answer.get_json()["results"]}
                if offered - seen:
                    problems.append(f"{route} {values} offers foreign {model.__name__} {sorted(offered - seen)}")
    assert not problems, _sentences(problems)


def _with_column(route: Route, column: str, own: Sight) -> Iterable[dict]:
    for values in fillings(route, _few(own.own, 2), Words((), ())):
        if values["column"] == column:
            yield values


# ---------------------------------------------------------------- what is sent


@pytest.mark.parametrize("username", PEOPLE)
def test_no_form_fails_when_it_is_sent_as_it_stands(app, client, walk, sight, username):
    found, problems = walk(username), []
    for form in (f for forms in found.forms.values() for f in forms[:2]):
        answer, fault = send(client(username), "POST", form.action, data=form.fields_by_name)
        if answer is None or answer.status_code >= 500:
            problems.append(f"{form} fails: {fault}")
        elif answer.status_code in (404, 405) and not form.endpoint:
            problems.append(f"{form} leads nowhere")
    assert not problems, _sentences(problems)


@pytest.mark.parametrize("username", PEOPLE)
def test_forged_hidden_values_and_addresses_change_nothing(app, client, walk, sight, writes, username):
    found, own = walk(username), sight(username)
    strangers, owners = own.strangers(), _owners(own.own)
    before, problems, tried = _dump(), [], 0
    for form in (f for forms in found.forms.values() for f in forms[:1]):
        for forged in _forgeries(form, owners, strangers):
            answer, fault = send(client(username), "POST", forged.action, data=forged.fields_by_name)
            tried += 1
            changed = _changed(before) if writes() else []
            if answer is None or answer.status_code >= 500 or changed:
                problems.append(f"{forged} answers {answer and answer.status_code}, changes {changed} {fault}")
                before = _dump()
    assert not problems, _sentences(problems)
    assert tried or username in ("platform_operator", "auditor")


def _owners(keys: Keys) -> dict[str, tuple[type, str]]:
    """Return {key as text: (model, column)} of rows."""
    return {
        str(row[column]): (model, column) for model, rows in keys.by_model.items() for row in rows for column in row
    }


def _forgeries(form: Form, owners: Mapping[str, tuple[type, str]], strangers: Keys) -> Iterable[Form]:
    """Yield the form with one own key after another replaced by those of strangers, and sent as confirmed."""
    fields = (*form.fields, ("confirmed", "1"))
    for place, (name, value) in enumerate(fields):
        key, colon, rest = value.partition(":")
        if key not in owners or name == "back":
            continue
        for stranger in strangers.of(*owners[key]):
            other = (name, f"{stranger}{colon}{rest}")
            kept = [f for i, f in enumerate(fields) if i != place and f[0] != name]
            yield replace(form, fields=(*kept, other))
    path, mark, query = form.action.partition("?")
    for key in owners.keys() & set(path.split("/")):
        for stranger in strangers.of(*owners[key]):
            yield replace(form, action=path.replace(f"/{key}", f"/{stranger}") + mark + query, fields=fields)


def test_an_account_without_anything_sees_nothing(app, client, person):
    """Somebody who left an enterprise keeps the role until the next log-in, and what was told, but no rows."""
    account = person("company_03")
    for model in (Membership, Message):
        db.session.execute(delete(model).where(model.account_id == account.id))
    db.session.commit()
    browser = client("company_03")
    for route in granted_routes(app, "company_03"):
        if route.method == "GET" and not route.rule.arguments:
            answer = browser.get(route.address({}), follow_redirects=True)
            assert answer.status_code in (200, 404), str(route)
            assert "青岚机器人" not in answer.text, str(route)


# ---------------------------------------------------------------- start-up


class OtherModel(DeclarativeBase):
    """Keeps the model below out of the platform's own tables."""


class Unruled(OtherModel):
    """A model that nobody wrote a scope rule for."""

    __tablename__ = "unruled"
    id: Mapped[int] = mapped_column(primary_key=True)


def test_a_model_without_a_scope_rule_stops_the_start():
    with pytest.raises(LookupError, match="Unruled has no scope rule"):
        type("UnruledScreen", (ScopedModelView,), {"datamodel": ScopedInterface(Unruled)})


def test_every_model_has_a_scope_rule_and_none_fails_open_for_a_stranger(app):
    assert set(world.models()) == set(RULES)
    for model in world.models():
        assert db.session.scalars(select(model.id).where(visible(model, None))).all() == [], model
    with pytest.raises(KeyError):
        visible(Unruled, None)


# ---------------------------------------------------------------- what pages cost


def test_no_page_costs_more_than_a_dozen_statements(app, walk):
    most: dict[str, tuple[int, str, str]] = {}
    for username in PEOPLE:
        found = walk(username)
        for page in found.pages:
            if page.status == 200 and not page.address.startswith("/ops/"):
                cost = (page.statements, username, page.address)
                most[page.endpoint] = max(most.get(page.endpoint, (0, "", "")), cost)
    dearest = sorted(most.items(), key=lambda line: line[1], reverse=True)
    table = [f"{n:4} {endpoint:44} {username:20} {address}" for endpoint, (n, username, address) in dearest]
    print("\n".join(table))
    assert all(cost[0] <= MOST_STATEMENTS for cost in most.values()), "\n" + "\n".join(table)
