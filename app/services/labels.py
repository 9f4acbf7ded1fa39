"""企业标签: the labels of a site, and which enterprises they hang on."""

from collections.abc import Iterable
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, false, func, insert, not_, select

from ..errors import Forbidden, Invalid
from ..extensions import db
from ..models import Account, Enterprise, Label, Site, enterprise_label
from ..permissions import visible
from . import audit

LONGEST_NAME = 40


def add_label(site: Site, name: str, *, by: Account | None, at: datetime) -> Label:
    """Add a label; raises Invalid for an empty name or one that is taken."""
    label = Label(site_id=site.id, name=_free_name(name, site.id))
    db.session.add(label)
    db.session.flush()
    audit.record("add", label, by=by, at=at, detail={"name": label.name})
    return label


def rename_label(label: Label, name: str, *, by: Account, at: datetime) -> None:
    """Rename a label everywhere it hangs; raises Invalid, or Forbidden where it hangs beyond the own region."""
    _require_own(label, by)
    before, label.name = label.name, _free_name(name, label.site_id, but=label.id)
    db.session.flush()
    audit.record("rename", label, by=by, at=at, detail={"from": before, "to": label.name})


def remove_label(label: Label, *, by: Account, at: datetime) -> None:
    """Delete a label and take it off every enterprise; raises Forbidden where it hangs beyond the own region."""
    _require_own(label, by)
    uses = uses_of([label.id]).get(label.id, 0)
    audit.record("remove", label, by=by, at=at, detail={"name": label.name, "uses": uses})
    db.session.execute(delete(enterprise_label).where(enterprise_label.c.label_id == label.id))
    db.session.delete(label)
    db.session.flush()


def _require_own(label: Label, by: Account) -> None:
    """What others use is theirs, too: the province alone changes it."""
    own = func.coalesce(visible(Enterprise, by), false())
    borne = select(Enterprise.name).join(enterprise_label, enterprise_label.c.enterprise_id == Enterprise.id)
    elsewhere = db.session.scalars(borne.where(enterprise_label.c.label_id == label.id, not_(own)).limit(1)).first()
    if elsewhere is not None:
        raise Forbidden(_("标签“%(label)s”已用于辖区以外的企业，请联系省级管理员处理。", label=label.name))


def _free_name(name: str, site_id: int, but: int | None = None) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        message = _("标签名称为 1 到 %(limit)s 字。", limit=LONGEST_NAME)
        raise Invalid(message, fields={"name": message})
    taken = db.session.scalars(select(Label.id).where(Label.site_id == site_id, Label.name == name)).first()
    if taken not in (None, but):
        message = _("已有标签“%(name)s”，请换一个名称。", name=name)
        raise Invalid(message, fields={"name": message})
    return name


def uses_of(label_ids: Iterable[int]) -> dict[int, int]:
    """Return {label id: number of enterprises it hangs on}; labels that nobody bears are left out."""
    column = enterprise_label.c.label_id
    query = select(column, func.count()).where(column.in_(list(label_ids))).group_by(column)
    return dict(db.session.execute(query).all())


def hang(label: Label, enterprise: Enterprise, *, by: Account | None, at: datetime) -> None:
    """Hang a label on an enterprise; raises Invalid where it hangs already."""
    if _hangs(label, enterprise):
        raise Invalid(_("已有标签“%(label)s”，未重复添加。", label=label.name))
    pair = {"enterprise_id": enterprise.id, "label_id": label.id}
    db.session.execute(insert(enterprise_label).values(pair))
    db.session.expire(enterprise, ["labels"])
    audit.record("label", enterprise, by=by, at=at, detail={"label": label.name})


def take_off(label: Label, enterprise: Enterprise, *, by: Account, at: datetime) -> None:
    """Take a label off an enterprise; raises Invalid where it does not hang."""
    taken = db.session.execute(delete(enterprise_label).where(*_pair(label, enterprise))).rowcount
    if not taken:
        raise Invalid(_("没有标签“%(label)s”，无需移除。", label=label.name))
    db.session.expire(enterprise, ["labels"])
    audit.record("unlabel", enterprise, by=by, at=at, detail={"label": label.name})


def _hangs(label: Label, enterprise: Enterprise) -> bool:
    return db.session.execute(select(enterprise_label.c.label_id).where(*_pair(label, enterprise))).first() is not None


def _pair(label: Label, enterprise: Enterprise) -> tuple:
    return enterprise_label.c.enterprise_id == enterprise.id, enterprise_label.c.label_id == label.id
