"""公示异议: anybody objects while the time runs; the bureau that published answers and closes."""

import re
from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import update

from ..clock import show
from ..errors import AlreadyActed, DeadlinePassed, Forbidden, Invalid
from ..extensions import db
from ..models import Account, Article, Objection, ObjectionState
from ..permissions import bureau_of
from . import audit, recipients
from .articles import takes_objections
from .messages import Telling, tell, tell_each, tell_stranger

LIMITS = {"name": 64, "unit": 120, "phone": 30, "email": 120, "text": 2000}
SHORTEST_TEXT = 10
LONGEST_ANSWER = 2000
_PHONE = re.compile(r"(1[3-9]\d{9})|(0\d{2,3}-?\d{7,8}(-\d{1,6})?)")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")


def object_to(article: Article, typed: Mapping[str, str | None], *, by: Account | None, at: datetime) -> Objection:
    """Object to a publicity; `by` is empty for a stranger. Raises DeadlinePassed, or Invalid at its fields."""
    if not takes_objections(article, at):
        until = show(article.objections_until)
        raise DeadlinePassed(_("本公示的异议期已于 %(time)s 结束，不再受理异议。", time=until))
    facts = {name: (typed.get(name) or "").replace("\r\n", "\n").strip() for name in LIMITS}
    _require_facts(facts)
    objection = Objection(
        site_id=article.site_id,
        article=article,
        received_at=at,
        account_id=by.id if by else None,
        **{name: value or None for name, value in facts.items()},
    )
    db.session.add(objection)
    db.session.flush()
    audit.record("object", objection, by=by, at=at, detail={"article": article.id})
    _tell_officials(objection, at)
    return objection


def _require_facts(facts: Mapping[str, str]) -> None:
    problems: dict[str, Any] = {}
    for name, limit in LIMITS.items():
        if len(facts[name]) > limit:
            problems[name] = _("最多输入%(max)d字", max=limit)
    if not facts["name"]:
        problems["name"] = _("请填写姓名，单位提出异议的填写联系人姓名。")
    if "phone" not in problems and not _PHONE.fullmatch(facts["phone"]):
        problems["phone"] = _("请填写 11 位手机号码，或带区号的固定电话，例如 0752-2808888。")
    if facts["email"] and not _EMAIL.fullmatch(facts["email"]):
        problems["email"] = _("电子邮箱格式不正确，请核对。")
    if len(facts["text"]) < SHORTEST_TEXT:
        problems["text"] = _("请写明异议的内容和理由，不少于 %(least)s 字。", least=SHORTEST_TEXT)
    if problems:
        raise Invalid(next(iter(problems.values())), fields=problems)


def _tell_officials(objection: Objection, at: datetime) -> None:
    """Tell the office that published, and the administrators of its bureau."""
    article = objection.article
    facts = {"article": article.title, "person": objection.name, "text": objection.text[:200]}
    people = recipients.publishers_of(article.bureau_id, article.edited_by_id)
    tell("objection_received", people, facts, link=f"/objections/show/{objection.public_id}", at=at)


def answer(objection: Objection, text: str, *, by: Account, at: datetime) -> None:
    """Answer an objection, once; the person who objected is told. Raises Invalid or AlreadyActed."""
    _require_own(objection, by)
    text = text.replace("\r\n", "\n").strip()
    if not text or len(text) > LONGEST_ANSWER:
        message = _("请填写答复内容，不超过 %(limit)s 字。", limit=LONGEST_ANSWER)
        raise Invalid(message, fields={"answer": message})
    values = {"answer": text, "answered_at": at, "answered_by_id": by.id, "state": ObjectionState.ANSWERED}
    _move(objection, ObjectionState.OPEN, values)
    audit.record("answer", objection, by=by, at=at, detail={"answer": text})
    _tell_objector("objection_answered", objection, {"answer": text}, by, at)


def close(objection: Objection, *, by: Account, at: datetime) -> None:
    """Close an answered objection; the person who objected is told. Raises Invalid or AlreadyActed."""
    _require_own(objection, by)
    if objection.state is ObjectionState.OPEN:
        raise Invalid(_("请先答复，再办结。"))
    _move(objection, ObjectionState.ANSWERED, {"state": ObjectionState.CLOSED, "closed_at": at, "closed_by_id": by.id})
    audit.record("close", objection, by=by, at=at)
    _tell_objector("objection_closed", objection, {}, by, at)


def _move(objection: Objection, state: ObjectionState, values: dict[str, Any]) -> None:
    """Change it if it still stands where it was read."""
    won = db.session.execute(
        update(Objection)
        .where(Objection.id == objection.id, Objection.state == state)
        .values(values)
        .execution_options(synchronize_session=False)
    ).rowcount
    if not won:
        raise AlreadyActed(_("该异议刚刚已被他人办理，本次操作没有执行。"))
    db.session.refresh(objection)


def _tell_objector(kind: str, objection: Objection, more: Mapping[str, Any], by: Account, at: datetime) -> None:
    """Tell by what was given in the objection; somebody who was logged in has it in the inbox too."""
    article = objection.article
    facts = {"article": article.title, "person": objection.name, "office": article.bureau.name, **more}
    phone = objection.phone if _MOBILE.fullmatch(objection.phone) else None
    if objection.account_id is None:
        tell_stranger(kind, facts, site_id=objection.site_id, email=objection.email, phone=phone, at=at)
        return
    person = SimpleNamespace(id=objection.account_id, site_id=objection.site_id, email=objection.email, mobile=phone)
    tell_each(kind, [Telling(person, facts, f"/publicity/{article.public_id}/")], at=at)


def _require_own(objection: Objection, by: Account) -> None:
    bureau = bureau_of(by)
    if bureau is None or objection.article.bureau_id != bureau.id:
        raise Forbidden(_("该异议由发布公示的单位办理。"))
