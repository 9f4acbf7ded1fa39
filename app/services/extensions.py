"""补报: one enterprise may declare for a call later than others; given and taken back by new rows, never changed."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NoReturn

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, func, select

from ..clock import show
from ..errors import Forbidden, Invalid, NotOpen
from ..extensions import db
from ..models import Account, Call, CallGuide, Enterprise, Extension, ResponsibleOffice
from . import audit, notices
from .handing_over import LEVEL_OF
from .terms import Terms, effective_call, standings

MAX_REASON = 200


def give_extension(
    call: Call, enterprise: Enterprise, until: datetime, reason: str, *, by: Account, at: datetime
) -> Extension:
    """Let an enterprise declare until later; raises Forbidden, NotOpen without a guide, Invalid outside the bounds.

    A city stays before its own review deadline; the province may go beyond, which moves the city's deadline along.
    """
    require_responsible(call, enterprise, by)
    terms = _terms_held(call, enterprise)
    _require_bounds(terms, until, LEVEL_OF[by.department.region.kind], at)
    row = _append("give_extension", call, enterprise, until, _reason(reason), by, at)
    notices.after_extension(row, by=by, at=at)
    return row


def revoke_extension(extension: Extension, *, by: Account, at: datetime, reason: str = "") -> Extension:
    """Take an extension back: what was submitted under it stays; raises Invalid when it no longer counts."""
    call, enterprise = extension.call, extension.enterprise
    require_responsible(call, enterprise, by)
    _hold(call, enterprise)
    if extension.id not in latest_of([extension]) or is_revocation(extension) or extension.until <= at:
        raise Invalid(_("该补报已不再有效，无需撤销。"))
    return _append("revoke_extension", call, enterprise, at, reason.strip()[:MAX_REASON] or str(_("撤销")), by, at)


def is_revocation(extension: Extension) -> bool:
    """Tell whether a row takes the one before back instead of giving time."""
    return extension.until <= extension.given_at


def latest_of(rows: Iterable[Extension]) -> Collection[int]:
    """Return the ids of those rows after which nothing else was given to the same enterprise for the same call."""
    rows = list(rows)
    query = (
        select(func.max(Extension.id))
        .where(Extension.enterprise_id.in_({row.enterprise_id for row in rows}))
        .where(Extension.call_id.in_({row.call_id for row in rows}))
        .group_by(Extension.call_id, Extension.enterprise_id)
    )
    return set(db.session.scalars(query))


def require_responsible(call: Call, enterprise: Enterprise, by: Account) -> None:
    """Raise Forbidden unless the person's office handles the call for the city of the enterprise, or the province."""
    own = select(ResponsibleOffice.id).where(
        ResponsibleOffice.call_id == call.id, ResponsibleOffice.office_id == by.department_id
    )
    region = by.department.region
    reaches = {"city": enterprise.city_id == region.id, "province": enterprise.site_id == by.site_id}
    if not reaches.get(LEVEL_OF[region.kind], False) or db.session.scalar(own) is None:
        raise Forbidden(_("只有负责该方向的市级或省级责任科室可以办理补报。"))


def extendable_calls(office_id: int, city_id: int | None) -> list[ColumnElement[bool]]:
    """Return the conditions on the calls for which an office may give extensions; its city must have a guide."""
    own = Call.id.in_(select(ResponsibleOffice.call_id).where(ResponsibleOffice.office_id == office_id))
    published = select(CallGuide.call_id)
    if city_id is not None:
        published = published.where(CallGuide.city_id == city_id)
    return [own, Call.id.in_(published)]


def own_extensions(enterprise_ids: Collection[int]) -> dict[int, datetime]:
    """Return {call id: until when these enterprises' extensions in force reach}."""
    query = select(Extension).where(Extension.enterprise_id.in_(enterprise_ids)).order_by(Extension.id)
    latest = {(row.call_id, row.enterprise_id): row for row in db.session.scalars(query)}
    return {row.call_id: row.until for row in latest.values() if not is_revocation(row)}


# ---------------------------------------------------------------- what an extension may be


def _hold(call: Call, enterprise: Enterprise) -> None:
    """Let nobody start or submit, and no other extension be given, until this transaction ends."""
    query = select(CallGuide.id).where(CallGuide.call_id == call.id, CallGuide.city_id == enterprise.city_id)
    db.session.execute(query.with_for_update())


def _terms_held(call: Call, enterprise: Enterprise) -> Terms:
    _hold(call, enterprise)
    standing = standings(enterprise, enterprise.city_id, [call.id]).get(call.id)
    if standing is None:
        raise NotOpen(_("企业所在市尚未发布本项目的申报指南，不能办理补报。"))
    if not standing.is_listed:
        _refuse("enterprise", _("该企业不在申报指南的申报单位名单内，请先在申报指南中补充后再办理补报。"))
    return effective_call(call, standing.guide)


def _require_bounds(terms: Terms, until: datetime, level: str, at: datetime) -> None:
    if until <= terms.closes_at:
        _refuse(
            "until",
            _("补报截止时间须晚于申报截止时间 %(time)s。", time=show(terms.closes_at, seconds=True)),
        )
    if until <= at:
        _refuse("until", _("补报截止时间须晚于当前时间。"))
    if level == "city" and terms.city_due_at is not None and until >= terms.city_due_at:
        due = show(terms.city_due_at, seconds=True)
        _refuse(
            "until",
            _("补报截止时间须早于地市审核截止时间 %(due)s，以便完成审核；如需更晚，请联系省级主管部门。", due=due),
        )


def _reason(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        _refuse("reason", _("请填写补报理由。"))
    if len(text) > MAX_REASON:
        _refuse("reason", _("补报理由不能超过 %(limit)s 字。", limit=MAX_REASON))
    return text


def _refuse(field: str, message: Any) -> NoReturn:
    raise Invalid(message, fields={field: message})


def _append(
    action: str, call: Call, enterprise: Enterprise, until: datetime, reason: str, by: Account, at: datetime
) -> Extension:
    row = Extension(
        site_id=call.site_id, call_id=call.id, enterprise_id=enterprise.id, until=until, reason=reason,
        given_at=at, given_by_id=by.id, given_by_name=by.name,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    detail = {"call": call.id, "enterprise": enterprise.id, "until": until.isoformat(), "reason": reason}
    audit.record(action, row, by=by, at=at, detail=detail)
    return row
