"""附件材料: the files of an enterprise's material library."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import BinaryIO

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from ..errors import BadFile, Invalid
from ..extensions import db
from ..models import Account, Attachment, Declaration, Enterprise, Material
from ..permissions import get_visible, visible
from . import audit, files, grants

MEGABYTE = 1024 * 1024
MOST_MEGABYTES = 50
MOST_MATERIALS = 200
LONGEST_KIND = 60


def add_material(
    enterprise: Enterprise, kind: str, stream: BinaryIO, name: str, *, by: Account, at: datetime
) -> Material:
    """Keep a file in the enterprise's library under a kind, e.g. 营业执照; raises BadFile or Invalid."""
    grants.require(by, enterprise.id, grants.MATERIALS)
    kind = " ".join(kind.split())
    if not 0 < len(kind) <= LONGEST_KIND:
        raise Invalid(_("请填写材料类别，最多 %(limit)s 字。", limit=LONGEST_KIND))
    held = select(func.count(Material.id)).where(Material.enterprise_id == enterprise.id)
    if db.session.scalar(held) >= MOST_MATERIALS:
        raise BadFile(_("附件材料最多 %(limit)s 个，请先删除不再使用的材料。", limit=MOST_MATERIALS))
    name = files.clean_name(name)
    stored = files.store(stream, name, site_id=enterprise.site_id, max_bytes=MOST_MEGABYTES * MEGABYTE)
    material = Material(
        enterprise_id=enterprise.id, kind=kind, name=name, file=stored, uploaded_at=at, uploaded_by_id=by.id
    )
    db.session.add(material)
    db.session.flush()
    audit.record("add", material, by=by, at=at, detail={"enterprise": enterprise.id, "name": name})
    return material


def materials_of(enterprise: Enterprise, user: Account) -> Sequence[Material]:
    """Return the enterprise's files that the person may see, newest first."""
    query = select(Material).where(Material.enterprise_id == enterprise.id, visible(Material, user))
    return db.session.scalars(query.order_by(Material.id.desc()).limit(MOST_MATERIALS)).all()


def uses_of(materials: Sequence[Material], user: Account) -> dict[int, list[str]]:
    """Return {material id: titles of the declarations that have its file among their attachments}."""
    held = [material.file_id for material in materials]
    query = (
        select(Attachment.file_id, Declaration.title)
        .join(Declaration, Declaration.id == Attachment.declaration_id)
        .where(Attachment.file_id.in_(held), visible(Attachment, user))
        .distinct()
        .order_by(Declaration.title)
        .limit(MOST_MATERIALS)
    )
    titles = _grouped(db.session.execute(query))
    return {material.id: titles.get(material.file_id, []) for material in materials}


def _grouped(rows: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
    grouped: dict[int, list[str]] = {}
    for key, title in rows:
        grouped.setdefault(key, []).append(title)
    return grouped


def remove_material(public_id: str, *, by: Account, at: datetime) -> None:
    """Take a file out of the library; declarations that used it keep their own copy. Raises NotFound."""
    material = get_visible(Material, public_id, by)
    grants.require(by, material.enterprise_id, grants.MATERIALS)
    detail = {"enterprise": material.enterprise_id, "name": material.name}
    audit.record("remove", material, by=by, at=at, detail=detail)
    db.session.delete(material)
    db.session.flush()
