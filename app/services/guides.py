"""申报指南: how a city narrows the province's call, for one call or for several of one programme at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, select

from ..clock import show
from ..errors import BadFile, Forbidden, Invalid
from ..extensions import db
from ..models import Account, Applicants, Call, CallGuide, Region, RegionKind, ResponsibleOffice
from . import applicants as lists
from . import audit, files, notices
from .applicants import Unit

GUIDE_ENDINGS = frozenset({"pdf", "doc", "docx", "zip"})
OA_ENDINGS = GUIDE_ENDINGS | {"jpg", "jpeg", "png"}
GUIDE_BYTES = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A stored file under the name it was sent with."""

    file_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """Within which times a guide must stay; `city_due_at` is None where the city may review without end."""

    opens_at: datetime
    closes_at: datetime
    city_due_at: datetime | None


def keep_guide_file(stream: BinaryIO, name: str, *, site_id: int) -> Upload:
    """Store the file that enterprises will download; raises BadFile."""
    return _keep(stream, name, GUIDE_ENDINGS, _("申报指南只接受 PDF、Word 或 ZIP 文件，请转换格式后再上传。"), site_id)


def keep_oa_file(stream: BinaryIO, name: str, *, site_id: int) -> Upload:
    """Store the file that only the city's office sees; raises BadFile."""
    sentence = _("OA附件只接受 PDF、Word、图片或 ZIP 文件，请转换格式后再上传。")
    return _keep(stream, name, OA_ENDINGS, sentence, site_id)


def _keep(stream: BinaryIO, name: str, endings: Iterable[str], sentence: Any, site_id: int) -> Upload:
    name = files.clean_name(name)
    if files.ending_of(name) not in endings:
        raise BadFile(sentence)
    return Upload(files.store(stream, name, site_id=site_id, max_bytes=GUIDE_BYTES).id, name)


# ---------------------------------------------------------------- publishing


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
    file: Upload | None = None,
    oa_file: Upload | None = None,
    applicants: Applicants = Applicants.ALL,
    units: Sequence[Unit] | None = None,
) -> CallGuide:
    """Publish or change a city's guide; what is None of files and units stays as it stands.

    Raises Forbidden for a call that another office handles, Invalid outside the province's times, without a guide file
    or without applicants.
    """
    require_own(call, city, by)
    require_inside(bounds_of([call]), opens_at, closes_at, county_review, county_due_at)
    guide = _held(call, city)
    is_new = guide.id is None
    if file is None and guide.file_id is None:
        _refuse("file", _("请上传本市申报指南。"))
    guide.opens_at, guide.closes_at, guide.note = opens_at, closes_at, note
    guide.county_review, guide.county_due_at = county_review, county_due_at if county_review else None
    if file is not None:
        guide.file_id, guide.file_name = file.file_id, file.name
    if oa_file is not None:
        guide.oa_file_id, guide.oa_file_name = oa_file.file_id, oa_file.name
    db.session.add(guide)
    db.session.flush()
    lists.set_applicants(guide, applicants, units)
    audit.record("publish_guide", guide, by=by, at=at, detail=_as_published(guide))
    notices.after_guide(guide, is_new=is_new, by=by, at=at)
    return guide


def publish_guides(calls: Sequence[Call], city: Region, *, by: Account, at: datetime, **content: Any) -> int:
    """Give several calls of one programme the same guide, overwriting everything; all of them or none.

    Raises Invalid for calls of several programmes, and with the call's name when one of them cannot take it.
    """
    require_one_programme(calls)
    if content["applicants"] is not Applicants.ALL and content["units"] is None:
        _refuse("list_file", _("请上传申报单位名单，或改为“所有单位”。"))
    bounds = bounds_of(calls)
    require_inside(
        bounds, content["opens_at"], content["closes_at"], content["county_review"], content["county_due_at"]
    )
    for call in sorted(calls, key=lambda call: call.id):
        guide = publish_guide(call, city, by=by, at=at, **content)
        if content.get("oa_file") is None:
            remove_oa_file(guide, by=by, at=at)
    return len(calls)


def require_one_programme(calls: Sequence[Call]) -> None:
    """Raise Invalid unless all calls belong to one programme."""
    if len({call.programme_id for call in calls}) > 1:
        raise Invalid(_("批量编辑只能选择同一个项目认定评定名称下的方向，请重新选择。"))


def remove_oa_file(guide: CallGuide, *, by: Account, at: datetime) -> None:
    """Take the OA file away from a guide."""
    if guide.oa_file_id is None:
        return
    audit.record("remove_oa_file", guide, by=by, at=at, detail={"name": guide.oa_file_name, "file": guide.oa_file_id})
    guide.oa_file_id, guide.oa_file_name = None, None


