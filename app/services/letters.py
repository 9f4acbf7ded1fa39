"""Recommendation letters: material a bureau files for a call after its review, seen by the level above."""

from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from ..errors import BadFile, Forbidden, NotFound
from ..extensions import db
from ..models import Account, Call, Letter, StoredFile
from ..permissions import bureau_of, visible
from . import archives, audit, files, offices, review_lists
from .types import definition_of, workflow_of

ENDINGS = ("pdf", "jpg", "jpeg", "png", "zip")
MEGABYTE = 1024 * 1024
MAX_MEGABYTES = 50
MAX_LETTERS = 20


@dataclass(frozen=True)
class Limits:
    """What a bureau may file for a call: file name endings, size of each in MB, number of files."""

    endings: tuple[str, ...]
    max_mb: int
    max_files: int


def limits_for(call: Call, user: Account) -> Limits:
    """Return the limits; what the type says of the level's letter comes on top of what every letter may be."""
    level = offices.LEVEL_OF[user.department.region.kind]
    steps = {step.key: step for step in workflow_of(call.version).steps}
    for spec in definition_of(call.version).documents_of("letter"):
        if spec.step in steps and steps[spec.step].level == level:
            return Limits(tuple(dict.fromkeys([*ENDINGS, *spec.ext])), spec.max_mb, spec.max_files)
    return Limits(ENDINGS, MAX_MEGABYTES, MAX_LETTERS)


def require_handling(call: Call, user: Account) -> None:
    """Raise Forbidden when the person's office does not handle the call."""
    if bureau_of(user) is None or not review_lists.handles(user, call):
        raise Forbidden(_("只有负责本项目的科室可以上传推荐函。"))


def require_room(call: Call, user: Account) -> None:
    """Raise Forbidden or BadFile when the own bureau cannot file another letter for the call."""
    require_handling(call, user)
    limits = limits_for(call, user)
    present = db.session.scalar(
        select(func.count(Letter.id)).where(Letter.call_id == call.id, Letter.bureau_id == bureau_of(user).id)
    )
    if present >= limits.max_files:
        raise BadFile(_("推荐函最多上传 %(count)s 个文件，请先删除不需要的文件。", count=limits.max_files))


def upload_letter(call: Call, stream: BinaryIO, name: str, *, by: Account, at: datetime) -> Letter:
    """File a letter of the own bureau for a call that the own office handles; raises Forbidden or BadFile."""
    require_room(call, by)
    limits, name = limits_for(call, by), files.clean_name(name)
    if files.ending_of(name) not in limits.endings:
        kinds = "、".join(limits.endings)
        raise BadFile(
            _("“%(name)s”不能上传：推荐函只接受 %(kinds)s 文件，请转换格式后再上传。", name=name, kinds=kinds)
        )
    if files.ending_of(name) == "zip":
        archives.require_harmless(stream, name)
    stored = files.store(stream, name, site_id=by.site_id, max_bytes=limits.max_mb * MEGABYTE)
    return file_letter(call, stored, name, "upload_letter", by=by, at=at)


def file_letter(call: Call, stored: StoredFile, name: str, action: str, *, by: Account, at: datetime) -> Letter:
    """Note a stored file as a letter of the own bureau; `action` is what the audit calls it."""
    letter = Letter(
        site_id=by.site_id, call_id=call.id, bureau_id=bureau_of(by).id, office_id=by.department_id, name=name,
        file_id=stored.id, uploaded_at=at, uploaded_by_id=by.id,
    )  # fmt: skip
    db.session.add(letter)
    db.session.flush()
    audit.record(action, letter, by=by, at=at, detail={"call": call.id, "name": name})
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


def is_own(letter: Letter, user: Account) -> bool:
    """Tell whether the person's bureau filed the letter."""
    bureau = bureau_of(user)
    return bureau is not None and letter.bureau_id == bureau.id


def find_own_letter(public_id: str, user: Account) -> Letter:
    """Return a letter of the own bureau; raises NotFound."""
    letter = db.session.scalars(select(Letter).where(Letter.public_id == public_id, visible(Letter, user))).first()
    if letter is None or not is_own(letter, user):
        raise NotFound(_("没有找到该推荐函，或它不是本单位上传的。"))
    return letter


def remove_letter(public_id: str, *, by: Account, at: datetime) -> Letter:
    """Take back a letter of the own bureau; raises NotFound."""
    letter = find_own_letter(public_id, by)
    audit.record("remove_letter", letter, by=by, at=at, detail={"name": letter.name})
    db.session.delete(letter)
    db.session.flush()
    return letter
