"""人员 from Excel: every line becomes an account, or none and a report says what to correct."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from ...errors import DomainError
from ...extensions import db
from ...models import Account, Department, IdKind
from ...permissions import bureau_of
from .. import people
from ..accounts import require_user_name
from ..passwords import derived_password, hash_password
from .offices import OfficeIndex
from .reading import Heading, Line, Problem, find_gaps, read_lines, template
from .values import LineReader, report

JOB_KIND = "import_people"
MOST_LINES = 1000
KIND = Heading("role", _("用户类型"), required=True)
HEADINGS = (
    Heading("id_kind", _("身份证明"), required=True),
    Heading("id_number", _("证件号码"), required=True),
    Heading("first_name", _("用户姓名"), required=True),
    Heading("mobile", _("手机号码"), required=True),
    KIND,
    Heading("department", _("部门"), required=True),
    Heading("landline", _("座机号码")),
    Heading("email", _("邮箱")),
    Heading("position", _("职务")),
    Heading("note", _("备注")),
    Heading("username", _("登录用户名")),
)
LONGEST = {"first_name": 64, "landline": 30, "email": 120, "position": 40, "note": 200}
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
AT_ONCE = 500  # values that one statement compares with


@dataclass(frozen=True)
class Card:
    """One person as a line gives it, judged and ready to be added."""

    line: int
    username: str
    role: str
    department: Department
    id_kind: IdKind
    facts: dict[str, Any]  # first_name, id_number, mobile and the rest of the card


def headings_for(by: Account) -> tuple[Heading, ...]:
    """Return the columns; where there is one kind of user only, nobody is asked for it."""
    return HEADINGS if len(people.grantable_roles(by)) > 1 else tuple(h for h in HEADINGS if h is not KIND)


def make_template(by: Account) -> bytes:
    """Return the workbook to fill in."""
    bureau = bureau_of(by)
    example = {
        "id_kind": IdKind.ID_NUMBER.label,
        "id_number": "11010519491231002X",  # the example of GB 11643
        "first_name": gettext("张三"),
        "mobile": "13800000000",
        "role": next((people.KIND_LABELS[name] for name in people.grantable_roles(by)), ""),
        "department": f"{bureau.name}/{gettext('综合科')}" if bureau else "",
        "position": gettext("科员"),
    }
    headings = headings_for(by)
    return template(gettext("人员"), headings, [[example.get(heading.key, "") for heading in headings]])


def judge_people(stream: BinaryIO, *, by: Account) -> tuple[list[Card], dict[str, Any]]:
    """Return a card per line and the report; with problems in it, nobody may be added. Raises BadFile."""
    headings = headings_for(by)
    lines = read_lines(stream, headings, max_lines=MOST_LINES)
    problems = find_gaps(lines, headings)
    cards = list(_cards(lines, headings, problems, by))
    problems += _taken(cards, headings, by)
    return cards, report(len(lines), 0, problems)


def hash_passwords(cards: Sequence[Card], seed: str, progress: Callable[[int], None]) -> list[str]:
    """Return the hashes of the initial passwords, which follow from the seed; a tenth of a second each."""
    hashes = []
    for done, card in enumerate(cards):
        progress(80 * done // len(cards))
        hashes.append(hash_password(_password(seed, card.username)))
    return hashes


def add_people(cards: Sequence[Card], hashes: Sequence[str], *, by: Account, at: datetime) -> dict[str, Any]:
    """Create an account for every card; returns the report with their ids. Raises Invalid like `people.add_person`."""
    added = [_add(card, password_hash, by, at) for card, password_hash in zip(cards, hashes, strict=True)]
    return report(len(cards), len(added), ()) | {"accounts": [person.id for person in added], "handed_out": None}


def _password(seed: str, username: str) -> str:
    return derived_password(f"{seed}:{username}")


def _add(card: Card, password_hash: str, by: Account, at: datetime) -> Account:
    facts = dict(card.facts)
    return people.add_person(
        card.username, facts.pop("first_name"), password_hash, card.role, card.department, by=by, at=at,
        id_kind=card.id_kind, active=True, locked=False, **facts,
    )  # fmt: skip


def initial_passwords(accounts: Sequence[Account], seed: str) -> list[tuple[Account, str]]:
    """Return the first password of everybody who has not logged in yet."""
    return [(person, _password(seed, person.username)) for person in accounts if not person.login_count]


# ---------------------------------------------------------------- judging lines


def _cards(lines: Sequence[Line], headings: Sequence[Heading], problems: list[Problem], by: Account) -> Iterator[Card]:
    """Yield a card for every line that can be read; what is wrong goes into `problems`."""
    index = OfficeIndex(by)
    seen: dict[Any, int] = {}
    for line in lines:
        card = _card(LineReader(line, headings, problems), index, seen, by)
        if card is not None:
            yield card


def _card(line: LineReader, index: OfficeIndex, seen: dict[Any, int], by: Account) -> Card | None:
    before = len(line.problems)
    id_kind, role = _id_kind(line), _role(line, by)
    department = _department(line, index)
    facts = {key: line.text(key, longest) for key, longest in LONGEST.items()}
    facts["mobile"], facts["id_number"] = _code(line, "mobile"), _code(line, "id_number")
    if facts["email"] and not EMAIL.fullmatch(facts["email"]):
        line.refuse("email", gettext("邮箱格式有误，请核对。"))
    username = _code(line, "username") or facts["mobile"]
    if len(line.problems) > before or not (id_kind and role and department and username):
        return None
    _judge(line, lambda: people.require_place(role, department, by))
    _judge(line, lambda: facts.update(id_number=people.check_identity(id_kind, facts["id_number"], facts["mobile"])))
    _judge(line, lambda: require_user_name(username))
    _refuse_repeated(line, seen, "id_number", (id_kind, facts["id_number"]))
    _refuse_repeated(line, seen, "username" if line.line.values["username"] else "mobile", ("name", username))
    return Card(line.line.number, username, role, department, id_kind, facts)


def _code(line: LineReader, key: str) -> str:
    """Return a number or name without spaces, its wide digits made narrow."""
    return "".join(unicodedata.normalize("NFKC", line.line.values[key]).split())


def _id_kind(line: LineReader) -> IdKind | None:
    text = line.line.values["id_kind"]
    known = {str(kind.label): kind for kind in IdKind} | {gettext("身份证"): IdKind.ID_NUMBER}
    if text and text not in known:
        line.refuse("id_kind", gettext("请填写：%(kinds)s。", kinds="、".join(str(kind.label) for kind in IdKind)))
    return known.get(text)


def _role(line: LineReader, by: Account) -> str | None:
    roles = {str(people.KIND_LABELS[name]): name for name in people.grantable_roles(by)}
    if len(roles) == 1:
        return next(iter(roles.values()))
    text = line.line.values["role"]
    if text and text not in roles:
        line.refuse("role", gettext("请填写：%(kinds)s。", kinds="、".join(roles)))
    return roles.get(text)


def _department(line: LineReader, index: OfficeIndex) -> Department | None:
    text = line.line.values["department"]
    found = index.find(text) if text else []
    if text and not found:
        line.refuse("department", gettext("在您的管理范围内没有找到“%(name)s”，请按“主管部门/科室”填写。", name=text))
    if len(found) > 1:
        line.refuse("department", gettext("有多个部门名为“%(name)s”，请按“主管部门/科室”填写。", name=text))
    return found[0] if len(found) == 1 else None


def _judge(line: LineReader, check: Callable[[], Any]) -> None:
    """Note a refusal in the column that it names."""
    try:
        check()
    except DomainError as refusal:
        named = next(iter(refusal.details.get("fields") or {}), "")
        key = named if named in line.labels else "department"
        line.refuse("mobile" if named == "username" and not line.line.values["username"] else key, str(refusal))


def _refuse_repeated(line: LineReader, seen: dict[Any, int], key: str, value: Any) -> None:
    first = seen.setdefault(value, line.line.number)
    if first != line.line.number:
        line.refuse(key, gettext("与第 %(line)s 行重复，请保留一行。", line=first))


def _taken(cards: Sequence[Card], headings: Sequence[Heading], by: Account) -> list[Problem]:
    """Return a problem for everybody whose number or user name the platform has already."""
    labels = {heading.key: str(heading.label) for heading in headings}
    names = _present(by, Account.username, [card.username for card in cards])
    numbers = _present(by, Account.id_number, [card.facts["id_number"] for card in cards])
    clashes = [
        (card, "id_number", gettext("该证件号码已登记过账号，请核对。"))
        for card in cards
        if card.facts["id_number"] in numbers
    ] + [
        (
            card,
            "mobile" if card.username == card.facts["mobile"] else "username",
            gettext("该登录用户名已被使用，请更换。"),
        )
        for card in cards
        if card.username in names
    ]
    return [Problem(card.line, labels[key], sentence) for card, key, sentence in clashes]


def _present(by: Account, column: Any, values: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(values), AT_ONCE):
        some = column.in_(values[start : start + AT_ONCE])
        found.update(db.session.scalars(select(column).where(Account.site_id == by.site_id, some)))
    return found
