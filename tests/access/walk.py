"""Walking the application as a person does: following every link, collecting every form, counting statements."""

import io
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from python_calamine import CalamineWorkbook
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

PAGES_OF_A_KIND = 4  # pages of one endpoint that differ only in the row they show
VIEWS_OF_A_PAGE = 3  # the same path with other queries: tabs, orders, filters
SKIPPED = frozenset({"LanguageView.index", "LoginView.login", "static", "appbuilder.static", "ops.static"})
LINK = re.compile(r"""(href|src|action|data-[a-z-]*url)=["']([^"']+)["']""")
KEY = re.compile(r"\d{10}(:\d+)?|[\w-]{20,24}")
SHEETS = ("application/vnd.ms-excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@dataclass(frozen=True)
class Page:
    """What one address answered."""

    address: str
    endpoint: str
    values: dict[str, Any]
    status: int
    text: str
    statements: int
    fault: str = ""
    location: str | None = None

    def __str__(self) -> str:
        return f"{self.address} ({self.endpoint}): {self.status} {self.fault}"


@dataclass(frozen=True)
class Form:
    """A form of a page as it would be sent; of boxes to tick the first is ticked."""

    page: str
    action: str
    endpoint: str
    values: dict[str, Any]
    fields: tuple[tuple[str, str], ...]

    @property
    def kind(self) -> tuple:
        return self.endpoint, tuple(sorted({name for name, _value in self.fields}))

    @property
    def fields_by_name(self) -> dict[str, list[str]]:
        """Return every name with its values, as a client sends them."""
        found: dict[str, list[str]] = {}
        for name, value in self.fields:
            found.setdefault(name, []).append(value)
        return found

    def __str__(self) -> str:
        return f"{self.action} from {self.page} {dict(self.fields)}"


@dataclass
class Walk:
    """Every page and form that a person came across."""

    app: Flask
    client: FlaskClient
    seen: list[str]
    pages: list[Page] = field(default_factory=list)
    forms: dict[tuple, list[Form]] = field(default_factory=dict)
    linked: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.adapter = self.app.url_map.bind("localhost")
        self._known: set[str] = set()
        self._kinds: Counter[tuple] = Counter()
        self._paths: Counter[str] = Counter()

    def match(self, address: str, method: str = "GET") -> tuple[str, dict[str, Any]] | None:
        """Return (endpoint, values) of an address of this application."""
        try:
            return self.adapter.match(urlsplit(address).path, method)
        except RequestRedirect as redirect:
            return self.adapter.match(urlsplit(redirect.new_url).path, method)
        except HTTPException:
            return None

    def follow(self, *starts: str) -> "Walk":
        """Follow every link from these addresses on, a bounded number of pages of a kind."""
        waiting = deque(starts)
        while waiting:
            address = waiting.popleft()
            found = self.match(address) if address not in self._known else None
            self._known.add(address)
            if found is None or not self._is_wanted(urlsplit(address).path, *found):
                continue
            page = self.get(address, *found)
            self.pages.append(page)
            links = list(self._links(page))
            self.linked.update(links)
            waiting.extend(links)
            self._collect_forms(page)
        return self

    def _is_wanted(self, path: str, endpoint: str, values: dict[str, Any]) -> bool:
        """Tell whether there is room for one more page of a kind, or one more view of a page."""
        if endpoint in SKIPPED or self._paths[path] >= VIEWS_OF_A_PAGE:
            return False
        kind = (endpoint, *sorted(str(v) for v in values.values() if not KEY.fullmatch(str(v))))
        if not self._paths[path] and self._kinds[kind] >= PAGES_OF_A_KIND:
            return False
        self._kinds[kind] += not self._paths[path]
        self._paths[path] += 1
        return True

    @property
    def all_forms(self) -> list[Form]:
        return [form for forms in self.forms.values() for form in forms]

    def look_behind(self, forms: Iterable[Form]) -> None:
        """Send forms and collect those of the pages that they lead to."""
        for form in forms:
            answer, _fault = send(self.client, "POST", form.action, data=form.fields_by_name)
            page = _local(form.action, answer.location) if answer is not None and answer.location else ""
            if found := self.match(page):
                self._collect_forms(self.get(page, *found))

    def get(self, address: str, endpoint: str = "", values: dict[str, Any] | None = None) -> Page:
        """Ask for an address and note what it cost."""
        self.seen.clear()
        answer, fault = send(self.client, "GET", address)
        status = 500 if answer is None else answer.status_code
        text = "" if answer is None else _text_of(answer)
        location = None if answer is None else answer.headers.get("Location")
        return Page(address, endpoint, values or {}, status, text, len(self.seen), fault, location)

    def _links(self, page: Page) -> Iterator[str]:
        if page.location:
            yield _local(page.address, page.location)
        if not page.text.lstrip().startswith("<"):
            return
        for name, found in LINK.findall(page.text):
            local = _local(page.address, html.fromstring(f"<i>{found}</i>").text)
            is_sent = name == "action" and self.match(local, "POST")  # by a form, and no link
            if local and not is_sent and not found.startswith("#"):
                yield local

    def _collect_forms(self, page: Page) -> None:
        if not page.text.lstrip().startswith("<"):
            return
        for element in html.fromstring(page.text).forms:
            if element.method != "POST":
                continue
            for action, extra in _ways_to_send(element):
                address = _local(page.address, action or page.address)
                endpoint, values = self.match(address, "POST") or ("", {})
                form = Form(page.address, address, endpoint, values, (*_fields(element), *extra))
                self.forms.setdefault(form.kind, []).append(form)


def _local(base: str, link: str | None) -> str:
    parts = urlsplit(urljoin(f"http://localhost{base}", link or ""))
    if parts.netloc != "localhost" or parts.scheme != "http":
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _ways_to_send(element: Any) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """Return (address, button) of every button that sends the form."""
    buttons = element.xpath(".//button[not(@form) and (not(@type) or @type='submit')]")
    if element.get("id"):
        page = element.getroottree()
        buttons += page.xpath("//button[@form=$id]", id=element.get("id"))
    ways = [
        (b.get("formaction") or element.action, ((b.get("name"), b.get("value") or ""),) if b.get("name") else ())
        for b in buttons
    ]
    return list(dict.fromkeys(ways)) or [(element.action, ())]


def _fields(element: Any) -> list[tuple[str, str]]:
    """Return the fields as a browser would send them, with the first of several boxes ticked."""
    found = [(name, value) for name, value in element.form_values() if isinstance(value, str)]
    named = {name for name, _value in found}
    for box in element.xpath(".//input[@type='checkbox' or @type='radio'][@name]"):
        if box.get("name") not in named:
            named.add(box.get("name"))
            found.append((box.get("name"), box.get("value") or "on"))
    return found


def _text_of(answer: Any) -> str:
    kind = answer.mimetype
    if kind.startswith("text/") or kind == "application/json":
        return answer.get_data(as_text=True)
    if kind in SHEETS:
        book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
        return "\n".join(str(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names)
    answer.get_data()
    return ""


def send(client: FlaskClient, method: str, address: str, **more: Any) -> tuple[Any, str]:
    """Return (answer, fault); the application raises in tests what would be a failure page."""
    try:
        return client.open(address, method=method, **more), ""
    except Exception as error:  # noqa: BLE001 - whatever a view lets through is what this looks for
        import traceback

        return None, "".join(traceback.format_exception(error)[-6:])
