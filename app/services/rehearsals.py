"""Trying out a draft of a type: installed on the stage, where a call is opened and the author plays every part."""

from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select, update

from ..clock import to_local
from ..errors import Forbidden, Invalid, NotFound
from ..extensions import db
from ..forms.definition import body_sha
from ..models import (
    Account,
    Applicants,
    Call,
    CallGuide,
    DeclarationTypeVersion,
    Department,
    DepartmentKind,
    Funding,
    Region,
    RegionKind,
    ResponsibleOffice,
    Site,
    TypeDraft,
)
from . import audit, programmes, stages, type_drafts, types

OPEN_FOR = timedelta(days=30)
REVIEWED_IN = timedelta(days=15)


def rehearse(draft: TypeDraft, *, by: Account, at: datetime) -> Call:
    """Open a call for the draft on the stage, from now on for thirty days; raises Invalid with the draft's problems.

    Calls of earlier rehearsals of the same type are closed: there is one to play with.
    """
    problems = type_drafts.judge(draft).problems
    if problems:
        raise Invalid(_("还有 %(count)s 处问题，不能演练。", count=len(problems)), problems=problems)
    stage = stages.ensure_stage(db.session.get_one(Site, draft.site_id), by=by, at=at)
    version = types.install_body(draft.body, stage, at, by=by)
    _close_earlier(version, at)
    call = _open_call(stage, version, draft, at)
    draft.rehearsed_sha, draft.rehearsed_at = body_sha(draft.body), at
    db.session.flush()
    audit.record("rehearse", draft, by=by, at=at, detail={"key": draft.key, "call": call.id})
    return call


def _open_call(stage: Site, version: DeclarationTypeVersion, draft: TypeDraft, at: datetime) -> Call:
    number = _times_rehearsed(stage, draft) + 1
    name = _("%(title)s（第 %(number)s 次演练）", title=draft.title[:90], number=number)
    programme = programmes.create_programme(
        stage, str(name), to_local(at).year, Funding.UNFUNDED, "省级", by=None, at=at
    )
    call = programmes.create_call(
        programme, draft.title[:100], version, opens_at=at, closes_at=at + OPEN_FOR,
        city_due_at=at + OPEN_FOR + 2 * REVIEWED_IN, by=None, at=at,
    )  # fmt: skip
    for office in db.session.scalars(_offices(stage)):
        db.session.add(
            ResponsibleOffice(site_id=stage.id, call_id=call.id, bureau_id=office.parent_id, office_id=office.id)
        )
    city = db.session.scalars(select(Region).where(Region.site_id == stage.id, Region.kind == RegionKind.CITY)).one()
    guide = CallGuide(
        call=call, city=city, applicants=Applicants.ALL, opens_at=call.opens_at, closes_at=call.closes_at,
        county_review=True, county_due_at=call.closes_at + REVIEWED_IN,
    )  # fmt: skip
    db.session.add(guide)
    db.session.flush()
    return call


def _offices(stage: Site):
    return select(Department).where(Department.site_id == stage.id, Department.kind == DepartmentKind.OFFICE)


def _times_rehearsed(stage: Site, draft: TypeDraft) -> int:
    query = select(func.count(Call.id)).where(Call.site_id == stage.id, Call.name == draft.title[:100])
    return db.session.scalar(query)


def _close_earlier(version: DeclarationTypeVersion, at: datetime) -> None:
    """Close the calls of earlier rehearsals of the type."""
    same_type = select(DeclarationTypeVersion.id).where(DeclarationTypeVersion.type_id == version.type_id)
    running = select(Call).where(Call.version_id.in_(same_type), Call.closes_at > at)
    for call in db.session.scalars(running).all():
        call.closes_at = max(at, call.opens_at + timedelta(microseconds=1))
        ends = {"closes_at": call.closes_at}
        db.session.execute(update(CallGuide).where(CallGuide.call_id == call.id).values(**ends))
    db.session.flush()


def parts_for(author: Account) -> list[tuple[stages.Part, Account]]:
    """Return the parts that an author may step into; none before the first rehearsal."""
    stage = stages.find_stage(author.site_id)
    return stages.people_of(stage) if stage else []


def step_into(author: Account, key: str, *, at: datetime) -> Account:
    """Return the account of a part on the author's stage; raises NotFound for a part there is none of."""
    found = next((account for part, account in parts_for(author) if part.key == key), None)
    if found is None:
        raise NotFound(_("没有该演练身份，请先开始演练。"))
    audit.record("step_into_part", found, by=author, at=at, detail={"part": key})
    return found


def require_part_of(account: Account, author: Account) -> None:
    """Raise Forbidden unless the account stands on the author's own stage."""
    stage = stages.find_stage(author.site_id)
    if stage is None or account.site_id != stage.id:
        raise Forbidden(_("只能以演练身份操作。"))
