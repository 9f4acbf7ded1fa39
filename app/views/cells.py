"""How a stored value reads on a screen."""

import enum
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import get_locale, gettext, lazy_gettext
from markupsafe import Markup, escape

from .. import clock
from ..models import ReviewAction

UNKNOWN = "—"
TONES = frozenset({"ok", "wait", "warn", "stop", "brand"})


def show(value: Any) -> Any:
    """Return the words for a value: `—` for nothing, 是 / 否, Shanghai time, grouped figures, a tag for a state."""
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if isinstance(value, datetime):
        return clock.show(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, enum.Enum):
        return show_enum(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():,f}"
    if isinstance(value, list | tuple | set | frozenset):
        return gettext("、").join(str(show(v)) for v in value) or UNKNOWN
    return value


def show_enum(value: enum.Enum) -> Any:
    """Return the label of an enum member, as a tag where the enum knows tones."""
    label = getattr(value, "label", value.value)
    tone = getattr(value, "tone", None)
    return label if tone is None else tag(label, tone)


def action_label(action: str, given: str) -> Any:
    """Return what the declaration type calls an action; other languages have the platform's own word for it."""
    return given if get_locale().language == "zh" else ReviewAction(action).label


def inside(noun: Any) -> str:
    """Return a noun as it stands inside a sentence or a button: English begins it small, Chinese is as it is."""
    text = str(noun)
    return text[:1].lower() + text[1:]


def tag(label: Any, tone: str = "wait") -> Markup:
    """Return a state tag; `tone` is one of ok, wait, warn, stop, brand and never speaks alone."""
    if tone not in TONES:
        raise ValueError(f"unknown tone {tone!r}")
    return Markup(f'<span class="tag tag-{tone}">{escape(label)}</span>')  # noqa: S704 - a known tone, a safe label


def show_size(size: int | None) -> str:
    """Return a file size as people read it."""
    if size is None:
        return UNKNOWN
    if size < 1024:
        return f"{size} B"
    if size < 1024 * 1024:
        return f"{size / 1024:.0f} KB"
    return f"{size / 1024 / 1024:.1f} MB"


def read_path(row: Any, path: str) -> Any:
    """Follow a dotted path of attributes; a missing link on the way is None."""
    value = row
    for name in path.split("."):
        if value is None:
            return None
        value = getattr(value, name)
    return value() if callable(value) else value


def until(moment: datetime | None, at: datetime) -> Any:
    """Return how long there is left, `还剩 3 天 4 小时`, or that the time is over."""
    if moment is None:
        return UNKNOWN
    seconds = int((moment - at).total_seconds())
    if seconds <= 0:
        return lazy_gettext("已截止")
    days, hours, minutes = seconds // 86400, seconds % 86400 // 3600, seconds % 3600 // 60
    if days:
        return lazy_gettext("还剩 %(days)s 天 %(hours)s 小时", days=days, hours=hours)
    if hours:
        return lazy_gettext("还剩 %(hours)s 小时 %(minutes)s 分", hours=hours, minutes=minutes)
    return lazy_gettext("还剩 %(minutes)s 分钟", minutes=max(minutes, 1))


def label_choices(kind: type[enum.Enum], members: Iterable[enum.Enum] | None = None) -> list[tuple[str, Any]]:
    """Return (value, label) pairs of an enum for a select."""
    return [(m.value, getattr(m, "label", m.value)) for m in (members or kind)]
