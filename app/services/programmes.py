"""Programmes, calls and the guides by which a city narrows them."""

from datetime import datetime
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from ..clock import show
from ..errors import BadFile, Forbidden, Invalid
from ..extensions import db
from ..models import (
    Account,
    Call,
    CallGuide,
    Declaration,
    DeclarationTypeVersion,
    Funding,
    Letter,
    Programme,
    Region,
    RegionKind,
    ResponsibleOffice,
    Site,
    StoredFile,
    VersionStatus,
)
from . import audit, files

GUIDE_ENDINGS = frozenset({"pdf", "doc", "docx", "zip"})
GUIDE_BYTES = 50 * 1024 * 1024


def create_programme(
    site: Site, name: str, year: int, funding: Funding, level: str, *, by: Account | None, at: datetime, **facts: Any
) -> Programme:
    """Create a programme of a year."""
    programme = Programme(site_id=site.id, name=name, year=year, funding=funding, level=level, **facts)
    db.session.add(programme)
    db.session.flush()
    audit.record("add", programme, by=by, at=at, detail={"name": name, "year": year})
    return programme


def change_programme(programme: Programme, *, by: Account, at: datetime, **facts: Any) -> None:
    """Change a programme's name, year, funding, level, nature, business area or basis."""
    for key, value in facts.items():
        setattr(programme, key, value)
    db.session.flush()
    audit.record("change", programme, by=by, at=at, detail={"name": programme.name, "year": programme.year})


def remove_programme(programme: Programme, *, by: Account, at: datetime) -> None:
    """Delete a programme without calls."""
    calls = db.session.scalar(select(func.count(Call.id)).where(Call.programme_id == programme.id))
    if calls:
        raise Invalid(
            _("“%(name)s”下还有 %(count)s 个方向，不能删除，请先删除方向。", name=programme.name, count=calls)
        )
    audit.record("remove", programme, by=by, at=at, detail={"name": programme.name, "year": programme.year})
    db.session.delete(programme)
    db.session.flush()


def create_call(
    programme: Programme,
    name: str,
    version: DeclarationTypeVersion,
    *,
    opens_at: datetime,
    closes_at: datetime,
    city_due_at: datetime | None,
    by: Account | None,
    at: datetime,
    group: str | None = None,
) -> Call:
    """Create a call with the province's window; raises Invalid when its times contradict each other."""
    require_window(opens_at, closes_at, city_due_at)
    _require_published(version)
    call = Call(
        site_id=programme.site_id, programme=programme, version=version, name=name, group=group,
        opens_at=opens_at, closes_at=closes_at, city_due_at=city_due_at,
    )  # fmt: skip
    db.session.add(call)
    db.session.flush()
    audit.record("add", call, by=by, at=at, detail={"name": name})
    return call


def change_call(
    call: Call,
    *,
    programme: Programme,
    name: str,
    group: str | None,
    version: DeclarationTypeVersion,
    opens_at: datetime,
    closes_at: datetime,
    city_due_at: datetime | None,
    by: Account,
    at: datetime,
) -> None:
    """Change a call; a new version holds for declarations started from now on, those under way keep theirs."""
    require_window(opens_at, closes_at, city_due_at)
    _require_published(version)
    _require_same_type(call, version)
    before = {
        "opens_at": call.opens_at.isoformat(),
        "closes_at": call.closes_at.isoformat(),
        "version": call.version_id,
    }
    call.programme, call.name, call.group, call.version = programme, name, group, version
    call.opens_at, call.closes_at, call.city_due_at = opens_at, closes_at, city_due_at
    db.session.flush()
    audit.record("change", call, by=by, at=at, detail={"name": name, "before": before})


def attach_call_guide(call: Call, stream: BinaryIO, name: str, *, by: Account, at: datetime) -> None:
    """Keep the province's guide of a call; raises BadFile."""
    stored = _store_guide(stream, name, call.site_id)
    call.guide_file_id = stored.id
    db.session.flush()
    audit.record("attach_call_guide", call, by=by, at=at, detail={"file": stored.id})


def remove_call(call: Call, *, by: Account, at: datetime) -> None:
    """Delete a call nobody has built on yet; raises Invalid with what hangs on it."""
    for model, what in (
        (Declaration, _("个申报项目")),
        (Letter, _("份推荐函")),
        (CallGuide, _("份地市申报指南")),
        (ResponsibleOffice, _("个责任科室设置")),
    ):
        count = db.session.scalar(select(func.count(model.id)).where(model.call_id == call.id))
        if count:
            raise Invalid(_("“%(name)s”已有 %(count)s %(what)s，不能删除。", name=call.name, count=count, what=what))
    audit.record("remove", call, by=by, at=at, detail={"name": call.name})
    db.session.delete(call)
    db.session.flush()