def require_own(call: Call, city: Region, by: Account | None) -> None:
    """Raise Forbidden unless the person sits in the city's office that handles the call."""
    if city.kind is not RegionKind.CITY or (by is not None and by.department.region_id != city.id):
        raise Forbidden(_("只能发布本市的申报指南。"))
    if by is None:
        return
    own = select(ResponsibleOffice.id).where(
        ResponsibleOffice.call_id == call.id, ResponsibleOffice.office_id == by.department_id
    )
    if db.session.scalar(own) is None:
        raise Forbidden(_("“%(call)s”由其他科室负责，不能编辑其申报指南。", call=call.name))


def _held(call: Call, city: Region) -> CallGuide:
    """Return the guide, kept from those who start, submit or edit meanwhile; a new one when there is none yet."""
    query = select(CallGuide).where(CallGuide.call_id == call.id, CallGuide.city_id == city.id)
    held = db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).first()
    return held or CallGuide(call=call, city=city, applicants=Applicants.ALL)


def _as_published(guide: CallGuide) -> dict[str, Any]:
    return {
        "call": guide.call_id,
        "city": guide.city_id,
        "opens_at": guide.opens_at.isoformat(),
        "closes_at": guide.closes_at.isoformat(),
        "county_due_at": guide.county_due_at.isoformat() if guide.county_due_at else None,
        "applicants": guide.applicants.value,
        "file": guide.file_id,
        "oa_file": guide.oa_file_id,
    }


# ---------------------------------------------------------------- bounds


def bounds_of(calls: Sequence[Call]) -> Bounds:
    """Return the times that all calls allow."""
    dues = [call.city_due_at for call in calls if call.city_due_at is not None]
    return Bounds(
        max(call.opens_at for call in calls), min(call.closes_at for call in calls), min(dues) if dues else None
    )


def require_inside(
    bounds: Bounds, opens_at: datetime, closes_at: datetime, county_review: bool, county_due_at: datetime | None
) -> None:
    """Raise Invalid with a sentence for every field whose time lies outside."""
    wrong = dict(_window_faults(bounds, opens_at, closes_at))
    if county_review:
        wrong |= dict(_county_faults(bounds, closes_at, county_due_at))
    if wrong:
        raise Invalid(next(iter(wrong.values())), fields=wrong)


def _window_faults(bounds: Bounds, opens_at: datetime, closes_at: datetime) -> Iterable[tuple[str, Any]]:
    if not bounds.opens_at <= opens_at <= bounds.closes_at:
        yield "opens_at", _("开始时间须在省厅申报时间 %(window)s 之内。", window=_window(bounds))
    if not bounds.opens_at <= closes_at <= bounds.closes_at:
        yield "closes_at", _("结束时间须在省厅申报时间 %(window)s 之内。", window=_window(bounds))
    elif closes_at <= opens_at:
        yield "closes_at", _("结束时间须晚于开始时间。")


def _county_faults(bounds: Bounds, closes_at: datetime, due_at: datetime | None) -> Iterable[tuple[str, Any]]:
    if due_at is None:
        yield "county_due_at", _("请填写区县审核截止时间。")
    elif due_at <= closes_at:
        yield "county_due_at", _("区县审核截止时间须晚于本市申报结束时间 %(end)s。", end=show(closes_at, seconds=True))
    elif bounds.city_due_at is not None and due_at > bounds.city_due_at:
        yield (
            "county_due_at",
            _("区县审核截止时间不能晚于地市审核截止时间 %(due)s。", due=show(bounds.city_due_at, seconds=True)),
        )


def _window(bounds: Bounds) -> str:
    return f"{show(bounds.opens_at, seconds=True)} 至 {show(bounds.closes_at, seconds=True)}"


def _refuse(field: str, message: Any) -> None:
    raise Invalid(message, fields={field: message})


# ---------------------------------------------------------------- reading


def own_calls(office_id: int) -> ColumnElement[bool]:
    """Return the condition on the calls that an office handles."""
    return Call.id.in_(select(ResponsibleOffice.call_id).where(ResponsibleOffice.office_id == office_id))


def calls_by_programme(programme_ids: Iterable[int], *conditions: ColumnElement[bool]) -> dict[int, list[Call]]:
    """Return {programme id: its calls that meet the conditions, in their order}."""
    query = select(Call).where(Call.programme_id.in_(programme_ids), *conditions).order_by(Call.id)
    found: dict[int, list[Call]] = {}
    for call in db.session.scalars(query):
        found.setdefault(call.programme_id, []).append(call)
    return found


def guides_of(city_id: int, call_ids: Iterable[int]) -> Mapping[int, CallGuide]:
    """Return {call id: the city's guide}."""
    query = select(CallGuide).where(CallGuide.city_id == city_id, CallGuide.call_id.in_(call_ids))
    return {guide.call_id: guide for guide in db.session.scalars(query)}
