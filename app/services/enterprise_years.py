"""经营情况: revenue and R&D spend of the last years, typed in 万元; quotas and eligibility read them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Select, select

from ..clock import to_local
from ..errors import Invalid
from ..extensions import db
from ..models import Account, Enterprise, EnterpriseYear
from . import audit, grants
from .particulars import Particular, amount_of, amount_shown, problems_of, tidy_all

LATEST = 5
FIGURES = {"revenue": _("营业收入"), "rd_spend": _("研发投入")}


def years_of(enterprise: Enterprise, at: datetime) -> list[int]:
    """Return the years that may be filled in: the latest that are over, and those that are there, newest first."""
    this_year = to_local(at).year
    return sorted({row.year for row in enterprise.years} | set(range(this_year - LATEST, this_year)), reverse=True)


def shown(enterprise: Enterprise, at: datetime) -> dict[str, str]:
    """Return {`revenue-2023`: amount in 万元} as it stands in inputs."""
    rows = {row.year: row for row in enterprise.years}
    return {
        input_name(figure, year): amount_shown(getattr(rows.get(year), figure, None))
        for year in years_of(enterprise, at)
        for figure in FIGURES
    }


def input_name(figure: str, year: int) -> str:
    """Return the name of an input."""
    return f"{figure}-{year}"


def reported(enterprise: Enterprise, year: int) -> dict[str, Decimal | None]:
    """Return what rules read of the years before that of a call, in 元: the last one's, and the average of three."""
    return _reported({row.year: row for row in enterprise.years}, year)


def reported_by_many(chosen: Select, year: int) -> dict[int, dict[str, Decimal | None]]:
    """Return {enterprise id: what rules read of its years}; `chosen` selects the ids. One statement."""
    query = select(EnterpriseYear.enterprise_id, EnterpriseYear.year, EnterpriseYear.revenue, EnterpriseYear.rd_spend)
    query = query.where(EnterpriseYear.year.between(year - 3, year - 1), EnterpriseYear.enterprise_id.in_(chosen))
    found: dict[int, dict[int, Any]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.enterprise_id, {})[row.year] = row
    return {enterprise_id: _reported(rows, year) for enterprise_id, rows in found.items()}


def _reported(rows: Mapping[int, Any], year: int) -> dict[str, Decimal | None]:
    last = rows.get(year - 1)
    revenues = [rows[y].revenue for y in range(year - 3, year) if y in rows and rows[y].revenue is not None]
    return {
        "revenue": last.revenue if last else None,
        "rd_spend": last.rd_spend if last else None,
        "average_revenue": sum(revenues, Decimal(0)) / 3 if len(revenues) == 3 else None,
    }


def keep_years(enterprise: Enterprise, typed: Mapping[str, str], *, by: Account, at: datetime) -> None:
    """Store the figures of all years; a year without any goes. Raises Forbidden, or Invalid with all fields."""
    grants.require(by, enterprise.id, grants.ENTERPRISE)
    years = years_of(enterprise, at)
    fields = [
        Particular(input_name(figure, year), label, "amount") for year in years for figure, label in FIGURES.items()
    ]
    text = tidy_all(fields, typed)
    problems = problems_of(fields, text, at)
    if problems:
        raise Invalid(_("有 %(count)s 处需要更正，请按提示修改后再保存。", count=len(problems)), fields=problems)
    rows = {row.year: row for row in enterprise.years}
    for year in years:
        amounts = {figure: amount_of(text[input_name(figure, year)]) for figure in FIGURES}
        _keep_year(enterprise, year, rows.get(year), amounts)
    audit.record("update_years", enterprise, by=by, at=at)
    db.session.flush()


def _keep_year(enterprise: Enterprise, year: int, row: EnterpriseYear | None, amounts: Mapping[str, Any]) -> None:
    if all(amount is None for amount in amounts.values()):
        if row is not None:
            db.session.delete(row)
        return
    if row is None:
        row = EnterpriseYear(enterprise_id=enterprise.id, year=year)
        db.session.add(row)
    for figure, amount in amounts.items():
        setattr(row, figure, amount)
