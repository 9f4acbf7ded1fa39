"""Two tabs at one form: a form carries a short sign of the values that it shows, and saving looks at it again."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from ..errors import StaleRevision
from ..extensions import db

SIGN_LENGTH = 16  # hex digits: values are compared, not kept secret
Values = Mapping[str, Any]


def sign_of(values: Values) -> str:
    """Return the sign of what a form shows."""
    plain = json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()[:SIGN_LENGTH]


def hold(row: Any) -> None:
    """Keep others from changing the row until this transaction ends, and read it anew."""
    db.session.execute(select(type(row).id).where(type(row).id == row.id).with_for_update())
    db.session.expire(row)


def require_unchanged(row: Any, read: Callable[[], Values], typed: Values, sign: str | None) -> None:
    """Hold the row; raises StaleRevision, with the stored values as sentences, when they are not those shown.

    Saving again with the new sign overwrites knowingly; a form that was sent without a sign is not compared.
    """
    hold(row)
    if not sign:
        return
    stored = read()
    if sign == sign_of(stored):
        return
    fields = {name: _changed(value) for name, value in stored.items() if (typed.get(name) or "") != (value or "")}
    if fields:
        message = _("您打开本页后内容已有变化，已填写的内容仍在页面上；核对后再次保存即以您填写的为准。")
        raise StaleRevision(message, fields=fields)


def _changed(value: Any) -> Any:
    said = "、".join(value) if isinstance(value, list) else value
    return _("他人或您在其他窗口已将此项改为“%(value)s”。", value=said or "—")
