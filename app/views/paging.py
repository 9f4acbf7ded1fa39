"""Pages of a list: by number up to a bound, by cursor beyond it, so that page 1000 costs what page 1 costs."""

import base64
import binascii
import enum
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, func, literal, select, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import TypeDecorator

from ..columns import Money

BOUND = 1000
SIZES = (10, 25, 50, 100)


@dataclass(frozen=True)
class Order:
    """A sort column with its direction; the id breaks ties, rows without a value come last."""

    column: InstrumentedAttribute
    key: InstrumentedAttribute
    descending: bool = True
    nullable: bool = False

    def by_number(self) -> list[ColumnElement]:
        """Return the whole ORDER BY, rows without a value last."""
        ends = [self.column.is_(None)] if self.nullable else []
        return [*ends, *self.within(backwards=False)]

    def within(self, *, backwards: bool) -> list[ColumnElement]:
        """Return the ORDER BY among rows that all have a value, in the direction of travel."""
        down = self.descending != backwards
        columns = [self.key] if self.column is self.key else [self.column, self.key]
        return [c.desc() if down else c.asc() for c in columns]


@dataclass(frozen=True)
class Place:
    """Where the reader is: a page number, or a cursor with the direction of travel."""

    number: int = 1
    size: int = 25
    after: str | None = None
    before: str | None = None
    last: bool = False

    @property
    def by_cursor(self) -> bool:
        return bool(self.after or self.before or self.last)


