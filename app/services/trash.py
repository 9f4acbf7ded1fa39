"""已删除: drafts that their enterprise deleted; they can be restored for a while and are then removed for good."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from ..errors import NotFound
from ..extensions import db
from ..models import Account, Declaration, Document, SealedCopy
from ..permissions import in_trash
from . import audit, grants

KEPT = timedelta(days=30)
MOST_SHOWN = 100


def deleted_drafts(user: Account) -> Sequence[tuple[Declaration, str | None]]:
    """Return (draft, who deleted it) of the own enterprise, the last deleted first."""
    query = (
        select(Declaration, Account.first_name)
        .outerjoin(Account, Account.id == Declaration.deleted_by_id)
        .where(in_trash(user))
        .options(joinedload(Declaration.call))
        .order_by(Declaration.deleted_at.desc(), Declaration.id.desc())
        .limit(MOST_SHOWN)
    )
    return [(draft, name) for draft, name in db.session.execute(query)]


def count_deleted(user: Account) -> int:
    """Count the drafts that can be restored."""
    return db.session.scalar(select(func.count(Declaration.id)).where(in_trash(user)))


def restore_draft(public_id: str, *, by: Account, at: datetime) -> Declaration:
    """Bring a deleted draft back; raises NotFound when it is gone or was restored meanwhile."""
    found = select(Declaration).where(Declaration.public_id == public_id, in_trash(by))
    draft = db.session.scalars(found.with_for_update()).first()
    if draft is None or at >= draft.deleted_at + KEPT:
        raise NotFound(_("没有找到该草稿，可能已恢复或已彻底删除。"))
    grants.require(by, draft.enterprise_id, grants.FILL)
    draft.deleted_at = draft.deleted_by_id = None
    audit.record("restore_draft", draft, by=by, at=at, detail={"title": draft.title})
    db.session.flush()
    return draft


# ---------------------------------------------------------------- for good, by the worker


def drafts_over(at: datetime, limit: int) -> Sequence[Declaration]:
    """Return some of the drafts whose time in the trash is over, held; the worker has no user to scope by."""
    query = select(Declaration).where(Declaration.deleted_at.is_not(None), Declaration.deleted_at <= at - KEPT)
    return db.session.scalars(query.order_by(Declaration.deleted_at).limit(limit).with_for_update()).all()


def files_of(draft: Declaration) -> Iterator[int]:
    """Yield the ids of the files that hang on a draft."""
    yield from (attachment.file_id for attachment in draft.attachments)
    for model in (Document, SealedCopy):
        yield from db.session.scalars(select(model.file_id).where(model.declaration_id == draft.id))


def remove_for_good(draft: Declaration, *, at: datetime) -> None:
    """Remove a draft with everything that hangs on it."""
    audit.record("remove_draft", draft, by=None, at=at, detail={"title": draft.title, "site": draft.site_id})
    db.session.delete(draft)
    db.session.flush()
