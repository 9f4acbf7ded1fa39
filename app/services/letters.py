"""Recommendation letters: material a bureau files for a call after its review, seen by the level above."""

from datetime import datetime
from typing import BinaryIO

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ..errors import BadFile, Forbidden, NotFound
from ..extensions import db
from ..models import Account, Call, Letter
from ..permissions import bureau_of, visible
from . import audit, files

ENDINGS = frozenset({"pdf", "jpg", "jpeg", "png", "zip"})
MAX_BYTES = 50 * 1024 * 1024
MAX_LETTERS = 20


def upload_letter(call: Call, stream: BinaryIO, name: str, *, by: Account, at: datetime) -> Letter:
    """File a letter of the own bureau for a call; raises BadFile."""
    bureau = bureau_of(by)
    if bureau is None:
        raise Forbidden(_("只有主管部门可以上传推荐函。"))
    name = files.clean_name(name)
    if files.ending_of(name) not in ENDINGS:
        raise BadFile(_("推荐函只接受 PDF、图片或 ZIP 文件，请转换格式后再上传。"))
    present = db.session.scalars(
        select(Letter.id).where(Letter.call_id == call.id, Letter.bureau_id == bureau.id)
    ).all()
    if len(present) >= MAX_LETTERS:
        raise BadFile(_("推荐函最多上传 %(count)s 个文件，请先删除不需要的文件。", count=MAX_LETTERS))
    stored = files.store(stream, name, site_id=by.site_id, max_bytes=MAX_BYTES)
    letter = Letter(
        site_id=by.site_id, call_id=call.id, bureau=bureau, office_id=by.department_id, name=name,
        file=stored, uploaded_at=at, uploaded_by_id=by.id,
    )  # fmt: skip
    db.session.add(letter)
    db.session.flush()
    audit.record("upload_letter", letter, by=by, at=at, detail={"call": call.id, "name": name})
    return letter


def letters_for(call: Call, user: Account) -> list[Letter]:
    """Return the letters for a call that the user may see, newest first."""
    query = (
        select(Letter)
        .where(Letter.call_id == call.id, visible(Letter, user))
        .options(joinedload(Letter.bureau))
        .order_by(Letter.uploaded_at.desc(), Letter.id.desc())
    )
    return list(db.session.scalars(query))


def remove_letter(public_id: str, *, by: Account, at: datetime) -> Letter:
    """Take back a letter of the own bureau; raises NotFound."""
    letter = db.session.scalars(select(Letter).where(Letter.public_id == public_id, visible(Letter, by))).first()
    bureau = bureau_of(by)
    if letter is None or bureau is None or letter.bureau_id != bureau.id:
        raise NotFound(_("没有找到该推荐函，或它不是本单位上传的。"))
    audit.record("remove_letter", letter, by=by, at=at, detail={"name": letter.name})
    db.session.delete(letter)
    db.session.flush()
    return letter
