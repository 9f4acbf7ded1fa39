"""Programmes and calls, as the province sets them up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.orm import contains_eager, joinedload

from ..clock import to_local
from ..errors import Invalid
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
    ResponsibleOffice,
    Site,
    VersionStatus,
    article_call,
)
from . import audit, guides, site_search, types


@dataclass(frozen=True)
class Window:
    """The times that the province sets for a call."""

    opens_at: datetime
    closes_at: datetime
    city_due_at: datetime | None


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
    for call in programme.calls:
        site_search.keep_call(call, at)
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


# ---------------------------------------------------------------- the same again in another year


def clone_programme(
    programme: Programme,
    year: int,
    *,
    by: Account,
    at: datetime,
    name: str | None = None,
    windows: Mapping[int, Window] | None = None,
) -> Programme:
    """Repeat a programme with its calls in another year; cities set their guides and offices anew.

    `windows` by id of the call takes the place of the times moved by whole years. Raises Invalid.
    """
    name = (name or name_in(programme, year)).strip()
    taken = select(Programme.id).where(
        Programme.site_id == programme.site_id, Programme.year == year, Programme.name == name
    )
    if db.session.scalar(taken):
        message = _("%(year)s 年度已有“%(name)s”，请更换名称。", year=year, name=name)
        raise Invalid(message, fields={"name": message})
    site = db.session.get_one(Site, programme.site_id)
    facts = {key: getattr(programme, key) for key in ("nature", "basis", "business_area")}
    copy = create_programme(site, name, year, programme.funding, programme.level, by=by, at=at, **facts)
    for call in calls_to_repeat(programme):
        window = (windows or {}).get(call.id) or window_in(call, year)
        create_call(
            copy, call.name, version_to_repeat(call), group=call.group, opens_at=window.opens_at,
            closes_at=window.closes_at, city_due_at=window.city_due_at, by=by, at=at,
        )  # fmt: skip
    audit.record("clone", copy, by=by, at=at, detail={"from": programme.id, "year": year})
    return copy


def calls_to_repeat(programme: Programme) -> list[Call]:
    """Return the calls of a programme with their versions and types, read by one statement."""
    version = joinedload(Call.version)
    query = select(Call).where(Call.programme_id == programme.id).order_by(Call.id)
    options = version.defer(DeclarationTypeVersion.body), version.joinedload(DeclarationTypeVersion.type)
    return list(db.session.scalars(query.options(*options)))


def name_in(programme: Programme, year: int) -> str:
    """Return the name of a programme with its year replaced where the name contains it."""
    return programme.name.replace(str(programme.year), str(year))


def window_in(call: Call, year: int) -> Window:
    """Return the times of a call moved by whole years to those of a programme of `year`."""
    years = year - call.programme.year
    due = call.city_due_at and _moved(call.city_due_at, years)
    return Window(_moved(call.opens_at, years), _moved(call.closes_at, years), due)


def _moved(moment: datetime, years: int) -> datetime:
    """Move by years on the wall clock; 29 February becomes 28 February where the year has none."""
    there = to_local(moment)
    try:
        there = there.replace(year=there.year + years)
    except ValueError:
        there = there.replace(year=there.year + years, day=28)
    return there.astimezone(moment.tzinfo)


def version_to_repeat(call: Call) -> DeclarationTypeVersion:
    """Return the version of a call, or where it is retired the newest published one; raises Invalid without any."""
    if call.version.status is VersionStatus.PUBLISHED:
        return call.version
    published = types.published_versions(call.site_id)
    newest = next((version for version in published if version.type_id == call.version.type_id), None)
    if newest is None:
        raise Invalid(_("“%(name)s”采用的申报类型已没有可用的版本，不能复制。", name=call.name))
    return newest


# ---------------------------------------------------------------- calls


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
    site_search.keep_call(call, at)
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
    site_search.keep_call(call, at)
    audit.record("change", call, by=by, at=at, detail={"name": name, "before": before})


def attach_call_guide(call: Call, stream: BinaryIO, name: str, *, by: Account, at: datetime) -> None:
    """Keep the province's guide of a call; raises BadFile."""
    call.guide_file_id = guides.keep_guide_file(stream, name, site_id=call.site_id).file_id
    db.session.flush()
    audit.record("attach_call_guide", call, by=by, at=at, detail={"file": call.guide_file_id})


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
    db.session.execute(delete(article_call).where(article_call.c.call_id == call.id))  # notices go on without it
    site_search.forget_call(call)
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
