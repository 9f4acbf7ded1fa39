"""消息模板: a site's own wordings, changed by its administrators and put back to the default."""

import re
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from ..errors import Invalid, NotFound
from ..extensions import db
from ..models import Account, MessageTemplate
from . import audit
from .wordings import CARRYING_CODES, KINDS, LONGEST_TITLE, Kind, Wording, body_of, require_known_words, title_of

LONGEST_BODY = 2000


def kind_named(key: str) -> Kind:
    """Return a kind of message; raises NotFound."""
    if key not in KINDS:
        raise NotFound(_("没有这种消息。"))
    return KINDS[key]


def own_wordings(site_id: int) -> dict[str, MessageTemplate]:
    """Return {kind: the site's own wording}; kinds without one read as shipped."""
    query = select(MessageTemplate).where(MessageTemplate.site_id == site_id)
    return {row.kind: row for row in db.session.scalars(query)}


def change_wording(site_id: int, kind: Kind, wording: Wording, *, by: Account, at: datetime) -> MessageTemplate:
    """Give a kind the site's own wording; raises Invalid at a field that is empty, too long or names unknown words."""
    title, body = " ".join(wording.title.split()), wording.body.replace("\r\n", "\n").strip()
    _require_text(title=(title, LONGEST_TITLE), body=(body, LONGEST_BODY))
    require_known_words(kind.key, title=title, body=body)
    _require_code(kind, wording)
    row = own_wordings(site_id).get(kind.key)
    before = _facts(row) if row else None
    if row is None:
        row = MessageTemplate(site_id=site_id, kind=kind.key)
        db.session.add(row)
    row.title, row.body = title, body
    row.by_email, row.by_sms, row.enabled = wording.by_email, wording.by_sms, wording.enabled
    db.session.flush()
    audit.record("change_wording", row, by=by, at=at, detail={"before": before, **_facts(row)})
    return row


def restore_default(site_id: int, kind: Kind, *, by: Account, at: datetime) -> None:
    """Forget the site's own wording; a kind that has none stays as it is."""
    row = own_wordings(site_id).get(kind.key)
    if row is None:
        return
    audit.record("restore_wording", row, by=by, at=at, detail=_facts(row))
    db.session.delete(row)
    db.session.flush()


def preview(kind: Kind, title: str, body: str) -> tuple[str, str]:
    """Return title and body as they would read with sample facts; raises Invalid for unknown words."""
    require_known_words(kind.key, title=title, body=body)
    return title_of(kind.key, title, kind.samples), body_of(kind.key, body, kind.samples)


def _require_text(**texts: tuple[str, int]) -> None:
    problems: dict[str, Any] = {}
    for name, (text, limit) in texts.items():
        if not text:
            problems[name] = _("请填写此项")
        elif len(text) > limit:
            problems[name] = _("最多输入%(max)d字", max=limit)
    if problems:
        raise Invalid(next(iter(problems.values())), fields=problems)


def _require_code(kind: Kind, wording: Wording) -> None:
    """Raise Invalid where a change would keep people from the code without which they cannot go on."""
    if kind.key not in CARRYING_CODES:
        return
    if "验证码" not in re.findall(r"\{\s*(.*?)\s*\}", wording.body):
        message = _("内容须包含 {验证码}，否则收件人无法继续办理。")
        raise Invalid(message, fields={"body": message})
    if not (wording.enabled and wording.by_sms):
        message = _("含验证码的短信不能停用，否则无法登录、注册和找回密码。")
        raise Invalid(message, fields={"body": message})


def _facts(row: MessageTemplate) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("kind", "title", "body", "by_email", "by_sms", "enabled")}
