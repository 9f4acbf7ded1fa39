"""Many enterprises that are about to submit: copies of one that was walked there through the services."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from types import SimpleNamespace
from typing import Any

from flask_appbuilder.security.sqla.models import assoc_user_role
from sqlalchemy import func, insert, select, update
from stdnum.cn import uscc

from app.demo import journeys, world
from app.extensions import db
from app.models import (
    Account,
    Attachment,
    CallGuide,
    Declaration,
    DeclarationSection,
    Document,
    Enterprise,
    Membership,
    SealedCopy,
    new_public_id,
)
from app.services import declarations, documents, sealed_copies

PERSON = "enterprise_admin"
BATCH = 500


def gather(count: int, at: datetime) -> dict[int, int]:
    """Build the demo site and as many filled drafts with documents; returns {account: its declaration}."""
    world.build(at)
    db.session.commit()
    journey, person = journeys.Journey(at), journeys.find_person(PERSON)
    source = journey.start(person)
    journey.fill(source, person)
    journey.make_document(source, person)
    accounts = _ids(Account, count)
    enterprises = _ids(Enterprise, count)
    drafts = _ids(Declaration, count)
    _copy_people(person, source.enterprise, accounts, enterprises)
    _copy_drafts(source, accounts, enterprises, drafts)
    db.session.commit()
    return dict(zip(accounts, drafts, strict=True))


def set_deadline(at: datetime) -> None:
    """Let the guides of the call that is declared for close at a moment."""
    declared = select(Declaration.call_id)
    db.session.execute(update(CallGuide).where(CallGuide.call_id.in_(declared)).values(closes_at=at))
    db.session.commit()


def _copy_people(person: Account, company: Enterprise, accounts: range, enterprises: range) -> None:
    membership = person.memberships[0]
    names = {number: f"广东第{number}号智能装备有限公司" for number in enterprises}
    _add(Enterprise, (
        _values(company) | {"id": n, "credit_code": _credit_code(n), "name": names[n], "public_id": new_public_id()}
        for n in enterprises
    ))  # fmt: skip
    _add(Account, (_values(person) | {"id": n, "username": f"person_{n}", "email": None} for n in accounts))
    links = [{"user_id": account, "role_id": role.id} for account in accounts for role in person.roles]
    db.session.execute(insert(assoc_user_role), links)
    _add(Membership, (
        _values(membership, "id") | {"account_id": account, "enterprise_id": enterprise}
        for account, enterprise in zip(accounts, enterprises, strict=True)
    ))  # fmt: skip


def _copy_drafts(source: Declaration, accounts: range, enterprises: range, drafts: range) -> None:
    facts = declarations.facts_of(source)
    document = _values(documents.latest_document(source), "id")
    attachments = [_values(attachment, "id") for attachment in source.attachments]
    plain, sections, keys = _values(source), [], []
    for draft, company in zip(drafts, _companies(enterprises), strict=True):
        own = [_own(_values(section, "id"), source.enterprise, company) for section in source.sections]
        keys.append(_content_key(source, own, facts | {"enterprise": facts["enterprise"] | company}))
        sections += [row | {"declaration_id": draft} for row in own]
    _add(Declaration, (
        plain | {"id": n, "public_id": new_public_id(), "enterprise_id": enterprise, "created_by_id": account}
        for n, enterprise, account in zip(drafts, enterprises, accounts, strict=True)
    ))  # fmt: skip
    _add(DeclarationSection, iter(sections))
    _add(Attachment, (
        row | {"declaration_id": n, "public_id": new_public_id()} for n in drafts for row in attachments
    ))  # fmt: skip
    documents_from = _ids(Document, len(drafts)).start - drafts.start
    _add(Document, (
        document
        | {"id": documents_from + n, "declaration_id": n, "content_key": key}
        | {"check_code": documents.check_code(n, key)}
        for n, key in zip(drafts, keys, strict=True)
    ))  # fmt: skip
    sealed = sealed_copies.latest_sealed_copy(source)
    row = _values(sealed, "id") if sealed else {}
    _add(SealedCopy, (
        row | {"declaration_id": n, "document_id": documents_from + n, "public_id": new_public_id()}
        for n in (drafts if sealed else ())
    ))  # fmt: skip


def _companies(enterprises: range) -> list[dict[str, str]]:
    query = (
        select(Enterprise.name, Enterprise.credit_code).where(Enterprise.id.in_(enterprises)).order_by(Enterprise.id)
    )
    return [{"name": name, "credit_code": code} for name, code in db.session.execute(query)]


def _own(section: dict[str, Any], source: Enterprise, company: dict[str, str]) -> dict[str, Any]:
    """Return a section with the name and the credit code of the copy wherever it has those of the source."""
    text = json.dumps(section["answers"], ensure_ascii=False)
    text = text.replace(source.name, company["name"]).replace(source.credit_code, company["credit_code"])
    return section | {"answers": json.loads(text)}


def _content_key(source: Declaration, sections: list[dict[str, Any]], facts: dict[str, Any]) -> str:
    """Return the key that the document of a copy has."""
    copy = SimpleNamespace(
        version=source.version,
        sections=[SimpleNamespace(key=section["key"], answers=section["answers"]) for section in sections],
        attachments=source.attachments,
        individual_id=None,
    )
    return documents.content_key(copy, facts)


def _add(model: type, rows: Iterator[dict[str, Any]]) -> None:
    while batch := list(islice(rows, BATCH)):
        db.session.execute(insert(model), batch)


def _values(row: Any, *without: str) -> dict[str, Any]:
    """Return the columns of a row as {attribute: value}."""
    mapper = type(row).__mapper__
    names = {
        mapper.get_property_by_column(column).key for column in mapper.columns if column.table is mapper.local_table
    }
    return {name: getattr(row, name) for name in names if name not in without}


def _ids(model: type, count: int) -> range:
    first = (db.session.scalar(select(func.max(model.id))) or 0) + 1
    return range(first, first + count)


def _credit_code(number: int) -> str:
    stem = f"91440000MBP{number:06d}"
    return stem + uscc.calc_check_digit(stem)
