"""Saving a page of forty answers against Django's form and ORM: `make bench-forms`.

All sides get the same JSON bodies through their whole WSGI stack, each in a process of its own, in turns: every fourth
body has six wrong and two missing answers. All look at the session cookie, read the person and whether that person may,
check the CSRF token, hold the row in a transaction, compare owner, state, deadline and revision, judge all forty
answers, write one row, and answer with a sentence for each wrong field; the policy header is on. Django is given kept
connections, a cookie session, a ModelForm with its own columns, validators and Chinese messages, and its own checks of
permissions; it keeps the old answer where the new one is wrong, while the platform keeps what was typed, judges the
whole declaration and tells how far each page is. On SQLite all use WAL, synchronous=NORMAL and BEGIN IMMEDIATE.

Django stands there twice. As its forms are used, it answers with the form, every sentence at its field (nothing around
it, no menu): that is the aim's "form and ORM with full field messages"; our page has a script that puts the sentences
of our JSON at their fields. And with a view written by hand that skips the form's HTML and answers JSON as we do: what
remains then is validation and ORM alone. Nothing is timed before all have named the same wrong fields for every body.
"""

import argparse
import io
import json
import os
import re
import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, cycle
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from .parts import (
    DATABASES,
    application,
    database,
    describe_machine,
    finish,
    in_turns,
    milliseconds,
    percentile,
    ratio,
    say,
    scratch,
    table,
)
from .peers import COUNT_HEADER
from .peers.django_form.prepare import prepare
from .processes import in_own_process, obey, process
from .questions import SECTION, bodies, encoded, questions, type_body

AIM = 1.5
PERSON = "enterprise_admin"
OURS, DJANGO, BARE = "platform", "Django form and ORM", "Django, JSON by hand"
DJANGO_PAGES = {"": "form" * 5, "json": "json" * 5}  # by how it answers