def _require_same_type(call: Call, version: DeclarationTypeVersion) -> None:
    """Refuse another type once something was declared: its steps would be unknown to what is under way."""
    if version.type_id == call.version.type_id:
        return
    if db.session.scalar(select(Declaration.id).where(Declaration.call_id == call.id).limit(1)):
        raise Invalid(_("“%(name)s”已有申报项目，只能更换为同一申报类型的其他版本。", name=call.name))


def _require_published(version: DeclarationTypeVersion) -> None:
    if version.status is not VersionStatus.PUBLISHED:
        message = _("请选择已发布的申报类型版本。")
        raise Invalid(message, fields={"version": message})


def require_window(opens_at: datetime, closes_at: datetime, city_due_at: datetime | None) -> None:
    """Raise Invalid unless start < end ≤ the city's review deadline."""
    if opens_at >= closes_at:
        message = _("结束时间须晚于开始时间。")
        raise Invalid(message, fields={"closes_at": message})
    if city_due_at is not None and city_due_at < closes_at:
        message = _("地市审核截止时间不能早于申报结束时间。")
        raise Invalid(message, fields={"city_due_at": message})


def publish_guide(
    call: Call,
    city: Region,
    *,
    opens_at: datetime,
    closes_at: datetime,
    county_review: bool,
    county_due_at: datetime | None,
    by: Account | None,
    at: datetime,
    note: str | None = None,
) -> CallGuide:
    """Publish or change a city's guide; raises Forbidden for another city, Invalid outside the province's times."""
    if city.kind is not RegionKind.CITY or (by is not None and by.department.region_id != city.id):
        raise Forbidden(_("只能发布本市的申报指南。"))
    _require_inside(call, opens_at, closes_at, county_review, county_due_at)
    guide = db.session.scalars(
        select(CallGuide).where(CallGuide.call_id == call.id, CallGuide.city_id == city.id)
    ).first()
    if guide is None:
        guide = CallGuide(call=call, city=city)
        db.session.add(guide)
    guide.opens_at, guide.closes_at, guide.note = opens_at, closes_at, note
    guide.county_review, guide.county_due_at = county_review, county_due_at if county_review else None
    db.session.flush()
    audit.record("publish_guide", guide, by=by, at=at, detail={"call": call.id, "city": city.id})
    return guide


def attach_guide(guide: CallGuide, stream: BinaryIO, name: str, *, by: Account, at: datetime) -> None:
    """Keep the file of a city's guide, which enterprises download; raises BadFile."""
    name = files.clean_name(name)
    stored = _store_guide(stream, name, guide.call.site_id)
    guide.file_id, guide.file_name = stored.id, name
    db.session.flush()
    audit.record("attach_guide", guide, by=by, at=at, detail={"name": name, "file": stored.id})


def _store_guide(stream: BinaryIO, name: str, site_id: int) -> StoredFile:
    name = files.clean_name(name)
    if files.ending_of(name) not in GUIDE_ENDINGS:
        raise BadFile(_("申报指南只接受 PDF、Word 或 ZIP 文件，请转换格式后再上传。"))
    return files.store(stream, name, site_id=site_id, max_bytes=GUIDE_BYTES)


def _require_inside(
    call: Call, opens_at: datetime, closes_at: datetime, county_review: bool, county_due_at: datetime | None
) -> None:
    window = f"{show(call.opens_at)} 至 {show(call.closes_at)}"
    if not call.opens_at <= opens_at < closes_at <= call.closes_at:
        message = _("申报时间须在省级规定的 %(window)s 之内，且开始早于结束。", window=window)
        raise Invalid(message, fields={"opens_at": message})
    if not county_review:
        return
    if county_due_at is None:
        raise Invalid(_("请填写区县审核截止时间。"), fields={"county_due_at": _("请填写区县审核截止时间。")})
    if county_due_at <= closes_at or (call.city_due_at is not None and county_due_at > call.city_due_at):
        message = _(
            "区县审核截止时间须晚于申报结束时间，且不晚于地市审核截止时间 %(due)s。", due=show(call.city_due_at)
        )
        raise Invalid(message, fields={"county_due_at": message})


def public_calls(site_id: int, at: datetime, *, limit: int = 50) -> list[Call]:
    """Return the calls that are open or still to come, those that close first on top; everyone may know them."""
    query = (
        select(Call)
        .join(Call.programme)
        .where(Call.site_id == site_id, Call.closes_at >= at)
        .options(contains_eager(Call.programme))
        .order_by(Call.opens_at > at, Call.closes_at, Call.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))
