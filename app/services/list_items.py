"""Editing the items of code lists on screen: label, order, and whether an item is still offered."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _

from ..errors import Invalid
from ..extensions import db
from ..models import Account, CodeListItem
from . import audit, types

LONGEST_LABEL = 120
LAST_POSITION = 100_000


def change_item(
    item: CodeListItem, *, label: str, position: int | None, enabled: bool, by: Account, at: datetime
) -> None:
    """Change an item for declarations begun from now on; raises Invalid when a type could not be used with it."""
    before = _facts(item)
    item.label, item.position, item.enabled = _checked_label(label), _checked_position(position), enabled
    if _facts(item) == before:
        return
    db.session.flush()
    types.require_lists_usable(item.list)
    audit.record("change", item, by=by, at=at, detail={"list": item.list.key, "before": before, **_facts(item)})


def _facts(item: CodeListItem) -> dict[str, Any]:
    return {"code": item.code, "label": item.label, "position": item.position, "enabled": item.enabled}


def _checked_label(label: str) -> str:
    text = " ".join((label or "").split())
    if not 1 <= len(text) <= LONGEST_LABEL:
        message = _("请填写名称，不超过 120 个字。")
        raise Invalid(message, fields={"label": message})
    return text


def _checked_position(position: int | None) -> int:
    if position is None or not 0 <= position <= LAST_POSITION:
        message = _("排序请填 0 至 100000 之间的整数，小的在前。")
        raise Invalid(message, fields={"position": message})
    return position
