"""称号: lists of those recognised earlier, and the enterprises that the names in them stand for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import SequenceMatcher
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import load_only

from ..errors import Invalid
from ..extensions import db
from ..models import Account, Enterprise, FormerName, Title
from ..permissions import get_visible, visible
from . import audit
from .name_keys import core_of, name_key

BY_NAME, BY_FORMER_NAME, BY_HAND = "name", "former_name", "hand"
MOST_CANDIDATES = 5
SHORT_CORE = 4  # characters of a name by which likenesses are looked for
LONGEST_REASON = 200
Held = list[dict[str, Any]]  # titles as rules see them


@dataclass(frozen=True)
class Entry:
    """One line of a list of winners."""

    holder: str
    cohort: str
    city_name: str | None = None
    city_id: int | None = None
    fields: list[str] = field(default_factory=list)


# ---------------------------------------------------------------- lists of winners


def keep_titles(
    name: str,
    entries: Sequence[Entry],
    *,
    by: Account,
    at: datetime,
    granted_on: date | None = None,
    expires_on: date | None = None,
) -> list[Title]:
    """Add the lines of a list under a title, or update those with the same holder and cohort; link what is sure."""
    known = _known(name, by.site_id)
    kept = []
    for entry in entries:
        title = known.get((entry.cohort, name_key(entry.holder))) or _new_title(name, entry, by.site_id)
        title.holder, title.city_name, title.city_id, title.fields = (
            entry.holder, entry.city_name, entry.city_id, list(entry.fields),
        )  # fmt: skip
        title.granted_on, title.expires_on = granted_on or title.granted_on, expires_on or title.expires_on
        kept.append(title)
    db.session.flush()
    linked = link_by_name(kept, by=by)
    detail = {"title": name, "lines": len(kept), "linked": linked}
    audit.record("import_titles", by, by=by, at=at, detail=detail)
    return kept


def _known(name: str, site_id: int) -> dict[tuple[str, str], Title]:
    query = select(Title).where(Title.site_id == site_id, Title.name == name)
    return {(title.cohort, title.holder_key): title for title in db.session.scalars(query)}


def _new_title(name: str, entry: Entry, site_id: int) -> Title:
    title = Title(
        site_id=site_id, name=name, cohort=entry.cohort, holder=entry.holder, holder_key=name_key(entry.holder)
    )
    db.session.add(title)
    return title


# ---------------------------------------------------------------- which enterprise a name stands for


def link_by_name(titles: Iterable[Title], *, by: Account) -> int:
    """Link those rows to whose name exactly one enterprise answers; what a person decided stays. Return how many."""
    loose = [title for title in titles if title.enterprise_id is None and title.matched_by is None]
    if not loose:
        return 0
    keys = {title.holder_key for title in loose}
    present, former = _by_present_name(keys, by), _by_former_name(keys, by)
    for title in loose:
        _link_if_sure(title, present.get(title.holder_key, set()), former.get(title.holder_key, set()))
    db.session.flush()
    return sum(1 for title in loose if title.enterprise_id is not None)


def _link_if_sure(title: Title, present: set[int], former: set[int]) -> None:
    found, how = (present, BY_NAME) if present else (former, BY_FORMER_NAME)
    if len(found) == 1:
        title.enterprise_id, title.matched_by = next(iter(found)), how


def _by_present_name(keys: set[str], by: Account) -> dict[str, set[int]]:
    """Compare with every enterprise in sight: no index knows names without their width and brackets."""
    found: dict[str, set[int]] = {}
    query = select(Enterprise.id, Enterprise.name).where(visible(Enterprise, by))
    for enterprise_id, name in db.session.execute(query).yield_per(2000):
        key = name_key(name)
        if key in keys:
            found.setdefault(key, set()).add(enterprise_id)
    return found


def _by_former_name(keys: set[str], by: Account) -> dict[str, set[int]]:
    query = select(FormerName.name_key, FormerName.enterprise_id).where(visible(FormerName, by))
    found: dict[str, set[int]] = {}
    for key, enterprise_id in db.session.execute(query):
        if key in keys:
            found.setdefault(key, set()).add(enterprise_id)
    return found


def match_again(*, by: Account, at: datetime) -> int:
    """Look once more for the enterprises of all rows that are not linked; return how many were found."""
    linked = link_by_name(db.session.scalars(select(Title).where(loose(), visible(Title, by))).all(), by=by)
    audit.record("match_titles", by, by=by, at=at, detail={"linked": linked})
    return linked


def loose() -> ColumnElement[bool]:
    """Return the condition on rows that nobody and nothing has linked or judged."""
    return and_(Title.enterprise_id.is_(None), Title.matched_by.is_(None))


def link(title: Title, enterprise: Enterprise, reason: str, *, by: Account, at: datetime) -> None:
    """Say which enterprise a row stands for; raises Invalid without a reason, NotFound outside the region."""
    get_visible(Enterprise, enterprise.id, by)
    detail = {"holder": title.holder, "enterprise": enterprise.id, "reason": _reason(reason)}
    title.enterprise, title.matched_by = enterprise, BY_HAND
    db.session.flush()
    audit.record("link", title, by=by, at=at, detail=detail)


def unlink(title: Title, reason: str, *, by: Account, at: datetime) -> None:
    """Say that a row stands for none of the enterprises; names link it no more. Raises Invalid."""
    detail = {"holder": title.holder, "enterprise": title.enterprise_id, "reason": _reason(reason)}
    if title.enterprise_id is None and title.matched_by == BY_HAND:
        raise Invalid(_("该记录尚未关联企业，无需解除。"))
    title.enterprise, title.enterprise_id, title.matched_by = None, None, BY_HAND
    db.session.flush()
    audit.record("unlink", title, by=by, at=at, detail=detail)


def _reason(reason: str) -> str:
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= LONGEST_REASON:
        message = _("请填写理由，最多 %(limit)s 字。", limit=LONGEST_REASON)
        raise Invalid(message, fields={"reason": message})
    return reason


def candidates_for(titles: Sequence[Title], user: Account) -> dict[int, list[Enterprise]]:
    """Return {title id: enterprises with a name like the holder's, the likest first}, read by one statement."""
    cores = {title.id: _searched(core_of(title.holder, title.city_name)) for title in titles}
    if not cores:
        return {}
    alike = or_(*(_contains(core) for core in sorted(set(cores.values()))))
    query = (
        select(Enterprise)
        .where(visible(Enterprise, user), alike)
        .options(load_only(Enterprise.id, Enterprise.public_id, Enterprise.name, Enterprise.credit_code))
        .order_by(func.length(Enterprise.name), Enterprise.id)
        .limit(MOST_CANDIDATES * 4 * len(titles))
    )
    found = db.session.scalars(query).all()
    return {title.id: _likest(title, cores[title.id], found) for title in titles}


def _searched(core: str) -> str:
    """Return a few characters of a name to look for; letters are left out where enough is left without them."""
    without_letters = "".join(c for c in core if not c.isascii())
    return (without_letters if len(without_letters) > 2 else core)[:SHORT_CORE]


def _contains(core: str) -> ColumnElement[bool]:
    """Ignore case only where there is one: it makes the search several times slower."""
    case_matters_not = any(c.isascii() for c in core)
    return (Enterprise.name.icontains if case_matters_not else Enterprise.name.contains)(core, autoescape=True)


def _likest(title: Title, core: str, found: Sequence[Enterprise]) -> list[Enterprise]:
    alike = [enterprise for enterprise in found if core in name_key(enterprise.name)]
    alike.sort(key=lambda e: -SequenceMatcher(None, title.holder_key, name_key(e.name)).ratio())
    return alike[:MOST_CANDIDATES]


# ---------------------------------------------------------------- what an enterprise holds


def held_by(enterprise: Enterprise) -> Held:
    """Return the titles that an enterprise holds, by link or by its present and former names, as rules see them."""
    query = select(Title.name, Title.cohort, Title.granted_on, Title.expires_on).where(_held(enterprise))
    return [_as_rules_see(row) for row in db.session.execute(query.order_by(Title.id))]


def _as_rules_see(row: Any) -> dict[str, Any]:
    return {
        "name": row.name,
        "cohort": row.cohort,
        "granted_on": row.granted_on.isoformat() if row.granted_on else None,
        "expires_on": row.expires_on.isoformat() if row.expires_on else None,
    }


def held_by_many(enterprises: Sequence[tuple[int, str]], site_id: int) -> dict[int, Held]:
    """Return {enterprise id: titles as `held_by` gives them} of (id, name) pairs of one site, by two statements."""
    by_key: dict[str, set[int]] = {}
    for enterprise_id, name in enterprises:
        by_key.setdefault(name_key(name), set()).add(enterprise_id)
    asked = {enterprise_id for enterprise_id, _name in enterprises}
    former = select(FormerName.name_key, FormerName.enterprise_id).join(Enterprise).where(Enterprise.site_id == site_id)
    for key, enterprise_id in db.session.execute(former):
        if enterprise_id in asked:
            by_key.setdefault(key, set()).add(enterprise_id)
    held: dict[int, Held] = {}
    query = select(Title).where(Title.site_id == site_id, or_(Title.enterprise_id.is_not(None), loose()))
    for title in db.session.scalars(query.order_by(Title.id)):
        holders = {title.enterprise_id} if title.enterprise_id else by_key.get(title.holder_key, ())
        for enterprise_id in holders:
            held.setdefault(enterprise_id, []).append(_as_rules_see(title))
    return held


def titles_of(enterprise: Enterprise, user: Account) -> Sequence[Title]:
    """Return 企业资质: the titles linked to an enterprise, the latest first."""
    query = select(Title).where(Title.enterprise_id == enterprise.id, visible(Title, user))
    return db.session.scalars(query.order_by(Title.granted_on.is_(None), Title.granted_on.desc(), Title.id)).all()


def _held(enterprise: Enterprise) -> ColumnElement[bool]:
    former = select(FormerName.name_key).where(FormerName.enterprise_id == enterprise.id)
    names = or_(Title.holder_key == name_key(enterprise.name), Title.holder_key.in_(former))
    return and_(Title.site_id == enterprise.site_id, or_(Title.enterprise_id == enterprise.id, and_(loose(), names)))
