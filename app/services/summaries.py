"""推荐汇总表: the recommended rows of calls as sheets, each office its own, read in one statement by the worker."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Row, select

from ..clock import to_local
from ..errors import NotFound
from ..extensions import db
from ..forms.definition import SheetSpec, TypeDefinition
from ..models import DATES, FIGURES, TEXTS, Account, Call, Declaration, DeclarationTypeVersion, Department, Job
from ..permissions import bureau_of, visible
from ..reports.sheet import WRITERS
from ..reports.summary import PRIORITY, summary_table
from ..reports.table import Table
from . import files, jobs, offices, ranking, review_lists
from .types import definition_of

JOB_KIND = "summary_sheet"
PROJECTED = (*TEXTS, *FIGURES, *DATES)
Layout = tuple[str, tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class _Sheet:
    """Rows that stand on one sheet: recommended by one bureau and laid out alike."""

    bureau: Department
    spec: SheetSpec
    definition: TypeDefinition
    rows: list[Mapping[str, Any]]


def request_sheet(calls: Sequence[Call], subject: str, ending: str, *, by: Account, at: datetime) -> Job:
    """Ask for the summary sheet of calls as .xls or .xlsx; raises NotFound when their types have none."""
    if ending not in WRITERS:
        raise NotFound(_("汇总表只能导出为 .xls 或 .xlsx 格式。"))
    if not calls_with_sheet(calls):
        raise NotFound(_("该项目没有设置汇总表。"))
    name = files.clean_name(f"{subject}-{_('推荐汇总表')}-{bureau_of(by).name}.{ending}")
    asked = {"calls": [call.id for call in calls], "ending": ending, "name": name, "by": by.id}
    title = _("导出汇总表：%(subject)s", subject=subject)
    return jobs.queue(JOB_KIND, jobs.own_key(JOB_KIND, by), asked, site_id=by.site_id, by=by, at=at, title=title)


def tables_asked_for(asked: Mapping[str, Any], user: Account, at: datetime) -> list[Table]:
    """Return the sheets that were asked for, over the calls the person may see by now."""
    query = select(Call).where(Call.id.in_(asked["calls"]), visible(Call, user)).order_by(Call.id)
    return summary_tables(db.session.scalars(query).all(), user, at)


def count_rows(tables: Sequence[Table]) -> int:
    """Return how many rows stand on the sheets."""
    return sum(len(rows) for table in tables for rows in [part.rows for part in table.parts] or [table.rows])


def summary_tables(calls: Sequence[Call], user: Account, at: datetime) -> list[Table]:
    """Return the sheets of one call or of several; raises NotFound when their types have none.

    A county or city gets its own sheet; the province one for each city that has recommended. Calls whose sheets are
    laid out alike share one, numbered through.
    """
    sheets: dict[tuple[int, Layout], _Sheet] = {}
    rows = _rows(calls, user)
    definitions = _definitions({row.version_id for row in rows} | {call.version_id for call in calls})
    bureaus = _bureaus(rows, user)
    for row in rows:
        definition = definitions[row.version_id]
        for spec in _specs(definition):
            sheet = _sheet_for(sheets, bureaus[row.city_id], spec, definition)
            sheet.rows.append(_as_laid_out(row, spec, sheet.spec))
    if not sheets:
        _add_empty(sheets, calls, definitions, bureau_of(user))
    return [_table(sheet, user, at) for sheet in sheets.values()]


def calls_with_sheet(calls: Sequence[Call]) -> frozenset[int]:
    """Return the ids of those calls whose types have a summary sheet."""
    definitions = _definitions({call.version_id for call in calls})
    return frozenset(call.id for call in calls if any(_specs(definitions[call.version_id])))


def _rows(calls: Sequence[Call], user: Account) -> Sequence[Row]:
    recommended = review_lists.recommended(user, review_lists.workflows_of(user.site_id))
    columns = [getattr(Declaration, name) for name in PROJECTED]
    priority = ranking.priority_of(user)
    query = (
        select(
            Declaration.version_id, Declaration.city_id,
            (Declaration.city_priority if priority is None else priority).label(PRIORITY), *columns,
        )
        .where(visible(Declaration, user), Declaration.call_id.in_([call.id for call in calls]), recommended)
        .order_by(*_areas(user), *ranking.order_for(user))
    )  # fmt: skip
    return db.session.execute(query).all()


def _areas(user: Account) -> tuple[Any, ...]:
    """The province's sheets stand city by city; within a bureau its own order is the only one."""
    return (Declaration.city_id,) if review_lists.level_of(user) == "province" else ()


def _definitions(version_ids: Iterable[int]) -> dict[int, TypeDefinition]:
    query = select(DeclarationTypeVersion.id, DeclarationTypeVersion.sha)
    return {
        row.id: definition_of(row)
        for row in db.session.execute(query.where(DeclarationTypeVersion.id.in_(version_ids)))
    }


def _bureaus(rows: Iterable[Row], user: Account) -> dict[int, Department]:
    """Return the recommending bureau of each city's rows: the own one, or for the province the city's."""
    cities, own = {row.city_id for row in rows}, bureau_of(user)
    if review_lists.level_of(user) != "province":
        return dict.fromkeys(cities, own)
    found = offices.bureaus_by_region(cities) if cities else {}
    return {city: found.get(city, own) for city in cities}


def _specs(definition: TypeDefinition) -> Iterator[SheetSpec]:
    for document in definition.documents_of("sheet"):
        yield document.sheet


def _layout(spec: SheetSpec) -> Layout:
    return spec.title, tuple(part.label for part in spec.parts), tuple(column.label for column in spec.columns)


def _sheet_for(
    sheets: dict[tuple[int, Layout], _Sheet], bureau: Department, spec: SheetSpec, definition: TypeDefinition
) -> _Sheet:
    return sheets.setdefault((bureau.id, _layout(spec)), _Sheet(bureau, spec, definition, []))


def _add_empty(
    sheets: dict[tuple[int, Layout], _Sheet],
    calls: Sequence[Call],
    definitions: Mapping[int, TypeDefinition],
    bureau: Department,
) -> None:
    for call in calls:
        definition = definitions[call.version_id]
        for spec in _specs(definition):
            _sheet_for(sheets, bureau, spec, definition)
    if not sheets:
        raise NotFound(_("该项目没有设置汇总表。"))


def _as_laid_out(row: Row, own: SheetSpec, sheet: SheetSpec) -> Mapping[str, Any]:
    """Return the row under the column names of the sheet it goes on; versions may project into other columns."""
    values = row._mapping
    if own == sheet:
        return values
    pairs = [*zip(sheet.columns, own.columns, strict=True), *zip(sheet.parts, own.parts, strict=True)]
    return {to.column: values.get(source.column) for to, source in pairs if to.column}


def _table(sheet: _Sheet, user: Account, at: datetime) -> Table:
    meta = {
        "recommending_bureau": f"{sheet.bureau.name}（盖章）",
        "filled_by": user.name,
        "filled_by_phone": user.landline or user.mobile or "",
        "filled_on": to_local(at).strftime("%Y年%m月%d日"),
        "year": str(sheet.definition.year),
    }
    return summary_table(sheet.spec, sheet.rows, meta=meta, definition=sheet.definition)