@dataclass(frozen=True)
class Page:
    """The rows to show and the ways on from here."""

    rows: Sequence[Any]
    place: Place
    total: int
    number: int | None = None
    next: str | None = None
    previous: str | None = None
    has_previous: bool = field(default=False)

    @property
    def bounded(self) -> bool:
        return self.total > BOUND

    @property
    def total_text(self) -> str:
        return bounded_text(self.total)

    @property
    def pages(self) -> int | None:
        """Number of pages, None where the total is not known exactly."""
        return None if self.bounded else max(1, -(-self.total // self.place.size))


def bounded_text(count: int) -> str:
    """Return a bounded count as people read it."""
    return f"{BOUND}+" if count > BOUND else str(count)


def read_page(session: Session, statement: Select, order: Order, place: Place, total: int | None = None) -> Page:
    """Return one page of `statement`, which is filtered and scoped but neither ordered nor limited.

    `total` is its bounded count where that is known already.
    """
    if place.by_cursor:
        total = BOUND + 1
    elif total is None:
        total = count_bounded(session, statement, order.key)
    if total > BOUND:
        return _by_cursor(session, statement, order, place, total)
    return _by_number(session, statement, order, place, total)


def count_bounded(session: Session, statement: Select, key: InstrumentedAttribute) -> int:
    """Count the rows, stopping at one more than the bound."""
    return count_each_bounded(session, statement, key, [true()])[0]


def count_each_bounded(
    session: Session, statement: Select, key: InstrumentedAttribute, conditions: Iterable[ColumnElement]
) -> Sequence[int]:
    """Count the rows that meet each condition, stopping at one more than the bound; one statement."""
    ids = statement.with_only_columns(key).order_by(None).limit(BOUND + 1)
    counted = (select(func.count()).select_from(ids.where(condition).subquery()) for condition in conditions)
    return session.execute(select(*(count.scalar_subquery() for count in counted))).one()


def _by_number(session: Session, statement: Select, order: Order, place: Place, total: int) -> Page:
    pages = max(1, -(-total // place.size))
    number = min(max(place.number, 1), pages)
    if total == 0:
        return Page((), place, 0, number=1)
    wanted = statement.order_by(*order.by_number()).offset((number - 1) * place.size).limit(place.size)
    return Page(
        session.scalars(wanted).unique().all(),
        place,
        total,
        number=number,
        has_previous=number > 1,
    )


def _by_cursor(session: Session, statement: Select, order: Order, place: Place, total: int) -> Page:
    backwards = place.last or place.before is not None
    cursor = read_cursor(place.before if backwards else place.after, order)
    rows = _travel(session, statement, order, cursor, place.size + 1, backwards=backwards)
    more = len(rows) > place.size
    rows = rows[: place.size]
    if backwards:
        rows.reverse()
    has_next = (cursor is not None) if backwards else more
    has_previous = more if backwards else cursor is not None
    return Page(
        rows,
        place,
        total,
        number=None if cursor or backwards else 1,
        next=cursor_of(rows[-1], order) if rows and has_next else None,
        previous=cursor_of(rows[0], order) if rows and has_previous else None,
        has_previous=has_previous,
    )


def _travel(
    session: Session,
    statement: Select,
    order: Order,
    cursor: "tuple[Any, Any] | None",
    limit: int,
    *,
    backwards: bool,
) -> list[Any]:
    """Read rows beyond the cursor: those with a value and those without are two ranges, so that indexes serve both."""
    rows: list[Any] = []
    for condition in _ranges(order, cursor, backwards=backwards):
        wanted = statement.where(condition).order_by(*order.within(backwards=backwards)).limit(limit - len(rows))
        rows.extend(session.scalars(wanted).unique().all())
        if len(rows) >= limit:
            break
    return rows


def _ranges(order: Order, cursor: "tuple[Any, Any] | None", *, backwards: bool) -> list[ColumnElement]:
    with_value, without = order.column.is_not(None), order.column.is_(None)
    if not order.nullable:
        return [true() if cursor is None else _beyond(order, cursor, backwards=backwards)]
    if cursor is None:
        return [without, with_value] if backwards else [with_value, without]
    value, key = cursor
    if value is None:
        here = and_(without, _past(order.key, key, down=order.descending != backwards))
        return [here, with_value] if backwards else [here]
    here = and_(with_value, _beyond(order, cursor, backwards=backwards))
    return [here] if backwards else [here, without]


def _beyond(order: Order, cursor: tuple[Any, Any], *, backwards: bool) -> ColumnElement:
    down = order.descending != backwards
    value, key = cursor
    if order.column is order.key:
        return _past(order.key, key, down=down)
    pair = tuple_(order.column, order.key)
    bound = tuple_(*(_literal(c, v) for c, v in ((order.column, value), (order.key, key))))
    return pair < bound if down else pair > bound


def _past(column: InstrumentedAttribute, value: Any, *, down: bool) -> ColumnElement:
    return column < value if down else column > value


def _literal(column: InstrumentedAttribute, value: Any) -> ColumnElement:
    return literal(value, column.type)


def cursor_of(row: Any, order: Order) -> str:
    """Return the address of a row in this order, safe in a URL."""
    pair = [_plain(getattr(row, order.column.key)), _plain(getattr(row, order.key.key))]
    return base64.urlsafe_b64encode(json.dumps(pair, ensure_ascii=False).encode()).decode().rstrip("=")


def read_cursor(text: str | None, order: Order) -> "tuple[Any, Any] | None":
    """Return (value, key) of a cursor; one that is broken or of another order starts from the beginning."""
    if not text:
        return None
    try:
        value, key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return _typed(order.column, value), _typed(order.key, key)
    except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError, binascii.Error):
        return None


def _plain(value: Any) -> Any:
    match value:
        case enum.Enum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
    return value


def _typed(column: InstrumentedAttribute, value: Any) -> Any:
    """Read a value of a cursor; anything the database could choke on is a ValueError."""
    if value is None:
        return None
    kind = python_type(column)
    if issubclass(kind, datetime):
        return _aware(datetime.fromisoformat(value)).astimezone(UTC)
    if issubclass(kind, date):
        return date.fromisoformat(value)
    typed = kind(value)
    if isinstance(typed, int | Decimal) and not fits(column, typed):
        raise ValueError("out of range")
    if isinstance(typed, str):
        typed.encode()  # half a surrogate pair is a UnicodeError
        if "\x00" in typed:
            raise ValueError("not a text")
    return typed


def read_number(text: str) -> int | None:
    """Return the whole number that a short row of digits spells, None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def fits(column: InstrumentedAttribute, number: int | Decimal) -> bool:
    """Tell whether the column can hold a number; PostgreSQL fails where one is compared with a number beyond it."""
    if isinstance(column.type, Money):
        number *= Money.SCALE
    is_big = isinstance(column.type, BigInteger | Money)
    return abs(number) < (2**63 if is_big else 2**31)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def python_type(column: InstrumentedAttribute) -> type:
    """Return what the column holds in Python, decorated types included."""
    if isinstance(column.type, Money):
        return Decimal
    if isinstance(column.type, TypeDecorator):
        return column.type.impl.python_type
    return column.type.python_type
