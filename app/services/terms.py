"""What holds for a call: the city's guide laid over the province's call, and an enterprise's extension over both."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, and_, bindparam, case, or_, select

from ..database import KEEP_PLAN
from ..errors import NotOpen
from ..extensions import db
from ..models import Applicants, Call, CallGuide, Declaration, Enterprise, Extension, GuideApplicant
from ..workflow.engine import earlier


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a call in one city; nobody else reads the dates of calls, guides and extensions.

    `extended_until` is set where one enterprise may declare longer than the others.
    """

    opens_at: datetime
    closes_at: datetime
    county_review: bool
    county_due_at: datetime | None
    city_due_at: datetime | None
    note: str | None
    extended_until: datetime | None = None

    def moment(self, path: str) -> datetime | None:
        """Return the moment a workflow names: guide.county_due, call.city_due, call.opens or call.closes."""
        return {
            "guide.county_due": self.county_due_at,
            "call.city_due": self.city_due_at,
            "call.opens": self.opens_at,
            "call.closes": self.closes_at,
        }[path]


def effective_call(call: Call, guide: CallGuide, extended_until: datetime | None = None) -> Terms:
    """Lay a city's guide over the province's call, where the city narrows and never widens; then an extension."""
    terms = Terms(
        opens_at=max(call.opens_at, guide.opens_at),
        closes_at=min(call.closes_at, guide.closes_at),
        county_review=guide.county_review,
        county_due_at=earlier(guide.county_due_at, call.city_due_at) if guide.county_review else None,
        city_due_at=call.city_due_at,
        note=guide.note,
    )
    return _extended(terms, extended_until) if extended_until and extended_until > terms.closes_at else terms


def _extended(terms: Terms, until: datetime) -> Terms:
    """Move the end, and the county's deadline with it; the city's own moves only when the end has reached it."""
    later = until - terms.closes_at
    city_due = terms.city_due_at
    if city_due is not None and until >= city_due:
        city_due += later
    county_due = earlier(terms.county_due_at + later, city_due) if terms.county_due_at else None
    return replace(terms, closes_at=until, county_due_at=county_due, city_due_at=city_due, extended_until=until)


def due_moment(call: Call, guide: CallGuide | None, path: str) -> datetime | None:
    """Return the moment a workflow names, for a level that may have no guide of its own (the province)."""
    if guide is not None:
        return effective_call(call, guide).moment(path)
    province = {"call.city_due": call.city_due_at, "call.opens": call.opens_at, "call.closes": call.closes_at}
    return province.get(path)


# ---------------------------------------------------------------- as they are stored


@dataclass(frozen=True, slots=True)
class Standing:
    """A city's guide as one enterprise meets it: whether it is among the applicants, and until when it was extended."""

    guide: CallGuide
    is_listed: bool
    extended_until: datetime | None


def standings(enterprise: Enterprise, city_id: int | None, call_ids: Iterable[int]) -> dict[int, Standing]:
    """Return {call id: the city's guide as the enterprise meets it}; one statement."""
    asked = {
        "city": city_id, "calls": list(call_ids), "enterprise": enterprise.id, "credit_code": enterprise.credit_code,
    }  # fmt: skip
    rows = db.session.execute(_STANDINGS, asked)
    return {guide.call_id: Standing(guide, bool(listed), until) for guide, listed, until in rows}


def _is_listed() -> ColumnElement[bool]:
    named = select(GuideApplicant.id).where(
        GuideApplicant.guide_id == CallGuide.id, GuideApplicant.credit_code == bindparam("credit_code")
    )
    return or_(CallGuide.applicants == Applicants.ALL, named.exists())


def _until() -> ColumnElement[datetime]:
    """The latest extension counts; one that ends when it was given takes the one before back."""
    given = case((Extension.until > Extension.given_at, Extension.until))
    own = and_(Extension.call_id == CallGuide.call_id, Extension.enterprise_id == bindparam("enterprise"))
    return select(given).where(own).order_by(Extension.id.desc()).limit(1).scalar_subquery()


_STANDINGS = (
    select(CallGuide, _is_listed().label("named"), _until().label("until"))
    .where(CallGuide.city_id == bindparam("city"), CallGuide.call_id.in_(bindparam("calls", expanding=True)))
    .execution_options(**KEEP_PLAN)
)


def standing_of(declaration: Declaration) -> Standing:
    """Return the guide that holds for a declaration; raises NotOpen while the city has none."""
    found = standings(declaration.enterprise, declaration.city_id, [declaration.call_id])
    if declaration.call_id not in found:
        raise NotOpen(_("所在市尚未发布本项目的申报指南。"))
    return found[declaration.call_id]


def terms_of(declaration: Declaration) -> Terms:
    """Return what holds for a declaration; raises NotOpen while its city has no guide."""
    standing = standing_of(declaration)
    return effective_call(declaration.call, standing.guide, standing.extended_until)


def terms_for(call: Call, city_id: int) -> Terms:
    """Return what holds for everybody in a city; raises NotOpen while the city has no guide."""
    guide = find_guide(call, city_id)
    if guide is None:
        raise NotOpen(_("所在市尚未发布本项目的申报指南。"))
    return effective_call(call, guide)


def find_guide(call: Call, city_id: int) -> CallGuide | None:
    """Return a city's guide of a call, if there is one."""
    query = select(CallGuide).where(CallGuide.call_id == call.id, CallGuide.city_id == city_id)
    return db.session.scalars(query).first()


def hold_guide(call_id: int, city_id: int) -> None:
    """Keep dates and applicants from changing until this transaction ends; many may hold it at once."""
    query = select(CallGuide.id).where(CallGuide.call_id == call_id, CallGuide.city_id == city_id)
    db.session.execute(query.with_for_update(read=True))