def main() -> None:
    """Measure on both databases and print the ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--saves", type=int, default=80, help="per round and side")
    options.add_argument("--database", choices=DATABASES, help="one database only")
    given = options.parse_args()
    describe_machine()
    found: dict[str, Any] = {}
    lines: list[tuple] = []
    with scratch() as folder:
        for kind in [given.database] if given.database else DATABASES:
            with database(kind, folder) as url:
                found[kind] = _measure(kind, url, folder, given, lines)
    say(f"{len(questions())} answers a save, median and range of the rounds' medians")
    table(("database", "side", "ms a save", "p95 ms", "SQL", "platform is times faster"), lines)
    say(f"aim: {AIM} times faster than {DJANGO}")
    finish(found)


def _measure(kind: str, url: str, folder: Path, given: argparse.Namespace, lines: list[tuple]) -> dict[str, float]:
    os.environ |= {"DATABASE_URL": url, "SECRET_KEY": secrets.token_hex(), "BENCH_DJANGO_FILE": str(folder / "peer.db")}
    os.environ["BENCH_SAVES"] = str(given.saves)
    with application(url):
        public_id = _prepare()
    told = folder / "django.json"
    in_own_process(prepare, PERSON, list(DJANGO_PAGES.values()), told)
    cookies = json.loads(told.read_text())
    with (
        process(_platform, public_id) as ours,
        process(_django, cookies, "") as django,
        process(_django, cookies, "json") as bare,
    ):
        sides = {OURS: ours, DJANGO: django, BARE: bare}
        named = {name: ask("named") for name, ask in sides.items()}
        expected = [sorted(wrong) for _body, wrong in bodies()]
        for name, fields in named.items():
            if fields != expected:
                raise AssertionError(f"{name} names other fields: {fields[:2]} instead of {expected[:2]}")
        times = in_turns({name: (lambda ask=ask: ask("save")) for name, ask in sides.items()}, given.rounds + 1)
        statements = {name: ask("statements") for name, ask in sides.items()}
    medians = {name: [median(spent) for spent in rounds[1:]] for name, rounds in times.items()}
    faster = {name: ratio(medians[name], medians[OURS]) for name in (DJANGO, BARE)}
    for name in sides:
        slow = percentile(list(chain.from_iterable(times[name][1:])), 0.95) * 1000
        lines.append((kind, name, milliseconds(medians[name]), f"{slow:.1f}", statements[name], faster.get(name, "")))
    return {"to_django_form": faster[DJANGO], "to_django_json_by_hand": faster[BARE]}


def _prepare() -> str:
    """Open a call that asks the forty questions and begin a declaration; returns its public id."""
    from app.clock import now
    from app.demo import journeys, world
    from app.extensions import db
    from app.services import types

    at = now()
    demo = world.build(at)
    version = types.install_body(type_body(), demo.site, at)
    programme = {"key": "forty", "name": "四十问", "year": 2025, "opens": -3, "closes": 10}
    call = world.open_call(demo, version, programme, at)
    db.session.commit()
    return journeys.Journey(at).start(journeys.find_person(PERSON), call).public_id


# ---------------------------------------------------------------- one side


@dataclass
class Side:
    """A WSGI application that saves the page, and a person who posts to it."""

    app: Callable[..., Any]
    method: str
    path: str
    headers: dict[str, str]
    query: str = ""
    revision: int = 0
    statements: int = 0
    bodies: Iterator[bytes] = field(default_factory=lambda: cycle(encoded()))

    @property
    def orders(self) -> dict[str, Callable[[], Any]]:
        """Return what this side does when it is told to."""
        return {"ready": os.getpid, "named": self.named, "save": self.save, "statements": lambda: self.statements}

    def named(self) -> list[list[str]]:
        """Return the fields that are called wrong or missing, for every body."""
        return [sorted(_wrong_fields(self._save(body)[1])) for body in encoded()]

    def save(self) -> list[float]:
        """Return the seconds that each of a number of saves took."""
        return [self._save(next(self.bodies))[0] for _number in range(int(os.environ["BENCH_SAVES"]))]

    def _save(self, body: bytes) -> tuple[float, bytes]:
        environment = self._environment(self.method, self.path, body) | {"HTTP_IF_MATCH": f'"{self.revision}"'}
        start = perf_counter()
        status, headers, content = _call(self.app, environment)
        spent = perf_counter() - start
        if status != 200:
            raise AssertionError(f"answered {status}: {content[:500]!r}")
        self.revision = int(headers.get("X-Revision") or json.loads(content)["revision"])
        self.statements = int(headers[COUNT_HEADER])
        return spent, content

    def read(self, path: str) -> dict[str, Any]:
        """Return what a page of JSON says."""
        return json.loads(_call(self.app, self._environment("GET", path, b""))[2])

    def _environment(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        return {
            "REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": self.query,
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "127.0.0.1",
            "REMOTE_ADDR": "127.0.0.1", "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)),
            "HTTP_ACCEPT_LANGUAGE": "zh-CN", "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "http", "wsgi.version": (1, 0), "wsgi.multithread": False, "wsgi.multiprocess": True,
            "wsgi.run_once": False, **self.headers,
        }  # fmt: skip


def _wrong_fields(content: bytes) -> set[str]:
    """Return the fields at which an answer has a sentence: of JSON, or of Django's form."""
    if not content.startswith(b"{"):
        return set(re.findall(r'<ul class="errorlist" id="id_(\w+)_error"><li>[^<]', content.decode()))
    problems = json.loads(content)["problems"]
    return {p["name"] for p in problems if p.get("message") or all(p.get("messages") or [""])}


def _call(app: Callable[..., Any], environment: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """Let a WSGI application answer; what it does after answering counts as well."""
    begun: list[Any] = []
    answer = app(environment, lambda status, headers, _error=None: begun.extend((status, headers)))
    content = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return int(begun[0].split()[0]), dict(begun[1]), content


def _platform(connection: Any, public_id: str) -> None:
    """Be the platform, logged in to."""
    from app import create_app
    from app.demo.journeys import find_person
    from app.extensions import db

    from .peers.counting import count_statements
    from .sessions import sessions_of

    app = create_app()
    with app.app_context():
        count_statements(app, db.engine)
        person = next(iter(sessions_of(app, [find_person(PERSON)]).values()))
        db.session.remove()
    headers = {"HTTP_COOKIE": person.cookie, "HTTP_X_CSRFTOKEN": person.token}
    headers["HTTP_X_REQUESTED_WITH"] = "XMLHttpRequest"
    obey(connection, Side(app, "PUT", f"/declarations/{public_id}/{SECTION}", headers).orders)


def _django(connection: Any, cookies: dict[str, str], query: str) -> None:
    """Be Django, logged in to; `query` says how it answers."""
    from .peers.django_form.prepare import start

    start()
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application

    side = Side(get_wsgi_application(), "POST", f"/pages/{DJANGO_PAGES[query]}", {}, query)
    side.headers = {"HTTP_COOKIE": _cookie_header(cookies)}
    token = side.read("/token")["csrf_token"]
    cookies |= {settings.CSRF_COOKIE_NAME: token}
    side.headers = {"HTTP_COOKIE": _cookie_header(cookies), "HTTP_X_CSRFTOKEN": token}
    obey(connection, side.orders)


def _cookie_header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


if __name__ == "__main__":
    main()
