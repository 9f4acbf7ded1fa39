"""曾用名: names that an enterprise bore before."""

from datetime import date, datetime

from flask_babel import lazy_gettext as _

from ..clock import to_local
from ..errors import Invalid
from ..extensions import db
from ..models import Account, Enterprise, FormerName
from . import audit
from .name_keys import LONGEST, name_key


def add_former_name(
    enterprise: Enterprise, name: str, *, by: Account | None, at: datetime, used_until: date | None = None
) -> FormerName:
    """Note a name that the enterprise bore; raises Invalid for an empty one, its own, or one that is noted."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST:
        raise _refusal("name", _("请填写曾用名，最多 %(limit)s 字。", limit=LONGEST))
    if name_key(name) == name_key(enterprise.name):
        raise _refusal("name", _("“%(name)s”是企业现用名称，无需登记为曾用名。", name=name))
    if any(former.name_key == name_key(name) for former in enterprise.former_names):
        raise _refusal("name", _("曾用名“%(name)s”已登记。", name=name))
    if used_until is not None and used_until > to_local(at).date():
        raise _refusal("used_until", _("停用日期不能晚于今天。"))
    former = FormerName(name=name, name_key=name_key(name), used_until=used_until)
    enterprise.former_names.append(former)
    db.session.flush()
    audit.record("add_former_name", enterprise, by=by, at=at, detail={"name": name})
    return former


def remove_former_name(former: FormerName, *, by: Account, at: datetime) -> None:
    """Strike a former name that was noted by mistake."""
    audit.record("remove_former_name", former.enterprise, by=by, at=at, detail={"name": former.name})
    former.enterprise.former_names.remove(former)
    db.session.flush()


def _refusal(field: str, message: str) -> Invalid:
    return Invalid(message, fields={field: message})
