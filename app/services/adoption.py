"""Which calls run on which version of a type, and moving them to a newer one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from ..authoring.changes import Weight, compare, overall
from ..errors import Conflict, Invalid
from ..extensions import db
from ..models import Account, Call, Declaration, DeclarationState, DeclarationTypeVersion, VersionStatus
from ..permissions import visible
from . import audit, types


@dataclass(frozen=True)
class Use:
    """A call that runs on an earlier version: what has been begun on it, and how much the change matters."""

    call: Call
    drafts: int
    handed_in: int
    weight: Weight

    @property
    def keeps_drafts_behind(self) -> bool:
        """Tell whether drafts under way would lose answers and so stay on their version."""
        return self.weight is Weight.BREAKING and self.drafts > 0


def uses(version: DeclarationTypeVersion, *, by: Account) -> list[Use]:
    """Return the calls of the type that run on another version, newest first."""
    query = (
        select(Call)
        .join(Call.version)
        .where(visible(Call, by), DeclarationTypeVersion.type_id == version.type_id, Call.version_id != version.id)
        .options(joinedload(Call.programme), joinedload(Call.version))
        .order_by(Call.closes_at.desc(), Call.id.desc())
    )
    calls = db.session.scalars(query).all()
    counts = _counts([call.id for call in calls])
    after = types.definition_of(version)
    return [
        Use(call, *counts.get(call.id, (0, 0)), overall(compare(types.definition_of(call.version), after)))
        for call in calls
    ]


def _counts(call_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    drafts = func.count().filter(Declaration.state == DeclarationState.DRAFT)
    query = (
        select(Declaration.call_id, drafts, func.count() - drafts)
        .where(Declaration.call_id.in_(call_ids), Declaration.deleted_at.is_(None))
        .group_by(Declaration.call_id)
    )
    return {call_id: (begun, handed_in) for call_id, begun, handed_in in db.session.execute(query)}


def adopt(version: DeclarationTypeVersion, call: Call, *, leave_drafts: bool = False, by: Account, at: datetime) -> int:
    """Let a call run on the version; its drafts move along, what was submitted stays. Returns how many drafts moved.

    Raises Conflict when drafts under way would lose answers, unless `leave_drafts` says that they stay behind.
    """
    _require_usable(version, call)
    use = next((use for use in uses(version, by=by) if use.call.id == call.id), None)
    if use is None:
        return 0
    if use.keeps_drafts_behind and not leave_drafts:
        raise Conflict(
            _(
                "“%(name)s”有 %(count)s 份正在填写的申报，新版本会丢失其中已填的内容；请确认这些申报继续使用原版本。",
                name=call.name,
                count=use.drafts,
            )
        )
    moved = 0 if use.weight is Weight.BREAKING else _move_drafts(call, version)
    detail = {"from": call.version_id, "to": version.id, "drafts": moved, "weight": use.weight.name}
    call.version = version
    db.session.flush()
    audit.record("adopt_version", call, by=by, at=at, detail=detail)
    return moved


def _move_drafts(call: Call, version: DeclarationTypeVersion) -> int:
    return db.session.execute(
        update(Declaration)
        .where(Declaration.call_id == call.id, Declaration.state == DeclarationState.DRAFT)
        .values(version_id=version.id)
        .execution_options(synchronize_session="fetch")
    ).rowcount


def _require_usable(version: DeclarationTypeVersion, call: Call) -> None:
    if version.status is not VersionStatus.PUBLISHED:
        raise Invalid(_("该版本已停用，不能采用。"))
    if call.version.type_id != version.type_id:
        raise Invalid(_("该方向使用的是另一种申报类型。"))


def retire(version: DeclarationTypeVersion, *, by: Account, at: datetime) -> None:
    """Take a version out of use: no call may take it any more; raises Conflict while a call runs on it."""
    running = select(Call.name).where(Call.version_id == version.id, Call.closes_at > at).limit(1)
    name = db.session.scalar(running)
    if name is not None:
        raise Conflict(_("方向“%(name)s”正在使用该版本，申报截止前不能停用。", name=name))
    version.status = VersionStatus.RETIRED
    db.session.flush()
    audit.record("retire_version", version, by=by, at=at, detail={"number": version.number})


def bring_back(version: DeclarationTypeVersion, *, by: Account, at: datetime) -> None:
    """Let a retired version be used again."""
    version.status = VersionStatus.PUBLISHED
    db.session.flush()
    audit.record("bring_back_version", version, by=by, at=at, detail={"number": version.number})
